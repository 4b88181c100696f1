// SPDX-License-Identifier: GPL-2.0-only
/*
 * Spaces: one for each IPC namespace that ever made a segment.
 *
 * Locking: spaces_lock protects the table of spaces against changes; looking
 * up is under RCU.
 */
#include "space.h"

#include <linux/hashtable.h>
#include <linux/mutex.h>
#include <linux/nsproxy.h>
#include <linux/overflow.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "compat.h"

#define REAP_INTERVAL	HZ

static DEFINE_HASHTABLE(spaces, 8);
static DEFINE_MUTEX(spaces_lock);
static const struct altshm_space_ops *space_ops;

static void spaces_reap(struct work_struct *work);
static DECLARE_DELAYED_WORK(reap_work, spaces_reap);

struct altshm_space *altshm_space_find(struct ipc_namespace *ns)
{
	struct altshm_space *space;

	guard(rcu)();
	hash_for_each_possible_rcu(spaces, space, node, (unsigned long)ns) {
		if (space->ns == ns)
			return space;
	}
	return NULL;
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
	space->ns = get_ipc_ns(ns);
	return space;
}

void altshm_space_put(struct altshm_space *space)
{
	if (!refcount_dec_and_test(&space->refs))
		return;
	WARN_ON(space->pages);
	altshm_ids_exit(&space->ids);
	rhashtable_destroy(&space->keys);
	kfree_rcu(space, rcu);
}

static void reap_later(void)
{
	queue_delayed_work(system_power_efficient_wq, &reap_work,
			   round_jiffies_relative(REAP_INTERVAL));
}

/* The initial namespace never dies: a machine without containers never polls. */
static bool ns_is_mortal(const struct ipc_namespace *ns)
{
	return ns != init_task.nsproxy->ipc_ns;
}

struct altshm_space *altshm_space_obtain(struct ipc_namespace *ns)
{
	struct altshm_space *space = altshm_space_find(ns);

	if (likely(space))
		return space;

	guard(mutex)(&spaces_lock);
	space = altshm_space_find(ns);
	if (space)
		return space;
	space = space_create(ns);
	if (!space)
		return ERR_PTR(-ENOMEM);
	hash_add_rcu(spaces, &space->node, (unsigned long)ns);
	if (ns_is_mortal(ns))
		reap_later();
	return space;
}

/*
 * Nobody can find @space any more, or be in its namespace. Segments that are
 * still mapped keep the structure, and are gone with their last mapping.
 */
static void space_retire(struct altshm_space *space)
{
	struct ipc_namespace *ns = space->ns;

	space_ops->retire(space);
	space->ns = NULL;
	altshm_put_ipc_ns(ns);
	altshm_space_put(space);
}

static void spaces_retire(bool all)
{
	struct altshm_space *space;
	struct hlist_node *next;
	HLIST_HEAD(dead);
	bool mortal = false;
	int bucket;

	mutex_lock(&spaces_lock);
	hash_for_each_safe(spaces, bucket, next, space, node) {
		/* Where the last reference is ours, no task can take another. */
		if (all || (ns_is_mortal(space->ns) && ns_ref_read(space->ns) == 1)) {
			hash_del_rcu(&space->node);
			hlist_add_head(&space->node, &dead);
		} else if (ns_is_mortal(space->ns)) {
			mortal = true;
		}
	}
	if (mortal)
		reap_later();
	mutex_unlock(&spaces_lock);

	hlist_for_each_entry_safe(space, next, &dead, node)
		space_retire(space);
}

static void spaces_reap(struct work_struct *work)
{
	spaces_retire(false);
}

int altshm_space_reserve(struct altshm_space *space, unsigned long pages)
{
	unsigned long total;
	int err = 0;

	altshm_space_lock(space);
	if (check_add_overflow(space->pages, pages, &total) ||
	    total > READ_ONCE(space->ns->shm_ctlall))
		err = -ENOSPC;
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

void altshm_space_init(const struct altshm_space_ops *ops)
{
	space_ops = ops;
}

void altshm_space_exit(void)
{
	cancel_delayed_work_sync(&reap_work);
	spaces_retire(true);
}
