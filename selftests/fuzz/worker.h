/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Worker processes, and the descriptors by which master and workers meet. Their
 * numbers are fixed, for they outlive exec.
 */
#ifndef _ALTSHM_FUZZ_WORKER_H
#define _ALTSHM_FUZZ_WORKER_H

#include "call.h"

#define FD_AREAS	200
#define FD_PROGRAM	201
#define FD_WORKER(n)	(210 + (n))
#define FD_MASTER(n)	(220 + (n))
#define FD_COVER(n)	(230 + (n))

/* Choose the facility; what is missing for it, or NULL. */
const char *worker_use(bool altshm);
/* Be worker @n, until it is told to end. */
void worker_run(int n) __attribute__((noreturn));
/* The same in a program that was just executed. */
void worker_rerun(int n, bool altshm) __attribute__((noreturn));
/* Become a user; 0 or an error. */
int worker_become(const struct profile *profile);
/* The memory shared with all workers. */
struct area *areas_map(void);

#endif /* _ALTSHM_FUZZ_WORKER_H */
