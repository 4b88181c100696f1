/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ALTSHM_SEG_H
#define _ALTSHM_SEG_H

#include <linux/ipc_namespace.h>
#include <linux/refcount.h>
#include <linux/rhashtable.h>
#include <linux/seqlock.h>
#include <linux/spinlock.h>

#include <uapi/linux/altshm.h>
#include <uapi/linux/altshm_netlink.h>

#include "backing.h"
#include "creator.h"
#include "ids.h"
#include "perm.h"

struct altshm_memlock;
struct altshm_space;

/*
 * Locks of the module, and what is taken inside each. None is held over
 * vm_mmap(), vm_munmap(), a copy from or to user space, or while the memory of
 * a segment is made.
 *
 *   mmap_lock              of the caller's mm, held by the kernel around our mmap,
 *                          open and close, and taken to look at mappings (map.c).
 *                          Inside: vmops->lock, seg->lock, and what the end of a
 *                          segment takes
 *   vmops->lock   mutex    making a copy of vm_operations (backing.h, map.c)
 *   spaces_lock   mutex    the table of spaces (space.c)
 *   seg->lock     spin     state of one segment, see below. Inside: bucket locks
 *                          of the space's rhashtable of keys, memlocks_lock
 *   space lock    spin     identifiers and totals of a space (space.h)
 *   memlocks_lock spin     pages locked by user and user namespace (memlock.c)
 *   creator lock  raw spin what threads created (creator.c)
 *   i_mmap_rwsem  rwsem    the kernel's, of a segment's memory, around mappings that are
 *                          listed (attacher.c). Inside: task locks
 *   event lock    spin     listeners of a network namespace, and numbers and order
 *                          of its events (nl_event.c); inside mmap_lock only
 *   refusal lock  spin     who wants to know why a call fails (refuse.c); inside
 *                          any but the creator lock
 *
 * The end of a segment takes, one after the other, its own lock, the space lock,
 * memlocks_lock and the creator lock.
 *
 * Life of a segment:
 *
 *   BUILDING  who finds its key waits; by identifier it is not there yet
 *   LIVE      found by key until removed, and by identifier
 *   DEAD      found by nothing; or never came to life
 *
 * LIVE ends when the segment is removed (or shm_rmid_forced is set) and neither
 * mappings nor attaches under way are left. References: one for not being DEAD,
 * one each for a file in @map_file, and short ones of who waits for or works on
 * it. The structure goes with the last, after a grace period. Nothing in the end of
 * a segment sleeps: it can come with the end of the thread that created it.
 */
enum altshm_seg_state {
	ALTSHM_SEG_BUILDING,
	ALTSHM_SEG_LIVE,
	ALTSHM_SEG_DEAD,
};

struct altshm_seg {
	/* Immutable once LIVE. */
	struct altshm_idn idn;
	struct altshm_space *space;	/* counted */
	struct altshm_backing backing;
	struct altshm_creator creator;	/* has a lock of its own */
	size_t size;			/* bytes asked for */

	struct rhash_head node;		/* in space->keys while @hashed */

	/* Files that mappings hold: read-write, read-only. Set once, by cmpxchg(). */
	struct file *map_file[2];

	key_t name_key;			/* key at creation; immutable */
	/* Changed under @lock only, and seldom. */
	enum altshm_seg_state state;	/* also read by altshm_seg_state() */
	seqcount_spinlock_t perm_seq;	/* for readers of @perm */
	struct altshm_perm perm;	/* cuid and cgid are immutable */

	/*
	 * What attaches write is in no cache line with what lookups read. With each
	 * half in two lines, a page has sixteen segments.
	 */
	spinlock_t lock ____cacheline_aligned_in_smp; /* protects all below, to @calls */
	u32 changes;			/* mappings that came or went */
	unsigned long nattch;		/* mappings */
	unsigned long pins;		/* attaches under way */
	time64_t atime;
	time64_t dtime;
	time64_t ctime;
	struct pid *lpid;		/* counted, or NULL */
	struct altshm_memlock *memlock;	/* who pays for SHM_LOCK while it is on, else NULL */
	bool hashed;
	bool removed;
	u32 orphan_changes;		/* @changes, when it was first seen to be an orphan, ... */
	time64_t orphan_since;		/* ... at this ktime_get_seconds(); 0: it was not */
	struct hlist_head calls;	/* attaches and detaches under way, for report.h */

	refcount_t refs;
	struct pid *cpid;		/* counted, immutable once LIVE */
	unsigned long pages;		/* @size in base pages, immutable */
	struct rcu_head rcu;
};

/**
 * altshm_seg_get_id() - find or create a segment: shmget(2)
 * @key: key or IPC_PRIVATE
 * @size: bytes
 * @shmflg: as shmget() has it
 * @flags: ALTSHM_GET_F_*
 *
 * Context: may sleep, killable.
 * Return: identifier or -errno as struct altshm_get documents.
 */
long altshm_seg_get_id(key_t key, size_t size, int shmflg, u32 flags);

/**
 * altshm_seg_alloc() - the structure of a segment to be
 * @space: where it will be
 * @key: key or IPC_PRIVATE
 * @size: bytes
 * @shmflg: its lower nine bits are the mode
 *
 * Context: may sleep.
 * Return: segment, BUILDING, with the reference for not being DEAD; or NULL when
 * memory is short.
 */
struct altshm_seg *altshm_seg_alloc(struct altshm_space *space, key_t key, size_t size, int shmflg);

/**
 * altshm_seg_settle() - the end of BUILDING: who waits for the segment goes on
 * @seg: segment that is built, or was given up
 * @state: ALTSHM_SEG_LIVE; or ALTSHM_SEG_DEAD, after which the caller puts the reference
 *         that altshm_seg_alloc() gave
 */
