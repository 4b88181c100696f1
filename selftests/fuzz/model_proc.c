// SPDX-License-Identifier: GPL-2.0-only
/*
 * The model of processes: how they come, change and go, and their namespaces.
 */
#include <errno.h>
#include <limits.h>
#include <linux/capability.h>
#include <sched.h>
#include <string.h>

#include "model.h"

#define DEFAULT_LIMIT	(ULONG_MAX - (1UL << 24))
#define ALL_CAPS	(~0ULL)

struct ns *ns_new(struct model *m, int userns)
{
	struct ns *ns = &m->ns[m->ns_count++];

	*ns = (struct ns) { .userns = userns, .last = -1 };
	ns->knobs[KNOB_SHMMAX] = DEFAULT_LIMIT;
	ns->knobs[KNOB_SHMALL] = DEFAULT_LIMIT;
	ns->knobs[KNOB_SHMMNI] = 4096;
	ns->knobs[KNOB_NEXT_ID] = -1;
	m->full |= m->ns_count == MAX_NS;
	return ns;
}

static void spawned(struct model *m, const struct call *call, pid_t pid)
{
	const struct profile *profile = &call->profile;
	struct proc *p = &m->procs[call->other];

	p->live = true;
	p->pid = pid;
	p->ns = &m->ns[0];
	p->userns = 0;
	p->ruid = profile->ruid;
	p->euid = profile->euid;
	p->egid = profile->egid;
	p->fsgid = profile->fsgid;
	p->group_count = profile->group_count;
	memcpy(p->groups, profile->groups, sizeof(p->groups));
	p->caps = profile->caps;
	p->memlock = profile->memlock;
	p->n = 0;
}

static void forked(struct model *m, const struct call *call, pid_t pid)
{
	struct proc *parent = &m->procs[call->worker];
	struct proc *child = &m->procs[call->other];

	*child = *parent;
	child->pid = pid;
	vmas_copy(m, parent, child);
}

/* The program has no capabilities of its own. */
static void execed(struct model *m, struct proc *p)
{
	uid_t root = m->userns[p->userns].owner;

	vmas_drop(m, p);
	p->fsgid = p->egid;
	p->caps = p->euid == root ? ALL_CAPS : 0;
}

static void ended(struct model *m, struct proc *p)
{
	vmas_drop(m, p);
	seg_leave(m, p->pid, NULL);
	p->live = false;
}

static long unshared(struct model *m, struct proc *p, int flags)
{
	if (flags & CLONE_NEWUSER) {
		m->userns[m->userns_count] = (struct userns) { p->euid, p->egid };
		p->userns = m->userns_count++;
		p->caps = ALL_CAPS;
		m->full |= m->userns_count == MAX_USERNS;
	}
	if (!(flags & CLONE_NEWIPC))
		return 0;
	if (!(p->caps & 1ULL << CAP_SYS_ADMIN))
		return -EPERM;
	if (!m->rules.leaver_creates)
		seg_leave(m, p->pid, NULL);
	p->ns = ns_new(m, p->userns);
	return 0;
}

static void tuned(struct model *m, struct ns *ns, const struct call *call)
{
	ns->knobs[call->knob] = call->value;
	if (call->knob == KNOB_FORCED && call->value)
		ns_force(m, ns);
}

void model_proc(struct model *m, const struct call *call, const struct reply *reply)
{
	struct proc *p = &m->procs[call->worker];
	long expected = 0;

	switch (call->op) {
	case OP_SPAWN:
		spawned(m, call, call->pid);
		break;
	case OP_FORK:
		expected = call->pid;
		forked(m, call, call->pid);
		break;
	case OP_EXEC:
		execed(m, p);
		break;
	case OP_EXIT:
	case OP_KILL:
		ended(m, p);
		return;
	case OP_UNSHARE:
		expected = unshared(m, p, call->flags);
		break;
	case OP_SETNS:
		p->ns = m->procs[call->other].ns;
		break;
	case OP_SYSCTL:
		tuned(m, p->ns, call);
		break;
	default:
		break;
	}
	model_expect(m, "return", expected, reply->ret);
}
