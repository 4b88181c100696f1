// SPDX-License-Identifier: GPL-2.0-only
/*
 * IPC namespaces, and process ids seen across pid namespaces.
 */
#include "common.h"

SHM_FIXTURE(namespace);

#define CREATE	(IPC_CREAT | 0600)

static int open_ipc_ns(void)
{
	return open("/proc/self/ns/ipc", O_RDONLY | O_CLOEXEC);
}

/* rows: NSP-01 NSP-02 */
TEST_F(namespace, a_new_one_is_empty_with_default_limits)
{
	int id;

	ASSERT_EQ(0, write_ul(SHMMAX, 12345));
	ASSERT_EQ(0, write_ul(SHMALL, 77));
	ASSERT_EQ(0, write_ul(SHMMNI, 9));
	ASSERT_EQ(0, new_segment(0600));
	id = rc(shm.get(KEY, PAGE, CREATE));
	ASSERT_EQ(1, id);
	IN_CHILD {
		struct shminfo info;
		struct shmid_ds ds;

		ASSERT_EQ(0, unshare(CLONE_NEWIPC));
		EXPECT_EQ(0, rc(shm.ctl(0, IPC_INFO, (void *)&info)));
		EXPECT_EQ(ULONG_MAX - (1UL << 24), info.shmmax);
		EXPECT_EQ(ULONG_MAX - (1UL << 24), info.shmall);
		EXPECT_EQ(4096, info.shmmni);
		EXPECT_EQ(0, shm_info().used_ids);
		EXPECT_EQ(0, shm_info().shm_tot);
		EXPECT_ERR(ENOENT, shm.get(KEY, 0, 0));
		EXPECT_ERR(EINVAL, shm.at(id, NULL, 0));
		EXPECT_ERR(EINVAL, shm.ctl(id, IPC_STAT, &ds));
		EXPECT_ERR(EINVAL, shm.ctl(id, IPC_RMID, NULL));
		EXPECT_EQ(0, rc(shm.get(KEY, 2 * PAGE, CREATE)));
	}
	EXPECT_EQ(PAGE, STAT(id).shm_segsz);
	EXPECT_EQ(2, shm_info().used_ids);
}

/* rows: NSP-01 GET-22 */
TEST_F(namespace, limits_of_one_do_not_bind_another)
{
	IN_CHILD {
		ASSERT_EQ(0, unshare(CLONE_NEWIPC));
		ASSERT_EQ(0, write_ul(SHMMNI, 0));
		EXPECT_EQ(-ENOSPC, new_segment(0600));
	}
	EXPECT_EQ(0, new_segment(0600));
	EXPECT_EQ(4096, read_ul(SHMMNI));
}

/* rows: NSP-03 */
TEST_F(namespace, mapping_acts_on_the_namespace_it_came_from)
{
	int id = rc(shm.get(KEY, PAGE, CREATE)), old = open_ipc_ns();
	char *mem = ATTACH(id, NULL, 0);

	ASSERT_LE(0, old);
	ASSERT_EQ(0, unshare(CLONE_NEWIPC));
	ASSERT_EQ(0, rc(shm.get(KEY, PAGE, CREATE)));
	mem[0] = 7;
	IN_CHILD {
		ASSERT_EQ(0, setns(old, CLONE_NEWIPC));
		EXPECT_NATTCH(2, id);
		EXPECT_EQ(7, ATTACH(id, NULL, 0)[0]);
	}
	EXPECT_NATTCH(0, 0);
	EXPECT_OK(shm.dt(mem));
	EXPECT_NATTCH(0, 0);
	ASSERT_EQ(0, setns(old, CLONE_NEWIPC));
	EXPECT_NATTCH(0, id);
	EXPECT_EQ(getpid(), STAT(id).shm_lpid);
	close(old);
}

