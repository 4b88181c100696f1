// SPDX-License-Identifier: GPL-2.0-only
/*
 * Identifiers: how they are chosen, when they grow stale, shm_next_id.
 */
#include "common.h"

SHM_FIXTURE(ids);

#define SEQ	32768

static void create_and_remove(int times)
{
	while (times--)
		shm.ctl(new_segment(0600), IPC_RMID, NULL);
}

/* rows: IDS-01 IDS-03 */
TEST_F(ids, sequence_grows_only_when_the_index_does_not)
{
	for (int turn = 0; turn < 3; turn++) {
		for (int i = 0; i < 64; i++) {
			int id = new_segment(0600);

			ASSERT_EQ(turn * SEQ + i, id);
			EXPECT_EQ(turn, STAT(id).shm_perm.__seq);
			ASSERT_OK(shm.ctl(id, IPC_RMID, NULL));
		}
	}
}

/* rows: IDS-02 */
TEST_F(ids, index_is_the_next_free_one_after_the_last)
{
	for (int i = 0; i < 4; i++) {
		ASSERT_EQ(i, new_segment(0600));
	}
	ASSERT_OK(shm.ctl(1, IPC_RMID, NULL));
	EXPECT_EQ(4, new_segment(0600));
	create_and_remove(59);
	EXPECT_EQ(SEQ + 1, new_segment(0600));
	EXPECT_EQ(SEQ + 5, new_segment(0600));
}

/* rows: IDS-02 */
TEST_F(ids, range_of_the_cycle_follows_the_number_of_segments)
{
	for (int i = 0; i < 50; i++) {
		ASSERT_EQ(i, new_segment(0600));
	}
	for (int i = 50; i < 75; i++) {
		int id = new_segment(0600);

		ASSERT_EQ(i, id);
		ASSERT_OK(shm.ctl(id, IPC_RMID, NULL));
	}
	EXPECT_EQ(SEQ + 50, new_segment(0600));
}

#define EXPECT_UNKNOWN(id) do {						\
	struct shmid_ds ds_ = { .shm_perm.mode = 0600 };		\
									\
	EXPECT_ERR(EINVAL, shm.at(id, NULL, 0));			\
	EXPECT_ERR(EINVAL, shm.ctl(id, IPC_STAT, &ds_));		\
	EXPECT_ERR(EINVAL, shm.ctl(id, IPC_SET, &ds_));			\
	EXPECT_ERR(EINVAL, shm.ctl(id, IPC_RMID, NULL));		\
	EXPECT_ERR(EINVAL, shm.ctl(id, SHM_LOCK, NULL));		\
	EXPECT_ERR(EINVAL, shm.ctl(id, SHM_UNLOCK, NULL));		\
} while (0)

/* rows: IDS-05 DST-01 */
TEST_F(ids, stale_ids_are_einval_everywhere)
{
	create_and_remove(1);
	EXPECT_UNKNOWN(0);
	create_and_remove(63);
	ASSERT_EQ(SEQ, new_segment(0600));
	EXPECT_UNKNOWN(0);
	EXPECT_UNKNOWN(2 * SEQ);
	EXPECT_UNKNOWN(INT_MAX);
	EXPECT_EQ(PAGE, STAT(SEQ).shm_segsz);
}

/* rows: IDS-07 */
TEST_F(ids, negative_ids_are_einval_everywhere)
{
	struct shminfo limits;
	struct shm_info totals;
	struct shmid_ds ds;

	ASSERT_EQ(0, new_segment(0600));
	EXPECT_UNKNOWN(-1);
	EXPECT_UNKNOWN(INT_MIN);
	EXPECT_ERR(EINVAL, shm.ctl(-1, SHM_STAT, &ds));
	EXPECT_ERR(EINVAL, shm.ctl(-1, SHM_STAT_ANY, &ds));
	EXPECT_ERR(EINVAL, shm.ctl(-1, IPC_INFO, (void *)&limits));
	EXPECT_ERR(EINVAL, shm.ctl(-1, SHM_INFO, (void *)&totals));
	EXPECT_EQ(1, shm_info().used_ids);
}

