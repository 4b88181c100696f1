// SPDX-License-Identifier: GPL-2.0-only
/*
 * The model of address spaces: shmat, shmdt, and what else moves, splits and
 * touches mappings.
 */
#include <errno.h>
#include <linux/capability.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>

#include "model.h"

#define HIGHEST		0x7ffffffff000UL

unsigned long seg_bytes(const struct seg *seg)
{
	return seg->pages * PAGE;
}

/* The first mapping that ends above an address; the number of them if none. */
static size_t vma_above(const struct proc *p, unsigned long addr)
{
	size_t i = 0;

	while (i < p->n && p->vmas[i].end <= addr)
		i++;
	return i;
}

static void vma_insert(struct model *m, struct proc *p, const struct vma *vma)
{
	size_t i = vma_above(p, vma->start);

	if (p->n >= MAX_VMAS - 4)
		m->full = true;
	memmove(&p->vmas[i + 1], &p->vmas[i], (p->n - i) * sizeof(*vma));
	p->vmas[i] = *vma;
	p->n++;
	if (vma->seg)
		seg_opened(m, vma->seg, p->pid);
}

static void vma_remove(struct model *m, struct proc *p, size_t i)
{
	struct seg *seg = p->vmas[i].seg;

	p->n--;
	memmove(&p->vmas[i], &p->vmas[i + 1], (p->n - i) * sizeof(*p->vmas));
	if (seg)
		seg_closed(m, seg, p->pid);
}

static void vma_trim_head(struct vma *vma, unsigned long start)
{
	vma->pgoff += (start - vma->start) / PAGE;
	vma->start = start;
}

static void vma_split(struct model *m, struct proc *p, size_t i, unsigned long addr)
{
	struct vma tail = p->vmas[i];

	if (addr <= tail.start || addr >= tail.end)
		return;
	vma_trim_head(&tail, addr);
	p->vmas[i].end = addr;
	vma_insert(m, p, &tail);
}

static void vmas_unmap(struct model *m, struct proc *p, unsigned long start, unsigned long end)
{
	size_t i = vma_above(p, start);

	if (i < p->n)
		vma_split(m, p, i, start);
	i = vma_above(p, end);
	if (i < p->n)
		vma_split(m, p, i, end);
	i = vma_above(p, start);
	while (i < p->n && p->vmas[i].start < end)
		vma_remove(m, p, i);
}

void vmas_drop(struct model *m, struct proc *p)
{
	while (p->n)
		vma_remove(m, p, p->n - 1);
}

/* The parent stands as the one who attached. */
void vmas_copy(struct model *m, struct proc *from, struct proc *to)
{
	to->n = 0;
	for (size_t i = 0; i < from->n; i++) {
		if (from->vmas[i].dontfork)
			continue;
		to->vmas[to->n++] = from->vmas[i];
		if (from->vmas[i].seg)
			seg_opened(m, from->vmas[i].seg, from->pid);
	}
}

static bool is_free(const struct proc *p, unsigned long start, unsigned long end)
{
	size_t i = vma_above(p, start);

	return i == p->n || p->vmas[i].start >= end;
}

/* What attaching at an address has to give; 0 also for "wherever you like". */
static long attach_result(const struct model *m, const struct proc *p, const struct seg *seg,
			  unsigned long addr, const struct call *call)
{
	bool raw = !p->userns && p->caps & 1ULL << CAP_SYS_RAWIO;
	unsigned long len = seg_bytes(seg);

	if (addr && !(call->flags & SHM_REMAP) &&
	    (addr + seg->size < addr || !is_free(p, addr, addr + len)))
		return -EINVAL;
	if (call->addr && (len > HIGHEST || addr > HIGHEST - len))
		return -ENOMEM;
	if (call->addr && addr < m->rules.lowest && !raw)
		return -EPERM;
	return addr;
}

static void attached(struct model *m, struct proc *p, struct seg *seg, unsigned long addr,
		     const struct call *call)
{
	struct vma vma = {
		.start = addr, .end = addr + seg_bytes(seg),
		.seg = seg,
		.prot = PROT_READ | (call->flags & SHM_RDONLY ? 0 : PROT_WRITE) |
			(call->flags & SHM_EXEC ? PROT_EXEC : 0),
		.readonly = call->flags & SHM_RDONLY,
	};

	vma.file = m->rules.one_file ? 2 * (seg - m->segs) + vma.readonly : ++m->attaches;
	vmas_unmap(m, p, vma.start, vma.end);
	vma_insert(m, p, &vma);
}

