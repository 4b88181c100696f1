// SPDX-License-Identifier: GPL-2.0-only
/*
 * Segments by key: found or created, as shmget(2) does.
 */
#include <linux/fs.h>
#include <linux/ipc.h>
#include <linux/nsproxy.h>
#include <linux/sched.h>
#include <linux/wait_bit.h>

#include "refuse.h"
#include "report.h"
#include "seg.h"
#include "seg_key.h"
#include "sizes.h"
#include "space.h"

static int *ns_next_id(struct ipc_namespace *ns)
{
#ifdef CONFIG_CHECKPOINT_RESTORE
	return &ns->ids[2].next_id;
#else
	return NULL;
#endif
}

/* Order of errors as in newseg() and ipc_addid(). */
static int seg_build(struct altshm_seg *seg, int shmflg, u32 flags,
		     const struct altshm_space_limits *limits)
{
	struct altshm_space *space = seg->space;
	int err;

	err = altshm_space_reserve(space, seg->pages, limits->shmall);
	if (err)
		return err;
	err = altshm_backing_create(&seg->backing, seg->size, shmflg, flags);
	if (err)
		goto err_unreserve;
	err = altshm_ids_add(&space->ids, &seg->idn, limits->shmmni, ns_next_id(space->ns));
	if (err)
		goto err_unreserve;
	file_inode(seg->backing.file)->i_ino = seg->idn.id;
	return 0;

err_unreserve:
	altshm_space_unreserve(space, seg->pages);
	return err;
}

/*
 * The key is taken before the memory is made, so that of several creators only
 * one makes any, and outside all locks.
 *
 * Return: identifier, -EAGAIN when another task took the key first, or -errno.
 */
static noinline int seg_create(struct ipc_namespace *ns, key_t key, size_t size, int shmflg,
			       u32 flags)
{
	struct altshm_space *space = altshm_space_enter(ns);
	const struct altshm_space_limits limits = altshm_space_limits(space, ns);
	struct altshm_seg *seg;
	void *other;
	int err, id;

	if (!size)
		return altshm_refuse(-EINVAL, ALTSHM_RULE_SIZE_ZERO, 1, size);
	if (size > limits.shmmax)
		return altshm_refuse(-EINVAL, ALTSHM_RULE_SHMMAX, limits.shmmax, size);
	if (size > ALTSHM_SIZE_MOST)
		return altshm_refuse(-ENOSPC, ALTSHM_RULE_SIZE_OVERFLOW, ALTSHM_SIZE_MOST,
				     size);
	if (!space)
		space = altshm_space_obtain(ns);
	if (IS_ERR(space))
		return PTR_ERR(space);
	seg = altshm_seg_alloc(space, key, size, shmflg);
	if (!seg)
		return altshm_refuse(-ENOMEM, ALTSHM_RULE_MEMORY, 0, 0);

	if (key != IPC_PRIVATE) {
		seg->hashed = true;
		other = rhashtable_lookup_get_insert_fast(&space->keys, &seg->node,
							  altshm_key_params);
		if (other) {
			seg->hashed = false;
			altshm_seg_put(seg);
			if (!IS_ERR(other))
				return -EAGAIN;
			return altshm_refuse(-ENOMEM, ALTSHM_RULE_MEMORY, 0, 0);
		}
	}
	/* A reference of our own: once LIVE, anybody can remove it. */
	refcount_inc(&seg->refs);
	err = seg_build(seg, shmflg, flags, &limits);
	altshm_seg_settle(seg, err ? ALTSHM_SEG_DEAD : ALTSHM_SEG_LIVE);
	if (err)
		altshm_seg_put(seg);
	id = err ?: seg->idn.id;
	altshm_seg_put(seg);
	return id;
}

/* Waits until @seg is built or given up. Drops a reference to it. Return: -EAGAIN or -EINTR. */
static noinline int seg_wait_built(struct altshm_seg *seg)
{
	/* Pairs with smp_store_release() in seg_set_state(). */
	int err = wait_var_event_killable(&seg->state, smp_load_acquire(&seg->state) !=
					  ALTSHM_SEG_BUILDING);

	altshm_seg_put(seg);
	return err ? altshm_refuse(-EINTR, ALTSHM_RULE_KILLED, 0, 0) : -EAGAIN;
}

