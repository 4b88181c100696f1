// SPDX-License-Identifier: GPL-2.0-only
/*
 * Transparent huge pages as a property of a segment, while the system-wide switch
 * says that shared memory has none. There is nothing native to compare with.
 */
#include <linux/altshm.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "command.h"
#include "huge.h"
#include "nl.h"
#include "swap.h"
#include "thp.h"

#define SIZE		(8 * MIB)
#define PARAMETER	"/sys/module/altshm/parameters/thp"

FIXTURE(thp) {
	int fd;
	struct nl *nl;
	char old[32];
	char out[4096];
};

static int get(int fd, key_t key, size_t size, int shmflg, unsigned int flags)
{
	struct altshm_get get = {
		.key = key, .size = size, .shmflg = shmflg, .flags = flags,
	};

	return rc(ioctl(fd, ALTSHM_IOC_GET, &get));
}

static int new_thp(int fd, size_t size)
{
	return get(fd, IPC_PRIVATE, size, 0600, ALTSHM_GET_F_THP);
}

static bool has_feature(int fd)
{
	struct altshm_info info = {};

	return !ioctl(fd, ALTSHM_IOC_INFO, &info) && info.features & ALTSHM_FEATURE_THP;
}

static long vmstat(const char *name)
{
	FILE *file = fopen("/proc/vmstat", "re");
	long value, found = -1;
	char line[128], word[64];

	while (file && found < 0 && fgets(line, sizeof(line), file))
		if (sscanf(line, "%63s %ld", word, &value) == 2 && !strcmp(word, name))
			found = value;
	if (file)
		fclose(file);
	return found;
}

/* Whether memory is too scattered for huge pages, by the kernel's own count. */
static bool none_to_be_had(int fd)
{
	long before = vmstat("thp_file_fallback");
	int id = new_thp(fd, SIZE);
	char *mem = shm.at(id, NULL, 0);

	write_file("/proc/sys/vm/compact_memory", "1");
	memset(mem, 1, SIZE);
	shm.dt(mem);
	shm.ctl(id, IPC_RMID, NULL);
	return vmstat("thp_file_fallback") > before;
}

FIXTURE_SETUP(thp)
{
	SETUP_IPC_NAMESPACE();
	SETUP_ALTSHM();
	self->fd = open(ALTSHM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	/* A module that finds none where the kernel has the switch is a broken one. */
	if (set_shmem_enabled("never", self->old, sizeof(self->old)))
		SKIP(_exit(SKIP_STATUS), "kernel without transparent huge pages");
	ASSERT_TRUE(has_feature(self->fd));
	if (none_to_be_had(self->fd)) {
		write_file(SHMEM_ENABLED, self->old);
		SKIP(_exit(SKIP_STATUS), "no huge page to be had: memory is too scattered");
	}
	self->nl = nl_open();
	ASSERT_NE(NULL, self->nl);
}

FIXTURE_TEARDOWN(thp)
{
	write_file(SHMEM_ENABLED, self->old);
	write_file(PARAMETER, "N");
	remove_all();
	sysctl_restore();
	nl_close(self->nl);
	close(self->fd);
}

#define A(name) ALTSHM_A_SEGMENT_##name

#define LOOK(id) ({							\
	struct nl_attrs look_;						\
									\
	ASSERT_EQ(0, nl_segment(self->nl, ALTSHM_CMD_SEGMENT_GET, id, &look_)); \
	look_; })

/* A segment with the wish, attached and written to from end to end. */
#define FILLED(id, size) ({						\
	char *filled_;							\
									\
	id = new_thp(self->fd, size);					\
	filled_ = ATTACH(id, NULL, 0);					\
	memset(filled_, 1, size);					\
	filled_; })

