// SPDX-License-Identifier: GPL-2.0-only
/*
 * A file of a sequence has one record a line: the name of the operation, then
 * worker and arguments as bytes in hexadecimal.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sequence.h"

static int parse(struct record *record, char *line)
{
	uint8_t *arg = record->arg;
	char name[16];
	int op = 0;

	if (sscanf(line, "%15s %hhx %hhx %hhx %hhx %hhx %hhx %hhx", name, &record->worker,
		   &arg[0], &arg[1], &arg[2], &arg[3], &arg[4], &arg[5]) != 8)
		return -EINVAL;
	while (op < OP_COUNT && strcmp(op_names[op], name))
		op++;
	record->op = op;
	return op == OP_COUNT ? -EINVAL : 0;
}

int sequence_load(struct sequence *seq, const char *path)
{
	FILE *file = fopen(path, "re");
	char line[128];
	int error = 0;

	if (!file)
		return -errno;
	seq->n = 0;
	while (!error && seq->n < MAX_RECORDS && fgets(line, sizeof(line), file)) {
		if (*line == '#' || *line == '\n')
			continue;
		error = parse(&seq->records[seq->n++], line);
	}
	fclose(file);
	return error;
}

int sequence_save(const struct sequence *seq, const char *path)
{
	FILE *file = fopen(path, "we");

	if (!file)
		return -errno;
	/* In two parts, lest it be taken for the line of this file. */
	fprintf(file, "# SPDX-License-%s: GPL-2.0-only\n", "Identifier");
	for (size_t i = 0; i < seq->n; i++) {
		const struct record *record = &seq->records[i];

		fprintf(file, "%s %x", op_names[record->op], record->worker);
		for (size_t j = 0; j < sizeof(record->arg); j++)
			fprintf(file, " %x", record->arg[j]);
		fputc('\n', file);
	}
	return fclose(file) ? -errno : 0;
}

static uint64_t random_state;

void random_seed(uint64_t seed)
{
	random_state = seed;
}

/* splitmix64 */
uint64_t random_next(void)
{
	uint64_t z = random_state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* How often each operation comes, of their sum. */
static const uint8_t weights[OP_COUNT] = {
	[OP_GET] = 28, [OP_AT] = 28, [OP_DT] = 14, [OP_STAT] = 6, [OP_SET] = 12,
	[OP_RMID] = 10, [OP_LOCK] = 10, [OP_INFO] = 3, [OP_CTL] = 2, [OP_LOAD] = 8,
	[OP_STORE] = 14, [OP_MMAP] = 4, [OP_MUNMAP] = 12, [OP_MPROTECT] = 12,
	[OP_MADVISE] = 6, [OP_FORK] = 8, [OP_EXEC] = 1, [OP_EXIT] = 4, [OP_KILL] = 4,
	[OP_SPAWN] = 6, [OP_UNSHARE] = 2, [OP_SETNS] = 2, [OP_SYSCTL] = 4, [OP_CLOCK] = 6,
};

/* The same in this sequence: each leans to some operations and does without others. */
static unsigned int leaning[OP_COUNT];

static void lean(void)
{
	static const uint8_t factors[] = { 0, 1, 1, 5 };

	for (int op = 0; op < OP_COUNT; op++)
		leaning[op] = weights[op] * factors[random_next() % 4];
	if (!leaning[OP_GET])
		leaning[OP_GET] = weights[OP_GET];
}

static uint8_t random_op(void)
{
	unsigned int sum = 0;
	uint8_t op;

	for (op = 0; op < OP_COUNT; op++)
		sum += leaning[op];
	sum = random_next() % sum;
	for (op = 0; sum >= leaning[op]; op++)
		sum -= leaning[op];
	return op;
}

static void random_record(struct record *record)
{
	uint64_t bits = random_next();

	memcpy(&record->worker, &bits, sizeof(*record) - 1);
	record->op = random_op();
}

void sequence_random(struct sequence *seq, size_t n)
{
	lean();
	seq->n = n;
	for (size_t i = 0; i < n; i++)
		random_record(&seq->records[i]);
}

static void cut(struct sequence *seq, size_t at, size_t len)
{
	if (at + len > seq->n)
		len = seq->n - at;
	seq->n -= len;
	memmove(&seq->records[at], &seq->records[at + len], (seq->n - at) * sizeof(*seq->records));
}

static void paste(struct sequence *seq, size_t at, const struct record *records, size_t len)
{
	if (seq->n + len > MAX_RECORDS)
		return;
	memmove(&seq->records[at + len], &seq->records[at], (seq->n - at) * sizeof(*records));
	memcpy(&seq->records[at], records, len * sizeof(*records));
	seq->n += len;
}

static void mutate_once(struct sequence *seq, const struct sequence *other)
{
	size_t at = random_next() % (seq->n + 1), from, len;
	struct record record;

	switch (random_next() % 6) {
	case 0:
		cut(seq, at, 1 + random_next() % 4);
		return;
	case 1:
		from = random_next() % other->n;
		len = 1 + random_next() % (other->n - from);
		paste(seq, at, &other->records[from], len);
		return;
	case 2:
	case 3:
		random_record(&record);
		paste(seq, at, &record, 1);
		return;
	default:
		if (at < seq->n)
			((uint8_t *)&seq->records[at])[1 + random_next() % 7] = random_next();
	}
}

void sequence_mutate(struct sequence *seq, const struct sequence *other)
{
	unsigned int times = 1 + random_next() % 8;

	lean();
	while (times--)
		mutate_once(seq, other);
	if (!seq->n)
		sequence_random(seq, 1);
}

void sequence_shrink(struct sequence *seq, bool (*holds)(const struct sequence *seq, void *arg),
		     void *arg, unsigned int tries)
{
	struct sequence *shorter = malloc(sizeof(*shorter));
	size_t len = seq->n / 2;
	bool better = false;

	while (shorter && len && tries) {
		for (size_t at = 0; at < seq->n && tries; tries--) {
			*shorter = *seq;
			cut(shorter, at, len);
			if (holds(shorter, arg)) {
				*seq = *shorter;
				better = true;
			} else {
				at += len;
			}
		}
		/* Single ones go for as long as that helps. */
		if (len > 1 || !better)
			len /= 2;
		better = false;
	}
	free(shorter);
}
