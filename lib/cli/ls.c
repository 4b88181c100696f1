// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * altshm ls: the segments of this IPC namespace. Without --sort each is printed
 * as it comes, so that memory does not grow with their number.
 */
#include "cli.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fmt.h"
#include "out.h"
#include "segment.h"

enum ls_kind {
	LS_KEY, LS_ID, LS_OWNER, LS_PERMS, LS_BYTES, LS_NATTCH, LS_STATUS, LS_RSS, LS_SWAP,
	LS_HUGE, LS_BACKING, LS_CREATOR, LS_CPID, LS_LPID, LS_ATIME, LS_DTIME, LS_CTIME,
	LS_COLUMNS
};

/* Amounts and times are sorted downwards, and amounts stand to the right. */
enum ls_nature { LS_NAME, LS_AMOUNT, LS_TIME };

struct ls_column {
	const char *name;
	const char *title;
	int width;
	enum ls_nature nature;
};

static const struct ls_column ls_columns[LS_COLUMNS] = {
	[LS_KEY] = { "key", "key", 10, LS_NAME },
	[LS_ID] = { "id", "shmid", 10, LS_NAME },
	[LS_OWNER] = { "owner", "owner", 10, LS_NAME },
	[LS_PERMS] = { "perms", "perms", 5, LS_NAME },
	[LS_BYTES] = { "bytes", "bytes", 12, LS_AMOUNT },
	[LS_NATTCH] = { "nattch", "nattch", 8, LS_AMOUNT },
	[LS_STATUS] = { "status", "status", 6, LS_NAME },
	[LS_RSS] = { "rss", "rss", 12, LS_AMOUNT },
	[LS_SWAP] = { "swap", "swap", 12, LS_AMOUNT },
	[LS_HUGE] = { "huge", "huge", 12, LS_AMOUNT },
	[LS_BACKING] = { "backing", "backing", 7, LS_NAME },
	[LS_CREATOR] = { "creator", "creator", 10, LS_NAME },
	[LS_CPID] = { "cpid", "cpid", 7, LS_NAME },
	[LS_LPID] = { "lpid", "lpid", 7, LS_NAME },
	[LS_ATIME] = { "atime", "attached", 19, LS_TIME },
	[LS_DTIME] = { "dtime", "detached", 19, LS_TIME },
	[LS_CTIME] = { "ctime", "changed", 19, LS_TIME },
};

static struct {
	struct segment_filter filter;
	enum ls_kind columns[LS_COLUMNS];
	unsigned int count;
	const struct ls_column *sort;
	bool reverse;
	bool json;
} ls;

static int64_t ls_value(const struct nl_segment *seg, enum ls_kind column)
{
	switch (column) {
	case LS_KEY:
		return (uint32_t)seg->key;
	case LS_ID:
		return seg->id;
	case LS_OWNER:
		return seg->uid;
	case LS_PERMS:
		return seg->mode;
	case LS_BYTES:
		return seg->size;
	case LS_NATTCH:
		return seg->nattch;
	case LS_STATUS:
		return seg->flags & SEGMENT_STATUS;
	case LS_RSS:
		return seg->rss;
	case LS_SWAP:
		return seg->swap;
	case LS_HUGE:
		return seg->huge;
	case LS_BACKING:
		return seg->backing;
	case LS_CREATOR:
		return seg->cuid;
	case LS_CPID:
		return seg->cpid;
	case LS_LPID:
		return seg->lpid;
	case LS_ATIME:
		return seg->atime;
	case LS_DTIME:
		return seg->dtime;
	case LS_CTIME:
		return seg->ctime;
	default:
		return 0;
	}
}

/* What stands in a column that is no amount. */
static const char *ls_text(const struct nl_segment *seg, enum ls_kind column, char text[FMT_TEXT])
{
	int64_t value = ls_value(seg, column);

	switch (column) {
	case LS_KEY:
		snprintf(text, FMT_TEXT, "0x%08x", (unsigned int)value);
		return text;
	case LS_OWNER:
	case LS_CREATOR:
		return fmt_user(value);
	case LS_PERMS:
		snprintf(text, FMT_TEXT, "%o", (unsigned int)value);
		return text;
	case LS_STATUS:
		return fmt_flags(value, ' ', "", text);
	case LS_BACKING:
		return fmt_backing(value);
	case LS_CPID:
	case LS_LPID:
		return fmt_pid(value, text);
	case LS_ATIME:
	case LS_DTIME:
	case LS_CTIME:
		return fmt_time(value, text);
	default:
		snprintf(text, FMT_TEXT, "%d", (int)value);
		return text;
	}
}

static void ls_title(void)
{
	unsigned int i;

	for (i = 0; i < ls.count; i++) {
		const struct ls_column *column = &ls_columns[ls.columns[i]];

		if (column->nature == LS_AMOUNT)
			out_right(column->width, column->title);
		else
			out_cell(column->width, column->title);
	}
	out_end();
}

