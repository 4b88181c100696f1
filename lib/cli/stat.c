// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * altshm stat: totals of this IPC namespace, and who uses most.
 */
#include "cli.h"

#include <errno.h>
#include <getopt.h>
#include <stdint.h>

#include "fmt.h"
#include "out.h"
#include "usage.h"

#define STAT_COUNT	10
#define STAT_MOST	10000

static int stat_print(enum usage_by by, size_t count, bool json)
{
	struct usage usage;
	int err = cli_need_nl();

	if (err)
		return err;
	err = usage_init(&usage, by, count) ? usage_read(&usage) : -ENOMEM;
	if (err >= 0 && json) {
		usage_json(&usage, count, err);
	} else if (err >= 0) {
		usage_print_totals(&usage);
		out_end();
		usage_print_users(&usage, count);
		out_end();
		usage_print_best(&usage);
	}
	usage_free(&usage);
	if (err < 0)
		return cli_fail("stat", err);
	cli_note_interrupted("stat", err);
	return CLI_OK;
}

static int stat_run(const struct cli_command *self, int argc, char **argv)
{
	static const struct option options[] = {
		{ "by", required_argument, NULL, 'b' },
		{ "count", required_argument, NULL, 'n' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 }
	};
	enum usage_by by = USAGE_RSS;
	uint64_t count = STAT_COUNT;
	bool json = false;
	int option;

	while ((option = getopt_long(argc, argv, "b:n:jh", options, NULL)) != -1) {
		switch (option) {
		case 'b':
			by = usage_by(optarg);
			if (by != USAGE_AMOUNTS)
				break;
			cli_error("stat: --by takes rss, bytes, swap or nattch");
			return cli_usage(self);
		case 'n':
			if (fmt_parse_number(optarg, STAT_MOST, &count))
				break;
			cli_error("stat: '%s' is no number up to %d", optarg, STAT_MOST);
			return cli_usage(self);
		case 'j':
			json = true;
			break;
		case 'h':
			return cli_help(self);
		default:
			return cli_usage(self);
		}
	}
	if (optind != argc)
		return cli_usage(self);
	return stat_print(by, count, json);
}

const struct cli_command cli_stat = {
	.name = "stat",
	.args = "[OPTION]...",
	.about = "Show totals, and the users and segments that use most",
	.help = "\n"
		"  -b, --by AMOUNT    what is most: rss (in memory), bytes, swap or nattch\n"
		"  -n, --count N      how many users and segments; default 10\n"
		"  -j, --json         for scripts; see altshm-json(7)\n"
		CLI_HELP_HELP,
	.usage = CLI_USAGE,
	.run = stat_run,
};
