// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The altshm command: finds the subcommand and calls it.
 */
#include "cli.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "altshm.h"
#include "config.h"

static const struct cli_command *const cli_commands[] = {
	&cli_run, &cli_ls, &cli_rm, &cli_limits,
};

void cli_error(const char *fmt, ...)
{
	va_list args;

	fputs("altshm: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
}

int cli_help(const struct cli_command *cmd)
{
	printf("Usage: altshm %s %s\n\n%s.\n%s", cmd->name, cmd->args, cmd->about, cmd->help);
	return CLI_OK;
}

int cli_usage(const struct cli_command *cmd)
{
	fprintf(stderr, "Usage: altshm %s %s\nTry 'altshm %s --help'.\n", cmd->name,
		cmd->args, cmd->name);
	return cmd->usage;
}

int cli_no_options(const struct cli_command *cmd, int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ 0 }
	};

	switch (getopt_long(argc, argv, "+h", options, NULL)) {
	case -1:
		return -1;
	case 'h':
		return cli_help(cmd);
	default:
		return cli_usage(cmd);
	}
}

int cli_need_device(void)
{
	int err = altshm_open();

	switch (err) {
	case 0:
		return 0;
	case -ENOENT:
	case -ENXIO:
	case -ENODEV:
		cli_error("%s: %s: the module is not loaded here; load it with: modprobe altshm",
			  ALTSHM_DEVICE, strerror(-err));
		break;
	case -EACCES:
	case -EPERM:
		cli_error("%s: %s: everybody should be able to read and write it (mode 0666)",
			  ALTSHM_DEVICE, strerror(-err));
		break;
	default:
		cli_error("%s: %s", ALTSHM_DEVICE, strerror(-err));
	}
	return -1;
}

static int main_help(void)
{
	size_t i;

	puts("Usage: altshm COMMAND [ARGUMENT]...\n"
	     "\n"
	     "System V shared memory through " ALTSHM_DEVICE ".\n"
	     "\n"
	     "Commands:");
	for (i = 0; i < ARRAY_SIZE(cli_commands); i++)
		printf("  %-6s %s\n", cli_commands[i]->name, cli_commands[i]->about);
	puts("\n"
	     "  -h, --help     this text, or with a command the command's\n"
	     "  -V, --version  the version\n"
	     "\n"
	     "Exit codes: 0 success, 1 failure, 2 wrong command line; 'altshm run' has its own.\n"
	     "See altshm(1) and altshm(7).");
	return CLI_OK;
}

static int main_command(int argc, char **argv)
{
	static char self[] = "altshm";
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cli_commands); i++) {
		if (strcmp(argv[0], cli_commands[i]->name))
			continue;
		/* What getopt_long begins its messages with, and again from the start. */
		argv[0] = self;
		optind = 0;
		return cli_commands[i]->run(cli_commands[i], argc, argv);
	}
	cli_error("no command '%s'; 'altshm --help' lists them", argv[0]);
	return CLI_USAGE;
}

static int main_options(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ 0 }
	};

	switch (getopt_long(argc, argv, "+hV", options, NULL)) {
	case -1:
		break;
	case 'h':
		return main_help();
	case 'V':
		puts("altshm " ALTSHM_VERSION);
		return CLI_OK;
	default:
		fputs("Try 'altshm --help'.\n", stderr);
		return CLI_USAGE;
	}
	if (optind == argc) {
		cli_error("which command? 'altshm --help' lists them");
		return CLI_USAGE;
	}
	return main_command(argc - optind, argv + optind);
}

int main(int argc, char **argv)
{
	int code = main_options(argc, argv);

	if (fflush(stdout) || ferror(stdout)) {
		cli_error("standard output: %s", strerror(errno));
		return CLI_FAILED;
	}
	return code;
}
