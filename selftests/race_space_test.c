// SPDX-License-Identifier: GPL-2.0-only
/*
 * Namespaces that die while their mappings are copied, split and given up, and
 * while others enter them; limits that change under who creates.
 */
#include <linux/altshm.h>
#include <sys/ioctl.h>

#include "race.h"

SHM_FIXTURE(race_space);

enum { HEIRS_MOST = 16, RULERS = 64, RULED_PAGES = 4 };

/* What an heir does with the mapping it has; the first page stays. */
static void use_heritage(char *mem, unsigned int *seed)
{
	char *page = mem + (1 + rand_r(seed) % (RULED_PAGES - 1)) * PAGE;
	void *copy;
	pid_t pid;

	switch (rand_r(seed) % 4) {
	case 0:
		pid = fork();
		if (!pid)
			_exit(0);
		waitpid(pid, NULL, 0);
		break;
	case 1:
		mprotect(page, PAGE, one_in(2, seed) ? PROT_READ : PROT_NONE);
		break;
	case 2:
		copy = mremap(mem, 0, PAGE, MREMAP_MAYMOVE);
		if (copy != MAP_FAILED)
			munmap(copy, PAGE);
		break;
	case 3:
		if (one_in(10, seed))
			munmap(page, PAGE);
	}
}

/* Out of the namespace, or among its last; for a while, with what is mapped. */
static void outlive(char *mem, pid_t ruler, unsigned int seed)
{
	long long end = now_ms() + rand_r(&seed) % 1500;

	if (!one_in(3, &seed) && unshare(CLONE_NEWIPC))
		_exit(complain("unshare", -errno));
	do {
		use_heritage(mem, &seed);
		if (*(volatile pid_t *)mem != ruler)
			_exit(complain("a mapping shows other memory", 0));
	} while (race_goes_on() && now_ms() < end);
	if (one_in(2, &seed) && rc(shm.dt(mem)))
		_exit(complain("shmdt", -errno));
	_exit(0);
}

/* Makes a namespace, leaves something in it to two heirs, and dies. */
static void rule(unsigned int seed)
{
	pid_t self = getpid();
	char *mem;
	long id;

	if (unshare(CLONE_NEWIPC))
		_exit(complain("unshare", -errno));
	id = rc(shm.get(KEY, RULED_PAGES * PAGE, IPC_CREAT | 0600));
	if (id < 0)
		_exit(complain("shmget", id));
	mem = shm.at(id, NULL, 0);
	if (has_failed(mem))
		_exit(complain("shmat", -errno));
	*(pid_t *)mem = self;
	race->cell[seed % RULERS] = self;
	for (int i = 0; i < 2; i++)
		if (!fork())
			outlive(mem, self, seed + i);
	if (one_in(2, &seed))
		sched_yield();
	if (one_in(2, &seed))
		shm.ctl(id, IPC_RMID, NULL);
	_exit(0);
}

static int wait_for_one(void)
{
	int status;

	if (waitpid(-1, &status, 0) < 0)
		return 0;
	return status ? complain("a ruler or an heir ended badly", 0) : 0;
}

static int make_rulers(unsigned int seed)
{
	int alive = 0;

	if (prctl(PR_SET_CHILD_SUBREAPER, 1))
		return complain("prctl", -errno);
	do {
		if (fork() == 0)
			rule(rand_r(&seed));
		/* Each leaves two behind. */
		for (alive += 3; alive > HEIRS_MOST; alive--)
			if (wait_for_one())
				return 1;
	} while (race_goes_on());
	while (waitpid(-1, NULL, WNOHANG) >= 0)
		if (wait_for_one())
			return 1;
	return 0;
}

/* Inside the namespace of a process that may be gone at any moment. */
static int visit(pid_t ruler)
{
	long id = rc(shm.get(KEY, 0, 0));
	int *mem;

	if (id < 0)
		return ALLOWED(id, ENOENT) ? 0 : complain("shmget", id);
	mem = shm.at(id, NULL, 0);
	if (has_failed(mem))
		return ALLOWED(-errno, EINVAL, EIDRM) ? 0 : complain("shmat", -errno);
	if (*mem != ruler)
		return complain("a namespace shows another's memory", 0);
	return rc(shm.dt(mem)) ? complain("shmdt", -errno) : 0;
}

static int visit_rulers(unsigned int seed)
{
	int home = open("/proc/self/ns/ipc", O_RDONLY | O_CLOEXEC), failed = 0;

	do {
		pid_t ruler = race->cell[rand_r(&seed) % RULERS];
		char path[64];
		int ns;

		snprintf(path, sizeof(path), "/proc/%d/ns/ipc", ruler);
		ns = open(path, O_RDONLY | O_CLOEXEC);
		if (ns < 0)
			continue;
		if (!setns(ns, CLONE_NEWIPC))
			failed = visit(ruler);
		close(ns);
		if (setns(home, CLONE_NEWIPC))
			failed = complain("setns", -errno);
	} while (!failed && race_goes_on());
	return failed;
}

static long module_references(void)
{
	return on_altshm ? read_long("/sys/module/altshm/refcnt") : 0;
}

/* rows: NSP-03 NSP-04 NSP-05 */
TEST_F_RACE(race_space, death_of_a_namespace_against_its_heirs_and_visitors)
{
	long shmem = meminfo("Shmem"), references = module_references();
	time_t limit;

	RACE_FOR(3, { make_rulers, 2 }, { visit_rulers, 1 });
	limit = time(NULL) + 15;
	while ((module_references() > references || meminfo("Shmem") > shmem + 1024) &&
	       time(NULL) < limit)
		next_second();
	EXPECT_EQ(references, module_references());
	EXPECT_GE(shmem + 1024, meminfo("Shmem"));
	EXPECT_NOTHING_LEFT();
}

