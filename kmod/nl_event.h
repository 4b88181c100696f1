/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ALTSHM_NL_EVENT_H
#define _ALTSHM_NL_EVENT_H

struct altshm_event;

/**
 * altshm_nl_event() - tell listeners of an event
 * @event: what the current task did
 *
 * To those in the network namespace of the current task and to the initial one. Only to
 * be called while altshm_event_listened is on.
 *
 * Context: any but interrupt; takes a spinlock, does not sleep.
 */
void altshm_nl_event(const struct altshm_event *event);

int altshm_nl_event_init(void);
void altshm_nl_event_exit(void);

#endif
