// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mappings over time: fork, exec, exit, splitting, moving. The attach count is
 * one of mappings, not of processes or calls.
 */
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "common.h"

SHM_FIXTURE(life);

/* rows: LIF-01 */
TEST_F(life, fork_counts_and_stamps_with_the_parent)
{
	int id = new_segment(0600);
	struct turns turns;
	struct shmid_ds ds;
	time_t forked;
	pid_t pid;

	ASSERT_EQ(0, turns_init(&turns));
	ATTACH(id, NULL, 0);
	ATTACH(id, NULL, SHM_RDONLY);
	IN_CHILD {
		ATTACH(id, NULL, 0);
	}
	EXPECT_NE(getpid(), STAT(id).shm_lpid);
	forked = next_second();
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid)
		_exit(!!child_pause(&turns));
	ASSERT_EQ(0, wait_for_child(&turns));
	ds = STAT(id);
	EXPECT_EQ(4, ds.shm_nattch);
	EXPECT_EQ(getpid(), ds.shm_lpid);
	EXPECT_TRUE(is_recent(ds.shm_atime, forked));
	ASSERT_EQ(0, let_child_go_on(&turns));
	EXPECT_EQ(0, wait_exit(pid));
	EXPECT_NATTCH(2, id);
}

/* rows: LIF-02 */
TEST_F(life, dontfork_ranges_are_not_inherited)
{
	int id = new_segment(0600);
	char *mem = ATTACH(id, NULL, 0);

	ASSERT_OK(madvise(mem, PAGE, MADV_DONTFORK));
	IN_CHILD {
		EXPECT_NATTCH(1, id);
		EXPECT_STREQ("", maps_line(mem));
	}
	EXPECT_NATTCH(1, id);
}

/* rows: LIF-03 */
TEST_F(life, exec_detaches_all)
{
	int id = new_segment(0600);
	time_t before = time(NULL);
	struct turns turns;
	struct shmid_ds ds;
	pid_t pid;

	ASSERT_EQ(0, turns_init(&turns));
	ATTACH(id, NULL, 0);
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		ATTACH(id, NULL, 0);
		exec_waiter(&turns);
	}
	ASSERT_EQ(0, wait_for_child(&turns));
	ds = STAT(id);
	EXPECT_EQ(1, ds.shm_nattch);
	EXPECT_EQ(pid, ds.shm_lpid);
	EXPECT_TRUE(is_recent(ds.shm_dtime, before));
	ASSERT_EQ(0, let_child_go_on(&turns));
	EXPECT_EQ(0, wait_exit(pid));
}

/* rows: LIF-04 */
TEST_F(life, exit_and_sigkill_detach)
{
	int id = new_segment(0600);
	time_t before = time(NULL);
	struct turns turns;
	struct shmid_ds ds;
	pid_t pid;

	ASSERT_EQ(0, turns_init(&turns));
	for (int kill_it = 0; kill_it < 2; kill_it++) {
		pid = fork();
		ASSERT_LE(0, pid);
		if (!pid) {
			ATTACH(id, NULL, 0);
			_exit(!!child_pause(&turns));
		}
		ASSERT_EQ(0, wait_for_child(&turns));
		EXPECT_NATTCH(1, id);
		ASSERT_EQ(0, kill_it ? kill(pid, SIGKILL) :
				       let_child_go_on(&turns));
		EXPECT_EQ(kill_it ? 1000 + SIGKILL : 0, wait_exit(pid));
		ds = STAT(id);
		EXPECT_EQ(0, ds.shm_nattch);
		EXPECT_EQ(pid, ds.shm_lpid);
		EXPECT_TRUE(is_recent(ds.shm_dtime, before));
	}
}

/* rows: LIF-05 */
TEST_F(life, detach_in_the_child_leaves_the_parent_attached)
{
	int id = new_segment(0600);
	char *mem = ATTACH(id, NULL, 0);

	IN_CHILD {
		mem[0] = 1;
		EXPECT_OK(shm.dt(mem));
		EXPECT_NATTCH(1, id);
	}
	EXPECT_EQ(1, mem[0]);
	EXPECT_OK(shm.dt(mem));
}

