// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who may do what: mode bits, groups, capabilities, user namespaces.
 */
#include "common.h"

SHM_FIXTURE(perm);

#define OVERFLOW_ID	65534

/* Create KEY with a mode, owned by uid and gid; the creator is root. */
static int segment_of(uid_t uid, gid_t gid, int mode)
{
	int id = rc(shm.get(KEY, PAGE, IPC_CREAT));
	int error = set_perm(id, uid, gid, mode);

	return error ? error : id;
}

static int lookup(int wanted)
{
	return rc(shm.get(KEY, 0, wanted));
}

/* What shmat says, undone at once. */
static int try_attach(int id, int flags)
{
	void *mem = shm.at(id, NULL, flags);

	return has_failed(mem) ? -errno : rc(shm.dt(mem));
}

static int try_stat(int id)
{
	struct shmid_ds ds;

	return rc(shm.ctl(id, IPC_STAT, &ds));
}

/* rows: PRM-01 */
TEST_F(perm, digits_of_the_flags_are_one_request)
{
	int id = segment_of(USER_A, GROUP_G, 0400);

	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		EXPECT_EQ(id, lookup(0400));
		EXPECT_EQ(id, lookup(0040));
		EXPECT_EQ(id, lookup(0004));
		EXPECT_EQ(id, lookup(0444));
		EXPECT_EQ(-EACCES, lookup(0200));
		EXPECT_EQ(-EACCES, lookup(0020));
		EXPECT_EQ(-EACCES, lookup(0002));
		EXPECT_EQ(-EACCES, lookup(0402));
	}
}

/* rows: PRM-02 */
TEST_F(perm, owner_and_creator_have_the_owner_digit_only)
{
	IN_CHILD {
		ASSERT_EQ(0, become(USER_B, GROUP_G));
		ASSERT_EQ(0, rc(shm.get(KEY, PAGE, IPC_CREAT)));
	}
	ASSERT_EQ(0, set_perm(0, USER_A, GROUP_G, 0466));
	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		EXPECT_EQ(0, lookup(0400));
		EXPECT_EQ(-EACCES, lookup(0200));
	}
	IN_CHILD {
		ASSERT_EQ(0, become(USER_B, GROUP_G));
		EXPECT_EQ(0, lookup(0400));
		EXPECT_EQ(-EACCES, lookup(0200));
	}
	IN_CHILD {
		ASSERT_EQ(0, become(USER_C, GROUP_G));
		EXPECT_EQ(0, lookup(0600));
	}
}

/* rows: PRM-03 */
TEST_F(perm, group_digit_is_by_fsgid_or_supplementary_group)
{
	gid_t groups[] = { GROUP_H, GROUP_G };
	int id = segment_of(USER_A, GROUP_G, 0646);

	IN_CHILD {
		ASSERT_EQ(0, become(USER_B, GROUP_G));
		EXPECT_EQ(id, lookup(0400));
		EXPECT_EQ(-EACCES, lookup(0200));
	}
	IN_CHILD {
		ASSERT_EQ(0, become_in(USER_B, GROUP_H, 2, groups));
		EXPECT_EQ(id, lookup(0400));
		EXPECT_EQ(-EACCES, lookup(0200));
	}
	IN_CHILD {
		ASSERT_EQ(0, setgroups(0, NULL));
		ASSERT_EQ(0, setresgid(GROUP_H, GROUP_G, GROUP_H));
		ASSERT_EQ(0, setresuid(USER_B, USER_B, USER_B));
		EXPECT_EQ(-EACCES, lookup(0200));
		setfsgid(GROUP_H);
		EXPECT_EQ(id, lookup(0200));
	}
}

/* rows: PRM-03 */
TEST_F(perm, group_of_the_creator_has_the_group_digit_too)
{
	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_H));
		ASSERT_EQ(0, rc(shm.get(KEY, PAGE, IPC_CREAT)));
	}
	ASSERT_EQ(0, set_perm(0, USER_A, GROUP_G, 0646));
	IN_CHILD {
		ASSERT_EQ(0, become(USER_B, GROUP_H));
		EXPECT_EQ(0, lookup(0400));
		EXPECT_EQ(-EACCES, lookup(0200));
	}
}

