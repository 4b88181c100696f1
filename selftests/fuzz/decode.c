// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a record to a call: bytes choose among what the model says is there, so
 * that most calls meet something whatever was cut from the input before them.
 */
#include <limits.h>
#include <linux/capability.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "decode.h"

#define PICK(array, byte) ((array)[(byte) % (sizeof(array) / sizeof(*(array)))])
#define GROUP_G	2001
#define GROUP_H	2002
#define GROUP_I	2003
#define CAP(name) (1ULL << (CAP_##name))
#define DEFAULT_LIMIT (ULONG_MAX - (1UL << 24))

static const key_t keys[] = { 0, 1, 2, 3, 0, 0, -1, INT_MIN };
static const size_t sizes[] = {
	1, 100, PAGE - 1, PAGE, PAGE + 1, 2 * PAGE, 3 * PAGE, 3 * PAGE, 4 * PAGE,
	5 * PAGE + 1, 8 * PAGE, 4 * PAGE, 0, ULONG_MAX, 1UL << 63, DEFAULT_LIMIT + 1,
};

static const unsigned int modes[] = {
	0600, 0666, 0640, 0400, 0200, 0, 0777, 0700, 0660, 0644, 0600, 0666, 0600, 0060, 0006,
};

void decode_profile(struct profile *profile, unsigned int choice, uid_t base)
{
	const uid_t a = base + 1, b = base + 2, c = base + 3, d = base + 4;
	const struct profile all[PROFILES] = {
		{ 0, 0, 0, 0, {}, 0, ~0ULL, RLIM_INFINITY },
		{ a, a, GROUP_G, GROUP_G, {}, 0, 0, 6 * PAGE },
		{ b, b, GROUP_H, GROUP_H, { GROUP_G }, 1, 0, 4 * PAGE },
		{ c, c, GROUP_I, GROUP_I, {}, 0, 0, 0 },
		{ a, a, GROUP_G, GROUP_G, {}, 0, CAP(IPC_OWNER), 6 * PAGE },
		{ b, b, GROUP_H, GROUP_H, {}, 0, CAP(SYS_ADMIN), 4 * PAGE },
		{ c, c, GROUP_I, GROUP_I, { GROUP_H, GROUP_G }, 2, CAP(IPC_LOCK), 0 },
		{ 0, 0, 0, 0, {}, 0, 0, 0 },
		{ a, b, GROUP_H, GROUP_G, {}, 0, 0, 5 * PAGE },
		{ d, d, GROUP_G, GROUP_G, {}, 0, 0, RLIM_INFINITY },
	};

	*profile = all[choice % PROFILES];
}

static int free_worker(const struct model *m)
{
	for (int i = 0; i < WORKERS; i++)
		if (!m->procs[i].live)
			return i;
	return -1;
}

static int count_workers(const struct model *m)
{
	int n = 0;

	for (int i = 0; i < WORKERS; i++)
		n += m->procs[i].live;
	return n;
}

/* The nth of the living, round and round. */
static int live_worker(const struct model *m, unsigned int n)
{
	n %= count_workers(m);
	for (int i = 0;; i++)
		if (m->procs[i].live && !n--)
			return i;
}

/* A segment of the worker's namespace, else one that was, else anything. */
static int choose_id(struct model *m, const struct proc *p, uint8_t byte)
{
	static const int odd[] = { -1, INT_MIN, INT_MAX, 0, 32768, 1 };
	unsigned int n = p->ns->used, i;

	if (byte < 232 && n) {
		n = byte % n;
		for (i = 0; i < m->seg_count; i++)
			if (m->segs[i].live && m->segs[i].ns == p->ns && !n--)
				return m->segs[i].id;
	}
	if (byte < 248 && m->seg_count)
		return m->segs[byte % m->seg_count].id;
	return PICK(odd, byte);
}

static void decode_get(struct call *call, const uint8_t *arg)
{
	call->key = PICK(keys, arg[0]);
	call->size = PICK(sizes, arg[1]);
	call->flags = arg[3] < 192 ? PICK(modes, arg[3]) : (arg[4] << 1 | (arg[5] & 1)) & 0777;
	if (arg[2] & 3)
		call->flags |= IPC_CREAT;
	if ((arg[2] & 0x1c) == 4)
		call->flags |= IPC_EXCL;
	if ((arg[2] & 0xe0) == 0x20)
		call->flags |= SHM_NORESERVE;
	if (arg[2] >= 0xf8)
		call->flags |= SHM_HUGETLB | (int)(63U << 26);
	if (arg[5] >= 0xf0)
		call->flags |= 0x10000;
	call->thp = (arg[5] & 0x0e) == 0x0e;
	/* A look-up mostly asks for no more than there is. */
	if (!(arg[2] & 3) && arg[1] < 160)
		call->size = 0;
}

