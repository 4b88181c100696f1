// SPDX-License-Identifier: GPL-2.0-only
/*
 * Locked pages by user. The kernel's own counts for shared memory are not
 * exported, so these are apart from them: a user may lock as much here as
 * through the native facility.
 *
 * Lifetime: each locked segment holds a reference to the entry that pays for it.
 */
#include "memlock.h"

#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/hashtable.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "refuse.h"
#include "sizes.h"

struct altshm_memlock {
	struct hlist_node node;
	kuid_t uid;
	unsigned long refs;
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

struct altshm_memlock *altshm_memlock_get(void)
{
	struct altshm_memlock *memlock, *fresh;

	fresh = kzalloc(sizeof(*fresh), GFP_KERNEL_ACCOUNT);
	if (!fresh)
		return ERR_PTR(altshm_refuse(-ENOMEM, ALTSHM_RULE_MEMORY, 0, 0));
	fresh->uid = current_uid();

	spin_lock(&memlocks_lock);
	memlock = memlock_find(fresh->uid);
	if (!memlock) {
		memlock = fresh;
		fresh = NULL;
		hash_add(memlocks, &memlock->node, __kuid_val(memlock->uid));
	}
	memlock->refs++;
	spin_unlock(&memlocks_lock);
	kfree(fresh);
	return memlock;
}

void altshm_memlock_put(struct altshm_memlock *memlock)
{
	spin_lock(&memlocks_lock);
	if (--memlock->refs)
		memlock = NULL;
	else
		hash_del(&memlock->node);
	spin_unlock(&memlocks_lock);
	kfree(memlock);
}

int altshm_memlock_charge(struct altshm_memlock *memlock, unsigned long pages)
{
	unsigned long limit = rlimit(RLIMIT_MEMLOCK);
	unsigned long most, total;

	guard(spinlock)(&memlocks_lock);
	most = limit == RLIM_INFINITY ? ULONG_MAX : limit >> PAGE_SHIFT;
	if (!altshm_pages_fit(memlock->pages, pages, most, &total) &&
	    !(capable(CAP_IPC_LOCK) &&
	      altshm_pages_fit(memlock->pages, pages, ULONG_MAX, &total)))
		return altshm_refuse(-ENOMEM, ALTSHM_RULE_MEMLOCK, limit, (u64)total << PAGE_SHIFT);
	memlock->pages = total;
	return 0;
}

void altshm_memlock_uncharge(struct altshm_memlock *memlock, unsigned long pages)
{
	guard(spinlock)(&memlocks_lock);
	memlock->pages -= pages;
}
