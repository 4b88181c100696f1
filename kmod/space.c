// SPDX-License-Identifier: GPL-2.0-only
/*
 * Spaces: one for each IPC namespace that ever made a segment.
 *
 * Locking: spaces_lock protects the table of spaces against changes; looking
 * up is under RCU.
 */
#include "space.h"

#include <linux/jiffies.h>
#include <linux/mutex.h>
#include <linux/nsproxy.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include <uapi/linux/altshm.h>

#include "compat.h"
#include "refuse.h"
#include "sizes.h"

#define POLL_INTERVAL	HZ

/* Orphans are looked for at least so often while there is a timeout, ... */
#define ORPHAN_INTERVAL	60
/* ... and at an eighth of it, but so that it takes a hundredth of a processor. */
#define ORPHAN_FRACTION	8
#define ORPHAN_REST	100

DEFINE_HASHTABLE(altshm_spaces, 8);
static DEFINE_MUTEX(spaces_lock);
static const struct altshm_space_ops *space_ops;

static struct workqueue_struct *workqueue;

static void spaces_poll(struct work_struct *work);
static DECLARE_DELAYED_WORK(poll_work, spaces_poll);

static void space_free(struct work_struct *work)
{
	struct altshm_space *space = container_of(to_rcu_work(work), struct altshm_space,
						  free_work);

	WARN_ON(space->pages);
	altshm_ids_exit(&space->ids);
	rhashtable_destroy(&space->keys);
	kfree(space);
}

/* The kernel has no hook for a write to the setting; this is how it is noticed. */
void altshm_space_follow(struct altshm_space *space)
{
	int forced = READ_ONCE(space->ns->shm_rmid_forced);

	if (likely(!altshm_space_is_behind(space)))
		return;
	WRITE_ONCE(space->forced, forced);
	if (forced)
		space_ops->reap(space);
}

static void orphans_visit(struct work_struct *work)
{
	struct altshm_space *space = container_of(to_delayed_work(work), struct altshm_space,
						  orphan_work);
	unsigned int timeout = READ_ONCE(space->limits.orphan_timeout), next;
	long rest = space->orphan_due - jiffies;
	u64 start = ktime_get_ns();

	if (!timeout)
		return;
	/* Each setting of a timeout comes here at once, however many there are. */
	if (rest > 0) {
		queue_delayed_work(workqueue, &space->orphan_work, rest);
		return;
	}
	next = space_ops->reap_orphans(space, timeout);
	rest = nsecs_to_jiffies((ktime_get_ns() - start) * ORPHAN_REST) + 1;
	space->orphan_due = jiffies + rest;
	next = min(next, clamp(timeout / ORPHAN_FRACTION, 1U, (unsigned int)ORPHAN_INTERVAL));
	queue_delayed_work(workqueue, &space->orphan_work, max_t(unsigned long, next * HZ, rest));
}

static struct altshm_space *space_create(struct ipc_namespace *ns)
{
	struct altshm_space *space = kzalloc(sizeof(*space), GFP_KERNEL_ACCOUNT);

	if (!space)
		return NULL;
	if (rhashtable_init(&space->keys, space_ops->key_params)) {
		kfree(space);
		return NULL;
	}
	altshm_ids_init(&space->ids);
	refcount_set(&space->refs, 1);
	INIT_RCU_WORK(&space->free_work, space_free);
	INIT_DELAYED_WORK(&space->orphan_work, orphans_visit);
	space->orphan_due = jiffies;
	seqcount_spinlock_init(&space->limits_seq, &space->ids.xa.xa_lock);
	space->forced = READ_ONCE(ns->shm_rmid_forced);
	space->ns = get_ipc_ns(ns);
	space->ns_inum = ns->ns.inum;
	return space;
}

/* The last reference can go where sleeping is not allowed. */
void altshm_space_put(struct altshm_space *space)
{
	if (refcount_dec_and_test(&space->refs))
		queue_rcu_work(workqueue, &space->free_work);
}

void altshm_space_poll(void)
{
	queue_delayed_work(workqueue, &poll_work, round_jiffies_relative(POLL_INTERVAL));
}

/* The initial namespace never dies: without containers and orphans nothing polls. */
static bool ns_is_mortal(const struct ipc_namespace *ns)
{
	return ns != init_task.nsproxy->ipc_ns;
}

struct altshm_space *altshm_space_obtain(struct ipc_namespace *ns)
{
	struct altshm_space *space = altshm_space_enter(ns);

	if (likely(space))
		return space;

	guard(mutex)(&spaces_lock);
	scoped_guard(rcu)
		space = altshm_space_find(ns);
	if (space)
		return space;
	space = space_create(ns);
	if (!space)
		return ERR_PTR(altshm_refuse(-ENOMEM, ALTSHM_RULE_MEMORY, 0, 0));
	hash_add_rcu(altshm_spaces, &space->node, (unsigned long)ns);
	if (ns_is_mortal(ns))
		altshm_space_poll();
	return space;
}

