// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Adding up who uses how much.
 */
#include "usage.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "segment.h"

static const char *const usage_names[USAGE_AMOUNTS] = {
	[USAGE_RSS] = "rss", [USAGE_BYTES] = "bytes", [USAGE_SWAP] = "swap",
	[USAGE_NATTCH] = "nattch",
};

enum usage_by usage_by(const char *name)
{
	unsigned int by;

	for (by = 0; by < USAGE_AMOUNTS; by++) {
		if (!strcmp(usage_names[by], name))
			break;
	}
	return by;
}

const char *usage_by_name(enum usage_by by)
{
	return usage_names[by];
}

bool usage_init(struct usage *usage, enum usage_by by, size_t best)
{
	*usage = (struct usage){ .by = by, .best_room = best };
	usage->best = calloc(best ? best : 1, sizeof(*usage->best));
	return usage->best;
}

void usage_free(struct usage *usage)
{
	free(usage->best);
	free(usage->users);
}

static uint64_t usage_amount(const struct nl_segment *seg, enum usage_by by)
{
	switch (by) {
	case USAGE_RSS:
		return seg->rss;
	case USAGE_BYTES:
		return seg->size;
	case USAGE_SWAP:
		return seg->swap;
	case USAGE_NATTCH:
		return seg->nattch;
	default:
		return 0;
	}
}

/* Which comes first: the larger; of equal ones the one with more bytes, then the older. */
static int usage_compare(const struct nl_segment *a, const struct nl_segment *b, enum usage_by by)
{
	uint64_t left = usage_amount(a, by), right = usage_amount(b, by);

	if (left != right)
		return left > right ? -1 : 1;
	if (a->size != b->size)
		return a->size > b->size ? -1 : 1;
	return a->id < b->id ? -1 : a->id > b->id;
}

/* Few are wanted, so they are kept in order rather than as a heap. */
static void usage_add_best(struct usage *usage, const struct nl_segment *seg)
{
	size_t i = usage->best_count;

	while (i && usage_compare(seg, &usage->best[i - 1], usage->by) < 0)
		i--;
	if (i == usage->best_room)
		return;
	if (usage->best_count < usage->best_room)
		usage->best_count++;
	memmove(&usage->best[i + 1], &usage->best[i],
		(usage->best_count - i - 1) * sizeof(*usage->best));
	usage->best[i] = *seg;
}

/* Users are in order of their numbers while they are added up. */
static struct usage_user *usage_find_user(struct usage *usage, uint32_t uid)
{
	size_t low = 0, high = usage->user_count, room;
	struct usage_user *users;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (usage->users[middle].uid == uid)
			return &usage->users[middle];
		if (usage->users[middle].uid < uid)
			low = middle + 1;
		else
			high = middle;
	}
	if (usage->user_count == usage->user_room) {
		room = usage->user_room ? usage->user_room * 2 : 16;
		users = reallocarray(usage->users, room, sizeof(*users));
		if (!users)
			return NULL;
		usage->users = users;
		usage->user_room = room;
	}
	memmove(&usage->users[low + 1], &usage->users[low],
		(usage->user_count - low) * sizeof(*usage->users));
	usage->user_count++;
	usage->users[low] = (struct usage_user){ .uid = uid };
	return &usage->users[low];
}

static int usage_add(const struct nl_segment *seg, void *data)
{
	struct usage *usage = data;
	struct usage_user *user = usage_find_user(usage, seg->uid);
	unsigned int by;

	if (!user)
		return -ENOMEM;
	user->segments++;
	user->orphans += !!(seg->flags & ALTSHM_SEGMENT_FLAG_ORPHAN);
	for (by = 0; by < USAGE_AMOUNTS; by++)
		user->amounts[by] += usage_amount(seg, by);
	usage_add_best(usage, seg);
	return 0;
}

static int usage_compare_users(const void *a, const void *b, void *data)
{
	const struct usage_user *left = a, *right = b;
	const struct usage *usage = data;
	uint64_t lsum = left->amounts[usage->by], rsum = right->amounts[usage->by];

	if (lsum != rsum)
		return lsum > rsum ? -1 : 1;
	if (left->segments != right->segments)
		return left->segments > right->segments ? -1 : 1;
	return left->uid < right->uid ? -1 : 1;
}

int usage_read(struct usage *usage)
{
	int tries, interrupted = 1, err = nl_limits(&usage->limits);

	if (!err)
		err = nl_usage(&usage->total);
	if (err)
		return err;
	for (tries = 0; interrupted == 1 && tries < DUMP_TRIES; tries++) {
		usage->best_count = 0;
		usage->user_count = 0;
		interrupted = nl_segments(usage_add, usage);
	}
	if (usage->user_count)
		qsort_r(usage->users, usage->user_count, sizeof(*usage->users),
			usage_compare_users, usage);
	return interrupted;
}
