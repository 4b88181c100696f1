// SPDX-License-Identifier: GPL-2.0-only
/*
 * shmctl: what is told of segments, who may change them, which faults come
 * first.
 */
#include "common.h"

SHM_FIXTURE(ctl);

#define BAD_BUF ((struct shmid_ds *)8)

/* rows: CTL-01 */
TEST_F(ctl, stat_needs_read_of_the_owner_too)
{
	int id = new_segment(0200);

	ASSERT_EQ(0, set_perm(id, USER_A, GROUP_G, 0244));
	IN_CHILD {
		struct shmid_ds ds, poison;

		memset(&ds, 0xcc, sizeof(ds));
		memset(&poison, 0xcc, sizeof(poison));
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		EXPECT_ERR(EACCES, shm.ctl(id, IPC_STAT, &ds));
		EXPECT_ERR(EACCES, shm.ctl(0, SHM_STAT, &ds));
		EXPECT_EQ(0, memcmp(&poison, &ds, sizeof(ds)));
		EXPECT_ERR(EACCES, shm.ctl(id, IPC_STAT, BAD_BUF));
	}
}

/* rows: CTL-02 LCK-06 */
TEST_F(ctl, mode_shows_the_lock)
{
	int id = new_segment(0640);

	EXPECT_EQ(0640, STAT(id).shm_perm.mode);
	ASSERT_OK(shm.ctl(id, SHM_LOCK, NULL));
	EXPECT_EQ(02640, STAT(id).shm_perm.mode);
	ASSERT_OK(shm.ctl(id, SHM_UNLOCK, NULL));
	EXPECT_EQ(0640, STAT(id).shm_perm.mode);
}

/* rows: CTL-03 */
TEST_F(ctl, bad_buffer_is_efault)
{
	int id = new_segment(0600);

	EXPECT_ERR(EFAULT, shm.ctl(id, IPC_STAT, BAD_BUF));
	EXPECT_ERR(EFAULT, shm.ctl(0, SHM_STAT, BAD_BUF));
	EXPECT_ERR(EFAULT, shm.ctl(0, SHM_STAT_ANY, BAD_BUF));
	EXPECT_ERR(EFAULT, shm.ctl(id, IPC_SET, BAD_BUF));
	EXPECT_ERR(EFAULT, shm.ctl(0, IPC_INFO, BAD_BUF));
	EXPECT_ERR(EFAULT, shm.ctl(0, SHM_INFO, BAD_BUF));
	EXPECT_ERR(EFAULT, shm.ctl(id, IPC_STAT, NULL));
	EXPECT_ERR(EINVAL, shm.ctl(id + 1, IPC_STAT, BAD_BUF));
	EXPECT_ERR(EFAULT, shm.ctl(id + 1, IPC_SET, BAD_BUF));
	EXPECT_EQ(0600, STAT(id).shm_perm.mode);
}

/* rows: CTL-04 CTL-05 */
TEST_F(ctl, unknown_commands_are_einval)
{
	int unknown[] = { -1, 4, 5, 16, 99, 0x100 | IPC_STAT, 0x100 | IPC_SET,
			  0x100 | IPC_RMID, INT_MIN };
	int id = new_segment(0600);
	struct shmid_ds ds;

	for (size_t i = 0; i < ARRAY_SIZE(unknown); i++) {
		EXPECT_ERR(EINVAL, shm.ctl(id, unknown[i], &ds))
			TH_LOG("command %d", unknown[i]);
	}
	EXPECT_EQ(1, shm_info().used_ids);
}

/* rows: CTL-06 CTL-07 */
TEST_F(ctl, shm_stat_takes_an_index_or_any_id_with_it)
{
	struct shmid_ds ds;
	int id;

	ASSERT_EQ(0, write_ul(SHM_NEXT_ID, 3 * 32768 + 5));
	id = new_sized(123, 0600);
	ASSERT_EQ(3 * 32768 + 5, id);
	EXPECT_EQ(id, rc(shm.ctl(5, SHM_STAT, &ds)));
	EXPECT_EQ(123, ds.shm_segsz);
	EXPECT_EQ(3, ds.shm_perm.__seq);
	EXPECT_EQ(id, rc(shm.ctl(id, SHM_STAT, &ds)));
	EXPECT_EQ(id, rc(shm.ctl(7 * 32768 + 5, SHM_STAT, &ds)));
	EXPECT_ERR(EINVAL, shm.ctl(4, SHM_STAT, &ds));
	EXPECT_ERR(EINVAL, shm.ctl(6, SHM_STAT, &ds));
	EXPECT_ERR(EINVAL, shm.ctl(32767, SHM_STAT, &ds));
}