TEST_F(thp, wish_is_granted_and_only_to_who_has_it)
{
	int id, other = new_sized(SIZE, 0600);
	char *mem = FILLED(id, SIZE), *plain = ATTACH(other, NULL, 0), *view;
	struct nl_attrs look = LOOK(id);

	EXPECT_EQ(0, (unsigned long)mem % THP_SIZE);
	EXPECT_EQ(SIZE, huge_bytes(mem));
	EXPECT_EQ(ALTSHM_SEGMENT_FLAG_THP, look.num[A(FLAGS)]);
	EXPECT_EQ(SIZE, look.num[A(HUGE)]);
	EXPECT_EQ(SIZE, look.num[A(RSS)]);
	EXPECT_EQ(ALTSHM_BACKING_SHMEM, look.num[A(BACKING)]);
	EXPECT_EQ(PAGE, look.num[A(PAGE_SIZE)]);
	EXPECT_EQ(SIZE, STAT(id).shm_segsz);

	memset(plain, 1, SIZE);
	EXPECT_EQ(0, huge_bytes(plain));
	EXPECT_EQ(0, LOOK(other).num[A(FLAGS)]);
	EXPECT_EQ(0, LOOK(other).num[A(HUGE)]);
	EXPECT_EQ(2 * SIZE / PAGE, shm_info().shm_rss);

	view = ATTACH(id, NULL, SHM_RDONLY);
	EXPECT_EQ(1, view[SIZE - 1]);
	EXPECT_EQ(THP_SIZE, huge_bytes(view));
}

/* The wish is one of a creator; who finds the segment has it as it is. */
TEST_F(thp, existing_segments_stay_as_they_are)
{
	int id = rc(shm.get(KEY, SIZE, IPC_CREAT | 0600));
	char *mem = ATTACH(id, NULL, 0);

	EXPECT_EQ(id, get(self->fd, KEY, SIZE, IPC_CREAT | 0600, ALTSHM_GET_F_THP));
	mem[0] = 1;
	EXPECT_EQ(1, shm_info().shm_rss);
	EXPECT_EQ(0, LOOK(id).num[A(FLAGS)]);
	EXPECT_EQ(-EEXIST, get(self->fd, KEY, SIZE, IPC_CREAT | IPC_EXCL | 0600, ALTSHM_GET_F_THP));
	EXPECT_EQ(-EOPNOTSUPP, get(self->fd, KEY, SIZE, 0600, ALTSHM_GET_F_THP << 1));
}

TEST_F(thp, memory_is_never_more_than_the_size)
{
	static const size_t sizes[] = {
		1, PAGE, THP_SIZE / 2, THP_SIZE - PAGE, THP_SIZE - 1, THP_SIZE, THP_SIZE + 1,
		2 * THP_SIZE - PAGE, 2 * THP_SIZE + MIB + 1,
	};

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		size_t whole = (sizes[i] + PAGE - 1) / PAGE * PAGE;
		size_t huge = whole / THP_SIZE * THP_SIZE;
		struct nl_attrs look;
		char *mem;
		int id;

		mem = FILLED(id, sizes[i]);
		look = LOOK(id);
		EXPECT_EQ(whole, look.num[A(RSS)]) TH_LOG("size %zu", sizes[i]);
		EXPECT_EQ(huge, look.num[A(HUGE)]) TH_LOG("size %zu", sizes[i]);
		EXPECT_EQ(huge, huge_bytes(mem)) TH_LOG("size %zu", sizes[i]);
		ASSERT_OK(shm.dt(mem));
		ASSERT_OK(shm.ctl(id, IPC_RMID, NULL));
	}
	EXPECT_EQ(0, shm_info().shm_rss);
}

/* A touch brings in one huge page, as small ones are brought in one by one. */
TEST_F(thp, nothing_is_there_before_it_is_touched)
{
	int id = new_thp(self->fd, SIZE);
	char *mem = ATTACH(id, NULL, 0);

	EXPECT_EQ(0, shm_info().shm_rss);
	EXPECT_EQ(0, mem[THP_SIZE + 1]);
	EXPECT_EQ(THP_SIZE / PAGE, shm_info().shm_rss);
	EXPECT_EQ(THP_SIZE, LOOK(id).num[A(HUGE)]);
}

TEST_F(thp, memory_comes_back)
{
	long shmem = meminfo("Shmem"), huge = meminfo("ShmemHugePages");
	int id;
	char *mem = FILLED(id, SIZE);

	EXPECT_LE(huge + (long)SIZE / 1024, meminfo("ShmemHugePages"));
	ASSERT_OK(shm.ctl(id, IPC_RMID, NULL));
	EXPECT_LE(huge + (long)SIZE / 1024, meminfo("ShmemHugePages"));
	ASSERT_OK(shm.dt(mem));
	EXPECT_EQ(0, shm_info().used_ids);
	EXPECT_EQ(huge, meminfo("ShmemHugePages"));
	EXPECT_GT(shmem + (long)MIB / 1024, meminfo("Shmem"));
}

