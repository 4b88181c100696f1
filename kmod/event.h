/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ALTSHM_EVENT_H
#define _ALTSHM_EVENT_H

#include <linux/audit.h>
#include <linux/jump_label_ratelimit.h>
#include <linux/types.h>

#include <uapi/linux/altshm_netlink.h>

#include "perm.h"
#include "trace.h"

/*
 * Something that happened. Who did it is the task that emits the event. Fields
 * that a type has no use for are 0.
 */
struct altshm_event {
	enum altshm_event_type type;
	enum altshm_cause cause;	/* attach, detach, remove, destroy */
	enum altshm_rule rule;		/* deny, limit */
	int id;				/* -1: no segment; of get: what result says */
	unsigned int ipc_ns;		/* inode number */
	key_t key;			/* at creation, also once removed; or asked for */
	int shmflg;			/* of the call: get, attach, and where they are refused */
	u64 size;			/* at creation; or asked for */
	int result;			/* get, deny, limit: what the call returns */
	bool created;			/* get */
	bool found;			/* there is a segment; the next two are its */
	unsigned long nattch;		/* after the event */
	struct altshm_perm perm;	/* after the event; ids invalid where not @found */
	struct altshm_perm old;		/* set: before it */
	unsigned long start;		/* attach, detach: where; nothing for anybody but root */
	unsigned long length;
	u64 limit;			/* deny: what the rule grants */
	u64 wanted;
};

/* On while anybody listens by netlink, in any network namespace, and for a second after. */
extern struct static_key_false_deferred altshm_event_listened;

/* Would an event of this kind get to anybody? Where not, this costs static branches. */
#define altshm_event_on(name)						\
	(static_branch_unlikely(&altshm_event_listened.key) || trace_##name##_enabled())

/* The same for remove, set and deny, which the audit system records. */
#define altshm_event_on_or_audited(name)	(altshm_event_on(name) || audit_enabled)

/**
 * altshm_event_emit() - tell whoever listens: tracers, netlink, audit
 * @event: what happened, and was done by the current task
 *
 * Context: any but interrupt, none of the module's spinlocks held. May sleep for
 * those that are audited, remove, set and deny; does not for the others.
 */
void altshm_event_emit(const struct altshm_event *event);

#endif