static void decode_at(struct model *m, struct call *call, const uint8_t *arg)
{
	static const unsigned long odd[] = {
		1, 4095, PAGE, PAGE + 1, 16 * PAGE, -PAGE, -PAGE + 1, 0xffff800000000000,
	};

	call->id = choose_id(m, &m->procs[call->worker], arg[0]);
	call->flags = (arg[1] & 1 ? SHM_RDONLY : 0) | (arg[1] & 2 ? SHM_RND : 0) |
		      (arg[1] & 4 ? SHM_REMAP : 0) | ((arg[1] & 0x38) == 8 ? SHM_EXEC : 0);
	if (arg[2] < 80)
		call->flags &= arg[2] < 76 ? ~SHM_REMAP : ~0;
	else if (arg[2] < 248)
		call->addr = ARENA + arg[3] % (ARENA_PAGES - MAX_PAGES) * PAGE;
	else
		call->addr = PICK(odd, arg[3]);
	if (arg[2] >= 216 && arg[2] < 248)
		call->addr += arg[4];
}

static const struct vma *choose_vma(const struct proc *p, uint8_t byte)
{
	return p->n ? &p->vmas[byte % p->n] : NULL;
}

static unsigned long arena_page(uint8_t byte)
{
	return ARENA + byte % ARENA_PAGES * PAGE;
}

static void decode_dt(const struct proc *p, struct call *call, const uint8_t *arg)
{
	const struct vma *vma = choose_vma(p, arg[0]);

	if (!vma || arg[1] >= 250)
		call->addr = arg[1] & 1 ? arena_page(arg[2]) : arg[2] % 3 * 2048;
	else if (arg[1] < 200)
		call->addr = vma->start - vma->pgoff * PAGE;
	else
		call->addr = vma->start + arg[2] % 3 * PAGE / 2;
}

static void decode_range(const struct proc *p, struct call *call, const uint8_t *arg)
{
	const struct vma *vma = choose_vma(p, arg[0]);
	unsigned long pages, first;

	if (vma && arg[3] < 208) {
		pages = (vma->end - vma->start) / PAGE;
		first = arg[1] % pages;
		call->addr = vma->start + first * PAGE;
		call->len = (1 + arg[2] % (pages - first)) * PAGE;
	} else {
		first = arg[1] % (ARENA_PAGES - 8);
		call->addr = ARENA + first * PAGE;
		call->len = (1 + arg[2] % 8) * PAGE;
	}
}

static void decode_map(const struct proc *p, struct call *call, const uint8_t *arg)
{
	static const int prots[] = {
		PROT_READ, PROT_READ | PROT_WRITE, PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE,
		PROT_READ | PROT_EXEC,
	};
	static const int advices[] = { MADV_DONTFORK, MADV_DOFORK, MADV_REMOVE };

	decode_range(p, call, arg);
	if (call->op == OP_MMAP) {
		call->addr = ARENA + arg[0] % (ARENA_PAGES - 4) * PAGE;
		call->len = (1 + arg[1] % 4) * PAGE;
	}
	call->prot = call->op == OP_MADVISE ? PICK(advices, arg[4]) : PICK(prots, arg[4]);
}

static void decode_touch(const struct proc *p, struct call *call, const uint8_t *arg)
{
	decode_range(p, call, arg);
	call->len = 8;
	call->value = arg[2] | arg[4] << 8 | arg[5] << 16;
}

static void decode_stat(struct model *m, struct call *call, const uint8_t *arg)
{
	static const int cmds[] = { IPC_STAT, SHM_STAT, IPC_STAT, SHM_STAT_ANY };

	call->id = choose_id(m, &m->procs[call->worker], arg[0]);
	call->cmd = PICK(cmds, arg[1]);
	if (call->cmd != IPC_STAT && arg[3] & 1)
		call->id = call->id < 0 ? call->id : call->id % 32768;
	call->bad_buffer = arg[2] >= 0xe8;
}