/* A place that was left to the kernel. */
static void place_compare(struct model *m, const struct proc *p, const struct seg *seg, long addr)
{
	unsigned long arena_end = ARENA + ARENA_PAGES * PAGE;
	unsigned long start = addr, end = start + seg_bytes(seg);

	if (addr <= 0) {
		model_expect(m, "return", 1, addr);
		return;
	}
	if (start % PAGE || !is_free(p, start, end) ||
	    (start < arena_end && end > ARENA) || start < m->rules.lowest || end > HIGHEST)
		model_wrong(m, "attached at %#lx, which is not free or not allowed", start);
}

static long attach_check(struct model *m, const struct proc *p, const struct seg *seg,
			 const struct call *call)
{
	unsigned int wanted = 0444;

	if (call->id < 0)
		return -EINVAL;
	if (call->addr % PAGE && !(call->flags & SHM_RND))
		return -EINVAL;
	if (call->flags & SHM_REMAP && call->addr < PAGE)
		return -EINVAL;
	if (!seg)
		return -EINVAL;
	if (!(call->flags & SHM_RDONLY))
		wanted |= 0222;
	if (call->flags & SHM_EXEC)
		wanted |= 0111;
	return may_access(m, p, seg, wanted) ? 0 : -EACCES;
}

void model_at(struct model *m, const struct call *call, const struct reply *reply)
{
	struct proc *p = &m->procs[call->worker];
	struct seg *seg = seg_find(m, p->ns, call->id);
	unsigned long addr = call->addr & ~(PAGE - 1);
	long expected = attach_check(m, p, seg, call);

	if (expected) {
		model_expect(m, "return", expected, reply->ret);
		return;
	}
	seg->pins++;
	expected = attach_result(m, p, seg, addr, call);
	if (call->addr)
		model_expect(m, "return", expected, reply->ret);
	else
		place_compare(m, p, seg, reply->ret);
	if (expected >= 0 && reply->ret >= 0)
		attached(m, p, seg, reply->ret, call);
	seg_unpin(m, seg);
}

static bool is_piece(const struct vma *vma, unsigned long addr)
{
	return vma->seg && vma->start >= addr && (vma->start - addr) / PAGE == vma->pgoff;
}

void model_dt(struct model *m, const struct call *call, const struct reply *reply)
{
	struct proc *p = &m->procs[call->worker];
	unsigned long addr = call->addr, file, size;
	size_t i = vma_above(p, addr);

	while (i < p->n && !is_piece(&p->vmas[i], addr))
		i++;
	if (addr % PAGE || i == p->n) {
		model_expect(m, "return", -EINVAL, reply->ret);
		return;
	}
	model_expect(m, "return", 0, reply->ret);
	file = p->vmas[i].file;
	size = seg_bytes(p->vmas[i].seg);
	while (i < p->n && p->vmas[i].end - addr <= size) {
		if (is_piece(&p->vmas[i], addr) && p->vmas[i].file == file)
			vma_remove(m, p, i);
		else
			i++;
	}
}

static bool is_followed(const struct vma *vma, const struct vma *next)
{
	return vma->seg && vma->seg == next->seg && vma->file == next->file &&
	       vma->end == next->start &&
	       vma->pgoff + (vma->end - vma->start) / PAGE == next->pgoff &&
	       vma->prot == next->prot && vma->dontfork == next->dontfork;
}

/* Give a part of mapping @i other flags; newer kernels move a boundary for that. */
static void vma_modify(struct model *m, struct proc *p, size_t i, const struct vma *wanted)
{
	struct vma *vma = &p->vmas[i];
	struct vma part = *wanted;
	bool head = part.start == vma->start, tail = part.end == vma->end;

	if (part.prot == vma->prot && part.dontfork == vma->dontfork)
		return;
	part.pgoff = vma->pgoff + (part.start - vma->start) / PAGE;
	if (m->rules.shift && head && !tail && i && is_followed(vma - 1, &part)) {
		vma[-1].end = part.end;
		vma_trim_head(vma, part.end);
	} else if (m->rules.shift && tail && !head && i + 1 < p->n &&
		   is_followed(&part, vma + 1)) {
		vma[1].start = part.start;
		vma[1].pgoff = part.pgoff;
		vma->end = part.start;
	} else {
		vma_split(m, p, i, part.start);
		i = vma_above(p, part.start);
		vma_split(m, p, i, part.end);
		p->vmas[i].prot = part.prot;
		p->vmas[i].dontfork = part.dontfork;
	}
}

