// SPDX-License-Identifier: GPL-2.0-only
/*
 * The model of shmctl.
 */
#include <errno.h>
#include <linux/capability.h>
#include <string.h>

#include "model.h"

#define INDEXES		32768

static int max_index(struct model *m, const struct ns *ns)
{
	int max = 0;

	for (unsigned int i = 0; i < m->seg_count; i++)
		if (m->segs[i].live && m->segs[i].ns == ns && m->segs[i].index > max)
			max = m->segs[i].index;
	return max;
}

static void info_compare(struct model *m, const struct ns *ns, const struct shm_info *info)
{
	unsigned long resident = 0, beside = 0, got = info->shm_rss + info->shm_swp;

	for (unsigned int i = 0; i < m->seg_count; i++) {
		const struct seg *seg = &m->segs[i];

		for (unsigned int page = 0; page < seg->pages && page < MAX_PAGES; page++) {
			if (!seg->live || seg->ns != ns)
				break;
			resident += seg->touched[page];
			beside += seg->thp && !seg->touched[page];
		}
	}
	model_expect(m, "used_ids", ns->used, info->used_ids);
	model_expect(m, "shm_tot", ns->pages, info->shm_tot);
	if (got < resident || got > resident + beside)
		model_expect(m, "shm_rss + shm_swp", resident, got);
	model_expect(m, "swap_attempts", 0, info->swap_attempts);
	model_expect(m, "swap_successes", 0, info->swap_successes);
}

void model_compare(struct model *m, const struct proc *viewer, const struct table *table)
{
	const struct ns *ns = viewer->ns;
	int seen = 0;

	model_expect(m, "highest index", max_index(m, ns), table->max);
	info_compare(m, ns, &table->info);
	for (int i = 0; i < table->n; i++) {
		struct seg *seg = seg_at_index(m, ns, table->segs[i].index);

		if (!seg) {
			model_wrong(m, "index %d: no segment expected, got id %d",
				    table->segs[i].index, table->segs[i].id);
			continue;
		}
		seen++;
		model_expect(m, "id by index", seg->id, table->segs[i].id);
		stat_compare(m, viewer, seg, &table->segs[i].ds);
	}
	model_expect(m, "segments seen", ns->used, seen);
}

static void model_stat(struct model *m, const struct call *call, const struct reply *reply)
{
	const struct proc *p = &m->procs[call->worker];
	bool by_index = call->cmd != IPC_STAT;
	struct seg *seg = NULL;
	long expected = 0;

	if (call->id >= 0)
		seg = by_index ? seg_at_index(m, p->ns, call->id % INDEXES) :
				 seg_find(m, p->ns, call->id);
	if (!seg)
		expected = -EINVAL;
	else if (call->cmd != SHM_STAT_ANY && !may_access(m, p, seg, 0444))
		expected = -EACCES;
	else if (call->bad_buffer)
		expected = -EFAULT;
	else if (by_index)
		expected = seg->id;
	model_expect(m, "return", expected, reply->ret);
	if (expected >= 0)
		stat_compare(m, p, seg, &reply->buf.ds);
}

/* The global number of an id that a process names; -1: none. */
static uid_t id_meant(const struct model *m, const struct proc *p, uid_t id, bool group)
{
	const struct userns *userns = &m->userns[p->userns];

	if (!p->userns)
		return id;
	if (id)
		return -1;
	return group ? userns->group : userns->owner;
}

static void model_set(struct model *m, const struct call *call, const struct reply *reply)
{
	const struct proc *p = &m->procs[call->worker];
	struct seg *seg = seg_find(m, p->ns, call->id);
	uid_t uid = id_meant(m, p, call->uid, false);
	gid_t gid = id_meant(m, p, call->gid, true);
	long expected = 0;

	if (call->id < 0)
		expected = -EINVAL;
	else if (call->bad_buffer)
		expected = -EFAULT;
	else if (!seg)
		expected = -EINVAL;
	else if (!may_control(m, p, seg))
		expected = -EPERM;
	else if (uid == (uid_t)-1 || gid == (gid_t)-1)
		expected = -EINVAL;
	model_expect(m, "return", expected, reply->ret);
	if (expected)
		return;
	seg->uid = uid;
	seg->gid = gid;
	seg->mode = call->mode & 0777;
	seg->ctime = m->now;
}

