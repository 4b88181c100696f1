/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Races: racers are processes or threads that take turns at nothing, until the
 * time is over or one of them finds something wrong. ALTSHM_SEED repeats the
 * choices of a run, ALTSHM_RACE_SECONDS makes each race longer than a second.
 */
#ifndef _ALTSHM_SELFTESTS_RACE_H
#define _ALTSHM_SELFTESTS_RACE_H

#include <pthread.h>
#include <sys/mman.h>

#include "common.h"

/* The racers end in time by themselves, or by their alarm. */
#define TEST_F_RACE(fixture, name) TEST_F_TIMEOUT(fixture, name, 3600)
#define RACE_GRACE	20

enum { RACERS_MOST = 8, CELLS = 1 << 16 };

struct racer {
	int (*run)(unsigned int seed);	/* nonzero: something was wrong */
	int count;
};

/* What all racers share. */
struct race {
	long long end;			/* in milliseconds */
	int failed;
	unsigned long turns;
	unsigned int cell[CELLS];	/* as the test likes */
};

static struct race *race;

static inline long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static inline int race_seconds(void)
{
	const char *given = getenv("ALTSHM_RACE_SECONDS");

	return given && atoi(given) > 0 ? atoi(given) : 1;
}

static inline unsigned int race_seed(void)
{
	const char *given = getenv("ALTSHM_SEED");
	unsigned int seed = given ? strtoul(given, NULL, 0) :
				    (unsigned int)time(NULL) ^ getpid();

	printf("# seed %u (ALTSHM_SEED=%u repeats it)\n", seed, seed);
	fflush(stdout);
	return seed;
}

/* To be called before cells are used or racers run; zeroed at first. */
static inline bool race_init(void)
{
	if (!race)
		race = mmap(NULL, sizeof(*race), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return race != MAP_FAILED;
}

/* The end of a turn: is there to be another? */
static inline bool race_goes_on(void)
{
	__atomic_fetch_add(&race->turns, 1, __ATOMIC_RELAXED);
	return !__atomic_load_n(&race->failed, __ATOMIC_RELAXED) && now_ms() < race->end;
}

/* Ends the race for all; @result: a negative error number or 0. */
static inline int complain(const char *what, long result)
{
	__atomic_store_n(&race->failed, 1, __ATOMIC_RELAXED);
	fprintf(stderr, "# %s%s%s\n", what, result ? ": " : "", result ? strerror(-result) : "");
	return 1;
}

/* Whether a call succeeded, or failed for one of these reasons. */
#define ALLOWED(result, ...) ({						\
	const long result_ = (result), errors_[] = { __VA_ARGS__ };	\
	bool found_ = result_ >= 0;					\
									\
	for (size_t e_ = 0; e_ < ARRAY_SIZE(errors_); e_++)		\
		found_ |= result_ == -errors_[e_];			\
	found_; })

static inline bool one_in(unsigned int n, unsigned int *seed)
{
	return rand_r(seed) % n == 0;
}

static inline int finish_racer(pid_t pid)
{
	int status = wait_exit(pid);

	if (status)
		fprintf(stderr, "# a racer ended with %d%s\n", status,
			status == 1000 + SIGALRM ? ": it was stuck" : "");
	return !!status;
}

/* Return: how many racers failed. @racers ends with one that has no function. */
static inline int race_processes(const struct racer *racers, int seconds)
{
	unsigned int seed = race_seed();
	pid_t pids[RACERS_MOST];
	int n = 0, failed = 0;

	race->end = now_ms() + seconds * 1000LL;
	for (; racers->run; racers++) {
		for (int i = 0; i < racers->count && n < RACERS_MOST; i++) {
			pids[n] = fork();
			if (!pids[n]) {
				alarm(seconds + RACE_GRACE * slowness());
				_exit(racers->run(seed + n));
			}
			n++;
		}
	}
	while (n)
		failed += finish_racer(pids[--n]);
	printf("# %lu turns\n", race->turns);
	fflush(stdout);
	return failed;
}

/* The sum of everything in the namespace, segment by segment. */
struct totals {
	int segments;
	unsigned long pages;
	unsigned long attaches;
};

static inline struct totals totals(void)
{
	struct totals sum = { 0 };
	struct shm_info info;
	struct shmid_ds ds;
	int max = shm.ctl(0, SHM_INFO, (struct shmid_ds *)&info);

	for (int i = 0; i <= max; i++) {
		if (shm.ctl(i, SHM_STAT, &ds) < 0)
			continue;
		sum.segments++;
		sum.pages += (ds.shm_segsz + PAGE - 1) / PAGE;
		sum.attaches += ds.shm_nattch;
	}
	return sum;
}

/* To be asked while nobody races: what is counted is there, and no more. */
#define EXPECT_COUNTS_RIGHT(attached) do {				\
	struct totals sum_ = totals();					\
									\
	EXPECT_EQ(attached, sum_.attaches);				\
	EXPECT_EQ(sum_.segments, shm_info().used_ids);			\
	EXPECT_EQ(sum_.pages, shm_info().shm_tot);			\
	EXPECT_LE(shm_info().shm_rss + shm_info().shm_swp, sum_.pages);	\
} while (0)

/* And in the end: nothing stays behind. */
#define EXPECT_NOTHING_LEFT() do {					\
	EXPECT_COUNTS_RIGHT(0);						\
	remove_all();							\
	EXPECT_EQ(0, shm_info().used_ids);				\
	EXPECT_EQ(0, shm_info().shm_tot);				\
	EXPECT_EQ(0, shm_info().shm_rss);				\
	EXPECT_EQ(0, shm_info().shm_swp);				\
} while (0)

#define RACE_FOR(seconds, ...) do {					\
	const struct racer racers_[] = { __VA_ARGS__, { NULL, 0 } };	\
									\
	ASSERT_TRUE(race_init());					\
	EXPECT_EQ(0, race_processes(racers_, (seconds) * race_seconds())); \
} while (0)
#define RACE(...) RACE_FOR(1, __VA_ARGS__)

#endif /* _ALTSHM_SELFTESTS_RACE_H */
