// SPDX-License-Identifier: GPL-2.0-only
/*
 * shmat: where a segment goes, and what its flags and the modes allow.
 */
#include <pthread.h>
#include <sys/personality.h>

#include "common.h"

SHM_FIXTURE(attach);

/* Free address space of some pages, with unmapped space around it. */
static char *free_range(size_t pages)
{
	char *mem = mmap(NULL, (pages + 2) * PAGE, PROT_NONE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	munmap(mem, (pages + 2) * PAGE);
	return mem + PAGE;
}

static char *map_none(void *addr)
{
	return mmap(addr, PAGE, PROT_NONE,
		    MAP_PRIVATE | MAP_ANONYMOUS | (addr ? MAP_FIXED : 0),
		    -1, 0);
}

/* rows: ATT-01 */
TEST_F(attach, null_lets_the_kernel_choose)
{
	int id = new_segment(0600);
	char *mem = ATTACH(id, NULL, 0), *other = ATTACH(id, NULL, SHM_RND);

	EXPECT_EQ(0, (unsigned long)mem % PAGE);
	EXPECT_EQ(0, (unsigned long)other % PAGE);
	EXPECT_NE(mem, other);
}

/* rows: ATT-02 ATT-03 ATT-04 */
TEST_F(attach, address_is_taken_exactly_or_rounded_by_rnd)
{
	int id = new_segment(0600);
	char *addr = free_range(1);

	EXPECT_EQ(addr, ATTACH(id, addr, 0));
	ASSERT_OK(shm.dt(addr));
	EXPECT_ERR(EINVAL, shm.at(id, addr + 1, 0));
	EXPECT_ERR(EINVAL, shm.at(id, addr + PAGE / 2, SHM_RDONLY));
	EXPECT_EQ(addr, ATTACH(id, addr + PAGE - 1, SHM_RND));
	ASSERT_OK(shm.dt(addr));
	EXPECT_EQ(addr, ATTACH(id, addr, SHM_RND));
}

/* rows: ATT-06 ABI-08 */
TEST_F(attach, rnd_to_0_is_address_0_for_who_may)
{
	int id = new_segment(0666);

	IN_CHILD {
		EXPECT_EQ(NULL, ATTACH(id, (void *)1, SHM_RND));
		EXPECT_NATTCH(1, id);
		EXPECT_STREQ("rw-s", maps_prot(NULL));
		EXPECT_OK(shm.dt(NULL));
		EXPECT_NATTCH(0, id);
	}
	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		EXPECT_ERR(EPERM, shm.at(id, (void *)1, SHM_RND));
		EXPECT_NATTCH(0, id);
	}
}

/* rows: ATT-07 */
TEST_F(attach, remap_needs_an_address)
{
	int id = new_segment(0600);

	EXPECT_ERR(EINVAL, shm.at(id, NULL, SHM_REMAP));
	EXPECT_ERR(EINVAL, shm.at(id, (void *)1, SHM_RND | SHM_REMAP));
	EXPECT_NATTCH(0, id);
}

/* rows: ATT-08 */
TEST_F(attach, occupied_range_is_refused_and_left_alone)
{
	int id = new_sized(2 * PAGE, 0600);
	char *addr = free_range(2);

	ASSERT_EQ(addr + PAGE, map_none(addr + PAGE));
	EXPECT_ERR(EINVAL, shm.at(id, addr, 0));
	EXPECT_ERR(EINVAL, shm.at(id, addr + PAGE, 0));
	EXPECT_STREQ("", maps_line(addr));
	EXPECT_STREQ("---p", maps_prot(addr + PAGE));
	EXPECT_NATTCH(0, id);
}

/* rows: ATT-09 */
TEST_F(attach, remap_replaces_what_is_there)
{
	int old = new_sized(3 * PAGE, 0600), id = new_segment(0600);
	char *addr = ATTACH(old, NULL, 0);

	addr[PAGE] = 1;
	EXPECT_EQ(addr + PAGE, ATTACH(id, addr + PAGE, SHM_REMAP));
	EXPECT_EQ(0, addr[PAGE]);
	EXPECT_NATTCH(2, old);
	EXPECT_NATTCH(1, id);
	EXPECT_EQ(addr, ATTACH(old, addr, SHM_REMAP));
	EXPECT_EQ(1, addr[PAGE]);
	EXPECT_NATTCH(1, old);
	EXPECT_NATTCH(0, id);
}

