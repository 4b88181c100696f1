/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ALTSHM_REPORT_H
#define _ALTSHM_REPORT_H

#include <linux/mm_types.h>

#include "event.h"
#include "seg.h"

/*
 * What makes events of what happens to segments. Each function is to be called
 * only where altshm_event_on() says so, outside seg->lock, by who keeps the
 * segment from being freed. Only those about remove, set and refusals may sleep.
 */

/**
 * altshm_report_get() - the end of a shmget()
 * @ns: the caller's namespace
 * @key: as asked for; so are @size and @shmflg
 * @size: bytes
 * @shmflg: flags
 * @result: identifier or -errno
 * @created: @result was created, not found
 */
void altshm_report_get(struct ipc_namespace *ns, key_t key, size_t size, int shmflg, int result,
		       bool created);

/* An attach or detach under way, on the stack of its task. */
struct altshm_report_call {
	struct hlist_node node;		/* in seg->calls; seg->lock */
	const struct task_struct *task;
	enum altshm_cause cause;	/* ALTSHM_CAUSE_ATTACH or ALTSHM_CAUSE_DETACH */
	int shmflg;
};

/* What the current task maps or unmaps in between is what @call, filled in, asked for. */
void altshm_report_begin(struct altshm_seg *seg, struct altshm_report_call *call);
void altshm_report_end(struct altshm_seg *seg, struct altshm_report_call *call);

/**
 * altshm_report_mapped() - a mapping came
 * @seg: segment
 * @vma: the mapping
 * @copied: by copying one, not by a call to map
 * @nattch: mappings there were then
 */
void altshm_report_mapped(struct altshm_seg *seg, const struct vm_area_struct *vma, bool copied,
			  unsigned long nattch);

/* A mapping went, and left @nattch. */
void altshm_report_unmapped(struct altshm_seg *seg, const struct vm_area_struct *vma,
			    unsigned long nattch);

/**
 * altshm_report_segment() - something happened to a segment as a whole
 * @seg: segment
 * @type: remove, destroy, lock, unlock, orphan
 * @cause: of remove and destroy
 */
void altshm_report_segment(struct altshm_seg *seg, enum altshm_event_type type,
			   enum altshm_cause cause);

/*
 * A call of the current task failed by a rule. Those about rights and limits make
 * events, those about arguments don't. @event has all but the segment.
 */
void altshm_report_refusal(struct altshm_event *event);

/* Owner, group or mode were set. */
void altshm_report_set(struct altshm_seg *seg, const struct altshm_perm *old,
		       const struct altshm_perm *perm);

#endif
