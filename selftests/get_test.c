// SPDX-License-Identifier: GPL-2.0-only
/*
 * shmget: keys, sizes, limits, and what a new segment looks like.
 */
#include <limits.h>
#include <pthread.h>
#include <sys/stat.h>

#include "common.h"

SHM_FIXTURE(get);

#define CREATE	(IPC_CREAT | 0600)

/* rows: GET-01 */
TEST_F(get, unknown_key_without_creat_is_enoent)
{
	EXPECT_ERR(ENOENT, shm.get(KEY, 0, 0));
	EXPECT_ERR(ENOENT, shm.get(KEY, PAGE, IPC_EXCL | 0600));
	EXPECT_ERR(ENOENT, shm.get(KEY, SIZE_MAX, 0600));
}

/* rows: GET-02 GET-03 */
TEST_F(get, first_segment_has_id_0)
{
	EXPECT_EQ(0, rc(shm.get(KEY, PAGE, CREATE)));
	EXPECT_EQ(0, rc(shm.get(KEY, PAGE, 0600)));
	EXPECT_EQ(1, rc(shm.get(KEY + 1, PAGE, CREATE)));
	EXPECT_EQ(PAGE, STAT(0).shm_segsz);
}

/* rows: GET-04 PRM-06 */
TEST_F(get, size_0_and_no_flags_find_any_segment)
{
	int id = rc(shm.get(KEY, PAGE, IPC_CREAT));

	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		EXPECT_EQ(id, rc(shm.get(KEY, 0, 0)));
	}
}

/* rows: GET-05 GET-29 */
TEST_F(get, size_asked_is_compared_to_the_byte)
{
	int id = rc(shm.get(KEY, 100, CREATE));

	EXPECT_EQ(100, STAT(id).shm_segsz);
	EXPECT_EQ(id, rc(shm.get(KEY, 100, 0)));
	EXPECT_EQ(id, rc(shm.get(KEY, 99, 0)));
	EXPECT_ERR(EINVAL, shm.get(KEY, 101, 0));
	EXPECT_ERR(EINVAL, shm.get(KEY, PAGE, CREATE));
	EXPECT_ERR(EINVAL, shm.get(KEY, SIZE_MAX, 0));
}

/* rows: GET-06 */
TEST_F(get, creat_of_used_key_ignores_creation_limits)
{
	int id = rc(shm.get(KEY, 100, CREATE));

	ASSERT_EQ(0, write_ul(SHMMAX, 50));
	ASSERT_EQ(0, write_ul(SHMMNI, 0));
	ASSERT_EQ(0, write_ul(SHMALL, 0));
	EXPECT_EQ(id, rc(shm.get(KEY, 100, CREATE)));
	EXPECT_EQ(id, rc(shm.get(KEY, 0, CREATE)));
}

/* rows: GET-07 GET-08 */
TEST_F(get, excl_matters_only_with_creat)
{
	int id = rc(shm.get(KEY, PAGE, CREATE | IPC_EXCL));

	ASSERT_LE(0, id);
	EXPECT_ERR(EEXIST, shm.get(KEY, PAGE, CREATE | IPC_EXCL));
	EXPECT_EQ(id, rc(shm.get(KEY, PAGE, IPC_EXCL | 0600)));
}

/* rows: GET-09 */
TEST_F(get, used_key_reports_eexist_then_size_then_permission)
{
	ASSERT_LE(0, shm.get(KEY, 100, CREATE));
	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		EXPECT_ERR(EEXIST,
			   shm.get(KEY, 101, IPC_CREAT | IPC_EXCL | 0666));
		EXPECT_ERR(EINVAL, shm.get(KEY, 101, 0666));
		EXPECT_ERR(EACCES, shm.get(KEY, 100, 0666));
	}
}

/* rows: GET-10 */
TEST_F(get, lookup_ignores_bits_that_are_for_creation)
{
	int id = rc(shm.get(KEY, PAGE, CREATE));

	EXPECT_EQ(id, rc(shm.get(KEY, 0, SHM_HUGETLB | SHM_HUGE(63))));
	EXPECT_EQ(id, rc(shm.get(KEY, 0, SHM_HUGETLB | SHM_HUGE(16) | 0600)));
	EXPECT_EQ(id, rc(shm.get(KEY, 0, SHM_NORESERVE | 0600)));
	EXPECT_EQ(id, rc(shm.get(KEY, 0, 0x03ff8000 | 0600)));
}

