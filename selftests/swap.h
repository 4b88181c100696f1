/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A swap file of a test's own.
 */
#ifndef _ALTSHM_SELFTESTS_SWAP_H
#define _ALTSHM_SELFTESTS_SWAP_H

#include <sys/swap.h>

#include "common.h"

#define SWAP_FILE	"/root/altshm-swap"
#define SWAP_PAGES	4096

/* What swapon(2) wants of a file: no holes, and a header in the first page. */
static inline int make_swap_file(void)
{
	static char page[PAGE];
	unsigned int header[2] = { 1, SWAP_PAGES - 1 };
	int fd = open(SWAP_FILE, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int error = fd < 0 ? -errno : 0;

	memcpy(page + 1024, header, sizeof(header));
	memcpy(page + PAGE - 10, "SWAPSPACE2", 10);
	for (int i = 0; i < SWAP_PAGES && !error; i++) {
		if (write(fd, page, PAGE) != (ssize_t)PAGE)
			error = -errno;
		memset(page, 0, sizeof(page));
	}
	if (!error)
		error = rc(fsync(fd));
	close(fd);
	return error;
}

static inline int swap_begin(void)
{
	return make_swap_file() ?: (int)rc(swapon(SWAP_FILE, 0));
}

static inline void swap_end(void)
{
	swapoff(SWAP_FILE);
	unlink(SWAP_FILE);
}

#endif /* _ALTSHM_SELFTESTS_SWAP_H */
