/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Transparent huge pages: who gets them by the system-wide switch, and who has
 * them mapped.
 */
#ifndef _ALTSHM_SELFTESTS_THP_H
#define _ALTSHM_SELFTESTS_THP_H

#include "sys.h"

#define SHMEM_ENABLED "/sys/kernel/mm/transparent_hugepage/shmem_enabled"
#define MIB		(1UL << 20)
/* A huge page that a page table entry of the second level maps. */
#define THP_SIZE	(2 * MIB)

/* Set shmem_enabled to a word; what was in brackets before is left in @old. */
static inline int set_shmem_enabled(const char *word, char *old, size_t size)
{
	const char *line = read_line(SHMEM_ENABLED);
	const char *start = strchr(line, '[');

	if (start)
		snprintf(old, size, "%.*s", (int)strcspn(start, "]") - 1,
			 start + 1);
	return start ? write_file(SHMEM_ENABLED, word) : -ENOENT;
}

/* What smaps says of the mapping that starts at an address: a line, or "". */
static inline const char *smaps_line(const void *addr, const char *name)
{
	FILE *file = fopen("/proc/self/smaps", "re");
	static char line[512];
	unsigned long from, to;
	bool here = false, found = false;

	while (file && !found && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			here = from == (unsigned long)addr;
		found = here && !strncmp(line, name, strlen(name));
	}
	if (file)
		fclose(file);
	return found ? line : "";
}

/* Bytes that are mapped by huge pages. */
static inline long huge_bytes(const void *addr)
{
	long kib = -1;

	sscanf(smaps_line(addr, "ShmemPmdMapped:"), "%*s %ld", &kib);
	return kib * 1024;
}

#endif /* _ALTSHM_SELFTESTS_THP_H */
