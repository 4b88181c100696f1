/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ALTSHM_MEMLOCK_H
#define _ALTSHM_MEMLOCK_H

/* What one user has locked with SHM_LOCK. */
struct altshm_memlock;

/**
 * altshm_memlock_charge() - count pages against the current user's RLIMIT_MEMLOCK
 * @pages: base pages
 *
 * Context: may sleep.
 * Return: what to uncharge, or ERR_PTR(-ENOMEM) when over the limit without
 *         CAP_IPC_LOCK in the initial user namespace, or without memory.
 */
struct altshm_memlock *altshm_memlock_charge(unsigned long pages);

/* Context: any but interrupt. */
void altshm_memlock_uncharge(struct altshm_memlock *memlock, unsigned long pages);

#endif
