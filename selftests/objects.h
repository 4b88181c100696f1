/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How much the kernel holds: objects of each slab cache, and memory. All caches
 * are looked at, because what a leak is made of is not known before.
 */
#ifndef _ALTSHM_SELFTESTS_OBJECTS_H
#define _ALTSHM_SELFTESTS_OBJECTS_H

#include <dirent.h>

#include "common.h"

#define SLAB "/sys/kernel/slab"

/*
 * What may come and go without a leak, however long it takes: objects of a cache
 * in the kernel's pools for each processor, pages in the allocator's lists. With
 * the kernel's own facility half of that is seen.
 */
enum { OBJECTS_SLACK = 2000, OWN_SLACK = 300, MEMORY_SLACK_KIB = 32768, CACHES_MOST = 512 };

/* What segments and mappings are made of, and little else here. */
static const char *const own_caches[] = {
	"altshm_seg", "shmem_inode_cache", "filp", "vm_area_struct", "pid",
};

/*
 * Nobody's leak: addresses of dead threads' stacks, which are freed by the thousand,
 * when the kernel likes, and what its checkers keep of every object for a while.
 */
static const char *const lazy_caches[] = {
	"vmap_area", "debug_objects_cache", "kmemleak_object", "kmemleak_scan_area",
};

static inline bool cache_is_lazy(const char *name)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(lazy_caches); i++)
		if (!strcmp(name, lazy_caches[i]))
			return true;
	return false;
}

struct objects {
	unsigned int count;
	struct {
		char name[48];
		long objects;
	} cache[CACHES_MOST];
	long available;			/* memory in KiB */
};

/* Merged caches are folders of their own; the links to them don't count. */
static inline void objects_count(struct objects *now)
{
	DIR *dir = opendir(SLAB);
	struct dirent *entry;
	char path[320];

	now->count = 0;
	write_file("/proc/sys/vm/drop_caches", "3");
	while (dir && (entry = readdir(dir)) && now->count < CACHES_MOST) {
		if (entry->d_type != DT_DIR || entry->d_name[0] == '.' ||
		    cache_is_lazy(entry->d_name))
			continue;
		/* Else all objects of a processor's slab count as in use. */
		snprintf(path, sizeof(path), SLAB "/%s/shrink", entry->d_name);
		write_file(path, "1");
		snprintf(path, sizeof(path), SLAB "/%s/objects", entry->d_name);
		now->cache[now->count].objects = read_long(path);
		snprintf(now->cache[now->count].name, sizeof(now->cache->name), "%.47s",
			 entry->d_name);
		now->count++;
	}
	if (dir)
		closedir(dir);
	now->available = meminfo("MemAvailable");
}

static inline long objects_of(const struct objects *now, const char *name)
{
	for (unsigned int i = 0; i < now->count; i++)
		if (!strcmp(now->cache[i].name, name))
			return now->cache[i].objects;
	return 0;
}

/* The cache that has grown most from @then to @now; return: by how much. */
static inline long objects_growth(const struct objects *then, const struct objects *now,
				  const char **name)
{
	long most = LONG_MIN;

	*name = "";
	for (unsigned int i = 0; i < now->count; i++) {
		long growth = now->cache[i].objects - objects_of(then, now->cache[i].name);

		if (growth > most) {
			most = growth;
			*name = now->cache[i].name;
		}
	}
	return most;
}

/* Takes over what @now has less of than was seen before. */
static inline void objects_least(struct objects *least, const struct objects *now)
{
	if (!least->count)
		*least = *now;
	for (unsigned int i = 0; i < least->count; i++) {
		long objects = objects_of(now, least->cache[i].name);

		if (objects < least->cache[i].objects)
			least->cache[i].objects = objects;
	}
	if (now->available > least->available)
		least->available = now->available;
}

static inline bool objects_have_grown(const struct objects *then, const struct objects *now)
{
	const char *name;

	for (unsigned int i = 0; i < ARRAY_SIZE(own_caches); i++)
		if (objects_of(now, own_caches[i]) - objects_of(then, own_caches[i]) > OWN_SLACK)
			return true;
	return objects_growth(then, now, &name) > OBJECTS_SLACK ||
	       then->available - now->available > MEMORY_SLACK_KIB;
}

#endif /* _ALTSHM_SELFTESTS_OBJECTS_H */
