// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events about segments: what they tell, and how a cause is found.
 */
#include "report.h"

#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/nsproxy.h>
#include <linux/sched.h>

#include <uapi/linux/shm.h>

#include "space.h"

static struct altshm_perm perm_of(const struct altshm_seg *seg)
{
	struct altshm_perm perm;
	unsigned int seq;

	do {
		seq = read_seqcount_begin(&seg->perm_seq);
		perm = seg->perm;
	} while (read_seqcount_retry(&seg->perm_seq, seq));
	return perm;
}

static struct altshm_event event_of(struct altshm_seg *seg, enum altshm_event_type type)
{
	return (struct altshm_event) {
		.type = type,
		.id = seg->idn.id,
		.ipc_ns = seg->space->ns_inum,
		.key = seg->name_key,
		.size = seg->size,
		.found = true,
		.nattch = READ_ONCE(seg->nattch),
		.perm = perm_of(seg),
	};
}

/* For an event about a call: what is known of the segment that it names, if any. */
static void event_add_segment(struct altshm_event *event, struct ipc_namespace *ns)
{
	struct altshm_seg *seg;

	guard(rcu)();
	seg = altshm_seg_find(altshm_space_find(ns), event->id);
	if (!seg || altshm_seg_state(seg) != ALTSHM_SEG_LIVE) {
		event->perm.uid = INVALID_UID;
		event->perm.gid = INVALID_GID;
		return;
	}
	event->found = true;
	event->nattch = READ_ONCE(seg->nattch);
	event->perm = perm_of(seg);
	if (event->type != ALTSHM_EVENT_TYPE_GET) {
		event->key = seg->name_key;
		event->size = seg->size;
	}
}

void altshm_report_get(struct ipc_namespace *ns, key_t key, size_t size, int shmflg, int result,
		       bool created)
{
	struct altshm_event event = {
		.type = ALTSHM_EVENT_TYPE_GET,
		.id = max(result, -1),
		.ipc_ns = ns->ns.inum,
		.key = key,
		.shmflg = shmflg,
		.size = size,
		.result = result,
		.created = created,
	};

	event_add_segment(&event, ns);
	altshm_event_emit(&event);
}

void altshm_report_refusal(struct altshm_event *event)
{
	struct ipc_namespace *ns = current->nsproxy->ipc_ns;

	if (event->rule >= ALTSHM_RULE_NO_SUCH_KEY)
		return;
	event->type = event->rule < ALTSHM_RULE_SHMMAX ? ALTSHM_EVENT_TYPE_DENY :
							 ALTSHM_EVENT_TYPE_LIMIT;
	event->ipc_ns = ns->ns.inum;
	event_add_segment(event, ns);
	altshm_event_emit(event);
}

void altshm_report_begin(struct altshm_seg *seg, struct altshm_report_call *call)
{
	call->task = current;
	guard(spinlock)(&seg->lock);
	hlist_add_head(&call->node, &seg->calls);
}

void altshm_report_end(struct altshm_seg *seg, struct altshm_report_call *call)
{
	guard(spinlock)(&seg->lock);
	hlist_del(&call->node);
}

/* The current task's own; no other removes it. */
static const struct altshm_report_call *call_find(struct altshm_seg *seg, enum altshm_cause cause)
{
	const struct altshm_report_call *call;

	guard(spinlock)(&seg->lock);
	hlist_for_each_entry(call, &seg->calls, node) {
		if (call->task == current)
			return call->cause == cause ? call : NULL;
	}
	return NULL;
}

static struct altshm_event event_of_mapping(struct altshm_seg *seg, enum altshm_event_type type,
					    const struct vm_area_struct *vma,
					    unsigned long nattch)
{
	struct altshm_event event = event_of(seg, type);

	event.start = vma->vm_start;
	event.length = vma->vm_end - vma->vm_start;
	event.nattch = nattch;
	return event;
}

void altshm_report_mapped(struct altshm_seg *seg, const struct vm_area_struct *vma, bool copied,
			  unsigned long nattch)
{
	struct altshm_event event = event_of_mapping(seg, ALTSHM_EVENT_TYPE_ATTACH, vma, nattch);
	const struct altshm_report_call *call = NULL;

	if (!copied)
		call = call_find(seg, ALTSHM_CAUSE_ATTACH);
	if (call) {
		event.cause = ALTSHM_CAUSE_ATTACH;
		event.shmflg = call->shmflg;
	} else {
		event.cause = vma->vm_mm == current->mm ? ALTSHM_CAUSE_SPLIT : ALTSHM_CAUSE_FORK;
		event.shmflg = vma->vm_file->f_mode & FMODE_WRITE ? 0 : SHM_RDONLY;
	}
	altshm_event_emit(&event);
}

/*
 * Another address space than the task's own is one that it leaves, or was the
 * last to look into: the mappings went with a process.
 */
static enum altshm_cause unmap_cause(struct altshm_seg *seg, const struct vm_area_struct *vma)
{
	if (vma->vm_mm != current->mm)
		return current->mm && current->in_execve ? ALTSHM_CAUSE_EXEC : ALTSHM_CAUSE_EXIT;
	return call_find(seg, ALTSHM_CAUSE_DETACH) ? ALTSHM_CAUSE_DETACH : ALTSHM_CAUSE_MUNMAP;
}

void altshm_report_unmapped(struct altshm_seg *seg, const struct vm_area_struct *vma,
			    unsigned long nattch)
{
	struct altshm_event event = event_of_mapping(seg, ALTSHM_EVENT_TYPE_DETACH, vma, nattch);

	event.cause = unmap_cause(seg, vma);
	altshm_event_emit(&event);
}

void altshm_report_segment(struct altshm_seg *seg, enum altshm_event_type type,
			   enum altshm_cause cause)
{
	struct altshm_event event = event_of(seg, type);

	event.cause = cause;
	altshm_event_emit(&event);
}

void altshm_report_set(struct altshm_seg *seg, const struct altshm_perm *old,
		       const struct altshm_perm *perm)
{
	struct altshm_event event = event_of(seg, ALTSHM_EVENT_TYPE_SET);

	event.old = *old;
	event.perm = *perm;
	altshm_event_emit(&event);
}