/* rows: NSP-04 */
TEST_F(namespace, mapping_outlives_the_last_task_of_its_namespace)
{
	char *mem, *marked;
	int id, next;

	ASSERT_EQ(0, unshare(CLONE_NEWIPC));
	id = rc(shm.get(KEY, PAGE, CREATE));
	mem = ATTACH(id, NULL, 0);
	next = new_segment(0600);
	marked = ATTACH(next, NULL, 0);
	ASSERT_OK(shm.ctl(next, IPC_RMID, NULL));
	mem[0] = 1;
	marked[0] = 2;
	for (int i = 0; i < 3; i++) {
		ASSERT_EQ(0, unshare(CLONE_NEWIPC));
	}
	next_second();
	EXPECT_EQ(1, mem[0]);
	EXPECT_EQ(2, marked[0]);
	mem[PAGE - 1] = 1;
	IN_CHILD {
		EXPECT_EQ(1, mem[0]);
	}
	EXPECT_OK(shm.dt(mem));
	EXPECT_OK(shm.dt(marked));
}

/* rows: NSP-05 */
TEST_F(namespace, segments_of_a_dead_one_are_destroyed)
{
	const size_t size = 32UL << 20;
	long before = meminfo("Shmem"), with = 0;
	time_t start = time(NULL);

	IN_CHILD {
		char *mem;

		ASSERT_EQ(0, unshare(CLONE_NEWIPC));
		mem = ATTACH(new_sized(size, 0600), NULL, 0);
		memset(mem, 1, size);
		with = meminfo("Shmem");
		EXPECT_LE(before + (long)(size / 1024) / 2, with);
	}
	while (meminfo("Shmem") > before + (long)(size / 1024) / 2 &&
	       time(NULL) < start + 15)
		next_second();
	EXPECT_GE(before + (long)(size / 1024) / 2, meminfo("Shmem"));
}

/* rows: NSP-07 PRM-14 */
TEST_F(namespace, root_of_the_owning_user_namespace_sets_its_limits)
{
	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		EXPECT_EQ(-EACCES, write_ul(SHMMAX, 100));
		ASSERT_EQ(0, enter_userns(CLONE_NEWIPC));
		ASSERT_EQ(0, write_ul(SHMMAX, 100));
		EXPECT_EQ(-EINVAL, new_sized(101, 0600));
		EXPECT_EQ(0, new_sized(100, 0600));
	}
	EXPECT_EQ(ULONG_MAX - (1UL << 24), read_ul(SHMMAX));
	EXPECT_EQ(0, new_sized(101, 0600));
}

/* rows: NSP-08 */
TEST_F(namespace, pids_that_a_pid_namespace_cannot_see_are_0)
{
	int id = new_segment(0600);

	ATTACH(id, NULL, 0);
	IN_CHILD {
		ASSERT_EQ(0, unshare(CLONE_NEWPID));
		IN_CHILD {
			EXPECT_EQ(1, getpid());
			EXPECT_EQ(0, STAT(id).shm_cpid);
			EXPECT_EQ(0, STAT(id).shm_lpid);
			ATTACH(id, NULL, 0);
			EXPECT_EQ(1, STAT(id).shm_lpid);
		}
	}
	EXPECT_EQ(getpid(), STAT(id).shm_cpid);
	EXPECT_LT(1, STAT(id).shm_lpid);
}

/* rows: NSP-09 */
TEST_F(namespace, pids_of_the_dead_are_still_told)
{
	struct shmid_ds ds;
	pid_t pid = fork();

	ASSERT_LE(0, pid);
	if (!pid) {
		shm.at(new_segment(0600), NULL, 0);
		_exit(0);
	}
	EXPECT_EQ(0, wait_exit(pid));
	ds = STAT(0);
	EXPECT_EQ(pid, ds.shm_cpid);
	EXPECT_EQ(pid, ds.shm_lpid);
	EXPECT_EQ(0, ds.shm_nattch);
}

/* rows: NSP-02 */
TEST_F(namespace, setns_switches_what_the_calls_see)
{
	int first = open_ipc_ns(), second;

	ASSERT_EQ(0, rc(shm.get(KEY, PAGE, CREATE)));
	ASSERT_EQ(0, unshare(CLONE_NEWIPC));
	second = open_ipc_ns();
	ASSERT_EQ(0, rc(shm.get(KEY, 3 * PAGE, CREATE)));
	for (int i = 0; i < 4; i++) {
		ASSERT_EQ(0, setns(i % 2 ? second : first, CLONE_NEWIPC));
		EXPECT_EQ((i % 2 ? 3 : 1) * PAGE, STAT(0).shm_segsz);
	}
}

TEST_HARNESS_MAIN