/* rows: GET-11 PRC-06 */
TEST_F(get, lowered_shmmax_leaves_old_segments_usable)
{
	int id = rc(shm.get(KEY, 2 * PAGE, CREATE));
	char *mem;

	ASSERT_EQ(0, write_ul(SHMMAX, 1));
	EXPECT_EQ(id, rc(shm.get(KEY, 2 * PAGE, 0600)));
	mem = ATTACH(id, NULL, 0);
	mem[2 * PAGE - 1] = 1;
}

/* rows: GET-12 */
TEST_F(get, private_key_always_creates)
{
	EXPECT_EQ(0, rc(shm.get(IPC_PRIVATE, PAGE, 0600)));
	EXPECT_EQ(1, rc(shm.get(IPC_PRIVATE, PAGE, 0600)));
	EXPECT_EQ(2, rc(shm.get(IPC_PRIVATE, PAGE, CREATE | IPC_EXCL)));
	EXPECT_EQ(3, rc(shm.get(IPC_PRIVATE, PAGE, CREATE | IPC_EXCL)));
	EXPECT_EQ(0, STAT(3).shm_perm.__key);
	EXPECT_EQ(4, shm_info().used_ids);
}

/* rows: GET-13 HUG-02 */
TEST_F(get, private_key_honours_creation_flags)
{
	ASSERT_EQ(0, sysctl_set(OVERCOMMIT, 0));
	EXPECT_ERR(ENOMEM, shm.get(IPC_PRIVATE, 1UL << 62, 0600));
	EXPECT_EQ(0, rc(shm.get(IPC_PRIVATE, 1UL << 62, SHM_NORESERVE | 0600)));
	EXPECT_ERR(EINVAL, shm.get(IPC_PRIVATE, PAGE,
				   SHM_HUGETLB | SHM_HUGE(63) | 0600));
}

/* rows: GET-14 */
TEST_F(get, negative_keys_are_ordinary)
{
	key_t keys[] = { -1, INT_MIN, INT_MIN + 1, INT_MAX };

	for (int i = 0; i < (int)ARRAY_SIZE(keys); i++) {
		EXPECT_ERR(ENOENT, shm.get(keys[i], 0, 0));
		EXPECT_EQ(i, rc(shm.get(keys[i], PAGE, CREATE | IPC_EXCL)));
		EXPECT_EQ(i, rc(shm.get(keys[i], 0, 0)));
		EXPECT_EQ(keys[i], STAT(i).shm_perm.__key);
	}
}

/* rows: GET-15 */
TEST_F(get, size_0_is_refused_at_creation)
{
	EXPECT_ERR(EINVAL, shm.get(KEY, 0, CREATE));
	EXPECT_ERR(EINVAL, shm.get(IPC_PRIVATE, 0, 0600));
	EXPECT_EQ(0, shm_info().used_ids);
}

/* rows: GET-16 */
TEST_F(get, shmmax_is_the_largest_size)
{
	ASSERT_EQ(0, write_ul(SHMMAX, 10000));
	EXPECT_ERR(EINVAL, shm.get(KEY, 10001, CREATE));
	EXPECT_EQ(0, rc(shm.get(KEY, 10000, CREATE)));
}

/* rows: GET-17 NSP-01 CTL-10 */
TEST_F(get, limits_have_the_default_values)
{
	struct shminfo info;

	EXPECT_EQ(ULONG_MAX - (1UL << 24), read_ul(SHMMAX));
	EXPECT_EQ(ULONG_MAX - (1UL << 24), read_ul(SHMALL));
	EXPECT_EQ(4096, read_ul(SHMMNI));
	EXPECT_OK(shm.ctl(0, IPC_INFO, (struct shmid_ds *)&info));
	EXPECT_EQ(ULONG_MAX - (1UL << 24), info.shmmax);
	EXPECT_EQ(ULONG_MAX - (1UL << 24), info.shmall);
	EXPECT_EQ(4096, info.shmmni);
}

/* rows: GET-18 */
TEST_F(get, size_of_2_to_63_is_einval)
{
	EXPECT_ERR(EINVAL, shm.get(KEY, 1UL << 63, CREATE | SHM_NORESERVE));
	EXPECT_ERR(EINVAL, shm.get(KEY, 1UL << 63, CREATE));
	EXPECT_EQ(0, shm_info().used_ids);
	EXPECT_EQ(0, shm_info().shm_tot);
}

