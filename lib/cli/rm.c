// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * altshm rm: by identifier or key at once; those of an owner or without one
 * only after they were shown.
 */
#include "cli.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fmt.h"
#include "nl/nl.h"
#include "out.h"
#include "segment.h"

static struct {
	struct segment_filter filter;
	const char *key;
	bool yes;
	bool json;
	bool previewed;
	int code;	/* of the first that failed */
} rm;

static void rm_result(int id, bool removed, int err)
{
	if (!rm.json)
		return;
	json_object(NULL);
	json_int("id", id);
	json_bool("removed", removed);
	json_string("error", err ? strerrorname_np(-err) : NULL);
	json_end();
}

/* One that was chosen, but is not what was asked for any more. */
static void rm_left(int id)
{
	const char *why = "it is no longer what was asked for";
	struct nl_segment seg;

	if (nl_segment(id, &seg))
		why = "it has gone already";
	else if (rm.filter.orphaned && seg.nattch)
		why = "somebody has attached it";
	cli_note("rm: segment %d was left alone: %s", id, why);
}

static void rm_one(int id)
{
	int err = nl_segment_remove(id, rm.filter.orphaned), code;

	rm_result(id, !err, err);
	if (!err)
		return;
	if (err == -EBUSY)
		return rm_left(id);
	code = cli_fail_id("rm", id, err);
	if (!rm.code)
		rm.code = code;
}

static void rm_preview(const struct nl_segment *seg)
{
	char size[FMT_TEXT], status[FMT_TEXT];

	rm.previewed = true;
	if (rm.json)
		return rm_result(seg->id, false, 0);
	out_printf("would remove %d: key 0x%08x, owner %s, ", seg->id, (unsigned int)seg->key,
		   fmt_user(seg->uid));
	out_line("%s, nattch %llu%s%s", fmt_bytes(seg->size, size),
		 (unsigned long long)seg->nattch, seg->flags & SEGMENT_STATUS ? ", " : "",
		 fmt_flags(seg->flags & SEGMENT_STATUS, ' ', "", status));
}

/* What was found first is looked at again: it may have another owner by now. */
static void rm_if_still(int id)
{
	struct nl_segment seg;

	if (!nl_segment(id, &seg) && segment_matches(&rm.filter, &seg))
		return rm_one(id);
	rm_result(id, false, -EBUSY);
	rm_left(id);
}

static int rm_selected(void)
{
	struct segment_list list = { .filter = &rm.filter };
	int err = segment_list_read(&list);
	size_t i;

	for (i = 0; err >= 0 && i < list.count; i++) {
		/* Removed already; it just has not gone. */
		if (list.segs[i].flags & ALTSHM_SEGMENT_FLAG_REMOVED)
			continue;
		if (rm.yes)
			rm_if_still(list.segs[i].id);
		else
			rm_preview(&list.segs[i]);
	}
	free(list.segs);
	if (err < 0)
		return cli_fail("rm", err);
	cli_note_interrupted("rm", err);
	return CLI_OK;
}

/* All arguments are looked at before anything is removed. */
static int rm_named(int count, char **names)
{
	int i, id, err;

	for (i = 0; i < count; i++) {
		if (!fmt_parse_id(names[i], &id)) {
			cli_error("rm: '%s' is not a segment id; nothing was removed", names[i]);
			return CLI_USAGE;
		}
	}
	if (rm.key) {
		err = cli_find_key("rm", rm.key, &id);
		if (err)
			return err;
		rm_one(id);
	}
	for (i = 0; i < count; i++) {
		fmt_parse_id(names[i], &id);
		rm_one(id);
	}
	return CLI_OK;
}

static int rm_all(bool select, int count, char **names)
{
	int code = cli_need_nl();

	if (code)
		return code;
	if (rm.json) {
		json_object(NULL);
		json_bool("preview", select && !rm.yes);
		json_array("segments");
	}
	code = select ? rm_selected() : rm_named(count, names);
	if (rm.json) {
		json_end();
		json_end();
	}
	if (rm.previewed)
		cli_note("rm: nothing was removed; --yes does it");
	return code ? code : rm.code;
}

static bool rm_option(int option, const char *arg)
{
	switch (option) {
	case 'y':
		rm.yes = true;
		return true;
	case 'j':
		rm.json = true;
		return true;
	case 'k':
		rm.key = arg;
		break;
	}
	return segment_filter_option(&rm.filter, option, arg);
}

static int rm_run(const struct cli_command *self, int argc, char **argv)
{
	static const struct option options[] = {
		SEGMENT_FILTER_OPTIONS,
		{ "yes", no_argument, NULL, 'y' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 }
	};
	bool select;
	int option;

	while ((option = getopt_long(argc, argv, "yjh" SEGMENT_FILTER_LETTERS, options,
				     NULL)) != -1) {
		if (option == 'h')
			return cli_help(self);
		if (!rm_option(option, optarg))
			return cli_usage(self);
	}
	select = rm.filter.by_owner || rm.filter.orphaned;
	/* Names and a selection: all of both, or what is in both? */
	if (select ? optind != argc : optind == argc && !rm.key)
		return cli_usage(self);
	return rm_all(select, argc - optind, argv + optind);
}

const struct cli_command cli_rm = {
	.name = "rm",
	.args = "{ID... | --key KEY | {--owner USER | --orphaned} [--yes]} [--json]",
	.about = "Remove segments",
	.help = "\n"
		SEGMENT_FILTER_HELP
		"  -y, --yes          with --owner and --orphaned: do it, not just show what\n"
		"                     would be removed\n"
		"  -j, --json         for scripts; see altshm-json(7)\n"
		CLI_HELP_HELP
		"\n"
		"A segment that is still attached disappears with its last attach.\n",
	.usage = CLI_USAGE,
	.run = rm_run,
};