void altshm_seg_settle(struct altshm_seg *seg, enum altshm_seg_state state);

/**
 * altshm_seg_find() - the segment that an identifier names
 * @space: space of the caller's namespace, or NULL
 * @id: identifier
 *
 * Context: inside rcu_read_lock().
 * Return: segment, LIVE or DEAD, or NULL.
 */
struct altshm_seg *altshm_seg_find(struct altshm_space *space, int id);

/* For who does not hold the lock: what LIVE promises can be relied on. */
static inline enum altshm_seg_state altshm_seg_state(const struct altshm_seg *seg)
{
	/* Pairs with smp_store_release() in seg_set_state(). */
	return smp_load_acquire(&seg->state);
}

/* The segment of a node found in a table; NULL also for one not yet built. */
static inline struct altshm_seg *altshm_seg_of(struct altshm_idn *idn)
{
	struct altshm_seg *seg = container_of(idn, struct altshm_seg, idn);

	return idn && altshm_seg_state(seg) != ALTSHM_SEG_BUILDING ? seg : NULL;
}

/* What users see as its key and mode, as shmctl(2) has them. Context: seg->lock held. */
static inline key_t altshm_seg_key(const struct altshm_seg *seg)
{
	lockdep_assert_held(&seg->lock);
	return seg->removed ? 0 : seg->name_key;
}

static inline unsigned int altshm_seg_mode(const struct altshm_seg *seg)
{
	lockdep_assert_held(&seg->lock);
	return seg->perm.mode | (seg->removed ? ALTSHM_MODE_DEST : 0) |
	       (seg->memlock ? ALTSHM_MODE_LOCKED : 0);
}

/* Nothing attached, and nobody said that it should go. Context: seg->lock held. */
static inline bool altshm_seg_is_unused(const struct altshm_seg *seg)
{
	lockdep_assert_held(&seg->lock);
	return seg->state == ALTSHM_SEG_LIVE && !seg->nattch && !seg->pins && !seg->removed;
}

static inline bool altshm_seg_tryget(struct altshm_seg *seg)
{
	return refcount_inc_not_zero(&seg->refs);
}

void altshm_seg_put(struct altshm_seg *seg);

/* altshm_seg_access() for who is not, or not for sure, an owner that has all the bits. */
int altshm_seg_access_others(const struct altshm_seg *seg, const struct ipc_namespace *ns,
			     unsigned int wanted);

/**
 * altshm_seg_access() - may the current task use a segment so
 * @seg: segment, LIVE or DEAD
 * @ns: the segment's namespace
 * @wanted: mode bits, see altshm_perm_access()
 *
 * Context: any; takes no lock.
 * Return: 0 or -EACCES.
 */
static inline int altshm_seg_access(const struct altshm_seg *seg, const struct ipc_namespace *ns,
				    unsigned int wanted)
{
	/* Odd while owners change: the other way waits for the end of that. */
	unsigned int seq = raw_seqcount_begin(&seg->perm_seq);

	if (likely(altshm_perm_grants_owner(&seg->perm, wanted) &&
		   !read_seqcount_retry(&seg->perm_seq, seq)))
		return 0;
	return altshm_seg_access_others(seg, ns, wanted);
}

/**
 * altshm_seg_pin() - look a segment up to attach it, and keep it from dying
 * @id: identifier
 * @wanted: mode bits needed
 *
 * Return: segment, or ERR_PTR() of -EINVAL, -EACCES or -EIDRM.
 */
struct altshm_seg *altshm_seg_pin(int id, unsigned int wanted);

/* Drops what altshm_seg_pin() took; may end the segment. */
void altshm_seg_unpin(struct altshm_seg *seg);

/**
 * altshm_seg_mapped() - count a mapping
 * @seg: segment
 *
 * Return: mappings there are with it, or -EINVAL when the segment is dead.
 */
long altshm_seg_mapped(struct altshm_seg *seg);

/**
 * altshm_seg_unmapped() - uncount a mapping; may end the segment
 * @seg: segment, which the mapping's file keeps
 * @vma: the mapping, or NULL for one that did not come to be
 */
void altshm_seg_unmapped(struct altshm_seg *seg, const struct vm_area_struct *vma);

/**
 * altshm_seg_remove() - take the key away, and end the segment when nothing holds it
 * @seg: segment, LIVE or DEAD, that the caller has a reference to
 * @user_ns: owner of the segment's namespace, to judge the current task by; or
 *           NULL to ask for no right
 * @cause: what to tell
 * @orphan_only: leave it alone unless it is an orphan
 *
 * Return: 0, -EPERM, -EINVAL when it is dead, or -EBUSY when it is no orphan.
 */
int altshm_seg_remove(struct altshm_seg *seg, struct user_namespace *user_ns,
		      enum altshm_cause cause, bool orphan_only);

/**
 * altshm_seg_attachers_changed() - a number that changes with each attach and detach
 * @seg: segment
 *
 * Return: anything but 0.
 */
static inline u32 altshm_seg_attachers_changed(const struct altshm_seg *seg)
{
	return READ_ONCE(seg->changes) | 1U << 31;
}

/**
 * altshm_seg_visit() - do something with every segment that is there all the time
 * @space: whose segments; the caller keeps it
 * @visit: called with a reference to the segment, and without locks
 * @data: for @visit
 *
 * Context: may sleep.
 */
void altshm_seg_visit(struct altshm_space *space,
		      void (*visit)(struct altshm_seg *seg, void *data), void *data);

/* What a space needs of its segments. */
extern const struct altshm_space_ops altshm_seg_space_ops;

int altshm_seg_init(void);
void altshm_seg_exit(void);

#endif
