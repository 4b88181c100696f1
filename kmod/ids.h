/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ALTSHM_IDS_H
#define _ALTSHM_IDS_H

#include <linux/types.h>
#include <linux/xarray.h>

/*
 * Identifiers. An identifier is a sequence number above a table index; the
 * sequence changes when an index is used again, so that a stale identifier
 * finds nothing.
 *
 * Indexes below 2^15 give identifiers exactly as the kernel's own facility
 * lays them out: 15 bits of index, 16 of sequence. A space whose limit is
 * higher goes on with 20 bits of index and 11 of sequence. The two layouts
 * overlap in value; the allocator passes over a sequence number that would
 * name a live segment of the other layout.
 */
#define ALTSHM_IDS_NARROW_BITS	15
#define ALTSHM_IDS_WIDE_BITS	20
#define ALTSHM_IDS_MAX		(1U << ALTSHM_IDS_WIDE_BITS)

/*
 * Embedded in what an identifier names. Immutable once added; by its index a node
 * can be found a moment before, so its owner has to tell whether it is ready.
 */
struct altshm_idn {
	int id;
	u32 index;
};

/*
 * All fields are protected by the lock of @xa; finding is under RCU. The owner
 * of the table may protect fields of its own with the same lock.
 */
struct altshm_ids {
	struct xarray xa;	/* index to struct altshm_idn */
	u32 cursor;		/* where the next search for an index starts */
	u32 seq;
	s64 last;		/* index given last, -1 at first */
	u32 used;
	u32 changes;		/* nodes that came or went */
	bool wide;		/* an index of the wide layout was ever given */
};

/**
 * altshm_ids_seq() - sequence number in an identifier
 * @idn: node that was added
 */
u32 altshm_ids_seq(const struct altshm_idn *idn);

void altshm_ids_init(struct altshm_ids *ids);
void altshm_ids_exit(struct altshm_ids *ids);

/**
 * altshm_ids_add() - give a node an index and an identifier, and make it findable
 * @ids: the table
 * @idn: the node, filled in
 * @limit: most nodes the table may hold
 * @next_id: identifier to give if not negative; is then set to -1. Or NULL
 *
 * Context: process; takes the table's lock.
 * Return: 0, -ENOSPC (limit, or no index left) or -ENOMEM.
 */
int altshm_ids_add(struct altshm_ids *ids, struct altshm_idn *idn, u32 limit, int *next_id);

/**
 * altshm_ids_remove() - take a node out of the table
 * @ids: the table, its lock held
 * @idn: a node in it
 */
void altshm_ids_remove(struct altshm_ids *ids, struct altshm_idn *idn);

/**
 * altshm_ids_find() - the node that an identifier names
 * @ids: the table
 * @id: identifier, of whatever origin
 *
 * Context: inside rcu_read_lock().
 * Return: node or NULL.
 */
struct altshm_idn *altshm_ids_find(struct altshm_ids *ids, int id);

/**
 * altshm_ids_find_index() - the node at an index
 * @ids: the table
 * @index: an index, or an identifier whose sequence number is then ignored
 *
 * Context: inside rcu_read_lock().
 * Return: node or NULL.
 */
struct altshm_idn *altshm_ids_find_index(struct altshm_ids *ids, int index);

/**
 * altshm_ids_next() - the first node at or after an index
 * @ids: the table
 * @index: where to start; set to the index of the node found
 *
 * Context: inside rcu_read_lock().
 * Return: node or NULL.
 */
struct altshm_idn *altshm_ids_next(struct altshm_ids *ids, unsigned long *index);

/**
 * altshm_ids_max_index() - highest index in use
 * @ids: the table
 *
 * Context: any; the answer is a snapshot.
 * Return: index, 0 also when the table is empty.
 */
u32 altshm_ids_max_index(struct altshm_ids *ids);

/* Has the table changed? Never 0. Context: any. */
static inline u32 altshm_ids_changes(const struct altshm_ids *ids)
{
	return READ_ONCE(ids->changes) | 1U << 31;
}

#endif
