/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * SIGSYS belongs to the shim under --trap; the program's own idea of it is kept
 * here, and gets the SIGSYS that are none of the shim's.
 */
#ifndef _ALTSHM_SIGSYS_H
#define _ALTSHM_SIGSYS_H

#include <signal.h>

/**
 * sigsys_take() - make a handler the process' own for SIGSYS, and unblock it
 * @handler: as for SA_SIGINFO
 *
 * The handler runs with every signal blocked but SIGSYS and those of faults, and
 * on the alternate stack where there is one.
 *
 * Return: 0 or -1.
 */
int sigsys_take(void (*handler)(int sig, siginfo_t *info, void *context));

/**
 * sigsys_deliver() - do what the program wants done about a SIGSYS
 * @sig: as given to the handler
 * @info: likewise
 * @context: likewise
 *
 * Does not return where that is to end the process.
 */
void sigsys_deliver(int sig, siginfo_t *info, void *context);

#endif /* _ALTSHM_SIGSYS_H */
