// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each call again and again, with its first allocation or user copy failing,
 * then its second, until it meets no more: it fails with a documented error or
 * succeeds, loses nothing, and the next call is as ever. A call is a variant:
 * what it needs before, itself, and how its success is undone.
 */
#include "common.h"
#include "fault.h"
#include "huge.h"
#include "scene.h"

#define OTHER_KEY	(KEY + 1)
#define MOST_FAILURES	2000

/* However many pieces there are, each is counted. */
#define EXPECT_PIECES() do {						\
	struct world now = look(&scene);				\
									\
	EXPECT_EQ(now.mappings, now.nattch) TH_LOG("failure %u", n);	\
} while (0)

FIXTURE(fault) {
	int fd;
};

/* @undo gets what @call returned, 0 or more; without it nothing is to be undone. */
FIXTURE_VARIANT(fault) {
	void (*prepare)(struct scene *scene);
	long (*call)(struct scene *scene);
	void (*undo)(struct scene *scene, long ret);
	int error;	/* that may come besides EFAULT and ENOMEM */
	bool pieces;	/* failed, it may have split the mapping, or moved a part */
	bool huge;
	bool plain_user;	/* who may lock one segment and no more */
};

FIXTURE_SETUP(fault)
{
	const char *missing;

	SETUP_IPC_NAMESPACE();
	if (access(ALTSHM_DEVICE, R_OK | W_OK))
		SETUP_SKIP("no /dev/altshm: module not loaded");
	missing = fault_allow();
	if (missing)
		SKIP(_exit(SKIP_STATUS), "missing: %s", missing);
	if (variant->huge && !huge_pool(4)) {
		sysctl_restore();
		SKIP(_exit(SKIP_STATUS), "no pool of 4 huge pages to be had");
	}
	self->fd = open(ALTSHM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	if (!variant->plain_user)
		return;
	ASSERT_EQ(0, set_limit(RLIMIT_MEMLOCK, SIZE));
	ASSERT_EQ(0, become(USER_A, GROUP_G));
}

FIXTURE_TEARDOWN(fault)
{
	close(self->fd);
	sysctl_restore();
}

/* A debug kernel needs two minutes for all, half of that for fork(). */
TEST_F_TIMEOUT(fault, each_failure_is_clean, 200)
{
	bool hit = true;
	unsigned int n;
	long ret = 0;

	for (n = 1; hit && n < MOST_FAILURES; n++) {
		struct scene scene = { .fd = self->fd, .id = -1, .huge = variant->huge };
		long references = read_long(REFERENCES);
		struct world before;

		if (variant->prepare)
			variant->prepare(&scene);
		before = look(&scene);
		fault_begin(n);
		ret = variant->call(&scene);
		hit = fault_end();
		if (variant->pieces)
			EXPECT_PIECES();
		if (ret < 0) {
			EXPECT_TRUE(ret == -EFAULT || ret == -ENOMEM || ret == -variant->error)
				TH_LOG("failure %u: error %ld", n, -ret);
		}
		if (variant->undo && (ret >= 0 || variant->pieces))
			variant->undo(&scene, ret);
		EXPECT_SAME_WORLD(before, &scene, "after");

		ret = variant->call(&scene);
		EXPECT_LE(0, ret) TH_LOG("after failure %u", n);
		if (ret >= 0 && variant->undo)
			variant->undo(&scene, ret);
		EXPECT_SAME_WORLD(before, &scene, "after the one after");
		scene_end(&scene);
		EXPECT_EQ(references, read_long(REFERENCES)) TH_LOG("failure %u", n);
	}
	EXPECT_FALSE(hit);
	/* The first is the copy of the argument, at the least. */
	EXPECT_LT(2, n);
	TH_LOG("%u failures", n - 2);
}

#define FAULTED(name, ...) FIXTURE_VARIANT_ADD(fault, name) { __VA_ARGS__ }

static void undo_get(struct scene *scene, long id)
{
	by_id(scene, ALTSHM_IOC_REMOVE, id);
}

static long get_keyed(struct scene *scene)
{
	return make_segment(scene, OTHER_KEY, SIZE, IPC_CREAT | IPC_EXCL | 0600);
}

static long get_private(struct scene *scene)
{
	return make_segment(scene, IPC_PRIVATE, SIZE, 0600);
}

static long get_noreserve(struct scene *scene)
{
	return make_segment(scene, IPC_PRIVATE, SIZE, SHM_NORESERVE | 0600);
}

static long get_thp(struct scene *scene)
{
	struct altshm_get get = {
		.key = OTHER_KEY, .size = SIZE, .shmflg = IPC_CREAT | 0600,
		.flags = ALTSHM_GET_F_THP,
	};

	return call(scene, ALTSHM_IOC_GET, &get);
}

/* Any size takes a whole huge page. */
static long get_huge(struct scene *scene)
{
	return make_segment(scene, OTHER_KEY, SIZE, SHM_HUGETLB | IPC_CREAT | 0600);
}

static long get_huge_noreserve(struct scene *scene)
{
	return make_segment(scene, OTHER_KEY, SIZE, SHM_NORESERVE | SHM_HUGETLB | IPC_CREAT | 0600);
}

static long get_existing(struct scene *scene)
{
	return make_segment(scene, KEY, SIZE, 0600);
}

static void in_new_namespace(struct scene *scene)
{
	if (unshare(CLONE_NEWIPC))
		abort();
}

/* ENOSPC is what the file systems say when there is no memory for an inode. */
FAULTED(get_keyed, .call = get_keyed, .undo = undo_get, .error = ENOSPC);
FAULTED(get_private, .call = get_private, .undo = undo_get, .error = ENOSPC);
FAULTED(get_noreserve, .call = get_noreserve, .undo = undo_get, .error = ENOSPC);
FAULTED(get_thp, .call = get_thp, .undo = undo_get, .error = ENOSPC);
FAULTED(get_huge, .call = get_huge, .undo = undo_get, .error = ENOSPC, .huge = true);
FAULTED(get_huge_noreserve, .call = get_huge_noreserve, .undo = undo_get, .error = ENOSPC,
	.huge = true);
FAULTED(get_existing, .prepare = with_segment, .call = get_existing);
FAULTED(get_in_new_namespace, .prepare = in_new_namespace, .call = get_keyed, .undo = undo_get,
	.error = ENOSPC);

static void with_huge_segment(struct scene *scene)
{
	scene->id = get_huge(scene);
}

static void undo_attach(struct scene *scene, long addr)
{
	detach(scene, addr);
}

static long attach_anywhere(struct scene *scene)
{
	return attach(scene, 0, NULL);
}

static long attach_readonly(struct scene *scene)
{
	return attach(scene, SHM_RDONLY, NULL);
}

static long attach_exec(struct scene *scene)
{
	return attach(scene, SHM_EXEC, NULL);
}

static long attach_at(struct scene *scene)
{
	return attach(scene, 0, scene->free);
}

static void with_target(struct scene *scene)
{
	with_segment(scene);
	mmap(scene->free, SIZE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

static long attach_over(struct scene *scene)
{
	return attach(scene, SHM_REMAP, scene->free);
}

FAULTED(attach, .prepare = with_segment, .call = attach_anywhere, .undo = undo_attach);
FAULTED(attach_readonly, .prepare = with_segment, .call = attach_readonly, .undo = undo_attach);
FAULTED(attach_exec, .prepare = with_segment, .call = attach_exec, .undo = undo_attach);
FAULTED(attach_at, .prepare = with_segment, .call = attach_at, .undo = undo_attach);
FAULTED(attach_over, .prepare = with_target, .call = attach_over, .undo = undo_attach);
FAULTED(attach_again, .prepare = with_attach, .call = attach_anywhere, .undo = undo_attach);
FAULTED(attach_huge, .prepare = with_huge_segment, .call = attach_anywhere, .undo = undo_attach,
	.huge = true);

static long detach_whole(struct scene *scene)
{
	return detach(scene, (long)scene->mem);
}

static void undo_detach(struct scene *scene, long ret)
{
	attach(scene, 0, scene->mem);
}

FAULTED(detach, .prepare = with_attach, .call = detach_whole, .undo = undo_detach);

static long stat_flags(struct scene *scene, int id, unsigned int flags)
{
	struct altshm_stat arg = { .shmid = id, .flags = flags };

	return call(scene, ALTSHM_IOC_STAT, &arg);
}

static long stat_id(struct scene *scene)
{
	return stat_flags(scene, scene->id, 0);
}

static long stat_index(struct scene *scene)
{
	return stat_flags(scene, scene->id % 32768, ALTSHM_STAT_F_INDEX);
}

static long stat_any(struct scene *scene)
{
	return stat_flags(scene, scene->id, ALTSHM_STAT_F_ANY);
}

static long set(struct scene *scene)
{
	return set_mode(scene, 0640);
}

static void undo_set(struct scene *scene, long ret)
{
	set_mode(scene, 0700);
}

static long remove_segment(struct scene *scene)
{
	return by_id(scene, ALTSHM_IOC_REMOVE, scene->id);
}

static void undo_remove(struct scene *scene, long ret)
{
	with_segment(scene);
}

static long info(struct scene *scene)
{
	struct altshm_info arg = {};

	return call(scene, ALTSHM_IOC_INFO, &arg);
}

/* What was explained fails, or the explaining. */
static long explain(struct scene *scene)
{
	struct altshm_stat stat = { .shmid = scene->id };
	struct altshm_explain arg = { .cmd = ALTSHM_IOC_STAT, .arg = (uintptr_t)&stat };

	return call(scene, ALTSHM_IOC_EXPLAIN, &arg) ?: arg.result;
}

static long limits(struct scene *scene)
{
	struct altshm_limits arg = {};

	return call(scene, ALTSHM_IOC_LIMITS, &arg);
}

static long set_limits(struct scene *scene)
{
	struct altshm_limits arg = {
		.flags = ALTSHM_LIMITS_F_SET,
		.own = ALTSHM_LIMIT_SHMMNI | ALTSHM_LIMIT_SHMMAX,
		.shmmax = 1 << 20,
		.shmmni = 100,
	};

	return call(scene, ALTSHM_IOC_LIMITS, &arg);
}

static void undo_set_limits(struct scene *scene, long ret)
{
	struct altshm_limits arg = { .flags = ALTSHM_LIMITS_F_SET };

	ioctl(scene->fd, ALTSHM_IOC_LIMITS, &arg);
}

FAULTED(stat, .prepare = with_segment, .call = stat_id);
FAULTED(stat_index, .prepare = with_segment, .call = stat_index);
FAULTED(stat_any, .prepare = with_segment, .call = stat_any);
FAULTED(set, .prepare = with_segment, .call = set, .undo = undo_set);
FAULTED(remove, .prepare = with_segment, .call = remove_segment, .undo = undo_remove);
FAULTED(info, .prepare = with_segment, .call = info);
FAULTED(explain, .prepare = with_segment, .call = explain);
FAULTED(limits, .call = limits);
FAULTED(set_limits, .call = set_limits, .undo = undo_set_limits);
FAULTED(set_limits_in_new_namespace, .prepare = in_new_namespace, .call = set_limits,
	.undo = undo_set_limits);

static long lock(struct scene *scene)
{
	return by_id(scene, ALTSHM_IOC_LOCK, scene->id);
}

static long unlock(struct scene *scene)
{
	return by_id(scene, ALTSHM_IOC_UNLOCK, scene->id);
}

static void undo_lock(struct scene *scene, long ret)
{
	unlock(scene);
}

static void undo_unlock(struct scene *scene, long ret)
{
	lock(scene);
}

static void with_lock(struct scene *scene)
{
	with_attach(scene);
	lock(scene);
}

FAULTED(lock, .prepare = with_segment, .call = lock, .undo = undo_lock, .plain_user = true);
FAULTED(unlock, .prepare = with_lock, .call = unlock, .undo = undo_unlock, .plain_user = true);

static long open_device(struct scene *scene)
{
	return rc(open(ALTSHM_DEVICE, O_RDWR | O_CLOEXEC));
}

static void undo_open(struct scene *scene, long fd)
{
	close(fd);
}

static long read_list(struct scene *scene)
{
	int fd = open("/proc/altshm/shm", O_RDONLY | O_CLOEXEC);
	static char text[2048];
	long ret;

	if (fd < 0)
		return -errno;
	ret = rc(read(fd, text, sizeof(text)));
	close(fd);
	return ret;
}

FAULTED(open_device, .call = open_device, .undo = undo_open);
FAULTED(read_list, .prepare = with_segment, .call = read_list);

/* What the kernel does with a mapping, by way of its vm_operations. */

static long grow(struct scene *scene)
{
	return rc(mremap(scene->mem, SIZE, 2 * SIZE, MREMAP_MAYMOVE));
}

static bool find_piece(unsigned long *from, unsigned long *to)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];
	bool found = false;

	while (maps && !found && fgets(line, sizeof(line), maps))
		found = strstr(line, "/SYSV") && sscanf(line, "%lx-%lx", from, to) == 2;
	if (maps)
		fclose(maps);
	return found;
}

static void undo_pieces(struct scene *scene, long ret)
{
	unsigned long from, to;

	while (find_piece(&from, &to))
		munmap((void *)from, to - from);
	scene->mem = (char *)attach(scene, 0, NULL);
}

static long move(struct scene *scene)
{
	return rc(mremap(scene->mem, SIZE, SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, scene->free));
}

static long duplicate(struct scene *scene)
{
	return rc(mremap(scene->mem, 0, SIZE, MREMAP_MAYMOVE));
}

static long split(struct scene *scene)
{
	return rc(mprotect(scene->mem + PAGE, PAGE, PROT_READ));
}

static long punch(struct scene *scene)
{
	return rc(munmap(scene->mem + PAGE, PAGE));
}

static long duplicate_process(struct scene *scene)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	return rc(pid);
}

static void undo_fork(struct scene *scene, long pid)
{
	wait_exit(pid);
}

FAULTED(grow, .prepare = with_attach, .call = grow, .undo = undo_pieces, .pieces = true);
FAULTED(move, .prepare = with_attach, .call = move, .undo = undo_pieces, .pieces = true);
FAULTED(duplicate, .prepare = with_attach, .call = duplicate, .undo = undo_pieces,
	.pieces = true);
FAULTED(split, .prepare = with_attach, .call = split, .undo = undo_pieces, .pieces = true);
FAULTED(punch, .prepare = with_attach, .call = punch, .undo = undo_pieces, .pieces = true);
FAULTED(fork, .prepare = with_attach, .call = duplicate_process, .undo = undo_fork,
	.error = EAGAIN);

TEST_HARNESS_MAIN
