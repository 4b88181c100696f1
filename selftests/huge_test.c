// SPDX-License-Identifier: GPL-2.0-only
/*
 * SHM_HUGETLB: page sizes, privilege, reservation, mapping.
 */
#include <limits.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>

#include "common.h"
#include "huge.h"

SHM_FIXTURE(huge);

#define CREATE	(IPC_CREAT | 0600)
#define HUGE	(SHM_HUGETLB | 0600)

static int log2_of(size_t size)
{
	return __builtin_ctzl(size);
}

static int huge_segment(size_t pages)
{
	return new_sized(pages * huge_size(), HUGE);
}

/* rows: HUG-01 */
TEST_F(huge, size_code_names_the_pool_and_0_the_default_one)
{
	NEED_HUGE_PAGES(2);
	EXPECT_EQ(0, new_sized(1, HUGE | SHM_HUGE(log2_of(huge_size()))));
	EXPECT_EQ(1, huge_reserved());
	EXPECT_EQ(1, new_sized(1, HUGE));
	EXPECT_EQ(2, huge_reserved());
	EXPECT_EQ(0, (unsigned long)ATTACH(0, NULL, 0) % huge_size());
}

/* rows: HUG-01 */
TEST_F(huge, size_code_without_hugetlb_is_ignored)
{
	long reserved = meminfo("HugePages_Rsvd");
	int id = new_sized(PAGE, SHM_HUGE(63) | 0600);

	ASSERT_LE(0, id);
	EXPECT_EQ(PAGE, maps_length(ATTACH(id, NULL, 0)));
	EXPECT_EQ(reserved, meminfo("HugePages_Rsvd"));
}

/* rows: HUG-02 HUG-04 */
TEST_F(huge, unknown_size_is_einval_whoever_asks)
{
	EXPECT_ERR(EINVAL, shm.get(KEY, 1, CREATE | HUGE | SHM_HUGE(16)));
	EXPECT_ERR(EINVAL, shm.get(KEY, 1, CREATE | HUGE | SHM_HUGE(63)));
	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		EXPECT_EQ(-EINVAL, new_sized(1, HUGE | SHM_HUGE(16)));
	}
}

/* rows: HUG-04 HUG-05 */
TEST_F(huge, privilege_is_judged_before_the_pool)
{
	NEED_HUGE_PAGES(1);
	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		EXPECT_EQ(-EPERM, huge_segment(1));
		EXPECT_EQ(-EPERM, huge_segment(100));
	}
	IN_CHILD {
		ASSERT_EQ(0, become_with_cap(USER_A, GROUP_G, CAP_IPC_LOCK));
		EXPECT_EQ(-ENOMEM, huge_segment(100));
		EXPECT_LE(0, huge_segment(1));
	}
}

/* rows: HUG-04 */
TEST_F(huge, pool_is_judged_before_the_file_table)
{
	size_t size = huge_size();

	NEED_HUGE_PAGES(1);
	EXPECT_ERR(ENOENT, shm.get(KEY, 0, 0));
	ASSERT_EQ(0, sysctl_set(FILE_MAX, 0));
	IN_CHILD {
		ASSERT_EQ(0, become_with_cap(USER_A, GROUP_G, CAP_IPC_LOCK));
		EXPECT_EQ(-ENOMEM, new_sized(100 * size, HUGE));
		EXPECT_EQ(-ENFILE, new_sized(size, HUGE));
	}
	EXPECT_EQ(1, huge_available());
	EXPECT_EQ(0, shm_info().shm_tot);
}

/* rows: HUG-05 */
TEST_F(huge, root_of_a_user_namespace_is_nobody)
{
	NEED_HUGE_PAGES(1);
	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		ASSERT_EQ(0, enter_userns(CLONE_NEWIPC));
		EXPECT_EQ(-EPERM, huge_segment(1));
	}
}