static void model_rmid(struct model *m, const struct call *call, const struct reply *reply)
{
	const struct proc *p = &m->procs[call->worker];
	struct seg *seg = seg_find(m, p->ns, call->id);
	long expected = 0;

	if (!seg)
		expected = -EINVAL;
	else if (!may_control(m, p, seg))
		expected = -EPERM;
	model_expect(m, "return", expected, reply->ret);
	if (expected)
		return;
	seg->dest = true;
	seg->key = IPC_PRIVATE;
	seg->pins++;
	seg_unpin(m, seg);
}

uint64_t *locked_pages(struct model *m, uid_t uid)
{
	int unused = 0;

	for (int i = 0; i < MAX_LOCKERS; i++) {
		if (!m->lockers[i].pages)
			unused = i;
		else if (m->lockers[i].uid == uid)
			return &m->lockers[i].pages;
	}
	m->lockers[unused].uid = uid;
	return &m->lockers[unused].pages;
}

static long lock(struct model *m, const struct proc *p, struct seg *seg)
{
	uint64_t *charged = locked_pages(m, p->ruid);
	bool limited = p->userns || !(p->caps & 1ULL << CAP_IPC_LOCK);

	if (seg->locked)
		return 0;
	if (limited && *charged + seg->pages > p->memlock / PAGE)
		return -ENOMEM;
	*charged += seg->pages;
	seg->locked = true;
	seg->locker = p->ruid;
	return 0;
}

static void model_lock(struct model *m, const struct call *call, const struct reply *reply)
{
	const struct proc *p = &m->procs[call->worker];
	struct seg *seg = seg_find(m, p->ns, call->id);
	bool mighty = capable_in(m, p, p->ns, CAP_IPC_LOCK);
	long expected = 0;

	if (!seg)
		expected = -EINVAL;
	else if (!mighty && p->euid != seg->uid && p->euid != seg->cuid)
		expected = -EPERM;
	else if (!mighty && call->cmd == SHM_LOCK && !p->memlock)
		expected = -EPERM;
	else if (call->cmd == SHM_LOCK)
		expected = lock(m, p, seg);
	model_expect(m, "return", expected, reply->ret);
	if (!expected && call->cmd == SHM_UNLOCK && seg->locked) {
		seg->locked = false;
		*locked_pages(m, seg->locker) -= seg->pages;
	}
}

static void model_info(struct model *m, const struct call *call, const struct reply *reply)
{
	const struct ns *ns = m->procs[call->worker].ns;
	const struct shminfo *limits = &reply->buf.limits;
	long expected = max_index(m, ns);

	if (call->id < 0)
		expected = -EINVAL;
	else if (call->bad_buffer)
		expected = -EFAULT;
	model_expect(m, "return", expected, reply->ret);
	if (expected < 0)
		return;
	if (call->cmd == SHM_INFO) {
		info_compare(m, ns, &reply->buf.info);
		return;
	}
	model_expect(m, "shmmax", ns->knobs[KNOB_SHMMAX], limits->shmmax);
	model_expect(m, "shmmin", 1, limits->shmmin);
	model_expect(m, "shmmni", ns->knobs[KNOB_SHMMNI], limits->shmmni);
	model_expect(m, "shmseg", ns->knobs[KNOB_SHMMNI], limits->shmseg);
	model_expect(m, "shmall", ns->knobs[KNOB_SHMALL], limits->shmall);
}

void model_ctl(struct model *m, const struct call *call, const struct reply *reply)
{
	switch (call->op) {
	case OP_STAT:
		return model_stat(m, call, reply);
	case OP_SET:
		return model_set(m, call, reply);
	case OP_RMID:
		return model_rmid(m, call, reply);
	case OP_LOCK:
		return model_lock(m, call, reply);
	case OP_INFO:
		return model_info(m, call, reply);
	default:
		model_expect(m, "return", -EINVAL, reply->ret);
	}
}