/* rows: LIF-06 LIF-07 LIF-08 */
TEST_F(life, munmap_counts_pieces)
{
	int id = new_sized(5 * PAGE, 0600);
	char *mem = ATTACH(id, NULL, 0);

	ASSERT_OK(munmap(mem, PAGE));
	EXPECT_NATTCH(1, id);
	ASSERT_OK(munmap(mem + 4 * PAGE, PAGE));
	EXPECT_NATTCH(1, id);
	ASSERT_OK(munmap(mem + 2 * PAGE, PAGE));
	EXPECT_NATTCH(2, id);
	ASSERT_OK(munmap(mem, 5 * PAGE));
	EXPECT_NATTCH(0, id);
	EXPECT_NE(0, STAT(id).shm_dtime);
}

/* rows: LIF-08 */
TEST_F(life, mapping_over_an_attach_detaches_it)
{
	int id = new_segment(0600);
	char *mem = ATTACH(id, NULL, 0);

	ASSERT_EQ(mem, mmap(mem, PAGE, PROT_READ,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
	EXPECT_NATTCH(0, id);
	EXPECT_EQ(getpid(), STAT(id).shm_lpid);
	EXPECT_NE(0, STAT(id).shm_dtime);
	EXPECT_ERR(EINVAL, shm.dt(mem));
}

/* rows: LIF-09 */
TEST_F(life, changing_a_part_splits_it)
{
	int id = new_sized(5 * PAGE, 0600);
	char *mem = ATTACH(id, NULL, 0);

	ASSERT_OK(mprotect(mem, PAGE, PROT_READ));
	EXPECT_NATTCH(2, id);
	ASSERT_OK(mlock(mem + 2 * PAGE, PAGE));
	EXPECT_NATTCH(4, id);
	ASSERT_OK(madvise(mem + 4 * PAGE, PAGE, MADV_DONTFORK));
	EXPECT_NATTCH(5, id);
	EXPECT_OK(shm.dt(mem));
	EXPECT_NATTCH(0, id);
}

/* rows: LIF-10 */
TEST_F(life, pieces_do_not_merge_again)
{
	int id = new_sized(3 * PAGE, 0600);
	char *mem = ATTACH(id, NULL, 0);

	ASSERT_OK(mprotect(mem + PAGE, PAGE, PROT_READ));
	EXPECT_NATTCH(3, id);
	ASSERT_OK(mprotect(mem + PAGE, PAGE, PROT_READ | PROT_WRITE));
	EXPECT_NATTCH(3, id);
	ASSERT_OK(mprotect(mem, 3 * PAGE, PROT_READ));
	EXPECT_NATTCH(3, id);
}

/* rows: LIF-11 */
TEST_F(life, moving_a_boundary_splits_or_shifts_by_version)
{
	int id = new_sized(4 * PAGE, 0600);
	char *mem = ATTACH(id, NULL, 0);

	ASSERT_OK(mprotect(mem, PAGE, PROT_READ));
	EXPECT_NATTCH(2, id);
	ASSERT_OK(mprotect(mem + PAGE, PAGE, PROT_READ));
	EXPECT_NATTCH(kernel_is(6, 12) ? 2 : 3, id);
}

/* rows: LIF-12 */
TEST_F(life, a_split_stamps_as_an_attach)
{
	int id = new_sized(3 * PAGE, 0600);
	char *mem = ATTACH(id, NULL, 0);
	struct shmid_ds before = STAT(id), ds;
	time_t split;

	IN_CHILD {
		EXPECT_NATTCH(2, id);
	}
	before = STAT(id);
	EXPECT_NE(getpid(), before.shm_lpid);
	split = next_second();
	ASSERT_OK(mprotect(mem, PAGE, PROT_READ));
	ds = STAT(id);
	EXPECT_EQ(getpid(), ds.shm_lpid);
	EXPECT_TRUE(is_recent(ds.shm_atime, split));
	EXPECT_EQ(before.shm_dtime, ds.shm_dtime);
	EXPECT_EQ(before.shm_ctime, ds.shm_ctime);
}

/* rows: LIF-13 */
TEST_F(life, grown_mapping_faults_beyond_the_segment)
{
	int id = new_segment(0600);
	char *mem = ATTACH(id, NULL, 0);
	volatile char *grown;

	mem[0] = 2;
	grown = mremap(mem, PAGE, 2 * PAGE, MREMAP_MAYMOVE);
	ASSERT_NE(MAP_FAILED, (void *)grown);
	EXPECT_NATTCH(1, id);
	EXPECT_EQ(2, grown[0]);
	EXPECT_SIGNAL(SIGBUS, grown[PAGE] = 1);
}

/* rows: LIF-14 */
TEST_F(life, moved_attach_is_detached_at_its_new_address)
{
	int id = new_sized(2 * PAGE, 0600);
	char *mem = ATTACH(id, NULL, 0), *moved;
	char *space = mmap(NULL, 4 * PAGE, PROT_NONE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	mem[0] = 3;
	moved = mremap(mem, 2 * PAGE, 2 * PAGE,
		       MREMAP_MAYMOVE | MREMAP_FIXED, space + PAGE);
	ASSERT_EQ(space + PAGE, moved);
	EXPECT_NATTCH(1, id);
	EXPECT_EQ(3, moved[0]);
	EXPECT_ERR(EINVAL, shm.dt(mem));
	EXPECT_OK(shm.dt(moved));
	EXPECT_NATTCH(0, id);
}

/* rows: LIF-15 */
TEST_F(life, mremap_can_make_a_second_mapping)
{
	int id = new_segment(0600);
	char *mem = ATTACH(id, NULL, 0), *copy, *kept;

	mem[0] = 4;
	copy = mremap(mem, 0, PAGE, MREMAP_MAYMOVE);
	ASSERT_NE(MAP_FAILED, copy) TH_LOG("mremap: %m");
	EXPECT_NATTCH(2, id);
	kept = mremap(mem, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP,
		      NULL);
	ASSERT_NE(MAP_FAILED, kept) TH_LOG("mremap: %m");
	EXPECT_NATTCH(3, id);
	EXPECT_EQ(4, mem[0]);
	EXPECT_EQ(4, copy[0]);
	EXPECT_EQ(4, kept[0]);
	EXPECT_OK(shm.dt(mem));
	EXPECT_OK(shm.dt(copy));
	EXPECT_OK(shm.dt(kept));
	EXPECT_NATTCH(0, id);
}

/* rows: LIF-16 */
TEST_F(life, mremap_across_pieces_is_efault)
{
	int id = new_sized(2 * PAGE, 0600);
	char *mem = ATTACH(id, NULL, 0);

	ASSERT_OK(mprotect(mem, PAGE, PROT_READ));
	EXPECT_ERR(EFAULT, mremap(mem, 2 * PAGE, 4 * PAGE, MREMAP_MAYMOVE));
	EXPECT_NATTCH(2, id);
}

/* rows: LIF-17 */
TEST_F(life, remap_file_pages_rearranges_an_attach)
{
	int id = new_sized(3 * PAGE, 0600);
	char *mem = ATTACH(id, NULL, 0);

	for (int i = 0; i < 3; i++)
		mem[i * PAGE] = i;
	if (syscall(SYS_remap_file_pages, mem, PAGE, 0, 2, 0)) {
		ASSERT_EQ(ENOSYS, errno);
		SKIP(return, "no remap_file_pages");
	}
	EXPECT_EQ(2, mem[0]);
	EXPECT_EQ(1, mem[PAGE]);
	EXPECT_NATTCH(2, id);
}

/* The old mapping goes before the new one comes, and with it the segment. */
TEST_F(life, remap_file_pages_is_too_late_for_a_removed_segment)
{
	int id = new_segment(0600);
	char *mem = ATTACH(id, NULL, 0);

	EXPECT_OK(shm.ctl(id, IPC_RMID, NULL));
	EXPECT_ERR(EINVAL, syscall(SYS_remap_file_pages, mem, PAGE, 0, 0, 0));
	EXPECT_STREQ("", maps_line(mem));
	EXPECT_ERR(EINVAL, shm.dt(mem));
	EXPECT_EQ(0, shm_info().used_ids);
}

/* The backing of a mapping, by way of map_files. */
static int open_backing(const void *addr, int flags)
{
	char path[80];

	snprintf(path, sizeof(path), "/proc/self/map_files/%lx-%lx",
		 (unsigned long)addr,
		 (unsigned long)addr + maps_length(addr));
	return open(path, flags | O_CLOEXEC);
}

/* rows: LIF-18 */
TEST_F(life, map_files_opens_the_backing)
{
	int id = new_sized(100, 0600), fd;
	char *mem, *mapped;
	struct stat st;

	ASSERT_OK(shm.ctl(id, IPC_RMID, NULL));
	id = new_sized(PAGE + 100, 0600);
	mem = ATTACH(id, NULL, 0);
	fd = open_backing(mem, O_RDWR);
	ASSERT_LE(0, fd) TH_LOG("map_files: %m");
	ASSERT_EQ(0, fstat(fd, &st));
	EXPECT_EQ(S_IFREG | 0777, st.st_mode);
	EXPECT_EQ(0, st.st_nlink);
	EXPECT_EQ(id, st.st_ino);
	EXPECT_EQ(PAGE + 100, st.st_size);
	EXPECT_EQ(2, pwrite(fd, "ab", 2, 0));
	EXPECT_EQ('a', mem[0]);
	mapped = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, mapped);
	EXPECT_EQ('b', mapped[1]);
	EXPECT_NATTCH(1, id);
	EXPECT_OK(shm.dt(mem));
	EXPECT_NATTCH(0, id);
	EXPECT_EQ('b', mapped[1]);
}

/* A page whose first touch waits until somebody fills it through *fd. */
static char *waiting_page(int *fd)
{
	char *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = {
		.range = { .start = (unsigned long)page, .len = PAGE },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	*fd = syscall(SYS_userfaultfd, O_CLOEXEC);
	if (*fd < 0 || ioctl(*fd, UFFDIO_API, &api) || ioctl(*fd, UFFDIO_REGISTER, &range))
		return NULL;
	return page;
}

struct reader {
	char path[32];
	char *to;
	off_t from;
};

/* Holds the memory of another process for as long as the read takes. */
static void *read_memory(void *arg)
{
	struct reader *reader = arg;
	int fd = open(reader->path, O_RDONLY | O_CLOEXEC);
	ssize_t done = pread(fd, reader->to, 1, reader->from);

	close(fd);
	return done == 1 ? reader : NULL;
}

/* rows: LIF-19 */
TEST_F(life, who_lets_go_of_the_memory_last_is_the_last_to_detach)
{
	int id = new_segment(0600), fd;
	struct uffd_msg message;
	struct uffdio_zeropage fill = { .range = { .len = PAGE } };
	struct reader reader;
	struct turns turns;
	pthread_t thread;
	void *result;
	pid_t pid;

	ASSERT_EQ(0, turns_init(&turns));
	reader.to = waiting_page(&fd);
	if (!reader.to)
		SKIP(return, "no userfaultfd");
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		ATTACH(id, NULL, 0);
		child_pause(&turns);
		_exit(0);
	}
	ASSERT_EQ(0, wait_for_child(&turns));
	snprintf(reader.path, sizeof(reader.path), "/proc/%d/mem", pid);
	reader.from = (off_t)reader.path;
	ASSERT_EQ(0, pthread_create(&thread, NULL, read_memory, &reader));
	/* The reader has come to the page. */
	ASSERT_EQ(sizeof(message), read(fd, &message, sizeof(message)));
	ASSERT_EQ(0, kill(pid, SIGKILL));
	EXPECT_EQ(SIGKILL, wait_signal(pid));
	EXPECT_NATTCH(1, id);
	EXPECT_EQ(pid, STAT(id).shm_lpid);
	fill.range.start = (unsigned long)reader.to;
	EXPECT_OK(ioctl(fd, UFFDIO_ZEROPAGE, &fill));
	ASSERT_EQ(0, pthread_join(thread, &result));
	EXPECT_NE(NULL, result);
	EXPECT_NATTCH(0, id);
	EXPECT_EQ(getpid(), STAT(id).shm_lpid);
	close(fd);
}

TEST_HARNESS_MAIN
