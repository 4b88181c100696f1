/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One line on standard error for each call that fails, where that is asked for.
 */
#ifndef _ALTSHM_EXPLAIN_H
#define _ALTSHM_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "altshm.h"
#include "call.h"
#include "layout.h"

/* Set before main(), from ALTSHM_EXPLAIN. */
extern bool explain_on;

/* Has the call failed, and is that to be explained? */
static inline bool explain_wanted(long ret)
{
	return explain_on && call_failed(ret);
}

/**
 * explain_run() - issue a command, with its reason for failing
 * @cmd: ALTSHM_IOC_*
 * @arg: its structure
 * @why: gets the reason
 *
 * Return: as the functions of libaltshm.
 */
int explain_run(unsigned long cmd, void *arg, struct altshm_explain *why);

/*
 * Each tells of one failed call, with its arguments. @err is the negative errno
 * that the program gets, @why the reason, of which only rule, limit and wanted
 * count. All may be called from signal handlers, and leave errno alone.
 */
void explain_get(key_t key, size_t size, int shmflg, long err, const struct altshm_explain *why);
void explain_at(int shmid, const void *addr, int shmflg, long err,
		const struct altshm_explain *why);
void explain_dt(const void *addr, long err, const struct altshm_explain *why);
void explain_ctl(int shmid, int cmd, const void *buf, const struct layout *layout, long err,
		 const struct altshm_explain *why);

#endif /* _ALTSHM_EXPLAIN_H */
