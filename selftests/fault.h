/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Failures on demand: the n-th allocation or user copy of a call fails. The
 * kernel counts both together, and only those of the calling thread.
 */
#ifndef _ALTSHM_SELFTESTS_FAULT_H
#define _ALTSHM_SELFTESTS_FAULT_H

#include <sys/rseq.h>

#include "sys.h"

#define FAIL_NTH "/proc/thread-self/fail-nth"
#define FAULT_DIR "/sys/kernel/debug/"

static int fail_nth_fd = -1;

/* What glibc registers, however much of it the kernel has a use for. */
#define RSEQ_AREA_SIZE	32

/*
 * On its way back to a thread that was preempted the kernel writes to the area of
 * restartable sequences, and kills who has no memory for it, as after fork().
 */
static inline void rseq_end(void)
{
	struct rseq *area = (void *)((char *)__builtin_thread_pointer() + __rseq_offset);

	if (__rseq_size && (int)area->cpu_id >= 0 &&
	    syscall(SYS_rseq, area, RSEQ_AREA_SIZE, RSEQ_FLAG_UNREGISTER, RSEQ_SIG))
		abort();
}

/* To be called in each process that is to see failures. */
static inline int fault_open(void)
{
	if (fail_nth_fd >= 0)
		close(fail_nth_fd);
	fail_nth_fd = open(FAIL_NTH, O_RDWR | O_CLOEXEC);
	if (fail_nth_fd < 0)
		return -errno;
	rseq_end();
	return 0;
}

/* Lets every allocation fail, and without a word; returns what is missing, or NULL. */
static inline const char *fault_allow(void)
{
	static const struct {
		const char *path;
		unsigned long value;
	} knobs[] = {
		{ FAULT_DIR "failslab/verbose", 0 },
		{ FAULT_DIR "failslab/ignore-gfp-wait", 0 },
		{ FAULT_DIR "failslab/cache-filter", 0 },
		{ FAULT_DIR "fail_page_alloc/verbose", 0 },
		{ FAULT_DIR "fail_page_alloc/ignore-gfp-wait", 0 },
		{ FAULT_DIR "fail_page_alloc/ignore-gfp-highmem", 0 },
		{ FAULT_DIR "fail_page_alloc/min-order", 0 },
		{ FAULT_DIR "fail_usercopy/verbose", 0 },
	};

	if (fault_open())
		return "kernel without fault injection";
	for (size_t i = 0; i < sizeof(knobs) / sizeof(*knobs); i++)
		if (write_ul(knobs[i].path, knobs[i].value))
			return knobs[i].path;
	return NULL;
}

/* From now on; to be ended soon. */
static inline void fault_begin(unsigned int nth)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", nth);

	if (pwrite(fail_nth_fd, text, len, 0) != len)
		abort();
}

/* Whether anything failed. What is left of the count may hit the reading itself. */
static inline bool fault_end(void)
{
	char text[16] = "";
	bool hit = pread(fail_nth_fd, text, sizeof(text) - 1, 0) > 0 && !strtoul(text, NULL, 10);

	while (!hit && pwrite(fail_nth_fd, "0", 1, 0) != 1)
		;
	return hit;
}

#endif /* _ALTSHM_SELFTESTS_FAULT_H */