/* rows: ATT-10 */
TEST_F(attach, range_that_wraps_is_einval_or_enomem_with_remap)
{
	int id = new_sized(2 * PAGE, 0600);

	EXPECT_ERR(EINVAL, shm.at(id, (void *)-PAGE, 0));
	EXPECT_ERR(ENOMEM, shm.at(id, (void *)-PAGE, SHM_REMAP));
	EXPECT_NATTCH(0, id);
}

/* rows: ATT-11 */
TEST_F(attach, range_beyond_the_task_size_is_enomem)
{
	int id = new_segment(0600);

	EXPECT_ERR(ENOMEM, shm.at(id, (void *)(1UL << 62), 0));
	EXPECT_ERR(ENOMEM, shm.at(id, (void *)(1UL << 62), SHM_REMAP));
	EXPECT_NATTCH(0, id);
}

/* rows: ATT-12 */
TEST_F(attach, low_addresses_are_eperm_without_cap_sys_rawio)
{
	int id = new_segment(0666);

	if (read_ul("/proc/sys/vm/mmap_min_addr") <= PAGE)
		SKIP(return, "vm.mmap_min_addr does not protect page 1");
	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		EXPECT_ERR(EPERM, shm.at(id, (void *)PAGE, 0));
		EXPECT_NATTCH(0, id);
	}
	EXPECT_EQ((char *)PAGE, ATTACH(id, (void *)PAGE, 0));
}

/* rows: ATT-13 */
TEST_F(attach, rdonly_stays_read_only)
{
	int id = new_segment(0400);

	ATTACH(id, NULL, 0)[0] = 3;
	IN_CHILD {
		volatile char *mem;

		ASSERT_EQ(0, set_perm(id, USER_A, GROUP_G, 0400));
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		EXPECT_ERR(EACCES, shm.at(id, NULL, 0));
		mem = ATTACH(id, NULL, SHM_RDONLY);
		EXPECT_EQ(3, mem[0]);
		EXPECT_STREQ("r--s", maps_prot((void *)mem));
		EXPECT_ERR(EACCES, mprotect((void *)mem, PAGE,
					    PROT_READ | PROT_WRITE));
		EXPECT_SIGNAL(SIGSEGV, mem[0] = 1);
	}
}

/* rows: ATT-14 */
TEST_F(attach, read_is_needed_and_write_unless_rdonly)
{
	int id = new_segment(0200);

	ASSERT_EQ(0, set_perm(id, USER_A, GROUP_G, 0200));
	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		EXPECT_ERR(EACCES, shm.at(id, NULL, 0));
		EXPECT_ERR(EACCES, shm.at(id, NULL, SHM_RDONLY));
		ASSERT_EQ(0, set_perm(id, USER_A, GROUP_G, 0400));
		EXPECT_ERR(EACCES, shm.at(id, NULL, 0));
		ATTACH(id, NULL, SHM_RDONLY);
		ASSERT_EQ(0, set_perm(id, USER_A, GROUP_G, 0600));
		ATTACH(id, NULL, 0);
		EXPECT_NATTCH(2, id);
	}
}

/* rows: ATT-15 */
TEST_F(attach, exec_needs_an_execute_bit)
{
	int id = new_segment(0600);

	ASSERT_EQ(0, set_perm(id, USER_A, GROUP_G, 0600));
	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		EXPECT_ERR(EACCES, shm.at(id, NULL, SHM_EXEC));
		EXPECT_ERR(EACCES, shm.at(id, NULL, SHM_EXEC | SHM_RDONLY));
		ASSERT_EQ(0, set_perm(id, USER_A, GROUP_G, 0500));
		EXPECT_ERR(EACCES, shm.at(id, NULL, SHM_EXEC));
		EXPECT_STREQ("r-xs", maps_prot(ATTACH(id, NULL, SHM_EXEC |
						      SHM_RDONLY)));
		ASSERT_EQ(0, set_perm(id, USER_A, GROUP_G, 0700));
		EXPECT_STREQ("rwxs", maps_prot(ATTACH(id, NULL, SHM_EXEC)));
	}
}

/* rows: ATT-16 */
TEST_F(attach, mprotect_may_add_execute_without_the_bit)
{
	int id = new_segment(0600);

	ASSERT_EQ(0, set_perm(id, USER_A, GROUP_G, 0600));
	IN_CHILD {
		char *mem;

		ASSERT_EQ(0, become(USER_A, GROUP_G));
		mem = ATTACH(id, NULL, 0);
		EXPECT_OK(mprotect(mem, PAGE, PROT_READ | PROT_EXEC));
		EXPECT_STREQ("r-xs", maps_prot(mem));
	}
}

