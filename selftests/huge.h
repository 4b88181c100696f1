/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pool of default huge pages, which tests grow as they need and put back.
 */
#ifndef _ALTSHM_SELFTESTS_HUGE_H
#define _ALTSHM_SELFTESTS_HUGE_H

#include "sys.h"

#define NR_HUGEPAGES		"/proc/sys/vm/nr_hugepages"
#define HUGETLB_SHM_GROUP	"/proc/sys/vm/hugetlb_shm_group"

static inline size_t huge_size(void)
{
	return meminfo("Hugepagesize") * 1024;
}

/* Reserved pages when the test began: someone else's. */
static long huge_foreign;

static inline long huge_reserved(void)
{
	return meminfo("HugePages_Rsvd") - huge_foreign;
}

static inline long huge_free(void)
{
	return meminfo("HugePages_Free") - huge_foreign;
}

/* Pages that a new segment can reserve. */
static inline long huge_available(void)
{
	return meminfo("HugePages_Free") - meminfo("HugePages_Rsvd");
}

/* Make exactly n pages available; false if the system can't. */
static inline bool huge_pool(long n)
{
	long more = n - huge_available();

	huge_foreign = meminfo("HugePages_Rsvd");
	if (sysctl_set(NR_HUGEPAGES, meminfo("HugePages_Total") + more))
		return false;
	return huge_available() == n;
}

#define NEED_HUGE_PAGES(n) do {						\
	if (huge_pool(n))						\
		break;							\
	SKIP(return, "no pool of %d huge pages to be had", n);		\
} while (0)

#endif /* _ALTSHM_SELFTESTS_HUGE_H */
