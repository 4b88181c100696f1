/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ALTSHM_ATTACHER_H
#define _ALTSHM_ATTACHER_H

#include <linux/sched.h>
#include <linux/time64.h>
#include <linux/uidgid.h>

struct altshm_seg;
struct cred;
struct pid_namespace;

/* One mapping of a segment, and the process it is in. */
struct altshm_attacher {
	pid_t pid;		/* 0 where who asks has no number for it */
	char comm[TASK_COMM_LEN];
	kuid_t uid;
	bool visible;		/* who asks may know the address; not where @pid is 0 */
	bool readonly;
	unsigned long start;
	unsigned long length;
	u64 offset;
	time64_t since;		/* 0 where it is not known */
};

/* Who asks: pids are as seen in @pid_ns, and all of @creds have to have a right. */
struct altshm_attacher_view {
	struct pid_namespace *pid_ns;
	const struct cred *creds[2];
};

/**
 * altshm_attacher_list() - the next mappings of a segment
 * @seg: segment, counted
 * @view: who asks
 * @pos: where to start; 0 at first; set to where to go on. Mappings that come or
 *       go meanwhile can make it miss some or name some twice
 * @list: filled in
 * @most: size of @list
 *
 * A process that is about to begin or end is left out. Of several processes that share an
 * address space, one is named.
 *
 * Context: may sleep; holds up who maps or unmaps the segment.
 * Return: how many were found; 0 when there are no more.
 */
unsigned int altshm_attacher_list(struct altshm_seg *seg, const struct altshm_attacher_view *view,
				  unsigned long *pos, struct altshm_attacher *list,
				  unsigned int most);

#endif
