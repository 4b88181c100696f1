// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Signals are noted by a handler. They are blocked between the look at what was
 * noted and the wait, and only there: those that end the command also end a write
 * that nobody takes.
 */
#include "stop.h"

#include <signal.h>
#include <stddef.h>
#include <time.h>

#include "cli.h"

static volatile sig_atomic_t stop_signal, stop_suspend;
static sigset_t stop_signals;

static void stop_handler(int sig)
{
	if (sig == SIGTSTP)
		stop_suspend = 1;
	else if (sig != SIGWINCH)
		stop_signal = sig;
}

static void stop_catch_one(int sig)
{
	struct sigaction action = { .sa_handler = stop_handler }, old;

	if (sig == SIGTSTP || sig == SIGWINCH)
		action.sa_flags = SA_RESTART;
	/* What nohup(1) and shells' background jobs ignore stays so. */
	if (!sigaction(sig, NULL, &old) && old.sa_handler == SIG_IGN)
		return;
	sigaction(sig, &action, NULL);
	sigaddset(&stop_signals, sig);
}

void stop_catch(bool suspend)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	size_t i;

	sigemptyset(&stop_signals);
	for (i = 0; i < ARRAY_SIZE(signals); i++)
		stop_catch_one(signals[i]);
	if (suspend) {
		stop_catch_one(SIGTSTP);
		stop_catch_one(SIGWINCH);
	}
}

bool stop_asked(void)
{
	return stop_signal;
}

bool stop_suspended(void)
{
	bool asked = stop_suspend;

	stop_suspend = 0;
	return asked;
}

int stop_poll(struct pollfd *fds, unsigned int count, int timeout)
{
	struct timespec wait = { .tv_sec = timeout / 1000, .tv_nsec = timeout % 1000 * 1000000L };
	sigset_t before;
	int found = 0;

	sigprocmask(SIG_BLOCK, &stop_signals, &before);
	if (!stop_signal && !stop_suspend)
		found = ppoll(fds, count, timeout < 0 ? NULL : &wait, &before);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return found < 0 ? 0 : found;
}
