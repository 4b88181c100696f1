// SPDX-License-Identifier: GPL-2.0-only
/*
 * Taking the module away against who opens it, calls it, lists its segments, or
 * holds nothing but a mapping.
 */
#include <linux/altshm.h>
#include <sys/ioctl.h>

#include "module.h"
#include "race.h"

/* Cells: how often the module went, and how often that was tried. */
#define unloaded (*(volatile unsigned int *)&race->cell[0])
#define tried (*(volatile unsigned int *)&race->cell[1])

FIXTURE(race_module) {
	int unused;
};

FIXTURE_SETUP(race_module)
{
	SETUP_IPC_NAMESPACE();
	SETUP_MODULE();
}

FIXTURE_TEARDOWN(race_module)
{
	if (!is_loaded())
		EXPECT_EQ(0, load());
}

/* Until the time is over, and it has been away: that takes seconds on a busy host. */
static bool unloading_goes_on(void)
{
	bool goes_on = race_goes_on();

	return goes_on || (!race->failed && !unloaded);
}

/* A device whose driver is going is there no more, in one way or another. */
static int open_device(void)
{
	int fd = open("/dev/altshm", O_RDWR | O_CLOEXEC);

	if (fd < 0 && !ALLOWED(-errno, ENOENT, ENODEV, ENXIO))
		complain("open", -errno);
	return fd;
}

/* Ends with a mapping that alone holds the segment, and the module. */
static int use_device(int fd, bool listed)
{
	struct altshm_get get = { .size = PAGE, .shmflg = 0600 };
	struct altshm_attach attach = { .shmid = ioctl(fd, ALTSHM_IOC_GET, &get) };
	struct altshm_id id = { .shmid = attach.shmid };
	struct altshm_info info = { 0 };
	volatile char *mem;

	if (id.shmid < 0 || ioctl(fd, ALTSHM_IOC_ATTACH, &attach) ||
	    (listed && ioctl(fd, ALTSHM_IOC_INFO, &info)) ||
	    ioctl(fd, ALTSHM_IOC_REMOVE, &id))
		return complain("a call", -errno);
	close(fd);
	mem = (volatile char *)attach.addr;
	mem[0] = 1;
	if (mem[1])
		return complain("new memory is not empty", 0);
	return munmap((void *)attach.addr, PAGE) ? complain("munmap", -errno) : 0;
}

/* Holds nothing until the module's end was tried, and perhaps has begun. */
static void await_a_try(void)
{
	unsigned int before = tried;

	while (tried == before && unloading_goes_on())
		sched_yield();
}

static int open_and_use(unsigned int seed)
{
	int failed = 0;

	do {
		int fd;

		if (one_in(4, &seed))
			await_a_try();
		fd = open_device();
		if (fd < 0)
			continue;
		if (one_in(3, &seed))
			close(fd);
		else
			failed = use_device(fd, one_in(2, &seed));
	} while (!failed && unloading_goes_on());
	return failed;
}

static int read_table(unsigned int seed)
{
	char line[512];

	do {
		FILE *file = fopen("/proc/altshm/shm", "re");

		if (!file)
			continue;
		if (one_in(2, &seed))
			sched_yield();
		while (fgets(line, sizeof(line), file))
			;
		fclose(file);
	} while (unloading_goes_on());
	return 0;
}

static int unload_and_load(unsigned int seed)
{
	do {
		int error = unload();

		tried++;
		if (!ALLOWED(error, EAGAIN))
			return complain("delete_module", error);
		if (error)
			continue;
		unloaded++;
		if (one_in(2, &seed))
			sched_yield();
		error = load();
		if (error)
			return complain("finit_module", error);
	} while (unloading_goes_on());
	return 0;
}

TEST_F_RACE(race_module, unloading_against_opening_calling_and_listing)
{
	ASSERT_EQ(0, unload_soon());
	ASSERT_EQ(0, load());
	RACE_FOR(2, { open_and_use, 1 }, { read_table, 1 }, { unload_and_load, 1 });
	TH_LOG("unloaded %u times", unloaded);
	EXPECT_LT(0, unloaded);
	EXPECT_EQ(0, unload_soon());
}

TEST_HARNESS_MAIN
