// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ioctl ABI itself: numbers, sizes, flags, pads, bad pointers, and that a
 * failed call has created, attached and changed nothing.
 */
#include <linux/altshm.h>
#include <sys/ioctl.h>

#include "common.h"

FIXTURE(uapi) {
	int fd;
};

FIXTURE_SETUP(uapi)
{
	SETUP_IPC_NAMESPACE();
	SETUP_ALTSHM();
	self->fd = open(ALTSHM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(uapi)
{
	remove_all();
	close(self->fd);
	sysctl_restore();
}

/* Every structure, at most twice its size, so that there is room for a tail. */
union argument {
	struct altshm_get get;
	struct altshm_attach attach;
	struct altshm_detach detach;
	struct altshm_stat stat;
	struct altshm_set set;
	struct altshm_id id;
	struct altshm_info info;
	struct altshm_limits limits;
	struct altshm_explain explain;
	unsigned char bytes[512];
};

/*
 * A command, where its words are that must be zero, and where its results end
 * (0: it has none).
 */
struct command {
	const char *name;
	unsigned long request;
	size_t flags, pad, results;
	__u32 known_flags;
};

#define NO_PAD SIZE_MAX
#define COMMAND(NAME, type, ...) \
	{ #NAME, ALTSHM_IOC_##NAME, offsetof(struct altshm_##type, flags), \
	  __VA_ARGS__ }
#define PAD(type) offsetof(struct altshm_##type, pad)

static const struct command commands[] = {
	COMMAND(GET, get, PAD(get), 0, ALTSHM_GET_F_ALL),
	COMMAND(ATTACH, attach, PAD(attach),
		offsetof(struct altshm_attach, flags), 0),
	COMMAND(DETACH, detach, PAD(detach), 0, 0),
	COMMAND(STAT, stat, PAD(stat), sizeof(struct altshm_stat),
		ALTSHM_STAT_F_ALL),
	COMMAND(SET, set, PAD(set), 0, 0),
	COMMAND(REMOVE, id, NO_PAD, 0, 0),
	COMMAND(LOCK, id, NO_PAD, 0, 0),
	COMMAND(UNLOCK, id, NO_PAD, 0, 0),
	COMMAND(INFO, info, NO_PAD, sizeof(struct altshm_info), 0),
	COMMAND(LIMITS, limits, NO_PAD, sizeof(struct altshm_limits),
		ALTSHM_LIMITS_F_SET),
	COMMAND(EXPLAIN, explain, PAD(explain), sizeof(struct altshm_explain),
		0),
};

#define FOR_EACH_COMMAND \
	for (const struct command *c = commands; \
	     c < commands + ARRAY_SIZE(commands); c++)

static unsigned long resized(unsigned long request, size_t size)
{
	return _IOC(_IOC_DIR(request), _IOC_TYPE(request), _IOC_NR(request),
		    size);
}

/* What the world looks like: nothing of it may change by a failed call. */
struct world {
	unsigned long used, pages, nattch, mappings;
	unsigned int mode;
	char *mem;
};

static int segment;

static unsigned long count_mappings(void)
{
	FILE *file = fopen("/proc/self/maps", "re");
	unsigned long count = 0;
	char line[512];

	while (file && fgets(line, sizeof(line), file))
		count += !!strstr(line, "/SYSV");
	if (file)
		fclose(file);
	return count;
}

static struct world look(int fd)
{
	struct altshm_info info = { 0 };
	struct altshm_stat stat = { .shmid = segment };

	if (ioctl(fd, ALTSHM_IOC_INFO, &info) ||
	    ioctl(fd, ALTSHM_IOC_STAT, &stat))
		memset(&info, 0xee, sizeof(info));
	return (struct world) {
		.used = info.used, .pages = info.pages, .nattch = stat.nattch,
		.mode = stat.mode, .mappings = count_mappings(),
	};
}

#define EXPECT_SAME_WORLD(before, what) do {				\
	struct world now_ = look(self->fd);				\
									\
	EXPECT_EQ((before).used, now_.used) TH_LOG("%s", what);		\
	EXPECT_EQ((before).pages, now_.pages) TH_LOG("%s", what);	\
	EXPECT_EQ((before).nattch, now_.nattch) TH_LOG("%s", what);	\
	EXPECT_EQ((before).mode, now_.mode) TH_LOG("%s", what);		\
	EXPECT_EQ((before).mappings, now_.mappings) TH_LOG("%s", what);	\
} while (0)

/* A segment, attached once. */
#define WORLD() ({							\
	struct world world_;						\
	char *mem_;							\
									\
	segment = rc(shm.get(KEY, PAGE, IPC_CREAT | 0600));		\
	mem_ = ATTACH(segment, NULL, 0);				\
	world_ = look(self->fd);					\
	world_.mem = mem_;						\
	world_; })

