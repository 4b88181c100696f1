/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ALTSHM_SEG_KEY_H
#define _ALTSHM_SEG_KEY_H

#include <linux/hash.h>
#include <linux/rhashtable.h>

#include "seg.h"

/* How a space's table has its segments by key; inline, as a lookup is nearly all of a get. */

static inline int altshm_key_cmp(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct altshm_seg *seg = obj;

	return seg->name_key != *(const key_t *)arg->key;
}

/*
 * Multiplication by a secret odd number, of which the middle bits are taken, spreads
 * keys as well as the table needs, at a fifth of what jhash() costs. A chain
 * that still grows long has the table hash anew with another seed.
 */
static inline u32 altshm_key_hash(const void *key, u32 len, u32 seed)
{
	u64 factor = (u64)seed * GOLDEN_RATIO_32 | 1;

	return (u64)*(const u32 *)key * factor >> 32;
}

static const struct rhashtable_params altshm_key_params = {
	.key_len = sizeof_field(struct altshm_seg, name_key),
	.key_offset = offsetof(struct altshm_seg, name_key),
	.head_offset = offsetof(struct altshm_seg, node),
	.hashfn = altshm_key_hash,
	.obj_cmpfn = altshm_key_cmp,
	.automatic_shrinking = true,
};

#endif