static void decode_set(struct model *m, struct call *call, const uint8_t *arg, uid_t base)
{
	const uid_t uids[] = { base + 1, base + 2, base + 3, base + 4, 0, 0, base + 1, -1 };
	const gid_t gids[] = { GROUP_G, GROUP_H, GROUP_I, 0, GROUP_G, 0, GROUP_H, -1 };

	call->id = choose_id(m, &m->procs[call->worker], arg[0]);
	call->uid = PICK(uids, arg[1]);
	call->gid = PICK(gids, arg[2]);
	call->mode = arg[3] < 192 ? PICK(modes, arg[3]) : arg[4] << 8 | arg[5];
	call->bad_buffer = arg[5] >= 0xf8;
}

static void decode_ctl(struct model *m, struct call *call, const uint8_t *arg)
{
	static const int unknown[] = { 4, 10, 16, -1, 0x100 | IPC_STAT, 0x100, INT_MIN };

	call->id = choose_id(m, &m->procs[call->worker], arg[0]);
	switch (call->op) {
	case OP_LOCK:
		call->cmd = arg[1] % 3 ? SHM_LOCK : SHM_UNLOCK;
		break;
	case OP_INFO:
		call->cmd = arg[1] & 1 ? IPC_INFO : SHM_INFO;
		call->bad_buffer = arg[2] >= 0xf0;
		break;
	case OP_CTL:
		call->cmd = PICK(unknown, arg[1]);
		break;
	default:
		call->cmd = IPC_RMID;
	}
}

static bool is_root(const struct proc *p)
{
	return !p->userns && !p->euid && p->caps == ~0ULL;
}

static void decode_sysctl(const struct proc *p, struct call *call, const uint8_t *arg)
{
	static const uint64_t values[KNOBS][5] = {
		{ DEFAULT_LIMIT, DEFAULT_LIMIT, 2 * PAGE, 3 * PAGE + 1, 0 },
		{ DEFAULT_LIMIT, DEFAULT_LIMIT, 6, 12, 0 },
		{ 4096, 4096, 3, 5, 0 },
		{ 0, 5, 3 * 32768 + 5, 65534UL * 32768 + 7, 65535UL * 32768 + 9 },
		{ 0, 1, 0, 1, 1 },
	};

	call->knob = arg[0] % KNOBS;
	call->value = values[call->knob][arg[1] % 5];
	if (!is_root(p) || p->ns->userns)
		call->op = OP_LOOK;
}

static void decode_proc(struct model *m, struct call *call, const uint8_t *arg, uid_t base)
{
	static const int flags[] = { CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWIPC | CLONE_NEWUSER };
	const struct proc *p = &m->procs[call->worker];

	switch (call->op) {
	case OP_SPAWN:
	case OP_FORK:
		decode_profile(&call->profile, arg[0], base);
		call->other = free_worker(m);
		if (call->other < 0)
			call->op = OP_LOOK;
		break;
	case OP_EXIT:
	case OP_KILL:
		if (count_workers(m) < 2)
			call->op = OP_LOOK;
		break;
	case OP_UNSHARE:
		call->flags = PICK(flags, arg[0]);
		if (call->flags & CLONE_NEWUSER &&
		    (p->userns || p->ruid != p->euid || p->memlock != RLIM_INFINITY ||
		     (!p->euid && !p->caps)))
			call->op = OP_LOOK;
		break;
	case OP_SETNS:
		call->other = live_worker(m, arg[0]);
		call->pid = m->procs[call->other].pid;
		if (!is_root(p))
			call->op = OP_LOOK;
		break;
	default:
		break;
	}
}

void decode(struct model *m, const struct record *record, uid_t base, struct call *call)
{
	const uint8_t *arg = record->arg;
	const struct proc *p;

	*call = (struct call) { .op = record->op % OP_COUNT };
	call->worker = live_worker(m, record->worker);
	p = &m->procs[call->worker];
	switch (call->op) {
	case OP_GET:
		return decode_get(call, arg);
	case OP_AT:
		return decode_at(m, call, arg);
	case OP_DT:
		return decode_dt(p, call, arg);
	case OP_STAT:
		return decode_stat(m, call, arg);
	case OP_SET:
		return decode_set(m, call, arg, base);
	case OP_RMID:
	case OP_LOCK:
	case OP_INFO:
	case OP_CTL:
		return decode_ctl(m, call, arg);
	case OP_LOAD:
	case OP_STORE:
		return decode_touch(p, call, arg);
	case OP_MMAP:
	case OP_MUNMAP:
	case OP_MPROTECT:
	case OP_MADVISE:
		return decode_map(p, call, arg);
	case OP_SYSCTL:
		return decode_sysctl(p, call, arg);
	case OP_CLOCK:
		call->value = 1 + arg[0] % 100;
		return;
	default:
		return decode_proc(m, call, arg, base);
	}
}