/* An argument with which the command would succeed. */
static void make_valid(const struct command *c, union argument *arg,
		       const struct world *world)
{
	static struct altshm_info info;

	memset(arg, 0, sizeof(*arg));
	switch (c->request) {
	case ALTSHM_IOC_GET:
		arg->get.key = IPC_PRIVATE;
		arg->get.size = PAGE;
		arg->get.shmflg = 0600;
		break;
	case ALTSHM_IOC_DETACH:
		arg->detach.addr = (unsigned long)world->mem;
		break;
	case ALTSHM_IOC_SET:
		arg->set.shmid = segment;
		arg->set.mode = 0644;
		break;
	case ALTSHM_IOC_INFO:
		break;
	case ALTSHM_IOC_EXPLAIN:
		arg->explain.cmd = ALTSHM_IOC_INFO;
		arg->explain.arg = (unsigned long)&info;
		break;
	default:
		/* ATTACH, STAT, and those of struct altshm_id. */
		arg->id.shmid = segment;
	}
}

TEST_F(uapi, unknown_commands_are_enotty)
{
	struct world world = WORLD();
	union argument arg;

	memset(&arg, 0, sizeof(arg));
	for (int nr = ARRAY_SIZE(commands); nr < 256; nr++) {
		EXPECT_ERR(ENOTTY,
			   ioctl(self->fd, _IOC(_IOC_READ | _IOC_WRITE,
						ALTSHM_IOC_MAGIC, nr, 64),
				 &arg)) {
			TH_LOG("number %d", nr);
		}
	}
	FOR_EACH_COMMAND {
		make_valid(c, &arg, &world);
		EXPECT_ERR(ENOTTY, ioctl(self->fd, c->request ^ 0x100, &arg));
		EXPECT_ERR(ENOTTY, ioctl(self->fd, c->request ^ 0x8000, &arg));
	}
	EXPECT_SAME_WORLD(world, "unknown");
}

TEST_F(uapi, transfer_direction_is_part_of_the_command)
{
	struct world world = WORLD();
	union argument arg;

	FOR_EACH_COMMAND {
		unsigned long none = c->request &
				     ~((unsigned long)_IOC_DIRMASK <<
				       _IOC_DIRSHIFT);

		make_valid(c, &arg, &world);
		EXPECT_ERR(ENOTTY, ioctl(self->fd, none, &arg)) {
			TH_LOG("%s", c->name);
		}
	}
	EXPECT_SAME_WORLD(world, "direction");
}

TEST_F(uapi, short_structures_are_einval)
{
	struct world world = WORLD();
	union argument arg;

	FOR_EACH_COMMAND {
		size_t size = _IOC_SIZE(c->request);

		for (size_t less = 0; less < size; less += less ? 1 : size - 1) {
			make_valid(c, &arg, &world);
			EXPECT_ERR(EINVAL,
				   ioctl(self->fd, resized(c->request, less),
					 &arg)) {
				TH_LOG("%s of %zu bytes", c->name, less);
			}
			EXPECT_SAME_WORLD(world, c->name);
		}
	}
}

TEST_F(uapi, long_structures_need_a_tail_of_zeroes)
{
	struct world world = WORLD();
	union argument arg;

	FOR_EACH_COMMAND {
		size_t size = _IOC_SIZE(c->request);
		unsigned long longer = resized(c->request, size + 8);

		for (size_t i = size; i < size + 8; i++) {
			make_valid(c, &arg, &world);
			arg.bytes[i] = 1;
			EXPECT_ERR(E2BIG, ioctl(self->fd, longer, &arg)) {
				TH_LOG("%s, byte %zu", c->name, i);
			}
		}
		EXPECT_SAME_WORLD(world, c->name);
	}
	FOR_EACH_COMMAND {
		size_t size = _IOC_SIZE(c->request);

		if (c->request == ALTSHM_IOC_REMOVE)
			continue;
		make_valid(c, &arg, &world);
		EXPECT_LE(0, rc(ioctl(self->fd, resized(c->request, size + 8),
				      &arg))) {
			TH_LOG("%s with zero tail", c->name);
		}
		for (size_t i = size; i < size + 8; i++)
			EXPECT_EQ(0, arg.bytes[i]);
	}
}