/* rows: GET-19 */
TEST_F(get, page_count_that_wraps_is_enospc)
{
	ASSERT_EQ(0, write_ul(SHMMAX, ULONG_MAX));
	EXPECT_ERR(ENOSPC, shm.get(KEY, ULONG_MAX, CREATE));
	EXPECT_ERR(ENOSPC, shm.get(KEY, ULONG_MAX - PAGE + 2, CREATE));
	EXPECT_ERR(EINVAL, shm.get(KEY, ULONG_MAX - PAGE + 1, CREATE));
}

/* rows: GET-20 DST-08 */
TEST_F(get, shmall_bounds_the_pages_of_all_segments)
{
	char *mem;

	ASSERT_EQ(0, write_ul(SHMALL, 3));
	EXPECT_ERR(ENOSPC, shm.get(KEY, 3 * PAGE + 1, CREATE));
	EXPECT_EQ(0, rc(shm.get(KEY, PAGE, CREATE)));
	EXPECT_ERR(ENOSPC, shm.get(KEY + 1, 2 * PAGE + 1, CREATE));
	EXPECT_EQ(1, rc(shm.get(KEY + 1, 2 * PAGE, CREATE)));
	EXPECT_ERR(ENOSPC, shm.get(KEY + 2, 1, CREATE));

	mem = ATTACH(1, NULL, 0);
	EXPECT_OK(shm.ctl(1, IPC_RMID, NULL));
	EXPECT_ERR(ENOSPC, shm.get(KEY + 2, 1, CREATE));
	EXPECT_OK(shm.dt(mem));
	EXPECT_LE(0, rc(shm.get(KEY + 2, 1, CREATE)));
}

/* rows: GET-21 CTL-11 */
TEST_F(get, totals_count_each_size_rounded_up_to_pages)
{
	ASSERT_LE(0, shm.get(IPC_PRIVATE, 1, 0600));
	ASSERT_LE(0, shm.get(IPC_PRIVATE, 4096, 0600));
	ASSERT_LE(0, shm.get(IPC_PRIVATE, 4097, 0600));
	EXPECT_EQ(4, shm_info().shm_tot);
	EXPECT_OK(shm.ctl(2, IPC_RMID, NULL));
	EXPECT_EQ(2, shm_info().shm_tot);
}

/* rows: GET-22 DST-08 */
TEST_F(get, shmmni_bounds_live_segments_marked_ones_included)
{
	char *mem;

	ASSERT_EQ(0, write_ul(SHMMNI, 2));
	ASSERT_EQ(0, rc(new_segment(0600)));
	ASSERT_EQ(1, rc(new_segment(0600)));
	EXPECT_ERR(ENOSPC, shm.get(KEY, PAGE, CREATE));
	mem = ATTACH(1, NULL, 0);
	EXPECT_OK(shm.ctl(1, IPC_RMID, NULL));
	EXPECT_EQ(2, shm_info().used_ids);
	EXPECT_ERR(ENOSPC, shm.get(KEY, PAGE, CREATE));
	EXPECT_OK(shm.dt(mem));
	EXPECT_EQ(2, rc(shm.get(KEY, PAGE, CREATE)));
}

/* rows: GET-22 */
TEST_F(get, shmmni_0_stops_all_creation)
{
	ASSERT_EQ(0, write_ul(SHMMNI, 0));
	EXPECT_ERR(ENOSPC, shm.get(KEY, PAGE, CREATE));
	EXPECT_ERR(ENOSPC, shm.get(IPC_PRIVATE, PAGE, 0600));
	EXPECT_EQ(0, shm_info().shm_tot);
}

