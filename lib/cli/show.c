// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * altshm show, altshm who: one segment, and who has it attached.
 */
#include "cli.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "fmt.h"
#include "nl/nl.h"
#include "out.h"
#include "segment.h"

struct attacher_list {
	struct nl_attacher *atts;
	size_t count;
	size_t room;
};

static int attacher_add(const struct nl_attacher *att, void *data)
{
	struct attacher_list *list = data;
	struct nl_attacher *atts;
	size_t room;

	if (list->count == list->room) {
		room = list->room ? list->room * 2 : 16;
		atts = reallocarray(list->atts, room, sizeof(*atts));
		if (!atts)
			return -ENOMEM;
		list->atts = atts;
		list->room = room;
	}
	list->atts[list->count++] = *att;
	return 0;
}

static int attacher_list_read(int id, struct attacher_list *list)
{
	int tries, err = 1;

	for (tries = 0; err == 1 && tries < DUMP_TRIES; tries++) {
		list->count = 0;
		err = nl_attachers(id, attacher_add, list);
	}
	return err;
}

static void attacher_json(const struct nl_attacher *att)
{
	json_object(NULL);
	if (att->pid)
		json_int("pid", att->pid);
	else
		json_null("pid");
	json_string("comm", NL_HAS(att, ALTSHM_A_ATTACHER_COMM) ? att->comm : NULL);
	if (NL_HAS(att, ALTSHM_A_ATTACHER_UID)) {
		segment_json_user("uid", "user", att->uid);
	} else {
		json_null("uid");
		json_null("user");
	}
	if (NL_HAS(att, ALTSHM_A_ATTACHER_START)) {
		json_printf("start", "0x%llx", (unsigned long long)att->start);
		json_printf("end", "0x%llx", (unsigned long long)att->end);
	} else {
		json_null("start");
		json_null("end");
	}
	json_uint("offset", att->offset);
	json_uint("length", att->length);
	json_bool("read_only", att->flags & ALTSHM_ATTACHER_FLAG_READ_ONLY);
	if (NL_HAS(att, ALTSHM_A_ATTACHER_SINCE))
		json_int("since", att->since);
	else
		json_null("since");
	json_end();
}

static void attachers_json(const struct attacher_list *list, int err)
{
	size_t i;

	if (err < 0) {
		json_null("attachers");
		return;
	}
	json_array("attachers");
	for (i = 0; i < list->count; i++)
		attacher_json(&list->atts[i]);
	json_end();
	json_bool("interrupted", err == 1);
}

#define ATTACHER_PID	7
#define ATTACHER_USER	10
#define ATTACHER_MODE	4
#define ATTACHER_AGE	7
#define ATTACHER_COMM	15

static void attacher_print(const struct nl_attacher *att)
{
	char text[FMT_TEXT];

	out_right(ATTACHER_PID, fmt_pid(att->pid, text));
	out_cell(ATTACHER_USER, NL_HAS(att, ALTSHM_A_ATTACHER_UID) ? fmt_user(att->uid) : "-");
	out_cell(ATTACHER_MODE, att->flags & ALTSHM_ATTACHER_FLAG_READ_ONLY ? "ro" : "rw");
	out_right(ATTACHER_AGE, fmt_age(att->since, text));
	out_cell(ATTACHER_COMM, NL_HAS(att, ALTSHM_A_ATTACHER_COMM) ? att->comm : "-");
	if (NL_HAS(att, ALTSHM_A_ATTACHER_START))
		out_printf("%llx-%llx", (unsigned long long)att->start,
			   (unsigned long long)att->end);
	else
		out_put("-");
	out_end();
}

static void attachers_print(const struct attacher_list *list)
{
	size_t i;

	out_right(ATTACHER_PID, "pid");
	out_cell(ATTACHER_USER, "user");
	out_cell(ATTACHER_MODE, "mode");
	out_right(ATTACHER_AGE, "for");
	out_cell(ATTACHER_COMM, "command");
	out_put("addresses");
	out_end();
	for (i = 0; i < list->count; i++)
		attacher_print(&list->atts[i]);
}

static void show_times(const struct nl_segment *seg)
{
	char text[FMT_TEXT], pid[FMT_TEXT];

	out_line("%-10s %s", "changed", fmt_time(seg->ctime, text));
	out_line("%-10s %s", "attached", fmt_time(seg->atime, text));
	out_line("%-10s %s", "detached", fmt_time(seg->dtime, text));
	out_line("%-10s %s", "last by", fmt_pid(seg->lpid, pid));
}

