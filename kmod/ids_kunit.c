// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unit tests of identifiers: the two layouts, the sequence and its wrap, stale
 * and forced ones.
 */
#include <kunit/test.h>

#include "ids.h"

#define NARROW		(1U << ALTSHM_IDS_NARROW_BITS)
#define NARROW_ID(index, seq)	((int)((seq) << ALTSHM_IDS_NARROW_BITS | (index)))
#define WIDE_ID(index, seq)	((int)((seq) << ALTSHM_IDS_WIDE_BITS | (index)))
/* Indexes are taken in turn among so many while there are few nodes. */
#define CYCLE		64
#define NODES		100

struct table {
	struct altshm_ids ids;
	struct altshm_idn nodes[NODES];
};

static int table_init(struct kunit *test)
{
	struct table *table = kunit_kzalloc(test, sizeof(*table), GFP_KERNEL);

	if (!table)
		return -ENOMEM;
	altshm_ids_init(&table->ids);
	test->priv = table;
	return 0;
}

static void drop(struct altshm_ids *ids, struct altshm_idn *idn)
{
	xa_lock(&ids->xa);
	altshm_ids_remove(ids, idn);
	xa_unlock(&ids->xa);
}

static void table_exit(struct kunit *test)
{
	struct table *table = test->priv;
	unsigned long index = 0;
	struct altshm_idn *idn;

	while ((idn = altshm_ids_next(&table->ids, &index)))
		drop(&table->ids, idn);
	altshm_ids_exit(&table->ids);
}

/* Add node @n and return its identifier, or the error. */
static int add(struct table *table, unsigned int n)
{
	int err = altshm_ids_add(&table->ids, &table->nodes[n], ALTSHM_IDS_MAX, NULL);

	return err ?: table->nodes[n].id;
}

static int add_forced(struct table *table, unsigned int n, int id)
{
	int next_id = id;
	int err = altshm_ids_add(&table->ids, &table->nodes[n], ALTSHM_IDS_MAX, &next_id);

	return err ?: next_id != -1 ? -ECANCELED : table->nodes[n].id;
}

/* Make the next index one of the wide layout, as so many nodes would. */
static int add_wide_at(struct table *table, unsigned int n, u32 index)
{
	int id;

	table->ids.used += ALTSHM_IDS_MAX - NODES;
	table->ids.cursor = index;
	id = add(table, n);
	table->ids.used -= ALTSHM_IDS_MAX - NODES;
	return id;
}

static int add_wide(struct table *table, unsigned int n)
{
	return add_wide_at(table, n, NARROW + 1);
}

static void first_ones_are_small_numbers(struct kunit *test)
{
	struct table *table = test->priv;
	int i;

	for (i = 0; i < NODES; i++) {
		KUNIT_ASSERT_EQ(test, i, add(table, i));
		KUNIT_EXPECT_EQ(test, i, table->nodes[i].index);
		KUNIT_EXPECT_EQ(test, 0, altshm_ids_seq(&table->nodes[i]));
	}
	KUNIT_EXPECT_EQ(test, NODES, table->ids.used);
}

static void index_used_again_gets_the_next_sequence(struct kunit *test)
{
	struct table *table = test->priv;
	int i;

	for (i = 0; i < 3 * CYCLE; i++) {
		KUNIT_ASSERT_EQ(test, NARROW_ID(i % CYCLE, i / CYCLE), add(table, 0));
		KUNIT_EXPECT_EQ(test, i / CYCLE, altshm_ids_seq(&table->nodes[0]));
		drop(&table->ids, &table->nodes[0]);
	}
}

static void sequence_starts_again_before_its_last(struct kunit *test)
{
	struct table *table = test->priv;
	const unsigned int last = (INT_MAX >> ALTSHM_IDS_NARROW_BITS) - 1;

	table->ids.seq = last;
	KUNIT_EXPECT_EQ(test, NARROW_ID(0, last), add(table, 0));
	drop(&table->ids, &table->nodes[0]);
	table->ids.cursor = 0;
	KUNIT_EXPECT_EQ(test, NARROW_ID(0, 0), add(table, 0));
	KUNIT_EXPECT_EQ(test, 0, table->ids.seq);
}

