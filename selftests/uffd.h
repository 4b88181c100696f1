/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory whose first touch, or first write, waits until this process has done
 * something: a copy to or from user space that takes as long as a test likes.
 */
#ifndef _ALTSHM_SELFTESTS_UFFD_H
#define _ALTSHM_SELFTESTS_UFFD_H

#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "sys.h"

#define SLOW_PAGE 4096UL

struct slow_page {
	int fd;
	char *mem;
};

/* Nothing is in it yet. Returns what is missing, or NULL. */
static inline const char *slow_page_init(struct slow_page *page)
{
	struct uffdio_api api = {
		.api = UFFD_API,
		.features = UFFD_FEATURE_PAGEFAULT_FLAG_WP,
	};
	struct uffdio_register range = {
		.mode = UFFDIO_REGISTER_MODE_MISSING | UFFDIO_REGISTER_MODE_WP,
	};

	page->mem = mmap(NULL, SLOW_PAGE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	range.range.start = (unsigned long)page->mem;
	range.range.len = SLOW_PAGE;
	page->fd = syscall(SYS_userfaultfd, O_CLOEXEC);
	if (page->fd < 0)
		return "userfaultfd";
	if (ioctl(page->fd, UFFDIO_API, &api) || ioctl(page->fd, UFFDIO_REGISTER, &range))
		return "userfaultfd with write protection";
	return NULL;
}

/* Put something there; a write to it waits if so wanted. Wakes who waited. */
static inline int slow_page_fill(struct slow_page *page, const void *data, size_t len,
				 bool protect)
{
	static char copy[SLOW_PAGE] __attribute__((aligned(SLOW_PAGE)));
	struct uffdio_copy fill = {
		.dst = (unsigned long)page->mem,
		.src = (unsigned long)copy,
		.len = SLOW_PAGE,
		.mode = protect ? UFFDIO_COPY_MODE_WP : 0,
	};

	memset(copy, 0, sizeof(copy));
	memcpy(copy, data, len);
	return ioctl(page->fd, UFFDIO_COPY, &fill) ? -errno : 0;
}

/* Let writers go on. */
static inline int slow_page_allow(struct slow_page *page)
{
	struct uffdio_writeprotect range = {
		.range = { .start = (unsigned long)page->mem, .len = SLOW_PAGE },
	};

	return ioctl(page->fd, UFFDIO_WRITEPROTECT, &range) ? -errno : 0;
}

/* Unmap it under who waits. */
static inline int slow_page_unmap(struct slow_page *page)
{
	struct uffdio_range range = { .start = (unsigned long)page->mem, .len = SLOW_PAGE };

	if (munmap(page->mem, SLOW_PAGE))
		return -errno;
	return ioctl(page->fd, UFFDIO_WAKE, &range) ? -errno : 0;
}

/* Until somebody waits there: 'w' for a write that is not allowed, 'm' for nothing there. */
static inline char slow_page_wait(struct slow_page *page)
{
	struct uffd_msg message;

	if (read(page->fd, &message, sizeof(message)) != sizeof(message) ||
	    message.event != UFFD_EVENT_PAGEFAULT)
		return '?';
	return message.arg.pagefault.flags & UFFD_PAGEFAULT_FLAG_WP ? 'w' : 'm';
}

#endif /* _ALTSHM_SELFTESTS_UFFD_H */
