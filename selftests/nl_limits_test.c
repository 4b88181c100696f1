// SPDX-License-Identifier: GPL-2.0-only
/*
 * Netlink: limits shown and set, and orphans that are removed after a time.
 */
#include <linux/altshm.h>
#include <sys/ioctl.h>

#include "common.h"
#include "nl.h"

#define A(name) ALTSHM_A_LIMITS_##name
#define OWN(name) ALTSHM_LIMIT_FLAG_##name
#define DEFAULT_MAX (ULONG_MAX - (1UL << 24))

FIXTURE(nl_limits) {
	struct nl *nl;
};

FIXTURE_SETUP(nl_limits)
{
	SETUP_IPC_NAMESPACE();
	SETUP_ALTSHM();
	self->nl = nl_open();
	ASSERT_NE(NULL, self->nl) TH_LOG("netlink: %m");
}

FIXTURE_TEARDOWN(nl_limits)
{
	nl_close(self->nl);
	remove_all();
	sysctl_restore();
}

/* Set one limit of 32 or of 64 bits. */
static int set_small(struct nl *nl, int attr, uint32_t value)
{
	mnl_attr_put_u32(nl_request(nl, ALTSHM_CMD_LIMITS_SET, 0), attr, value);
	return nl_do(nl, NULL);
}

static int set_large(struct nl *nl, int attr, uint64_t value)
{
	mnl_attr_put_u64(nl_request(nl, ALTSHM_CMD_LIMITS_SET, 0), attr, value);
	return nl_do(nl, NULL);
}

static void expect_limits(struct __test_metadata *_metadata, struct nl *nl, unsigned long shmmax,
			  unsigned long shmall, unsigned int shmmni, unsigned int timeout,
			  unsigned int own)
{
	struct nl_attrs now;

	ASSERT_EQ(0, nl_simple(nl, ALTSHM_CMD_LIMITS_GET, &now));
	EXPECT_EQ(shmmax, now.num[A(SHMMAX)]);
	EXPECT_EQ(shmall, now.num[A(SHMALL)]);
	EXPECT_EQ(shmmni, now.num[A(SHMMNI)]);
	EXPECT_EQ(timeout, now.num[A(ORPHAN_TIMEOUT)]);
	EXPECT_EQ(own, now.num[A(OWN)]);
	for (int attr = A(SHMMAX); attr <= A(OWN); attr++) {
		EXPECT_TRUE(now.has[attr]) TH_LOG("no attribute %d", attr);
	}
	EXPECT_FALSE(now.has[A(FOLLOW)]);
}

#define EXPECT_LIMITS(...) expect_limits(_metadata, self->nl, __VA_ARGS__)

TEST_F(nl_limits, each_is_set_by_itself)
{
	EXPECT_LIMITS(DEFAULT_MAX, DEFAULT_MAX, 4096, 0, 0);
	EXPECT_EQ(0, set_large(self->nl, A(SHMMAX), 5 * PAGE));
	EXPECT_LIMITS(5 * PAGE, DEFAULT_MAX, 4096, 0, OWN(SHMMAX));
	EXPECT_EQ(0, set_large(self->nl, A(SHMALL), 7));
	EXPECT_LIMITS(5 * PAGE, 7, 4096, 0, OWN(SHMMAX) | OWN(SHMALL));
	EXPECT_EQ(0, set_small(self->nl, A(SHMMNI), 1048576));
	EXPECT_LIMITS(5 * PAGE, 7, 1048576, 0, OWN(SHMMAX) | OWN(SHMALL) | OWN(SHMMNI));
	EXPECT_EQ(0, set_small(self->nl, A(ORPHAN_TIMEOUT), 3600));
	EXPECT_LIMITS(5 * PAGE, 7, 1048576, 3600, OWN(SHMMAX) | OWN(SHMALL) | OWN(SHMMNI));
	EXPECT_EQ(-EINVAL, new_sized(5 * PAGE + 1, 0600));
	EXPECT_EQ(0, new_sized(5 * PAGE, 0600));
	EXPECT_EQ(-ENOSPC, new_sized(3 * PAGE, 0600));

	ASSERT_EQ(0, write_ul(SHMALL, 9));
	EXPECT_EQ(0, set_small(self->nl, A(FOLLOW), OWN(SHMALL)));
	EXPECT_LIMITS(5 * PAGE, 9, 1048576, 3600, OWN(SHMMAX) | OWN(SHMMNI));
	EXPECT_EQ(0, set_small(self->nl, A(FOLLOW), OWN(SHMMAX) | OWN(SHMMNI)));
	EXPECT_LIMITS(DEFAULT_MAX, 9, 4096, 3600, 0);
	EXPECT_EQ(0, set_small(self->nl, A(ORPHAN_TIMEOUT), 0));
	EXPECT_LIMITS(DEFAULT_MAX, 9, 4096, 0, 0);
}

