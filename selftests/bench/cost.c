// SPDX-License-Identifier: GPL-2.0-only
/*
 * What one operation costs. Each facility has a fresh child of the same parent
 * do each batch of operations, so address spaces and descriptors are alike, and
 * the facilities take turns. The median of the batches leaves out those in
 * which the kernel did something else.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench.h"

#define KEY		0x30000000
#define KEY_UNUSED	0x30000001	/* and many after it */
#define LIVE		100	/* objects of each kind that exist meanwhile */
#define HELD		64	/* attaches that exist while others come and go */
#define MOST		1024	/* attaches, and batches */
#define MIB		(1UL << 20)

struct run;

struct work {
	const char *name;
	unsigned long n;	/* attaches, or 0 */
	unsigned int on;	/* facilities */
	size_t size;
	int flags;
	unsigned int ops;	/* in a batch; 0: one for each page of @size */
	unsigned int batches;	/* that a child does */
	unsigned int rounds;	/* children of each facility */
	int (*prepare)(struct run *run);	/* or NULL */
	int (*op)(struct run *run);
	bool long_only;
};

/* What a child works with. */
struct run {
	const struct facility *f;
	const struct work *w;
	int id;
	int ids[HELD];
	void *attached[MOST];
	char *mem;
	unsigned long at;
	size_t size;
};

/* What children tell their parent. */
struct results {
	unsigned int count;
	double cost[MOST];
	double faults[MOST];
};

static int prepare_one(struct run *run)
{
	run->id = run->f->create(KEY, run->size, run->w->flags);
	return run->id < 0 ? -1 : 0;
}

static int prepare_held(struct run *run)
{
	for (int i = 0; i < HELD; i++) {
		run->ids[i] = run->f->create(0, run->size, 0);
		if (run->ids[i] < 0)
			return -1;
		run->attached[i] = run->f->attach(run->ids[i], run->size);
		if (run->attached[i] == MAP_FAILED)
			return -1;
	}
	return 0;
}

/* Attaches that are all there is of their objects: they go with the process. */
static int prepare_attached(struct run *run)
{
	for (unsigned long i = 0; i < run->w->n; i++) {
		int id = run->f->create(0, run->size, 0);

		if (id < 0 || run->f->attach(id, run->size) == MAP_FAILED || run->f->remove(id))
			return -1;
	}
	return 0;
}

static int prepare_untouched(struct run *run)
{
	if (prepare_one(run))
		return -1;
	run->mem = run->f->attach(run->id, run->size);
	return run->mem == MAP_FAILED ? -1 : run->f->remove(run->id);
}

/* All pages are there, brought in by another process. */
static int prepare_resident(struct run *run)
{
	int pid;

	if (prepare_one(run))
		return -1;
	pid = fork();
	if (!pid) {
		run->mem = run->f->attach(run->id, run->size);
		if (run->mem == MAP_FAILED)
			_exit(1);
		for (size_t i = 0; i < run->size; i += PAGE)
			run->mem[i] = 1;
		_exit(0);
	}
	if (!ended_well(pid))
		return -1;
	run->mem = run->f->attach(run->id, run->size);
	return run->mem == MAP_FAILED ? -1 : run->f->remove(run->id);
}

static int op_nothing(struct run *run)
{
	return 0;
}

static int op_getppid(struct run *run)
{
	return syscall(SYS_getppid) < 0;
}

static int op_null(struct run *run)
{
	return null_ioctl();
}

static int op_unknown(struct run *run)
{
	return device_ioctl_unknown();
}

static int op_find(struct run *run)
{
	return run->f->find(KEY) != run->id;
}

/* Another each time: how many others a search passes depends on the key and on chance. */
static int op_miss(struct run *run)
{
	return run->f->find(KEY_UNUSED + run->at++ % 256) != -1 || errno != ENOENT;
}

static int op_stat(struct run *run)
{
	return run->f->stat(run->id);
}

static int op_create(struct run *run)
{
	int id = run->f->create(KEY, run->size, 0);

	return id < 0 || run->f->remove(id);
}

static int op_attach(struct run *run)
{
	void *mem = run->f->attach(run->id, run->size);

	return mem == MAP_FAILED || run->f->detach(mem, run->size);
}

