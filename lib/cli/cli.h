/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the files of the altshm command share.
 */
#ifndef _ALTSHM_CLI_H
#define _ALTSHM_CLI_H

#include <stdbool.h>
#include <stddef.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* Exit codes; those of "run" are env(1)'s. */
#define CLI_OK		0
#define CLI_FAILED	1	/* for a reason without a code of its own */
#define CLI_USAGE	2	/* the command line is wrong */
#define CLI_NOT_FOUND	3	/* no such segment */
#define CLI_DENIED	4	/* not permitted */
#define CLI_ABSENT	5	/* no module, or one that is too old */
#define CLI_RUN_FAILED	125	/* run: altshm itself failed */
#define CLI_RUN_NOEXEC	126	/* run: the program cannot be executed */
#define CLI_RUN_NOENT	127	/* run: the program is not found */

/**
 * struct cli_command - one word after "altshm"
 * @name:  the word
 * @args:  its arguments, for the usage line
 * @about: one line for the list of commands
 * @help:  the options and further lines, for "altshm NAME --help"
 * @usage: exit code for a wrong command line
 * @run:   does it, with its arguments from argv[1]
 */
struct cli_command {
	const char *name;
	const char *args;
	const char *about;
	const char *help;
	int usage;
	int (*run)(const struct cli_command *self, int argc, char **argv);
};

/* An option of all commands, in their help. */
#define CLI_HELP_HELP	"  -h, --help         this text\n"

extern const struct cli_command cli_run, cli_ls, cli_show, cli_who, cli_rm, cli_monitor,
	cli_limits, cli_stat, cli_top;

/* Prints how to call @cmd, to stdout as its help, to stderr as a correction. */
int cli_help(const struct cli_command *cmd);
int cli_usage(const struct cli_command *cmd);

/* Writes "altshm: ..." and a newline to stderr. */
__attribute__((format(printf, 1, 2))) void cli_error(const char *fmt, ...);
__attribute__((format(printf, 1, 2))) void cli_note(const char *fmt, ...);

/* Opens the device, or says in words that help why not; CLI_OK, or another exit code. */
int cli_need_device(void);

/* Finds the netlink family, or says why not; CLI_OK, or another exit code. */
int cli_need_nl(void);

/**
 * cli_fail() - say why a request failed
 * @command: the word after "altshm"
 * @err:     a negative errno
 *
 * Return: the exit code for it.
 */
int cli_fail(const char *command, int err);

/* cli_fail() of a request about the segment @id. */
int cli_fail_id(const char *command, int id, int err);

/* Says so where @err is 1, as functions of nl.h return for an interrupted dump. */
void cli_note_interrupted(const char *command, int err);

/* Reads an identifier, or looks for a key's; CLI_OK, or says why not. */
int cli_find_id(const char *command, const char *text, int *id);
int cli_find_key(const char *command, const char *text, int *id);

/**
 * filter_strict() - answer ENOSYS to the kernel's own calls from here on
 *
 * Holds for this process, its children and what they execute.
 *
 * Return: 0 or a negative errno.
 */
int filter_strict(void);

/**
 * filter_trap() - send SIGSYS for the kernel's own calls from here on
 *
 * For those who have the shim for it, that is: it ends anybody else who makes
 * such a call. Holds as filter_strict() does, over which it goes.
 *
 * Return: 0 or a negative errno.
 */
int filter_trap(void);

/* Whether execvp(3) of @name would run a program that loads no libraries. */
bool elf_is_static(const char *name);

#endif /* _ALTSHM_CLI_H */