static void stale_and_foreign_numbers_find_nothing(struct kunit *test)
{
	struct table *table = test->priv;
	struct altshm_ids *ids = &table->ids;
	int stale = add(table, 0), fresh;

	drop(ids, &table->nodes[0]);
	ids->cursor = 0;
	fresh = add(table, 1);
	KUNIT_ASSERT_EQ(test, table->nodes[0].index, table->nodes[1].index);
	rcu_read_lock();
	KUNIT_EXPECT_NULL(test, altshm_ids_find(ids, stale));
	KUNIT_EXPECT_PTR_EQ(test, &table->nodes[1], altshm_ids_find(ids, fresh));
	KUNIT_EXPECT_NULL(test, altshm_ids_find(ids, fresh + 1));
	KUNIT_EXPECT_NULL(test, altshm_ids_find(ids, fresh + (int)NARROW));
	KUNIT_EXPECT_NULL(test, altshm_ids_find(ids, fresh | INT_MIN));
	KUNIT_EXPECT_NULL(test, altshm_ids_find(ids, -1));
	KUNIT_EXPECT_NULL(test, altshm_ids_find(ids, INT_MAX));
	KUNIT_EXPECT_PTR_EQ(test, &table->nodes[1], altshm_ids_find_index(ids, 0));
	KUNIT_EXPECT_PTR_EQ(test, &table->nodes[1], altshm_ids_find_index(ids, stale));
	KUNIT_EXPECT_NULL(test, altshm_ids_find_index(ids, 1));
	KUNIT_EXPECT_NULL(test, altshm_ids_find_index(ids, -1));
	rcu_read_unlock();
}

static void forced_number_is_given_where_its_index_is_free(struct kunit *test)
{
	struct table *table = test->priv;
	const int wanted = NARROW_ID(5, 7);

	KUNIT_EXPECT_EQ(test, wanted, add_forced(table, 0, wanted));
	/* The next free index, with the sequence that was asked for. */
	KUNIT_EXPECT_EQ(test, NARROW_ID(6, 7), add_forced(table, 1, wanted));
	/* What follows is not moved on by it. */
	KUNIT_EXPECT_EQ(test, NARROW_ID(0, 0), add(table, 2));
	/* The last sequence number is given to none but who asks for it. */
	KUNIT_EXPECT_EQ(test, INT_MAX, add_forced(table, 3, INT_MAX));
	KUNIT_EXPECT_EQ(test, -ENOSPC, add_forced(table, 4, INT_MAX));
	KUNIT_EXPECT_EQ(test, 4, table->ids.used);
}

static void limit_is_kept(struct kunit *test)
{
	struct table *table = test->priv;
	int next_id = 9;

	KUNIT_EXPECT_EQ(test, -ENOSPC, altshm_ids_add(&table->ids, &table->nodes[0], 0, &next_id));
	KUNIT_EXPECT_EQ(test, 9, next_id);
	KUNIT_EXPECT_EQ(test, 0, altshm_ids_add(&table->ids, &table->nodes[0], 1, NULL));
	KUNIT_EXPECT_EQ(test, -ENOSPC, altshm_ids_add(&table->ids, &table->nodes[1], 1, NULL));
	KUNIT_EXPECT_EQ(test, 1, table->ids.used);
	drop(&table->ids, &table->nodes[0]);
	KUNIT_EXPECT_EQ(test, 0, altshm_ids_add(&table->ids, &table->nodes[1], 1, NULL));
	/* Nothing makes it more than a table can hold. */
	table->ids.used = ALTSHM_IDS_MAX;
	KUNIT_EXPECT_EQ(test, -ENOSPC,
			altshm_ids_add(&table->ids, &table->nodes[2], UINT_MAX, NULL));
	table->ids.used = 1;
}

static void high_indexes_have_the_wide_layout(struct kunit *test)
{
	struct table *table = test->priv;
	struct altshm_ids *ids = &table->ids;
	int id;

	KUNIT_ASSERT_EQ(test, 0, add(table, 0));
	ids->seq = 3;
	id = add_wide(table, 1);
	KUNIT_EXPECT_EQ(test, WIDE_ID(NARROW + 1, 3), id);
	KUNIT_EXPECT_EQ(test, 3, altshm_ids_seq(&table->nodes[1]));
	rcu_read_lock();
	KUNIT_EXPECT_PTR_EQ(test, &table->nodes[1], altshm_ids_find(ids, id));
	KUNIT_EXPECT_PTR_EQ(test, &table->nodes[0], altshm_ids_find(ids, 0));
	KUNIT_EXPECT_NULL(test, altshm_ids_find(ids, WIDE_ID(NARROW + 1, 4)));
	KUNIT_EXPECT_PTR_EQ(test, &table->nodes[1], altshm_ids_find_index(ids, NARROW + 1));
	rcu_read_unlock();
	KUNIT_EXPECT_EQ(test, NARROW + 1, altshm_ids_max_index(ids));
	/* Sixteen bits of sequence do not fit there; the number stays positive. */
	drop(ids, &table->nodes[1]);
	ids->last = -1;
	ids->seq = 0xfffe;
	KUNIT_EXPECT_EQ(test, WIDE_ID(NARROW + 1, 0x7fe), add_wide(table, 1));
}

