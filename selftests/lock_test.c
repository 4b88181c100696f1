// SPDX-License-Identifier: GPL-2.0-only
/*
 * SHM_LOCK and SHM_UNLOCK: who may, and whose RLIMIT_MEMLOCK pays.
 */
#include "common.h"

SHM_FIXTURE(lock);

static int lock(int id)
{
	return rc(shm.ctl(id, SHM_LOCK, NULL));
}

static int unlock(int id)
{
	return rc(shm.ctl(id, SHM_UNLOCK, NULL));
}

/* rows: LCK-01 */
TEST_F(lock, strangers_may_not_and_owners_of_mode_0_may)
{
	int id = new_sized(PAGE, 0666);

	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		EXPECT_EQ(-EPERM, lock(id));
		EXPECT_EQ(-EPERM, unlock(id));
	}
	ASSERT_EQ(0, set_perm(id, USER_A, GROUP_G, 0));
	IN_CHILD {
		ASSERT_EQ(0, set_limit(RLIMIT_MEMLOCK, PAGE));
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		EXPECT_EQ(0, lock(id));
		EXPECT_EQ(0, unlock(id));
	}
}

/* rows: LCK-02 */
TEST_F(lock, limit_0_is_eperm_for_lock_and_nothing_for_unlock)
{
	IN_CHILD {
		int id;

		ASSERT_EQ(0, set_limit(RLIMIT_MEMLOCK, 0));
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		id = new_segment(0600);
		EXPECT_EQ(-EPERM, lock(id));
		EXPECT_EQ(0, unlock(id));
		EXPECT_EQ(0600, STAT(id).shm_perm.mode);
	}
}

/* rows: LCK-03 */
TEST_F(lock, limit_bounds_the_sum_of_a_user)
{
	IN_CHILD {
		int big, two, one;

		ASSERT_EQ(0, set_limit(RLIMIT_MEMLOCK, 3 * PAGE));
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		big = new_sized(3 * PAGE + 1, 0600);
		two = new_sized(PAGE + 1, 0600);
		one = new_sized(1, 0600);
		EXPECT_EQ(-ENOMEM, lock(big));
		EXPECT_EQ(0600, STAT(big).shm_perm.mode);
		EXPECT_EQ(0, lock(two));
		EXPECT_EQ(0, lock(one));
		EXPECT_EQ(-ENOMEM, lock(new_sized(1, 0600)));
		EXPECT_EQ(0, unlock(one));
		EXPECT_EQ(0, lock(one));
		EXPECT_EQ(0, unlock(one));
		EXPECT_EQ(0, unlock(two));
	}
}

/* rows: LCK-03 */
TEST_F(lock, cap_ipc_lock_knows_no_limit)
{
	IN_CHILD {
		int id;

		ASSERT_EQ(0, set_limit(RLIMIT_MEMLOCK, 0));
		ASSERT_EQ(0, become_with_cap(USER_A, GROUP_G, CAP_IPC_LOCK));
		id = new_sized(100 * PAGE, 0600);
		EXPECT_EQ(0, lock(id));
		EXPECT_EQ(02600, STAT(id).shm_perm.mode);
		EXPECT_EQ(0, unlock(id));
	}
}

/* rows: LCK-04 */
TEST_F(lock, limit_holds_for_root_of_the_owning_user_namespace)
{
	IN_CHILD {
		int id;

		ASSERT_EQ(0, set_limit(RLIMIT_MEMLOCK, 0));
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		ASSERT_EQ(0, enter_userns(CLONE_NEWIPC));
		id = new_segment(0600);
		EXPECT_EQ(-ENOMEM, lock(id));
		EXPECT_EQ(0, unlock(id));
	}
}

/* rows: LCK-05 */
TEST_F(lock, repeating_is_no_error_and_charges_once)
{
	IN_CHILD {
		int id, other;

		ASSERT_EQ(0, set_limit(RLIMIT_MEMLOCK, 2 * PAGE));
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		id = new_segment(0600);
		other = new_segment(0600);
		EXPECT_EQ(0, unlock(id));
		for (int i = 0; i < 3; i++) {
			EXPECT_EQ(0, lock(id));
		}
		EXPECT_EQ(0, lock(other));
		EXPECT_EQ(0, unlock(id));
		EXPECT_EQ(0, unlock(id));
		EXPECT_EQ(-ENOMEM, lock(new_sized(2 * PAGE, 0600)));
		EXPECT_EQ(0, unlock(other));
	}
}

/* rows: LCK-06 */
TEST_F(lock, locking_faults_nothing_in_and_stamps_nothing)
{
	int id = new_sized(8 * PAGE, 0600);
	char *mem = ATTACH(id, NULL, 0);
	time_t changed = STAT(id).shm_ctime;
	long locked = field_of("/proc/self/status", "VmLck");

	next_second();
	EXPECT_EQ(0, lock(id));
	EXPECT_EQ(02600, STAT(id).shm_perm.mode);
	EXPECT_EQ(0, shm_info().shm_rss);
	EXPECT_EQ(changed, STAT(id).shm_ctime);
	EXPECT_EQ(locked, field_of("/proc/self/status", "VmLck"));
	mem[0] = 1;
	EXPECT_EQ(1, shm_info().shm_rss);
}

/* rows: LCK-07 */
TEST_F(lock, locked_pages_are_unevictable)
{
	const size_t size = 4UL << 20;
	int id = new_sized(size, 0600);
	char *mem = ATTACH(id, NULL, 0);
	long before;

	memset(mem, 1, size);
	before = meminfo("Unevictable");
	EXPECT_EQ(0, lock(id));
	ASSERT_OK(madvise(mem, size, MADV_PAGEOUT));
	EXPECT_EQ(size / PAGE, shm_info().shm_rss);
	EXPECT_EQ(0, unlock(id));
	EXPECT_GE(before + 64, meminfo("Unevictable"));
}

