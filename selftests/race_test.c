// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processes that create, find, attach and remove one key at the same time. No
 * call may give an error that the race does not explain, and nobody may see
 * another segment's memory.
 */
#include "common.h"

SHM_FIXTURE(race);

enum { RACERS = 4, TURNS = 1500 };

static unsigned int seed_of_run(void)
{
	const char *given = getenv("ALTSHM_SEED");
	unsigned int seed = given ? strtoul(given, NULL, 0) :
				    (unsigned int)time(NULL) ^ getpid();

	printf("# seed %u (ALTSHM_SEED=%u repeats it)\n", seed, seed);
	fflush(stdout);
	return seed;
}

#define RACE(racer) do {						\
	unsigned int seed_ = seed_of_run();				\
	pid_t racers_[RACERS];						\
									\
	for (int i_ = 0; i_ < RACERS; i_++) {				\
		racers_[i_] = fork();					\
		ASSERT_LE(0, racers_[i_]);				\
		if (!racers_[i_])					\
			_exit(racer(seed_ + i_));			\
	}								\
	for (int i_ = 0; i_ < RACERS; i_++)				\
		EXPECT_EQ(0, wait_exit(racers_[i_]));			\
} while (0)

#define EXPECT_NOTHING_LEFT() do {					\
	remove_all();							\
	EXPECT_EQ(0, shm_info().used_ids);				\
	EXPECT_EQ(0, shm_info().shm_tot);				\
	EXPECT_EQ(0, shm_info().shm_rss);				\
} while (0)

static int complain(const char *what, long result)
{
	fprintf(stderr, "# %s: %s\n", what, strerror(-result));
	return 1;
}

/* Creation with IPC_CREAT finds or makes; removal loses to other removals. */
static int create_and_remove(unsigned int seed)
{
	for (int i = 0; i < TURNS; i++) {
		bool excl = rand_r(&seed) % 2;
		long id = rc(shm.get(KEY, PAGE, IPC_CREAT | 0600 |
				     (excl ? IPC_EXCL : 0)));
		long removed;

		if (excl && id == -EEXIST)
			id = rc(shm.get(KEY, 0, 0));
		if (id < 0 && !(excl && id == -ENOENT))
			return complain("shmget", id);
		if (id < 0 || rand_r(&seed) % 2)
			continue;
		removed = rc(shm.ctl(id, IPC_RMID, NULL));
		if (removed && removed != -EINVAL && removed != -EIDRM)
			return complain("IPC_RMID", removed);
	}
	return 0;
}

/* rows: GET-33 IDS-05 */
TEST_F(race, create_against_create_and_remove)
{
	RACE(create_and_remove);
	EXPECT_NOTHING_LEFT();
}

/* Whoever attaches first writes the id into the segment's first word. */
static int check_word(int *mem, int id)
{
	int expected = 0;

	if (__atomic_compare_exchange_n(mem, &expected, id + 1, false,
					__ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		return 0;
	return expected != id + 1;
}

static int attach_and_remove(unsigned int seed)
{
	for (int i = 0; i < TURNS; i++) {
		long id = rc(shm.get(KEY, PAGE, IPC_CREAT | 0600)), removed;
		int *mem;

		if (id < 0)
			return complain("shmget", id);
		if (rand_r(&seed) % 3 == 0) {
			removed = rc(shm.ctl(id, IPC_RMID, NULL));
			if (removed && removed != -EINVAL && removed != -EIDRM)
				return complain("IPC_RMID", removed);
			continue;
		}
		mem = shm.at(id, NULL, 0);
		if (has_failed(mem)) {
			if (errno != EINVAL && errno != EIDRM)
				return complain("shmat", -errno);
			continue;
		}
		if (check_word(mem, id))
			return complain("another segment's memory", 0);
		if (rc(shm.dt(mem)))
			return complain("shmdt", -errno);
	}
	return 0;
}

/* rows: IDS-05 IDS-06 DST-04 DST-07 */
TEST_F(race, attach_against_remove)
{
	RACE(attach_and_remove);
	EXPECT_NOTHING_LEFT();
}

TEST_HARNESS_MAIN