/* rows: GET-24 */
TEST_F(get, creation_faults_are_reported_in_order)
{
	int bad_huge = CREATE | SHM_HUGETLB | SHM_HUGE(63);

	ASSERT_EQ(0, sysctl_set(OVERCOMMIT, 0));
	ASSERT_EQ(0, write_ul(SHMMNI, 0));
	EXPECT_ERR(EINVAL, shm.get(KEY, 0, CREATE));
	EXPECT_ERR(EINVAL, shm.get(KEY, ULONG_MAX, CREATE));
	EXPECT_ERR(EINVAL, shm.get(KEY, PAGE, bad_huge));
	EXPECT_ERR(EINVAL, shm.get(KEY, 1UL << 63, CREATE));
	EXPECT_ERR(ENOMEM, shm.get(KEY, 1UL << 62, CREATE));

	ASSERT_EQ(0, write_ul(SHMALL, 1));
	EXPECT_ERR(EINVAL, shm.get(KEY, 0, CREATE));
	EXPECT_ERR(ENOSPC, shm.get(KEY, 2 * PAGE, bad_huge));
	EXPECT_ERR(ENOSPC, shm.get(KEY, 1UL << 63, CREATE));
	EXPECT_ERR(ENOSPC, shm.get(KEY, 1UL << 62, CREATE));
	EXPECT_ERR(EINVAL, shm.get(KEY, ULONG_MAX, CREATE));
	ASSERT_EQ(0, write_ul(SHMMNI, 100));
	EXPECT_EQ(0, rc(shm.get(KEY, PAGE, CREATE)));
}

/* rows: GET-25 */
TEST_F(get, full_file_table_is_enfile_without_cap_sys_admin)
{
	int id = rc(shm.get(KEY, PAGE, IPC_CREAT | 0666));

	ASSERT_EQ(0, sysctl_set(FILE_MAX, 0));
	EXPECT_EQ(id + 1, rc(shm.get(KEY + 1, PAGE, CREATE)));
	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		EXPECT_ERR(ENFILE, shm.get(KEY + 2, PAGE, CREATE));
		EXPECT_ERR(ENFILE, shm.get(IPC_PRIVATE, PAGE, 0600));
		EXPECT_EQ(id, rc(shm.get(KEY, PAGE, 0666)));
	}
	EXPECT_EQ(2, shm_info().used_ids);
	EXPECT_EQ(2, shm_info().shm_tot);
}

/* rows: GET-26 */
TEST_F(get, descriptor_and_file_size_limits_do_not_matter)
{
	/* The first call is made before: the shim needs a descriptor for it. */
	EXPECT_ERR(ENOENT, shm.get(KEY, 0, 0));
	IN_CHILD {
		ASSERT_EQ(0, set_limit(RLIMIT_NOFILE, 0));
		ASSERT_EQ(0, set_limit(RLIMIT_FSIZE, 0));
		EXPECT_EQ(0, rc(shm.get(KEY, PAGE, CREATE)));
		ATTACH(0, NULL, 0)[0] = 1;
	}
}

/* rows: GET-27 GET-31 */
TEST_F(get, mode_is_the_low_nine_bits_and_no_umask)
{
	int unknown = ~(0777 | IPC_CREAT | IPC_EXCL | SHM_HUGETLB |
			SHM_NORESERVE);

	umask(077);
	EXPECT_EQ(0, rc(shm.get(KEY, PAGE, IPC_CREAT | 0777)));
	EXPECT_EQ(0777, STAT(0).shm_perm.mode);
	EXPECT_EQ(1, rc(shm.get(KEY + 1, PAGE, IPC_CREAT | unknown | 0642)));
	EXPECT_EQ(0642, STAT(1).shm_perm.mode);
	EXPECT_EQ(PAGE, maps_length(ATTACH(1, NULL, 0)));
}

/* rows: GET-28 */
TEST_F(get, owner_and_creator_are_the_effective_ids)
{
	IN_CHILD {
		struct ipc_perm perm;

		ASSERT_EQ(0, setgroups(0, NULL));
		ASSERT_EQ(0, setresgid(GROUP_G, GROUP_H, GROUP_G));
		ASSERT_EQ(0, setresuid(USER_A, USER_B, USER_C));
		setfsuid(USER_A);
		setfsgid(GROUP_G);
		EXPECT_EQ(USER_A, setfsuid(-1));
		EXPECT_EQ(GROUP_G, setfsgid(-1));
		perm = STAT(new_segment(0666)).shm_perm;
		EXPECT_EQ(USER_B, perm.uid);
		EXPECT_EQ(USER_B, perm.cuid);
		EXPECT_EQ(GROUP_H, perm.gid);
		EXPECT_EQ(GROUP_H, perm.cgid);
	}
}

static void *create_in_thread(void *arg)
{
	*(int *)arg = rc(shm.get(KEY, 100, CREATE));
	return NULL;
}

