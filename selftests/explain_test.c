// SPDX-License-Identifier: GPL-2.0-only
/*
 * ALTSHM_IOC_EXPLAIN: the rule, limit and what was wanted of each way to fail,
 * the error itself unchanged, and the command's own rules.
 */
#include <linux/altshm.h>
#include <linux/altshm_netlink.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "common.h"
#include "fault.h"
#include "huge.h"

#define MAX_MAP_COUNT	"/proc/sys/vm/max_map_count"

FIXTURE(explain) {
	int fd;
};

FIXTURE_SETUP(explain)
{
	SETUP_IPC_NAMESPACE();
	SETUP_ALTSHM();
	self->fd = open(ALTSHM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(explain)
{
	remove_all();
	close(self->fd);
	sysctl_restore();
}

static struct altshm_explain explain(int fd, unsigned long cmd, void *arg)
{
	struct altshm_explain why = { .cmd = cmd, .arg = (uintptr_t)arg };

	if (ioctl(fd, ALTSHM_IOC_EXPLAIN, &why))
		why.result = -1000 - errno;
	return why;
}

/* Explained, the call fails so; by itself it fails by the same error. */
#define EXPECT_REASON(err, rule_, limit_, wanted_, cmd, arg_) do {	\
	struct altshm_explain why_ = explain(self->fd, cmd, arg_);	\
									\
	EXPECT_EQ(-(err), why_.result);					\
	EXPECT_EQ(rule_, why_.rule);					\
	EXPECT_EQ((__u64)(limit_), why_.limit);				\
	EXPECT_EQ((__u64)(wanted_), why_.wanted);			\
	EXPECT_ERR(err, ioctl(self->fd, cmd, arg_));			\
} while (0)

#define EXPECT_WHY(err, rule, ...) EXPECT_REASON(err, ALTSHM_RULE_##rule, __VA_ARGS__)

#define GET(...) (&(struct altshm_get) { __VA_ARGS__ })
#define AT(...) (&(struct altshm_attach) { __VA_ARGS__ })
#define ID(id) (&(struct altshm_id) { .shmid = (id) })

#define EXPECT_WHY_GET(err, rule, limit, wanted, ...) \
	EXPECT_REASON(err, ALTSHM_RULE_##rule, limit, wanted, ALTSHM_IOC_GET, GET(__VA_ARGS__))
#define EXPECT_WHY_AT(err, rule, limit, wanted, ...) \
	EXPECT_REASON(err, ALTSHM_RULE_##rule, limit, wanted, ALTSHM_IOC_ATTACH, AT(__VA_ARGS__))

TEST_F(explain, keys_and_sizes)
{
	int id;

	new_segment(0600);
	EXPECT_WHY_GET(ENOENT, NO_SUCH_KEY, 0, KEY, .key = KEY, .size = PAGE);
	EXPECT_WHY_GET(ENOENT, NO_SUCH_KEY, 0, 0xfffffff0, .key = -16);
	EXPECT_WHY_GET(EINVAL, SIZE_ZERO, 1, 0, .shmflg = 0600);
	id = rc(shm.get(KEY, 100, IPC_CREAT | 0600));
	EXPECT_LT(0, id);
	EXPECT_WHY_GET(EEXIST, KEY_EXISTS, id, KEY, .key = KEY, .size = 100,
		       .shmflg = IPC_CREAT | IPC_EXCL);
	EXPECT_WHY_GET(EINVAL, SIZE_ABOVE_EXISTING, 100, 101, .key = KEY, .size = 101);
}

TEST_F(explain, sizes_that_no_segment_has)
{
	ASSERT_EQ(0, write_ul(SHMMAX, ULONG_MAX));
	ASSERT_EQ(0, write_ul(SHMALL, ULONG_MAX));
	EXPECT_WHY_GET(ENOSPC, SIZE_OVERFLOW, -PAGE, ULONG_MAX, .size = ULONG_MAX);
	EXPECT_WHY_GET(EINVAL, SIZE_OVERFLOW, LONG_MAX, 1UL << 63, .size = 1UL << 63);
	EXPECT_WHY_GET(ENOMEM, SIZE_OVERFLOW, -huge_size(), -PAGE, .size = -PAGE,
		       .shmflg = SHM_HUGETLB | 0600);
}

TEST_F(explain, limits_of_the_namespace)
{
	struct altshm_limits limits = {
		.flags = ALTSHM_LIMITS_F_SET,
		.own = ALTSHM_LIMIT_SHMMAX | ALTSHM_LIMIT_SHMALL | ALTSHM_LIMIT_SHMMNI,
		.shmmax = 5 * PAGE,
		.shmall = 10,
		.shmmni = 3,
	};

	ASSERT_EQ(0, write_ul(SHMMAX, 4 * PAGE));
	EXPECT_WHY_GET(EINVAL, SHMMAX, 4 * PAGE, 4 * PAGE + 1, .size = 4 * PAGE + 1);
	ASSERT_OK(ioctl(self->fd, ALTSHM_IOC_LIMITS, &limits));
	EXPECT_WHY_GET(EINVAL, SHMMAX, 5 * PAGE, 5 * PAGE + 1, .size = 5 * PAGE + 1);
	new_sized(5 * PAGE, 0600);
	new_sized(4 * PAGE - 1, 0600);
	EXPECT_WHY_GET(ENOSPC, SHMALL, 10, 11, .size = PAGE + 1);
	new_sized(1, 0600);
	limits.shmall = 1000;
	ASSERT_OK(ioctl(self->fd, ALTSHM_IOC_LIMITS, &limits));
	EXPECT_WHY_GET(ENOSPC, SHMMNI, 3, 4, .size = 1);
	limits.shmmni = 2;
	ASSERT_OK(ioctl(self->fd, ALTSHM_IOC_LIMITS, &limits));
	EXPECT_WHY_GET(ENOSPC, SHMMNI, 2, 4, .size = 1);
}

TEST_F(explain, setting_limits)
{
	struct altshm_limits limits = {
		.flags = ALTSHM_LIMITS_F_SET,
		.own = ALTSHM_LIMIT_SHMMNI,
		.shmmni = (1 << 20) + 1,
	};

	EXPECT_WHY(EINVAL, BAD_LIMIT, 1 << 20, (1 << 20) + 1, ALTSHM_IOC_LIMITS, &limits);
	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		EXPECT_WHY(EPERM, RESOURCE_CAPABILITY, 0, 0, ALTSHM_IOC_LIMITS, &limits);
	}
}

TEST_F(explain, identifiers)
{
	ASSERT_EQ(0, write_ul(SHM_NEXT_ID, 32766));
	ASSERT_EQ(32766, new_segment(0600));
	ASSERT_EQ(0, write_ul(SHM_NEXT_ID, 32766));
	ASSERT_EQ(32767, new_segment(0600));
	for (int i = 0; i < 2; i++) {
		struct altshm_get get = { .size = PAGE };
		struct altshm_explain why;

		/* The one asked for is used up by the call. */
		ASSERT_EQ(0, write_ul(SHM_NEXT_ID, 3 * 32768 + 32766));
		if (!i) {
			why = explain(self->fd, ALTSHM_IOC_GET, &get);
			EXPECT_EQ(-ENOSPC, why.result);
			EXPECT_EQ(ALTSHM_RULE_IDS, why.rule);
			EXPECT_EQ(32767, why.limit);
			EXPECT_EQ(32766, why.wanted);
		} else {
			EXPECT_ERR(ENOSPC, ioctl(self->fd, ALTSHM_IOC_GET, &get));
		}
	}
	EXPECT_WHY(EINVAL, NO_SUCH_ID, 0, 7, ALTSHM_IOC_REMOVE, ID(7));
	EXPECT_WHY(EINVAL, NO_SUCH_ID, 0, 7, ALTSHM_IOC_LOCK, ID(7));
	EXPECT_WHY(EINVAL, NO_SUCH_ID, 0, -2ULL, ALTSHM_IOC_UNLOCK, ID(-2));
	EXPECT_WHY(EINVAL, NO_SUCH_ID, 0, 7, ALTSHM_IOC_SET, &(struct altshm_set) { .shmid = 7 });
	EXPECT_WHY(EINVAL, NO_SUCH_ID, 0, 7, ALTSHM_IOC_STAT, &(struct altshm_stat) { .shmid = 7 });
	EXPECT_WHY_AT(EINVAL, NO_SUCH_ID, 0, 7, .shmid = 7);
	EXPECT_WHY_AT(EINVAL, NO_SUCH_ID, 0, -7ULL, .shmid = -7);
	/* Else all indexes below are looked at in the end. */
	EXPECT_OK(shm.ctl(32766, IPC_RMID, NULL));
	EXPECT_OK(shm.ctl(32767, IPC_RMID, NULL));
}

TEST_F(explain, rights)
{
	int id = rc(shm.get(KEY, PAGE, IPC_CREAT | 0624));
	struct altshm_set set = { .shmid = id, .uid = -1, .mode = 0600 };
	struct altshm_stat stat = { .shmid = id };

	EXPECT_WHY(EINVAL, BAD_OWNER, 0, (__u32)-1, ALTSHM_IOC_SET, &set);
	ASSERT_EQ(0, set_perm(id, USER_B, 0, 0624));
	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		EXPECT_WHY_GET(EACCES, MODE, 4, 6, .key = KEY, .shmflg = 0600);
		EXPECT_WHY_AT(EACCES, MODE, 4, 6, .shmid = id);
		EXPECT_WHY_AT(EACCES, MODE, 4, 5, .shmid = id, .shmflg = SHM_RDONLY | SHM_EXEC);
		EXPECT_WHY(EPERM, OWNER, USER_B, USER_A, ALTSHM_IOC_REMOVE, ID(id));
		EXPECT_WHY(EPERM, OWNER, USER_B, USER_A, ALTSHM_IOC_SET, &set);
		EXPECT_WHY(EPERM, OWNER, USER_B, USER_A, ALTSHM_IOC_LOCK, ID(id));
		EXPECT_WHY(EPERM, OWNER, USER_B, USER_A, ALTSHM_IOC_UNLOCK, ID(id));
	}
	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, 0));
		EXPECT_WHY(EACCES, MODE, 2, 4, ALTSHM_IOC_STAT, &stat);
	}
}

