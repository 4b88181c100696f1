/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ALTSHM_ORPHAN_H
#define _ALTSHM_ORPHAN_H

#include <linux/types.h>

struct altshm_seg;
struct altshm_space;

/*
 * A segment is an orphan when nothing is attached, nobody has removed it, and
 * the process that created it has ended.
 */

/*
 * Has the process that created it ended? Context: with a reference, or with
 * seg->lock held on a LIVE one.
 */
bool altshm_orphan_creator_is_gone(const struct altshm_seg *seg);

/* Is it one? Context: seg->lock held. */
bool altshm_orphan_is(const struct altshm_seg *seg);

/**
 * altshm_orphan_reap() - remove every segment that has been an orphan for long
 * @space: whose segments; the caller keeps it
 * @timeout: how long, in seconds
 *
 * Context: may sleep.
 * Return: in how many seconds another will have been, @timeout at most.
 */
unsigned int altshm_orphan_reap(struct altshm_space *space, unsigned int timeout);

#endif
