// SPDX-License-Identifier: GPL-2.0-only
/*
 * Identifiers: how an index is chosen, and which number names it.
 */
#include "ids.h"

#include <linux/minmax.h>

#include "refuse.h"

#define NARROW_SIZE	(1U << ALTSHM_IDS_NARROW_BITS)
#define NARROW_MASK	(NARROW_SIZE - 1)
#define WIDE_MASK	(ALTSHM_IDS_MAX - 1)
/* The last sequence number of the narrow layout is given to who asks for it only, as in ipc/. */
#define SEQ_END		(INT_MAX >> ALTSHM_IDS_NARROW_BITS)
/* Indexes are given out in turn among at least this many. */
#define MIN_CYCLE	64

static unsigned int index_bits(u32 index)
{
	return index < NARROW_SIZE ? ALTSHM_IDS_NARROW_BITS : ALTSHM_IDS_WIDE_BITS;
}

/* Bits of @seq that don't fit the index's layout are dropped. */
static int id_make(u32 index, u32 seq)
{
	return (seq << index_bits(index) | index) & INT_MAX;
}

u32 altshm_ids_seq(const struct altshm_idn *idn)
{
	return idn->id >> index_bits(idn->index);
}

void altshm_ids_init(struct altshm_ids *ids)
{
	xa_init_flags(&ids->xa, XA_FLAGS_ALLOC | XA_FLAGS_ACCOUNT);
	ids->cursor = 0;
	ids->seq = 0;
	ids->last = -1;
	ids->used = 0;
	ids->changes = 0;
	ids->wide = false;
}

void altshm_ids_exit(struct altshm_ids *ids)
{
	WARN_ON(!xa_empty(&ids->xa));
	xa_destroy(&ids->xa);
}

/* Is @id the name of a live node in the layout that @index is not of? */
static bool id_is_ambiguous(struct altshm_ids *ids, u32 index, int id)
{
	struct altshm_idn *other;
	u32 twin = id & (index < NARROW_SIZE ? WIDE_MASK : NARROW_MASK);

	if (!ids->wide || index_bits(twin) == index_bits(index))
		return false;
	other = xa_load(&ids->xa, twin);
	return other && other->id == id;
}

/* Name @idn, whose index is set; @seq is moved on when the name is taken. */
static void name_index(struct altshm_ids *ids, struct altshm_idn *idn, u32 *seq)
{
	int id;

	for (;; ++*seq) {
		if (*seq > SEQ_END)
			*seq = 0;
		id = id_make(idn->index, *seq);
		if (!id_is_ambiguous(ids, idn->index, id))
			break;
	}
	WRITE_ONCE(idn->id, id);
}

/* The table's lock is dropped while memory is allocated. */
static int alloc_forced(struct altshm_ids *ids, struct altshm_idn *idn, int id)
	__must_hold(&ids->xa.xa_lock)
{
	u32 seq = id >> ALTSHM_IDS_NARROW_BITS;
	int err;

	err = __xa_alloc(&ids->xa, &idn->index, idn, XA_LIMIT(id & NARROW_MASK, NARROW_MASK),
			 GFP_KERNEL_ACCOUNT);
	if (!err)
		name_index(ids, idn, &seq);
	return err;
}

/* As above. The sequence advances whenever the index did not. */
static int alloc_cyclic(struct altshm_ids *ids, struct altshm_idn *idn, u32 window)
	__must_hold(&ids->xa.xa_lock)
{
	int err;

	err = __xa_alloc_cyclic(&ids->xa, &idn->index, idn, XA_LIMIT(0, window - 1),
				&ids->cursor, GFP_KERNEL_ACCOUNT);
	if (err < 0)
		return err;

	if (idn->index >= NARROW_SIZE)
		WRITE_ONCE(ids->wide, true);
	if (idn->index <= ids->last && ++ids->seq >= SEQ_END)
		ids->seq = 0;
	ids->last = idn->index;
	name_index(ids, idn, &ids->seq);
	return 0;
}

int altshm_ids_add(struct altshm_ids *ids, struct altshm_idn *idn, u32 limit, int *next_id)
{
	int forced = -1;
	u32 window;
	int err;

	limit = min(limit, ALTSHM_IDS_MAX);
	/* What nobody can ask for: the node is in the table a moment before it has its name. */
	idn->id = -1;
	xa_lock(&ids->xa);
	if (ids->used >= limit) {
		err = altshm_refuse(-ENOSPC, ALTSHM_RULE_SHMMNI, limit, (u64)ids->used + 1);
		goto out;
	}
	if (next_id && READ_ONCE(*next_id) >= 0)
		forced = xchg(next_id, -1);

	window = clamp_t(u32, ids->used * 3 / 2, MIN_CYCLE, max(limit, NARROW_SIZE));
	ids->used++;
	if (forced >= 0)
		err = alloc_forced(ids, idn, forced);
	else
		err = alloc_cyclic(ids, idn, window);
	if (err) {
		ids->used--;
		/* Only one that is forced: a window is larger than what is used. */
		if (err == -EBUSY)
			err = altshm_refuse(-ENOSPC, ALTSHM_RULE_IDS, NARROW_MASK,
					    forced & NARROW_MASK);
		else
			altshm_refuse(err, ALTSHM_RULE_MEMORY, 0, 0);
		goto out;
	}
	WRITE_ONCE(ids->changes, ids->changes + 1);
out:
	xa_unlock(&ids->xa);
	return err;
}

void altshm_ids_remove(struct altshm_ids *ids, struct altshm_idn *idn)
{
	lockdep_assert_held(&ids->xa.xa_lock);
	__xa_erase(&ids->xa, idn->index);
	ids->used--;
	WRITE_ONCE(ids->changes, ids->changes + 1);
}

/* @index is where an identifier would be in one of the two layouts. */
static inline struct altshm_idn *find_at(struct altshm_ids *ids, u32 index, int id)
{
	struct altshm_idn *idn = xa_load(&ids->xa, index);

	return idn && READ_ONCE(idn->id) == id ? idn : NULL;
}

struct altshm_idn *altshm_ids_find(struct altshm_ids *ids, int id)
{
	struct altshm_idn *idn = NULL;

	if (id < 0)
		return NULL;
	/* Once there are wide ones, most are. */
	if (READ_ONCE(ids->wide))
		idn = find_at(ids, id & WIDE_MASK, id);
	return idn ?: find_at(ids, id & NARROW_MASK, id);
}

struct altshm_idn *altshm_ids_find_index(struct altshm_ids *ids, int index)
{
	struct altshm_idn *idn;

	if (index < 0)
		return NULL;
	idn = xa_load(&ids->xa, index);
	if (!idn && index > NARROW_MASK)
		idn = xa_load(&ids->xa, index & NARROW_MASK);
	return idn;
}

struct altshm_idn *altshm_ids_next(struct altshm_ids *ids, unsigned long *index)
{
	return xa_find(&ids->xa, index, ALTSHM_IDS_MAX - 1, XA_PRESENT);
}

u32 altshm_ids_max_index(struct altshm_ids *ids)
{
	unsigned long low = 0, high = ALTSHM_IDS_MAX - 1;

	while (low < high) {
		unsigned long middle = low + (high - low + 1) / 2;
		unsigned long found = middle;

		if (xa_find(&ids->xa, &found, high, XA_PRESENT))
			low = found;
		else
			high = middle - 1;
	}
	return low;
}
