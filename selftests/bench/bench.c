// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measures what shared memory costs, each kind of it in the same run.
 *
 * usage: bench [--quick] cost|many|scale      needs root
 *
 * cost: time of one operation. In a guest whose clock counts instructions a
 * nanosecond is one instruction, and this is what the results are called.
 * many: the same with up to a million segments there. scale: operations a
 * second of several threads and processes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

bool quick;
static const char *mode;

void die(const char *what)
{
	perror(what);
	exit(1);
}

void report(const char *work, unsigned long n, const char *facility, const char *unit,
	    double value, unsigned int samples)
{
	printf("{\"mode\":\"%s\",\"cpus\":%ld,\"work\":\"%s\",\"n\":%lu,", mode,
	       sysconf(_SC_NPROCESSORS_ONLN), work, n);
	printf("\"facility\":\"%s\",\"unit\":\"%s\",\"value\":%.3f,\"samples\":%u}\n",
	       facility, unit, value, samples);
	fflush(stdout);
}

static int by_value(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

double median(double *values, unsigned int count)
{
	qsort(values, count, sizeof(*values), by_value);
	return (values[count / 2] + values[(count - 1) / 2]) / 2;
}

int64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

void *shared_memory(size_t size)
{
	void *mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (mem == MAP_FAILED)
		die("mmap");
	return mem;
}

bool ended_well(int pid)
{
	int status;

	return pid > 0 && waitpid(pid, &status, 0) == pid &&
	       WIFEXITED(status) && !WEXITSTATUS(status);
}

/* What a mapping costs depends on where it comes to lie: every run is alike. */
static void fix_addresses(char **argv)
{
	int current = personality(0xffffffff);

	if (current & ADDR_NO_RANDOMIZE)
		return;
	if (personality(current | ADDR_NO_RANDOMIZE) < 0)
		die("personality");
	execv("/proc/self/exe", argv);
	die("exec");
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} modes[] = {
		{ "cost", run_cost }, { "many", run_many }, { "scale", run_scale },
	};

	/* What the cost of exec() is measured with. */
	if (argc == 2 && !strcmp(argv[1], "nothing"))
		return 0;
	fix_addresses(argv);
	if (argc > 2 && !strcmp(argv[1], "--quick")) {
		quick = true;
		argv++;
		argc--;
	}
	for (unsigned int i = 0; argc == 2 && i < sizeof(modes) / sizeof(*modes); i++) {
		if (strcmp(argv[1], modes[i].name))
			continue;
		mode = argv[1];
		facilities_open();
		modes[i].run();
		return 0;
	}
	fprintf(stderr, "usage: bench [--quick] cost|many|scale\n");
	return 1;
}
