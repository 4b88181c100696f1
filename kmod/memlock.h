/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ALTSHM_MEMLOCK_H
#define _ALTSHM_MEMLOCK_H

/* What one user of a user namespace, and those below, have locked with SHM_LOCK. */
struct altshm_memlock;

/**
 * altshm_memlock_get() - the entry of the current user
 *
 * Context: may sleep.
 * Return: entry with a reference, or ERR_PTR(-ENOMEM).
 */
struct altshm_memlock *altshm_memlock_get(void);

/* Context: any but interrupt; does not sleep. */
void altshm_memlock_put(struct altshm_memlock *memlock);

/**
 * altshm_memlock_charge() - count pages against RLIMIT_MEMLOCK
 * @memlock: entry of the current user
 * @pages: base pages
 *
 * They also count for who made the user namespace, and those above, each held to
 * what the limit was when the namespace was made.
 *
 * Context: any but interrupt.
 * Return: 0, or -ENOMEM when over a limit without CAP_IPC_LOCK in the initial
 *         user namespace, or when the sum would not be a number.
 */
int altshm_memlock_charge(struct altshm_memlock *memlock, unsigned long pages);
void altshm_memlock_uncharge(struct altshm_memlock *memlock, unsigned long pages);

#endif
