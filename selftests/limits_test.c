// SPDX-License-Identifier: GPL-2.0-only
/*
 * Limits of a space's own: what they are at first, who may set them, and that
 * more segments fit than the native facility can have.
 */
#include <linux/altshm.h>
#include <sys/ioctl.h>

#include "common.h"

FIXTURE(limits) {
	int fd;
};

FIXTURE_SETUP(limits)
{
	SETUP_IPC_NAMESPACE();
	SETUP_ALTSHM();
	self->fd = open(ALTSHM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(limits)
{
	remove_all();
	close(self->fd);
	sysctl_restore();
}

static struct altshm_limits limits_of(int fd)
{
	struct altshm_limits limits;

	memset(&limits, 0xcc, sizeof(limits));
	limits.flags = 0;
	if (ioctl(fd, ALTSHM_IOC_LIMITS, &limits))
		memset(&limits, 0xee, sizeof(limits));
	return limits;
}

static int set_limits(int fd, __u32 own, __u64 shmmax, __u64 shmall, __u64 shmmni)
{
	struct altshm_limits limits = {
		.flags = ALTSHM_LIMITS_F_SET,
		.own = own,
		.shmmax = shmmax,
		.shmall = shmall,
		.shmmni = shmmni,
	};

	return rc(ioctl(fd, ALTSHM_IOC_LIMITS, &limits));
}

TEST_F(limits, follow_the_sysctls_at_first)
{
	EXPECT_EQ(0, limits_of(self->fd).own);
	EXPECT_EQ(4096, limits_of(self->fd).shmmni);
	EXPECT_EQ(ULONG_MAX - (1UL << 24), limits_of(self->fd).shmmax);
	EXPECT_EQ(ULONG_MAX - (1UL << 24), limits_of(self->fd).shmall);

	ASSERT_OK(sysctl_set(SHMMNI, 3));
	EXPECT_EQ(3, limits_of(self->fd).shmmni);
	EXPECT_EQ(0, limits_of(self->fd).own);
}

TEST_F(limits, of_its_own_hold_whatever_the_sysctls_say)
{
	ASSERT_OK(set_limits(self->fd, ALTSHM_LIMIT_ALL, 3 * PAGE, 5, 2));
	EXPECT_EQ(ALTSHM_LIMIT_ALL, limits_of(self->fd).own);

	EXPECT_EQ(-EINVAL, new_sized(3 * PAGE + 1, 0600));
	EXPECT_EQ(0, new_sized(3 * PAGE, 0600));
	EXPECT_EQ(-ENOSPC, new_sized(3 * PAGE, 0600));
	EXPECT_EQ(1, new_sized(2 * PAGE, 0600));
	ASSERT_OK(set_limits(self->fd, ALTSHM_LIMIT_SHMMNI, 0, 0, 2));
	EXPECT_EQ(-ENOSPC, new_segment(0600));
	EXPECT_EQ(2, shm_info().used_ids);
}

TEST_F(limits, each_follows_again_when_not_named)
{
	ASSERT_OK(set_limits(self->fd, ALTSHM_LIMIT_ALL, PAGE, 1, 0));
	EXPECT_EQ(-ENOSPC, new_segment(0600));
	ASSERT_OK(set_limits(self->fd, ALTSHM_LIMIT_SHMMAX, PAGE, 7, 7));
	EXPECT_EQ(ALTSHM_LIMIT_SHMMAX, limits_of(self->fd).own);
	EXPECT_EQ(4096, limits_of(self->fd).shmmni);
	EXPECT_EQ(ULONG_MAX - (1UL << 24), limits_of(self->fd).shmall);
	EXPECT_EQ(0, new_segment(0600));
	EXPECT_EQ(-EINVAL, new_sized(PAGE + 1, 0600));
}

TEST_F(limits, lowering_leaves_what_exists)
{
	int id = new_segment(0600);

	ASSERT_LE(0, id);
	ASSERT_OK(set_limits(self->fd, ALTSHM_LIMIT_ALL, 1, 0, 0));
	EXPECT_OK(shm.dt(ATTACH(id, NULL, 0)));
	EXPECT_EQ(-EINVAL, new_segment(0600));
	EXPECT_EQ(-ENOSPC, new_sized(1, 0600));
}

TEST_F(limits, setting_takes_cap_sys_resource)
{
	IN_CHILD {
		ASSERT_OK(become(USER_A, GROUP_G));
		EXPECT_EQ(-EPERM, set_limits(self->fd, ALTSHM_LIMIT_SHMMNI, 0, 0, 1));
		EXPECT_EQ(4096, limits_of(self->fd).shmmni);
	}
	IN_CHILD {
		ASSERT_OK(keep_caps(~(1ULL << CAP_SYS_RESOURCE) & ((1ULL << 38) - 1)));
		EXPECT_EQ(-EPERM, set_limits(self->fd, 0, 0, 0, 0));
	}
}

TEST_F(limits, bad_values_change_nothing)
{
	EXPECT_EQ(-EINVAL, set_limits(self->fd, ALTSHM_LIMIT_ALL + 1, 1, 1, 1));
	EXPECT_EQ(-EINVAL, set_limits(self->fd, ALTSHM_LIMIT_ALL, 1, 1, (1 << 20) + 1));
	EXPECT_EQ(-EINVAL, set_limits(self->fd, ALTSHM_LIMIT_ALL, 1, 1, 1ULL << 32));
	EXPECT_EQ(0, limits_of(self->fd).own);
	EXPECT_OK(set_limits(self->fd, ALTSHM_LIMIT_SHMMNI, 0, 0, 1 << 20));
}

/* Keys say which segment it is; every one is found by key, index and identifier. */
TEST_F(limits, more_segments_fit_than_native_can_have)
{
	const int count = 33000;
	struct shmid_ds ds;
	int highest = 0;

	SKIP_WHERE_SLOW("33000 segments; unit tests have their identifiers");
	ASSERT_OK(set_limits(self->fd, ALTSHM_LIMIT_SHMMNI, 0, 0, count));
	for (int key = 1; key <= count; key++) {
		int id = rc(shm.get(key, 1, IPC_CREAT | IPC_EXCL | 0600));

		ASSERT_LE(0, id) TH_LOG("segment %d", key);
	}
	EXPECT_EQ(-ENOSPC, new_segment(0600));
	EXPECT_EQ(count, shm_info().used_ids);

	for (int index = 0; index < count; index++) {
		int id = rc(shm.ctl(index, SHM_STAT, &ds));

		ASSERT_LE(0, id) TH_LOG("index %d", index);
		ASSERT_EQ(id, rc(shm.get(ds.shm_perm.__key, 0, 0)));
		ASSERT_OK(shm.ctl(id, IPC_STAT, &ds));
		if (id > highest)
			highest = id;
		ASSERT_OK(shm.ctl(id, IPC_RMID, NULL));
		ASSERT_ERR(EINVAL, shm.ctl(id, IPC_STAT, &ds));
	}
	EXPECT_EQ(0, shm_info().used_ids);
	EXPECT_LE(count - 1, highest);
}

TEST_HARNESS_MAIN