static bool prot_is_allowed(const struct vma *vma, int prot)
{
	return !(vma->seg && vma->readonly && prot & PROT_WRITE);
}

/* What lies before a hole or a refusal is changed all the same. */
static long protect(struct model *m, struct proc *p, const struct call *call, unsigned long end)
{
	unsigned long at = call->addr;

	while (at < end) {
		size_t i = vma_above(p, at);
		struct vma part;

		if (i == p->n || p->vmas[i].start > at)
			return -ENOMEM;
		part = p->vmas[i];
		part.start = at;
		if (part.end > end)
			part.end = end;
		at = part.end;
		if (!prot_is_allowed(&part, call->prot))
			return -EACCES;
		part.prot = call->prot;
		vma_modify(m, p, i, &part);
	}
	return 0;
}

static void punch(const struct vma *vma)
{
	unsigned long pages = (vma->end - vma->start) / PAGE;

	for (unsigned long i = vma->pgoff; i < vma->pgoff + pages && i < vma->seg->pages; i++) {
		vma->seg->touched[i] = false;
		vma->seg->words[i] = 0;
	}
}

static long advise_part(struct model *m, struct proc *p, size_t i, const struct vma *wanted,
			int advice)
{
	struct vma part = *wanted;

	part.pgoff += (part.start - p->vmas[i].start) / PAGE;
	if (advice == MADV_REMOVE) {
		if (!part.seg)
			return -EINVAL;
		if (part.readonly)
			return -EACCES;
		punch(&part);
		return 0;
	}
	if (advice == MADV_DONTFORK || advice == MADV_DOFORK) {
		part.dontfork = advice == MADV_DONTFORK;
		vma_modify(m, p, i, &part);
	}
	return 0;
}

/* Holes are passed over, and told at the end. */
static long advise(struct model *m, struct proc *p, const struct call *call, unsigned long end)
{
	unsigned long at = call->addr;
	long hole = 0, result;

	while (at < end) {
		size_t i = vma_above(p, at);
		struct vma part;

		if (i == p->n || p->vmas[i].start >= end)
			return -ENOMEM;
		part = p->vmas[i];
		if (part.start > at)
			hole = -ENOMEM;
		else
			part.start = at;
		if (part.end > end)
			part.end = end;
		at = part.end;
		result = advise_part(m, p, i, &part, call->prot);
		if (result)
			return result;
	}
	return hole;
}

void model_map(struct model *m, const struct call *call, const struct reply *reply)
{
	struct proc *p = &m->procs[call->worker];
	unsigned long end = call->addr + call->len;
	struct vma vma = { .start = call->addr, .end = end, .prot = call->prot };
	long expected = 0;

	switch (call->op) {
	case OP_MMAP:
		expected = call->addr;
		vmas_unmap(m, p, call->addr, end);
		vma_insert(m, p, &vma);
		break;
	case OP_MUNMAP:
		vmas_unmap(m, p, call->addr, end);
		break;
	case OP_MPROTECT:
		expected = protect(m, p, call, end);
		break;
	default:
		expected = advise(m, p, call, end);
	}
	model_expect(m, "return", expected, reply->ret);
}

/* A word at the start of a page; anonymous memory holds none that is compared. */
void model_touch(struct model *m, const struct call *call, const struct reply *reply)
{
	struct proc *p = &m->procs[call->worker];
	size_t i = vma_above(p, call->addr);
	const struct vma *vma = &p->vmas[i];
	int wanted = call->op == OP_LOAD ? PROT_READ : PROT_WRITE;
	unsigned long page;

	if (i == p->n || vma->start > call->addr || !(vma->prot & wanted)) {
		model_expect(m, "signal", SIGSEGV, reply->signal);
		return;
	}
	if (!vma->seg) {
		model_expect(m, "signal", 0, reply->signal);
		return;
	}
	page = vma->pgoff + (call->addr - vma->start) / PAGE;
	if (page >= vma->seg->pages) {
		model_expect(m, "signal", SIGBUS, reply->signal);
		return;
	}
	model_expect(m, "signal", 0, reply->signal);
	vma->seg->touched[page] = true;
	if (call->op == OP_STORE)
		vma->seg->words[page] = call->value;
	else
		model_expect(m, "word", vma->seg->words[page], reply->value);
}