TEST_F(explain, locked_memory)
{
	int id = new_sized(3 * PAGE, 0666), mine;

	EXPECT_OK(shm.ctl(id, SHM_LOCK, NULL));
	IN_CHILD {
		ASSERT_EQ(0, set_limit(RLIMIT_MEMLOCK, 4 * PAGE + 1));
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		mine = new_sized(2 * PAGE, 0600);
		ASSERT_OK(shm.ctl(mine, SHM_LOCK, NULL));
		mine = new_sized(3 * PAGE, 0600);
		EXPECT_WHY(ENOMEM, MEMLOCK, 4 * PAGE + 1, 5 * PAGE, ALTSHM_IOC_LOCK, ID(mine));
		ASSERT_EQ(0, mlockall(MCL_FUTURE));
		EXPECT_EQ(-EAGAIN, explain(self->fd, ALTSHM_IOC_ATTACH,
					   AT(.shmid = new_sized(9 * PAGE, 0600))).result);
		EXPECT_WHY_AT(EAGAIN, MEMLOCK, 4 * PAGE + 1,
			      field_of("/proc/self/status", "VmLck") * 1024 + 5 * PAGE,
			      .shmid = new_sized(5 * PAGE, 0600));
		ASSERT_EQ(0, munlockall());
		ASSERT_EQ(0, set_limit(RLIMIT_MEMLOCK, 0));
		EXPECT_WHY(EPERM, MEMLOCK_ZERO, 0, 3 * PAGE, ALTSHM_IOC_LOCK, ID(mine));
	}
}