/*
 * Nobody can find @space any more, or be in its namespace. Segments that are
 * still mapped keep the structure, and are gone with their last mapping.
 */
static void space_retire(struct altshm_space *space)
{
	struct ipc_namespace *ns = space->ns;

	/* Nobody is left to set the timeout anew. */
	WRITE_ONCE(space->limits.orphan_timeout, 0);
	cancel_delayed_work_sync(&space->orphan_work);
	space_ops->retire(space);
	WRITE_ONCE(space->ns, NULL);
	altshm_put_ipc_ns(ns);
	altshm_space_put(space);
}

/* Retire spaces whose namespace is dead, or all, and follow the others' settings. */
static void spaces_visit(bool all)
{
	struct altshm_space *space, *next;
	struct hlist_node *next_node;
	LIST_HEAD(dead);
	LIST_HEAD(behind);
	bool again = space_ops->may_reap();
	int bucket;

	mutex_lock(&spaces_lock);
	hash_for_each_safe(altshm_spaces, bucket, next_node, space, node) {
		/* Where the last reference is ours, no task can take another. */
		if (all || (ns_is_mortal(space->ns) && ns_ref_read(space->ns) == 1)) {
			hash_del_rcu(&space->node);
			list_add(&space->visited, &dead);
			continue;
		}
		again |= ns_is_mortal(space->ns);
		if (altshm_space_is_behind(space))
			list_add(&space->visited, &behind);
	}
	mutex_unlock(&spaces_lock);
	if (again && !all)
		altshm_space_poll();

	/* Only this function retires spaces, and it is not run twice at once: they stay. */
	list_for_each_entry(space, &behind, visited)
		altshm_space_follow(space);
	list_for_each_entry_safe(space, next, &dead, visited)
		space_retire(space);
}

static void spaces_poll(struct work_struct *work)
{
	spaces_visit(false);
}

struct altshm_space_limits altshm_space_limits(struct altshm_space *space,
					       const struct ipc_namespace *ns)
{
	struct altshm_space_limits own = {}, limits = {
		.shmmax = READ_ONCE(ns->shm_ctlmax),
		.shmall = READ_ONCE(ns->shm_ctlall),
		.shmmni = READ_ONCE(ns->shm_ctlmni),
	};
	unsigned int seq;

	if (!space)
		return limits;
	do {
		seq = read_seqcount_begin(&space->limits_seq);
		own = space->limits;
	} while (read_seqcount_retry(&space->limits_seq, seq));

	limits.own = own.own;
	limits.orphan_timeout = own.orphan_timeout;
	if (own.own & ALTSHM_LIMIT_SHMMAX)
		limits.shmmax = own.shmmax;
	if (own.own & ALTSHM_LIMIT_SHMALL)
		limits.shmall = own.shmall;
	if (own.own & ALTSHM_LIMIT_SHMMNI)
		limits.shmmni = own.shmmni;
	return limits;
}

void altshm_space_set_limits(struct altshm_space *space, const struct altshm_space_limits *limits,
			     unsigned int which)
{
	altshm_space_lock(space);
	write_seqcount_begin(&space->limits_seq);
	space->limits.own = (space->limits.own & ~which) | limits->own;
	if (limits->own & ALTSHM_LIMIT_SHMMAX)
		space->limits.shmmax = limits->shmmax;
	if (limits->own & ALTSHM_LIMIT_SHMALL)
		space->limits.shmall = limits->shmall;
	if (limits->own & ALTSHM_LIMIT_SHMMNI)
		space->limits.shmmni = limits->shmmni;
	if (which & ALTSHM_SPACE_ORPHANS)
		WRITE_ONCE(space->limits.orphan_timeout, limits->orphan_timeout);
	write_seqcount_end(&space->limits_seq);
	altshm_space_unlock(space);
	if ((which & ALTSHM_SPACE_ORPHANS) && limits->orphan_timeout)
		mod_delayed_work(workqueue, &space->orphan_work, 0);
}

int altshm_space_reserve(struct altshm_space *space, unsigned long pages, unsigned long shmall)
{
	unsigned long total;
	int err = 0;

	altshm_space_lock(space);
	if (!altshm_pages_fit(space->pages, pages, shmall, &total))
		err = altshm_refuse(-ENOSPC, ALTSHM_RULE_SHMALL, shmall, total);
	else
		space->pages = total;
	altshm_space_unlock(space);
	return err;
}

void altshm_space_unreserve(struct altshm_space *space, unsigned long pages)
{
	altshm_space_lock(space);
	space->pages -= pages;
	altshm_space_unlock(space);
}

int altshm_space_init(const struct altshm_space_ops *ops)
{
	space_ops = ops;
	workqueue = alloc_workqueue("altshm", WQ_UNBOUND, 0);
	return workqueue ? 0 : -ENOMEM;
}

void altshm_space_exit(void)
{
	cancel_delayed_work_sync(&poll_work);
	spaces_visit(true);
	/* Spaces are freed by queue_rcu_work(). */
	rcu_barrier();
	destroy_workqueue(workqueue);
}