/* rows: LCK-07 */
TEST_F(lock, memory_that_outlives_a_locked_segment_is_evictable)
{
	const size_t size = 4UL << 20;
	int id = new_sized(size, 0600), fd;
	char *mem = ATTACH(id, NULL, 0);
	char path[80];
	long before;

	ASSERT_EQ(0, lock(id));
	snprintf(path, sizeof(path), "/proc/self/map_files/%lx-%lx", (unsigned long)mem,
		 (unsigned long)mem + size);
	fd = open(path, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, fd) TH_LOG("map_files: %m");
	ASSERT_OK(shm.ctl(id, IPC_RMID, NULL));
	ASSERT_OK(shm.dt(mem));
	mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, mem);
	before = meminfo("Unevictable");
	memset(mem, 1, size);
	EXPECT_GE(before + 1024, meminfo("Unevictable"));
	munmap(mem, size);
	close(fd);
}

/* rows: LCK-08 */
TEST_F(lock, the_user_that_locks_is_charged_until_anyone_unlocks)
{
	int id = new_segment(0600);
	struct turns turns;
	pid_t pid;

	ASSERT_EQ(0, turns_init(&turns));
	ASSERT_EQ(0, set_perm(id, USER_A, GROUP_G, 0600));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		int other;

		ASSERT_EQ(0, set_limit(RLIMIT_MEMLOCK, PAGE));
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		other = new_segment(0600);
		EXPECT_EQ(0, lock(id));
		EXPECT_EQ(-ENOMEM, lock(other));
		child_pause(&turns);
		EXPECT_EQ(0, lock(other));
		EXPECT_EQ(0, unlock(other));
		_exit(test_failed());
	}
	ASSERT_EQ(0, wait_for_child(&turns));
	EXPECT_EQ(02600, STAT(id).shm_perm.mode);
	EXPECT_EQ(0, unlock(id));
	ASSERT_EQ(0, let_child_go_on(&turns));
	EXPECT_EQ(0, wait_exit(pid));
}

/* rows: LCK-08 */
TEST_F(lock, charge_outlives_the_process_that_locked)
{
	int id = new_segment(0600);

	ASSERT_EQ(0, set_perm(id, USER_B, GROUP_G, 0600));
	for (int turn = 0; turn < 2; turn++) {
		IN_CHILD {
			int other;

			ASSERT_EQ(0, set_limit(RLIMIT_MEMLOCK, PAGE));
			ASSERT_EQ(0, become(USER_B, GROUP_G));
			EXPECT_EQ(0, lock(id));
			other = new_segment(0600);
			EXPECT_EQ(-ENOMEM, lock(other));
		}
	}
}

static int limit_memlock(rlim_t soft, rlim_t hard)
{
	return rc(setrlimit(RLIMIT_MEMLOCK, &(struct rlimit) { soft, hard }));
}

/* rows: LCK-09 */
TEST_F(lock, users_of_a_user_namespace_share_the_limit_of_who_made_it)
{
	struct turns turns;
	char path[64];
	pid_t pid;

	ASSERT_EQ(0, turns_init(&turns));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		/* The kernel takes 3 bytes here, and then lets 3 pages be locked. */
		ASSERT_EQ(0, limit_memlock(3, 2 * PAGE));
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		ASSERT_OK(unshare(CLONE_NEWUSER | CLONE_NEWIPC));
		ASSERT_EQ(0, child_pause(&turns));
		ASSERT_EQ(0, limit_memlock(2 * PAGE, 2 * PAGE));
		IN_CHILD {
			ASSERT_OK(setresuid(1, 1, 1));
			EXPECT_EQ(0, lock(new_sized(2 * PAGE, 0600)));
			EXPECT_EQ(-ENOMEM, lock(new_segment(0600)));
		}
		IN_CHILD {
			ASSERT_OK(setresuid(2, 2, 2));
			EXPECT_EQ(-ENOMEM, lock(new_sized(2 * PAGE, 0600)));
			EXPECT_EQ(0, lock(new_segment(0600)));
		}
		ASSERT_OK(shm.ctl(0, IPC_RMID, NULL));
		IN_CHILD {
			ASSERT_OK(setresuid(2, 2, 2));
			EXPECT_EQ(0, lock(new_segment(0600)));
			EXPECT_EQ(-ENOMEM, lock(new_segment(0600)));
		}
		remove_all();
		_exit(test_failed());
	}
	ASSERT_EQ(0, wait_for_child(&turns));
	snprintf(path, sizeof(path), "/proc/%d/uid_map", pid);
	EXPECT_EQ(0, write_file(path, "0 1001 1\n1 100001 2\n"));
	ASSERT_EQ(0, let_child_go_on(&turns));
	EXPECT_EQ(0, wait_exit(pid));
}

/* rows: LCK-09 */
TEST_F(lock, who_made_a_user_namespace_pays_even_after_it)
{
	int id = new_sized(2 * PAGE, 0600);

	ASSERT_EQ(0, set_perm(id, USER_A, GROUP_G, 0600));
	IN_CHILD {
		int other;

		ASSERT_EQ(0, set_limit(RLIMIT_MEMLOCK, 2 * PAGE));
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		IN_CHILD {
			ASSERT_EQ(0, enter_userns(0));
			ASSERT_EQ(0, enter_userns(0));
			EXPECT_EQ(0, lock(id));
		}
		other = new_segment(0600);
		EXPECT_EQ(-ENOMEM, lock(other));
		EXPECT_EQ(0, unlock(id));
		EXPECT_EQ(0, lock(other));
	}
}

TEST_HARNESS_MAIN