/* rows: ATT-17 */
TEST_F(attach, read_implies_exec_makes_mappings_executable)
{
	int id = new_segment(0600);

	ASSERT_EQ(0, set_perm(id, USER_A, GROUP_G, 0600));
	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		ASSERT_NE(-1, personality(READ_IMPLIES_EXEC));
		EXPECT_STREQ("rwxs", maps_prot(ATTACH(id, NULL, 0)));
		EXPECT_STREQ("r-xs", maps_prot(ATTACH(id, NULL, SHM_RDONLY)));
	}
}

/* rows: ATT-18 */
TEST_F(attach, unknown_flags_are_ignored)
{
	int unknown = ~(SHM_RDONLY | SHM_RND | SHM_REMAP | SHM_EXEC);
	char *mem = ATTACH(new_segment(0600), NULL, unknown);

	EXPECT_STREQ("rw-s", maps_prot(mem));
	mem[0] = 1;
}

/* rows: ATT-19 */
TEST_F(attach, many_attaches_are_independent_and_coherent)
{
	int id = new_segment(0600);
	char *mem[20];

	for (int i = 0; i < 20; i++)
		mem[i] = ATTACH(id, NULL, i % 2 ? SHM_RDONLY : 0);
	EXPECT_NATTCH(20, id);
	mem[0][0] = 9;
	for (int i = 1; i < 20; i++) {
		EXPECT_EQ(9, mem[i][0]);
		EXPECT_STREQ(i % 2 ? "r--s" : "rw-s", maps_prot(mem[i]));
	}
	for (int i = 0; i < 20; i += 2) {
		EXPECT_OK(shm.dt(mem[i]));
	}
	EXPECT_NATTCH(10, id);
	EXPECT_EQ(9, mem[1][0]);
}

/* rows: ATT-20 ATT-22 */
TEST_F(attach, faults_are_reported_in_order)
{
	int id = new_sized(2 * PAGE, 0), mine;
	char *addr = map_none(NULL);

	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		EXPECT_ERR(EINVAL, shm.at(id, addr + 1, 0));
		EXPECT_ERR(EINVAL, shm.at(id, NULL, SHM_REMAP));
		EXPECT_ERR(EINVAL, shm.at(id + 1, NULL, 0));
		EXPECT_ERR(EACCES, shm.at(id, addr, 0));
		EXPECT_ERR(EACCES, shm.at(id, (void *)-PAGE, 0));
		EXPECT_ERR(EACCES, shm.at(id, (void *)PAGE, 0));
		mine = new_sized(2 * PAGE, 0600);
		ASSERT_EQ(0, set_limit(RLIMIT_AS, PAGE));
		EXPECT_ERR(EINVAL, shm.at(mine, addr, 0));
		EXPECT_ERR(EINVAL, shm.at(mine, (void *)-PAGE, 0));
		EXPECT_ERR(ENOMEM, shm.at(mine, NULL, 0));
		EXPECT_NATTCH(0, mine);
	}
	EXPECT_NATTCH(0, id);
}

static void *attach_in_thread(void *arg)
{
	int id = *(int *)arg;

	return shm.at(id, NULL, 0);
}

/* rows: ATT-21 */
TEST_F(attach, success_counts_and_stamps_with_the_process)
{
	int id = new_segment(0600);
	time_t before = time(NULL);
	struct shmid_ds ds;
	pthread_t thread;
	void *mem;

	ASSERT_EQ(0, pthread_create(&thread, NULL, attach_in_thread, &id));
	ASSERT_EQ(0, pthread_join(thread, &mem));
	ASSERT_FALSE(has_failed(mem));
	ds = STAT(id);
	EXPECT_EQ(1, ds.shm_nattch);
	EXPECT_EQ(getpid(), ds.shm_lpid);
	EXPECT_EQ(0, ds.shm_dtime);
	EXPECT_TRUE(is_recent(ds.shm_atime, before));
	IN_CHILD {
		ATTACH(id, NULL, 0);
		EXPECT_EQ(getpid(), STAT(id).shm_lpid);
		EXPECT_EQ(getppid(), STAT(id).shm_cpid);
	}
}

