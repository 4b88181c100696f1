// SPDX-License-Identifier: GPL-2.0-only
/*
 * Removal: at once, or with the last attach; what a marked segment still does.
 */
#include "common.h"

SHM_FIXTURE(destroy);

#define CREATE	(IPC_CREAT | 0600)

/* A segment with a key, attached once and marked for removal. */
#define MARKED(id) ({							\
	int id_ = rc(shm.get(KEY, PAGE, CREATE));			\
	char *mem_ = ATTACH(id_, NULL, 0);				\
									\
	ASSERT_OK(shm.ctl(id_, IPC_RMID, NULL));			\
	id = id_;							\
	mem_; })

/* rows: DST-01 */
TEST_F(destroy, unattached_segment_is_gone_at_once)
{
	struct shmid_ds ds;
	int id = rc(shm.get(KEY, PAGE, CREATE));

	EXPECT_EQ(1, shm_info().used_ids);
	EXPECT_OK(shm.ctl(id, IPC_RMID, NULL));
	EXPECT_EQ(0, shm_info().used_ids);
	EXPECT_EQ(0, shm_info().shm_tot);
	EXPECT_ERR(ENOENT, shm.get(KEY, 0, 0));
	EXPECT_ERR(EINVAL, shm.ctl(id, IPC_RMID, NULL));
	EXPECT_ERR(EINVAL, shm.ctl(id, IPC_STAT, &ds));
	EXPECT_ERR(EINVAL, shm.ctl(id, SHM_STAT, &ds));
}

/* rows: DST-02 CTL-02 */
TEST_F(destroy, attached_segment_is_marked_and_loses_its_key)
{
	int id = rc(shm.get(KEY, PAGE, CREATE));
	char *mem = ATTACH(id, NULL, 0);
	time_t created = STAT(id).shm_ctime;
	struct shmid_ds ds;

	mem[0] = 1;
	next_second();
	EXPECT_OK(shm.ctl(id, IPC_RMID, NULL));
	ds = STAT(id);
	EXPECT_EQ(01600, ds.shm_perm.mode);
	EXPECT_EQ(IPC_PRIVATE, ds.shm_perm.__key);
	EXPECT_EQ(created, ds.shm_ctime);
	EXPECT_EQ(1, ds.shm_nattch);
	EXPECT_EQ(1, mem[0]);
}

/* rows: DST-03 */
TEST_F(destroy, key_of_a_marked_segment_is_free)
{
	int id;

	MARKED(id);
	EXPECT_ERR(ENOENT, shm.get(KEY, 0, 0));
	EXPECT_EQ(id + 1, rc(shm.get(KEY, PAGE, CREATE | IPC_EXCL)));
	EXPECT_EQ(id + 1, rc(shm.get(KEY, 0, 0)));
	EXPECT_EQ(2, shm_info().used_ids);
}

/* rows: DST-04 */
TEST_F(destroy, marked_segment_is_still_usable_by_id)
{
	char *mem, *again;
	int id;

	mem = MARKED(id);
	again = ATTACH(id, NULL, 0);
	again[0] = 5;
	EXPECT_EQ(5, mem[0]);
	EXPECT_NATTCH(2, id);
	EXPECT_OK(shm.ctl(id, SHM_LOCK, NULL));
	EXPECT_EQ(03600, STAT(id).shm_perm.mode);
	EXPECT_OK(shm.ctl(id, SHM_UNLOCK, NULL));
	EXPECT_EQ(0, set_perm(id, USER_A, GROUP_G, 0640));
	EXPECT_EQ(USER_A, STAT(id).shm_perm.uid);
	EXPECT_OK(shm.dt(mem));
	EXPECT_NATTCH(1, id);
	EXPECT_OK(shm.dt(again));
	EXPECT_EQ(0, shm_info().used_ids);
}

/* rows: DST-05 */
TEST_F(destroy, second_removal_is_no_error)
{
	int id;

	MARKED(id);
	EXPECT_OK(shm.ctl(id, IPC_RMID, NULL));
	EXPECT_OK(shm.ctl(id, IPC_RMID, NULL));
	EXPECT_NATTCH(1, id);
}

/* rows: DST-06 */
TEST_F(destroy, mark_stays_when_the_mode_is_set)
{
	int id;

	MARKED(id);
	EXPECT_EQ(0, set_perm(id, 0, 0, 0444));
	EXPECT_EQ(01444, STAT(id).shm_perm.mode);
}

