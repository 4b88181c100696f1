/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who uses how much: what stat prints once, and top again and again.
 */
#ifndef _ALTSHM_CLI_USAGE_H
#define _ALTSHM_CLI_USAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "nl/nl.h"

/* By which amount the largest are chosen. */
enum usage_by { USAGE_RSS, USAGE_BYTES, USAGE_SWAP, USAGE_NATTCH, USAGE_AMOUNTS };

/* Sums of one user's segments. */
struct usage_user {
	uint32_t uid;
	uint64_t segments;
	uint64_t orphans;
	uint64_t amounts[USAGE_AMOUNTS];
};

/*
 * All of it. Memory grows with the number of users, not with that of segments.
 */
struct usage {
	struct nl_usage total;
	struct nl_limits limits;
	enum usage_by by;
	struct nl_segment *best;	/* the largest, largest first */
	size_t best_count;
	size_t best_room;
	struct usage_user *users;	/* largest first */
	size_t user_count;
	size_t user_room;
};

/**
 * usage_init() - prepare for usage_read()
 * @usage: to be emptied
 * @by:    amount to choose by
 * @best:  number of segments wanted
 *
 * Return: whether there was memory.
 */
bool usage_init(struct usage *usage, enum usage_by by, size_t best);

void usage_free(struct usage *usage);

/* Reads it all anew; as nl_segments(), after up to DUMP_TRIES tries. */
int usage_read(struct usage *usage);

/* The names that --by has; USAGE_AMOUNTS for another. */
enum usage_by usage_by(const char *name);
const char *usage_by_name(enum usage_by by);

/* Totals against limits, in three lines. */
void usage_print_totals(const struct usage *usage);

/* The largest users, up to @count, and the largest segments. */
void usage_print_users(const struct usage *usage, size_t count);
void usage_print_best(const struct usage *usage);

/* All of it but the users below the first @users, as one object. */
void usage_json(const struct usage *usage, size_t users, bool interrupted);

#endif /* _ALTSHM_CLI_USAGE_H */
