// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kinds of shared memory: native System V, altshm by its ioctls and through
 * the preload shim, POSIX objects and memfds. A POSIX object is opened for each
 * use, as an identifier is resolved; a memfd is an open file all the time.
 */
#include <fcntl.h>
#include <linux/altshm.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "../facility.h"
#include "../sys.h"
#include "bench.h"

static int device, null;
static struct shm_ops shim;

static int flags_of(int flags)
{
	return IPC_CREAT | IPC_EXCL | 0600 | (flags & HUGE ? SHM_HUGETLB : 0);
}

static int native_create(int key, size_t size, int flags)
{
	return shmget(key, size, flags_of(flags));
}

static int native_find(int key)
{
	return shmget(key, 0, 0);
}

static int native_stat(int id)
{
	struct shmid_ds ds;

	return shmctl(id, IPC_STAT, &ds);
}

static void *native_attach(int id, size_t size)
{
	return shmat(id, NULL, 0);
}

static int native_detach(void *mem, size_t size)
{
	return shmdt(mem);
}

static int native_remove(int id)
{
	return shmctl(id, IPC_RMID, NULL);
}

static int ioctl_create(int key, size_t size, int flags)
{
	struct altshm_get get = {
		.key = key, .size = size, .shmflg = flags_of(flags),
		.flags = flags & THP ? ALTSHM_GET_F_THP : 0,
	};

	return ioctl(device, ALTSHM_IOC_GET, &get);
}

static int ioctl_find(int key)
{
	struct altshm_get get = { .key = key };

	return ioctl(device, ALTSHM_IOC_GET, &get);
}

static int ioctl_stat(int id)
{
	struct altshm_stat st = { .shmid = id };

	return ioctl(device, ALTSHM_IOC_STAT, &st);
}

static void *ioctl_attach(int id, size_t size)
{
	struct altshm_attach attach = { .shmid = id };

	if (ioctl(device, ALTSHM_IOC_ATTACH, &attach))
		return MAP_FAILED;
	return (void *)attach.addr;
}

static int ioctl_detach(void *mem, size_t size)
{
	struct altshm_detach detach = { .addr = (uintptr_t)mem };

	return ioctl(device, ALTSHM_IOC_DETACH, &detach);
}

static int ioctl_remove(int id)
{
	struct altshm_id remove = { .shmid = id };

	return ioctl(device, ALTSHM_IOC_REMOVE, &remove);
}

static int shim_create(int key, size_t size, int flags)
{
	return shim.get(key, size, flags_of(flags));
}

static int shim_find(int key)
{
	return shim.get(key, 0, 0);
}

static int shim_stat(int id)
{
	struct shmid_ds ds;

	return shim.ctl(id, IPC_STAT, &ds);
}

static void *shim_attach(int id, size_t size)
{
	return shim.at(id, NULL, 0);
}

static int shim_detach(void *mem, size_t size)
{
	return shim.dt(mem);
}

static int shim_remove(int id)
{
	return shim.ctl(id, IPC_RMID, NULL);
}

/* By hand, since printf() would cost as much as the call. */
static const char *posix_name(char name[16], unsigned int key)
{
	char *end = name + 10;

	*end = '\0';
	while (--end > name + 1) {
		*end = "0123456789abcdef"[key & 15];
		key >>= 4;
	}
	name[0] = '/';
	name[1] = 'b';
	return name;
}

/* The number of an object without a key, which has to have a name all the same. */
static int posix_private(void)
{
	static atomic_uint last;

	return 0x20000000 + (getpid() & 0x3fff) * 0x4000 + (atomic_fetch_add(&last, 1) & 0x3fff);
}

static int posix_create(int key, size_t size, int flags)
{
	char name[16];
	int fd;

	if (!key)
		key = posix_private();
	fd = shm_open(posix_name(name, key), O_RDWR | O_CREAT | O_EXCL, 0600);
	if (fd < 0 || ftruncate(fd, size) || close(fd))
		return -1;
	return key;
}

static int posix_open(int key)
{
	char name[16];

	return shm_open(posix_name(name, key), O_RDWR, 0);
}

static int posix_find(int key)
{
	int fd = posix_open(key);

	return fd < 0 || close(fd) ? -1 : key;
}

static int posix_stat(int key)
{
	int fd = posix_open(key), result;
	struct stat st;

	if (fd < 0)
		return -1;
	result = fstat(fd, &st);
	close(fd);
	return result;
}

static void *map(int fd, size_t size)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
}

static void *posix_attach(int key, size_t size)
{
	int fd = posix_open(key);
	void *mem;

	if (fd < 0)
		return MAP_FAILED;
	mem = map(fd, size);
	close(fd);
	return mem;
}

static int posix_remove(int key)
{
	char name[16];

	return shm_unlink(posix_name(name, key));
}

static int memfd_make(int key, size_t size, int flags)
{
	int fd = memfd_create("bench", MFD_CLOEXEC | (flags & HUGE ? MFD_HUGETLB : 0));

	return fd < 0 || ftruncate(fd, size) ? -1 : fd;
}

static int memfd_stat(int fd)
{
	struct stat st;

	return fstat(fd, &st);
}

const struct facility facilities[FACILITIES] = {
	[NATIVE] = { "native", native_create, native_find, native_stat, native_attach,
		     native_detach, native_remove },
	[IOCTL] = { "ioctl", ioctl_create, ioctl_find, ioctl_stat, ioctl_attach,
		    ioctl_detach, ioctl_remove },
	[SHIM] = { "shim", shim_create, shim_find, shim_stat, shim_attach,
		   shim_detach, shim_remove },
	[POSIX] = { "posix", posix_create, posix_find, posix_stat, posix_attach,
		    munmap, posix_remove },
	[MEMFD] = { "memfd", memfd_make, NULL, memfd_stat, map, munmap, close },
};

static int unknown_ioctl(int fd)
{
	return ioctl(fd, _IO(ALTSHM_IOC_MAGIC, 255)) == -1 && errno == ENOTTY ? 0 : -1;
}

int null_ioctl(void)
{
	return unknown_ioctl(null);
}

int device_ioctl_unknown(void)
{
	return unknown_ioctl(device);
}

static int raise_limits(void)
{
	struct altshm_limits limits = {
		.flags = ALTSHM_LIMITS_F_SET, .own = ALTSHM_LIMIT_SHMMNI, .shmmni = 1048576,
	};

	return ioctl(device, ALTSHM_IOC_LIMITS, &limits) ||
	       write_ul(SHMMNI, 32768) || set_limit(RLIMIT_NOFILE, 65536) ? -1 : 0;
}

void facilities_open(void)
{
	const char *missing = use_shim();

	if (missing) {
		fprintf(stderr, "bench: %s\n", missing);
		exit(1);
	}
	shim = shm;
	device = open(ALTSHM_DEVICE, O_RDWR | O_CLOEXEC);
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (device < 0 || null < 0 || unshare(CLONE_NEWIPC) || raise_limits())
		die("altshm");
}
