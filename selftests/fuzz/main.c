// SPDX-License-Identifier: GPL-2.0-only
/*
 * Model-checked fuzzing of System V shared memory: random sequences of calls
 * from several processes and users, every answer held against a model. Prints
 * KTAP; each sequence file given, and all of the fuzzing, is one test.
 */
#include <dirent.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "cover.h"
#include "run.h"
#include "sequence.h"
#include "worker.h"

#define POOL		4096
#define SHRINK_TRIES	600
#define TRIM_TRIES	200
#define TRIM_SECONDS	10

static struct runner *runner;
static struct {
	bool native;
	bool replay_only;
	uint64_t seed;
	unsigned long seconds, count;
	unsigned int length;
	const char *save;
} options = { .length = 80 };

static struct sequence *pool[POOL];
static size_t pool_count;
static unsigned int tests, failures;
static time_t trimming, trim_end;
static time_t started;
static bool guided;	/* by which places calls reach */

static time_t seconds_up(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static void pool_add(const struct sequence *seq)
{
	size_t i = pool_count < POOL ? pool_count++ : random_next() % POOL;

	if (!pool[i])
		pool[i] = malloc(sizeof(*seq));
	if (pool[i])
		*pool[i] = *seq;
}

static void save(const struct sequence *seq, const char *kind)
{
	static unsigned int number;
	char path[512];

	snprintf(path, sizeof(path), "%s/%s-%lx-%u", options.save, kind,
		 (unsigned long)options.seed, number++);
	if (sequence_save(seq, path))
		printf("# %s: %m\n", path);
	else
		printf("# saved as %s\n", path);
}

static bool still_fails(const struct sequence *seq, void *arg)
{
	(void)arg;
	return runner_run(runner, seq) >= 0;
}

static bool still_reaches(const struct sequence *seq, void *arg)
{
	(void)arg;
	return seconds_up() < trim_end && runner_run(runner, seq) < 0 && cover_has_fresh();
}

static void tell_wrong(int at)
{
	char *line = strtok(runner->model.wrong, "\n");

	printf("# step %d:\n", at);
	for (; line; line = strtok(NULL, "\n"))
		printf("#   %s\n", line);
}

/* Shorten what failed, and show it call by call. */
static void report(const struct sequence *failed, int at)
{
	struct sequence seq = *failed;
	int again;

	printf("# wrong after %lu calls, %ld seconds\n", runner->calls,
	       (long)(seconds_up() - started));
	tell_wrong(at);
	seq.n = at + 1 < (int)seq.n ? at + 1 : seq.n;
	sequence_shrink(&seq, still_fails, NULL, SHRINK_TRIES);
	printf("# shortened to %zu records:\n", seq.n);
	runner->trace = stdout;
	again = runner_run(runner, &seq);
	runner->trace = NULL;
	if (again < 0)
		printf("# did not fail again\n");
	else
		tell_wrong(again);
	if (options.save)
		save(&seq, "failed");
	for (size_t i = 0; i < seq.n; i++) {
		const struct record *record = &seq.records[i];

		printf("# %s %x", op_names[record->op], record->worker);
		for (size_t j = 0; j < sizeof(record->arg); j++)
			printf(" %x", record->arg[j]);
		printf("\n");
	}
}

static bool try(const struct sequence *seq)
{
	int at = runner_run(runner, seq);

	if (at >= 0)
		report(seq, at);
	return at < 0;
}

static void result(bool ok, const char *name)
{
	tests++;
	failures += !ok;
	printf("%sok %u %s\n", ok ? "" : "not ", tests, name);
	fflush(stdout);
}

static void replay(const char *path)
{
	struct sequence seq;
	int error = sequence_load(&seq, path);

	if (error) {
		printf("# %s: %s\n", path, strerror(-error));
		result(false, path);
		return;
	}
	result(try(&seq), path);
	cover_settle();
	pool_add(&seq);
}

static int is_sequence(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void replay_all(const char *path)
{
	struct dirent **entries;
	char file[1024];
	int n = scandir(path, &entries, is_sequence, alphasort);

	if (n < 0) {
		replay(path);
		return;
	}
	for (int i = 0; i < n; i++) {
		snprintf(file, sizeof(file), "%s/%s", path, entries[i]->d_name);
		replay(file);
		free(entries[i]);
	}
	free(entries);
}

/* What reached new places is kept, without what was not needed for that. */
static void keep(struct sequence *seq)
{
	time_t begin = seconds_up();

	/* One quarter of the time for that, no more. */
	if (4 * trimming <= begin - started) {
		trim_end = begin + TRIM_SECONDS;
		sequence_shrink(seq, still_reaches, NULL, TRIM_TRIES);
		trimming += seconds_up() - begin;
	}
	pool_add(seq);
	if (options.save)
		save(seq, "reached");
	cover_settle();
}

static bool fuzz_once(void)
{
	struct sequence seq;
	size_t most = 2 * options.length;

	if (pool_count && random_next() % 4) {
		seq = *pool[random_next() % pool_count];
		sequence_mutate(&seq, pool[random_next() % pool_count]);
	} else {
		/* Identifiers come round in a long one only. */
		most = random_next() % 8 ? most : MAX_RECORDS;
		sequence_random(&seq, 1 + random_next() % most);
	}
	if (!try(&seq))
		return false;
	if (cover_fresh())
		keep(&seq);
	return true;
}

static const char *reached(void)
{
	static char text[64];

	if (!guided)
		return "not guided by kcov";
	snprintf(text, sizeof(text), "%zu places of the module reached", cover_total());
	return text;
}

static void fuzz(void)
{
	unsigned long done = 0;
	time_t start = seconds_up(), told = start;
	char name[128];
	bool ok = true;

	while (ok && (options.count ? done < options.count :
				      seconds_up() - start < (time_t)options.seconds)) {
		random_seed(options.seed + done++);
		ok = fuzz_once();
		if (seconds_up() - told < 10)
			continue;
		told = seconds_up();
		printf("# after seed %lu: %lu calls, %s\n", options.seed + done - 1,
		       runner->calls, reached());
		fflush(stdout);
	}
	printf("# %lu sequences, %lu calls, %ld seconds, %s\n", runner->sequences,
	       runner->calls, (long)(seconds_up() - start), reached());
	snprintf(name, sizeof(name), "seed %lu and %lu more", options.seed, done - 1);
	result(ok, name);
}

static const struct option longs[] = {
	{ "native", no_argument, NULL, 'n' },
	{ "set-clock", no_argument, NULL, 'c' },
	{ "seed", required_argument, NULL, 's' },
	{ "count", required_argument, NULL, 'N' },
	{ "seconds", required_argument, NULL, 't' },
	{ "ops", required_argument, NULL, 'o' },
	{ "save", required_argument, NULL, 'S' },
	{ "trace", no_argument, NULL, 'v' },
	{ }
};

static int usage(void)
{
	fprintf(stderr,
		"usage: fuzz [OPTION]... [FILE|FOLDER]...\n"
		"Replays sequence files, and fuzzes with --seconds or --count.\n"
		"  --native      the kernel's own facility, not altshm\n"
		"  --set-clock   set the system's clock forward now and then\n"
		"  --seed N      default: by the time\n"
		"  --seconds N   fuzz so long\n"
		"  --count N     fuzz with the seeds N, N+1, ..., so many\n"
		"  --ops N       calls of an average random sequence (80)\n"
		"  --save DIR    where failures, and what reached new places, go\n"
		"  --trace       tell every call\n");
	return 2;
}

static bool parse_options(int argc, char **argv)
{
	int c;

	options.seed = time(NULL);
	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		switch (c) {
		case 'n':
			options.native = true;
			break;
		case 'c':
			runner->may_set_clock = true;
			break;
		case 's':
			options.seed = strtoull(optarg, NULL, 0);
			break;
		case 'N':
			options.count = strtoul(optarg, NULL, 0);
			break;
		case 't':
			options.seconds = strtoul(optarg, NULL, 0);
			break;
		case 'o':
			options.length = strtoul(optarg, NULL, 0);
			break;
		case 'S':
			options.save = optarg;
			break;
		case 'v':
			runner->trace = stdout;
			break;
		default:
			return false;
		}
	}
	return options.length && options.length <= MAX_RECORDS / 2;
}

int main(int argc, char **argv)
{
	const char *missing;

	if (argc == 3 && strstr(argv[1], "-worker"))
		worker_rerun(atoi(argv[2]), !strcmp(argv[1], "--worker"));
	/* Shared, so that it is not copied for workers. */
	runner = mmap(NULL, sizeof(*runner), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		      -1, 0);
	if (runner == MAP_FAILED)
		return 4;
	if (!parse_options(argc, argv))
		return usage();
	started = seconds_up();
	missing = runner_init(runner, !options.native);
	if (missing) {
		printf("1..0 # SKIP %s\n", missing);
		return 4;
	}
	guided = !options.native && cover_open();
	printf("TAP version 13\n# %s, seed %lu%s\n", options.native ? "sysv" : "altshm",
	       options.seed, guided ? ", guided by kcov" : "");
	for (; optind < argc; optind++)
		replay_all(argv[optind]);
	if (options.seconds || options.count)
		fuzz();
	printf("1..%u\n", tests);
	return failures ? 1 : 0;
}
