// SPDX-License-Identifier: GPL-2.0-only
/*
 * The model of segments: keys, identifiers, rights, life and shmget.
 */
#include <errno.h>
#include <limits.h>
#include <linux/capability.h>
#include <string.h>

#include "model.h"

#define INDEXES		32768
#define CYCLE		64

static bool in_group(const struct proc *p, gid_t gid)
{
	if (p->fsgid == gid)
		return true;
	for (unsigned int i = 0; i < p->group_count; i++)
		if (p->groups[i] == gid)
			return true;
	return false;
}

static bool is_owner(const struct proc *p, const struct seg *seg)
{
	return p->euid == seg->uid || p->euid == seg->cuid;
}

/* User namespaces are one deep here. */
bool capable_in(const struct model *m, const struct proc *p, const struct ns *ns, int cap)
{
	if (ns->userns == p->userns)
		return p->caps & 1ULL << cap;
	if (p->userns)
		return false;
	return m->userns[ns->userns].owner == p->euid || p->caps & 1ULL << cap;
}

bool may_access(const struct model *m, const struct proc *p, const struct seg *seg,
		unsigned int wanted)
{
	unsigned int bits = (wanted >> 6 | wanted >> 3 | wanted) & 7;
	unsigned int granted = seg->mode;

	if (is_owner(p, seg))
		granted >>= 6;
	else if (in_group(p, seg->gid) || in_group(p, seg->cgid))
		granted >>= 3;
	return !(bits & ~granted) || capable_in(m, p, seg->ns, CAP_IPC_OWNER);
}

bool may_control(const struct model *m, const struct proc *p, const struct seg *seg)
{
	return is_owner(p, seg) || capable_in(m, p, seg->ns, CAP_SYS_ADMIN);
}

struct seg *seg_at_index(struct model *m, const struct ns *ns, int index)
{
	for (unsigned int i = 0; i < m->seg_count; i++) {
		struct seg *seg = &m->segs[i];

		if (seg->live && seg->ns == ns && seg->index == index)
			return seg;
	}
	return NULL;
}

struct seg *seg_find(struct model *m, const struct ns *ns, int id)
{
	struct seg *seg = id < 0 ? NULL : seg_at_index(m, ns, id % INDEXES);

	return seg && seg->id == id ? seg : NULL;
}

static struct seg *seg_of_key(struct model *m, const struct ns *ns, key_t key)
{
	for (unsigned int i = 0; i < m->seg_count; i++) {
		struct seg *seg = &m->segs[i];

		if (seg->live && seg->ns == ns && seg->key == key && key)
			return seg;
	}
	return NULL;
}

static void seg_end(struct model *m, struct seg *seg)
{
	seg->live = false;
	seg->ns->used--;
	seg->ns->pages -= seg->pages;
	if (seg->locked)
		*locked_pages(m, seg->locker) -= seg->pages;
}

static void seg_end_unused(struct model *m, struct seg *seg)
{
	if (seg->live && !seg->nattch && !seg->pins &&
	    (seg->dest || seg->ns->knobs[KNOB_FORCED]))
		seg_end(m, seg);
}

void seg_opened(struct model *m, struct seg *seg, pid_t pid)
{
	seg->nattch++;
	seg->atime = m->now;
	seg->lpid = pid;
}

void seg_closed(struct model *m, struct seg *seg, pid_t pid)
{
	seg->nattch--;
	seg->dtime = m->now;
	seg->lpid = pid;
	seg_end_unused(m, seg);
}

void seg_unpin(struct model *m, struct seg *seg)
{
	seg->pins--;
	seg_end_unused(m, seg);
}

/* What a process created loses its creator; @ns NULL: in all namespaces. */
void seg_leave(struct model *m, pid_t pid, const struct ns *ns)
{
	for (unsigned int i = 0; i < m->seg_count; i++) {
		struct seg *seg = &m->segs[i];

		if (!seg->live || seg->creator != pid || (ns && seg->ns != ns))
			continue;
		seg->creator = 0;
		seg_end_unused(m, seg);
	}
}

/* shm_rmid_forced was written. */
void ns_force(struct model *m, struct ns *ns)
{
	for (unsigned int i = 0; i < m->seg_count; i++)
		if (m->segs[i].live && m->segs[i].ns == ns && !m->segs[i].creator)
			seg_end_unused(m, &m->segs[i]);
}

static void stamp_compare(struct model *m, const char *what, struct stamp *stamp, long got)
{
	if (got < stamp->from || got > stamp->to)
		model_wrong(m, "%s: %ld to %ld expected, got %ld", what, stamp->from,
			    stamp->to, got);
	stamp->from = got;
	stamp->to = got;
}

static uid_t uid_seen(const struct model *m, const struct proc *viewer, uid_t uid)
{
	if (!viewer->userns)
		return uid;
	return m->userns[viewer->userns].owner == uid ? 0 : OVERFLOW_ID;
}

static gid_t gid_seen(const struct model *m, const struct proc *viewer, gid_t gid)
{
	if (!viewer->userns)
		return gid;
	return m->userns[viewer->userns].group == gid ? 0 : OVERFLOW_ID;
}

