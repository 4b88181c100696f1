// SPDX-License-Identifier: GPL-2.0-only
/*
 * SHM_LOCK and SHM_UNLOCK against reclaim, writing, removal and each other, by a
 * user whose limit is for two of the three segments. No contents are lost, no
 * page stays locked in, and in the end the user can lock just as much as before.
 */
#include "race.h"
#include "swap.h"

enum { SEGMENTS = 3, SEGMENT_PAGES = 128, LOCKABLE = 2 };

FIXTURE(race_lock) {
	int unused;
};

FIXTURE_VARIANT(race_lock) {
	bool altshm;
};

FIXTURE_VARIANT_ADD(race_lock, sysv) {
	.altshm = false,
};

FIXTURE_VARIANT_ADD(race_lock, altshm) {
	.altshm = true,
};

FIXTURE_SETUP(race_lock)
{
	SETUP_IPC_NAMESPACE();
	ASSERT_EQ(0, swap_begin());
	use_native();
	if (variant->altshm)
		SETUP_ALTSHM();
}

FIXTURE_TEARDOWN(race_lock)
{
	remove_all();
	swap_end();
}

static int ids[SEGMENTS];
static unsigned int *mems[SEGMENTS];

static int lock_and_unlock(unsigned int seed)
{
	do {
		int id = ids[rand_r(&seed) % SEGMENTS];
		long ret = rc(shm.ctl(id, one_in(2, &seed) ? SHM_LOCK : SHM_UNLOCK, NULL));

		if (!ALLOWED(ret, ENOMEM))
			return complain("SHM_LOCK or SHM_UNLOCK", ret);
	} while (race_goes_on());
	return 0;
}

static int page_out_all(unsigned int seed)
{
	do {
		unsigned int *mem = mems[rand_r(&seed) % SEGMENTS];
		long ret = rc(madvise(mem, SEGMENT_PAGES * PAGE, MADV_PAGEOUT));

		if (ret)
			return complain("MADV_PAGEOUT", ret);
	} while (race_goes_on());
	return 0;
}

/* The only one who writes: each page has what was last put there. */
static int write_and_check(unsigned int seed)
{
	static unsigned int written[SEGMENTS][SEGMENT_PAGES];

	do {
		unsigned int segment = rand_r(&seed) % SEGMENTS;
		unsigned int page = rand_r(&seed) % SEGMENT_PAGES;
		unsigned int *word = mems[segment] + page * PAGE / sizeof(*word);

		if (*word != written[segment][page])
			return complain("what was written is lost", 0);
		written[segment][page] = rand_r(&seed);
		*word = written[segment][page];
	} while (race_goes_on());
	return 0;
}

/* Segments that end locked, with some of their pages in swap. */
static int end_locked(unsigned int seed)
{
	do {
		int id = new_sized(8 * PAGE, 0600);
		char *mem = shm.at(id, NULL, 0);
		long ret;

		if (has_failed(mem))
			return complain("shmat", -errno);
		memset(mem, 1, 8 * PAGE);
		madvise(mem, 4 * PAGE, MADV_PAGEOUT);
		ret = rc(shm.ctl(id, SHM_LOCK, NULL));
		if (!ALLOWED(ret, ENOMEM))
			return complain("SHM_LOCK", ret);
		if (shm.ctl(id, IPC_RMID, NULL) || shm.dt(mem))
			return complain("the end of a segment", -errno);
	} while (race_goes_on());
	return 0;
}

static bool goes_to_swap(unsigned int *mem)
{
	unsigned long before = shm_info().shm_swp;

	memset(mem, 1, SEGMENT_PAGES * PAGE);
	for (int i = 0; i < 50; i++) {
		madvise(mem, SEGMENT_PAGES * PAGE, MADV_PAGEOUT);
		if (shm_info().shm_swp > before + SEGMENT_PAGES / 4)
			return true;
		usleep(10000);
	}
	return false;
}

/* rows: LCK-03 LCK-05 LCK-07 LCK-08 MEM-04 */
TEST_F_RACE(race_lock, locking_against_reclaim)
{
	IN_CHILD {
		ASSERT_EQ(0, set_limit(RLIMIT_MEMLOCK, LOCKABLE * SEGMENT_PAGES * PAGE));
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		for (int i = 0; i < SEGMENTS; i++) {
			ids[i] = new_sized(SEGMENT_PAGES * PAGE, 0600);
			mems[i] = (void *)ATTACH(ids[i], NULL, 0);
		}
		RACE({ lock_and_unlock, 2 }, { page_out_all, 1 }, { write_and_check, 1 },
		     { end_locked, 1 });
		for (int i = 0; i < SEGMENTS; i++) {
			ASSERT_OK(shm.ctl(ids[i], SHM_UNLOCK, NULL));
			EXPECT_TRUE(goes_to_swap(mems[i]));
		}
		for (int i = 0; i < SEGMENTS; i++)
			EXPECT_EQ(i < LOCKABLE ? 0 : -ENOMEM,
				  rc(shm.ctl(ids[i], SHM_LOCK, NULL)));
	}
	EXPECT_NOTHING_LEFT();
}

TEST_HARNESS_MAIN
