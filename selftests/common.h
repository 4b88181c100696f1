/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One test, two facilities: every test runs in the variant sysv, on libc's own
 * calls, and in the variant altshm, on those of the preload shim.
 */
#ifndef _ALTSHM_SELFTESTS_COMMON_H
#define _ALTSHM_SELFTESTS_COMMON_H

#include <fcntl.h>
#include <sched.h>
#include <sys/ipc.h>

#include <kselftest_harness.h>

#include "cred.h"
#include "facility.h"
#include "sys.h"

#define KEY	0x616c7473
#define PAGE	4096UL
/* The bits 26 to 31 of shmflg: log2 of the huge page size. */
#define SHM_HUGE(shift)	((int)((unsigned int)(shift) << 26))

#define EXPECT_ERR(error, call) EXPECT_EQ(-(error), rc(call))
#define ASSERT_ERR(error, call) ASSERT_EQ(-(error), rc(call))
#define EXPECT_OK(call) EXPECT_EQ(0, rc(call))
#define ASSERT_OK(call) ASSERT_EQ(0, rc(call))

static inline bool altshm_required(void)
{
	const char *value = getenv("ALTSHM_REQUIRE");

	return value && !strcmp(value, "1");
}

/*
 * How many times slower than Debian's this kernel is: one full of checkers says so
 * by ALTSHM_SLOWNESS. Tests get as many times longer, and are not run on the
 * kernel's own facility, which is not what is checked there.
 */
static inline unsigned int slowness(void)
{
	const char *value = getenv("ALTSHM_SLOWNESS");
	unsigned long times = value ? strtoul(value, NULL, 10) : 1;

	return times ? times : 1;
}

#define SKIP_WHERE_SLOW(what) do {					\
	if (slowness() > 1)						\
		SKIP(return, "takes too long on this kernel: " what);	\
} while (0)

static inline int run_tests(int argc, char **argv)
{
	for (struct __fixture_metadata *f = __fixture_list; f; f = f->next) {
		struct __fixture_variant_metadata *first = f->variant;

		for (struct __test_metadata *t = f->tests; t; t = t->next)
			t->timeout *= slowness();
		if (slowness() > 1 && first && first->next && !strcmp(first->name, "sysv"))
			f->variant = first->next;
	}
	return test_harness_run(argc, argv);
}

#define test_harness_run(argc, argv) run_tests(argc, argv)

/* The harness of 6.1 and later ones: a skip's exit status, and a failure. */
#ifdef FIXTURE_TEARDOWN_PARENT
#define SKIP_STATUS KSFT_SKIP
#define test_failed() (_metadata->exit_code == KSFT_FAIL)
#else
#define SKIP_STATUS 255
#define test_failed() (!_metadata->passed)
#endif

/* A skip in FIXTURE_SETUP has to leave: the harness of 6.1 would go on. */
#define SETUP_SKIP(reason) do {						\
	if (altshm_required()) {					\
		ASSERT_STREQ("", reason);				\
	} else {							\
		SKIP(_exit(SKIP_STATUS), "%s", reason);				\
	}								\
} while (0)

#define SETUP_IPC_NAMESPACE() do {					\
	if (geteuid() != 0)						\
		SKIP(_exit(SKIP_STATUS), "needs root");				\
	ASSERT_EQ(0, unshare(CLONE_NEWIPC));				\
} while (0)

#define SETUP_ALTSHM() do {						\
	const char *missing_ = use_altshm();				\
									\
	if (missing_)							\
		SETUP_SKIP(missing_);					\
} while (0)

/*
 * What is left in a namespace goes some time after its last process; tests
 * that count pages need it gone before the next one.
 */
static inline void remove_all(void)
{
	struct shm_info info;
	int max = shm.ctl(0, SHM_INFO, (struct shmid_ds *)&info);

	for (int i = 0; i <= max; i++) {
		struct shmid_ds ds;
		int id = shm.ctl(i, SHM_STAT, &ds);

		if (id >= 0)
			shm.ctl(id, IPC_RMID, NULL);
	}
}

/* A fixture with both variants, and a fresh IPC namespace for each test. */
#define SHM_FIXTURE(fixture_name)					\
FIXTURE(fixture_name) {							\
	int unused;							\
};									\
									\
FIXTURE_VARIANT(fixture_name) {						\
	bool altshm;							\
};									\
									\
FIXTURE_VARIANT_ADD(fixture_name, sysv) {				\
	.altshm = false,						\
};									\
									\
FIXTURE_VARIANT_ADD(fixture_name, altshm) {				\
	.altshm = true,							\
};									\
									\
FIXTURE_SETUP(fixture_name)						\
{									\
	SETUP_IPC_NAMESPACE();						\
	use_native();							\
	if (variant->altshm)						\
		SETUP_ALTSHM();						\
}									\
									\
FIXTURE_TEARDOWN(fixture_name)						\
{									\
	remove_all();							\
	sysctl_restore();						\
}									\
struct shm_fixture_ends_here

/*
 * IN_CHILD { ... } runs the block in a child, waits for it, and fails the test
 * when a check in the block failed or the child was killed.
 */
#define IN_CHILD							\
	for (int child_ = child_run(); child_ >= 0; child_ = ({		\
		if (!child_)						\
			_exit(test_failed());				\
		EXPECT_EQ(CHILD_OK, child_) TH_LOG("in the child");	\
		-1; }))							\
		if (!child_)

/* As IN_CHILD, but a signal has to end the block. */
#define EXPECT_SIGNAL(sig, statement) do {				\
	pid_t pid_ = fork();						\
									\
	ASSERT_LE(0, pid_);						\
	if (!pid_) {							\
		no_core();						\
		statement;						\
		_exit(0);						\
	}								\
	EXPECT_EQ(sig, wait_signal(pid_));				\
} while (0)

/* IPC_STAT of a segment that is there. */
#define STAT(id) ({							\
	struct shmid_ds ds_;						\
									\
	memset(&ds_, 0xcc, sizeof(ds_));				\
	EXPECT_OK(shm.ctl(id, IPC_STAT, &ds_));				\
	ds_; })

#define EXPECT_NATTCH(n, id) EXPECT_EQ((shmatt_t)(n), STAT(id).shm_nattch)

static inline struct shm_info shm_info(void)
{
	struct shm_info info;

	memset(&info, 0xcc, sizeof(info));
	if (shm.ctl(0, SHM_INFO, (struct shmid_ds *)&info) < 0)
		memset(&info, 0xee, sizeof(info));
	return info;
}

/* A segment of the test's own; new_segment() is of one page. */
static inline int new_sized(size_t size, int mode)
{
	return rc(shm.get(IPC_PRIVATE, size, mode));
}

static inline int new_segment(int mode)
{
	return new_sized(PAGE, mode);
}

static inline int set_perm(int id, uid_t uid, gid_t gid, int mode)
{
	struct shmid_ds ds = {
		.shm_perm = { .uid = uid, .gid = gid, .mode = mode },
	};

	return rc(shm.ctl(id, IPC_SET, &ds));
}

static inline bool has_failed(const void *attached)
{
	return attached == (void *)-1;
}

#define ATTACH(id, addr, flags) ({					\
	char *at_ = shm.at(id, addr, flags);				\
									\
	ASSERT_FALSE(has_failed(at_)) TH_LOG("shmat: %m");		\
	at_; })

#endif /* _ALTSHM_SELFTESTS_COMMON_H */
