// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages and mappings: faults, names, advice, other processes' access, futexes.
 */
#include <linux/futex.h>
#include <linux/mempolicy.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "common.h"
#include "thp.h"

SHM_FIXTURE(mem);

static long minor_faults(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_minflt;
}

/* rows: MEM-01 */
TEST_F(mem, first_read_allocates_a_page)
{
	volatile char *mem = ATTACH(new_sized(4 * PAGE, 0600), NULL, 0);

	EXPECT_EQ(0, shm_info().shm_rss);
	EXPECT_EQ(0, mem[0]);
	EXPECT_EQ(1, shm_info().shm_rss);
	mem[PAGE] = 1;
	EXPECT_EQ(2, shm_info().shm_rss);
}

/* rows: MEM-02 */
TEST_F(mem, reading_resident_pages_faults_by_page_or_around)
{
	enum { PAGES = 256 };
	int id = new_sized(PAGES * PAGE, 0600);
	volatile char *mem = ATTACH(id, NULL, 0);
	long before, faults;

	memset((char *)mem, 1, PAGES * PAGE);
	mem = ATTACH(id, NULL, SHM_RDONLY);
	before = minor_faults();
	for (int i = 0; i < PAGES; i++)
		(void)mem[i * PAGE];
	faults = minor_faults() - before;
	/* A difference: altshm keeps shmem's fault-around. */
	if (on_altshm) {
		EXPECT_GE(PAGES / 4, faults);
	} else {
		EXPECT_LE(PAGES, faults);
	}
}

/* rows: MEM-03 */
TEST_F(mem, contents_persist_without_attaches)
{
	int id = new_sized(2 * PAGE, 0600);
	char *mem = ATTACH(id, NULL, 0);

	mem[PAGE + 5] = 55;
	ASSERT_OK(shm.dt(mem));
	IN_CHILD {
		EXPECT_EQ(55, ATTACH(id, NULL, SHM_RDONLY)[PAGE + 5]);
	}
	EXPECT_EQ(1, shm_info().shm_rss);
}

/* rows: MEM-10 */
TEST_F(mem, advice_that_drops_or_merges_does_nothing)
{
	char *mem = ATTACH(new_segment(0600), NULL, 0);

	mem[0] = 1;
	EXPECT_OK(madvise(mem, PAGE, MADV_DONTNEED));
	EXPECT_EQ(1, mem[0]);
	EXPECT_ERR(EINVAL, madvise(mem, PAGE, MADV_FREE));
	EXPECT_ERR(EINVAL, madvise(mem, PAGE, MADV_WIPEONFORK));
	EXPECT_OK(madvise(mem, PAGE, MADV_MERGEABLE));
}

/* rows: MEM-11 */
TEST_F(mem, remove_advice_punches_a_hole_for_all)
{
	int id = new_sized(2 * PAGE, 0600);
	char *mem = ATTACH(id, NULL, 0), *view = ATTACH(id, NULL, SHM_RDONLY);

	mem[0] = 1;
	mem[PAGE] = 2;
	EXPECT_EQ(1, view[0]);
	EXPECT_ERR(EACCES, madvise(view, PAGE, MADV_REMOVE));
	EXPECT_OK(madvise(mem, PAGE, MADV_REMOVE));
	EXPECT_EQ(0, view[0]);
	EXPECT_EQ(2, view[PAGE]);
}

/* rows: MEM-12 */
TEST_F(mem, msync_mincore_and_populate_succeed)
{
	char *mem = ATTACH(new_sized(4 * PAGE, 0600), NULL, 0);
	unsigned char in_core[4];

	EXPECT_OK(msync(mem, PAGE, MS_SYNC));
	EXPECT_OK(mincore(mem, 4 * PAGE, in_core));
	EXPECT_EQ(0, in_core[0] & 1);
	EXPECT_OK(madvise(mem, 4 * PAGE, MADV_POPULATE_WRITE));
	EXPECT_EQ(4, shm_info().shm_rss);
	EXPECT_OK(mincore(mem, 4 * PAGE, in_core));
	EXPECT_EQ(1, in_core[3] & 1);
}

