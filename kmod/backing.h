/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ALTSHM_BACKING_H
#define _ALTSHM_BACKING_H

#include <linux/mm.h>
#include <linux/mutex.h>

#include "thp.h"

/*
 * A kind of memory's own vm_operations, and the copy that our mappings of that
 * kind use, with open and close replaced. The copy is made at the first
 * mapping, since the base's are not exported; @base is set last.
 */
struct altshm_vmops {
	struct mutex lock;	/* serialises making the copy */
	const struct vm_operations_struct *base;
	struct vm_operations_struct ops;
};

/* The memory of a segment. Immutable once made, but for the inode number. */
struct altshm_backing {
	struct file *file;		/* shmem or hugetlbfs file, holds the pages */
	struct altshm_vmops *vmops;
	bool huge;			/* of a pool of huge pages */
	bool thp;			/* wants transparent huge pages, and the kernel has them */
	bool noreserve;			/* memory is not committed or reserved in advance */
};

/**
 * altshm_backing_create() - get memory for a segment
 * @backing: filled in
 * @size: bytes, at least 1
 * @shmflg: SHM_HUGETLB with its size code, SHM_NORESERVE
 * @flags: ALTSHM_GET_F_*; without effect on huge page pools
 *
 * Context: may sleep; may take mmap_lock of the current mm.
 * Return: 0, or -EINVAL, -EPERM, -ENOMEM, -ENFILE as shmget(2) has them.
 */
int altshm_backing_create(struct altshm_backing *backing, size_t size, int shmflg, u32 flags);
void altshm_backing_destroy(struct altshm_backing *backing);

/**
 * altshm_backing_usage() - pages of a segment that exist
 * @backing: the memory
 * @rss: base pages in memory
 * @swp: base pages in swap
 */
void altshm_backing_usage(const struct altshm_backing *backing, unsigned long *rss,
			  unsigned long *swp);

/* Whether altshm_backing_huge() has to count. */
static inline bool altshm_backing_may_be_huge(const struct altshm_backing *backing,
					      unsigned long rss)
{
	return !backing->huge && rss >= ALTSHM_THP_PAGES;
}

/**
 * altshm_backing_huge() - how much of a segment is in transparent huge pages
 * @backing: of shmem
 * @rss: base pages in memory
 *
 * Context: may sleep; takes long for what is large.
 * Return: base pages, at most @rss.
 */
unsigned long altshm_backing_huge(const struct altshm_backing *backing, unsigned long rss);

/* Keep pages from being swapped out, or let them again. No effect on huge pages. */
void altshm_backing_pin(struct altshm_backing *backing);
void altshm_backing_unpin(struct altshm_backing *backing);

/**
 * altshm_backing_rescue() - put pages of an unpinned segment back in reclaim's reach
 * @backing: memory after altshm_backing_unpin()
 *
 * Context: may sleep.
 */
void altshm_backing_rescue(struct altshm_backing *backing);

#endif
