// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * altshm limits: show and set what this IPC namespace may have.
 */
#include "cli.h"

#include <errno.h>
#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "fmt.h"
#include "nl/nl.h"
#include "out.h"

struct limit {
	const char *name;
	const char *json;
	const char *unit;
	const char *word;	/* what can be said in place of a number */
	unsigned int attr;
	unsigned int follow;	/* its bit among those that follow sysctls, or 0 */
	bool wide;
	size_t offset;		/* of its value in struct nl_limits */
};

/* In the order of the options. */
static const struct limit limits[] = {
	{ "shmmax", "shmmax", "bytes", "follow", ALTSHM_A_LIMITS_SHMMAX,
	  ALTSHM_LIMIT_FLAG_SHMMAX, true, offsetof(struct nl_limits, shmmax) },
	{ "shmall", "shmall", "pages", "follow", ALTSHM_A_LIMITS_SHMALL,
	  ALTSHM_LIMIT_FLAG_SHMALL, true, offsetof(struct nl_limits, shmall) },
	{ "shmmni", "shmmni", "segments", "follow", ALTSHM_A_LIMITS_SHMMNI,
	  ALTSHM_LIMIT_FLAG_SHMMNI, false, offsetof(struct nl_limits, shmmni) },
	{ "orphan-timeout", "orphan_timeout", "seconds", "off", ALTSHM_A_LIMITS_ORPHAN_TIMEOUT,
	  0, false, offsetof(struct nl_limits, orphan_timeout) },
};

static uint64_t limit_value(const struct limit *limit, const struct nl_limits *all)
{
	const char *at = (const char *)all + limit->offset;

	return limit->wide ? *(const uint64_t *)at : *(const uint32_t *)at;
}

static void limit_put(const struct limit *limit, struct nl_limits *all, uint64_t value)
{
	char *at = (char *)all + limit->offset;

	if (limit->wide)
		*(uint64_t *)at = value;
	else
		*(uint32_t *)at = value;
	all->has |= 1ULL << limit->attr;
}

static void limits_print(const struct nl_limits *all)
{
	size_t i;

	out_line("%-14s %20s %-10s %s", "limit", "value", "unit", "from");
	for (i = 0; i < ARRAY_SIZE(limits); i++) {
		const struct limit *limit = &limits[i];
		bool follows = limit->follow & ~all->own;

		out_cell(14, limit->name);
		if (limit->follow || limit_value(limit, all))
			out_number(20, limit_value(limit, all));
		else
			out_right(20, limit->word);
		out_line("%-10s %s%s", limit->unit, follows ? "kernel." : "own",
			 follows ? limit->name : "");
	}
}

static void limits_json(const struct nl_limits *all)
{
	size_t i;

	json_object(NULL);
	for (i = 0; i < ARRAY_SIZE(limits); i++) {
		json_object(limits[i].json);
		json_uint("value", limit_value(&limits[i], all));
		json_string("unit", limits[i].unit);
		json_bool("own", !(limits[i].follow & ~all->own));
		json_end();
	}
	json_end();
}

/* A number, or the word that stands for following or none. */
static bool limit_parse(const struct limit *limit, const char *text, struct nl_limits *all)
{
	uint64_t value;

	all->follow &= ~limit->follow;
	all->has &= ~(1ULL << limit->attr);
	if (!strcmp(text, limit->word) && limit->follow) {
		all->follow |= limit->follow;
		return true;
	}
	if (!strcmp(text, limit->word))
		value = 0;
	else if (!fmt_parse_number(text, limit->wide ? UINT64_MAX : UINT32_MAX, &value))
		return false;
	limit_put(limit, all, value);
	return true;
}

static int limits_set(struct nl_limits *wanted)
{
	int err;

	if (wanted->follow)
		wanted->has |= 1ULL << ALTSHM_A_LIMITS_FOLLOW;
	if (!wanted->has)
		return CLI_OK;
	err = nl_limits_set(wanted);
	switch (err) {
	case 0:
		return CLI_OK;
	case -EPERM:
		cli_error("limits: setting takes CAP_SYS_RESOURCE over the IPC namespace");
		return CLI_DENIED;
	case -EINVAL:
		cli_error("limits: shmmni can be 1048576 at most");
		return CLI_FAILED;
	default:
		return cli_fail("limits", err);
	}
}

static int limits_do(struct nl_limits *wanted, bool json)
{
	struct nl_limits all;
	int err = cli_need_nl();

	if (!err)
		err = limits_set(wanted);
	if (err)
		return err;
	err = nl_limits(&all);
	if (err)
		return cli_fail("limits", err);
	if (json)
		limits_json(&all);
	else
		limits_print(&all);
	return CLI_OK;
}

static int limits_run(const struct cli_command *self, int argc, char **argv)
{
	static const struct option options[] = {
		{ "shmmax", required_argument, NULL, 0 },
		{ "shmall", required_argument, NULL, 1 },
		{ "shmmni", required_argument, NULL, 2 },
		{ "orphan-timeout", required_argument, NULL, 3 },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 }
	};
	struct nl_limits wanted = { 0 };
	bool json = false;
	int option;

	while ((option = getopt_long(argc, argv, "jh", options, NULL)) != -1) {
		switch (option) {
		case 'j':
			json = true;
			break;
		case 'h':
			return cli_help(self);
		case '?':
			return cli_usage(self);
		default:
			if (limit_parse(&limits[option], optarg, &wanted))
				break;
			cli_error("limits: '%s' is neither a number that fits nor '%s'", optarg,
				  limits[option].word);
			return cli_usage(self);
		}
	}
	if (optind != argc)
		return cli_usage(self);
	return limits_do(&wanted, json);
}

const struct cli_command cli_limits = {
	.name = "limits",
	.args = "[--LIMIT VALUE]... [--json]",
	.about = "Show or set the limits of this IPC namespace",
	.help = "\n"
		"      --shmmax BYTES     largest segment\n"
		"      --shmall PAGES     pages of all segments together\n"
		"      --shmmni SEGMENTS  number of segments, up to 1048576\n"
		"      --orphan-timeout SECONDS\n"
		"                         after which orphans are removed; 'off' for never\n"
		"  -j, --json             for scripts; see altshm-json(7)\n"
		"  -h, --help             this text\n"
		"\n"
		"A limit given holds whatever the sysctl kernel.NAME says; with 'follow' in\n"
		"place of a number it follows the sysctl again. Limits not given stay as they\n"
		"are.\n",
	.usage = CLI_USAGE,
	.run = limits_run,
};
