// SPDX-License-Identifier: GPL-2.0-only
/*
 * How many operations a second several threads or processes do. The facilities
 * take turns in short runs; the result is the median of the runs, and of how each
 * compares with the native one of the same turn.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

#define KEY	0x30000000
#define SIZE	(16 * PAGE)
#define TOUCHED	(512 * PAGE)	/* a huge page */
#define MOST	16	/* workers */
#define RUNS	15

struct worker {
	struct crew *crew;
	int id;			/* the object it works on */
	unsigned long done;
	char pad[64];		/* no two workers write to one cache line */
};

/* Those who work at the same time; in memory that all processes share. */
struct crew {
	const struct facility *f;
	bool (*op)(const struct facility *f, int id);
	atomic_uint ready;
	atomic_bool go;
	atomic_bool stop;
	struct worker workers[MOST];
};

static bool op_get(const struct facility *f, int id)
{
	return f->find(KEY) == id;
}

static bool op_stat(const struct facility *f, int id)
{
	return !f->stat(id);
}

static bool op_attach(const struct facility *f, int id)
{
	void *mem = f->attach(id, SIZE);

	return mem != MAP_FAILED && !f->detach(mem, SIZE);
}

static bool op_create(const struct facility *f, int id)
{
	id = f->create(0, SIZE, 0);
	return id >= 0 && !f->remove(id);
}

static bool touch(const struct facility *f, int flags)
{
	int id = f->create(0, TOUCHED, flags);
	volatile char *mem = id < 0 ? MAP_FAILED : f->attach(id, TOUCHED);

	if (mem == MAP_FAILED || f->remove(id))
		return false;
	for (size_t i = 0; i < TOUCHED; i += PAGE)
		mem[i] = 1;
	return !f->detach((void *)mem, TOUCHED);
}

static bool op_touch(const struct facility *f, int id)
{
	return touch(f, 0);
}

static bool op_touch_thp(const struct facility *f, int id)
{
	return touch(f, THP);
}

static const struct work {
	const char *name;
	bool threads;
	bool own;		/* each worker has an object of its own */
	unsigned int on;
	bool (*op)(const struct facility *f, int id);
	bool long_only;
} works[] = {
	{ .name = "get of one key, processes", .on = ON_NAMED, .op = op_get },
	{ .name = "get of one key, threads", .threads = true, .on = ON_NAMED, .op = op_get },
	{ .name = "attach+detach of own segment, processes", .own = true, .on = ON_ALL,
	  .op = op_attach },
	{ .name = "attach+detach of own segment, threads", .threads = true, .own = true,
	  .on = ON_ALL, .op = op_attach, .long_only = true },
	{ .name = "attach+detach of one segment, processes", .on = ON_ALL, .op = op_attach },
	{ .name = "create+remove, processes", .on = ON_ALL, .op = op_create },
	{ .name = "create+remove, threads", .threads = true, .on = ON_ALL, .op = op_create,
	  .long_only = true },
	{ .name = "IPC_STAT of one segment, processes", .on = ON_ALL, .op = op_stat,
	  .long_only = true },
	{ .name = "first write of 2 MiB", .on = ON(NATIVE) | ON(IOCTL) | ON(MEMFD),
	  .op = op_touch, .long_only = true },
	{ .name = "first write of 2 MiB, altshm with THP", .on = ON(NATIVE) | ON(IOCTL),
	  .op = op_touch_thp, .long_only = true },
};

static void *work(void *data)
{
	struct worker *worker = data;
	struct crew *crew = worker->crew;
	unsigned long done = 0;

	atomic_fetch_add(&crew->ready, 1);
	while (!atomic_load(&crew->go))
		;
	while (!atomic_load_explicit(&crew->stop, memory_order_relaxed)) {
		if (!crew->op(crew->f, worker->id))
			die("scale");
		done++;
	}
	worker->done = done;
	return NULL;
}

/* Nanoseconds that they worked. */
static double time_crew(struct crew *crew, unsigned int count)
{
	struct timespec span = { .tv_nsec = quick ? 30000000 : 60000000 };
	int64_t start;

	while (atomic_load(&crew->ready) < count)
		usleep(100);
	start = now();
	atomic_store(&crew->go, true);
	nanosleep(&span, NULL);
	atomic_store(&crew->stop, true);
	return now() - start;
}

static double run_crew(struct crew *crew, bool threads, unsigned int count)
{
	pthread_t ids[MOST];
	int pids[MOST];
	double took, sum = 0;

	atomic_store(&crew->ready, 0);
	atomic_store(&crew->go, false);
	atomic_store(&crew->stop, false);
	for (unsigned int i = 0; i < count; i++) {
		if (threads) {
			if (pthread_create(&ids[i], NULL, work, &crew->workers[i]))
				die("pthread_create");
			continue;
		}
		pids[i] = fork();
		if (!pids[i]) {
			work(&crew->workers[i]);
			_exit(0);
		}
	}
	took = time_crew(crew, count);
	for (unsigned int i = 0; i < count; i++) {
		if (threads)
			pthread_join(ids[i], NULL);
		else if (!ended_well(pids[i]))
			die("worker");
		sum += crew->workers[i].done;
	}
	return sum * 1e9 / took;
}

/* Has the objects made and removed around one run. */
static double run_once(struct crew *crew, const struct work *w, int f, unsigned int count)
{
	unsigned int objects = w->own ? count : 1;
	double result;
	int ids[MOST];

	crew->f = &facilities[f];
	crew->op = w->op;
	for (unsigned int i = 0; i < objects; i++) {
		ids[i] = crew->f->create(KEY + i, SIZE, 0);
		if (ids[i] < 0)
			die("create");
	}
	for (unsigned int i = 0; i < count; i++) {
		crew->workers[i].crew = crew;
		crew->workers[i].id = ids[i % objects];
	}
	result = run_crew(crew, w->threads, count);
	for (unsigned int i = 0; i < objects; i++)
		if (crew->f->remove(ids[i]))
			die("remove");
	return result;
}

static void run_work(struct crew *crew, const struct work *w, unsigned int count)
{
	double values[FACILITIES][RUNS], ratios[FACILITIES][RUNS];
	unsigned int runs = quick ? 9 : RUNS;

	for (unsigned int run = 0; run < runs; run++)
		for (int f = 0; f < FACILITIES; f++) {
			if (!(w->on & ON(f)))
				continue;
			values[f][run] = run_once(crew, w, f, count);
			ratios[f][run] = values[f][run] / values[NATIVE][run];
		}
	for (int f = 0; f < FACILITIES; f++) {
		if (!(w->on & ON(f)))
			continue;
		report(w->name, count, facilities[f].name, "operations/s",
		       median(values[f], runs), runs);
		report(w->name, count, facilities[f].name, "times native",
		       median(ratios[f], runs), runs);
	}
}

void run_scale(void)
{
	unsigned int cpus = sysconf(_SC_NPROCESSORS_ONLN);
	struct crew *crew = shared_memory(sizeof(*crew));

	for (unsigned int i = 0; i < sizeof(works) / sizeof(*works); i++)
		for (unsigned int count = 1; count <= cpus && count <= MOST; count *= 2)
			if (!quick || !works[i].long_only)
				run_work(crew, &works[i], count);
}