TEST_F(thp, totals_and_lists_count_huge_pages)
{
	struct nl_attrs attrs;
	uint16_t flags = 0;
	unsigned long huge = 0;
	int id, error;

	FILLED(id, SIZE);
	memset(ATTACH(new_sized(THP_SIZE, 0600), NULL, 0), 1, THP_SIZE);
	ASSERT_EQ(0, nl_simple(self->nl, ALTSHM_CMD_USAGE_GET, &attrs));
	EXPECT_EQ(SIZE, attrs.num[ALTSHM_A_USAGE_HUGE]);
	EXPECT_EQ(SIZE + THP_SIZE, attrs.num[ALTSHM_A_USAGE_RSS]);
	ASSERT_EQ(0, nl_dump(self->nl, ALTSHM_CMD_SEGMENT_GET, 0));
	while ((error = nl_dump_next(self->nl, &attrs, &flags)) == 1)
		huge += attrs.num[A(HUGE)];
	EXPECT_EQ(0, error);
	EXPECT_EQ(SIZE, huge);
}

/* As large as attaches can be, with two touched huge pages far apart. */
TEST_F(thp, counting_does_not_take_longer_for_what_is_sparse)
{
	const size_t size = 1UL << 46;
	int id = get(self->fd, IPC_PRIVATE, size, SHM_NORESERVE | 0600, ALTSHM_GET_F_THP);
	char *mem;

	ASSERT_LE(0, id);
	mem = ATTACH(id, NULL, 0);
	mem[0] = 1;
	mem[size - 1] = 1;
	EXPECT_EQ(2 * THP_SIZE, LOOK(id).num[A(HUGE)]);
	EXPECT_EQ(2 * THP_SIZE, LOOK(id).num[A(RSS)]);
}

TEST_F(thp, contents_are_shared_across_fork)
{
	int id;
	char *mem = FILLED(id, SIZE);

	IN_CHILD {
		EXPECT_EQ(1, mem[SIZE - 1]);
		mem[THP_SIZE] = 42;
		EXPECT_EQ(2 * THP_SIZE, huge_bytes(mem));
		EXPECT_NATTCH(2, id);
	}
	EXPECT_EQ(42, mem[THP_SIZE]);
	EXPECT_NATTCH(1, id);
}