/* Times that were read are known to the second from then on. */
void stat_compare(struct model *m, const struct proc *viewer, const struct seg *model_seg,
		  const struct shmid_ds *ds)
{
	struct seg *seg = (struct seg *)model_seg;
	unsigned int mode = seg->mode | (seg->dest ? SHM_DEST : 0) |
			    (seg->locked ? SHM_LOCKED : 0);

	model_expect(m, "key", seg->key, ds->shm_perm.__key);
	model_expect(m, "seq", seg->id / INDEXES, ds->shm_perm.__seq);
	model_expect(m, "mode", mode, ds->shm_perm.mode);
	model_expect(m, "uid", uid_seen(m, viewer, seg->uid), ds->shm_perm.uid);
	model_expect(m, "gid", gid_seen(m, viewer, seg->gid), ds->shm_perm.gid);
	model_expect(m, "cuid", uid_seen(m, viewer, seg->cuid), ds->shm_perm.cuid);
	model_expect(m, "cgid", gid_seen(m, viewer, seg->cgid), ds->shm_perm.cgid);
	model_expect(m, "size", seg->size, ds->shm_segsz);
	model_expect(m, "cpid", seg->cpid, ds->shm_cpid);
	model_expect(m, "lpid", seg->lpid, ds->shm_lpid);
	model_expect(m, "nattch", seg->nattch, ds->shm_nattch);
	stamp_compare(m, "atime", &seg->atime, ds->shm_atime);
	stamp_compare(m, "dtime", &seg->dtime, ds->shm_dtime);
	stamp_compare(m, "ctime", &seg->ctime, ds->shm_ctime);
}

/* The first free index from @from below @end, else from 0; -1: none. */
static int index_free(struct model *m, const struct ns *ns, int from, int end)
{
	for (int i = from; i < end; i++)
		if (!seg_at_index(m, ns, i))
			return i;
	for (int i = 0; i < from; i++)
		if (!seg_at_index(m, ns, i))
			return i;
	return -1;
}

static void seg_name(struct model *m, struct ns *ns, struct seg *seg)
{
	int next = ns->knobs[KNOB_NEXT_ID], window = ns->used * 3 / 2;
	int seq = next / INDEXES;

	if (next >= 0) {
		ns->knobs[KNOB_NEXT_ID] = -1;
		seg->index = index_free(m, ns, next % INDEXES, INDEXES);
	} else {
		if (window < CYCLE)
			window = CYCLE;
		seg->index = index_free(m, ns, ns->cursor < window ? ns->cursor : 0, window);
		if (seg->index <= ns->last && ++ns->seq >= INT_MAX / INDEXES)
			ns->seq = 0;
		ns->last = seg->index;
		ns->cursor = seg->index + 1;
		seq = ns->seq;
	}
	seg->id = seq * INDEXES + seg->index;
}

static void seg_new(struct model *m, const struct proc *p, const struct call *call)
{
	struct seg *seg = &m->segs[m->seg_count];

	*seg = (struct seg) {
		.ns = p->ns,
		.key = call->key,
		.size = call->size,
		.pages = (call->size + PAGE - 1) / PAGE,
		.thp = call->thp && m->rules.may_thp,
		.mode = call->flags & 0777,
		.uid = p->euid, .cuid = p->euid, .gid = p->egid, .cgid = p->egid,
		.cpid = p->pid, .creator = p->pid,
		.ctime = m->now,
	};
	seg_name(m, p->ns, seg);
	seg->live = true;
	m->seg_count++;
	p->ns->used++;
	p->ns->pages += seg->pages;
	m->full |= m->seg_count == MAX_SEGS || seg->pages > MAX_PAGES;
}

static long create(struct model *m, const struct proc *p, const struct call *call)
{
	const uint64_t *knobs = p->ns->knobs;
	uint64_t pages = call->size / PAGE + (call->size % PAGE != 0);

	if (!call->size || call->size > knobs[KNOB_SHMMAX])
		return -EINVAL;
	if (call->size > ULONG_MAX - PAGE + 1)
		return -ENOSPC;
	if (p->ns->pages + pages > knobs[KNOB_SHMALL])
		return -ENOSPC;
	/* Only sizes of pages that no kernel has are asked for. */
	if (call->flags & SHM_HUGETLB || call->size > LONG_MAX)
		return -EINVAL;
	if (p->ns->used >= knobs[KNOB_SHMMNI])
		return -ENOSPC;
	seg_new(m, p, call);
	return m->segs[m->seg_count - 1].id;
}

static long lookup(struct model *m, const struct proc *p, const struct seg *seg,
		   const struct call *call)
{
	if (call->flags & IPC_CREAT && call->flags & IPC_EXCL)
		return -EEXIST;
	if (call->size > seg->size)
		return -EINVAL;
	return may_access(m, p, seg, call->flags) ? seg->id : -EACCES;
}

void model_get(struct model *m, const struct call *call, const struct reply *reply)
{
	const struct proc *p = &m->procs[call->worker];
	const struct seg *seg = seg_of_key(m, p->ns, call->key);
	long expected;

	if (seg)
		expected = lookup(m, p, seg, call);
	else if (call->key == IPC_PRIVATE || call->flags & IPC_CREAT)
		expected = create(m, p, call);
	else
		expected = -ENOENT;
	model_expect(m, "return", expected, reply->ret);
}
