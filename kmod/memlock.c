// SPDX-License-Identifier: GPL-2.0-only
/*
 * Locked pages by user and user namespace. The kernel's own counts for shared
 * memory are not exported, so these are apart from them: a user may lock as much
 * here as through the native facility.
 *
 * Lifetime: a locked segment holds a reference to the entry that pays for it, and
 * an entry one to that of who made its user namespace, which is charged as well.
 */
#include "memlock.h"

#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/hashtable.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/user_namespace.h>

#include "refuse.h"
#include "sizes.h"

struct altshm_memlock {
	struct hlist_node node;
	struct user_namespace *ns;	/* counted */
	kuid_t uid;
	struct altshm_memlock *parent;	/* of who made @ns; NULL for the initial one */
	unsigned long refs;
	unsigned long pages;
};

/* Protects the table and its entries. */
static DEFINE_SPINLOCK(memlocks_lock);
static DEFINE_HASHTABLE(memlocks, 6);

static struct altshm_memlock *memlock_find(const struct altshm_memlock *like)
{
	struct altshm_memlock *memlock;

	lockdep_assert_held(&memlocks_lock);
	hash_for_each_possible(memlocks, memlock, node, __kuid_val(like->uid)) {
		if (uid_eq(memlock->uid, like->uid) && memlock->ns == like->ns)
			return memlock;
	}
	return NULL;
}

/* Frees entries that are not in the table, from @memlock up to @end, which stays. */
static void memlocks_free(struct altshm_memlock *memlock, const struct altshm_memlock *end)
{
	struct altshm_memlock *parent;

	for (; memlock != end; memlock = parent) {
		parent = memlock->parent;
		put_user_ns(memlock->ns);
		kfree(memlock);
	}
}

/* Entries for the current user and all above, not in the table; or NULL. */
static struct altshm_memlock *memlocks_alloc(void)
{
	struct altshm_memlock *first = NULL, **next = &first;
	const struct ucounts *ucounts;

	for (ucounts = current_ucounts(); ucounts; ucounts = ucounts->ns->ucounts) {
		*next = kzalloc(sizeof(**next), GFP_KERNEL_ACCOUNT);
		if (!*next) {
			memlocks_free(first, NULL);
			return NULL;
		}
		(*next)->ns = get_user_ns(ucounts->ns);
		(*next)->uid = ucounts->uid;
		next = &(*next)->parent;
	}
	return first;
}

struct altshm_memlock *altshm_memlock_get(void)
{
	struct altshm_memlock *memlock, *known = NULL, *spare, **next = &memlock;

	memlock = memlocks_alloc();
	if (!memlock)
		return ERR_PTR(altshm_refuse(-ENOMEM, ALTSHM_RULE_MEMORY, 0, 0));

	spin_lock(&memlocks_lock);
	for (spare = memlock; spare; spare = spare->parent) {
		known = memlock_find(spare);
		if (known)
			break;
		spare->refs = 1;
		hash_add(memlocks, &spare->node, __kuid_val(spare->uid));
		next = &spare->parent;
	}
	if (known) {
		/* It has those above it already. */
		known->refs++;
		*next = known;
	}
	spin_unlock(&memlocks_lock);
	memlocks_free(spare, NULL);
	return memlock;
}

void altshm_memlock_put(struct altshm_memlock *memlock)
{
	struct altshm_memlock *last;

	spin_lock(&memlocks_lock);
	for (last = memlock; last && !--last->refs; last = last->parent)
		hash_del(&last->node);
	spin_unlock(&memlocks_lock);
	memlocks_free(memlock, last);
}

static void memlock_add(struct altshm_memlock *memlock, unsigned long pages)
{
	lockdep_assert_held(&memlocks_lock);
	for (; memlock; memlock = memlock->parent)
		memlock->pages += pages;
}

/*
 * Would @pages more be within all limits, or, with @unlimited, within what a word can
 * say? If not, @limit and @wanted are the bytes of the first that is exceeded.
 */
static bool memlock_fits(const struct altshm_memlock *memlock, unsigned long pages,
			 bool unlimited, u64 *limit, u64 *wanted)
{
	unsigned long bytes = rlimit(RLIMIT_MEMLOCK), total;
	unsigned long most = bytes == RLIM_INFINITY ? ULONG_MAX : bytes >> PAGE_SHIFT;

	lockdep_assert_held(&memlocks_lock);
	*limit = bytes;
	for (; memlock; memlock = memlock->parent) {
		if (unlimited)
			most = ULONG_MAX;
		if (!altshm_pages_fit(memlock->pages, pages, most, &total)) {
			*wanted = (u64)total << PAGE_SHIFT;
			return false;
		}
		/* In pages, though it was taken from a limit in bytes: as the kernel has it. */
		most = get_userns_rlimit_max(memlock->ns, UCOUNT_RLIMIT_MEMLOCK);
		*limit = (u64)most << PAGE_SHIFT;
	}
	return true;
}

int altshm_memlock_charge(struct altshm_memlock *memlock, unsigned long pages)
{
	u64 limit, wanted;

	guard(spinlock)(&memlocks_lock);
	if (!memlock_fits(memlock, pages, false, &limit, &wanted) &&
	    !(capable(CAP_IPC_LOCK) && memlock_fits(memlock, pages, true, &limit, &wanted)))
		return altshm_refuse(-ENOMEM, ALTSHM_RULE_MEMLOCK, limit, wanted);
	memlock_add(memlock, pages);
	return 0;
}

void altshm_memlock_uncharge(struct altshm_memlock *memlock, unsigned long pages)
{
	guard(spinlock)(&memlocks_lock);
	memlock_add(memlock, -pages);
}
