// SPDX-License-Identifier: GPL-2.0-only
/*
 * The walk over all segments of a space.
 */
#include <linux/rcupdate.h>
#include <linux/sched.h>

#include "seg.h"
#include "space.h"

void altshm_seg_visit(struct altshm_space *space,
		      void (*visit)(struct altshm_seg *seg, void *data), void *data)
{
	struct altshm_idn *idn;
	struct altshm_seg *seg;
	unsigned long index;

	for (index = 0;; index++) {
		rcu_read_lock();
		idn = altshm_ids_next(&space->ids, &index);
		seg = altshm_seg_of(idn);
		if (seg && !altshm_seg_tryget(seg))
			seg = NULL;
		rcu_read_unlock();
		if (!idn)
			return;
		if (seg) {
			visit(seg, data);
			altshm_seg_put(seg);
		}
		cond_resched();
	}
}
