// SPDX-License-Identifier: GPL-2.0-only
/*
 * Soak: workers of several users do what real programs do, and are killed all
 * along. At each checkpoint all are killed and everything is removed; then the
 * kernel holds no more than it did after the warm-up. ALTSHM_SOAK_OPS says for
 * how many calls; without it the run is short, with the kernel's own facility it
 * always is, and on a slow kernel shorter.
 */
#include "objects.h"
#include "soak.h"

#define SHORT_OPS	100000UL

enum { CHECKPOINTS = 5, SETTLE_SECONDS = 20 };

SHM_FIXTURE(soak);

static const struct {
	int (*cycle)(unsigned int *seed);
	uid_t uid;
} workers[] = {
	{ x11, 0 }, { x11, USER_A }, { postgres, USER_A }, { postgres, USER_B }, { mpi, 0 },
	{ php, USER_A }, { php, USER_B }, { ipcs, 0 }, { container, 0 },
};

static pid_t pids[ARRAY_SIZE(workers)];

static unsigned long ops_wanted(void)
{
	const char *given = getenv("ALTSHM_SOAK_OPS");
	unsigned long least = SHORT_OPS / slowness();
	unsigned long ops = given ? strtoul(given, NULL, 0) : least;

	return on_altshm || ops < least ? ops : least;
}

/* Each count starts again before it could overflow. */
static unsigned long ops_done(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(workers); i++)
		race->turns += __atomic_exchange_n(&race->cell[i], 0, __ATOMIC_RELAXED);
	return race->turns;
}

static void work(unsigned int n, unsigned int seed)
{
	worker = n;
	if (workers[n].uid && become(workers[n].uid, GROUP_G))
		_exit(complain("become", -errno));
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		if (workers[n].cycle(&seed))
			_exit(1);
}

static void start_worker(unsigned int n, unsigned int *seed)
{
	unsigned int own = rand_r(seed);

	pids[n] = fork();
	if (!pids[n]) {
		setpgid(0, 0);
		work(n, own);
	}
	setpgid(pids[n], pids[n]);
}

static void kill_worker(unsigned int n)
{
	kill(-pids[n], SIGKILL);
	waitpid(pids[n], NULL, 0);
}

/* Until @ops calls are made in all, some worker is killed every few of them. */
static void soak_until(unsigned long ops, unsigned int *seed)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(workers); i++)
		start_worker(i, seed);
	while (ops_done() < ops && !race->failed) {
		struct timespec pause = { .tv_nsec = rand_r(seed) % 50000000 };
		unsigned int n = rand_r(seed) % ARRAY_SIZE(workers);

		nanosleep(&pause, NULL);
		kill_worker(n);
		start_worker(n, seed);
		/* Orphans of those killed. */
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(workers); i++)
		kill_worker(i);
	while (waitpid(-1, NULL, 0) > 0)
		;
}

static long module_references(void)
{
	return on_altshm ? read_long("/sys/module/altshm/refcnt") : 0;
}

/* What is freed after a grace period, and dead namespaces, have gone. */
static bool is_settled(const struct objects *then, const struct objects *now, long references)
{
	return !objects_have_grown(then, now) && !objects_of(now, "altshm_seg") &&
	       module_references() <= references;
}

/* The least that is held within some time; without @then, for some seconds. */
static void settle(const struct objects *then, long references, struct objects *least)
{
	static struct objects now;
	time_t limit = time(NULL) + (then ? SETTLE_SECONDS : SETTLE_SECONDS / 4);

	least->count = 0;
	do {
		objects_count(&now);
		objects_least(least, &now);
		if (then && is_settled(then, least, references))
			return;
		next_second();
	} while (time(NULL) < limit);
}

/* What altshm is made of, and what grew most of all. */
static void report(const struct objects *then, const struct objects *now, long long ms,
		   unsigned long ops)
{
	const char *name;
	long growth = objects_growth(then, now, &name);

	printf("# at %lu calls: %lu a second; since the warm-up %+ld KiB",
	       race->turns, ms ? ops * 1000UL / (unsigned long)ms : 0,
	       then->available - now->available);
	for (unsigned int i = 0; i < ARRAY_SIZE(own_caches); i++)
		printf(", %s %+ld", own_caches[i],
		       objects_of(now, own_caches[i]) - objects_of(then, own_caches[i]));
	printf("; most: %s %+ld\n", name, growth);
	fflush(stdout);
}

TEST_F_TIMEOUT(soak, workers_come_and_go_and_nothing_grows, 86400)
{
	static struct objects base, now;
	long references = module_references();
	unsigned long ops = ops_wanted();
	unsigned int seed = race_seed();

	ASSERT_TRUE(race_init());
	ASSERT_EQ(0, prctl(PR_SET_CHILD_SUBREAPER, 1));
	for (int i = 0; i <= CHECKPOINTS && !test_failed(); i++) {
		unsigned long before = ops_done();
		long long start = now_ms(), ms;

		/* The first part is the warm-up. */
		soak_until(ops * (i + 1) / (CHECKPOINTS + 1), &seed);
		ms = now_ms() - start;
		EXPECT_EQ(0, race->failed);
		EXPECT_NOTHING_LEFT();
		settle(i ? &base : NULL, references, i ? &now : &base);
		if (!i)
			now = base;
		EXPECT_LT(0, now.count) TH_LOG("no " SLAB);
		report(&base, &now, ms, ops_done() - before);
		EXPECT_FALSE(objects_have_grown(&base, &now));
		/* Not there under this name where caches are merged. */
		EXPECT_EQ(0, objects_of(&now, "altshm_seg"));
		EXPECT_EQ(references, module_references());
	}
}

TEST_HARNESS_MAIN