TEST_F(explain, addresses)
{
	char *mem = mmap(NULL, 4 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned long addr = (unsigned long)mem;
	int id = new_sized(2 * PAGE, 0600);
	struct altshm_detach detach = { .addr = addr + PAGE };
	unsigned long top = (1UL << 47) - PAGE;

	EXPECT_WHY_AT(EINVAL, BAD_ADDRESS, PAGE, addr + 1, .shmid = id, .addr = addr + 1);
	EXPECT_WHY_AT(EINVAL, BAD_ADDRESS, 0, 0, .shmid = id, .shmflg = SHM_REMAP);
	EXPECT_WHY_AT(EINVAL, ADDRESS_TAKEN, addr, addr + PAGE, .shmid = id, .addr = addr + PAGE);
	EXPECT_WHY_AT(EINVAL, BAD_ADDRESS, top - 2 * PAGE, -PAGE, .shmid = id, .addr = -PAGE);
	EXPECT_WHY_AT(ENOMEM, BAD_ADDRESS, top - 2 * PAGE, top, .shmid = id, .addr = top);
	EXPECT_WHY(EINVAL, NOT_ATTACHED, 0, addr + PAGE, ALTSHM_IOC_DETACH, &detach);
	detach.addr++;
	EXPECT_WHY(EINVAL, BAD_ADDRESS, PAGE, addr + PAGE + 1, ALTSHM_IOC_DETACH, &detach);
}

TEST_F(explain, low_addresses)
{
	unsigned long lowest = read_ul("/proc/sys/vm/mmap_min_addr");
	int id = new_segment(0666);

	if (lowest <= PAGE)
		SKIP(return, "vm.mmap_min_addr does not protect page 1");
	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		EXPECT_WHY_AT(EPERM, ADDRESS_TOO_LOW, lowest, PAGE, .shmid = id, .addr = PAGE);
	}
}