static long create_first(void)
{
	return rc(shm.get(KEY, PAGE, IPC_CREAT | IPC_EXCL | 0600));
}

/* Two who create the first segment of a new namespace, both as soon as both are there. */
static int meet_in_new_namespaces(unsigned int seed)
{
	unsigned int *there = &race->cell[0];

	do {
		long mine, theirs;
		pid_t pid;

		if (unshare(CLONE_NEWIPC))
			return complain("unshare", -errno);
		__atomic_store_n(there, 0, __ATOMIC_RELAXED);
		pid = fork();
		__atomic_fetch_add(there, 1, __ATOMIC_SEQ_CST);
		while (__atomic_load_n(there, __ATOMIC_SEQ_CST) != 2)
			;
		mine = create_first();
		if (!pid)
			_exit(mine < 0 ? -mine : 0);
		theirs = -wait_exit(pid);
		if (mine < 0 ? mine != -EEXIST || theirs : theirs != -EEXIST)
			return complain("not one of two created the first segment", 0);
	} while (race_goes_on());
	return 0;
}

/* rows: GET-33 */
TEST_F_RACE(race_space, first_creators_meet_in_one_space)
{
	RACE({ meet_in_new_namespaces, 1 });
	EXPECT_NOTHING_LEFT();
}

/* Two sets of limits: so many segments and pages each, four times as many in all. */
static const unsigned int limits[] = { 4, 16 };

enum { KEPT = 6 };

static int create_within_limits(unsigned int seed)
{
	int kept[KEPT] = { 0 }, n = 0;

	do {
		unsigned int pages = 1 + rand_r(&seed) % 20;
		long id = new_sized(pages * PAGE, 0600);

		if (!ALLOWED(id, ENOSPC, EINVAL) || (id == -EINVAL && pages <= limits[0]))
			return complain("shmget", id);
		if (id >= 0 && pages > limits[1])
			return complain("a segment is larger than any limit", 0);
		if (id >= 0)
			kept[n++] = id;
		while (n && (n == KEPT || id < 0 || one_in(3, &seed)))
			if (shm.ctl(kept[--n], IPC_RMID, NULL))
				return complain("IPC_RMID", -errno);
	} while (race_goes_on());
	return 0;
}

static int watch_limits(unsigned int seed)
{
	do {
		struct shm_info info = shm_info();
		struct shminfo now;

		shm.ctl(0, IPC_INFO, (struct shmid_ds *)&now);
		if (info.used_ids > (int)limits[1] || info.shm_tot > 4 * limits[1])
			return complain("more than any limit allows", 0);
		if (now.shmmni != limits[0] && now.shmmni != limits[1])
			return complain("a limit that nobody set", 0);
	} while (race_goes_on());
	return 0;
}

static int set_sysctl(int which, unsigned int limit)
{
	switch (which) {
	case 0:
		return write_ul(SHMMNI, limit);
	case 1:
		return write_ul(SHMALL, 4 * limit);
	default:
		return write_ul(SHMMAX, limit * PAGE);
	}
}

static int change_sysctls(unsigned int seed)
{
	do {
		int error = set_sysctl(rand_r(&seed) % 3, limits[rand_r(&seed) % 2]);

		if (error)
			return complain("sysctl", error);
	} while (race_goes_on());
	return 0;
}

/* rows: GET-16 GET-20 GET-22 PRC-06 */
TEST_F_RACE(race_space, sysctls_against_creation)
{
	for (int i = 0; i < 3; i++)
		ASSERT_EQ(0, set_sysctl(i, limits[0]));
	RACE({ create_within_limits, 3 }, { change_sysctls, 1 }, { watch_limits, 1 });
	EXPECT_NOTHING_LEFT();
}

static int limits_call(struct altshm_limits *arg)
{
	static int device = -1;

	if (device < 0)
		device = open("/dev/altshm", O_RDWR | O_CLOEXEC);
	return rc(ioctl(device, ALTSHM_IOC_LIMITS, arg));
}

static int set_own_limits(unsigned int limit)
{
	struct altshm_limits arg = {
		.flags = ALTSHM_LIMITS_F_SET,
		.own = ALTSHM_LIMIT_ALL,
		.shmmax = limit * PAGE,
		.shmall = 4 * limit,
		.shmmni = limit,
	};

	return limits_call(&arg);
}

static int change_own_limits(unsigned int seed)
{
	do {
		int error = set_own_limits(limits[rand_r(&seed) % 2]);

		if (error)
			return complain("setting limits", error);
	} while (race_goes_on());
	return 0;
}

/* They are set together, and so are to be seen together. */
static int watch_own_limits(unsigned int seed)
{
	do {
		struct altshm_limits arg = { .flags = 0 };
		int error = limits_call(&arg);

		if (error)
			return complain("showing limits", error);
		if (arg.shmmax != arg.shmmni * PAGE || arg.shmall != 4 * arg.shmmni)
			return complain("limits of two settings together", 0);
	} while (race_goes_on());
	return 0;
}

TEST_F_RACE(race_space, own_limits_against_creation)
{
	if (!on_altshm)
		SKIP(return, "the kernel's own facility has no such call");
	ASSERT_EQ(0, set_own_limits(limits[0]));
	RACE({ create_within_limits, 2 }, { change_own_limits, 1 }, { watch_own_limits, 1 },
	     { watch_limits, 1 });
	EXPECT_NOTHING_LEFT();
}

TEST_HARNESS_MAIN