/* rows: HUG-05 HUG-06 */
TEST_F(huge, members_of_hugetlb_shm_group_may)
{
	gid_t group = 0, other = GROUP_H;

	NEED_HUGE_PAGES(2);
	ASSERT_EQ(0, sysctl_set(HUGETLB_SHM_GROUP, 0));
	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, 0));
		EXPECT_LE(0, huge_segment(1));
	}
	IN_CHILD {
		ASSERT_EQ(0, become_in(USER_A, GROUP_G, 1, &group));
		EXPECT_LE(0, huge_segment(1));
	}
	EXPECT_OK(shm.ctl(1, IPC_RMID, NULL));
	ASSERT_EQ(0, write_ul(HUGETLB_SHM_GROUP, GROUP_H));
	IN_CHILD {
		ASSERT_EQ(0, become_in(USER_A, GROUP_G, 1, &group));
		EXPECT_EQ(-EPERM, huge_segment(1));
	}
	IN_CHILD {
		ASSERT_EQ(0, become_in(USER_A, GROUP_G, 1, &other));
		EXPECT_LE(0, huge_segment(1));
	}
}

/* rows: HUG-07 */
TEST_F(huge, memlock_limit_gives_no_right)
{
	NEED_HUGE_PAGES(1);
	IN_CHILD {
		ASSERT_EQ(0, set_limit(RLIMIT_MEMLOCK, RLIM_INFINITY));
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		EXPECT_EQ(-EPERM, huge_segment(1));
	}
}

/* rows: HUG-08 GET-21 */
TEST_F(huge, length_is_whole_huge_pages_and_segsz_what_was_asked)
{
	char *mem;

	NEED_HUGE_PAGES(2);
	ASSERT_EQ(0, new_sized(huge_size() + 100, HUGE));
	EXPECT_EQ(huge_size() + 100, STAT(0).shm_segsz);
	EXPECT_EQ(huge_size() / PAGE + 1, shm_info().shm_tot);
	mem = ATTACH(0, NULL, 0);
	EXPECT_EQ(2 * huge_size(), maps_length(mem));
	EXPECT_EQ(0, mem[2 * huge_size() - 1]);
	mem[2 * huge_size() - 1] = 1;
}

/* rows: HUG-09 */
TEST_F(huge, whole_length_is_reserved_at_creation)
{
	char *mem;

	NEED_HUGE_PAGES(3);
	EXPECT_EQ(-ENOMEM, huge_segment(4));
	EXPECT_EQ(0, huge_segment(2));
	EXPECT_EQ(2, huge_reserved());
	EXPECT_EQ(3, huge_free());
	EXPECT_EQ(-ENOMEM, huge_segment(2));
	mem = ATTACH(0, NULL, 0);
	mem[0] = 1;
	EXPECT_EQ(1, huge_reserved());
	EXPECT_EQ(2, huge_free());
	EXPECT_OK(shm.ctl(0, IPC_RMID, NULL));
	EXPECT_EQ(1, huge_reserved());
	EXPECT_OK(shm.dt(mem));
	EXPECT_EQ(0, huge_reserved());
	EXPECT_EQ(3, huge_free());
}

/* rows: HUG-10 GET-13 */
TEST_F(huge, noreserve_takes_pages_when_touched)
{
	volatile char *mem;

	NEED_HUGE_PAGES(1);
	ASSERT_EQ(0, new_sized(3 * huge_size(), HUGE | SHM_NORESERVE));
	EXPECT_EQ(0, huge_reserved());
	mem = ATTACH(0, NULL, 0);
	mem[0] = 1;
	EXPECT_EQ(0, huge_free());
	EXPECT_SIGNAL(SIGBUS, mem[huge_size()] = 1);
}

/* rows: HUG-11 */
TEST_F(huge, commit_accounting_does_not_see_huge_segments)
{
	long before;

	NEED_HUGE_PAGES(4);
	before = meminfo("Committed_AS");
	ASSERT_EQ(0, huge_segment(4));
	EXPECT_GT(before + 4 * 1024, meminfo("Committed_AS"));
	ASSERT_EQ(0, sysctl_set(OVERCOMMIT, 2));
	EXPECT_EQ(1, new_sized(1000 * huge_size(), HUGE | SHM_NORESERVE));
}