/* rows: PRM-04 */
TEST_F(perm, strangers_have_the_other_digit)
{
	int id = segment_of(USER_A, GROUP_G, 0664);

	IN_CHILD {
		ASSERT_EQ(0, become(USER_B, GROUP_H));
		EXPECT_EQ(id, lookup(0400));
		EXPECT_EQ(-EACCES, lookup(0200));
		EXPECT_EQ(0, try_stat(id));
		EXPECT_EQ(0, try_attach(id, SHM_RDONLY));
		EXPECT_EQ(-EACCES, try_attach(id, 0));
	}
}

/* rows: PRM-05 */
TEST_F(perm, owner_does_not_fall_through_to_wider_digits)
{
	int id = segment_of(USER_A, GROUP_G, 0066);

	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		EXPECT_EQ(-EACCES, lookup(0400));
		EXPECT_EQ(-EACCES, lookup(0004));
		EXPECT_EQ(-EACCES, try_stat(id));
		EXPECT_EQ(-EACCES, try_attach(id, SHM_RDONLY));
	}
}

/* rows: PRM-06 */
TEST_F(perm, lookup_that_wants_nothing_is_always_allowed)
{
	int id = segment_of(0, 0, 0);

	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		EXPECT_EQ(id, lookup(0));
		EXPECT_EQ(id, lookup(IPC_CREAT));
		EXPECT_EQ(-EACCES, lookup(0001));
	}
}

/* rows: PRM-07 */
TEST_F(perm, execute_bits_are_asked_for_in_lookups)
{
	int id = segment_of(USER_A, GROUP_G, 0600);

	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		EXPECT_EQ(-EACCES, lookup(0100));
		EXPECT_EQ(-EACCES, lookup(0777));
		ASSERT_EQ(0, set_perm(id, USER_A, GROUP_G, 0700));
		EXPECT_EQ(id, lookup(0777));
	}
}

/* rows: PRM-08 PRM-09 */
TEST_F(perm, cap_ipc_owner_passes_modes_but_does_not_own)
{
	int id = segment_of(0, 0, 0);

	IN_CHILD {
		ASSERT_EQ(0, become_with_cap(USER_A, GROUP_G, CAP_IPC_OWNER));
		EXPECT_EQ(id, lookup(0777));
		EXPECT_EQ(0, try_stat(id));
		EXPECT_EQ(0, try_attach(id, SHM_EXEC));
		EXPECT_EQ(-EPERM, set_perm(id, USER_A, GROUP_G, 0666));
		EXPECT_ERR(EPERM, shm.ctl(id, SHM_LOCK, NULL));
		EXPECT_ERR(EPERM, shm.ctl(id, SHM_UNLOCK, NULL));
		EXPECT_ERR(EPERM, shm.ctl(id, IPC_RMID, NULL));
	}
	EXPECT_EQ(0, STAT(id).shm_perm.uid);
}

/* rows: PRM-10 */
TEST_F(perm, cap_sys_admin_owns_but_does_not_pass_modes)
{
	int id = segment_of(0, 0, 0);

	IN_CHILD {
		ASSERT_EQ(0, become_with_cap(USER_A, GROUP_G, CAP_SYS_ADMIN));
		EXPECT_EQ(-EACCES, lookup(0400));
		EXPECT_EQ(-EACCES, try_stat(id));
		EXPECT_EQ(-EACCES, try_attach(id, SHM_RDONLY));
		EXPECT_ERR(EPERM, shm.ctl(id, SHM_LOCK, NULL));
		EXPECT_EQ(0, set_perm(id, USER_B, GROUP_G, 0));
		EXPECT_EQ(-EACCES, try_stat(id));
		EXPECT_OK(shm.ctl(id, IPC_RMID, NULL));
	}
	EXPECT_EQ(0, shm_info().used_ids);
}

/* rows: PRM-11 LCK-01 */
TEST_F(perm, cap_ipc_lock_locks_and_nothing_else)
{
	int id = segment_of(0, 0, 0);

	IN_CHILD {
		ASSERT_EQ(0, become_with_cap(USER_A, GROUP_G, CAP_IPC_LOCK));
		EXPECT_OK(shm.ctl(id, SHM_LOCK, NULL));
		EXPECT_OK(shm.ctl(id, SHM_UNLOCK, NULL));
		EXPECT_EQ(-EACCES, try_attach(id, SHM_RDONLY));
		EXPECT_EQ(-EACCES, try_stat(id));
		EXPECT_ERR(EPERM, shm.ctl(id, IPC_RMID, NULL));
	}
}

