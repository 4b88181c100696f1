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

static int device_identify(int fd, unsigned long long *rdev)
{
	struct statx stx;

	if (syscall(SYS_statx, fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC,
		    STATX_TYPE, &stx))
		return -errno;
	if (!S_ISCHR(stx.stx_mode))
		return -ENODEV;
	*rdev = (unsigned long long)stx.stx_rdev_major << 32 | stx.stx_rdev_minor;
	return 0;
}

static int device_move_up(int fd)
{
	int min, high;

	for (min = DEVICE_FD_WANTED; min > fd; min /= 2) {
		high = syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, min);
		if (high >= 0) {
			syscall(SYS_close, fd);
			return high;
		}
	}
	return fd;
}

/* @slot is empty. On success a descriptor is published, ours or a rival's. */
static int device_publish(unsigned long long slot)
{
	unsigned long long rdev;
	int fd, err;

	fd = syscall(SYS_openat, AT_FDCWD, ALTSHM_DEVICE, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = device_identify(fd, &rdev);
	if (err) {
		syscall(SYS_close, fd);
		return err;
	}
	fd = device_move_up(fd);
	atomic_store(&device_rdev, rdev);
	if (!atomic_compare_exchange_strong(&device_slot, &slot, slot_next(slot, fd)))
		syscall(SYS_close, fd);
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
	unsigned long long rdev;
	int err;

	err = device_identify(slot_fd(slot), &rdev);
	if (err == -EBADF || err == -ENODEV)
		return 0;
	if (!err && rdev != atomic_load(&device_rdev))
		return 0;
	/* A sandbox may forbid the question; then nothing speaks against it. */
	return atomic_load(&device_slot) == slot;
}

/* Finds or makes a descriptor; the error is that of open(2). */
static int device_find(unsigned long long *slot)
{
	int err;

	for (;;) {
		*slot = atomic_load(&device_slot);
		if (slot_fd(*slot) >= 0)
			return 0;
		err = device_publish(*slot);
		if (err)
			return err;
	}
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