TEST_F(nl_limits, all_or_none_are_set)
{
	struct nlmsghdr *head = nl_request(self->nl, ALTSHM_CMD_LIMITS_SET, 0);

	mnl_attr_put_u64(head, A(SHMMAX), PAGE);
	mnl_attr_put_u32(head, A(ORPHAN_TIMEOUT), 9);
	mnl_attr_put_u32(head, A(SHMMNI), 1048577);
	EXPECT_EQ(-EINVAL, nl_do(self->nl, NULL));
	EXPECT_LIMITS(DEFAULT_MAX, DEFAULT_MAX, 4096, 0, 0);

	head = nl_request(self->nl, ALTSHM_CMD_LIMITS_SET, 0);
	mnl_attr_put_u64(head, A(SHMMAX), PAGE);
	mnl_attr_put_u32(head, A(FOLLOW), OWN(SHMMAX));
	EXPECT_EQ(-EINVAL, nl_do(self->nl, NULL));
	EXPECT_LIMITS(DEFAULT_MAX, DEFAULT_MAX, 4096, 0, 0);

	head = nl_request(self->nl, ALTSHM_CMD_LIMITS_SET, 0);
	mnl_attr_put_u64(head, A(SHMMAX), UINT64_MAX);
	mnl_attr_put_u64(head, A(SHMALL), 0);
	mnl_attr_put_u32(head, A(SHMMNI), 0);
	mnl_attr_put_u32(head, A(ORPHAN_TIMEOUT), UINT32_MAX);
	EXPECT_EQ(0, nl_do(self->nl, NULL));
	EXPECT_LIMITS(UINT64_MAX, 0, 0, UINT32_MAX, OWN(SHMMAX) | OWN(SHMALL) | OWN(SHMMNI));
}

TEST_F(nl_limits, malformed_requests_are_refused)
{
	struct nlmsghdr *head;

	EXPECT_EQ(-EINVAL, nl_simple(self->nl, ALTSHM_CMD_LIMITS_SET, NULL));
	EXPECT_EQ(-EINVAL, set_small(self->nl, A(FOLLOW), 0));
	EXPECT_EQ(-EINVAL, set_small(self->nl, A(FOLLOW), 8));
	EXPECT_EQ(-EINVAL, set_small(self->nl, A(OWN), OWN(SHMMAX)));
	EXPECT_EQ(-EINVAL, set_small(self->nl, A(PAD), 0));
	EXPECT_EQ(-EINVAL, set_small(self->nl, A(MAX) + 1, 0));
	EXPECT_EQ(-EINVAL, set_small(self->nl, A(SHMMAX), 1));
	EXPECT_EQ(-EINVAL, set_small(self->nl, A(SHMALL), 1));
	EXPECT_EQ(-EINVAL, set_large(self->nl, A(SHMMNI), 1));
	EXPECT_EQ(-EINVAL, set_large(self->nl, A(ORPHAN_TIMEOUT), 1));
	EXPECT_EQ(-EINVAL, set_large(self->nl, A(FOLLOW), 1));
	head = nl_request(self->nl, ALTSHM_CMD_LIMITS_GET, 0);
	mnl_attr_put_u64(head, A(MAX) + 1, 1);
	nl_do(self->nl, NULL);
	EXPECT_LIMITS(DEFAULT_MAX, DEFAULT_MAX, 4096, 0, 0);
}

TEST_F(nl_limits, ioctl_and_netlink_set_the_same)
{
	struct altshm_limits limits = {
		.flags = ALTSHM_LIMITS_F_SET,
		.own = ALTSHM_LIMIT_SHMMNI,
		.shmmni = 50000,
	};
	int device = open("/dev/altshm", O_RDWR | O_CLOEXEC);

	ASSERT_LE(0, device);
	EXPECT_EQ(0, set_small(self->nl, A(ORPHAN_TIMEOUT), 77));
	EXPECT_EQ(0, set_large(self->nl, A(SHMMAX), PAGE));
	ASSERT_EQ(0, ioctl(device, ALTSHM_IOC_LIMITS, &limits));
	EXPECT_LIMITS(DEFAULT_MAX, DEFAULT_MAX, 50000, 77, OWN(SHMMNI));
	EXPECT_EQ(0, set_large(self->nl, A(SHMMAX), PAGE));
	limits.flags = 0;
	ASSERT_EQ(0, ioctl(device, ALTSHM_IOC_LIMITS, &limits));
	EXPECT_EQ(ALTSHM_LIMIT_SHMMNI | ALTSHM_LIMIT_SHMMAX, limits.own);
	EXPECT_EQ(PAGE, limits.shmmax);
	close(device);
}

TEST_F(nl_limits, setting_needs_cap_sys_resource_twice)
{
	struct nl *theirs;

	/* A socket that somebody without rights opened, in this process. */
	ASSERT_EQ(0, setresuid(-1, USER_A, -1));
	theirs = nl_open();
	ASSERT_EQ(0, setresuid(-1, 0, -1));
	ASSERT_NE(NULL, theirs);
	EXPECT_EQ(-EPERM, set_small(theirs, A(SHMMNI), 1));
	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		EXPECT_EQ(-EPERM, set_small(self->nl, A(SHMMNI), 1));
		EXPECT_EQ(-EPERM, set_small(self->nl, A(ORPHAN_TIMEOUT), 1));
		EXPECT_LIMITS(DEFAULT_MAX, DEFAULT_MAX, 4096, 0, 0);
	}
	IN_CHILD {
		ASSERT_EQ(0, become_with_cap(USER_A, GROUP_G, CAP_SYS_RESOURCE));
		nl_close(self->nl);
		self->nl = nl_open();
		EXPECT_EQ(0, set_small(self->nl, A(SHMMNI), 11));
	}
	EXPECT_LIMITS(DEFAULT_MAX, DEFAULT_MAX, 11, 0, OWN(SHMMNI));
	nl_close(theirs);
}

