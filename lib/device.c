// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The descriptor of the device: the only code that opens it and calls ioctl.
 *
 * The descriptor lives in a process whose author does not know of it. It may
 * be closed, and its number given to another file, at any time; memory may be
 * shared with a task that has other descriptors (vfork). So nothing is believed
 * but a success: after a failure the descriptor is identified, and one that is
 * not ours is forgotten, never closed, because it is the program's.
 *
 * There are no locks which a fork or a signal could find held. All system calls
 * go through syscall(2): open, close and write are cancellation points, which
 * shmget is not, and programs and other preloaded libraries replace such names.
 */
#include "device.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "altshm.h"

/* Out of the way of programs that count on getting low numbers. */
#define DEVICE_FD_WANTED	1000

/* Far more than the one retry it takes unless another thread closes in a loop. */
#define DEVICE_ATTEMPTS		100

/*
 * Low half: descriptor plus one, 0 if none. High half: a generation, counted
 * up when a descriptor is published, so that a thread which saw the previous
 * one fail cannot take the new one of equal number for it.
 */
static atomic_ullong device_slot;

/* Device number of what is published; written before device_slot. */
static atomic_ullong device_rdev;

static int slot_fd(unsigned long long slot)
{
	return (int)(uint32_t)slot - 1;
}

static unsigned long long slot_next(unsigned long long slot, int fd)
{
	return ((slot >> 32) + 1) << 32 | ((uint32_t)fd + 1);
}

/* Not statx(2): before Linux 6.11 that looks up even an empty path. */
#ifdef SYS_fstat64
#define DEVICE_FSTAT	SYS_fstat64
#define DEVICE_FSTATAT	SYS_fstatat64
#else
#define DEVICE_FSTAT	SYS_fstat
#define DEVICE_FSTATAT	SYS_newfstatat
#endif

/* Asks about the descriptor @fd, or about @path. */
static int device_identify(int fd, const char *path, unsigned long long *rdev)
{
	struct stat64 st;

	/* Compilers think that errno could be 0. */
	*rdev = 0;
	if (path ? syscall(DEVICE_FSTATAT, AT_FDCWD, path, &st, 0) :
		   syscall(DEVICE_FSTAT, fd, &st))
		return -errno;
	if (!S_ISCHR(st.st_mode))
		return -ENODEV;
	*rdev = st.st_rdev;
	return 0;
}

static int device_has(int fd, unsigned long long rdev)
{
	unsigned long long found;
	int err = device_identify(fd, NULL, &found);

	if (err)
		return err;
	return found == rdev ? 0 : -ENODEV;
}

/*
 * Another thread may close every descriptor and open a file of its own at any
 * time, so a number is looked at before it is closed. A window of one call
 * remains between the look and the close, which no system call can shut.
 */
static void device_close(int fd, unsigned long long rdev)
{
	if (!device_has(fd, rdev))
		syscall(SYS_close, fd);
}

static int device_copy(int fd)
{
	int min, high;

	for (min = DEVICE_FD_WANTED; min > fd; min /= 2) {
		high = syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, min);
		if (high >= 0)
			return high;
	}
	return fd;
}

/* Return: the descriptor to use, or -EAGAIN if another thread took it away. */
static int device_move_up(int low, unsigned long long rdev)
{
	int fd = device_copy(low);
	int err = device_has(fd, rdev);

	if (fd != low) {
		device_close(low, rdev);
		/* A copy of the program's file, made here: the number is ours. */
		if (err == -ENODEV)
			syscall(SYS_close, fd);
	}
	return err ? -EAGAIN : fd;
}

/*
 * Containers hide a device by another one bound over it. altshm alone answers
 * that a command without a structure is shorter than its first version.
 */
static int device_probe(int fd)
{
	if (syscall(SYS_ioctl, fd, _IOC(_IOC_WRITE, ALTSHM_IOC_MAGIC, 0, 0), NULL) < 0) {
		if (errno == EINVAL)
			return 0;
		if (errno == EBADF)
			return -EAGAIN;
	}
	return -ENODEV;
}

/*
 * @slot is empty. On success a descriptor is published, ours or a rival's;
 * -EAGAIN if another thread took it away before.
 */
static int device_publish(unsigned long long slot)
{
	unsigned long long rdev;
	int fd, err;

	/* Asked of the path, because the number may be another file's at once. */
	err = device_identify(-1, ALTSHM_DEVICE, &rdev);
	if (err)
		return err;
	fd = syscall(SYS_openat, AT_FDCWD, ALTSHM_DEVICE, O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return -errno;
	fd = device_move_up(fd, rdev);
	if (fd < 0)
		return fd;
	err = device_probe(fd);
	if (err) {
		device_close(fd, rdev);
		return err;
	}
	atomic_store(&device_rdev, rdev);
	/* A rival with the same number has it because ours was closed. */
	if (!atomic_compare_exchange_strong(&device_slot, &slot, slot_next(slot, fd)) &&
	    slot_fd(slot) != fd)
		device_close(fd, rdev);
	return 0;
}

static void device_forget(unsigned long long slot)
{
	atomic_compare_exchange_strong(&device_slot, &slot, slot >> 32 << 32);
}

/*
 * Was it our device that failed with @err? The slot is read last: a rival
 * empties it before it opens the device under, perhaps, the same number, so an
 * unchanged slot means that what was identified is what had been called.
 */
static int device_is_ours(unsigned long long slot)
{
	int err = device_has(slot_fd(slot), atomic_load(&device_rdev));

	if (err == -EBADF || err == -ENODEV)
		return 0;
	/* A sandbox may forbid the question; then nothing speaks against it. */
	return atomic_load(&device_slot) == slot;
}

/* Finds or makes a descriptor; the error is that of open(2). */
static int device_find(unsigned long long *slot)
{
	int attempt, err;

	for (attempt = 0; attempt < DEVICE_ATTEMPTS; attempt++) {
		*slot = atomic_load(&device_slot);
		if (slot_fd(*slot) >= 0)
			return 0;
		err = device_publish(*slot);
		if (err && err != -EAGAIN)
			return err;
	}
	return -ENODEV;
}

/* Errors of open(2) that a caller could take for the command's are hidden. */
static int device_open_error(int err)
{
	switch (err) {
	case -EMFILE:
	case -ENFILE:
	case -ENOMEM:
		return err;
	default:
		return -ENODEV;
	}
}

int __altshm_device_ioctl(unsigned long cmd, void *arg)
{
	int saved = errno;
	int attempt, ret = -ENODEV;
	unsigned long long slot;

	for (attempt = 0; attempt < DEVICE_ATTEMPTS; attempt++) {
		ret = device_find(&slot);
		if (ret) {
			ret = device_open_error(ret);
			break;
		}
		ret = syscall(SYS_ioctl, slot_fd(slot), cmd, arg);
		if (ret >= 0)
			break;
		ret = -errno;
		if (ret != -EBADF && device_is_ours(slot))
			break;
		device_forget(slot);
		ret = -ENODEV;
	}
	errno = saved;
	return ret;
}

int altshm_open(void)
{
	int saved = errno;
	unsigned long long slot;
	int err;

	err = device_find(&slot);
	if (!err && !device_is_ours(slot)) {
		device_forget(slot);
		err = device_find(&slot);
	}
	errno = saved;
	return err;
}