/* Index 1 with sequence 1 would be called what index 2^15 + 1 with sequence 0 is. */
static void layouts_never_share_a_number(struct kunit *test)
{
	struct table *table = test->priv;
	struct altshm_ids *ids = &table->ids;
	const int shared = NARROW_ID(1, 1);

	KUNIT_ASSERT_EQ(test, shared, WIDE_ID(NARROW + 1, 0));
	KUNIT_ASSERT_EQ(test, shared, add_wide(table, 0));
	KUNIT_EXPECT_EQ(test, NARROW_ID(1, 2), add_forced(table, 1, shared));
	rcu_read_lock();
	KUNIT_EXPECT_PTR_EQ(test, &table->nodes[0], altshm_ids_find(ids, shared));
	rcu_read_unlock();

	drop(ids, &table->nodes[0]);
	drop(ids, &table->nodes[1]);
	KUNIT_ASSERT_EQ(test, shared, add_forced(table, 1, shared));
	ids->seq = 0;
	ids->last = -1;
	KUNIT_EXPECT_EQ(test, WIDE_ID(NARROW + 1, 1), add_wide(table, 0));
	rcu_read_lock();
	KUNIT_EXPECT_PTR_EQ(test, &table->nodes[1], altshm_ids_find(ids, shared));
	rcu_read_unlock();
}

/* The last sequence number of index 1 is taken by an index of the wide layout. */
static void sequence_starts_again_where_its_last_is_taken(struct kunit *test)
{
	struct table *table = test->priv;
	const int shared = NARROW_ID(1, 0xffff);

	table->ids.seq = 0x7ff;
	KUNIT_ASSERT_EQ(test, shared, add_wide_at(table, 0, shared & (ALTSHM_IDS_MAX - 1)));
	KUNIT_EXPECT_EQ(test, NARROW_ID(1, 0), add_forced(table, 1, shared));
}

static void walk_sees_each_once(struct kunit *test)
{
	struct table *table = test->priv;
	unsigned long index, count = 0;

	KUNIT_EXPECT_EQ(test, 0, altshm_ids_max_index(&table->ids));
	KUNIT_ASSERT_EQ(test, 3, add_forced(table, 0, 3));
	KUNIT_ASSERT_EQ(test, 40, add_forced(table, 1, 40));
	KUNIT_ASSERT_EQ(test, WIDE_ID(NARROW + 1, 0), add_wide(table, 2));
	rcu_read_lock();
	for (index = 0; altshm_ids_next(&table->ids, &index); index++)
		KUNIT_EXPECT_EQ(test, index, table->nodes[count++].index);
	rcu_read_unlock();
	KUNIT_EXPECT_EQ(test, 3, count);
	drop(&table->ids, &table->nodes[2]);
	KUNIT_EXPECT_EQ(test, 40, altshm_ids_max_index(&table->ids));
}

static struct kunit_case ids_cases[] = {
	KUNIT_CASE(first_ones_are_small_numbers),
	KUNIT_CASE(index_used_again_gets_the_next_sequence),
	KUNIT_CASE(sequence_starts_again_before_its_last),
	KUNIT_CASE(stale_and_foreign_numbers_find_nothing),
	KUNIT_CASE(forced_number_is_given_where_its_index_is_free),
	KUNIT_CASE(limit_is_kept),
	KUNIT_CASE(high_indexes_have_the_wide_layout),
	KUNIT_CASE(layouts_never_share_a_number),
	KUNIT_CASE(sequence_starts_again_where_its_last_is_taken),
	KUNIT_CASE(walk_sees_each_once),
	{}
};

static struct kunit_suite ids_suite = {
	.name = "altshm_ids",
	.init = table_init,
	.exit = table_exit,
	.test_cases = ids_cases,
};

kunit_test_suite(ids_suite);
