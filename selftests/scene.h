/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a call that is to fail works on, by ioctls alone, and the state of things
 * before and after it.
 */
#ifndef _ALTSHM_SELFTESTS_SCENE_H
#define _ALTSHM_SELFTESTS_SCENE_H

#include <linux/altshm.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "common.h"

#define SIZE		(4 * PAGE)
/* Uses of the module. */
#define REFERENCES	"/sys/module/altshm/refcnt"

/* What a call works on, made anew for each. */
struct scene {
	int fd;		/* the device */
	int id;		/* a segment, or -1 */
	char *mem;	/* where it is attached, or NULL */
	char *free;	/* addresses where SIZE bytes may be mapped */
	bool huge;
};

/*
 * By a structure one word longer than the module's, for which it uses a copy that
 * can be made to fail.
 */
static inline long call(const struct scene *scene, unsigned long request, void *arg)
{
	char longer[256] = "";
	long ret;

	memcpy(longer, arg, _IOC_SIZE(request));
	ret = rc(ioctl(scene->fd, _IOC(_IOC_DIR(request), _IOC_TYPE(request), _IOC_NR(request),
				       _IOC_SIZE(request) + sizeof(__u64)), longer));
	memcpy(arg, longer, _IOC_SIZE(request));
	return ret;
}

static inline int make_segment(const struct scene *scene, key_t key, size_t size, int shmflg)
{
	struct altshm_get get = { .key = key, .shmflg = shmflg, .size = size };

	return call(scene, ALTSHM_IOC_GET, &get);
}

static inline long attach(const struct scene *scene, int shmflg, void *addr)
{
	struct altshm_attach arg = {
		.shmid = scene->id, .shmflg = shmflg, .addr = (uintptr_t)addr,
	};
	long error = call(scene, ALTSHM_IOC_ATTACH, &arg);

	return error ?: (long)arg.addr;
}

static inline long detach(const struct scene *scene, long addr)
{
	struct altshm_detach arg = { .addr = addr };

	return call(scene, ALTSHM_IOC_DETACH, &arg);
}

static inline long by_id(const struct scene *scene, unsigned long request, int id)
{
	struct altshm_id arg = { .shmid = id };

	return call(scene, request, &arg);
}

static inline long set_mode(struct scene *scene, unsigned int mode)
{
	struct altshm_set arg = { .shmid = scene->id, .mode = mode };

	return call(scene, ALTSHM_IOC_SET, &arg);
}

/* Everything that a failed call has to leave as it was. */
struct world {
	struct altshm_limits limits;
	unsigned long nattch, mode;
	unsigned long used, pages;
	long mappings, descriptors, huge_free, huge_reserved;
};

static inline long count_lines(const char *path, const char *with)
{
	FILE *file = fopen(path, "re");
	char line[512];
	long count = 0;

	while (file && fgets(line, sizeof(line), file))
		count += !!strstr(line, with);
	if (file)
		fclose(file);
	return count;
}

/* The lowest number that is free. */
static inline int next_descriptor(void)
{
	int fd = dup(STDERR_FILENO);

	close(fd);
	return fd;
}

static inline struct world look(const struct scene *scene)
{
	struct altshm_stat stat = { .shmid = scene->id };
	struct altshm_info info = {};
	struct world world;

	memset(&world, 0, sizeof(world));
	if (ioctl(scene->fd, ALTSHM_IOC_INFO, &info) ||
	    ioctl(scene->fd, ALTSHM_IOC_LIMITS, &world.limits))
		abort();
	if (!ioctl(scene->fd, ALTSHM_IOC_STAT, &stat)) {
		world.nattch = stat.nattch;
		world.mode = stat.mode;
	}
	world.used = info.used;
	world.pages = info.pages;
	world.mappings = count_lines("/proc/self/maps", "/SYSV");
	world.descriptors = next_descriptor();
	if (scene->huge) {
		world.huge_free = meminfo("HugePages_Free");
		world.huge_reserved = meminfo("HugePages_Rsvd");
	}
	return world;
}

/* For a test that has the number of the failure in @n. */
#define EXPECT_SAME(before, now, member, what)				\
	EXPECT_EQ((before).member, (now).member)			\
		TH_LOG(#member " %s the call with failure %u", what, n)
#define EXPECT_SAME_WORLD(before, scene, what) do {			\
	struct world now_ = look(scene);				\
									\
	EXPECT_SAME(before, now_, used, what);				\
	EXPECT_SAME(before, now_, pages, what);				\
	EXPECT_SAME(before, now_, nattch, what);			\
	EXPECT_SAME(before, now_, mode, what);				\
	EXPECT_SAME(before, now_, mappings, what);			\
	EXPECT_SAME(before, now_, descriptors, what);			\
	EXPECT_SAME(before, now_, huge_free, what);			\
	EXPECT_SAME(before, now_, huge_reserved, what);			\
	EXPECT_EQ(0, memcmp(&(before).limits, &now_.limits, sizeof(now_.limits))) \
		TH_LOG("limits %s the call with failure %u", what, n);	\
} while (0)

static inline void find_free(struct scene *scene)
{
	scene->free = mmap(NULL, SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	munmap(scene->free, SIZE);
}

static inline void with_segment(struct scene *scene)
{
	scene->id = make_segment(scene, KEY, SIZE, IPC_CREAT | IPC_EXCL | 0700);
	find_free(scene);
}

static inline void with_attach(struct scene *scene)
{
	with_segment(scene);
	scene->mem = (char *)attach(scene, 0, NULL);
	find_free(scene);
}

static inline void scene_end(struct scene *scene)
{
	if (scene->mem)
		detach(scene, (long)scene->mem);
	if (scene->id >= 0)
		by_id(scene, ALTSHM_IOC_REMOVE, scene->id);
}

#endif /* _ALTSHM_SELFTESTS_SCENE_H */
