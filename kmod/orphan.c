// SPDX-License-Identifier: GPL-2.0-only
/*
 * Orphans, and their removal after a time.
 */
#include "orphan.h"

#include <linux/minmax.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/timekeeping.h>

#include "seg.h"

struct orphan_search {
	unsigned int timeout;	/* seconds */
	unsigned int next;	/* in how many an orphan's time comes */
};

bool altshm_orphan_creator_is_gone(const struct altshm_seg *seg)
{
	struct task_struct *task;

	guard(rcu)();
	task = pid_task(seg->cpid, PIDTYPE_TGID);
	/* Until it is waited for a process is found, but no thread of it lives. */
	return !task || !atomic_read(&task->signal->live);
}

bool altshm_orphan_is(const struct altshm_seg *seg)
{
	return altshm_seg_is_unused(seg) && altshm_orphan_creator_is_gone(seg);
}

/*
 * How long it is one is counted from when it was first seen to be, not from its
 * last detach: the wall clock can be set.
 *
 * Return: seconds that are left, or -1 for what is no orphan.
 */
static time64_t seg_time_left(struct altshm_seg *seg, unsigned int timeout)
{
	time64_t now = ktime_get_seconds();

	guard(spinlock)(&seg->lock);
	if (!altshm_orphan_is(seg)) {
		seg->orphan_since = 0;
		return -1;
	}
	if (!seg->orphan_since || seg->orphan_changes != seg->changes) {
		seg->orphan_since = now;
		seg->orphan_changes = seg->changes;
	}
	return max_t(time64_t, seg->orphan_since + timeout - now, 0);
}

static void seg_reap(struct altshm_seg *seg, void *data)
{
	struct orphan_search *search = data;
	time64_t left = seg_time_left(seg, search->timeout);

	if (left > 0)
		search->next = min_t(time64_t, search->next, left);
	else if (!left)
		altshm_seg_remove(seg, NULL, ALTSHM_CAUSE_ORPHAN, true);
}

unsigned int altshm_orphan_reap(struct altshm_space *space, unsigned int timeout)
{
	struct orphan_search search = { .timeout = timeout, .next = timeout };

	altshm_seg_visit(space, seg_reap, &search);
	return search.next;
}
