// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every other way to a segment's memory: system calls on a mapping, on the file
 * behind it, and on the device. A read-only attach stays so by all of them.
 */
#include <linux/altshm.h>
#include <linux/futex.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "both.h"

BOTH_FIXTURE(hostile_doors);

static long nattch_of(int id)
{
	struct shmid_ds ds;

	return shm.ctl(id, IPC_STAT, &ds) ? -errno : (long)ds.shm_nattch;
}

#define SIZE (4 * PAGE)

/* A segment with something in it, attached read-only. */
static char *attach_readonly(int *id)
{
	char *mem;

	*id = new_sized(SIZE, 0600);
	mem = shm.at(*id, NULL, 0);
	if (has_failed(mem))
		_exit(1);
	memset(mem, 'x', SIZE);
	shm.dt(mem);
	mem = shm.at(*id, NULL, SHM_RDONLY);
	return has_failed(mem) ? NULL : mem;
}

static bool is_intact(const char *mem)
{
	for (size_t i = 0; i < SIZE; i++)
		if (mem[i] != 'x')
			return false;
	return true;
}

static long write_by_proc_mem(char *mem)
{
	int fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	long ret = rc(pwrite(fd, "y", 1, (off_t)mem));

	close(fd);
	return ret;
}

static long write_by_process_vm(char *mem)
{
	struct iovec from = { "y", 1 }, to = { mem, 1 };

	return rc(process_vm_writev(getpid(), &from, 1, &to, 1, 0));
}

static long write_by_pipe(char *mem)
{
	int fds[2];
	long ret;

	if (pipe(fds) || write(fds[1], "y", 1) != 1)
		_exit(1);
	ret = rc(read(fds[0], mem, 1));
	close(fds[0]);
	close(fds[1]);
	return ret;
}

static long write_by_futex(char *mem)
{
	unsigned int own = 0;

	return rc(syscall(SYS_futex, &own, FUTEX_WAKE_OP, 0, 0, mem,
			  FUTEX_OP(FUTEX_OP_SET, 1, FUTEX_OP_CMP_EQ, 0)));
}

/* By the tracer of a child that has the same attach. */
static long write_by_ptrace(char *mem)
{
	pid_t pid = fork();
	int status;
	long ret;

	if (!pid) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	ret = rc(ptrace(PTRACE_POKEDATA, pid, mem, 0x79L));
	kill(pid, SIGKILL);
	wait_exit(pid);
	return ret;
}

static void ask_readonly_writes(void)
{
	long (*const ways[])(char *mem) = { write_by_proc_mem, write_by_process_vm, write_by_pipe,
					    write_by_futex, write_by_ptrace };
	int id;
	char *mem = attach_readonly(&id), *copy;

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		long ret = ways[i](mem);

		answer(ret);
		if (ret >= 0)
			_exit(1);
	}
	copy = mremap(mem, 0, SIZE, MREMAP_MAYMOVE);
	answer_error(rc(copy));
	if (!has_failed(copy))
		answer(rc(mprotect(copy, SIZE, PROT_READ | PROT_WRITE)));
	answer(rc(mprotect(mem, SIZE, PROT_READ | PROT_WRITE)));
	answer(rc(syscall(SYS_remap_file_pages, mem, PAGE, 0, 2, 0)));
	answer(is_intact(mem));
	if (!is_intact(mem))
		_exit(1);
}

TEST_F(hostile_doors, readonly_attach_is_written_by_nothing)
{
	EXPECT_SAME_ANSWERS(ask_readonly_writes);
}

/* Poison and soft-offline (100, 101) hurt the whole machine: they are for root only. */
#define ADVICES 26

static void ask_advice(void)
{
	int id;
	char *mem = attach_readonly(&id);
	char *writable = shm.at(id, NULL, 0);

	for (int advice = 0; advice < ADVICES; advice++) {
		answer(rc(madvise(mem, SIZE, advice)));
		answer(is_intact(mem));
		answer(nattch_of(id));
	}
	if (!is_intact(mem))
		_exit(1);
	for (int advice = 0; advice < ADVICES; advice++) {
		answer(rc(madvise(writable + PAGE, PAGE, advice)));
		answer(writable[0]);
		answer(writable[PAGE]);
		answer(nattch_of(id));
	}
	answer(rc(mlock(mem, SIZE)));
	answer(rc(munlock(mem, SIZE)));
	answer(rc(msync(mem, SIZE, MS_SYNC)));
	answer(rc(syscall(SYS_mbind, mem, SIZE, 1, NULL, 0, 0)));
	answer(rc(mremap(mem, SIZE, 2 * SIZE, 0)) < 0);
	answer(rc(shm.dt(mem)));
	answer(nattch_of(id));
}

TEST_F(hostile_doors, every_advice_is_as_native)
{
	EXPECT_SAME_ANSWERS(ask_advice);
}

static int open_backing(const void *addr, int flags)
{
	char path[80];

	snprintf(path, sizeof(path), "/proc/self/map_files/%lx-%lx", (unsigned long)addr,
		 (unsigned long)addr + maps_length(addr));
	return rc(open(path, flags | O_CLOEXEC));
}

/* map_files is for who may checkpoint: no door for others, root of a namespace among them. */
static void ask_backing_as_others(void)
{
	int id;
	char *mem = attach_readonly(&id);
	pid_t pid;

	for (int i = 0; i < 2; i++) {
		pid = fork();
		if (!pid) {
			if (become(USER_A, GROUP_G) || (i && enter_userns(0)))
				_exit(1);
			answer(open_backing(mem, O_RDONLY));
			answer(open_backing(mem, O_RDWR));
			_exit(0);
		}
		answer(wait_exit(pid));
	}
	for (unsigned int i = 0; i < answers->count; i++)
		if (answers->of[i] > 0)
			_exit(1);
}