/* rows: IDS-08 PRC-08 */
TEST_F(ids, next_id_is_taken_once)
{
	int wanted = 5 * SEQ + 7;

	EXPECT_EQ(-1, read_long(SHM_NEXT_ID));
	ASSERT_EQ(0, write_ul(SHM_NEXT_ID, wanted));
	EXPECT_EQ(wanted, read_long(SHM_NEXT_ID));
	EXPECT_EQ(wanted, new_segment(0600));
	EXPECT_EQ(-1, read_long(SHM_NEXT_ID));
	EXPECT_EQ(5, STAT(wanted).shm_perm.__seq);

	ASSERT_EQ(0, write_ul(SHM_NEXT_ID, wanted));
	EXPECT_EQ(wanted + 1, new_segment(0600));
	ASSERT_EQ(0, write_ul(SHM_NEXT_ID, 9 * SEQ + 7));
	EXPECT_EQ(9 * SEQ + 9, rc(shm.get(KEY, PAGE, IPC_CREAT | 0600)));
	EXPECT_EQ(9 * SEQ + 9, rc(shm.get(KEY, 0, 0)));
}

/* rows: IDS-08 */
TEST_F(ids, next_id_may_have_the_last_sequence_number)
{
	int wanted = INT_MAX / SEQ * SEQ + 9;

	ASSERT_EQ(0, write_ul(SHM_NEXT_ID, wanted));
	EXPECT_EQ(wanted, new_segment(0600));
	EXPECT_EQ(INT_MAX / SEQ, STAT(wanted).shm_perm.__seq);
}

/* rows: IDS-09 */
TEST_F(ids, no_free_index_above_next_id_is_enospc)
{
	ASSERT_EQ(0, write_ul(SHM_NEXT_ID, SEQ - 1));
	EXPECT_EQ(SEQ - 1, new_segment(0600));
	ASSERT_EQ(0, write_ul(SHM_NEXT_ID, SEQ - 1));
	EXPECT_EQ(-ENOSPC, new_segment(0600));
	EXPECT_EQ(1, shm_info().used_ids);
	EXPECT_EQ(1, shm_info().shm_tot);
	EXPECT_EQ(-1, read_long(SHM_NEXT_ID));
	EXPECT_EQ(0, new_segment(0600));
}

/* rows: IDS-10 */
TEST_F(ids, failed_creation_leaves_next_id_pending)
{
	ASSERT_EQ(0, write_ul(SHM_NEXT_ID, 77));
	EXPECT_EQ(-EINVAL, new_sized(0, 0600));
	EXPECT_EQ(77, read_long(SHM_NEXT_ID));
	ASSERT_EQ(0, write_ul(SHMMNI, 0));
	EXPECT_EQ(-ENOSPC, new_segment(0600));
	EXPECT_EQ(77, read_long(SHM_NEXT_ID));
	ASSERT_EQ(0, write_ul(SHMMNI, 1));
	EXPECT_EQ(77, new_segment(0600));
}

/* rows: IDS-10 */
TEST_F(ids, lookup_leaves_next_id_pending)
{
	ASSERT_EQ(0, rc(shm.get(KEY, PAGE, IPC_CREAT | 0600)));
	ASSERT_EQ(0, write_ul(SHM_NEXT_ID, 77));
	EXPECT_EQ(0, rc(shm.get(KEY, PAGE, IPC_CREAT | 0600)));
	EXPECT_ERR(ENOENT, shm.get(KEY + 1, 0, 0));
	EXPECT_EQ(77, read_long(SHM_NEXT_ID));
}

/* rows: IDS-11 */
TEST_F(ids, sequence_goes_on_as_before_after_a_forced_id)
{
	ASSERT_EQ(0, new_segment(0600));
	ASSERT_EQ(0, write_ul(SHM_NEXT_ID, 5 * SEQ + 40));
	ASSERT_EQ(5 * SEQ + 40, new_segment(0600));
	EXPECT_EQ(1, new_segment(0600));
	EXPECT_EQ(2, new_segment(0600));
	create_and_remove(37);
	EXPECT_EQ(41, new_segment(0600));
}

/* Held segments leave 22 indexes of 64, and make the sequence grow the faster. */
enum { HELD = 42, LAST_SEQUENCE = 65534 };

/* rows: IDS-04 */
TEST_F_TIMEOUT(ids, sequence_starts_again_after_its_last_number, 250)
{
	int id = 0, last;

	SKIP_WHERE_SLOW("1.4 million creations; unit tests set the sequence");
	for (int i = 0; i < HELD; i++)
		ASSERT_EQ(i, new_segment(0600));
	do {
		last = id;
		id = shm.get(IPC_PRIVATE, 1, 0600);
		ASSERT_LE(0, id);
		ASSERT_OK(shm.ctl(id, IPC_RMID, NULL));
	} while (id >> 15 >= last >> 15);
	EXPECT_EQ(LAST_SEQUENCE, last >> 15);
	EXPECT_EQ(0, id >> 15);
	EXPECT_LE(HELD, id & 0x7fff);
}

TEST_HARNESS_MAIN