TEST_F(uapi, unknown_flags_and_pads_are_eopnotsupp)
{
	struct world world = WORLD();
	union argument arg;
	__u32 word;

	FOR_EACH_COMMAND {
		for (int bit = 0; bit < 64; bit++) {
			size_t at = bit < 32 ? c->flags : c->pad;

			word = 1U << bit % 32;
			if (at == NO_PAD || (bit < 32 && c->known_flags & word))
				continue;
			make_valid(c, &arg, &world);
			memcpy(arg.bytes + at, &word, sizeof(word));
			EXPECT_ERR(EOPNOTSUPP,
				   ioctl(self->fd, c->request, &arg)) {
				TH_LOG("%s, bit %d at %zu", c->name, bit, at);
			}
		}
		EXPECT_SAME_WORLD(world, c->name);
	}
}

TEST_F(uapi, bad_pointers_are_efault_and_change_nothing)
{
	void *bad[] = { NULL, (void *)8, (void *)-PAGE, (void *)(1UL << 63) };
	struct world world = WORLD();

	FOR_EACH_COMMAND {
		for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
			EXPECT_ERR(EFAULT,
				   ioctl(self->fd, c->request, bad[i])) {
				TH_LOG("%s at %p", c->name, bad[i]);
			}
		}
		EXPECT_SAME_WORLD(world, c->name);
	}
}

/* Two pages, the second with this protection. */
static char *page_pair(int prot)
{
	char *pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	mprotect(pages + PAGE, PAGE, prot);
	return pages;
}

TEST_F(uapi, structures_that_end_in_nothing_are_efault)
{
	char *edge = page_pair(PROT_NONE) + PAGE;
	struct world world = WORLD();
	union argument arg;

	FOR_EACH_COMMAND {
		size_t size = _IOC_SIZE(c->request);

		make_valid(c, &arg, &world);
		for (size_t part = 1; part < size; part++) {
			memcpy(edge - part, &arg, part);
			EXPECT_ERR(EFAULT,
				   ioctl(self->fd, c->request, edge - part)) {
				TH_LOG("%s, %zu bytes", c->name, part);
			}
		}
		EXPECT_SAME_WORLD(world, c->name);
	}
}

TEST_F(uapi, read_only_replies_are_efault_and_change_nothing)
{
	char *pages = page_pair(PROT_READ | PROT_WRITE);
	struct world world = WORLD();
	union argument arg;

	FOR_EACH_COMMAND {
		size_t size = _IOC_SIZE(c->request);

		for (size_t part = 0; part < c->results; part += 4) {
			char *at = pages + PAGE - part;

			make_valid(c, &arg, &world);
			mprotect(pages + PAGE, PAGE, PROT_READ | PROT_WRITE);
			memcpy(at, &arg, size);
			mprotect(pages + PAGE, PAGE, PROT_READ);
			EXPECT_ERR(EFAULT, ioctl(self->fd, c->request, at)) {
				TH_LOG("%s, %zu writable", c->name, part);
			}
			EXPECT_SAME_WORLD(world, c->name);
		}
	}
}

TEST_F(uapi, get_works_from_a_read_only_structure)
{
	char *pages = page_pair(PROT_READ | PROT_WRITE);
	struct altshm_get get = { .size = PAGE, .shmflg = 0600 };

	memcpy(pages, &get, sizeof(get));
	mprotect(pages, PAGE, PROT_READ);
	EXPECT_EQ(0, rc(ioctl(self->fd, ALTSHM_IOC_GET, pages)));
}

/* Whether a reply, asked for with two poisons, is the same both times. */
#define EXPECT_NO_POISON(type, request) do {			\
	struct type one_, two_;						\
									\
	memset(&one_, 0xcc, sizeof(one_));				\
	memset(&two_, 0x33, sizeof(two_));				\
	reset_##type(&one_);						\
	reset_##type(&two_);						\
	EXPECT_OK(ioctl(self->fd, request, &one_));			\
	EXPECT_OK(ioctl(self->fd, request, &two_));			\
	EXPECT_EQ(0, memcmp(&one_, &two_, sizeof(one_)));		\
} while (0)

static void reset_altshm_stat(struct altshm_stat *stat)
{
	stat->shmid = segment;
	stat->flags = 0;
	stat->pad = 0;
}

static void reset_altshm_info(struct altshm_info *info)
{
	info->flags = 0;
}

TEST_F(uapi, replies_are_written_in_full)
{
	WORLD();
	EXPECT_NO_POISON(altshm_stat, ALTSHM_IOC_STAT);
	EXPECT_NO_POISON(altshm_info, ALTSHM_IOC_INFO);
}