/* rows: ATT-23 ATT-22 */
TEST_F(attach, address_space_limit_is_enomem_and_data_limit_nothing)
{
	int id = new_sized(1UL << 30, SHM_NORESERVE | 0600);

	IN_CHILD {
		ASSERT_EQ(0, set_limit(RLIMIT_DATA, PAGE));
		ASSERT_OK(shm.dt(ATTACH(id, NULL, 0)));
		ASSERT_EQ(0, set_limit(RLIMIT_AS, 1UL << 29));
		EXPECT_ERR(ENOMEM, shm.at(id, NULL, 0));
		EXPECT_NATTCH(0, id);
	}
}

/* rows: ATT-24 ATT-22 */
TEST_F(attach, too_many_mappings_is_enomem)
{
	int id = new_segment(0600), prot = PROT_READ;

	ASSERT_EQ(0, sysctl_set("/proc/sys/vm/max_map_count", 300));
	IN_CHILD {
		for (int i = 0; i < 400; i++, prot ^= PROT_WRITE)
			mmap(NULL, PAGE, prot, MAP_SHARED | MAP_ANONYMOUS,
			     -1, 0);
		EXPECT_ERR(ENOMEM, shm.at(id, NULL, 0));
		EXPECT_NATTCH(0, id);
	}
}

/* rows: ATT-25 */
TEST_F(attach, mlockall_future_populates_or_is_eagain)
{
	int id = new_sized(64 * PAGE, 0666), big = new_sized(1UL << 26, 0666);

	IN_CHILD {
		ASSERT_EQ(0, set_limit(RLIMIT_MEMLOCK, 1UL << 22));
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		ASSERT_EQ(0, mlockall(MCL_FUTURE));
		EXPECT_ERR(EAGAIN, shm.at(big, NULL, 0));
		EXPECT_NATTCH(0, big);
		EXPECT_EQ(0, shm_info().shm_rss);
		ATTACH(id, NULL, 0);
		EXPECT_EQ(64, shm_info().shm_rss);
	}
}

/* rows: ATT-26 */
TEST_F(attach, full_file_table_is_enfile_without_cap_sys_admin)
{
	int id = new_segment(0666), fresh = new_segment(0666);

	ATTACH(id, NULL, 0);
	ASSERT_EQ(0, sysctl_set(FILE_MAX, 0));
	ASSERT_OK(shm.dt(ATTACH(id, NULL, 0)));
	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		EXPECT_ERR(ENFILE, shm.at(fresh, NULL, 0));
		/* A difference: altshm has one file for all attaches. */
		if (on_altshm)
			ATTACH(id, NULL, 0);
		else
			EXPECT_ERR(ENFILE, shm.at(id, NULL, 0));
	}
	EXPECT_NATTCH(1, id);
	EXPECT_NATTCH(0, fresh);
}

/* rows: ATT-28 */
TEST_F(attach, whole_pages_are_attached)
{
	EXPECT_EQ(PAGE, maps_length(ATTACH(new_sized(100, 0600), NULL, 0)));
	EXPECT_EQ(3 * PAGE,
		  maps_length(ATTACH(new_sized(2 * PAGE + 1, 0600), NULL, 0)));
}

/* rows: ATT-29 */
TEST_F(attach, segment_larger_than_the_address_space_is_enomem)
{
	int id;

	ASSERT_EQ(0, sysctl_set(OVERCOMMIT, 0));
	id = new_sized(1UL << 60, SHM_NORESERVE | 0600);
	ASSERT_LE(0, id);
	EXPECT_ERR(ENOMEM, shm.at(id, NULL, 0));
	EXPECT_NATTCH(0, id);
}

/* rows: ATT-30 */
TEST_F(attach, attach_of_a_vfork_child_stays_with_the_parent)
{
	int id = new_segment(0600);
	char *volatile mem = NULL;
	pid_t pid = vfork();

	ASSERT_LE(0, pid);
	if (!pid) {
		mem = shm.at(id, NULL, 0);
		_exit(0);
	}
	EXPECT_EQ(0, wait_exit(pid));
	ASSERT_FALSE(has_failed(mem));
	EXPECT_NATTCH(1, id);
	EXPECT_EQ(pid, STAT(id).shm_lpid);
	mem[0] = 1;
	EXPECT_OK(shm.dt(mem));
	EXPECT_NATTCH(0, id);
}

TEST_HARNESS_MAIN
