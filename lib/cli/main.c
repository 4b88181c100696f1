// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The altshm command: finds the subcommand and calls it.
 */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <string.h>
#include <unistd.h>

#include "altshm.h"
#include "config.h"
#include "out.h"
#include "stop.h"

#define MAIN_EXIT_CODES							\
	"Exit codes: 0 success, 1 failure, 2 wrong command line, 3 no such segment,\n"	\
	"4 not permitted, 5 no module, or one that is too old."

static const struct cli_command *const cli_commands[] = {
	&cli_run, &cli_ls, &cli_show, &cli_who, &cli_rm, &cli_monitor, &cli_limits, &cli_stat,
	&cli_top,
};

static void main_say(const char *kind, const char *fmt, va_list args)
{
	/* A message stands behind the output that it is about. */
	fflush(stdout);
	fprintf(stderr, "altshm: %s", kind);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
}

void cli_error(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	main_say("", fmt, args);
	va_end(args);
}

void cli_note(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	main_say("note: ", fmt, args);
	va_end(args);
}

int cli_help(const struct cli_command *cmd)
{
	printf("Usage: altshm %s %s\n\n%s.\n%s", cmd->name, cmd->args, cmd->about, cmd->help);
	if (cmd->usage == CLI_USAGE)
		puts("\n" MAIN_EXIT_CODES);
	return CLI_OK;
}

int cli_usage(const struct cli_command *cmd)
{
	fprintf(stderr, "Usage: altshm %s %s\nTry 'altshm %s --help'.\n", cmd->name,
		cmd->args, cmd->name);
	return cmd->usage;
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
		printf("  %-7s %s\n", cli_commands[i]->name, cli_commands[i]->about);
	puts("\n"
	     "  -h, --help     this text, or with a command the command's\n"
	     "  -V, --version  the version\n"
	     "\n"
	     MAIN_EXIT_CODES "\n'altshm run' has its own. See altshm(1) and altshm(7).");
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

/*
 * What the command opens is not to have the number of a standard stream that is
 * closed: output would go there. What takes that place fails as it should, and is
 * closed again in what "run" executes.
 */
static void main_keep_streams(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) < 0)
			open("/dev/null", (fd ? O_RDONLY : O_WRONLY) | O_CLOEXEC);
	}
}

int main(int argc, char **argv)
{
	int code;

	main_keep_streams();
	out_init();
	code = main_options(argc, argv);
	if (!(stop_asked() && ferror(stdout)) && !fflush(stdout) && !ferror(stdout))
		return code;
	if (!stop_asked()) {
		cli_error("standard output: %s", strerror(errno));
		return CLI_FAILED;
	}
	/* A write that was told to end has not failed, and is not begun again. */
	__fpurge(stdout);
	return code;
}
