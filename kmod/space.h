/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ALTSHM_SPACE_H
#define _ALTSHM_SPACE_H

#include <linux/cleanup.h>
#include <linux/hashtable.h>
#include <linux/ipc_namespace.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/rhashtable.h>
#include <linux/seqlock.h>
#include <linux/workqueue.h>

#include "ids.h"

/* A space's limits. Those that are not its own follow the namespace's sysctls. */
struct altshm_space_limits {
	unsigned int own;	/* ALTSHM_LIMIT_* */
	size_t shmmax;
	size_t shmall;
	unsigned int shmmni;
	unsigned int orphan_timeout;	/* seconds, 0: orphans stay */
};

/* Beside ALTSHM_LIMIT_*: the orphan timeout, which follows nothing. */
#define ALTSHM_SPACE_ORPHANS	(1U << 31)

/*
 * What one IPC namespace has of altshm: keys, identifiers, totals. Made when
 * the namespace's first segment is.
 *
 * Lifetime: the table of spaces holds a reference, and each segment does. A
 * space pins its namespace, so a namespace that nothing else holds is noticed
 * by looking, about once a second; its space is then retired. A task inside a
 * namespace, or who holds a reference to it, may use its space without more.
 */
struct altshm_space {
	struct hlist_node node;		/* protected by spaces_lock, read under RCU */
	struct list_head visited;	/* among those that spaces_visit() does something to */
	struct ipc_namespace *ns;	/* NULL once retired */
	unsigned int ns_inum;		/* its number, also after that; immutable */
	refcount_t refs;
	struct rhashtable keys;		/* altshm_seg by key */
	struct altshm_ids ids;		/* altshm_seg by identifier */
	unsigned long pages;		/* of all segments; protected by altshm_space_lock() */
	struct altshm_space_limits limits; /* written under altshm_space_lock() */
	seqcount_spinlock_t limits_seq;
	int forced;			/* kernel.shm_rmid_forced, as last seen */
	struct delayed_work orphan_work; /* runs while there is an orphan timeout */
	unsigned long orphan_due;	/* in jiffies, no look before; of that work alone */
	struct rcu_work free_work;
};

/* Protects the table of identifiers, the totals and limits. Nothing nests inside. */
static inline void altshm_space_lock(struct altshm_space *space)
	__acquires(&space->ids.xa.xa_lock)
{
	xa_lock(&space->ids.xa);
}

static inline void altshm_space_unlock(struct altshm_space *space)
	__releases(&space->ids.xa.xa_lock)
{
	xa_unlock(&space->ids.xa);
}

/*
 * A read section of RCU for the few instructions of a lookup, as good as
 * rcu_read_lock(): RCU waits also for who has preemption off, and that is done without
 * a function call. Where spinlocks sleep preemption stays on, since a lookup that is
 * refused can take one.
 */
static __always_inline void altshm_lookup_begin(void)
{
	if (IS_ENABLED(CONFIG_PREEMPT_RT)) {
		rcu_read_lock();
	} else {
		preempt_disable();
		rcu_lock_acquire(&rcu_lock_map);
	}
}

static __always_inline void altshm_lookup_end(void)
{
	if (IS_ENABLED(CONFIG_PREEMPT_RT)) {
		rcu_read_unlock();
	} else {
		rcu_lock_release(&rcu_lock_map);
		preempt_enable();
	}
}

DEFINE_LOCK_GUARD_0(altshm_lookup, altshm_lookup_begin(), altshm_lookup_end())

/* All spaces by namespace; read under RCU, changed under a lock of space.c. */
extern DECLARE_HASHTABLE(altshm_spaces, 8);

/**
 * altshm_space_find() - the space of an IPC namespace
 * @ns: namespace that the caller is in or holds a reference to
 *
 * Context: inside rcu_read_lock().
 * Return: the space, good as long as @ns is held, or NULL if it has none yet.
 */
