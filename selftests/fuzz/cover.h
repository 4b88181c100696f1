/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which places in the module calls reach, by kcov, where the kernel has it and
 * the module is built for it.
 */
#ifndef _ALTSHM_FUZZ_COVER_H
#define _ALTSHM_FUZZ_COVER_H

#include <stdbool.h>
#include <stddef.h>

/* Prepare a buffer for each worker. Return: whether there is kcov. */
bool cover_open(void);
/* In a worker: find its buffer again after exec. */
void cover_map(int n);
/* In a worker: around its call. */
void cover_start(int n);
void cover_stop(int n);
/* In the master: a sequence begins; take what worker @n reached. */
void cover_begin(void);
void cover_collect(int n);
/* All places reached so far. */
size_t cover_total(void);
/* Places that were new since cover_settle(), and whether this sequence has them all. */
size_t cover_fresh(void);
bool cover_has_fresh(void);
void cover_settle(void);

#endif /* _ALTSHM_FUZZ_COVER_H */