static void show_print(const struct nl_segment *seg)
{
	bool gone = seg->flags & ALTSHM_SEGMENT_FLAG_CREATOR_GONE;
	char text[FMT_TEXT], more[FMT_TEXT];

	out_line("%-10s %d", "id", seg->id);
	out_line("%-10s 0x%08x", "key", (unsigned int)seg->key);
	out_line("%-10s %s, group %u", "owner", fmt_user(seg->uid), seg->gid);
	out_line("%-10s %s, group %u, process %s%s", "creator", fmt_user(seg->cuid), seg->cgid,
		 fmt_pid(seg->cpid, text), gone ? " (ended)" : "");
	out_line("%-10s %03o", "perms", seg->mode);
	out_line("%-10s %s", "status", fmt_flags(seg->flags, ' ', "-", text));
	out_line("%-10s %llu (%s)", "bytes", (unsigned long long)seg->size,
		 fmt_bytes(seg->size, text));
	out_line("%-10s %s, %s of it in huge pages", "in memory", fmt_bytes(seg->rss, text),
		 fmt_bytes(seg->huge, more));
	out_line("%-10s %s", "in swap", fmt_bytes(seg->swap, text));
	out_line("%-10s %s, pages of %s", "backing", fmt_backing(seg->backing),
		 fmt_bytes(seg->page_size, text));
	show_times(seg);
	out_line("%-10s %llu", "nattch", (unsigned long long)seg->nattch);
}

static int show_segment(int id, bool json)
{
	struct attacher_list list = { 0 };
	struct nl_segment seg;
	int err = nl_segment(id, &seg);

	if (err)
		return cli_fail_id("show", id, err);
	err = seg.nattch ? attacher_list_read(id, &list) : 0;
	if (json) {
		segment_json(&seg, NULL, true);
		attachers_json(&list, err);
		json_end();
	} else {
		show_print(&seg);
		if (seg.nattch && err >= 0) {
			out_end();
			attachers_print(&list);
		}
	}
	free(list.atts);
	cli_note_interrupted("show", err);
	if (err >= 0)
		return CLI_OK;
	/* What is known of the segment itself is for everybody. */
	if (err == -EACCES) {
		cli_note("show: who has it attached is for those who may read it");
		return CLI_OK;
	}
	return cli_fail_id("show", id, err);
}

static int who_segment(int id, bool json)
{
	struct attacher_list list = { 0 };
	int err = attacher_list_read(id, &list);

	if (err >= 0 && json) {
		json_object(NULL);
		json_int("id", id);
		attachers_json(&list, err);
		json_end();
	} else if (err >= 0) {
		attachers_print(&list);
	}
	free(list.atts);
	if (err < 0)
		return cli_fail_id("who", id, err);
	cli_note_interrupted("who", err);
	return CLI_OK;
}

/* Both commands have the same arguments. */
static int show_run(const struct cli_command *self, int argc, char **argv)
{
	static const struct option options[] = {
		{ "key", required_argument, NULL, 'k' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 }
	};
	const char *key = NULL;
	bool json = false;
	int option, id, err;

	while ((option = getopt_long(argc, argv, "k:jh", options, NULL)) != -1) {
		switch (option) {
		case 'k':
			key = optarg;
			break;
		case 'j':
			json = true;
			break;
		case 'h':
			return cli_help(self);
		default:
			return cli_usage(self);
		}
	}
	if (argc - optind != !key)
		return cli_usage(self);
	err = cli_need_nl();
	if (!err)
		err = key ? cli_find_key(self->name, key, &id) :
			cli_find_id(self->name, argv[optind], &id);
	if (err)
		return err;
	return self == &cli_show ? show_segment(id, json) : who_segment(id, json);
}

#define SHOW_HELP								\
	"\n"									\
	"  -k, --key KEY      the segment with this key, as 0x7b or decimal\n"	\
	"  -j, --json         for scripts; see altshm-json(7)\n"		\
	CLI_HELP_HELP

const struct cli_command cli_show = {
	.name = "show",
	.args = "[--json] {ID | --key KEY}",
	.about = "Show all about a segment",
	.help = SHOW_HELP
		"\n"
		"Who has it attached is shown to those who may read it.\n",
	.usage = CLI_USAGE,
	.run = show_run,
};

const struct cli_command cli_who = {
	.name = "who",
	.args = "[--json] {ID | --key KEY}",
	.about = "List who has a segment attached",
	.help = SHOW_HELP
		"\n"
		"One line for each mapping. Needs r permission on the segment. Addresses are\n"
		"shown of one's own processes, and of others with CAP_SYS_PTRACE.\n",
	.usage = CLI_USAGE,
	.run = show_run,
};
