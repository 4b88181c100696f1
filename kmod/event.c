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

DEFINE_STATIC_KEY_FALSE(altshm_event_listened);

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

void altshm_event_emit(const struct altshm_event *event)
{
	event_trace(event);
	if (static_branch_unlikely(&altshm_event_listened))
		altshm_nl_event(event);
}