TEST_F(explain, address_space)
{
	int big = new_sized(1UL << 30, SHM_NORESERVE | 0600), id = new_segment(0600);
	unsigned long used, most = 500;

	IN_CHILD {
		ASSERT_EQ(0, set_limit(RLIMIT_AS, 1UL << 30));
		used = field_of("/proc/self/status", "VmSize") * 1024;
		EXPECT_WHY_AT(ENOMEM, ADDRESS_SPACE, 1UL << 30, used + (1UL << 30), .shmid = big);
	}
	big = new_sized(1UL << 47, SHM_NORESERVE | 0600);
	used = field_of("/proc/self/status", "VmSize") * 1024;
	EXPECT_WHY_AT(ENOMEM, ADDRESS_SPACE, (1UL << 47) - PAGE, used + (1UL << 47), .shmid = big);
	ASSERT_EQ(0, sysctl_set(MAX_MAP_COUNT, most));
	IN_CHILD {
		for (unsigned long i = 0; i < most; i++) {
			/* Neighbours differ, so that none become one. */
			if (mmap(NULL, PAGE, i & 1 ? PROT_READ : PROT_NONE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
				break;
		}
		EXPECT_WHY_AT(ENOMEM, MAPPINGS, most, most + 1, .shmid = id);
	}
}

TEST_F(explain, file_table)
{
	int id = new_segment(0666);

	ASSERT_EQ(0, sysctl_set(FILE_MAX, 0));
	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		EXPECT_WHY_GET(ENFILE, FILES, 0, 1, .size = PAGE);
		EXPECT_WHY_AT(ENFILE, FILES, 0, 1, .shmid = id);
	}
}

TEST_F(explain, committed_memory)
{
	unsigned long most = (meminfo("MemTotal") + meminfo("SwapTotal")) * 1024;
	struct altshm_get get = { .size = 1UL << 40 };
	struct altshm_explain why;
	unsigned long committed;

	ASSERT_EQ(0, sysctl_set(OVERCOMMIT, 0));
	EXPECT_WHY_GET(ENOMEM, COMMIT, most, most + PAGE, .size = most + PAGE);
	ASSERT_EQ(0, sysctl_set(OVERCOMMIT, 2));
	committed = meminfo("Committed_AS") * 1024;
	why = explain(self->fd, ALTSHM_IOC_GET, &get);
	EXPECT_EQ(-ENOMEM, why.result);
	EXPECT_EQ(ALTSHM_RULE_COMMIT, why.rule);
	EXPECT_EQ(meminfo("CommitLimit") * 1024, why.limit);
	/* Others commit and give back meanwhile. */
	EXPECT_LT(get.size + committed - (64 << 20), why.wanted);
	EXPECT_GT(get.size + committed + (64 << 20), why.wanted);
}

TEST_F(explain, huge_pages)
{
	size_t huge = huge_size();
	struct altshm_get get = { .size = 3 * huge, .shmflg = SHM_HUGETLB | 0600 };
	struct altshm_attach at = { .addr = 0x700000000000 + PAGE };

	NEED_HUGE_PAGES(2);
	EXPECT_WHY(ENOMEM, HUGE_POOL, 2 * huge, 3 * huge, ALTSHM_IOC_GET, &get);
	get.size = 2 * huge;
	get.shmflg |= SHM_HUGE(62);
	EXPECT_WHY(EINVAL, NO_HUGE_SIZE, 0, 1ULL << 62, ALTSHM_IOC_GET, &get);
	get.shmflg &= ~SHM_HUGE(63);
	at.shmid = rc(ioctl(self->fd, ALTSHM_IOC_GET, &get));
	EXPECT_LE(0, at.shmid);
	EXPECT_WHY(EINVAL, BAD_ADDRESS, huge, at.addr, ALTSHM_IOC_ATTACH, &at);
	ASSERT_EQ(0, sysctl_set(HUGETLB_SHM_GROUP, GROUP_H));
	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		EXPECT_WHY(EPERM, HUGETLB_GROUP, GROUP_H, GROUP_G, ALTSHM_IOC_GET, &get);
	}
	IN_CHILD {
		ASSERT_EQ(0, set_limit(RLIMIT_AS, PAGE));
		EXPECT_WHY(ENOMEM, ADDRESS_SPACE, PAGE,
			   field_of("/proc/self/status", "VmSize") * 1024 + 2 * huge,
			   ALTSHM_IOC_GET, &get);
	}
	IN_CHILD {
		ASSERT_EQ(0, set_limit(RLIMIT_MEMLOCK, PAGE));
		ASSERT_EQ(0, become(USER_A, GROUP_H));
		ASSERT_EQ(0, mlockall(MCL_FUTURE));
		EXPECT_WHY(ENOMEM, MEMLOCK, PAGE,
			   field_of("/proc/self/status", "VmLck") * 1024 + 2 * huge,
			   ALTSHM_IOC_GET, &get);
	}
}

