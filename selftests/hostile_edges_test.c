// SPDX-License-Identifier: GPL-2.0-only
/*
 * Numbers at the edges of words, to both facilities: sizes, addresses, owners.
 */
#include "both.h"

BOTH_FIXTURE(hostile_edges);

static const unsigned long edges[] = {
	0, 1, PAGE - 1, PAGE, PAGE + 1,
	(1UL << 31) - PAGE, (1UL << 31) - 1, 1UL << 31, (1UL << 31) + 1,
	(1UL << 32) - PAGE, (1UL << 32) - 1, 1UL << 32, (1UL << 32) + 1, (1UL << 32) + PAGE,
	(1UL << 43), (1UL << 44) - PAGE, 1UL << 44,
	(1UL << 47) - PAGE, (1UL << 47) - 1, 1UL << 47, (1UL << 47) + PAGE,
	1UL << 56, 1UL << 62,
	(1UL << 63) - PAGE, (1UL << 63) - PAGE + 1, (1UL << 63) - 1, 1UL << 63, (1UL << 63) + 1,
	-2 * PAGE, -PAGE - 1, -PAGE, -PAGE + 1, -2UL, -1UL,
};

/* Errors and attach results, and what becomes of the segments that came about. */
static void ask_sizes(void)
{
	const int flags[] = { 0600, 0600 | SHM_NORESERVE, 0600 | SHM_HUGETLB,
			      0600 | SHM_HUGETLB | SHM_HUGE(30),
			      0600 | SHM_HUGETLB | SHM_HUGE(63) };

	for (size_t i = 0; i < ARRAY_SIZE(edges); i++) {
		for (size_t k = 0; k < ARRAY_SIZE(flags); k++) {
			long id = rc(shm.get(IPC_PRIVATE, edges[i], flags[k])), at;
			struct shmid_ds ds;

			/* Identifiers count on; what matters is whether one came. */
			answer(id < 0 ? id : 1);
			if (id < 0)
				continue;
			at = rc(shm.at(id, NULL, SHM_RDONLY));
			answer(at < 0 ? at : 1);
			answer(shm.ctl(id, IPC_STAT, &ds) ?: (long)ds.shm_segsz);
			if (at > 0)
				shm.dt((void *)at);
			shm.ctl(id, IPC_RMID, NULL);
		}
	}
}

TEST_F(hostile_edges, sizes_at_the_edges_are_as_native)
{
	EXPECT_SAME_ANSWERS(ask_sizes);
}

static void ask_addresses(void)
{
	const int flags[] = { 0, SHM_RND, SHM_RDONLY, SHM_RND | SHM_EXEC, SHM_REMAP | SHM_RND };
	int id = new_sized(PAGE + 1, 0700);
	struct shmid_ds ds;

	for (size_t i = 0; i < ARRAY_SIZE(edges); i++) {
		for (size_t k = 0; k < ARRAY_SIZE(flags); k++) {
			long at;

			/* The kernel chooses: the two need not agree. */
			if (!edges[i])
				continue;
			at = rc(shm.at(id, (void *)edges[i], flags[k]));
			answer(at);
			answer(rc(shm.dt((void *)edges[i])));
			if (at >= 0)
				shm.dt((void *)at);
		}
	}
	shm.ctl(id, IPC_STAT, &ds);
	answer(ds.shm_nattch);
}

TEST_F(hostile_edges, addresses_at_the_edges_are_as_native)
{
	EXPECT_SAME_ANSWERS(ask_addresses);
}

static void ask_owners(void)
{
	const unsigned int ids[] = { 0, 1, 65534, 65535, 65536, INT_MAX, 1U << 31, -2U, -1U };
	int id = new_segment(0600);

	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		for (size_t k = 0; k < ARRAY_SIZE(ids); k++) {
			struct shmid_ds ds;

			answer(set_perm(id, ids[i], ids[k], 01777777));
			shm.ctl(id, IPC_STAT, &ds);
			answer(ds.shm_perm.uid);
			answer(ds.shm_perm.gid);
			answer(ds.shm_perm.mode);
		}
	}
}

TEST_F(hostile_edges, owners_at_the_edges_are_as_native)
{
	EXPECT_SAME_ANSWERS(ask_owners);
}

TEST_HARNESS_MAIN
