// SPDX-License-Identifier: GPL-2.0-only
/*
 * Segments: how they live, are counted, and go. Locks and lifetime: seg.h.
 */
#include "seg.h"

#include <linux/cred.h>
#include <linux/file.h>
#include <linux/module.h>
#include <linux/nsproxy.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/wait_bit.h>

#include "memlock.h"
#include "orphan.h"
#include "refuse.h"
#include "report.h"
#include "seg_key.h"
#include "sizes.h"
#include "space.h"

static struct kmem_cache *seg_cache;

struct altshm_seg *altshm_seg_alloc(struct altshm_space *space, key_t key, size_t size, int shmflg)
{
	struct altshm_seg *seg = kmem_cache_zalloc(seg_cache, GFP_KERNEL);

	if (!seg)
		return NULL;
	refcount_set(&seg->refs, 1);
	if (altshm_creator_add(&seg->creator)) {
		kmem_cache_free(seg_cache, seg);
		return NULL;
	}
	/* The caller's descriptor holds the module, so this cannot come too late. */
	__module_get(THIS_MODULE);
	altshm_space_get(space);
	seg->space = space;
	seg->name_key = key;
	seg->size = size;
	seg->pages = altshm_size_pages(size);
	seg->cpid = get_pid(task_tgid(current));
	seg->ctime = ktime_get_real_seconds();
	seg->perm.uid = current_euid();
	seg->perm.cuid = seg->perm.uid;
	seg->perm.gid = current_egid();
	seg->perm.cgid = seg->perm.gid;
	seg->perm.mode = shmflg & 0777;
	spin_lock_init(&seg->lock);
	seqcount_spinlock_init(&seg->perm_seq, &seg->lock);
	return seg;
}

static void seg_free_rcu(struct rcu_head *rcu)
{
	kmem_cache_free(seg_cache, container_of(rcu, struct altshm_seg, rcu));
}

void altshm_seg_put(struct altshm_seg *seg)
{
	if (!refcount_dec_and_test(&seg->refs))
		return;
	WARN_ON(seg->nattch || seg->pins || seg->memlock);
	altshm_creator_remove(&seg->creator);
	if (seg->backing.file)
		altshm_backing_destroy(&seg->backing);
	put_pid(seg->cpid);
	put_pid(seg->lpid);
	altshm_space_put(seg->space);
	call_rcu(&seg->rcu, seg_free_rcu);
	module_put(THIS_MODULE);
}

/* After this the key can be created anew. */
static void seg_unhash(struct altshm_seg *seg)
{
	lockdep_assert_held(&seg->lock);
	if (!seg->hashed)
		return;
	seg->hashed = false;
	rhashtable_remove_fast(&seg->space->keys, &seg->node, altshm_key_params);
}

static void seg_set_state(struct altshm_seg *seg, enum altshm_seg_state state)
{
	lockdep_assert_held(&seg->lock);
	/* Pairs with smp_load_acquire() in altshm_seg_state() and seg_wait_built(). */
	smp_store_release(&seg->state, state);
}

static __always_inline bool seg_may_die(struct altshm_seg *seg)
{
	lockdep_assert_held(&seg->lock);
	/* Most often others have it attached. */
	if (likely(seg->nattch) || seg->pins || seg->state != ALTSHM_SEG_LIVE)
		return false;
	/* A retired space has no namespace, but also no segment that isn't removed. */
	return seg->removed || READ_ONCE(seg->space->ns->shm_rmid_forced);
}

/*
 * The end of a segment. The caller found seg_may_die() true and set DEAD under
 * the lock, so it is the only one here, and no mapping or attach can come.
 */
static void seg_die(struct altshm_seg *seg, enum altshm_cause cause)
{
	struct altshm_space *space = seg->space;
	unsigned int i;

	altshm_space_lock(space);
	altshm_ids_remove(&space->ids, &seg->idn);
	space->pages -= seg->pages;
	altshm_space_unlock(space);

	if (seg->memlock) {
		altshm_memlock_uncharge(seg->memlock, seg->pages);
		altshm_memlock_put(seg->memlock);
		seg->memlock = NULL;
		/* The memory can live on, in a descriptor from map_files. */
		altshm_backing_unpin(&seg->backing);
	}
	for (i = 0; i < ARRAY_SIZE(seg->map_file); i++) {
		if (seg->map_file[i])
			fput(seg->map_file[i]);
	}
	if (altshm_event_on(destroy))
		altshm_report_segment(seg, ALTSHM_EVENT_TYPE_DESTROY,
				      seg->removed ? cause : ALTSHM_CAUSE_FORCED);
	altshm_seg_put(seg);
}