TEST_F(hostile_doors, backing_is_out_of_reach_for_others)
{
	EXPECT_SAME_ANSWERS(ask_backing_as_others);
}

static void ask_file_calls(int fd, int other)
{
	off_t at = 0;

	answer(rc(pread(fd, &(char){ 0 }, 1, 0)));
	answer(rc(pwrite(fd, "y", 1, 0)));
	answer(rc(lseek(fd, 1, SEEK_SET)));
	answer(rc(lseek(fd, 0, SEEK_HOLE)));
	answer(rc(sendfile(other, fd, &at, PAGE)));
	answer(rc(splice(fd, &at, other, NULL, PAGE, SPLICE_F_NONBLOCK)));
	answer(rc(copy_file_range(fd, &at, fd, &(off_t){ 2 * PAGE }, PAGE, 0)));
	answer(rc(fallocate(fd, 0, 0, PAGE)));
	answer(rc(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, PAGE)));
	answer(rc(fcntl(fd, F_GET_SEALS)));
	answer(rc(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE)));
	answer(rc(fcntl(fd, F_SETLEASE, F_RDLCK)));
	answer(rc(fcntl(fd, F_SETLEASE, F_UNLCK)));
	answer(rc(flock(fd, LOCK_EX | LOCK_NB)));
	answer(rc(flock(fd, LOCK_UN)));
	answer(rc(fsync(fd)));
	answer(rc(fchmod(fd, 0)));
	answer(rc(fchown(fd, USER_A, GROUP_G)));
	answer(rc(ioctl(fd, FIONREAD, &(int){ 0 })));
}

static void ask_backing_calls(void)
{
	int id, fd, fds[2], flags[] = { O_RDONLY, O_WRONLY, O_RDWR };
	char *mem = attach_readonly(&id);

	if (pipe(fds))
		_exit(1);
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		fd = open_backing(mem, flags[i]);
		answer(fd < 0 ? fd : 0);
		ask_file_calls(fd, fds[1]);
		for (int prot = 0; prot < 8; prot++) {
			answer_error(rc(mmap(NULL, PAGE, prot, MAP_SHARED, fd, 0)));
			answer_error(rc(mmap(NULL, PAGE, prot, MAP_PRIVATE, fd, PAGE)));
			answer_error(rc(mmap(NULL, PAGE, prot, MAP_SHARED, fd, 1)));
			answer_error(rc(mmap(NULL, PAGE, prot, MAP_SHARED, fd, -PAGE)));
		}
		close(fd);
	}
	/* Whatever was done to the file: the attach itself has got no more rights. */
	answer(rc(mprotect(mem, SIZE, PROT_READ | PROT_WRITE)));
	answer(nattch_of(id));
}

TEST_F(hostile_doors, backing_of_a_readonly_attach_is_as_native)
{
	EXPECT_SAME_ANSWERS(ask_backing_calls);
}

/* A file cut short or made longer by root: touches fault, nothing worse. */
static void ask_resized(void)
{
	int id = new_sized(SIZE, 0600), fd;
	char *mem = shm.at(id, NULL, 0), *again;
	const off_t sizes[] = { 1, 0, 8 * PAGE, SIZE };

	memset(mem, 'x', SIZE);
	fd = open_backing(mem, O_RDWR);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		pid_t pid;

		answer(rc(ftruncate(fd, sizes[i])));
		pid = fork();
		if (!pid) {
			no_core();
			_exit(mem[3 * PAGE]);
		}
		answer(wait_exit(pid));
		again = shm.at(id, NULL, 0);
		answer_error(rc(again));
		if (!has_failed(again)) {
			answer(maps_length(again));
			answer(rc(shm.dt(again)));
		}
		answer(nattch_of(id));
	}
	close(fd);
	answer(rc(shm.dt(mem)));
	answer(nattch_of(id));
	answer(rc(shm.ctl(id, IPC_RMID, NULL)));
}

TEST_F(hostile_doors, backing_that_changes_its_length_is_as_native)
{
	EXPECT_SAME_ANSWERS(ask_resized);
}

/* The device gives nothing to any call but ioctl. */
TEST_F(hostile_doors, device_is_no_file)
{
	int fd = open(ALTSHM_DEVICE, O_RDWR | O_CLOEXEC), fds[2], other;
	char byte;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, pipe(fds));
	EXPECT_ERR(ESPIPE, pread(fd, &byte, 1, 0));
	EXPECT_ERR(ESPIPE, pwrite(fd, "y", 1, 0));
	EXPECT_ERR(ESPIPE, lseek(fd, 0, SEEK_SET));
	EXPECT_ERR(EINVAL, ftruncate(fd, 0));
	EXPECT_GT(0, rc(fallocate(fd, 0, 0, PAGE)));
	EXPECT_GT(0, rc(sendfile(fds[1], fd, NULL, PAGE)));
	EXPECT_GT(0, rc(splice(fd, NULL, fds[1], NULL, PAGE, SPLICE_F_NONBLOCK)));
	EXPECT_GT(0, rc(splice(fds[0], NULL, fd, NULL, PAGE, SPLICE_F_NONBLOCK)));
	EXPECT_ERR(EINVAL, fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
	for (int prot = 0; prot < 8; prot++) {
		EXPECT_ERR(ENODEV, mmap(NULL, PAGE, prot, MAP_SHARED, fd, 0));
		EXPECT_ERR(ENODEV, mmap(NULL, PAGE, prot, MAP_PRIVATE, fd, PAGE));
	}
	other = dup(fd);
	EXPECT_OK(close(fd));
	EXPECT_OK(ioctl(other, ALTSHM_IOC_INFO, &(struct altshm_info){ 0 }));
	close(other);
}

TEST_HARNESS_MAIN