/* An address of the caller's choice, which huge pages need not fit. */
TEST_F(thp, any_address_serves)
{
	int id = new_thp(self->fd, SIZE);
	char *room = mmap(NULL, 2 * SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *mem;

	ASSERT_OK(munmap(room, 2 * SIZE));
	room += THP_SIZE - (unsigned long)room % THP_SIZE;
	mem = ATTACH(id, room, SHM_EXEC);
	EXPECT_EQ(room, mem);
	EXPECT_STREQ("rwxs", maps_prot(mem));
	memset(mem, 3, SIZE);
	EXPECT_EQ(SIZE, huge_bytes(mem));
	ASSERT_OK(shm.dt(mem));
	mem = ATTACH(id, room + PAGE, 0);
	EXPECT_EQ(room + PAGE, mem);
	EXPECT_EQ(3, mem[SIZE - 1]);
	EXPECT_EQ(0, huge_bytes(mem));
	EXPECT_EQ(SIZE, LOOK(id).num[A(HUGE)]);
	ASSERT_OK(shm.dt(mem));
	/* Who touches a page first decides; whether it comes small then depends on the kernel. */
	id = new_thp(self->fd, SIZE);
	mem = ATTACH(id, room + PAGE, 0);
	memset(mem, 4, SIZE);
	EXPECT_EQ(0, huge_bytes(mem));
	EXPECT_EQ(SIZE, LOOK(id).num[A(RSS)]);
}

TEST_F(thp, mappings_split_anywhere)
{
	int id;
	char *mem = FILLED(id, SIZE);

	mem[THP_SIZE + 2 * PAGE] = 7;
	ASSERT_OK(munmap(mem + THP_SIZE + PAGE, PAGE));
	ASSERT_OK(mprotect(mem + PAGE, PAGE, PROT_READ));
	EXPECT_NATTCH(4, id);
	EXPECT_EQ(7, mem[THP_SIZE + 2 * PAGE]);
	EXPECT_EQ(1, mem[PAGE]);
	EXPECT_EQ(SIZE / PAGE, shm_info().shm_rss);
	ASSERT_OK(madvise(mem + 2 * THP_SIZE, PAGE, MADV_REMOVE));
	EXPECT_EQ(0, mem[2 * THP_SIZE]);
	EXPECT_EQ(1, mem[2 * THP_SIZE + PAGE]);
	EXPECT_OK(shm.dt(mem));
	EXPECT_NATTCH(0, id);
}

TEST_F(thp, locking_charges_the_size_and_keeps_pages)
{
	int id;
	char *mem;

	IN_CHILD {
		ASSERT_EQ(0, set_limit(RLIMIT_MEMLOCK, SIZE));
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		EXPECT_EQ(-ENOMEM, rc(shm.ctl(new_thp(self->fd, SIZE + 1), SHM_LOCK, NULL)));
		id = new_thp(self->fd, SIZE);
		EXPECT_OK(shm.ctl(id, SHM_LOCK, NULL));
		mem = ATTACH(id, NULL, 0);
		memset(mem, 1, SIZE);
		EXPECT_EQ(SIZE, huge_bytes(mem));
		EXPECT_OK(madvise(mem, SIZE, MADV_PAGEOUT));
		EXPECT_EQ(SIZE / PAGE, shm_info().shm_rss);
		EXPECT_EQ(ALTSHM_SEGMENT_FLAG_THP | ALTSHM_SEGMENT_FLAG_LOCKED,
			  LOOK(id).num[A(FLAGS)]);
		EXPECT_OK(shm.ctl(id, SHM_UNLOCK, NULL));
	}
}

TEST_F(thp, swap_takes_pages_and_brings_them_back)
{
	int id;
	char *mem = FILLED(id, 2 * THP_SIZE);
	unsigned long pages = 2 * THP_SIZE / PAGE;

	ASSERT_EQ(0, swap_begin());
	for (int i = 0; i < 20 && shm_info().shm_swp < pages / 2; i++) {
		EXPECT_OK(madvise(mem, 2 * THP_SIZE, MADV_PAGEOUT));
		usleep(10000);
	}
	EXPECT_LE(pages / 2, shm_info().shm_swp);
	EXPECT_EQ(pages, shm_info().shm_swp + shm_info().shm_rss);
	EXPECT_GE(LOOK(id).num[A(RSS)], LOOK(id).num[A(HUGE)]);
	for (size_t i = 0; i < 2 * THP_SIZE; i += PAGE)
		ASSERT_EQ(1, mem[i]);
	swap_end();
}

/* What the memory of new segments is committed by is their size, not their pages. */
TEST_F(thp, commitment_is_that_of_small_pages)
{
	long before = meminfo("Committed_AS"), slack = 2 * MIB / 1024;

	ASSERT_LE(0, new_thp(self->fd, 64 * MIB));
	EXPECT_LE(before + 64 * (long)MIB / 1024 - slack, meminfo("Committed_AS"));
	before = meminfo("Committed_AS");
	ASSERT_LE(0, get(self->fd, IPC_PRIVATE, 64 * MIB, SHM_NORESERVE | 0600, ALTSHM_GET_F_THP));
	EXPECT_GT(before + slack, meminfo("Committed_AS"));
	EXPECT_EQ(-ENOMEM, get(self->fd, IPC_PRIVATE, 1UL << 50, 0600, ALTSHM_GET_F_THP));
}

TEST_F(thp, deny_is_obeyed)
{
	char *mem, ignored[32];
	int id;

	ASSERT_EQ(0, set_shmem_enabled("deny", ignored, sizeof(ignored)));
	mem = FILLED(id, SIZE);
	EXPECT_EQ(0, huge_bytes(mem));
	EXPECT_EQ(0, LOOK(id).num[A(HUGE)]);
	EXPECT_EQ(SIZE, LOOK(id).num[A(RSS)]);
}

TEST_F(thp, huge_page_pools_go_first)
{
	int id;

	NEED_HUGE_PAGES(1);
	id = get(self->fd, IPC_PRIVATE, huge_size(), SHM_HUGETLB | 0600, ALTSHM_GET_F_THP);
	ASSERT_LE(0, id);
	EXPECT_EQ(1, huge_reserved());
	EXPECT_EQ(ALTSHM_BACKING_HUGETLB, LOOK(id).num[A(BACKING)]);
	EXPECT_EQ(0, LOOK(id).num[A(FLAGS)]);
}

TEST_F(thp, parameter_of_the_module_wishes_for_all)
{
	char *mem;

	if (access(PARAMETER, W_OK))
		SKIP(return, "altshm is no loaded module");
	ASSERT_EQ(0, write_file(PARAMETER, "Y"));
	mem = ATTACH(new_sized(SIZE, 0600), NULL, 0);
	ASSERT_EQ(0, write_file(PARAMETER, "N"));
	memset(mem, 1, SIZE);
	EXPECT_EQ(SIZE, huge_bytes(mem));
	mem = ATTACH(new_sized(SIZE, 0600), NULL, 0);
	mem[0] = 1;
	EXPECT_EQ(0, huge_bytes(mem));
}

TEST_F(thp, function_of_the_library)
{
	int (*get2)(key_t key, size_t size, int shmflg, unsigned int flags);
	void *lib = dlopen(built_path("libaltshm.so"), RTLD_NOW);
	int id;

	ASSERT_NE(NULL, lib);
	*(void **)&get2 = dlsym(lib, "altshm_get2");
	ASSERT_NE(NULL, get2);
	id = get2(IPC_PRIVATE, SIZE, 0600, ALTSHM_GET_F_THP);
	EXPECT_EQ(ALTSHM_SEGMENT_FLAG_THP, LOOK(id).num[A(FLAGS)]);
	EXPECT_EQ(0, LOOK(get2(IPC_PRIVATE, SIZE, 0600, 0)).num[A(FLAGS)]);
	EXPECT_EQ(-EOPNOTSUPP, get2(IPC_PRIVATE, SIZE, 0600, 1U << 31));
}

/* A program that knows nothing of it: this one, run with --fill. */
TEST_F(thp, unmodified_programs_have_it_by_run)
{
	EXPECT_EQ(0, SH("$altshm run $self --fill"));
	EXPECT_STREQ("0\n", self->out);
	EXPECT_EQ(0, SH("$altshm run --thp $self --fill"));
	EXPECT_STREQ("8388608\n", self->out);
	EXPECT_EQ(0, SH("$altshm run --trap --thp sh -c '$self --fill'"));
	EXPECT_STREQ("8388608\n", self->out);
	EXPECT_EQ(0, SH("$altshm run --thp --explain env ALTSHM_THP=0 $self --fill"));
	EXPECT_STREQ("0\n", self->out);
}

TEST_F(thp, command_shows_it)
{
	int id = get(self->fd, KEY, SIZE + PAGE, IPC_CREAT | 0600, ALTSHM_GET_F_THP);

	memset(ATTACH(id, NULL, 0), 1, SIZE + PAGE);
	EXPECT_EQ(0, SH("$altshm show --key 0x616c7473"));
	EXPECT_SAYS("status     thp\n");
	EXPECT_SAYS("in memory  8.0M, 8.0M of it in huge pages\n");
	EXPECT_EQ(0, SH("$altshm show -j --key 0x616c7473"));
	EXPECT_SAYS("\"huge\":8388608,");
	EXPECT_SAYS("\"thp\":true");
	EXPECT_EQ(0, SH("$altshm ls -c id,huge,rss"));
	EXPECT_SAYS(" 8388608      8392704\n");
}

/* Prints how much of a segment is mapped by huge pages. */
static int fill(void)
{
	int id = shmget(IPC_PRIVATE, SIZE, 0600);
	char *mem = shmat(id, NULL, 0);

	if (has_failed(mem))
		return errno;
	memset(mem, 1, SIZE);
	printf("%ld\n", huge_bytes(mem));
	return shmctl(id, IPC_RMID, NULL);
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--fill"))
		return fill();
	return test_harness_run(argc, argv);
}