/* rows: PRM-12 */
TEST_F(perm, real_uid_of_the_owner_counts_for_nothing)
{
	int id = segment_of(USER_A, GROUP_G, 0600);

	IN_CHILD {
		ASSERT_EQ(0, setgroups(0, NULL));
		ASSERT_EQ(0, setresgid(GROUP_H, GROUP_H, GROUP_H));
		ASSERT_EQ(0, setresuid(USER_A, USER_B, USER_B));
		EXPECT_EQ(-EACCES, lookup(0400));
		EXPECT_EQ(-EACCES, try_stat(id));
		EXPECT_EQ(-EACCES, try_attach(id, SHM_RDONLY));
		EXPECT_EQ(-EPERM, set_perm(id, USER_B, GROUP_H, 0666));
		EXPECT_ERR(EPERM, shm.ctl(id, SHM_UNLOCK, NULL));
		EXPECT_ERR(EPERM, shm.ctl(id, IPC_RMID, NULL));
	}
}

/* rows: PRM-13 */
TEST_F(perm, capabilities_of_a_child_user_namespace_do_not_count)
{
	int id = segment_of(0, 0, 0);

	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		ASSERT_EQ(0, enter_userns(0));
		EXPECT_EQ(0, geteuid());
		EXPECT_EQ(-EACCES, lookup(0400));
		EXPECT_EQ(-EACCES, try_stat(id));
		EXPECT_EQ(-EACCES, try_attach(id, SHM_RDONLY));
		EXPECT_ERR(EPERM, shm.ctl(id, SHM_LOCK, NULL));
		EXPECT_ERR(EPERM, shm.ctl(id, IPC_RMID, NULL));
	}
}

/* rows: PRM-14 */
TEST_F(perm, capabilities_where_the_ipc_namespace_belongs_count)
{
	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		ASSERT_EQ(0, enter_userns(CLONE_NEWIPC));
		ASSERT_EQ(0, rc(shm.get(KEY, PAGE, IPC_CREAT)));
		EXPECT_EQ(0, lookup(0777));
		EXPECT_EQ(0, try_stat(0));
		EXPECT_EQ(0, try_attach(0, SHM_EXEC));
	}
}

/* rows: PRM-15 */
TEST_F(perm, ids_without_mapping_show_as_the_overflow_id)
{
	int id = segment_of(USER_A, GROUP_G, 0666);

	IN_CHILD {
		struct ipc_perm perm;

		ASSERT_EQ(0, become(USER_A, GROUP_G));
		ASSERT_EQ(0, enter_userns(0));
		perm = STAT(id).shm_perm;
		EXPECT_EQ(0, perm.uid);
		EXPECT_EQ(0, perm.gid);
		EXPECT_EQ(OVERFLOW_ID, perm.cuid);
		EXPECT_EQ(OVERFLOW_ID, perm.cgid);
	}
}

/* rows: PRM-17 */
TEST_F(perm, mode_and_owner_changes_leave_attaches_alone)
{
	int id = segment_of(USER_A, GROUP_G, 0600);
	struct turns turns;
	pid_t pid;

	ASSERT_EQ(0, turns_init(&turns));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		char *mem;

		ASSERT_EQ(0, become(USER_A, GROUP_G));
		mem = ATTACH(id, NULL, 0);
		child_pause(&turns);
		mem[0] = 7;
		EXPECT_EQ(0, mprotect(mem, PAGE, PROT_READ));
		EXPECT_EQ(0, mprotect(mem, PAGE, PROT_READ | PROT_WRITE));
		mem[1] = 8;
		EXPECT_EQ(-EACCES, try_attach(id, 0));
		EXPECT_OK(shm.dt(mem));
		_exit(test_failed());
	}
	ASSERT_EQ(0, wait_for_child(&turns));
	ASSERT_EQ(0, set_perm(id, USER_B, GROUP_H, 0));
	ASSERT_EQ(0, let_child_go_on(&turns));
	EXPECT_EQ(0, wait_exit(pid));
	EXPECT_EQ(7, ATTACH(id, NULL, 0)[0]);
}

TEST_HARNESS_MAIN