/* rows: MEM-13 ATT-13 */
TEST_F(mem, maps_shows_key_id_and_kind)
{
	int id = rc(shm.get((key_t)0xdeadbeef, PAGE, IPC_CREAT | 0600));
	int unnamed = new_segment(0600);
	char *mem = ATTACH(id, NULL, 0), *view = ATTACH(id, NULL, SHM_RDONLY);
	char *private = ATTACH(unnamed, NULL, 0), expected[128];
	unsigned long start = (unsigned long)mem;

	snprintf(expected, sizeof(expected), "%lx-%lx rw-s 00000000 00:01 %d ",
		 start, start + PAGE, id);
	EXPECT_EQ(0, strncmp(expected, maps_line(mem), strlen(expected)))
		TH_LOG("%s", maps_line(mem));
	EXPECT_TRUE(strstr(maps_line(mem), " /SYSVdeadbeef (deleted)"));
	EXPECT_STREQ("r--s", maps_prot(view));
	EXPECT_TRUE(strstr(maps_line(private), " /SYSV00000000 (deleted)"));
	snprintf(expected, sizeof(expected), " 00:01 %d ", unnamed);
	EXPECT_TRUE(strstr(maps_line(private), expected));
}

static const char *vm_flags(const void *addr)
{
	return smaps_line(addr, "VmFlags:");
}

