// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * How it is shown who uses how much.
 */
#include "usage.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "fmt.h"
#include "out.h"
#include "segment.h"

#define AMOUNT	9
#define OWNER	12

static void usage_bytes(uint64_t bytes)
{
	char text[FMT_TEXT];

	out_right(AMOUNT, fmt_bytes(bytes, text));
}

/* Limits that nobody set are near the largest number: not a size to print. */
static const char *usage_pages(uint64_t pages, char text[FMT_TEXT])
{
	uint64_t page = sysconf(_SC_PAGESIZE);

	if (pages > (UINT64_MAX >> 3) / page) {
		snprintf(text, FMT_TEXT, "any");
		return text;
	}
	return fmt_bytes(pages * page, text);
}

void usage_print_totals(const struct usage *usage)
{
	const struct nl_usage *total = &usage->total;
	char a[FMT_TEXT], b[FMT_TEXT];

	out_line("segments %u of %u: %u orphans, %u removed; attaches %" PRIu64, total->segments,
		 usage->limits.shmmni, total->orphans, total->removed, total->nattch);
	out_line("space    %s of %s", usage_pages(total->pages, a),
		 usage_pages(usage->limits.shmall, b));
	out_printf("memory   %s, ", fmt_bytes(total->rss, a));
	out_line("%s of it in huge pages; swap %s", fmt_bytes(total->huge, a),
		 fmt_bytes(total->swap, b));
}

void usage_print_users(const struct usage *usage, size_t count)
{
	size_t i;

	out_cell(OWNER, "owner");
	out_right(AMOUNT, "segments");
	out_right(AMOUNT, "orphans");
	out_right(AMOUNT, "bytes");
	out_right(AMOUNT, "rss");
	out_right(AMOUNT, "swap");
	out_right(AMOUNT, "nattch");
	out_end();
	for (i = 0; i < usage->user_count && i < count; i++) {
		const struct usage_user *user = &usage->users[i];

		out_cell(OWNER, fmt_user(user->uid));
		out_number(AMOUNT, user->segments);
		out_number(AMOUNT, user->orphans);
		usage_bytes(user->amounts[USAGE_BYTES]);
		usage_bytes(user->amounts[USAGE_RSS]);
		usage_bytes(user->amounts[USAGE_SWAP]);
		out_number(AMOUNT, user->amounts[USAGE_NATTCH]);
		out_end();
	}
}

void usage_print_best(const struct usage *usage)
{
	char text[FMT_TEXT];
	size_t i;

	out_right(10, "shmid");
	out_cell(10, "key");
	out_cell(OWNER, "owner");
	out_right(AMOUNT, "bytes");
	out_right(AMOUNT, "rss");
	out_right(AMOUNT, "swap");
	out_right(6, "nattch");
	out_put("status");
	out_end();
	for (i = 0; i < usage->best_count; i++) {
		const struct nl_segment *seg = &usage->best[i];

		out_number(10, seg->id);
		snprintf(text, sizeof(text), "0x%08x", (unsigned int)seg->key);
		out_cell(10, text);
		out_cell(OWNER, fmt_user(seg->uid));
		usage_bytes(seg->size);
		usage_bytes(seg->rss);
		usage_bytes(seg->swap);
		out_number(6, seg->nattch);
		out_put(fmt_flags(seg->flags & SEGMENT_STATUS, ' ', "", text));
		out_end();
	}
}

static void usage_json_total(const struct nl_usage *total)
{
	json_object("usage");
	json_uint("ipc_ns", total->ipc_ns);
	json_uint("segments", total->segments);
	json_uint("removed", total->removed);
	json_uint("orphans", total->orphans);
	json_uint("pages", total->pages);
	json_uint("rss", total->rss);
	json_uint("swap", total->swap);
	json_uint("huge", total->huge);
	json_uint("nattch", total->nattch);
	json_end();
}

static void usage_json_user(const struct usage_user *user)
{
	json_object(NULL);
	segment_json_user("uid", "user", user->uid);
	json_uint("segments", user->segments);
	json_uint("orphans", user->orphans);
	json_uint("size", user->amounts[USAGE_BYTES]);
	json_uint("rss", user->amounts[USAGE_RSS]);
	json_uint("swap", user->amounts[USAGE_SWAP]);
	json_uint("nattch", user->amounts[USAGE_NATTCH]);
	json_end();
}

void usage_json(const struct usage *usage, size_t users, bool interrupted)
{
	size_t i;

	json_object(NULL);
	usage_json_total(&usage->total);
	json_object("limits");
	json_uint("shmmni", usage->limits.shmmni);
	json_uint("shmall", usage->limits.shmall);
	json_uint("shmmax", usage->limits.shmmax);
	json_end();
	json_string("by", usage_by_name(usage->by));
	json_array("users");
	for (i = 0; i < usage->user_count && i < users; i++)
		usage_json_user(&usage->users[i]);
	json_end();
	json_array("segments");
	for (i = 0; i < usage->best_count; i++)
		segment_json(&usage->best[i], NULL, false);
	json_end();
	json_bool("interrupted", interrupted);
	json_end();
}
