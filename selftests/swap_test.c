// SPDX-License-Identifier: GPL-2.0-only
/*
 * Segments in swap: a swap file of the test's own, and reclaim by MADV_PAGEOUT.
 */
#include "swap.h"

#define SEGMENT_PAGES	512

FIXTURE(swap) {
	int id;
	char *mem;
};

FIXTURE_VARIANT(swap) {
	bool altshm;
};

FIXTURE_VARIANT_ADD(swap, sysv) {
	.altshm = false,
};

FIXTURE_VARIANT_ADD(swap, altshm) {
	.altshm = true,
};

FIXTURE_SETUP(swap)
{
	SETUP_IPC_NAMESPACE();
	ASSERT_EQ(0, swap_begin());
	use_native();
	if (variant->altshm)
		SETUP_ALTSHM();
	self->id = new_sized(SEGMENT_PAGES * PAGE, 0600);
	self->mem = ATTACH(self->id, NULL, 0);
	for (int i = 0; i < SEGMENT_PAGES; i++)
		self->mem[i * PAGE] = 1 + i % 100;
}

FIXTURE_TEARDOWN(swap)
{
	remove_all();
	swap_end();
}

/* Pages that another processor still has in a list of its own are passed by. */
static unsigned long page_out(char *mem)
{
	for (int i = 0; i < 20 && shm_info().shm_swp < SEGMENT_PAGES / 2; i++) {
		int error = rc(madvise(mem, SEGMENT_PAGES * PAGE, MADV_PAGEOUT));

		if (error)
			return error;
		usleep(10000);
	}
	return shm_info().shm_swp;
}

/* rows: MEM-04 */
TEST_F(swap, pages_go_to_swap_are_counted_there_and_come_back)
{
	unsigned long swapped = page_out(self->mem), row[2] = { 0, 0 };
	FILE *table = fopen(on_altshm ? "/proc/altshm/shm" : "/proc/sysvipc/shm", "re");
	char line[512];

	EXPECT_LE(SEGMENT_PAGES / 2, swapped);
	EXPECT_EQ(SEGMENT_PAGES, swapped + shm_info().shm_rss);
	ASSERT_NE(NULL, table);
	while (fgets(line, sizeof(line), table))
		sscanf(line, "%*d %*d %*o %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %lu %lu",
		       &row[0], &row[1]);
	fclose(table);
	EXPECT_EQ(shm_info().shm_rss * PAGE, row[0]);
	EXPECT_EQ(swapped * PAGE, row[1]);
	EXPECT_EQ(0, field_of("/proc/self/status", "VmSwap"));
	for (int i = 0; i < SEGMENT_PAGES; i++)
		ASSERT_EQ(1 + i % 100, self->mem[i * PAGE]);
	EXPECT_GT(swapped, shm_info().shm_swp);
}

/* rows: MEM-04 MEM-03 */
TEST_F(swap, contents_without_attaches_come_back_as_well)
{
	EXPECT_LE(SEGMENT_PAGES / 2, page_out(self->mem));
	ASSERT_OK(shm.dt(self->mem));
	self->mem = ATTACH(self->id, NULL, SHM_RDONLY);
	for (int i = 0; i < SEGMENT_PAGES; i++)
		ASSERT_EQ(1 + i % 100, self->mem[i * PAGE]);
}

/* rows: LCK-07 */
TEST_F(swap, locked_pages_stay_until_the_segment_is_unlocked)
{
	ASSERT_OK(shm.ctl(self->id, SHM_LOCK, NULL));
	for (int i = 0; i < 3; i++)
		ASSERT_OK(madvise(self->mem, SEGMENT_PAGES * PAGE, MADV_PAGEOUT));
	EXPECT_EQ(0, shm_info().shm_swp);
	EXPECT_EQ(SEGMENT_PAGES, shm_info().shm_rss);
	ASSERT_OK(shm.ctl(self->id, SHM_UNLOCK, NULL));
	EXPECT_LE(SEGMENT_PAGES / 2, page_out(self->mem));
}

/* rows: MEM-04 DST-01 */
TEST_F(swap, removal_frees_what_is_in_swap)
{
	long before = meminfo("SwapFree");

	EXPECT_LE(SEGMENT_PAGES / 2, page_out(self->mem));
	EXPECT_GT(before, meminfo("SwapFree"));
	ASSERT_OK(shm.dt(self->mem));
	ASSERT_OK(shm.ctl(self->id, IPC_RMID, NULL));
	EXPECT_EQ(0, swapoff(SWAP_FILE));
	EXPECT_EQ(0, shm_info().shm_swp);
}

TEST_HARNESS_MAIN
