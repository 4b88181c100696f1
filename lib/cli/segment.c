// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Which segments a command is about, and what they are in JSON.
 */
#include "segment.h"

#include <errno.h>
#include <stdlib.h>

#include "cli.h"
#include "fmt.h"
#include "out.h"

bool segment_filter_option(struct segment_filter *filter, int option, const char *arg)
{
	switch (option) {
	case 'u':
		filter->by_owner = true;
		if (fmt_parse_user(arg, &filter->owner))
			return true;
		cli_error("no user is called '%s'", arg);
		return false;
	case 'k':
		filter->by_key = true;
		if (fmt_parse_key(arg, &filter->key))
			return true;
		cli_error("'%s' is not a key", arg);
		return false;
	case 'o':
		filter->orphaned = true;
		return true;
	default:
		return false;
	}
}

bool segment_matches(const struct segment_filter *filter, const struct nl_segment *seg)
{
	if (filter->by_owner && seg->uid != filter->owner)
		return false;
	/* A removed segment has lost its key, though it says 0 as a private one does. */
	if (filter->by_key &&
	    (seg->key != filter->key || (seg->flags & ALTSHM_SEGMENT_FLAG_REMOVED)))
		return false;
	return !filter->orphaned || (seg->flags & ALTSHM_SEGMENT_FLAG_ORPHAN);
}

static int segment_list_add(const struct nl_segment *seg, void *data)
{
	struct segment_list *list = data;
	struct nl_segment *segs;
	size_t room;

	if (!segment_matches(list->filter, seg))
		return 0;
	if (list->count == list->room) {
		room = list->room ? list->room * 2 : 64;
		segs = reallocarray(list->segs, room, sizeof(*segs));
		if (!segs)
			return -ENOMEM;
		list->segs = segs;
		list->room = room;
	}
	list->segs[list->count++] = *seg;
	return 0;
}

int segment_list_read(struct segment_list *list)
{
	int tries, err = 1;

	for (tries = 0; err == 1 && tries < DUMP_TRIES; tries++) {
		list->count = 0;
		err = nl_segments(segment_list_add, list);
	}
	return err;
}

void segment_json_user(const char *name, const char *name_of, uint32_t uid)
{
	json_uint(name, uid);
	json_string(name_of, fmt_user_name(uid));
}

/* A time, or null for never. */
static void json_time(const char *name, int64_t seconds)
{
	if (seconds)
		json_int(name, seconds);
	else
		json_null(name);
}

/* A process, or null for one out of sight. */
static void json_pid(const char *name, int32_t pid)
{
	if (pid)
		json_int(name, pid);
	else
		json_null(name);
}

void segment_json(const struct nl_segment *seg, const char *name, bool open)
{
	size_t i;

	json_object(name);
	json_int("id", seg->id);
	json_printf("key", "0x%08x", (unsigned int)seg->key);
	json_uint("size", seg->size);
	json_printf("mode", "0%03o", seg->mode);
	segment_json_user("uid", "user", seg->uid);
	json_uint("gid", seg->gid);
	segment_json_user("cuid", "creator", seg->cuid);
	json_uint("cgid", seg->cgid);
	json_pid("cpid", seg->cpid);
	json_pid("lpid", seg->lpid);
	json_time("atime", seg->atime);
	json_time("dtime", seg->dtime);
	json_time("ctime", seg->ctime);
	json_uint("nattch", seg->nattch);
	json_uint("rss", seg->rss);
	json_uint("swap", seg->swap);
	json_uint("huge", seg->huge);
	json_string("backing", fmt_backing(seg->backing));
	json_uint("page_size", seg->page_size);
	for (i = 0; i < FMT_FLAGS; i++)
		json_bool(fmt_flag_json[i], seg->flags & 1U << i);
	if (!open)
		json_end();
}
