// SPDX-License-Identifier: GPL-2.0-only
/*
 * kernel.shm_rmid_forced: segments that go by themselves, with their last
 * attach or their creator.
 */
#include <pthread.h>

#include "common.h"

SHM_FIXTURE(forced);

#define CREATE (IPC_CREAT | 0600)

static bool exists(int id)
{
	struct shmid_ds ds;

	return !shm.ctl(id, IPC_STAT, &ds);
}

/* rows: FRC-01 FRC-07 */
TEST_F(forced, orphans_go_when_it_is_set)
{
	IN_CHILD {
		ASSERT_EQ(0, new_segment(0600));
	}
	EXPECT_TRUE(exists(0));
	ASSERT_EQ(0, write_ul(SHM_RMID_FORCED, 1));
	EXPECT_FALSE(exists(0));
}

/* rows: FRC-01 */
TEST_F(forced, keys_of_orphans_go_when_it_is_set)
{
	IN_CHILD {
		ASSERT_EQ(0, rc(shm.get(KEY, PAGE, CREATE)));
	}
	ASSERT_EQ(0, rc(shm.get(KEY, PAGE, 0)));
	ASSERT_EQ(0, write_ul(SHM_RMID_FORCED, 1));
	EXPECT_ERR(ENOENT, shm.get(KEY, PAGE, 0));
}

/* rows: FRC-02 */
TEST_F(forced, segments_of_the_living_stay_when_it_is_set)
{
	ASSERT_EQ(0, new_segment(0600));
	ASSERT_EQ(0, write_ul(SHM_RMID_FORCED, 1));
	EXPECT_TRUE(exists(0));
	EXPECT_EQ(0600, STAT(0).shm_perm.mode);
}

/* rows: FRC-03 */
TEST_F(forced, attached_orphans_keep_key_and_mode_until_the_last_detach)
{
	char *mem;

	IN_CHILD {
		ASSERT_EQ(0, rc(shm.get(KEY, PAGE, CREATE)));
	}
	mem = ATTACH(0, NULL, 0);
	ASSERT_EQ(0, write_ul(SHM_RMID_FORCED, 1));
	EXPECT_EQ(0600, STAT(0).shm_perm.mode);
	EXPECT_EQ(KEY, STAT(0).shm_perm.__key);
	EXPECT_EQ(0, rc(shm.get(KEY, 0, 0)));
	EXPECT_OK(shm.dt(mem));
	EXPECT_FALSE(exists(0));
	EXPECT_ERR(ENOENT, shm.get(KEY, 0, 0));
	EXPECT_EQ(0, shm_info().shm_tot);
}

/* rows: FRC-04 */
TEST_F(forced, last_detach_destroys_even_by_the_creator)
{
	int id;
	char *mem;

	ASSERT_EQ(0, write_ul(SHM_RMID_FORCED, 1));
	id = rc(shm.get(KEY, PAGE, CREATE));
	mem = ATTACH(id, NULL, 0);
	ASSERT_OK(shm.dt(ATTACH(id, NULL, 0)));
	EXPECT_TRUE(exists(id));
	EXPECT_OK(shm.dt(mem));
	EXPECT_FALSE(exists(id));
	EXPECT_ERR(ENOENT, shm.get(KEY, 0, 0));
}

/* rows: FRC-05 */
TEST_F(forced, exit_of_the_creator_destroys)
{
	ASSERT_EQ(0, write_ul(SHM_RMID_FORCED, 1));
	IN_CHILD {
		ASSERT_EQ(0, new_segment(0600));
		ASSERT_EQ(1, new_segment(0600));
		ATTACH(1, NULL, 0);
	}
	EXPECT_FALSE(exists(0));
	EXPECT_FALSE(exists(1));
}

static void *create_in_thread(void *arg)
{
	*(int *)arg = new_segment(0600);
	return NULL;
}

/* rows: FRC-06 */
TEST_F(forced, creator_is_a_thread)
{
	pthread_t thread;
	int id = -1;

	ASSERT_EQ(0, pthread_create(&thread, NULL, create_in_thread, &id));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	ASSERT_EQ(0, id);
	/* The joined thread can still be on its way out. */
	while (field_of("/proc/self/status", "Threads") > 1)
		sched_yield();
	EXPECT_TRUE(exists(id));
	ASSERT_EQ(0, write_ul(SHM_RMID_FORCED, 1));
	EXPECT_FALSE(exists(id));
}

/* rows: FRC-08 ATT-22 */
TEST_F(forced, failure_of_a_late_attach_destroys)
{
	int overlap, space;

	ASSERT_EQ(0, write_ul(SHM_RMID_FORCED, 1));
	overlap = new_segment(0600);
	space = new_segment(0600);
	EXPECT_ERR(EINVAL, shm.at(overlap, (void *)((unsigned long)&shm & -PAGE),
				  0));
	EXPECT_FALSE(exists(overlap));
	IN_CHILD {
		ASSERT_EQ(0, set_limit(RLIMIT_AS, PAGE));
		EXPECT_ERR(ENOMEM, shm.at(space, NULL, 0));
	}
	EXPECT_FALSE(exists(space));
}

/* rows: FRC-09 */
TEST_F(forced, failure_of_an_early_attach_leaves_it)
{
	int id;

	ASSERT_EQ(0, write_ul(SHM_RMID_FORCED, 1));
	id = new_segment(0600);
	EXPECT_ERR(EINVAL, shm.at(id, (void *)1, 0));
	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		EXPECT_ERR(EACCES, shm.at(id, NULL, 0));
	}
	EXPECT_TRUE(exists(id));
}

/* rows: FRC-10 */
TEST_F(forced, creator_stays_the_creator_across_exec)
{
	struct turns turns;
	pid_t pid;

	ASSERT_EQ(0, turns_init(&turns));
	ASSERT_EQ(0, write_ul(SHM_RMID_FORCED, 1));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		new_segment(0600);
		exec_waiter(&turns);
	}
	ASSERT_EQ(0, wait_for_child(&turns));
	EXPECT_TRUE(exists(0));
	ASSERT_EQ(0, let_child_go_on(&turns));
	EXPECT_EQ(0, wait_exit(pid));
	EXPECT_FALSE(exists(0));
}

/* rows: FRC-11 */
TEST_F(forced, creator_that_unshares_has_left)
{
	struct turns turns;
	pid_t pid;

	ASSERT_EQ(0, turns_init(&turns));
	ASSERT_EQ(0, write_ul(SHM_RMID_FORCED, 1));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		new_segment(0600);
		_exit(unshare(CLONE_NEWIPC) || child_pause(&turns));
	}
	ASSERT_EQ(0, wait_for_child(&turns));
	/* A difference: altshm is not told of unshare, only of the end. */
	EXPECT_EQ(on_altshm, exists(0));
	ASSERT_EQ(0, let_child_go_on(&turns));
	EXPECT_EQ(0, wait_exit(pid));
	EXPECT_FALSE(exists(0));
}

TEST_HARNESS_MAIN