/*
 * Only where the kernel can make an allocation fail: explains a call with each of
 * its allocations failing. All that ends in ENOMEM has the reason.
 */
#define EXPECT_MEMORY_WHY(rule_is_right, cmd, arg_) do {		\
	struct altshm_explain why;					\
	int found = 0;							\
	bool hit = true;						\
									\
	for (int i = 1; hit && i < 1000; i++) {				\
		fault_begin(i);						\
		why = explain(self->fd, cmd, arg_);			\
		hit = fault_end();					\
		if (!hit || why.result != -ENOMEM)			\
			continue;					\
		found += why.rule == ALTSHM_RULE_MEMORY;		\
		EXPECT_TRUE(rule_is_right) TH_LOG("failure %d: rule %u", i, why.rule); \
	}								\
	EXPECT_FALSE(hit);						\
	EXPECT_LT(0, found);						\
} while (0)

TEST_F(explain, kernel_memory)
{
	const char *missing = fault_allow();
	int id = new_segment(0600);

	if (missing)
		SKIP(return, "%s", missing);
	EXPECT_MEMORY_WHY(why.rule == ALTSHM_RULE_MEMORY && !why.limit && !why.wanted,
			  ALTSHM_IOC_GET, GET(.size = PAGE));
	EXPECT_MEMORY_WHY(why.rule == ALTSHM_RULE_MEMORY && !why.limit && !why.wanted,
			  ALTSHM_IOC_ATTACH, AT(.shmid = id));
	/* What cannot be committed is refused also where there is no memory to say so. */
	ASSERT_EQ(0, sysctl_set(OVERCOMMIT, 2));
	EXPECT_MEMORY_WHY(why.rule == ALTSHM_RULE_MEMORY || why.rule == ALTSHM_RULE_COMMIT,
			  ALTSHM_IOC_GET, GET(.size = 1UL << 40));
}

