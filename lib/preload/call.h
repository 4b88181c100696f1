/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The four calls as the kernel's own system calls are: on the facility that
 * this process is on, with a negative errno for an error, and errno left alone.
 * All may be called from signal handlers.
 */
#ifndef _ALTSHM_CALL_H
#define _ALTSHM_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Results from -CALL_ERRORS on are errors. */
#define CALL_ERRORS	4095UL

static inline bool call_failed(long ret)
{
	return (unsigned long)ret >= -CALL_ERRORS;
}

long call_get(key_t key, size_t size, int shmflg);
long call_at(int shmid, const void *addr, int shmflg);
long call_dt(const void *addr);
long call_ctl(int shmid, int cmd, void *buf);

#ifdef __i386__
/* shmctl by ipc(2): the old structures, or with IPC_64 in @cmd the current ones. */
long call_ctl_ipc(int shmid, int cmd, void *buf);
#endif

#endif /* _ALTSHM_CALL_H */
