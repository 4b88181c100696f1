/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The module: loading it, and taking it away again.
 */
#ifndef _ALTSHM_SELFTESTS_MODULE_H
#define _ALTSHM_SELFTESTS_MODULE_H

#include "common.h"

#define LOADED "/sys/module/altshm"

static inline bool is_loaded(void)
{
	return !access(LOADED "/refcnt", F_OK);
}

/* "thp=1" and the like. */
static inline int load_with(const char *parameters)
{
	int fd = open(built_path("altshm.ko"), O_RDONLY | O_CLOEXEC);
	int error = fd < 0 ? -errno :
			     (int)rc(syscall(SYS_finit_module, fd, parameters, 0));

	close(fd);
	return error;
}

static inline int load(void)
{
	return load_with("");
}

/* EAGAIN: in use; the kernel has no EBUSY for that, rmmod says "in use". */
static inline int unload(void)
{
	return rc(syscall(SYS_delete_module, "altshm", O_NONBLOCK));
}

/* What earlier tests left in dead namespaces may take some seconds to go. */
static inline int unload_soon(void)
{
	time_t limit = time(NULL) + 20;
	int error;

	while ((error = unload()) == -EAGAIN && time(NULL) < limit)
		next_second();
	return error;
}

/* Skips where the module cannot be taken away, or is not loaded. */
#define SETUP_MODULE() do {						\
	if (access("/dev/altshm", R_OK | W_OK))				\
		SETUP_SKIP("no /dev/altshm: module not loaded");	\
	if (access(built_path("altshm.ko"), R_OK))			\
		SETUP_SKIP("no altshm.ko beside the tests");		\
	if (!is_loaded())						\
		SETUP_SKIP("altshm is no loaded module");		\
} while (0)

#endif /* _ALTSHM_SELFTESTS_MODULE_H */
