// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loading and unloading the module with each allocation and user copy failing
 * in turn: it is loaded as ever or not at all, and can be loaded afterwards.
 */
#include <linux/altshm.h>
#include <pthread.h>
#include <sys/ioctl.h>

#include "common.h"
#include "fault.h"
#include "module.h"

#define MOST_FAILURES 5000
#define PRINTK "/proc/sys/kernel/printk"
#define LEVEL_ERRORS 4

static int load_file(int ko)
{
	return rc(syscall(SYS_finit_module, ko, "", 0));
}

FIXTURE(fault_module) {
	int ko;
};

FIXTURE_SETUP(fault_module)
{
	const char *missing;

	SETUP_IPC_NAMESPACE();
	SETUP_MODULE();
	missing = fault_allow();
	if (missing)
		SKIP(_exit(SKIP_STATUS), "missing: %s", missing);
	self->ko = open(built_path("altshm.ko"), O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, self->ko);
	ASSERT_EQ(0, unload_soon());
	/* A slab cache that cannot be made is told with a trace, which is no fault here. */
	ASSERT_EQ(0, sysctl_set(PRINTK, LEVEL_ERRORS));
}

FIXTURE_TEARDOWN(fault_module)
{
	load_file(self->ko);
	close(self->ko);
	sysctl_restore();
}

static bool is_there(void)
{
	return is_loaded() || !access(ALTSHM_DEVICE, F_OK) ||
	       !access("/proc/altshm", F_OK);
}

/* By what an instance of the module differs from another that lacks something. */
struct face {
	struct altshm_info info;
	int flat;	/* identifier or error of a segment too large for strict commitment */
};

static struct face look(void)
{
	struct altshm_get get = { .size = 1UL << 42, .shmflg = SHM_NORESERVE | 0600 };
	int fd = open(ALTSHM_DEVICE, O_RDWR | O_CLOEXEC);
	struct altshm_id id = {};
	unsigned long overcommit = read_ul(OVERCOMMIT);
	struct face face;

	memset(&face, 0, sizeof(face));
	if (ioctl(fd, ALTSHM_IOC_INFO, &face.info))
		face.info.shmmin = 0;
	write_ul(OVERCOMMIT, 2);
	face.flat = rc(ioctl(fd, ALTSHM_IOC_GET, &get));
	write_ul(OVERCOMMIT, overcommit);
	id.shmid = face.flat;
	if (id.shmid >= 0)
		ioctl(fd, ALTSHM_IOC_REMOVE, &id);
	close(fd);
	return face;
}

#define MEASURED 1000000
#define MEASUREMENTS 3

struct watch {
	char path[64];	/* what is left of the loading thread's count */
	long left;
};

/* Reads the count once the module shows in sysfs, which is shortly before its own part. */
static void *watch_load(void *arg)
{
	struct watch *watch = arg;

	while (access(LOADED, F_OK))
		;
	watch->left = read_long(watch->path);
	return NULL;
}

/*
 * Allocations of a load that come before the module's own part: how the kernel
 * deals with their failing is its own affair, and at times a warning.
 */
static unsigned int count_before_init(int ko)
{
	unsigned int least = MEASURED;

	for (int i = 0; i < MEASUREMENTS; i++) {
		struct watch watch = {};
		pthread_t thread;

		snprintf(watch.path, sizeof(watch.path), "/proc/self/task/%d/fail-nth", gettid());
		if (pthread_create(&thread, NULL, watch_load, &watch))
			return 0;
		fault_begin(MEASURED);
		if (load_file(ko))
			return 0;
		pthread_join(thread, NULL);
		fault_end();
		if (unload() || watch.left <= 0)
			return 0;
		if (MEASURED - watch.left < least)
			least = MEASURED - watch.left;
	}
	return least;
}

/*
 * Many failures are made up for by the kernel, several hundred of them the debug
 * allocators' own: in a row of such some are passed over, unless ALTSHM_FAULT_ALL
 * is set.
 */
static unsigned int step(unsigned int row)
{
	return getenv("ALTSHM_FAULT_ALL") || row < 8 ? 1 : row < 40 ? row / 4 : 10;
}

TEST_F_TIMEOUT(fault_module, load_succeeds_or_leaves_nothing, 800)
{
	unsigned int before, n, row = 0, failed = 0;
	struct face whole, face;
	bool hit = true;
	int error;

	ASSERT_EQ(0, load_file(self->ko));
	whole = look();
	ASSERT_EQ(1, whole.info.shmmin);
	ASSERT_EQ(-ENOMEM, whole.flat);
	ASSERT_EQ(0, unload());
	before = count_before_init(self->ko);
	ASSERT_LT(0, before);
	for (n = before; hit && n < MOST_FAILURES; n += step(row)) {
		fault_begin(n);
		error = load_file(self->ko);
		hit = fault_end();
		row++;
		if (error) {
			row = 0;
			failed++;
			EXPECT_TRUE(error == -ENOMEM || error == -EFAULT)
				TH_LOG("failure %u: error %d", n, -error);
			EXPECT_FALSE(is_there()) TH_LOG("failure %u", n);
			continue;
		}
		face = look();
		EXPECT_EQ(0, memcmp(&whole, &face, sizeof(face))) TH_LOG("failure %u", n);
		ASSERT_EQ(0, unload()) TH_LOG("failure %u", n);
		EXPECT_FALSE(is_there()) TH_LOG("failure %u", n);
	}
	EXPECT_FALSE(hit);
	EXPECT_LT(0, failed);
	TH_LOG("failures %u to %u, %u not made up for", before, n, failed);
}

TEST_F_TIMEOUT(fault_module, unload_succeeds_or_changes_nothing, 100)
{
	struct face whole, face;
	bool hit = true;
	unsigned int n;
	int error;

	ASSERT_EQ(0, load_file(self->ko));
	whole = look();
	ASSERT_EQ(1, whole.info.shmmin);
	ASSERT_EQ(-ENOMEM, whole.flat);
	for (n = 1; hit && n < MOST_FAILURES; n++) {
		fault_begin(n);
		error = unload();
		hit = fault_end();
		if (!error) {
			EXPECT_FALSE(is_there()) TH_LOG("failure %u", n);
			ASSERT_EQ(0, load_file(self->ko)) TH_LOG("failure %u", n);
		} else {
			EXPECT_TRUE(error == -ENOMEM || error == -EFAULT)
				TH_LOG("failure %u: error %d", n, -error);
		}
		face = look();
		EXPECT_EQ(0, memcmp(&whole, &face, sizeof(face))) TH_LOG("failure %u", n);
	}
	EXPECT_FALSE(hit);
	ASSERT_EQ(0, unload());
	TH_LOG("%u failures", n - 2);
}

TEST_HARNESS_MAIN