/* rows: HUG-12 */
TEST_F(huge, noreserve_of_2_to_63_is_created_but_never_attached)
{
	if (!huge_size())
		SKIP(return, "no huge pages");
	EXPECT_EQ(0, new_sized(1UL << 63, HUGE | SHM_NORESERVE));
	EXPECT_ERR(ENOMEM, shm.at(0, NULL, 0));
}

/* rows: HUG-13 HUG-14 */
TEST_F(huge, addresses_have_to_be_huge_aligned)
{
	char *mem;

	NEED_HUGE_PAGES(1);
	ASSERT_EQ(0, huge_segment(1));
	mem = ATTACH(0, NULL, 0);
	EXPECT_EQ(0, (unsigned long)mem % huge_size());
	ASSERT_OK(shm.dt(mem));
	EXPECT_ERR(EINVAL, shm.at(0, mem + PAGE, 0));
	EXPECT_ERR(EINVAL, shm.at(0, mem + PAGE, SHM_RND));
	EXPECT_ERR(EINVAL, shm.at(0, mem + PAGE + 1, SHM_RND));
	EXPECT_NATTCH(0, 0);
	EXPECT_EQ(mem, ATTACH(0, mem, 0));
	ASSERT_OK(shm.dt(mem));
	EXPECT_EQ(mem, ATTACH(0, mem + 1, SHM_RND));
}

/*
 * hugetlb_split() of Linux 6.1 asserts a lock that its caller takes only after
 * it: with lockdep any split of a huge page mapping warns, a native one too.
 */
static bool splitting_warns(void)
{
	return !kernel_is(6, 2) && !access("/proc/lockdep_stats", F_OK);
}

/* rows: HUG-15 */
TEST_F(huge, mappings_split_at_huge_boundaries_only)
{
	char *mem;

	if (splitting_warns())
		SKIP(return, "hugetlb_split() of this kernel fails its own lockdep assertion");
	NEED_HUGE_PAGES(3);
	ASSERT_EQ(0, huge_segment(3));
	mem = ATTACH(0, NULL, 0);
	EXPECT_ERR(EINVAL, munmap(mem, PAGE));
	EXPECT_ERR(EINVAL, munmap(mem + PAGE, huge_size()));
	EXPECT_ERR(EINVAL, mprotect(mem + PAGE, PAGE, PROT_READ));
	EXPECT_NATTCH(1, 0);
	EXPECT_OK(munmap(mem + huge_size(), huge_size()));
	EXPECT_NATTCH(2, 0);
	EXPECT_OK(shm.dt(mem));
	EXPECT_NATTCH(0, 0);
	EXPECT_STREQ("", maps_line(mem + 2 * huge_size()));
}

/* By then the old mapping may have gone: the count is right either way. */
TEST_F(huge, remap_file_pages_to_within_a_page_is_einval)
{
	char *mem;

	NEED_HUGE_PAGES(2);
	ASSERT_EQ(0, huge_segment(2));
	mem = ATTACH(0, NULL, 0);
	EXPECT_ERR(EINVAL, syscall(SYS_remap_file_pages, mem, 2 * huge_size(), 0, 1, 0));
	EXPECT_NATTCH(*maps_line(mem) ? 1 : 0, 0);
}

/* rows: HUG-16 */
TEST_F(huge, mremap_neither_grows_nor_duplicates)
{
	size_t size = huge_size();
	char *mem;

	NEED_HUGE_PAGES(1);
	ASSERT_EQ(0, huge_segment(1));
	mem = ATTACH(0, NULL, 0);
	EXPECT_ERR(EINVAL, mremap(mem, size, 2 * size, MREMAP_MAYMOVE));
	EXPECT_ERR(EINVAL, mremap(mem, 0, size, MREMAP_MAYMOVE));
	EXPECT_NATTCH(1, 0);
}