/* rows: DST-07 */
TEST_F(destroy, last_shmdt_destroys)
{
	struct shmid_ds ds;
	char *mem;
	int id;

	mem = MARKED(id);
	EXPECT_OK(shm.dt(mem));
	EXPECT_ERR(EINVAL, shm.ctl(id, IPC_STAT, &ds));
	EXPECT_EQ(0, shm_info().used_ids);
}

/* rows: DST-07 LIF-08 */
TEST_F(destroy, last_munmap_destroys)
{
	struct shmid_ds ds;
	char *mem;
	int id;

	mem = MARKED(id);
	EXPECT_OK(munmap(mem, PAGE));
	EXPECT_ERR(EINVAL, shm.ctl(id, IPC_STAT, &ds));
	EXPECT_EQ(0, shm_info().used_ids);
}

/* rows: DST-07 LIF-04 */
TEST_F(destroy, last_exit_destroys)
{
	struct shmid_ds ds;
	int id = rc(shm.get(KEY, PAGE, CREATE));

	IN_CHILD {
		ATTACH(id, NULL, 0);
		EXPECT_OK(shm.ctl(id, IPC_RMID, NULL));
		EXPECT_NATTCH(1, id);
	}
	EXPECT_ERR(EINVAL, shm.ctl(id, IPC_STAT, &ds));
	EXPECT_EQ(0, shm_info().used_ids);
}

/* rows: DST-07 LIF-03 */
TEST_F(destroy, last_exec_destroys)
{
	int id = rc(shm.get(KEY, PAGE, CREATE));
	struct turns turns;
	pid_t pid;

	ASSERT_EQ(0, turns_init(&turns));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		ATTACH(id, NULL, 0);
		shm.ctl(id, IPC_RMID, NULL);
		exec_waiter(&turns);
	}
	ASSERT_EQ(0, wait_for_child(&turns));
	EXPECT_EQ(0, shm_info().used_ids);
	ASSERT_EQ(0, let_child_go_on(&turns));
	EXPECT_EQ(0, wait_exit(pid));
}

/* rows: DST-08 */
TEST_F(destroy, marked_segment_counts_until_the_end)
{
	char *mem;
	int id;

	mem = MARKED(id);
	mem[0] = 1;
	EXPECT_NATTCH(1, id);
	EXPECT_EQ(1, shm_info().used_ids);
	EXPECT_EQ(1, shm_info().shm_tot);
	EXPECT_EQ(1, shm_info().shm_rss);
	EXPECT_OK(shm.dt(mem));
	EXPECT_EQ(0, shm_info().used_ids);
	EXPECT_EQ(0, shm_info().shm_tot);
	EXPECT_EQ(0, shm_info().shm_rss);
}

/* rows: DST-09 MEM-13 */
TEST_F(destroy, name_in_maps_keeps_the_key)
{
	char *mem, *later;
	int id;

	mem = MARKED(id);
	later = ATTACH(id, NULL, 0);
	EXPECT_TRUE(strstr(maps_line(mem), "/SYSV616c7473 (deleted)"));
	EXPECT_TRUE(strstr(maps_line(later), "/SYSV616c7473 (deleted)"));
}

/* rows: DST-10 LCK-08 */
TEST_F(destroy, removal_of_a_locked_segment_gives_back_the_charge)
{
	IN_CHILD {
		ASSERT_EQ(0, set_limit(RLIMIT_MEMLOCK, PAGE));
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		for (int i = 0; i < 3; i++) {
			int id = new_segment(0600), other = new_segment(0600);
			char *mem = ATTACH(id, NULL, 0);

			EXPECT_OK(shm.ctl(id, SHM_LOCK, NULL));
			EXPECT_ERR(ENOMEM, shm.ctl(other, SHM_LOCK, NULL));
			EXPECT_OK(shm.ctl(id, IPC_RMID, NULL));
			EXPECT_ERR(ENOMEM, shm.ctl(other, SHM_LOCK, NULL));
			EXPECT_OK(shm.dt(mem));
		}
	}
}

/* rows: DST-11 */
TEST_F(destroy, memory_is_back_when_the_remover_returns)
{
	const size_t size = 16UL << 20;
	long before = meminfo("Shmem"), with;
	int id = new_sized(size, 0600);
	char *mem = ATTACH(id, NULL, 0);

	memset(mem, 1, size);
	with = meminfo("Shmem");
	EXPECT_LE(before + (long)(size / 1024) / 2, with);
	ASSERT_OK(shm.ctl(id, IPC_RMID, NULL));
	ASSERT_OK(shm.dt(mem));
	EXPECT_GE(with - (long)(size / 1024) / 2, meminfo("Shmem"));
}

TEST_HARNESS_MAIN