TEST_F(uapi, failed_calls_leave_the_structure_alone)
{
	struct altshm_stat stat, stat_before;
	struct altshm_attach attach, attach_before;
	struct altshm_limits limits, limits_before;

	WORLD();
	memset(&stat, 0xcc, sizeof(stat));
	reset_altshm_stat(&stat);
	stat.shmid++;
	stat_before = stat;
	EXPECT_ERR(EINVAL, ioctl(self->fd, ALTSHM_IOC_STAT, &stat));
	EXPECT_EQ(0, memcmp(&stat_before, &stat, sizeof(stat)));

	memset(&attach, 0, sizeof(attach));
	attach.shmid = segment + 1;
	attach.addr = 0x10000;
	attach_before = attach;
	EXPECT_ERR(EINVAL, ioctl(self->fd, ALTSHM_IOC_ATTACH, &attach));
	EXPECT_EQ(0, memcmp(&attach_before, &attach, sizeof(attach)));

	memset(&limits, 0xcc, sizeof(limits));
	limits.flags = ALTSHM_LIMITS_F_SET;
	limits_before = limits;
	EXPECT_ERR(EINVAL, ioctl(self->fd, ALTSHM_IOC_LIMITS, &limits));
	EXPECT_EQ(0, memcmp(&limits_before, &limits, sizeof(limits)));
}

TEST_F(uapi, stat_tells_the_whole_segment)
{
	struct altshm_stat stat;

	ASSERT_EQ(0, write_ul(SHM_NEXT_ID, 4 * 32768 + 9));
	segment = rc(shm.get(KEY, 100, IPC_CREAT | 0640));
	ASSERT_EQ(0, set_perm(segment, USER_A, GROUP_G, 0640));
	memset(&stat, 0xcc, sizeof(stat));
	stat.shmid = 9;
	stat.pad = 0;
	stat.flags = ALTSHM_STAT_F_INDEX | ALTSHM_STAT_F_ANY;
	EXPECT_OK(ioctl(self->fd, ALTSHM_IOC_STAT, &stat));
	EXPECT_EQ(segment, stat.shmid);
	EXPECT_EQ(KEY, stat.key);
	EXPECT_EQ(0640, stat.mode);
	EXPECT_EQ(USER_A, stat.uid);
	EXPECT_EQ(GROUP_G, stat.gid);
	EXPECT_EQ(0, stat.cuid);
	EXPECT_EQ(0, stat.cgid);
	EXPECT_EQ(getpid(), stat.cpid);
	EXPECT_EQ(0, stat.lpid);
	EXPECT_EQ(4, stat.seq);
	EXPECT_EQ(0, stat.pad);
	EXPECT_EQ(100, stat.size);
	EXPECT_EQ(0, stat.atime);
	EXPECT_EQ(0, stat.nattch);
	stat.shmid = 9;
	stat.flags = ALTSHM_STAT_F_ANY;
	EXPECT_ERR(EINVAL, ioctl(self->fd, ALTSHM_IOC_STAT, &stat));
}

TEST_F(uapi, rights_are_the_callers_and_not_the_openers)
{
	struct altshm_attach attach = { 0 };
	struct altshm_id id = { 0 };

	segment = new_segment(0600);
	attach.shmid = segment;
	id.shmid = segment;
	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		EXPECT_ERR(EACCES, ioctl(self->fd, ALTSHM_IOC_ATTACH, &attach));
		EXPECT_ERR(EPERM, ioctl(self->fd, ALTSHM_IOC_REMOVE, &id));
	}
	IN_CHILD {
		ASSERT_EQ(0, unshare(CLONE_NEWIPC));
		EXPECT_ERR(EINVAL, ioctl(self->fd, ALTSHM_IOC_REMOVE, &id));
	}
	EXPECT_NATTCH(0, segment);
}

TEST_F(uapi, access_mode_of_the_descriptor_does_not_matter)
{
	int modes[] = { O_RDONLY, O_WRONLY };

	for (int i = 0; i < 2; i++) {
		struct altshm_get get = { .size = PAGE, .shmflg = 0600 };
		struct altshm_attach attach = { 0 };
		int fd = open(ALTSHM_DEVICE, modes[i] | O_CLOEXEC);

		ASSERT_LE(0, fd);
		attach.shmid = rc(ioctl(fd, ALTSHM_IOC_GET, &get));
		ASSERT_EQ(i, attach.shmid);
		EXPECT_OK(ioctl(fd, ALTSHM_IOC_ATTACH, &attach));
		*(char *)attach.addr = 1;
		close(fd);
	}
}

TEST_F(uapi, device_is_for_everybody_and_nothing_but_ioctls)
{
	char byte;

	EXPECT_ERR(EINVAL, read(self->fd, &byte, 1));
	EXPECT_ERR(EINVAL, write(self->fd, "", 1));
	EXPECT_ERR(ENODEV, mmap(NULL, PAGE, PROT_READ, MAP_SHARED, self->fd, 0));
	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		EXPECT_LE(0, open(ALTSHM_DEVICE, O_RDWR | O_CLOEXEC));
	}
}

TEST_HARNESS_MAIN
