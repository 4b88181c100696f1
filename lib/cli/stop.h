/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Signals, for commands that go on until they are told to stop.
 */
#ifndef _ALTSHM_CLI_STOP_H
#define _ALTSHM_CLI_STOP_H

#include <poll.h>
#include <stdbool.h>

/* Catch what ends a program; with @suspend also what a terminal's ^Z sends. */
void stop_catch(bool suspend);

/* Whether such a signal came. */
bool stop_asked(void);

/* Whether ^Z came since the last call. */
bool stop_suspended(void);

/**
 * stop_poll() - poll(2) that no such signal is too early for
 * @fds:     to wait for
 * @count:   of them
 * @timeout: milliseconds, -1 for none
 *
 * Return: number of those that are ready; 0 after a signal too.
 */
int stop_poll(struct pollfd *fds, unsigned int count, int timeout);

#endif /* _ALTSHM_CLI_STOP_H */
