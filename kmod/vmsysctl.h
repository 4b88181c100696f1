/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ALTSHM_VMSYSCTL_H
#define _ALTSHM_VMSYSCTL_H

#include <linux/types.h>

/* Is vm.overcommit_memory 2, so that SHM_NORESERVE has no effect? */
bool altshm_vmsysctl_overcommit_never(void);

/* Is the current task in the group vm.hugetlb_shm_group? @gid is set to that. */
bool altshm_vmsysctl_in_hugetlb_group(u64 *gid);

/* The values of settings, for who is told why a call failed. Context: may sleep. */
u64 altshm_vmsysctl_max_map_count(void);
u64 altshm_vmsysctl_mmap_min_addr(void);

/**
 * altshm_vmsysctl_refuses_commit() - was it vm.overcommit_memory that gave no memory
 * @size: bytes asked for
 * @limit: set to the most that may be committed, bytes
 * @wanted: set to what would have been, bytes
 *
 * Context: may sleep.
 */
bool altshm_vmsysctl_refuses_commit(u64 size, u64 *limit, u64 *wanted);

int altshm_vmsysctl_init(void);
void altshm_vmsysctl_exit(void);

#endif
