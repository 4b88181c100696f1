// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * shmget, shmat, shmdt and shmctl of unmodified programs.
 *
 * This is the only place that sets errno, and it leaves it alone on success.
 */
#include <errno.h>
#include <sys/ipc.h>
#include <sys/shm.h>

#include "call.h"
#include "export.h"

/* -1 with errno set for an error, else the result. */
static long answer(long ret)
{
	if (!call_failed(ret))
		return ret;
	errno = -ret;
	return -1;
}

SHIM_EXPORT int shmget(key_t key, size_t size, int shmflg)
{
	return answer(call_get(key, size, shmflg));
}

SHIM_EXPORT void *shmat(int shmid, const void *shmaddr, int shmflg)
{
	return (void *)answer(call_at(shmid, shmaddr, shmflg));
}

SHIM_EXPORT int shmdt(const void *shmaddr)
{
	return answer(call_dt(shmaddr));
}

#ifndef __i386__
SHIM_EXPORT int shmctl(int shmid, int cmd, struct shmid_ds *buf)
{
	return answer(call_ctl(shmid, cmd, buf));
}
#else
int shmctl_current(int shmid, int cmd, struct shmid_ds *buf);
int shmctl_old(int shmid, int cmd, void *buf);
int __shmctl64(int shmid, int cmd, struct __shmid64_ds *buf);

SHIM_EXPORT_AS("shmctl@@GLIBC_2.2")
int shmctl_current(int shmid, int cmd, struct shmid_ds *buf)
{
	return answer(call_ctl(shmid, cmd, buf));
}

/* What shmctl is to programs from before glibc 2.2. */
SHIM_EXPORT_AS("shmctl@GLIBC_2.0")
int shmctl_old(int shmid, int cmd, void *buf)
{
	return answer(call_ctl_ipc(shmid, cmd, buf));
}

/* What shmctl is to programs with 64-bit times. */
SHIM_EXPORT int __shmctl64(int shmid, int cmd, struct __shmid64_ds *buf)
{
	return answer(call_ctl(shmid, cmd, buf));
}
#endif
