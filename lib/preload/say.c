// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Lines on standard error, in a process whose author does not know of them,
 * perhaps in a signal handler: nothing is allocated, no lock is taken, no signal
 * comes of it, and descriptor 2 is written to only while it seems to be standard
 * error.
 */
#include "say.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SAY_NAME	64	/* most of a program's name that is shown */
#define SAY_SET		8	/* bytes of the kernel's signal set */

/* Signals that a write can send. */
#define SAY_SIGNALS	(1ULL << (SIGPIPE - 1) | 1ULL << (SIGXFSZ - 1))

/* Standard error as the program was given it; no mode where it was closed. */
static struct statx say_stderr;

static bool stderr_identify(struct statx *stx)
{
	return !syscall(SYS_statx, STDERR_FILENO, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC,
			STATX_TYPE | STATX_INO, stx);
}

/*
 * A program that closed it may have a file of data by that number. Programs that
 * log send it elsewhere, to a pipe or a device.
 */
static bool stderr_is_good(void)
{
	struct statx stx;

	if (!say_stderr.stx_mode || !stderr_identify(&stx))
		return false;
	if (S_ISFIFO(stx.stx_mode) || S_ISCHR(stx.stx_mode))
		return true;
	return stx.stx_ino == say_stderr.stx_ino &&
	       stx.stx_dev_major == say_stderr.stx_dev_major &&
	       stx.stx_dev_minor == say_stderr.stx_dev_minor;
}

static unsigned long long signals_pending(void)
{
	unsigned long long set = 0;

	syscall(SYS_rt_sigpending, &set, SAY_SET);
	return set & SAY_SIGNALS;
}

/* Nobody may read at the other end, or the file be as long as it may become. */
void say_line(struct text *line)
{
	unsigned long long block = SAY_SIGNALS, old, before, sent;
	long now[4] = { 0 };	/* a timespec of whatever size */
	long ret;

	line->buf[line->len++] = '\n';
	if (!stderr_is_good() ||
	    syscall(SYS_rt_sigprocmask, SIG_BLOCK, &block, &old, SAY_SET))
		return;
	before = signals_pending();
	ret = syscall(SYS_write, STDERR_FILENO, line->buf, line->len);
	sent = ret < 0 ? signals_pending() & ~before : 0;
	if (sent)
		syscall(SYS_rt_sigtimedwait, &sent, NULL, now, SAY_SET);
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &old, NULL, SAY_SET);
}

/* The name comes from whoever executed the program. */
void say_program(struct text *line)
{
	const char *name = program_invocation_short_name;
	size_t i;

	for (i = 0; i < SAY_NAME && name[i]; i++)
		text_add_char(line, name[i] > ' ' && name[i] < 0x7f ? name[i] : '?');
}

__attribute__((constructor)) static void say_init(void)
{
	int saved = errno;

	if (!stderr_identify(&say_stderr))
		say_stderr.stx_mode = 0;
	errno = saved;
}
