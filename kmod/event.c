// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where events go: tracepoints, and records of the audit system.
 */
#include "event.h"

#include <linux/cred.h>
#include <linux/gfp.h>
#include <linux/sched.h>
#include <linux/uidgid.h>

#include "nl_event.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

DEFINE_STATIC_KEY_DEFERRED_FALSE(altshm_event_listened, HZ);

static void event_trace(const struct altshm_event *event)
{
	switch (event->type) {
	case ALTSHM_EVENT_TYPE_GET:
		return trace_get(event);
	case ALTSHM_EVENT_TYPE_ATTACH:
		return trace_attach(event);
	case ALTSHM_EVENT_TYPE_DETACH:
		return trace_detach(event);
	case ALTSHM_EVENT_TYPE_REMOVE:
		return trace_remove(event);
	case ALTSHM_EVENT_TYPE_DESTROY:
		return trace_destroy(event);
	case ALTSHM_EVENT_TYPE_SET:
		return trace_set(event);
	case ALTSHM_EVENT_TYPE_LOCK:
		return trace_lock(event);
	case ALTSHM_EVENT_TYPE_UNLOCK:
		return trace_unlock(event);
	case ALTSHM_EVENT_TYPE_DENY:
		return trace_deny(event);
	case ALTSHM_EVENT_TYPE_LIMIT:
		return trace_limit(event);
	case ALTSHM_EVENT_TYPE_ORPHAN:
		return trace_orphan(event);
	}
}

static const struct trace_print_flags cause_names[] = { ALTSHM_TRACE_CAUSES, {} };
static const struct trace_print_flags rule_names[] = { ALTSHM_TRACE_RULES, {} };

/* @names: to the first without a name, which stands for all that have none. */
static const char *name_of(const struct trace_print_flags *names, unsigned long value)
{
	while (names->name && names->mask != value)
		names++;
	return names->name;
}

static void audit_removal(struct audit_buffer *ab, const struct altshm_event *event)
{
	audit_log_format(ab, "op=remove cause=%s nattch=%lu",
			 name_of(cause_names, event->cause), event->nattch);
}

static void audit_change(struct audit_buffer *ab, const struct altshm_event *event)
{
	audit_log_format(ab, "op=set old-ouid=%u old-ogid=%u old-mode=%#ho",
			 from_kuid(&init_user_ns, event->old.uid),
			 from_kgid(&init_user_ns, event->old.gid), event->old.mode);
}

static void audit_denial(struct audit_buffer *ab, const struct altshm_event *event)
{
	audit_log_format(ab, "op=deny rule=%s limit=%llu wanted=%llu exit=%d",
			 name_of(rule_names, event->rule), event->limit, event->wanted,
			 event->result);
}

/* The end of a namespace is nobody's doing, and can be many removals. */
static bool event_is_audited(const struct altshm_event *event)
{
	switch (event->type) {
	case ALTSHM_EVENT_TYPE_REMOVE:
		return event->cause != ALTSHM_CAUSE_NAMESPACE;
	case ALTSHM_EVENT_TYPE_SET:
	case ALTSHM_EVENT_TYPE_DENY:
		return true;
	default:
		return false;
	}
}

/*
 * A user's call waits while the queue is full, as other audited calls do: who is
 * refused over and over slows himself down and has no other's record lost. The
 * kernel's own threads get here under locks that others wait for.
 */
static void event_audit(const struct altshm_event *event)
{
	gfp_t gfp = current->flags & PF_KTHREAD ? GFP_NOWAIT | __GFP_NOWARN : GFP_KERNEL;
	struct audit_buffer *ab;

	ab = audit_log_start(audit_context(), gfp, AUDIT_KERNEL_OTHER);
	if (!ab)
		return;
	audit_log_format(ab, "module=altshm ");
	if (event->type == ALTSHM_EVENT_TYPE_REMOVE)
		audit_removal(ab, event);
	else if (event->type == ALTSHM_EVENT_TYPE_SET)
		audit_change(ab, event);
	else
		audit_denial(ab, event);
	audit_log_format(ab, " shmid=%d shmkey=0x%08x size=%llu ipc_ns=%u", event->id, event->key,
			 event->size, event->ipc_ns);
	if (event->found)
		audit_log_format(ab, " ouid=%u ogid=%u mode=%#ho",
				 from_kuid(&init_user_ns, event->perm.uid),
				 from_kgid(&init_user_ns, event->perm.gid), event->perm.mode);
	audit_log_task_info(ab);
	audit_log_format(ab, " res=%d", event->type != ALTSHM_EVENT_TYPE_DENY);
	audit_log_end(ab);
}

void altshm_event_emit(const struct altshm_event *event)
{
	event_trace(event);
	if (static_branch_unlikely(&altshm_event_listened.key))
		altshm_nl_event(event);
	if (audit_enabled && event_is_audited(event))
		event_audit(event);
}