static inline struct altshm_space *altshm_space_find(struct ipc_namespace *ns)
{
	struct altshm_space *space;

	hash_for_each_possible_rcu(altshm_spaces, space, node, (unsigned long)ns) {
		if (READ_ONCE(space->ns) == ns)
			return space;
	}
	return NULL;
}

/* Has kernel.shm_rmid_forced changed since altshm_space_enter() was last here? */
static inline bool altshm_space_is_behind(const struct altshm_space *space)
{
	return READ_ONCE(space->ns->shm_rmid_forced) != READ_ONCE(space->forced);
}

/* The slow half of altshm_space_enter(). */
void altshm_space_follow(struct altshm_space *space);

/**
 * altshm_space_enter() - the space of an IPC namespace, its settings followed
 * @ns: as for altshm_space_find()
 *
 * Each call of a user begins with this or altshm_space_obtain(). The first
 * after kernel.shm_rmid_forced was turned on does what that asks for.
 *
 * Context: outside rcu_read_lock().
 * Return: the space, good as long as @ns is held, or NULL if it has none yet.
 */
static inline struct altshm_space *altshm_space_enter(struct ipc_namespace *ns)
{
	struct altshm_space *space;

	scoped_guard(altshm_lookup)
		space = altshm_space_find(ns);
	/* Not freed meanwhile: the caller holds its namespace. */
	if (space && unlikely(altshm_space_is_behind(space)))
		altshm_space_follow(space);
	return space;
}

/**
 * altshm_space_obtain() - find the space of a namespace, or make it
 * @ns: namespace that the caller is in
 *
 * Context: may sleep.
 * Return: as altshm_space_enter(), or ERR_PTR(-ENOMEM).
 */
struct altshm_space *altshm_space_obtain(struct ipc_namespace *ns);

/**
 * altshm_space_limits() - the limits in force
 * @space: space of @ns, or NULL if it has none
 * @ns: namespace that the caller is in
 *
 * Context: any; takes no lock.
 */
struct altshm_space_limits altshm_space_limits(struct altshm_space *space,
					       const struct ipc_namespace *ns);

/**
 * altshm_space_set_limits() - change some limits, all at once
 * @space: space of the current task's namespace
 * @limits: values; of those that change, the ones not in own follow the sysctls
 * @which: those that change, ALTSHM_LIMIT_* and ALTSHM_SPACE_ORPHANS
 */
void altshm_space_set_limits(struct altshm_space *space, const struct altshm_space_limits *limits,
			     unsigned int which);

/**
 * altshm_space_reserve() - count pages of a segment to be
 * @space: space of the current task's namespace
 * @pages: base pages
 * @shmall: most pages that all segments may have
 *
 * Return: 0, or -ENOSPC when @shmall would be exceeded.
 */
int altshm_space_reserve(struct altshm_space *space, unsigned long pages, unsigned long shmall);
void altshm_space_unreserve(struct altshm_space *space, unsigned long pages);

static inline void altshm_space_get(struct altshm_space *space)
{
	refcount_inc(&space->refs);
}

void altshm_space_put(struct altshm_space *space);

/**
 * struct altshm_space_ops - what the layer above does for this one
 * @key_params: how segments are hashed by key
 * @retire: remove every segment of a space whose namespace is dead
 * @reap: remove every segment that is not attached and whose creator is gone
 * @may_reap: is there anything that @reap could ever remove
 * @reap_orphans: remove every segment that has been an orphan for so many seconds
 *                now; returns in how many the next will have
 */
struct altshm_space_ops {
	const struct rhashtable_params *key_params;
	void (*retire)(struct altshm_space *space);
	void (*reap)(struct altshm_space *space);
	bool (*may_reap)(void);
	unsigned int (*reap_orphans)(struct altshm_space *space, unsigned int timeout);
};

/* Have a look at all spaces soon. Context: any. */
void altshm_space_poll(void);

int altshm_space_init(const struct altshm_space_ops *ops);
void altshm_space_exit(void);

#endif