/* rows: HUG-17 HUG-18 */
TEST_F(huge, lock_succeeds_and_mode_shows_nothing)
{
	NEED_HUGE_PAGES(1);
	ASSERT_EQ(0, huge_segment(1));
	EXPECT_EQ(0600, STAT(0).shm_perm.mode);
	EXPECT_OK(shm.ctl(0, SHM_LOCK, NULL));
	EXPECT_EQ(0600, STAT(0).shm_perm.mode);
	EXPECT_OK(shm.ctl(0, SHM_UNLOCK, NULL));
	EXPECT_EQ(0600, STAT(0).shm_perm.mode);
}

/* rows: HUG-19 */
TEST_F(huge, rss_counts_base_pages)
{
	unsigned long pages = huge_size() / PAGE;
	/* Native counts a huge page's base pages squared in these versions. */
	bool squared = !on_altshm && kernel_is(6, 2) && !kernel_is(7, 0);

	NEED_HUGE_PAGES(1);
	ASSERT_EQ(0, huge_segment(1));
	EXPECT_EQ(0, shm_info().shm_rss);
	ATTACH(0, NULL, 0)[0] = 1;
	if (squared && shm_info().shm_rss != pages)
		pages *= pages;
	EXPECT_EQ(pages, shm_info().shm_rss);
}

/* rows: HUG-20 */
TEST_F(huge, userfaultfd_takes_huge_attaches_before_7)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = {
		.range.len = huge_size(),
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC);

	if (fd < 0)
		SKIP(return, "no userfaultfd");
	NEED_HUGE_PAGES(1);
	ASSERT_EQ(0, huge_segment(1));
	range.range.start = (unsigned long)ATTACH(0, NULL, 0);
	ASSERT_OK(ioctl(fd, UFFDIO_API, &api));
	EXPECT_EQ(kernel_is(7, 0) ? -EINVAL : 0,
		  rc(ioctl(fd, UFFDIO_REGISTER, &range)));
	close(fd);
}

/* rows: HUG-21 */
TEST_F(huge, process_accounts_hugetlb_pages_and_not_shmem)
{
	const char *status = "/proc/self/status";
	long shmem = field_of(status, "RssShmem");
	int plain_minor = -1, minor = -1;
	char *mem;

	NEED_HUGE_PAGES(1);
	ASSERT_EQ(0, huge_segment(1));
	mem = ATTACH(0, NULL, 0);
	mem[0] = 1;
	EXPECT_EQ(huge_size() / 1024, field_of(status, "HugetlbPages"));
	EXPECT_EQ(shmem, field_of(status, "RssShmem"));
	sscanf(maps_line(mem), "%*s %*s %*s %*x:%x", (unsigned int *)&minor);
	sscanf(maps_line(ATTACH(new_segment(0600), NULL, 0)),
	       "%*s %*s %*s %*x:%x", (unsigned int *)&plain_minor);
	EXPECT_NE(plain_minor, minor);
}

/* rows: HUG-08 LIF-01 DST-07 */
TEST_F(huge, contents_are_shared_across_fork_and_freed_last)
{
	char *mem;

	NEED_HUGE_PAGES(1);
	ASSERT_EQ(0, huge_segment(1));
	mem = ATTACH(0, NULL, 0);
	IN_CHILD {
		EXPECT_NATTCH(2, 0);
		mem[PAGE] = 42;
	}
	EXPECT_EQ(42, mem[PAGE]);
	EXPECT_OK(shm.ctl(0, IPC_RMID, NULL));
	EXPECT_EQ(0, huge_free());
	EXPECT_OK(munmap(mem, huge_size()));
	EXPECT_EQ(1, huge_free());
	EXPECT_EQ(0, shm_info().used_ids);
}

TEST_HARNESS_MAIN