/* Order of errors as in ipcget_public(). */
static int seg_found(struct altshm_seg *seg, struct ipc_namespace *ns, size_t size, int shmflg)
{
	int err;

	if ((shmflg & IPC_CREAT) && (shmflg & IPC_EXCL))
		return altshm_refuse(-EEXIST, ALTSHM_RULE_KEY_EXISTS, seg->idn.id,
				     (u32)seg->name_key);
	if (size > seg->size)
		return altshm_refuse(-EINVAL, ALTSHM_RULE_SIZE_ABOVE_EXISTING, seg->size, size);
	err = altshm_seg_access(seg, ns, shmflg);
	if (unlikely(err))
		return altshm_refusal_about(err, seg->idn.id, shmflg);
	return seg->idn.id;
}

/*
 * Return: identifier, -ENOENT when nothing has the key, -EAGAIN to enter the
 * space and look again, or -errno.
 */
static __always_inline int seg_lookup_key(struct ipc_namespace *ns, key_t key, size_t size,
					  int shmflg)
{
	enum altshm_seg_state state;
	struct altshm_space *space;
	struct altshm_seg *seg;

	scoped_guard(altshm_lookup) {
		space = altshm_space_find(ns);
		if (!space)
			return -ENOENT;
		if (unlikely(altshm_space_is_behind(space)))
			return -EAGAIN;
		seg = rhashtable_lookup(&space->keys, &key, altshm_key_params);
		if (!seg)
			return -ENOENT;
		state = altshm_seg_state(seg);
		if (likely(state == ALTSHM_SEG_LIVE))
			return seg_found(seg, ns, size, shmflg);
		if (state == ALTSHM_SEG_DEAD || !altshm_seg_tryget(seg))
			return -EAGAIN;
	}
	return seg_wait_built(seg);
}

static noinline int seg_look_again(struct ipc_namespace *ns, key_t key, size_t size, int shmflg)
{
	altshm_space_enter(ns);
	return seg_lookup_key(ns, key, size, shmflg);
}

/* @id is what seg_lookup_key() said. */
static noinline long seg_get_id_slow(key_t key, size_t size, int shmflg, u32 flags, int id)
{
	struct ipc_namespace *ns = current->nsproxy->ipc_ns;
	bool created = false;

	for (;;) {
		if (id == -ENOENT && ((shmflg & IPC_CREAT) || key == IPC_PRIVATE)) {
			id = seg_create(ns, key, size, shmflg, flags);
			created = id >= 0;
		} else if (id == -ENOENT) {
			altshm_refuse(id, ALTSHM_RULE_NO_SUCH_KEY, 0, (u32)key);
		}
		if (id != -EAGAIN)
			break;
		id = seg_look_again(ns, key, size, shmflg);
	}
	if (altshm_event_on(get))
		altshm_report_get(ns, key, size, shmflg, id, created);
	return id < 0 ? altshm_refusal_about_get(id, key, size, shmflg) : id;
}

/* The same, told why not: looks again, since who finds a segment pays for no watch. */
static noinline long seg_get_id_told(key_t key, size_t size, int shmflg, u32 flags, int id)
{
	struct altshm_refusal refusal;

	altshm_refusal_watch(&refusal);
	id = seg_get_id_slow(key, size, shmflg, flags, id == -ENOENT ? id : -EAGAIN);
	altshm_refusal_unwatch(&refusal, id);
	return id;
}

/* What programs call most: one function, which has the lookup's parts inlined. */
__flatten long altshm_seg_get_id(key_t key, size_t size, int shmflg, u32 flags)
{
	/* Nothing is ever found by IPC_PRIVATE. */
	int id = seg_lookup_key(current->nsproxy->ipc_ns, key, size, shmflg);

	if (likely(id >= 0) && !altshm_event_on(get))
		return id;
	if (id < 0 && altshm_refusals_told() && !altshm_refusal_watched())
		return seg_get_id_told(key, size, shmflg, flags, id);
	return seg_get_id_slow(key, size, shmflg, flags, id);
}