/* rows: CTL-09 */
TEST_F(ctl, shm_stat_any_needs_no_permission)
{
	int id = new_segment(0);

	IN_CHILD {
		struct shmid_ds ds;

		ASSERT_EQ(0, become(USER_A, GROUP_G));
		EXPECT_ERR(EACCES, shm.ctl(id, SHM_STAT, &ds));
		EXPECT_EQ(id, rc(shm.ctl(id, SHM_STAT_ANY, &ds)));
		EXPECT_EQ(PAGE, ds.shm_segsz);
		EXPECT_ERR(EINVAL, shm.ctl(id + 1, SHM_STAT_ANY, &ds));
	}
}

/* rows: CTL-10 ABI-02 */
TEST_F(ctl, ipc_info_tells_the_limits_to_anyone)
{
	struct shminfo info;
	int reserved = 0;

	EXPECT_EQ(0, rc(shm.ctl(0, IPC_INFO, (struct shmid_ds *)&info)));
	ASSERT_EQ(0, write_ul(SHMMAX, 1000000));
	ASSERT_EQ(0, write_ul(SHMALL, 2000));
	ASSERT_EQ(0, write_ul(SHMMNI, 30));
	for (int i = 0; i < 3; i++)
		new_segment(0);
	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		memset(&info, 0xcc, sizeof(info));
		EXPECT_EQ(2, rc(shm.ctl(99, IPC_INFO, (void *)&info)));
		EXPECT_EQ(1000000, info.shmmax);
		EXPECT_EQ(1, info.shmmin);
		EXPECT_EQ(30, info.shmmni);
		EXPECT_EQ(30, info.shmseg);
		EXPECT_EQ(2000, info.shmall);
		for (char *c = (char *)&info + 40; c < (char *)(&info + 1); c++)
			reserved |= *c;
		EXPECT_EQ(0, reserved);
	}
}

/* rows: CTL-11 ABI-02 */
TEST_F(ctl, shm_info_tells_the_totals_to_anyone)
{
	struct shm_info info;

	for (int i = 0; i < 3; i++) {
		ASSERT_EQ(i, new_sized(2 * PAGE, 0));
	}
	ATTACH(1, NULL, 0)[PAGE] = 1;
	ASSERT_OK(shm.ctl(0, IPC_RMID, NULL));
	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		memset(&info, 0xcc, sizeof(info));
		EXPECT_EQ(2, rc(shm.ctl(99, SHM_INFO, (void *)&info)));
		EXPECT_EQ(2, info.used_ids);
		EXPECT_EQ(4, info.shm_tot);
		EXPECT_EQ(1, info.shm_rss);
		EXPECT_EQ(0, info.shm_swp);
		EXPECT_EQ(0, info.swap_attempts);
		EXPECT_EQ(0, info.swap_successes);
	}
}

/* rows: CTL-10 */
TEST_F(ctl, highest_index_follows_removals)
{
	struct shminfo info;

	for (int i = 0; i < 4; i++) {
		ASSERT_EQ(i, new_segment(0600));
	}
	EXPECT_EQ(3, rc(shm.ctl(0, IPC_INFO, (void *)&info)));
	ASSERT_OK(shm.ctl(3, IPC_RMID, NULL));
	ASSERT_OK(shm.ctl(1, IPC_RMID, NULL));
	EXPECT_EQ(2, rc(shm.ctl(0, IPC_INFO, (void *)&info)));
	ASSERT_OK(shm.ctl(2, IPC_RMID, NULL));
	ASSERT_OK(shm.ctl(0, IPC_RMID, NULL));
	EXPECT_EQ(0, rc(shm.ctl(0, IPC_INFO, (void *)&info)));
}

/* rows: CTL-12 */
TEST_F(ctl, ipc_set_faults_are_reported_in_order)
{
	int id = new_segment(0666);

	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		EXPECT_ERR(EFAULT, shm.ctl(id + 1, IPC_SET, BAD_BUF));
		EXPECT_ERR(EFAULT, shm.ctl(id, IPC_SET, BAD_BUF));
		EXPECT_EQ(-EINVAL, set_perm(id + 1, -1, -1, 0));
		EXPECT_EQ(-EPERM, set_perm(id, -1, -1, 0));
	}
	EXPECT_EQ(-EINVAL, set_perm(id, -1, 0, 0));
}

/* rows: CTL-13 */
TEST_F(ctl, owner_and_creator_may_set_and_remove_whatever_the_mode)
{
	IN_CHILD {
		ASSERT_EQ(0, become(USER_B, GROUP_G));
		ASSERT_EQ(0, new_segment(0));
		ASSERT_EQ(1, new_segment(0));
	}
	for (int id = 0; id < 2; id++) {
		ASSERT_EQ(0, set_perm(id, USER_A, GROUP_G, 0));
	}
	IN_CHILD {
		ASSERT_EQ(0, become(USER_C, GROUP_G));
		EXPECT_EQ(-EPERM, set_perm(0, USER_C, GROUP_G, 0666));
		EXPECT_ERR(EPERM, shm.ctl(0, IPC_RMID, NULL));
	}
	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		EXPECT_EQ(0, set_perm(0, USER_A, GROUP_G, 0));
		EXPECT_OK(shm.ctl(0, IPC_RMID, NULL));
	}
	IN_CHILD {
		ASSERT_EQ(0, become(USER_B, GROUP_G));
		EXPECT_EQ(0, set_perm(1, USER_A, GROUP_G, 0));
		EXPECT_OK(shm.ctl(1, IPC_RMID, NULL));
	}
	EXPECT_EQ(0, shm_info().used_ids);
}