/* Another of many each time. */
static int op_held(struct run *run)
{
	unsigned int i = run->at++ % HELD;

	if (run->f->detach(run->attached[i], run->size))
		return -1;
	run->attached[i] = run->f->attach(run->ids[i], run->size);
	return run->attached[i] == MAP_FAILED;
}

static int op_fork(struct run *run)
{
	int pid = fork();

	if (!pid)
		_exit(0);
	return !ended_well(pid);
}

static int op_exec(struct run *run)
{
	int pid = fork();

	if (!pid) {
		execl("/proc/self/exe", "bench", "nothing", NULL);
		_exit(1);
	}
	return !ended_well(pid);
}

static int op_write(struct run *run)
{
	*(volatile char *)(run->mem + run->at) = 1;
	run->at += PAGE;
	return 0;
}

static int op_read(struct run *run)
{
	char byte = *(volatile char *)(run->mem + run->at);

	run->at += PAGE;
	return byte != 1;
}

/* As X clients do with images: small ones, gone with the last attach. */
static int op_image(struct run *run)
{
	size_t size = PAGE << (run->at++ % 5);
	int id = run->f->create(0, size, 0);
	char *mem;

	if (id < 0)
		return -1;
	mem = run->f->attach(id, size);
	if (mem == MAP_FAILED || run->f->remove(id))
		return -1;
	for (size_t i = 0; i < size; i += PAGE)
		mem[i] = 1;
	return run->f->detach(mem, size);
}

#define NOT_SHIM	(ON_ALL & ~ON(SHIM))

static const struct work works[] = {
	{ .name = "floor: getppid", .op = op_getppid, .ops = 200, .batches = 9, .rounds = 5 },
	{ .name = "floor: ioctl that does nothing", .op = op_null, .ops = 200, .batches = 9,
	  .rounds = 5 },
	{ .name = "floor: ioctl that altshm refuses", .op = op_unknown, .ops = 200,
	  .batches = 9, .rounds = 5 },
	{ .name = "get by key", .on = ON_NAMED, .size = PAGE, .prepare = prepare_one,
	  .op = op_find, .ops = 200, .batches = 9, .rounds = 5 },
	{ .name = "get by key, none there", .on = ON_NAMED, .op = op_miss, .ops = 200,
	  .batches = 9, .rounds = 5 },
	{ .name = "IPC_STAT", .on = ON_ALL, .size = PAGE, .prepare = prepare_one, .op = op_stat,
	  .ops = 200, .batches = 9, .rounds = 5 },
	{ .name = "create+remove", .on = ON_ALL, .size = PAGE, .op = op_create, .ops = 20,
	  .batches = 15, .rounds = 5 },
	{ .name = "attach+detach, 64 KiB", .on = ON_ALL, .size = 16 * PAGE,
	  .prepare = prepare_one, .op = op_attach, .ops = 20, .batches = 15, .rounds = 5 },
	{ .name = "attach+detach, 1 GiB", .on = ON_ALL, .size = 1024 * MIB,
	  .prepare = prepare_one, .op = op_attach, .ops = 20, .batches = 15, .rounds = 5 },
	{ .name = "attach+detach, each of 64", .on = ON_ALL, .size = PAGE,
	  .prepare = prepare_held, .op = op_held, .ops = 16, .batches = 24, .rounds = 3 },
	{ .name = "create, attach, use, detach, remove", .on = ON_ALL, .op = op_image,
	  .ops = 20, .batches = 15, .rounds = 5 },
	{ .name = "fork+exit with attaches", .n = 1, .on = ON_ALL, .size = PAGE,
	  .prepare = prepare_attached, .op = op_fork, .ops = 1, .batches = 9, .rounds = 5 },
	{ .name = "fork+exit with attaches", .n = 100, .on = ON_ALL, .size = PAGE,
	  .prepare = prepare_attached, .op = op_fork, .ops = 1, .batches = 9, .rounds = 3,
	  .long_only = true },
	{ .name = "fork+exit with attaches", .n = 1000, .on = NOT_SHIM, .size = PAGE,
	  .prepare = prepare_attached, .op = op_fork, .ops = 1, .batches = 5, .rounds = 1 },
	{ .name = "fork+exec+exit with attaches", .n = 1000, .on = NOT_SHIM, .size = PAGE,
	  .prepare = prepare_attached, .op = op_exec, .ops = 1, .batches = 5, .rounds = 1,
	  .long_only = true },
	{ .name = "first write of a page", .on = NOT_SHIM, .size = 256 * MIB,
	  .prepare = prepare_untouched, .op = op_write, .batches = 1, .rounds = 1 },
	{ .name = "first read of a resident page", .on = NOT_SHIM,
	  .size = 256 * MIB, .prepare = prepare_resident, .op = op_read, .batches = 1,
	  .rounds = 1 },
	{ .name = "first write of a page, hugetlb", .on = NOT_SHIM & ~ON(POSIX),
	  .size = 256 * MIB, .flags = HUGE, .prepare = prepare_untouched, .op = op_write,
	  .batches = 1, .rounds = 1, .long_only = true },
	{ .name = "first write of a page, altshm with THP", .on = ON(NATIVE) | ON(IOCTL),
	  .size = 256 * MIB, .flags = THP, .prepare = prepare_untouched, .op = op_write,
	  .batches = 1, .rounds = 1, .long_only = true },
};