/* rows: MEM-14 */
TEST_F(mem, smaps_flags_are_those_of_shared_memory)
{
	static const char *const rw[] = { " rd", " wr", " sh", " mr", " mw",
					  " me", " ms" };
	static const char *const ro[] = { " rd", " mr", " me", " ms" };
	static const char *const never[] = { " io", " pf", " de", " dd" };
	int id = new_segment(0600);
	char *mem = ATTACH(id, NULL, 0), *view = ATTACH(id, NULL, SHM_RDONLY);
	char *anon = mmap(NULL, PAGE, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	for (size_t i = 0; i < ARRAY_SIZE(rw); i++) {
		EXPECT_TRUE(strstr(vm_flags(mem), rw[i])) TH_LOG("%s", rw[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(ro); i++) {
		EXPECT_TRUE(strstr(vm_flags(view), ro[i])) TH_LOG("%s", ro[i]);
	}
	EXPECT_FALSE(strstr(vm_flags(view), " mw"));
	/* " sd" where the kernel has soft-dirty bits at all. */
	EXPECT_EQ(!strstr(vm_flags(anon), " sd"), !strstr(vm_flags(mem), " sd"));
	EXPECT_EQ(!strstr(vm_flags(anon), " sd"),
		  !strstr(vm_flags(view), " sd"));
	for (size_t i = 0; i < ARRAY_SIZE(never); i++) {
		EXPECT_FALSE(strstr(vm_flags(mem), never[i]));
		EXPECT_FALSE(strstr(vm_flags(view), never[i]));
	}
}

/* rows: MEM-16 */
TEST_F(mem, pages_are_counted_as_shmem_of_the_process)
{
	const char *status = "/proc/self/status";
	long before = field_of(status, "RssShmem");
	char *mem = ATTACH(new_sized(1024 * PAGE, 0600), NULL, 0);

	memset(mem, 1, 1024 * PAGE);
	/* Old kernels add a task's last few dozen pages later. */
	EXPECT_LE(before + 960 * 4, field_of(status, "RssShmem"));
}

#define GROUP "/sys/fs/cgroup/altshm_test"

/* A figure of the group's memory.stat, in bytes. */
static long group_figure(const char *name)
{
	FILE *file = fopen(GROUP "/memory.stat", "re");
	char line[128], found[64];
	long value, bytes = -1;

	while (file && bytes < 0 && fgets(line, sizeof(line), file))
		if (sscanf(line, "%63s %ld", found, &value) == 2 && !strcmp(found, name))
			bytes = value;
	if (file)
		fclose(file);
	return bytes;
}

/* rows: MEM-16 */
TEST_F(mem, group_that_touches_first_pays_and_goes_on_paying)
{
	const long size = 1024 * PAGE;
	int id = new_sized(size, 0600);

	write_file("/sys/fs/cgroup/cgroup.subtree_control", "+memory");
	if (mkdir(GROUP, 0755) || group_figure("shmem") < 0) {
		rmdir(GROUP);
		SKIP(return, "no memory cgroups of version 2");
	}
	ATTACH(id, NULL, 0)[0] = 1;
	IN_CHILD {
		ASSERT_EQ(0, write_file(GROUP "/cgroup.procs", "0"));
		memset(ATTACH(id, NULL, 0), 1, size);
	}
	/* Of a group's figures the last few dozen pages are added later. */
	EXPECT_LT(size * 3 / 4, group_figure("shmem"));
	EXPECT_GE(size - (long)PAGE, group_figure("shmem"));
	ASSERT_OK(shm.ctl(id, IPC_RMID, NULL));
	EXPECT_OK(rmdir(GROUP));
}

/* rows: MEM-18 */
TEST_F(mem, other_processes_reach_the_pages_by_pid)
{
	int id = new_segment(0600), fd;
	char *mem = ATTACH(id, NULL, 0), *view = ATTACH(id, NULL, SHM_RDONLY);
	char byte = 0;
	struct iovec to = { &byte, 1 }, from = { mem, 1 };

	mem[0] = 33;
	EXPECT_EQ(1, process_vm_readv(getpid(), &to, 1, &from, 1, 0));
	EXPECT_EQ(33, byte);
	fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, fd);
	byte = 34;
	EXPECT_EQ(1, pwrite(fd, &byte, 1, (off_t)mem));
	EXPECT_EQ(34, view[0]);
	EXPECT_ERR(EIO, pwrite(fd, &byte, 1, (off_t)view));
	EXPECT_EQ(1, pread(fd, &byte, 1, (off_t)view));
	close(fd);
}

static long futex(int *word, int op, int value, struct timespec *timeout)
{
	return rc(syscall(SYS_futex, word, op, value, timeout, NULL, 0));
}

/* rows: MEM-19 */
TEST_F(mem, shared_futex_works_across_addresses)
{
	struct timespec limit = { .tv_sec = 20 };
	int id = new_segment(0600);
	int *word = (int *)ATTACH(id, NULL, 0);
	pid_t pid = fork();

	ASSERT_LE(0, pid);
	if (!pid) {
		int *other = (int *)ATTACH(id, NULL, 0);

		EXPECT_NE(word, other);
		while (futex(other, FUTEX_WAKE, 1, NULL) == 0)
			sched_yield();
		_exit(test_failed());
	}
	EXPECT_EQ(0, futex(word, FUTEX_WAIT, 0, &limit));
	EXPECT_EQ(0, wait_exit(pid));
}

/* The memory policy at an address, or a negative error. */
static long policy_at(const void *addr)
{
	int policy = -1;
	long error = rc(syscall(SYS_get_mempolicy, &policy, NULL, 0, addr,
				MPOL_F_ADDR));

	return error ? error : policy;
}

/* rows: MEM-08 */
TEST_F(mem, policy_belongs_to_the_segment)
{
	int id = new_sized(2 * PAGE, 0600);
	char *mem = ATTACH(id, NULL, 0), *other = ATTACH(id, NULL, 0);
	unsigned long nodes = 1;

	if (policy_at(mem) == -ENOSYS)
		SKIP(return, "no memory policies");
	EXPECT_EQ(MPOL_DEFAULT, policy_at(mem));
	ASSERT_OK(syscall(SYS_mbind, mem, PAGE, MPOL_INTERLEAVE, &nodes,
			  8 * sizeof(nodes), 0));
	EXPECT_EQ(MPOL_INTERLEAVE, policy_at(other));
	EXPECT_EQ(MPOL_DEFAULT, policy_at(other + PAGE));
	ASSERT_OK(shm.dt(mem));
	ASSERT_OK(shm.dt(other));
	EXPECT_EQ(MPOL_INTERLEAVE, policy_at(ATTACH(id, NULL, 0)));
}

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

/* rows: MEM-05 */
TEST_F(mem, huge_pages_follow_the_switch_of_shmem)
{
	const size_t size = 8UL << 20, align = 2UL << 20;
	char *never, *advised, *always, old[32], ignored[32];

	if (set_shmem_enabled("never", old, sizeof(old)))
		SKIP(return, "no transparent huge pages");
	never = ATTACH(new_sized(size, 0600), NULL, 0);
	memset(never, 1, size);
	EXPECT_EQ(0, huge_bytes(never));
	set_shmem_enabled("advise", ignored, sizeof(ignored));
	advised = ATTACH(new_sized(size, 0600), NULL, 0);
	memset(advised, 1, size / 2);
	EXPECT_EQ(0, huge_bytes(advised));
	EXPECT_OK(madvise(advised, size, MADV_HUGEPAGE));
	memset(advised + size / 2, 1, size / 2);
	EXPECT_EQ(size / 2, huge_bytes(advised));
	set_shmem_enabled("always", ignored, sizeof(ignored));
	always = ATTACH(new_sized(size, 0600), NULL, 0);
	EXPECT_EQ(0, (unsigned long)always % align);
	memset(always, 1, size);
	EXPECT_EQ(size, huge_bytes(always));
	write_file(SHMEM_ENABLED, old);
}

/* rows: MEM-07 */
TEST_F(mem, collapse_works_unless_denied)
{
	const size_t size = 4UL << 20;
	char *mem, old[32], ignored[32];

	if (set_shmem_enabled("never", old, sizeof(old)))
		SKIP(return, "no transparent huge pages");
	/* At an address that huge pages fit. */
	mem = ATTACH(new_sized(size, 0600), (char *)(0x7000UL << 30), 0);
	memset(mem, 2, size);
	set_shmem_enabled("deny", ignored, sizeof(ignored));
	EXPECT_ERR(EINVAL, madvise(mem, size, MADV_COLLAPSE));
	EXPECT_EQ(0, huge_bytes(mem));
	set_shmem_enabled("never", ignored, sizeof(ignored));
	EXPECT_OK(madvise(mem, size, MADV_COLLAPSE));
	EXPECT_EQ(size, huge_bytes(mem));
	EXPECT_EQ(2, mem[size - 1]);
	write_file(SHMEM_ENABLED, old);
}

#define MTHP "/sys/kernel/mm/transparent_hugepage/hugepages-64kB/"

/* rows: MEM-06 */
TEST_F(mem, knobs_of_smaller_huge_pages_are_for_anonymous_memory_only)
{
	const char *allocated = MTHP "stats/shmem_alloc";
	const size_t size = 1UL << 20;
	unsigned long before;
	char *mem;

	if (access(MTHP "shmem_enabled", F_OK))
		SKIP(return, "no huge pages of 64 KiB for shared memory");
	ASSERT_EQ(0, write_file(MTHP "shmem_enabled", "always"));
	before = read_ul(allocated);
	memset(ATTACH(new_sized(size, 0600), NULL, 0), 1, size);
	EXPECT_EQ(before, read_ul(allocated));
	mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, mem);
	memset(mem, 1, size);
	EXPECT_LT(before, read_ul(allocated));
	EXPECT_EQ(0, write_file(MTHP "shmem_enabled", "never"));
}

/* Whether a page is in this process' page tables. */
static bool is_mapped(const void *addr)
{
	unsigned long entry = 0;
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);

	if (pread(fd, &entry, sizeof(entry), (unsigned long)addr / PAGE * sizeof(entry)) !=
	    (ssize_t)sizeof(entry))
		entry = 0;
	close(fd);
	return entry >> 63;
}

/* rows: MEM-21 */
TEST_F(mem, fork_leaves_the_page_tables_behind)
{
	char *mem = ATTACH(new_sized(4 * PAGE, 0600), NULL, 0), *own;

	own = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, own);
	memset(mem, 1, 4 * PAGE);
	own[0] = 1;
	EXPECT_TRUE(is_mapped(mem));
	IN_CHILD {
		EXPECT_TRUE(is_mapped(own));
		EXPECT_FALSE(is_mapped(mem));
		EXPECT_EQ(1, mem[0]);
		EXPECT_TRUE(is_mapped(mem));
	}
}

/* rows: MEM-09 */
TEST_F(mem, userfaultfd_refuses_plain_attaches)
{
	int id = new_segment(0600);
	char *mem = ATTACH(id, NULL, 0);
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = {
		.range = { .start = (unsigned long)mem, .len = PAGE },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC);

	if (fd < 0)
		SKIP(return, "no userfaultfd");
	ASSERT_OK(ioctl(fd, UFFDIO_API, &api));
	EXPECT_ERR(EINVAL, ioctl(fd, UFFDIO_REGISTER, &range));
	close(fd);
}

TEST_HARNESS_MAIN