static noinline void seg_set_dead(struct altshm_seg *seg)
{
	seg_unhash(seg);
	seg_set_state(seg, ALTSHM_SEG_DEAD);
}

/*
 * Unlocks @seg; inline, as each end of a mapping comes here. Return: whether nothing
 * keeps it, and the caller has to call seg_die().
 */
static __always_inline bool seg_unlock(struct altshm_seg *seg)
	__releases(&seg->lock)
{
	bool dies = seg_may_die(seg);

	if (dies)
		seg_set_dead(seg);
	spin_unlock(&seg->lock);
	return dies;
}

static int seg_may_remove(struct altshm_seg *seg, struct user_namespace *user_ns, bool orphan_only)
{
	int err = 0;

	lockdep_assert_held(&seg->lock);
	if (seg->state != ALTSHM_SEG_LIVE)
		return altshm_refuse(-EINVAL, ALTSHM_RULE_REMOVED, 0, 0);
	if (user_ns)
		err = altshm_perm_control(&seg->perm, user_ns);
	if (!err && orphan_only && !altshm_orphan_is(seg))
		err = -EBUSY;
	return err;
}

int altshm_seg_remove(struct altshm_seg *seg, struct user_namespace *user_ns,
		      enum altshm_cause cause, bool orphan_only)
{
	bool again, dies;
	int err;

	spin_lock(&seg->lock);
	err = seg_may_remove(seg, user_ns, orphan_only);
	if (err) {
		spin_unlock(&seg->lock);
		return err;
	}
	seg_unhash(seg);
	again = seg->removed;
	seg->removed = true;
	dies = seg_unlock(seg);
	if (cause == ALTSHM_CAUSE_ORPHAN && altshm_event_on(orphan))
		altshm_report_segment(seg, ALTSHM_EVENT_TYPE_ORPHAN, ALTSHM_CAUSE_NONE);
	if (!again && altshm_event_on_or_audited(remove))
		altshm_report_segment(seg, ALTSHM_EVENT_TYPE_REMOVE, cause);
	if (dies)
		seg_die(seg, cause);
	return 0;
}

static void seg_retire(struct altshm_seg *seg, void *unused)
{
	altshm_seg_remove(seg, NULL, ALTSHM_CAUSE_NAMESPACE, false);
}

static void space_retire_segs(struct altshm_space *space)
{
	altshm_seg_visit(space, seg_retire, NULL);
}

static void seg_reap(struct altshm_seg *seg, void *unused)
{
	if (!altshm_creator_is_gone(&seg->creator))
		return;
	spin_lock(&seg->lock);
	if (seg_unlock(seg))
		seg_die(seg, ALTSHM_CAUSE_FORCED);
}

static void space_reap_segs(struct altshm_space *space)
{
	altshm_seg_visit(space, seg_reap, NULL);
}

const struct altshm_space_ops altshm_seg_space_ops = {
	.key_params = &altshm_key_params,
	.retire = space_retire_segs,
	.reap = space_reap_segs,
	.may_reap = altshm_creator_any_gone,
	.reap_orphans = altshm_orphan_reap,
};

static bool seg_creator_tryget(struct altshm_creator *creator)
{
	return altshm_seg_tryget(container_of(creator, struct altshm_seg, creator));
}

/* With shm_rmid_forced the segment goes now, else perhaps when that is turned on. */
static void seg_creator_gone(struct altshm_creator *creator)
{
	struct altshm_seg *seg = container_of(creator, struct altshm_seg, creator);

	spin_lock(&seg->lock);
	if (seg_unlock(seg))
		seg_die(seg, ALTSHM_CAUSE_FORCED);
	altshm_seg_put(seg);
}

static const struct altshm_creator_ops seg_creator_ops = {
	.tryget = seg_creator_tryget,
	.gone = seg_creator_gone,
	.ended = altshm_space_poll,
};