/* rows: GET-29 */
TEST_F(get, new_segment_has_fresh_fields)
{
	time_t before = time(NULL);
	struct shmid_ds ds;
	pthread_t thread;
	int id;

	ASSERT_EQ(0, pthread_create(&thread, NULL, create_in_thread, &id));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	ds = STAT(id);
	EXPECT_EQ(KEY, ds.shm_perm.__key);
	EXPECT_EQ(0600, ds.shm_perm.mode);
	EXPECT_EQ(0, ds.shm_perm.__seq);
	EXPECT_EQ(100, ds.shm_segsz);
	EXPECT_EQ(0, ds.shm_atime);
	EXPECT_EQ(0, ds.shm_dtime);
	EXPECT_TRUE(is_recent(ds.shm_ctime, before));
	EXPECT_EQ(getpid(), ds.shm_cpid);
	EXPECT_EQ(0, ds.shm_lpid);
	EXPECT_EQ(0, ds.shm_nattch);
}

/* rows: GET-30 ATT-28 */
TEST_F(get, contents_are_zero_up_to_the_end_of_the_last_page)
{
	char *mem = ATTACH(new_sized(PAGE + 100, 0600), NULL, 0);
	char zero[2 * PAGE] = { 0 };

	EXPECT_EQ(0, memcmp(mem, zero, sizeof(zero)));
	EXPECT_EQ(2 * PAGE, maps_length(mem));
	memset(mem, 1, sizeof(zero));
	EXPECT_EQ(1, mem[2 * PAGE - 1]);
}

/* rows: GET-32 */
TEST_F(get, flag_words_share_bits)
{
	int id = new_segment(IPC_CREAT | SHM_RDONLY | 0600);

	EXPECT_EQ(SHM_HUGETLB, IPC_NOWAIT);
	EXPECT_EQ(SHM_NORESERVE, SHM_RDONLY);
	EXPECT_ERR(EINVAL, shm.get(IPC_PRIVATE, PAGE,
				   IPC_NOWAIT | SHM_HUGE(63) | 0600));
	ATTACH(id, NULL, 0)[0] = 1;
	EXPECT_STREQ("r--s", maps_prot(ATTACH(id, NULL, SHM_NORESERVE)));
}

/* rows: GET-35 */
TEST_F(get, ftok_mixes_inode_device_and_project)
{
	const char *path = built_path("selftests/get_test");
	struct stat st;
	key_t key;

	ASSERT_EQ(0, stat(path, &st));
	key = ftok(path, 0x1a5);
	EXPECT_EQ((key_t)((st.st_ino & 0xffff) | (st.st_dev & 0xff) << 16 | 0xa5u << 24), key);
	EXPECT_LE(0, rc(shm.get(key, PAGE, CREATE | IPC_EXCL)));
	EXPECT_ERR(ENOENT, ftok("/nothing/here", 1));
}

/* rows: GET-33 */
TEST_F(get, racing_exclusive_creations_have_one_winner)
{
	enum { RACERS = 4, ROUNDS = 50 };
	struct shared {
		pthread_barrier_t barrier;
		int winners[ROUNDS];
	} *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_barrierattr_t attr;
	pid_t racers[RACERS];

	pthread_barrierattr_init(&attr);
	pthread_barrierattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	ASSERT_EQ(0, pthread_barrier_init(&shared->barrier, &attr, RACERS));
	for (int i = 0; i < RACERS; i++) {
		racers[i] = fork();
		ASSERT_LE(0, racers[i]);
		if (racers[i])
			continue;
		for (int round = 0; round < ROUNDS; round++) {
			long id;

			pthread_barrier_wait(&shared->barrier);
			id = rc(shm.get(KEY + round, PAGE, CREATE | IPC_EXCL));
			if (id >= 0)
				__atomic_add_fetch(&shared->winners[round], 1,
						   __ATOMIC_RELAXED);
			else if (id != -EEXIST)
				_exit(1);
		}
		_exit(0);
	}
	for (int i = 0; i < RACERS; i++) {
		EXPECT_EQ(0, wait_exit(racers[i]));
	}
	for (int round = 0; round < ROUNDS; round++) {
		EXPECT_EQ(1, shared->winners[round]);
	}
	EXPECT_EQ(ROUNDS, shm_info().used_ids);
}

TEST_HARNESS_MAIN