/* rows: CTL-14 */
TEST_F(ctl, ipc_set_changes_owner_mode_and_ctime_only)
{
	int id = rc(shm.get(KEY, 100, IPC_CREAT | 0600));
	struct shmid_ds before = STAT(id), ds;
	time_t set = next_second();

	memset(&ds, 0x55, sizeof(ds));
	ds.shm_perm.uid = USER_A;
	ds.shm_perm.gid = GROUP_G;
	ds.shm_perm.mode = 0177640;
	EXPECT_OK(shm.ctl(id, IPC_SET, &ds));
	ds = STAT(id);
	EXPECT_EQ(USER_A, ds.shm_perm.uid);
	EXPECT_EQ(GROUP_G, ds.shm_perm.gid);
	EXPECT_EQ(0640, ds.shm_perm.mode);
	EXPECT_TRUE(is_recent(ds.shm_ctime, set));
	EXPECT_EQ(KEY, ds.shm_perm.__key);
	EXPECT_EQ(0, ds.shm_perm.cuid);
	EXPECT_EQ(0, ds.shm_perm.cgid);
	EXPECT_EQ(before.shm_perm.__seq, ds.shm_perm.__seq);
	EXPECT_EQ(100, ds.shm_segsz);
	EXPECT_EQ(0, ds.shm_atime);
	EXPECT_EQ(0, ds.shm_dtime);
	EXPECT_EQ(before.shm_cpid, ds.shm_cpid);
	EXPECT_EQ(0, ds.shm_lpid);
	EXPECT_EQ(0, ds.shm_nattch);
	EXPECT_EQ(id, rc(shm.get(KEY, 100, 0)));
}

/* rows: CTL-15 */
TEST_F(ctl, ids_without_mapping_are_einval)
{
	struct shmid_ds before;
	int id = new_segment(0666);

	before = STAT(id);
	EXPECT_EQ(-EINVAL, set_perm(id, -1, 0, 0));
	EXPECT_EQ(-EINVAL, set_perm(id, 0, -1, 0));
	EXPECT_EQ(0666, STAT(id).shm_perm.mode);
	EXPECT_EQ(before.shm_ctime, STAT(id).shm_ctime);
	IN_CHILD {
		ASSERT_EQ(0, enter_userns(0));
		EXPECT_EQ(-EINVAL, set_perm(id, USER_A, 0, 0600));
		EXPECT_EQ(-EINVAL, set_perm(id, 0, GROUP_G, 0600));
		EXPECT_EQ(0, set_perm(id, 0, 0, 0600));
	}
	EXPECT_EQ(0600, STAT(id).shm_perm.mode);
}

/* rows: CTL-16 */
TEST_F(ctl, owner_that_gives_a_segment_away_has_lost_it)
{
	int id = new_segment(0600);

	ASSERT_EQ(0, set_perm(id, USER_A, GROUP_G, 0600));
	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		EXPECT_EQ(0, set_perm(id, USER_B, GROUP_G, 0600));
		EXPECT_EQ(-EPERM, set_perm(id, USER_A, GROUP_G, 0600));
		EXPECT_ERR(EPERM, shm.ctl(id, IPC_RMID, NULL));
	}
	IN_CHILD {
		ASSERT_EQ(0, keep_caps(0));
		EXPECT_EQ(0, set_perm(id, USER_B, GROUP_G, 0600));
		EXPECT_EQ(USER_B, STAT(id).shm_perm.uid);
		EXPECT_OK(shm.ctl(id, IPC_RMID, NULL));
	}
}

/* rows: CTL-17 */
TEST_F(ctl, commands_without_a_buffer_ignore_it)
{
	int id = new_segment(0600);

	EXPECT_OK(shm.ctl(id, SHM_LOCK, BAD_BUF));
	EXPECT_OK(shm.ctl(id, SHM_UNLOCK, BAD_BUF));
	EXPECT_OK(shm.ctl(id, IPC_RMID, BAD_BUF));
}

/* rows: ABI-01 */
TEST_F(ctl, stat_fills_every_byte_that_the_structure_documents)
{
	struct shmid_ds one, two;
	int id = new_segment(0600);

	memset(&one, 0x11, sizeof(one));
	memset(&two, 0xee, sizeof(two));
	EXPECT_OK(shm.ctl(id, IPC_STAT, &one));
	EXPECT_OK(shm.ctl(id, IPC_STAT, &two));
	EXPECT_EQ(112, sizeof(one));
	EXPECT_EQ(0, memcmp(&one, &two, sizeof(one)));
}

TEST_HARNESS_MAIN