struct altshm_seg *altshm_seg_find(struct altshm_space *space, int id)
{
	return space ? altshm_seg_of(altshm_ids_find(&space->ids, id)) : NULL;
}

int altshm_seg_access_others(const struct altshm_seg *seg, const struct ipc_namespace *ns,
			     unsigned int wanted)
{
	unsigned int seq;
	int err;

	do {
		seq = read_seqcount_begin(&seg->perm_seq);
		err = altshm_perm_access(&seg->perm, ns->user_ns, wanted);
	} while (read_seqcount_retry(&seg->perm_seq, seq));

	return err;
}

struct altshm_seg *altshm_seg_pin(int id, unsigned int wanted)
{
	struct ipc_namespace *ns = current->nsproxy->ipc_ns;
	struct altshm_space *space = altshm_space_enter(ns);
	struct altshm_seg *seg;
	int err;

	guard(altshm_lookup)();
	seg = altshm_seg_find(space, id);
	if (!seg)
		return ERR_PTR(altshm_refuse(-EINVAL, ALTSHM_RULE_NO_SUCH_ID, 0, id));
	err = altshm_seg_access(seg, ns, wanted);
	if (err)
		return ERR_PTR(err);

	guard(spinlock)(&seg->lock);
	if (seg->state != ALTSHM_SEG_LIVE)
		return ERR_PTR(altshm_refuse(-EIDRM, ALTSHM_RULE_REMOVED, 0, 0));
	seg->pins++;
	return seg;
}

void altshm_seg_unpin(struct altshm_seg *seg)
{
	spin_lock(&seg->lock);
	seg->pins--;
	if (seg_unlock(seg))
		seg_die(seg, ALTSHM_CAUSE_LAST_DETACH);
}

/* One mapping more or less, by the current task. Return: how many there are then. */
static __always_inline unsigned long seg_count(struct altshm_seg *seg, int change)
{
	struct pid *pid = task_tgid(current);

	lockdep_assert_held(&seg->lock);
	/* Both are read without the lock, too. */
	WRITE_ONCE(seg->nattch, seg->nattch + change);
	WRITE_ONCE(seg->changes, seg->changes + 1);
	if (seg->lpid != pid) {
		put_pid(seg->lpid);
		seg->lpid = get_pid(pid);
	}
	return seg->nattch;
}

long altshm_seg_mapped(struct altshm_seg *seg)
{
	long nattch;

	spin_lock(&seg->lock);
	if (seg->state != ALTSHM_SEG_LIVE) {
		nattch = altshm_refuse(-EINVAL, ALTSHM_RULE_REMOVED, 0, 0);
	} else {
		nattch = seg_count(seg, 1);
		seg->atime = ktime_get_real_seconds();
	}
	spin_unlock(&seg->lock);
	return nattch;
}

void altshm_seg_unmapped(struct altshm_seg *seg, const struct vm_area_struct *vma)
{
	unsigned long nattch;
	bool dies;

	spin_lock(&seg->lock);
	nattch = seg_count(seg, -1);
	seg->dtime = ktime_get_real_seconds();
	dies = seg_unlock(seg);
	if (altshm_event_on(detach) && vma)
		altshm_report_unmapped(seg, vma, nattch);
	if (dies)
		seg_die(seg, ALTSHM_CAUSE_LAST_DETACH);
}

void altshm_seg_settle(struct altshm_seg *seg, enum altshm_seg_state state)
{
	spin_lock(&seg->lock);
	if (state == ALTSHM_SEG_DEAD)
		seg_unhash(seg);
	seg_set_state(seg, state);
	spin_unlock(&seg->lock);
	/* wake_up_var() looks for waiters: the state has to be visible before. */
	smp_mb();
	wake_up_var(&seg->state);
}

int altshm_seg_init(void)
{
	int err;

	seg_cache = KMEM_CACHE(altshm_seg, SLAB_ACCOUNT);
	if (!seg_cache)
		return -ENOMEM;
	err = altshm_creator_init(&seg_creator_ops);
	if (err)
		kmem_cache_destroy(seg_cache);
	return err;
}

void altshm_seg_exit(void)
{
	altshm_creator_exit();
	/* Segments are freed by seg_free_rcu(). */
	rcu_barrier();
	kmem_cache_destroy(seg_cache);
}
