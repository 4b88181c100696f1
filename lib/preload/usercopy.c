// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Bad buffers are found by rt_sigprocmask(2), with which the kernel reads or
 * writes eight bytes anywhere and reports a fault. It changes nothing: without
 * a new mask it only tells the current one, and with an unknown "how" it reads
 * the new mask and then refuses. Every sandbox allows it, it needs neither
 * descriptors nor rights, unlike process_vm_writev(2) or a pipe, and one test
 * at each end covers a buffer smaller than a page. Memory that another thread
 * unmaps between test and copy is not caught.
 */
#include "usercopy.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PROBE_SIZE	8	/* of the kernel's signal set */
#define PROBE_HOW	(-1)	/* none of SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK */

/* Byte arithmetic on an address that need not point to anything. */
static void *last_probe(const void *buf, size_t size)
{
	return (void *)((uintptr_t)buf + size - PROBE_SIZE);
}

static int probe_write(void *at)
{
	return syscall(SYS_rt_sigprocmask, PROBE_HOW, NULL, at, PROBE_SIZE) ? errno : 0;
}

/* rt_sigpending(2), unlike the other, writes less where it is asked to. */
static int probe_write_word(void *at, size_t size)
{
	return syscall(SYS_rt_sigpending, at, size) ? errno : 0;
}

static int probe_read(const void *at)
{
	return syscall(SYS_rt_sigprocmask, PROBE_HOW, at, NULL, PROBE_SIZE) ? errno : 0;
}

int usercopy_out(void *to, const void *from, size_t size)
{
	int saved = errno;
	bool bad;

	if (size < PROBE_SIZE)
		bad = probe_write_word(to, size) == EFAULT;
	else
		bad = !to || probe_write(last_probe(to, size)) == EFAULT ||
		      probe_write(to) == EFAULT;
	errno = saved;
	if (bad)
		return -EFAULT;
	memcpy(to, from, size);
	return 0;
}

int usercopy_in(void *to, const void *from, size_t size)
{
	int saved = errno;
	bool bad;

	bad = !from || probe_read(last_probe(from, size)) == EFAULT ||
	      probe_read(from) == EFAULT;
	errno = saved;
	if (bad)
		return -EFAULT;
	memcpy(to, from, size);
	return 0;
}
