// SPDX-License-Identifier: GPL-2.0-only
/*
 * Prints what the calls cost: native, by ioctl, and through the preload shim.
 * In a guest whose clock counts instructions a nanosecond is an instruction.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/altshm.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define KEY	0x636f7374
#define SIZE	4096
#define WARM_UP	200
#define ROUNDS	2000

struct calls {
	int (*get)(key_t key, size_t size, int flags);
	void *(*at)(int id, const void *addr, int flags);
	int (*dt)(const void *addr);
	int (*ctl)(int id, int cmd, struct shmid_ds *buf);
};

static const struct calls native = { shmget, shmat, shmdt, shmctl };
static struct calls shim;
static int device = -1, file = -1;

/* 0, or -1 with errno set. */
typedef int (*operation)(const struct calls *calls, int id);

static int do_getppid(const struct calls *calls, int id)
{
	(void)calls;
	(void)id;
	return syscall(SYS_getppid) < 0 ? -1 : 0;
}

static int do_unknown_ioctl(const struct calls *calls, int id)
{
	(void)calls;
	(void)id;
	return ioctl(device, _IO(ALTSHM_IOC_MAGIC, 255)) == -1 &&
	       errno == ENOTTY ? 0 : -1;
}

static int do_map_file(const struct calls *calls, int id)
{
	void *mem = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
			 file, 0);

	(void)calls;
	(void)id;
	return mem == MAP_FAILED ? -1 : munmap(mem, SIZE);
}

/* The same three operations on each facility; calls is NULL for the ioctls. */

static int do_find(const struct calls *calls, int id)
{
	struct altshm_get get = { .key = KEY, .size = SIZE };
	int found = calls ? calls->get(KEY, SIZE, 0) :
			    ioctl(device, ALTSHM_IOC_GET, &get);

	return found == id ? 0 : -1;
}

static int do_attach(const struct calls *calls, int id)
{
	struct altshm_attach attach = { .shmid = id };
	struct altshm_detach detach = { 0 };
	void *mem;

	if (calls) {
		mem = calls->at(id, NULL, 0);
		return mem == (void *)-1 ? -1 : calls->dt(mem);
	}
	if (ioctl(device, ALTSHM_IOC_ATTACH, &attach))
		return -1;
	detach.addr = attach.addr;
	return ioctl(device, ALTSHM_IOC_DETACH, &detach);
}

static int do_create(const struct calls *calls, int id)
{
	struct altshm_get get = { .key = KEY + 1, .size = SIZE,
				  .shmflg = IPC_CREAT | IPC_EXCL | 0600 };
	struct altshm_id remove = { 0 };

	(void)id;
	if (calls) {
		int made = calls->get(KEY + 1, SIZE,
				      IPC_CREAT | IPC_EXCL | 0600);

		return made < 0 ? -1 : calls->ctl(made, IPC_RMID, NULL);
	}
	remove.shmid = ioctl(device, ALTSHM_IOC_GET, &get);
	if (remove.shmid < 0)
		return -1;
	return ioctl(device, ALTSHM_IOC_REMOVE, &remove);
}

static long long now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

/* Nanoseconds of one call, or -1. */
static long long measure(operation op, const struct calls *calls, int id)
{
	long long start = 0;

	for (int i = -WARM_UP; i < ROUNDS; i++) {
		if (i == 0)
			start = now();
		if (op(calls, id))
			return -1;
	}
	return (now() - start) / ROUNDS;
}

static void print_cell(long long cost)
{
	if (cost < 0)
		printf("  %9s", "-");
	else
		printf("  %9lld", cost);
}

static void print_row(const char *name, operation op, int native_id, int id)
{
	printf("%-22s", name);
	print_cell(measure(op, &native, native_id));
	print_cell(id < 0 ? -1 : measure(op, NULL, id));
	print_cell(id < 0 || !shim.get ? -1 : measure(op, &shim, id));
	putchar('\n');
}

static void print_plain_row(const char *name, operation op, int column)
{
	printf("%-22s", name);
	for (int i = 0; i < 3; i++)
		print_cell(i == column ? measure(op, NULL, 0) : -1);
	putchar('\n');
}

static void open_shim(void)
{
	char exe[PATH_MAX / 2], path[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	void *lib;

	exe[len < 0 ? 0 : len] = '\0';
	snprintf(path, sizeof(path), "%s/../libaltshm-preload.so",
		 dirname(exe));
	lib = dlopen(path, RTLD_NOW);
	if (!lib)
		return;
	*(void **)&shim.get = dlsym(lib, "shmget");
	*(void **)&shim.at = dlsym(lib, "shmat");
	*(void **)&shim.dt = dlsym(lib, "shmdt");
	*(void **)&shim.ctl = dlsym(lib, "shmctl");
}

int main(void)
{
	struct altshm_get get = { .key = KEY, .size = SIZE,
				  .shmflg = IPC_CREAT | 0600 };
	int native_id, id = -1;

	if (unshare(CLONE_NEWIPC)) {
		perror("cost: a new IPC namespace");
		return 1;
	}
	open_shim();
	device = open(ALTSHM_DEVICE, O_RDWR | O_CLOEXEC);
	if (device >= 0)
		id = ioctl(device, ALTSHM_IOC_GET, &get);
	native_id = shmget(KEY, SIZE, IPC_CREAT | 0600);
	file = memfd_create("cost", MFD_CLOEXEC);
	if (native_id < 0 || file < 0 || ftruncate(file, SIZE)) {
		perror("cost");
		return 1;
	}
	printf("%-22s  %9s  %9s  %9s\n", "ns per operation", "native",
	       "ioctl", "shim");
	print_plain_row("getppid", do_getppid, 0);
	print_plain_row("unknown ioctl", do_unknown_ioctl, 1);
	print_plain_row("mmap+munmap, memfd", do_map_file, 0);
	print_row("shmget, key in use", do_find, native_id, id);
	print_row("shmat+shmdt", do_attach, native_id, id);
	print_row("shmget+IPC_RMID", do_create, native_id, id);
	return 0;
}
