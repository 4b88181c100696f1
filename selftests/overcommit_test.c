// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commit accounting of plain segments under vm.overcommit_memory 0, 1 and 2.
 */
#include "common.h"

SHM_FIXTURE(overcommit);

#define MIB	(1UL << 20)
#define RATIO	"/proc/sys/vm/overcommit_ratio"
#define RESERVE	"/proc/sys/vm/admin_reserve_kbytes"

static unsigned long memory_bytes(void)
{
	return (meminfo("MemTotal") + meminfo("SwapTotal")) * 1024UL;
}

/* Committed memory in MiB; small changes elsewhere are rounded away. */
static long committed_mib(void)
{
	return meminfo("Committed_AS") / 1024;
}

#define EXPECT_COMMITTED(mib) do {					\
	EXPECT_LT((mib) - 8, committed_mib());				\
	EXPECT_GT((mib) + 8, committed_mib());				\
} while (0)

/* rows: OVC-01 */
TEST_F(overcommit, creation_commits_the_size_and_removal_returns_it)
{
	long before = committed_mib();
	char *mem, *view;
	int id;

	ASSERT_EQ(0, sysctl_set(OVERCOMMIT, 0));
	id = new_sized(100 * MIB, 0600);
	EXPECT_COMMITTED(before + 100);
	mem = ATTACH(id, NULL, 0);
	view = ATTACH(id, NULL, SHM_RDONLY);
	memset(mem, 1, 10 * MIB);
	EXPECT_COMMITTED(before + 100);
	ASSERT_OK(shm.ctl(id, IPC_RMID, NULL));
	ASSERT_OK(shm.dt(mem));
	EXPECT_COMMITTED(before + 100);
	ASSERT_OK(shm.dt(view));
	EXPECT_COMMITTED(before);
}

/* rows: OVC-01 DST-07 */
TEST_F(overcommit, commitment_ends_with_the_segment)
{
	long before = committed_mib();
	int id;

	ASSERT_EQ(0, sysctl_set(OVERCOMMIT, 0));
	id = new_sized(100 * MIB, 0600);
	IN_CHILD {
		ATTACH(id, NULL, 0);
		ASSERT_OK(shm.ctl(id, IPC_RMID, NULL));
		EXPECT_COMMITTED(before + 100);
	}
	EXPECT_COMMITTED(before);
}

/* rows: OVC-02 */
TEST_F(overcommit, mode_0_refuses_more_than_there_is)
{
	ASSERT_EQ(0, sysctl_set(OVERCOMMIT, 0));
	EXPECT_EQ(-ENOMEM, new_sized(memory_bytes() + MIB, 0600));
	EXPECT_EQ(0, shm_info().shm_tot);
	EXPECT_EQ(0, new_sized(memory_bytes() / 2, 0600));
}

/* rows: OVC-03 */
TEST_F(overcommit, mode_1_never_refuses)
{
	ASSERT_EQ(0, sysctl_set(OVERCOMMIT, 1));
	EXPECT_EQ(0, new_sized(1UL << 50, 0600));
	EXPECT_EQ(1, new_sized(1UL << 50, SHM_NORESERVE | 0600));
}

/* rows: OVC-04 OVC-06 */
TEST_F(overcommit, mode_2_holds_to_the_limit_and_drops_noreserve)
{
	unsigned long limit;

	ASSERT_EQ(0, sysctl_set(RATIO, 90));
	ASSERT_EQ(0, sysctl_set(OVERCOMMIT, 2));
	limit = meminfo("CommitLimit") * 1024;
	EXPECT_EQ(-ENOMEM, new_sized(limit + MIB, 0600));
	EXPECT_EQ(-ENOMEM, new_sized(limit + MIB, SHM_NORESERVE | 0600));
	EXPECT_EQ(0, shm_info().used_ids);
}

/* rows: OVC-06 */
TEST_F(overcommit, mode_2_commits_noreserve_segments_in_full)
{
	long before = committed_mib();
	int id;

	ASSERT_EQ(0, sysctl_set(RATIO, 90));
	ASSERT_EQ(0, sysctl_set(OVERCOMMIT, 2));
	id = new_sized(64 * MIB, SHM_NORESERVE | 0600);
	ASSERT_LE(0, id);
	EXPECT_COMMITTED(before + 64);
	ASSERT_OK(shm.ctl(id, IPC_RMID, NULL));
	EXPECT_COMMITTED(before);
}

/* rows: OVC-05 GET-13 */
TEST_F(overcommit, noreserve_commits_pages_when_touched)
{
	long before = committed_mib();
	char *mem;
	int id;

	ASSERT_EQ(0, sysctl_set(OVERCOMMIT, 0));
	EXPECT_LE(0, new_sized(2 * memory_bytes(), SHM_NORESERVE | 0600));
	EXPECT_LE(0, new_sized(1UL << 62, SHM_NORESERVE | 0600));
	id = new_sized(32 * MIB, SHM_NORESERVE | 0600);
	EXPECT_COMMITTED(before);
	mem = ATTACH(id, NULL, 0);
	EXPECT_COMMITTED(before);
	memset(mem, 1, 32 * MIB);
	EXPECT_COMMITTED(before + 32);
	ASSERT_OK(shm.dt(mem));
	EXPECT_COMMITTED(before + 32);
	ASSERT_OK(shm.ctl(id, IPC_RMID, NULL));
	EXPECT_COMMITTED(before);
}

/* rows: OVC-07 */
TEST_F(overcommit, noreserve_touch_beyond_the_limit_is_sigbus)
{
	struct turns turns;
	volatile char *mem;
	pid_t pid;

	ASSERT_EQ(0, turns_init(&turns));
	ASSERT_EQ(0, sysctl_set(OVERCOMMIT, 0));
	mem = ATTACH(new_sized(MIB, SHM_NORESERVE | 0600), NULL, 0);
	mem[0] = 1;
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		no_core();
		become(USER_A, GROUP_G);
		child_pause(&turns);
		mem[0] = 2;
		mem[PAGE] = 1;
		_exit(0);
	}
	ASSERT_EQ(0, wait_for_child(&turns));
	/* Nothing is left for the child; root's programs go on. */
	ASSERT_EQ(0, sysctl_set(RATIO, 90));
	ASSERT_EQ(0, sysctl_set(RESERVE, memory_bytes() / 512));
	ASSERT_EQ(0, write_ul(OVERCOMMIT, 2));
	let_child_go_on(&turns);
	EXPECT_EQ(SIGBUS, wait_signal(pid));
	sysctl_restore();
	EXPECT_EQ(2, mem[0]);
}

TEST_HARNESS_MAIN
