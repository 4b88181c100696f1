// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the calls cost while many segments exist, and what memory of the
 * kernel's each takes. System V facilities only: native up to its own limit.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/shm.h>

#include "../sys.h"
#include "bench.h"

#define KEY		0x30000000
#define OPS		50
#define BATCHES		15

/* The table that is being filled. */
struct table {
	const struct facility *f;
	unsigned long count;
	int *ids;
	uint64_t random;
};

enum { CREATE, GET, STAT, REMOVE, KINDS };

static const char *const names[KINDS] = {
	"create among many", "get by key among many", "IPC_STAT among many",
	"remove among many",
};

static unsigned long any(struct table *table)
{
	table->random = table->random * 6364136223846793005ULL + 1442695040888963407ULL;
	return (table->random >> 33) % table->count;
}

static void grow(struct table *table, unsigned long count)
{
	for (; table->count < count; table->count++) {
		table->ids[table->count] = table->f->create(KEY_LIVE + table->count, PAGE, 0);
		if (table->ids[table->count] < 0)
			die("create");
	}
}

static double cost(int64_t start, unsigned long ops)
{
	return (double)(now() - start) / ops;
}

/* One batch of each kind: so many of each. */
static void batch(struct table *table, double values[KINDS])
{
	int64_t start = now();
	int made[OPS];

	for (int i = 0; i < OPS; i++) {
		made[i] = table->f->create(KEY + i, PAGE, 0);
		if (made[i] < 0)
			die(names[CREATE]);
	}
	values[CREATE] = cost(start, OPS);
	start = now();
	for (int i = 0; i < OPS; i++) {
		unsigned long at = any(table);

		if (table->f->find(KEY_LIVE + at) != table->ids[at])
			die(names[GET]);
	}
	values[GET] = cost(start, OPS);
	start = now();
	for (int i = 0; i < OPS; i++)
		if (table->f->stat(table->ids[any(table)]))
			die(names[STAT]);
	values[STAT] = cost(start, OPS);
	start = now();
	for (int i = 0; i < OPS; i++)
		if (table->f->remove(made[i]))
			die(names[REMOVE]);
	values[REMOVE] = cost(start, OPS);
}

/* As readers of the whole table do; the time of one segment. */
static double list(const char *path, unsigned long least)
{
	int64_t start = now();
	unsigned long lines = 0;
	FILE *file = fopen(path, "re");
	char line[512];

	while (file && fgets(line, sizeof(line), file))
		lines++;
	if (!file || lines <= least)
		die(path);
	fclose(file);
	return cost(start, lines - 1);
}

static const char *list_path(const struct facility *f)
{
	return f == &facilities[NATIVE] ? "/proc/sysvipc/shm" : "/proc/altshm/shm";
}

static double kernel_memory(void)
{
	return (meminfo("Slab") + meminfo("VmallocUsed") + meminfo("Percpu")) * 1024.0;
}

static void measure(struct table *table)
{
	double values[KINDS][BATCHES], one[KINDS];

	/* The first batch grows the kernel's caches. */
	for (int i = -1; i < BATCHES; i++) {
		batch(table, one);
		for (int kind = 0; i >= 0 && kind < KINDS; kind++)
			values[kind][i] = one[kind];
	}
	for (int kind = 0; kind < KINDS; kind++)
		report(names[kind], table->count, table->f->name, "instructions",
		       median(values[kind], BATCHES), BATCHES);
	report("list one of many", table->count, table->f->name, "instructions",
	       list(list_path(table->f), table->count), 1);
}

/* The counts are in ascending order, 0 at the end. */
static void measure_facility(const struct facility *f, const unsigned long *counts)
{
	struct table table = { .f = f, .ids = shared_memory(1048576 * sizeof(int)) };
	double before;

	/* The page tables of the list of identifiers are there, and the caches. */
	for (unsigned long i = 0; i < 1048576; i += PAGE / sizeof(int))
		table.ids[i] = -1;
	before = kernel_memory();
	for (; *counts; counts++) {
		grow(&table, *counts);
		if (*counts >= 1000)
			report("kernel memory of one segment", *counts, f->name, "bytes",
			       (kernel_memory() - before) / *counts, 1);
		measure(&table);
	}
	while (table.count)
		if (f->remove(table.ids[--table.count]))
			die("remove");
}

void run_many(void)
{
	static const unsigned long native[] = { 1, 1000, 32000, 0 };
	static const unsigned long ours[] = { 1, 1000, 32000, 100000, 1000000, 0 };
	static const unsigned long few[] = { 1, 1000, 5000, 0 };

	measure_facility(&facilities[NATIVE], quick ? few : native);
	measure_facility(&facilities[IOCTL], quick ? few : ours);
}