TEST_F(nl_limits, root_of_a_user_namespace_sets_its_own)
{
	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		ASSERT_EQ(0, enter_userns(0));
		nl_close(self->nl);
		self->nl = nl_open();
		EXPECT_EQ(-EPERM, set_small(self->nl, A(SHMMNI), 5));
		ASSERT_EQ(0, unshare(CLONE_NEWIPC));
		EXPECT_EQ(0, set_small(self->nl, A(SHMMNI), 5));
		EXPECT_LIMITS(DEFAULT_MAX, DEFAULT_MAX, 5, 0, OWN(SHMMNI));
	}
	EXPECT_LIMITS(DEFAULT_MAX, DEFAULT_MAX, 4096, 0, 0);
}

#define SETTINGS 200
#define SPACES 8

static bool is_there(int id)
{
	return shm.ctl(id, IPC_STAT, &(struct shmid_ds) {}) == 0;
}

/* Whether a segment goes within some seconds. */
static bool goes(int id, int seconds)
{
	for (time_t end = time(NULL) + seconds; is_there(id) && time(NULL) < end;)
		next_second();
	return !is_there(id);
}

/* A segment whose creator has ended. */
static int orphan(void)
{
	int status, id = -1;
	pid_t pid = fork();

	if (!pid)
		_exit(new_segment(0600));
	if (waitpid(pid, &status, 0) == pid && WIFEXITED(status))
		id = WEXITSTATUS(status);
	return id;
}

TEST_F(nl_limits, orphans_go_after_the_timeout_and_nothing_else_does)
{
	int own = new_segment(0600), held = orphan(), left = orphan();
	char *mem = ATTACH(held, NULL, 0);

	ASSERT_NE(held, left);
	EXPECT_FALSE(goes(left, 2));
	ASSERT_EQ(0, set_small(self->nl, A(ORPHAN_TIMEOUT), 1));
	EXPECT_TRUE(goes(left, 15));
	EXPECT_TRUE(is_there(held));
	EXPECT_TRUE(is_there(own));
	/* It becomes one while orphans are looked for. */
	ASSERT_OK(shm.dt(mem));
	EXPECT_TRUE(goes(held, 15));
	ASSERT_EQ(0, set_small(self->nl, A(ORPHAN_TIMEOUT), 0));
	next_second();
	left = orphan();
	EXPECT_FALSE(goes(left, 2));
	EXPECT_TRUE(is_there(own));
}

TEST_F(nl_limits, use_begins_an_orphans_time_anew)
{
	int left = orphan();
	time_t start;

	ASSERT_EQ(0, set_small(self->nl, A(ORPHAN_TIMEOUT), 3));
	for (int i = 0; i < 5; i++) {
		ASSERT_OK(shm.dt(ATTACH(left, NULL, 0)));
		next_second();
	}
	start = time(NULL);
	EXPECT_TRUE(is_there(left));
	EXPECT_TRUE(goes(left, 20));
	EXPECT_LE(start + 1, time(NULL));
}

/* Each setting has the orphans looked at. A look too soon is put off, never forgotten. */
TEST_F(nl_limits, timeout_set_again_and_again_is_kept)
{
	pid_t children[SPACES];

	for (int i = 0; i < SPACES; i++) {
		children[i] = fork();
		ASSERT_LE(0, children[i]);
		if (!children[i]) {
			struct nl *nl = nl_open();
			int left;

			ASSERT_NE(NULL, nl);
			ASSERT_EQ(0, unshare(CLONE_NEWIPC));
			left = orphan();
			for (int n = 0; n < SETTINGS; n++)
				ASSERT_EQ(0, set_small(nl, A(ORPHAN_TIMEOUT), 1));
			EXPECT_TRUE(goes(left, 15));
			_exit(test_failed());
		}
	}
	for (int i = 0; i < SPACES; i++) {
		EXPECT_EQ(0, wait_exit(children[i])) TH_LOG("namespace %d", i);
	}
}

TEST_F(nl_limits, timeout_belongs_to_the_namespace)
{
	int left = orphan();

	IN_CHILD {
		ASSERT_EQ(0, unshare(CLONE_NEWIPC));
		orphan();
		ASSERT_EQ(0, set_small(self->nl, A(ORPHAN_TIMEOUT), 1));
		EXPECT_TRUE(goes(0, 15));
	}
	EXPECT_TRUE(is_there(left));
	EXPECT_LIMITS(DEFAULT_MAX, DEFAULT_MAX, 4096, 0, 0);
}

TEST_HARNESS_MAIN
