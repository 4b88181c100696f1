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
#define RCU_EXPEDITED "/sys/kernel/rcu_expedited"

static int load_file(int ko)
{
	return rc(syscall(SYS_finit_module, ko, "", 0));
}

#define SETUP_MODULE_UNLOADED(ko) do {					\
	const char *missing_;						\
									\
	SETUP_IPC_NAMESPACE();						\
	SETUP_MODULE();							\
	missing_ = fault_allow();					\
	if (missing_)							\
		SKIP(_exit(SKIP_STATUS), "missing: %s", missing_);	\
	*(ko) = open(built_path("altshm.ko"), O_RDONLY | O_CLOEXEC);	\
	ASSERT_LE(0, *(ko));						\
	ASSERT_EQ(0, unload_soon());					\
	/* A slab cache that cannot be made is told with a trace, which is no fault here. */ \
	ASSERT_EQ(0, sysctl_set(PRINTK, LEVEL_ERRORS));			\
	/* Half of the time of a load and unload is such waiting. */	\
	ASSERT_EQ(0, sysctl_set(RCU_EXPEDITED, 1));			\
} while (0)

static void load_again(int ko)
{
	load_file(ko);
	close(ko);
	sysctl_restore();
}

FIXTURE(fault_module) {
	int ko;
};

/*
 * What is neither to fail nor counted: how many pages are asked for depends on what was
 * freed before, which would move the numbers of the objects by tens from load to load.
 */
FIXTURE_VARIANT(fault_module) {
	const char *spared;
	unsigned long value;
};

FIXTURE_VARIANT_ADD(fault_module, objects) {
	.spared = FAULT_DIR "fail_page_alloc/min-order",
	.value = 32,
};

/* No cache has the mark that this filter asks for. */
FIXTURE_VARIANT_ADD(fault_module, pages) {
	.spared = FAULT_DIR "failslab/cache-filter",
	.value = 1,
};

FIXTURE_SETUP(fault_module)
{
	SETUP_MODULE_UNLOADED(&self->ko);
	ASSERT_EQ(0, write_ul(variant->spared, variant->value));
}

FIXTURE_TEARDOWN(fault_module)
{
	load_again(self->ko);
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
	bool over;	/* the load */
};

/* Reads the count once the module shows in sysfs, shortly before its own part. */
static void *watch_load(void *arg)
{
	struct watch *watch = arg;

	while (access(LOADED "/notes", F_OK))
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

/* The last that shows before the probe for the ends of threads is asked for. */
#define SIGN "/sys/kernel/debug/slab/altshm_seg/free_traces"
#define PROBED_EVENT "/sys/kernel/tracing/events/sched/sched_process_fork/enable"
#define SIGHTINGS 8

/*
 * Who asks for a probe waits for others who do, and these for readers of what they take
 * away: that makes the moment long.
 */
static void *keep_probing(void *arg)
{
	struct watch *watch = arg;

	for (int on = 1; !__atomic_load_n(&watch->over, __ATOMIC_RELAXED); on = !on)
		write_ul(PROBED_EVENT, on);
	write_ul(PROBED_EVENT, 0);
	return NULL;
}

static void *fail_next(void *arg)
{
	struct watch *watch = arg;

	while (access(SIGN, F_OK) && !__atomic_load_n(&watch->over, __ATOMIC_RELAXED))
		;
	write_ul(watch->path, 1);
	return NULL;
}

/* The next allocation fails once the sign is seen. */
static int load_until_sign(int ko)
{
	struct watch watch = {};
	pthread_t thread, other;
	int error;

	snprintf(watch.path, sizeof(watch.path), "/proc/self/task/%d/fail-nth", gettid());
	if (pthread_create(&thread, NULL, fail_next, &watch) ||
	    pthread_create(&other, NULL, keep_probing, &watch))
		abort();
	error = load_file(ko);
	__atomic_store_n(&watch.over, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	pthread_join(other, NULL);
	fault_end();
	return error;
}

#define EXPECT_ALL_OR_NOTHING(error, what, n) do {			\
	int error_ = (error);						\
	struct face face_;						\
									\
	if (error_) {							\
		EXPECT_TRUE(error_ == -ENOMEM || error_ == -EFAULT)	\
			TH_LOG(what " %u: error %d", n, -error_);	\
	} else {							\
		face_ = look();						\
		EXPECT_EQ(0, memcmp(&whole, &face_, sizeof(face_))) TH_LOG(what " %u", n); \
		ASSERT_EQ(0, unload()) TH_LOG(what " %u", n);		\
	}								\
	failed += !!error_;						\
	EXPECT_FALSE(is_there()) TH_LOG(what " %u", n);			\
} while (0)

TEST_F_TIMEOUT(fault_module, load_succeeds_or_leaves_nothing, 800)
{
	unsigned int before, n, failed = 0;
	struct face whole;
	bool hit = true;
	int error;

	ASSERT_EQ(0, load_file(self->ko));
	whole = look();
	ASSERT_EQ(1, whole.info.shmmin);
	ASSERT_EQ(-ENOMEM, whole.flat);
	ASSERT_EQ(0, unload());
	before = count_before_init(self->ko);
	ASSERT_LT(0, before);
	for (n = before; hit && n < MOST_FAILURES; n++) {
		fault_begin(n);
		error = load_file(self->ko);
		hit = fault_end();
		EXPECT_ALL_OR_NOTHING(error, "failure", n);
	}
	EXPECT_FALSE(hit);
	EXPECT_LT(1, n - before);
	TH_LOG("failures %u to %u, %u not made up for", before, n, failed);
}

/*
 * The checkers ask for objects of their own at any moment, so numbers still move, and
 * the sweep passes over one allocation or another. This one is found by its time.
 */
FIXTURE(fault_module_probe) {
	int ko;
};

FIXTURE_SETUP(fault_module_probe)
{
	SETUP_MODULE_UNLOADED(&self->ko);
}

FIXTURE_TEARDOWN(fault_module_probe)
{
	load_again(self->ko);
}

TEST_F_TIMEOUT(fault_module_probe, load_without_it_leaves_nothing, 100)
{
	unsigned int n, failed = 0;
	struct face whole;

	ASSERT_EQ(0, load_file(self->ko));
	whole = look();
	ASSERT_EQ(0, unload());
	for (n = 0; n < SIGHTINGS; n++)
		EXPECT_ALL_OR_NOTHING(load_until_sign(self->ko), "sighting", n);
	EXPECT_LT(0, failed);
	TH_LOG("%u of %u not made up for", failed, n);
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
