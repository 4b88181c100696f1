// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * altshm limits: show and set what this IPC namespace may have.
 */
#include "cli.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "altshm.h"

struct limit {
	const char *name;
	const char *unit;
	unsigned int bit;
	size_t offset;		/* of its value in struct altshm_limits */
};

/* In the order of the options. */
static const struct limit limits[] = {
	{ "shmmax", "bytes", ALTSHM_LIMIT_SHMMAX, offsetof(struct altshm_limits, shmmax) },
	{ "shmall", "pages", ALTSHM_LIMIT_SHMALL, offsetof(struct altshm_limits, shmall) },
	{ "shmmni", "segments", ALTSHM_LIMIT_SHMMNI, offsetof(struct altshm_limits, shmmni) },
};

static __u64 *limit_value(const struct limit *limit, struct altshm_limits *all)
{
	return (__u64 *)((char *)all + limit->offset);
}

static void limits_print(struct altshm_limits *all)
{
	size_t i;

	printf("%-8s %20s %-10s %s\n", "limit", "value", "unit", "from");
	for (i = 0; i < ARRAY_SIZE(limits); i++) {
		const struct limit *limit = &limits[i];
		bool own = all->own & limit->bit;

		printf("%-8s %20llu %-10s %s%s\n", limit->name,
		       (unsigned long long)*limit_value(limit, all), limit->unit,
		       own ? "own" : "kernel.", own ? "" : limit->name);
	}
}

/* "follow", or the value to have from now on. */
static int limit_parse(const struct limit *limit, const char *text, struct altshm_limits *all)
{
	char *end;

	if (!strcmp(text, "follow")) {
		all->own &= ~limit->bit;
		return 0;
	}
	/* strtoull() would take blanks and signs. */
	if (!isdigit((unsigned char)*text))
		return -1;
	errno = 0;
	*limit_value(limit, all) = strtoull(text, &end, 10);
	if (errno || *end)
		return -1;
	all->own |= limit->bit;
	return 0;
}

static int limits_fail(int err)
{
	if (err == -EPERM)
		cli_error("limits: setting takes CAP_SYS_RESOURCE over the IPC namespace");
	else if (err == -EINVAL)
		cli_error("limits: shmmni can be 1048576 at most");
	else
		cli_error("limits: %s", strerror(-err));
	return CLI_FAILED;
}

/* Options are read twice: for their form first, as the device may be absent. */
static int limits_options(int argc, char **argv, struct altshm_limits *all)
{
	static const struct option options[] = {
		{ "shmmax", required_argument, NULL, 0 },
		{ "shmall", required_argument, NULL, 1 },
		{ "shmmni", required_argument, NULL, 2 },
		{ "help", no_argument, NULL, 'h' },
		{ 0 }
	};
	int option;

	optind = 0;
	while ((option = getopt_long(argc, argv, "+h", options, NULL)) != -1) {
		if (option == 'h' || option == '?')
			return option;
		if (limit_parse(&limits[option], optarg, all)) {
			cli_error("limits: '%s' is neither a number nor 'follow'", optarg);
			return '?';
		}
		all->flags = ALTSHM_LIMITS_F_SET;
	}
	return optind == argc ? 0 : '?';
}

static int limits_run(const struct cli_command *self, int argc, char **argv)
{
	struct altshm_limits all = { 0 };
	int err;

	switch (limits_options(argc, argv, &all)) {
	case 0:
		break;
	case 'h':
		return cli_help(self);
	default:
		return cli_usage(self);
	}
	if (cli_need_device())
		return CLI_FAILED;

	all = (struct altshm_limits){ 0 };
	err = altshm_limits(&all);
	if (!err) {
		limits_options(argc, argv, &all);
		if (all.flags)
			err = altshm_limits(&all);
	}
	if (err)
		return limits_fail(err);
	limits_print(&all);
	return CLI_OK;
}

const struct cli_command cli_limits = {
	.name = "limits",
	.args = "[--shmmax BYTES] [--shmall PAGES] [--shmmni SEGMENTS]",
	.about = "Show or set the limits of this IPC namespace",
	.help = "\n"
		"  --shmmax BYTES     largest segment\n"
		"  --shmall PAGES     pages of all segments together\n"
		"  --shmmni SEGMENTS  number of segments, up to 1048576\n"
		"\n"
		"A limit given holds whatever the sysctl kernel.NAME says; with 'follow' in\n"
		"place of a number it follows the sysctl again.\n"
		"\n"
		"Exit codes: 0 success, 1 failure, 2 wrong command line.\n",
	.usage = CLI_USAGE,
	.run = limits_run,
};