static long faults(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_minflt;
}

static void batch(struct run *run, int (*op)(struct run *run), unsigned int ops,
		  double *cost, double *faulted)
{
	long before = faults();
	int64_t start = now();

	for (unsigned int i = 0; i < ops; i++)
		if (op(run))
			die(run->w->name);
	*cost = now() - start;
	*faulted = faults() - before;
}

/* In a child of its own. */
static void measure(struct run *run, struct results *results)
{
	const struct work *w = run->w;
	unsigned int ops = w->ops ?: run->size / PAGE;
	double overhead, unused;

	if (w->prepare && w->prepare(run))
		die(w->name);
	/* What comes only once: pages of this child's own, per-CPU caches. */
	for (unsigned int i = 0; w->ops && i < 2; i++)
		batch(run, w->op, ops, &unused, &unused);
	for (unsigned int i = 0; i < 3; i++)
		batch(run, op_nothing, ops, &overhead, &unused);
	for (unsigned int i = 0; i < w->batches; i++) {
		double *cost = &results->cost[results->count];
		double *faulted = &results->faults[results->count];

		batch(run, w->op, ops, cost, faulted);
		*cost = (*cost - overhead) / ops;
		*faulted /= ops;
		results->count++;
	}
	if (w->prepare == prepare_one && run->f->remove(run->id))
		die(w->name);
	for (int i = 0; w->prepare == prepare_held && i < HELD; i++)
		run->f->remove(run->ids[i]);
}

static void measure_in_child(struct run *run, struct results *results)
{
	int pid = fork();

	if (!pid) {
		measure(run, results);
		_exit(0);
	}
	if (!ended_well(pid))
		die(run->w->name);
}

static void run_work(const struct work *w, struct results *results)
{
	unsigned int rounds = w->ops && !quick ? w->rounds * 3 : w->rounds;
	struct run run = { .w = w, .size = w->size };

	if (quick && !w->ops)
		run.size /= 16;
	for (int f = 0; f < FACILITIES; f++)
		results[f].count = 0;
	for (unsigned int round = 0; round < rounds; round++)
		for (int f = 0; f < FACILITIES; f++) {
			run.f = &facilities[f];
			if (w->on & ON(f) || (!w->on && !f))
				measure_in_child(&run, &results[f]);
		}
	for (int f = 0; f < FACILITIES; f++) {
		const char *name = w->on ? facilities[f].name : "kernel";
		unsigned int count = results[f].count;
		double faulted;

		if (!count)
			continue;
		report(w->name, w->n, name, "instructions", median(results[f].cost, count), count);
		faulted = median(results[f].faults, count);
		if (!w->ops)
			report(w->name, w->n, name, "faults", faulted, count);
	}
}

void run_cost(void)
{
	struct results *results = shared_memory(sizeof(*results) * FACILITIES);

	for (int f = 0; f < FACILITIES; f++)
		for (int i = 0; i < LIVE; i++)
			if (facilities[f].create(KEY_LIVE + f * LIVE + i, PAGE, 0) < 0)
				die("create");
	for (unsigned int i = 0; i < sizeof(works) / sizeof(*works); i++) {
		const struct work *w = &works[i];

		if (!quick || !w->long_only)
			run_work(w, results);
	}
}
