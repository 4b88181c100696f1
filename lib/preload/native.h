/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel's own shared memory calls, past the filter of --trap.
 */
#ifndef _ALTSHM_NATIVE_H
#define _ALTSHM_NATIVE_H

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "trap.h"

/* Return: the call's result, or a negative errno; errno itself is left alone. */
static inline long native_call(long nr, long a, long b, long c)
{
	int saved = errno;
	long ret = syscall(nr, a, b, c, 0L, 0L, (long)TRAP_PASS);

	if (ret == -1)
		ret = -errno;
	errno = saved;
	return ret;
}

#ifdef SYS_ipc
#define NATIVE_IPC_SHMCTL	24

/* shmctl by ipc(2), with the layouts that it has; returns as native_call(). */
static inline long native_ipc_ctl(int shmid, int cmd, void *buf)
{
	int saved = errno;
	long ret = syscall(SYS_ipc, NATIVE_IPC_SHMCTL, shmid, cmd, 0, buf, TRAP_PASS);

	if (ret == -1)
		ret = -errno;
	errno = saved;
	return ret;
}
#endif

#endif /* _ALTSHM_NATIVE_H */
