/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ALTSHM_VMSYSCTL_H
#define _ALTSHM_VMSYSCTL_H

#include <linux/types.h>

/* Is vm.overcommit_memory 2, so that SHM_NORESERVE has no effect? */
bool altshm_vmsysctl_overcommit_never(void);

/* Is the current task in the group vm.hugetlb_shm_group? */
bool altshm_vmsysctl_in_hugetlb_group(void);

int altshm_vmsysctl_init(void);
void altshm_vmsysctl_exit(void);

#endif
