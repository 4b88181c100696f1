/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ALTSHM_REFUSE_H
#define _ALTSHM_REFUSE_H

#include <linux/types.h>

#include "event.h"

struct task_struct;

/*
 * Why a call fails. Each place that refuses one names the rule or limit by
 * altshm_refuse(); who runs the call and wants to know watches meanwhile.
 * Successful calls that nobody watches pay nothing.
 */
struct altshm_refusal {
	struct hlist_node node;		/* while watching */
	struct task_struct *task;	/* compared, never followed */
	struct altshm_event event;	/* what altshm_refuse() and altshm_refusal_about() said */
};

/* Is anybody told of every refusal? Where not, asking costs static branches. */
#define altshm_refusals_told()						\
	(altshm_event_on_or_audited(deny) || trace_limit_enabled())

/**
 * altshm_refuse() - name what the current task's call fails by
 * @err: negative errno that the call will return
 * @rule: the rule or limit
 * @limit: how much there is or is allowed; units: struct altshm_explain
 * @wanted: how much was asked for
 *
 * Context: any but interrupt; also under the locks of the module.
 * Return: @err.
 */
int altshm_refuse(int err, enum altshm_rule rule, u64 limit, u64 wanted) __cold;

/* Is a refusal of the current task's call written down? Where not, don't look for a reason. */
bool altshm_refusal_watched(void);

/**
 * altshm_refuse_file() - the same for a file that could not be made
 * @err: what making it gave
 *
 * Context: as altshm_refuse().
 * Return: @err.
 */
int altshm_refuse_file(int err) __cold;

/**
 * altshm_refusal_watch() - have refusals of the current task's call written down
 * @refusal: on the caller's stack, until altshm_refusal_unwatch()
 *
 * Of watches inside one another the innermost gets them.
 *
 * Context: process; the watches of a task end in reverse order.
 */
void altshm_refusal_watch(struct altshm_refusal *refusal);

/**
 * altshm_refusal_about() - say which segment the current task's failed call was about
 * @err: negative errno that the call will return
 * @id: the segment
 * @shmflg: of an attach, else 0
 *
 * Context: as altshm_refuse().
 * Return: @err.
 */
int altshm_refusal_about(int err, int id, int shmflg) __cold;

/* The same for a segment that was to be found or made. */
int altshm_refusal_about_get(int err, key_t key, u64 size, int shmflg) __cold;

/**
 * altshm_refusal_unwatch() - the end of the call; tells who is to be told
 * @refusal: as given to altshm_refusal_watch(); has the rule, or none
 * @ret: what the call returned; a refusal by another error was not the last word
 *
 * Context: may sleep.
 */
void altshm_refusal_unwatch(struct altshm_refusal *refusal, long ret);

#endif