static int race_fd;
static int race_id;
static bool race_over;

static void *race_remove(void *unused)
{
	for (int i = 0; i < 300; i++) {
		struct altshm_get get = { .size = PAGE, .shmflg = 0600 };
		struct altshm_id id = { .shmid = ioctl(race_fd, ALTSHM_IOC_GET, &get) };

		__atomic_store_n(&race_id, id.shmid, __ATOMIC_RELAXED);
		ioctl(race_fd, ALTSHM_IOC_REMOVE, &id);
	}
	__atomic_store_n(&race_over, true, __ATOMIC_RELAXED);
	return NULL;
}

/* Which of the two it is depends on who comes first; it is one of the two. */
TEST_F(explain, removed_meanwhile)
{
	int removed = 0, gone = 0;
	pthread_t thread;

	race_fd = self->fd;
	ASSERT_EQ(0, pthread_create(&thread, NULL, race_remove, NULL));
	while (!__atomic_load_n(&race_over, __ATOMIC_RELAXED)) {
		struct altshm_stat stat = { .shmid = __atomic_load_n(&race_id, __ATOMIC_RELAXED) };
		struct altshm_explain why = explain(self->fd, ALTSHM_IOC_STAT, &stat);

		if (why.result >= 0)
			continue;
		if (why.result == -EIDRM) {
			ASSERT_EQ(ALTSHM_RULE_REMOVED, why.rule);
			removed++;
		} else {
			ASSERT_EQ(-EINVAL, why.result);
			ASSERT_EQ(ALTSHM_RULE_NO_SUCH_ID, why.rule);
			gone++;
		}
	}
	pthread_join(thread, NULL);
	TH_LOG("%d removed meanwhile, %d gone", removed, gone);
	EXPECT_LT(0, removed + gone);
}

TEST_F(explain, success_has_no_reason)
{
	struct altshm_get get = { .key = KEY, .size = PAGE, .shmflg = IPC_CREAT | 0600 };
	struct altshm_explain why;
	struct altshm_attach at = { 0 };

	why = explain(self->fd, ALTSHM_IOC_GET, &get);
	EXPECT_EQ(0, why.result);
	EXPECT_EQ(ALTSHM_RULE_NONE, why.rule);
	EXPECT_EQ(0, why.limit);
	EXPECT_EQ(0, why.wanted);
	why = explain(self->fd, ALTSHM_IOC_ATTACH, &at);
	EXPECT_EQ(0, why.result);
	EXPECT_EQ(ALTSHM_RULE_NONE, why.rule);
	*(volatile char *)at.addr = 1;
	EXPECT_NATTCH(1, 0);
}

