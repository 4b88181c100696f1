/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The shim without a filter against native calls, for tests of the choice
 * between the two and of the command's own filter.
 */
#ifndef _ALTSHM_SELFTESTS_SHIM_H
#define _ALTSHM_SELFTESTS_SHIM_H

#include "common.h"

/* Points the table at the shim, which is loaded and makes its choice here. */
static inline int load_shim(void)
{
	void *shim = dlopen(built_path("libaltshm-preload.so"), RTLD_NOW);

	if (!shim)
		return -ENOENT;
	*(void **)&shm.get = dlsym(shim, "shmget");
	*(void **)&shm.at = dlsym(shim, "shmat");
	*(void **)&shm.dt = dlsym(shim, "shmdt");
	*(void **)&shm.ctl = dlsym(shim, "shmctl");
	return shm.get && shm.at && shm.dt && shm.ctl ? 0 : -ENOSYS;
}

#define SETUP_DEVICE() do {						\
	if (access("/dev/altshm", R_OK | W_OK))				\
		SETUP_SKIP("no /dev/altshm: module not loaded");	\
} while (0)

#endif /* _ALTSHM_SELFTESTS_SHIM_H */
