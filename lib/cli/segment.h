/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the commands about segments share: which ones, and how they look.
 */
#ifndef _ALTSHM_CLI_SEGMENT_H
#define _ALTSHM_CLI_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nl/nl.h"

/* How often a dump is repeated that others' doings made inconsistent. */
#define DUMP_TRIES	5

/**
 * struct segment_filter - which segments; those for which all that is set holds
 */
struct segment_filter {
	bool by_owner;
	bool by_key;
	bool orphaned;
	uint32_t owner;
	int32_t key;
};

/* The options of a filter: long ones, for getopt_long(), and short ones. */
#define SEGMENT_FILTER_OPTIONS					\
	{ "owner", required_argument, NULL, 'u' },		\
	{ "key", required_argument, NULL, 'k' },		\
	{ "orphaned", no_argument, NULL, 'o' }
#define SEGMENT_FILTER_LETTERS	"u:k:o"
#define SEGMENT_FILTER_HELP						\
	"  -u, --owner USER   only those that belong to USER, a name or number\n" \
	"  -k, --key KEY      only the one with this key, as 0x7b or decimal\n" \
	"  -o, --orphaned     only orphans: nothing attached, creator gone\n"

/**
 * segment_filter_option() - take one of the options above
 * @filter: to take it into
 * @option: its letter
 * @arg:    its argument
 *
 * Return: whether it is one, and right; otherwise an error was printed unless
 * getopt_long() did so already.
 */
bool segment_filter_option(struct segment_filter *filter, int option, const char *arg);

bool segment_matches(const struct segment_filter *filter, const struct nl_segment *seg);

/* Segments in memory. */
struct segment_list {
	struct nl_segment *segs;
	size_t count;
	size_t room;
	const struct segment_filter *filter;
};

/**
 * segment_list_read() - read those that match list->filter
 * @list: filter set, the rest zero; free list->segs afterwards
 *
 * Return: as nl_segments(), after up to DUMP_TRIES tries.
 */
int segment_list_read(struct segment_list *list);

/* "dest", "locked" and "orphan", of which ls makes its last column. */
#define SEGMENT_STATUS	(ALTSHM_SEGMENT_FLAG_REMOVED | ALTSHM_SEGMENT_FLAG_LOCKED | \
			 ALTSHM_SEGMENT_FLAG_ORPHAN)

/* Writes the segment as JSON; with @open, the object is left open. */
void segment_json(const struct nl_segment *seg, const char *name, bool open);

/* Writes "NAME": uid and "NAME_name": the user's name, or null. */
void segment_json_user(const char *name, const char *name_of, uint32_t uid);

#endif /* _ALTSHM_CLI_SEGMENT_H */
