/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ALTSHM_SIZES_H
#define _ALTSHM_SIZES_H

#include <linux/align.h>
#include <linux/limits.h>
#include <linux/math.h>
#include <linux/mm.h>
#include <linux/overflow.h>

/* The most bytes that whole pages can make up in a word. */
#define ALTSHM_SIZE_MOST	(ULONG_MAX - PAGE_SIZE + 1)

/* Base pages of a size of at most ALTSHM_SIZE_MOST. */
static inline unsigned long altshm_size_pages(size_t size)
{
	return DIV_ROUND_UP(size, PAGE_SIZE);
}

/* A size in whole pages of 2^@shift bytes, or 0 when that is more than a word can say. */
static inline size_t altshm_size_align(size_t size, unsigned int shift)
{
	return ALIGN(size, 1UL << shift);
}

/**
 * altshm_pages_fit() - are so many pages more within a limit
 * @used: pages counted already
 * @more: pages to be added
 * @limit: most pages allowed
 * @total: set to the sum, or to the most a word can say when that is less
 */
static inline bool altshm_pages_fit(unsigned long used, unsigned long more, unsigned long limit,
				    unsigned long *total)
{
	if (!check_add_overflow(used, more, total))
		return *total <= limit;
	*total = ULONG_MAX;
	return false;
}

#endif