static int ls_print(const struct nl_segment *seg)
{
	char text[FMT_TEXT];
	unsigned int i;

	if (ls.json) {
		segment_json(seg, NULL, false);
		return out_failed() ? -EIO : 0;
	}
	for (i = 0; i < ls.count; i++) {
		enum ls_kind kind = ls.columns[i];
		const struct ls_column *column = &ls_columns[kind];

		if (column->nature == LS_AMOUNT)
			out_number(column->width, ls_value(seg, kind));
		else if (i + 1 == ls.count)
			out_put(ls_text(seg, kind, text));
		else
			out_cell(column->width, ls_text(seg, kind, text));
	}
	out_end();
	return out_failed() ? -EIO : 0;
}

static int ls_each(const struct nl_segment *seg, void *data)
{
	(void)data;
	return segment_matches(&ls.filter, seg) ? ls_print(seg) : 0;
}

static int ls_compare(const void *a, const void *b)
{
	enum ls_kind kind = ls.sort - ls_columns;
	int64_t left = ls_value(a, kind), right = ls_value(b, kind);
	bool down = (ls.sort->nature != LS_NAME) != ls.reverse;

	if (left == right)
		return ls_value(a, LS_ID) < ls_value(b, LS_ID) ? -1 : 1;
	return (left < right) != down ? -1 : 1;
}

static int ls_sorted(void)
{
	struct segment_list list = { .filter = &ls.filter };
	int err = segment_list_read(&list);
	size_t i;

	if (err >= 0) {
		qsort(list.segs, list.count, sizeof(*list.segs), ls_compare);
		for (i = 0; i < list.count && !out_failed(); i++)
			ls_print(&list.segs[i]);
	}
	free(list.segs);
	return err;
}

static int ls_all(void)
{
	int err = cli_need_nl();

	if (err)
		return err;
	if (ls.json) {
		json_object(NULL);
		json_array("segments");
	} else {
		ls_title();
	}
	err = ls.sort ? ls_sorted() : nl_segments(ls_each, NULL);
	/* That output failed is said at the end of all commands. */
	if (err < 0 && !out_failed())
		return cli_fail("ls", err);
	if (ls.json) {
		json_end();
		json_bool("interrupted", err == 1);
		json_end();
	}
	cli_note_interrupted("ls", err);
	return CLI_OK;
}

/* Return: its place in ls_columns, or LS_COLUMNS. */
static enum ls_kind ls_find(const char *name, size_t len)
{
	unsigned int i;

	for (i = 0; i < LS_COLUMNS; i++) {
		if (strlen(ls_columns[i].name) == len && !strncmp(ls_columns[i].name, name, len))
			break;
	}
	if (i == LS_COLUMNS)
		cli_error("ls: no column is called '%.*s'", (int)len, name);
	return i;
}

/* Reads a list with commas. */
static bool ls_choose(const char *list)
{
	size_t len;

	for (ls.count = 0; ls.count < LS_COLUMNS; ls.count++) {
		len = strcspn(list, ",");
		ls.columns[ls.count] = ls_find(list, len);
		if (ls.columns[ls.count] == LS_COLUMNS)
			return false;
		list += len;
		if (!*list++) {
			ls.count++;
			return true;
		}
	}
	cli_error("ls: too many columns");
	return false;
}

static bool ls_option(int option, const char *arg)
{
	enum ls_kind kind;

	switch (option) {
	case 'c':
		return ls_choose(arg);
	case 's':
		kind = ls_find(arg, strlen(arg));
		ls.sort = &ls_columns[kind];
		return kind != LS_COLUMNS;
	case 'r':
		ls.reverse = true;
		return true;
	case 'j':
		ls.json = true;
		return true;
	default:
		return segment_filter_option(&ls.filter, option, arg);
	}
}

static int ls_run(const struct cli_command *self, int argc, char **argv)
{
	static const struct option options[] = {
		SEGMENT_FILTER_OPTIONS,
		{ "columns", required_argument, NULL, 'c' },
		{ "sort", required_argument, NULL, 's' },
		{ "reverse", no_argument, NULL, 'r' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 }
	};
	int option;

	ls_choose("key,id,owner,perms,bytes,nattch,status");
	while ((option = getopt_long(argc, argv, "c:s:rjh" SEGMENT_FILTER_LETTERS, options,
				     NULL)) != -1) {
		if (option == 'h')
			return cli_help(self);
		if (!ls_option(option, optarg))
			return cli_usage(self);
	}
	if (optind != argc)
		return cli_usage(self);
	if (ls.reverse && !ls.sort)
		ls.sort = &ls_columns[LS_ID];
	return ls_all();
}

const struct cli_command cli_ls = {
	.name = "ls",
	.args = "[OPTION]...",
	.about = "List the segments of this IPC namespace",
	.help = "\n"
		SEGMENT_FILTER_HELP
		"  -c, --columns LIST columns, with commas between; default:\n"
		"                     key,id,owner,perms,bytes,nattch,status\n"
		"                     others: rss,swap,huge,backing,creator,cpid,lpid,atime,\n"
		"                     dtime,ctime\n"
		"  -s, --sort COLUMN  sort; amounts and times downwards, others upwards\n"
		"  -r, --reverse      the other way round\n"
		"  -j, --json         for scripts; see altshm-json(7)\n"
		CLI_HELP_HELP
		"\n"
		"Status is 'dest' for a segment removed but still attached, 'locked' after\n"
		"SHM_LOCK, and 'orphan' when nothing is attached and its creator has ended.\n",
	.usage = CLI_USAGE,
	.run = ls_run,
};