TEST_F(explain, it_is_not_nested_and_knows_no_other_commands)
{
	struct altshm_explain inner = { .cmd = ALTSHM_IOC_INFO }, outer;
	struct altshm_get get = { .flags = 1U << 31 };
	unsigned int odd = _IOC(_IOC_READ | _IOC_WRITE, ALTSHM_IOC_MAGIC, 10, 8);

	EXPECT_EQ(-1000 - EINVAL, explain(self->fd, ALTSHM_IOC_EXPLAIN, &inner).result);
	EXPECT_EQ(-1000 - EINVAL, explain(self->fd, odd, &inner).result);
	EXPECT_WHY(ENOTTY, NO_SUCH_COMMAND, 0, ALTSHM_IOC_GET ^ 0x100, ALTSHM_IOC_GET ^ 0x100,
		   &get);
	EXPECT_WHY(ENOTTY, NO_SUCH_COMMAND, 0, _IO(ALTSHM_IOC_MAGIC, 99),
		   _IO(ALTSHM_IOC_MAGIC, 99), &get);
	/* Its number, but somebody else's. */
	EXPECT_WHY(ENOTTY, NO_SUCH_COMMAND, 0, ALTSHM_IOC_EXPLAIN ^ 0x100,
		   ALTSHM_IOC_EXPLAIN ^ 0x100, &get);
	EXPECT_WHY(EOPNOTSUPP, NONE, 0, 0, ALTSHM_IOC_GET, &get);
	EXPECT_WHY(EINVAL, NONE, 0, 0, ALTSHM_IOC_GET - (4 << _IOC_SIZESHIFT), &get);
	outer = explain(self->fd, 0xffffffff, &get);
	EXPECT_EQ(-ENOTTY, outer.result);
}

TEST_F(explain, bad_pointers)
{
	/* Of four: what is around them may be mapped over where the module fails. */
	char *pages = PAGE + (char *)mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE,
					  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t before = offsetof(struct altshm_explain, rule);
	struct altshm_explain *edge = (void *)(pages + PAGE - before);
	struct altshm_get get = { .size = PAGE };
	int id = new_sized(2 * PAGE, 0600);
	struct altshm_attach at = {
		.shmid = id, .addr = (uintptr_t)pages, .shmflg = SHM_REMAP,
	};
	struct altshm_explain why;

	EXPECT_WHY(EFAULT, BAD_POINTER, 0, 8, ALTSHM_IOC_GET, (void *)8);
	/* Over the structure that says why, at either end of it. */
	*edge = (struct altshm_explain) { .cmd = ALTSHM_IOC_ATTACH, .arg = (uintptr_t)&at };
	for (int i = 0; i < 2; i++) {
		at.addr = (uintptr_t)pages + (i ? PAGE : -PAGE);
		EXPECT_OK(ioctl(self->fd, ALTSHM_IOC_EXPLAIN, edge));
		EXPECT_EQ(-EFAULT, edge->result);
		EXPECT_EQ(ALTSHM_RULE_BAD_POINTER, edge->rule);
		EXPECT_EQ(at.addr, edge->wanted);
	}
	EXPECT_NATTCH(0, id);
	/* Nothing is done where the reason could not be given. */
	why = (struct altshm_explain) { .cmd = ALTSHM_IOC_GET, .arg = (uintptr_t)&get };
	memcpy(edge, &why, sizeof(why));
	ASSERT_EQ(0, mprotect(pages + PAGE, PAGE, PROT_READ));
	EXPECT_ERR(EFAULT, ioctl(self->fd, ALTSHM_IOC_EXPLAIN, edge));
	EXPECT_EQ(1, shm_info().used_ids);
}

/* What the command itself does to the structure can't be told in it. */
TEST_F(explain, structure_that_is_detached)
{
	int id = new_segment(0600);
	char *mem = ATTACH(id, NULL, 0);
	struct altshm_detach detach = { .addr = (uintptr_t)mem };
	struct altshm_explain *why = (void *)mem;

	*why = (struct altshm_explain) { .cmd = ALTSHM_IOC_DETACH, .arg = (uintptr_t)&detach };
	EXPECT_ERR(EFAULT, ioctl(self->fd, ALTSHM_IOC_EXPLAIN, why));
	EXPECT_NATTCH(0, id);
}

TEST_HARNESS_MAIN
