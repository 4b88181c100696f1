// SPDX-License-Identifier: GPL-2.0-only
/*
 * Locked pages by user. The kernel's own counts for shared memory are not
 * exported, so these are apart from them: a user may lock as much here as
 * through the native facility.
 *
 * Lifetime: an entry exists while its user has pages locked.
 */
#include "memlock.h"

#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/hashtable.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

struct altshm_memlock {
	struct hlist_node node;
	kuid_t uid;
	unsigned long pages;
};

/* Protects the table and its entries. */
static DEFINE_SPINLOCK(memlocks_lock);
static DEFINE_HASHTABLE(memlocks, 6);

static struct altshm_memlock *memlock_find(kuid_t uid)
{
	struct altshm_memlock *memlock;

	lockdep_assert_held(&memlocks_lock);
	hash_for_each_possible(memlocks, memlock, node, __kuid_val(uid)) {
		if (uid_eq(memlock->uid, uid))
			return memlock;
	}
	return NULL;
}

struct altshm_memlock *altshm_memlock_charge(unsigned long pages)
{
	unsigned long limit = rlimit(RLIMIT_MEMLOCK);
	struct altshm_memlock *memlock, *fresh;
	unsigned long used;

	fresh = kzalloc(sizeof(*fresh), GFP_KERNEL_ACCOUNT);
	if (!fresh)
		return ERR_PTR(-ENOMEM);
	fresh->uid = current_uid();

	spin_lock(&memlocks_lock);
	memlock = memlock_find(fresh->uid);
	used = memlock ? memlock->pages : 0;
	if (limit != RLIM_INFINITY && used + pages > limit >> PAGE_SHIFT &&
	    !capable(CAP_IPC_LOCK)) {
		memlock = ERR_PTR(-ENOMEM);
	} else {
		if (!memlock) {
			memlock = fresh;
			fresh = NULL;
			hash_add(memlocks, &memlock->node, __kuid_val(memlock->uid));
		}
		memlock->pages += pages;
	}
	spin_unlock(&memlocks_lock);
	kfree(fresh);
	return memlock;
}

void altshm_memlock_uncharge(struct altshm_memlock *memlock, unsigned long pages)
{
	spin_lock(&memlocks_lock);
	memlock->pages -= pages;
	if (!memlock->pages)
		hash_del(&memlock->node);
	else
		memlock = NULL;
	spin_unlock(&memlocks_lock);
	kfree(memlock);
}
