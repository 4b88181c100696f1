// SPDX-License-Identifier: GPL-2.0-only
/*
 * 32-bit programs beside 64-bit ones: they share segments, and each way of
 * calling shmctl has the structures that it has natively. "compat32" is the
 * 32-bit program.
 */
#include "command.h"
#include "shim.h"

FIXTURE(compat) {
	int id;
	char expected[512];
	char out[4096];
};

FIXTURE_VARIANT(compat) {
	bool altshm;
	/* Before a command line that calls libc, and one that calls past it. */
	const char *run;
	const char *trap;
};

FIXTURE_VARIANT_ADD(compat, sysv) {
	.run = "", .trap = "",
};

FIXTURE_VARIANT_ADD(compat, altshm) {
	.altshm = true,
	.run = "$altshm run --strict", .trap = "$altshm run --strict --trap",
};

#define NO_COMPAT32 "no compat32: no 32-bit compiler when the tests were built"
#define NO_RUNTIME "no 32-bit C library, or a kernel without 32-bit programs"

/* Runs compat32 as the variant wants it. */
#define COMPAT32(run, arguments) ({					\
	char line_[256];						\
									\
	snprintf(line_, sizeof(line_), "%s $dir/compat32 " arguments, run, \
		 self->id);						\
	SH(line_);							\
})

#define SETUP_COMPAT32() do {						\
	if (access(built_path("selftests/compat32"), X_OK))		\
		SKIP(_exit(255), NO_COMPAT32);				\
	if (SH("$dir/compat32 true 2>/dev/null"))			\
		SKIP(_exit(255), NO_RUNTIME);				\
} while (0)

FIXTURE_SETUP(compat)
{
	SETUP_IPC_NAMESPACE();
	use_native();
	if (variant->altshm)
		SETUP_ALTSHM();
	SETUP_COMPAT32();
	self->id = rc(shm.get(KEY, 5000, IPC_CREAT | 0640));
	ASSERT_LE(0, self->id);
}

FIXTURE_TEARDOWN(compat)
{
	remove_all();
	sysctl_restore();
}

static const struct {
	const char *name;
	bool trap;
	bool old;
} ways[] = {
	{ "libc", false, false },
	{ "time64", false, false },
	{ "libc-old", false, true },
	{ "kernel", true, false },
	{ "ipc", true, false },
	{ "ipc-old", true, true },
};

/* A user id as 16 bits show it. */
static unsigned int id16(unsigned int id, bool old)
{
	return old && id > 0xffff ? 65534 : id;
}

/* What compat32 has to print, by the 64-bit program's own view. */
static void describe(char *text, size_t size, const struct shmid_ds *ds, bool old)
{
	snprintf(text, size, "%d %u %u %u %u %o %u %zu %ld %ld %ld %u %u %lu\n",
		 ds->shm_perm.__key, id16(ds->shm_perm.uid, old), id16(ds->shm_perm.gid, old),
		 id16(ds->shm_perm.cuid, old), id16(ds->shm_perm.cgid, old), ds->shm_perm.mode,
		 ds->shm_perm.__seq, ds->shm_segsz, ds->shm_atime, ds->shm_dtime,
		 ds->shm_ctime, old ? ds->shm_cpid & 0xffff : ds->shm_cpid,
		 old ? ds->shm_lpid & 0xffff : ds->shm_lpid, ds->shm_nattch);
}

/* The command line for one way of calling. */
#define WAY(w, what) ({							\
	char line_[256];						\
									\
	snprintf(line_, sizeof(line_), "%s $dir/compat32 " what " %s %d", \
		 ways[w].trap ? variant->trap : variant->run, ways[w].name, self->id); \
	SH(line_);							\
})

/* rows: ABI-03 ABI-04 ABI-05 CTL-18 */
TEST_F(compat, every_layout_says_the_same)
{
	char *at = ATTACH(self->id, NULL, 0);
	struct shmid_ds ds;

	ASSERT_OK(set_perm(self->id, 70000, 65536, 0666));
	ds = STAT(self->id);
	EXPECT_EQ(1, ds.shm_nattch);
	for (unsigned int w = 0; w < ARRAY_SIZE(ways); w++) {
		describe(self->expected, sizeof(self->expected), &ds, ways[w].old);
		EXPECT_EQ(0, WAY(w, "stat"));
		EXPECT_STREQ(self->expected, self->out)
			TH_LOG("%s", ways[w].name);
	}
	EXPECT_OK(shm.dt(at));
}

/* rows: ABI-04 ABI-05 */
TEST_F(compat, every_layout_sets_owner_and_mode)
{
	struct shmid_ds ds;

	for (unsigned int w = 0; w < ARRAY_SIZE(ways); w++) {
		ASSERT_OK(set_perm(self->id, 0, 0, 0640));
		EXPECT_EQ(0, WAY(w, "set"));
		ds = STAT(self->id);
		describe(self->expected, sizeof(self->expected), &ds, ways[w].old);
		EXPECT_STREQ(self->expected, self->out)
			TH_LOG("%s", ways[w].name);
		EXPECT_EQ(1000, ds.shm_perm.uid);
		EXPECT_EQ(1001, ds.shm_perm.gid);
		EXPECT_EQ(0604, ds.shm_perm.mode);
	}
}

/* rows: ABI-04 CTL-04 */
TEST_F(compat, errors_are_the_same)
{
	for (unsigned int w = 0; w < ARRAY_SIZE(ways); w++) {
		EXPECT_EQ(0, WAY(w, "errors"))
			TH_LOG("%s: %s", ways[w].name, self->out);
	}
}

/* rows: ABI-06 */
TEST_F(compat, limits_are_clamped_or_cut)
{
	/* 0x1ffffffff pages: 0xffffffff in 32 bits */
	ASSERT_OK(sysctl_set(SHMALL, 0x1ffffffff));
	ASSERT_OK(sysctl_set(SHMMAX, 0x180000000));
	for (unsigned int w = 0; w < ARRAY_SIZE(ways); w++) {
		snprintf(self->expected, sizeof(self->expected), "%d 1 %lu %lu %u %d\n", INT_MAX,
			 read_ul(SHMMNI), read_ul(SHMMNI), 0xffffffff, ways[w].old ? 5 : 9);
		EXPECT_EQ(0, WAY(w, "limits"));
		EXPECT_STREQ(self->expected, self->out)
			TH_LOG("%s", ways[w].name);
	}
	ASSERT_OK(sysctl_set(SHMMAX, 4096));
	EXPECT_EQ(0, WAY(0, "limits"));
	EXPECT_EQ(0, strncmp("4096 ", self->out, 5));
}

/* rows: ABI-02 */
TEST_F(compat, totals_are_the_same)
{
	struct shm_info info = shm_info();

	snprintf(self->expected, sizeof(self->expected), "%d %lu %lu %lu\n", info.used_ids,
		 info.shm_tot, info.shm_rss, info.shm_swp);
	for (unsigned int w = 0; w < ARRAY_SIZE(ways); w++) {
		EXPECT_EQ(0, WAY(w, "totals"));
		EXPECT_STREQ(self->expected, self->out)
			TH_LOG("%s", ways[w].name);
	}
}

/* Starts compat32 with pipes for its input and output. */
static pid_t start_sharing(struct turns *turns, const char *run, const char *way, int id)
{
	char line[256];
	pid_t pid;

	if (turns_init(turns))
		return -1;
	pid = fork();
	if (pid)
		return pid;
	dup2(turns->to_child[0], STDIN_FILENO);
	dup2(turns->to_parent[1], STDOUT_FILENO);
	snprintf(line, sizeof(line), "exec %s $dir/compat32 share %s %d", run, way, id);
	execlp("sh", "sh", "-c", line, NULL);
	_exit(1);
}

/* rows: ABI-03 ABI-07 */
TEST_F(compat, both_share_a_segment)
{
	static const int sharing[] = { 0, 3, 4 };	/* of ways: libc, kernel, ipc */
	char *at = ATTACH(self->id, NULL, 0);
	struct shmid_ds ds;
	struct turns turns;
	char high[3] = "";
	pid_t pid;

	/* For the variables that the commands use. */
	ASSERT_EQ(0, SH("true"));
	for (unsigned int i = 0; i < ARRAY_SIZE(sharing); i++) {
		int w = sharing[i];

		strcpy(at, "from 64");
		pid = start_sharing(&turns, ways[w].trap ? variant->trap : variant->run,
				    ways[w].name, self->id);
		ASSERT_LT(0, pid);
		/* "1": attached above 2 GiB */
		ASSERT_EQ(2, read(turns.to_parent[0], high, 2))
			TH_LOG("%s", ways[w].name);
		EXPECT_STREQ("1\n", high)
			TH_LOG("%s", ways[w].name);
		EXPECT_STREQ("from 32", at);
		ds = STAT(self->id);
		EXPECT_EQ(2, ds.shm_nattch);
		EXPECT_EQ(pid, ds.shm_lpid);
		EXPECT_OK(let_child_go_on(&turns));
		EXPECT_EQ(0, wait_exit(pid));
		EXPECT_NATTCH(1, self->id);
	}
	EXPECT_OK(shm.dt(at));
}

TEST_F(compat, what_32_bits_made_is_shared_as_well)
{
	char line[64];
	char *at;
	int id;

	ASSERT_OK(shm.ctl(self->id, IPC_RMID, NULL));
	snprintf(line, sizeof(line), "%s $dir/compat32 make", variant->run);
	ASSERT_EQ(0, SH(line));
	id = atoi(self->out);
	EXPECT_EQ(id, shm.get(KEY, 5000, 0));
	at = ATTACH(id, NULL, 0);
	EXPECT_STREQ("made by 32", at);
	EXPECT_EQ(0640, STAT(id).shm_perm.mode);
	EXPECT_EQ(5000, STAT(id).shm_segsz);
	EXPECT_OK(shm.dt(at));
}

FIXTURE(device) {
	char out[4096];
};

FIXTURE_SETUP(device)
{
	SETUP_IPC_NAMESPACE();
	SETUP_DEVICE();
	SETUP_COMPAT32();
}

FIXTURE_TEARDOWN(device)
{
}

TEST_F(device, one_preload_entry_is_for_both_word_sizes)
{
	EXPECT_EQ(0, SH("$altshm run sh -c '$dir/compat32 true; exit $?' 2>&1"));
	EXPECT_STREQ("", self->out);
	EXPECT_EQ(0, SH("$altshm run --trap sh -c '$dir/compat32 true; exit $?' 2>&1"));
	EXPECT_STREQ("", self->out);
}

TEST_F(device, serves_32_bit_callers)
{
	EXPECT_EQ(0, SH("$dir/compat32 ioctls"))
		TH_LOG("%s", self->out);
}

TEST_F(device, failed_calls_of_32_bit_programs_are_explained)
{
	EXPECT_EQ(0, SH("$altshm run --strict --explain $dir/compat32 fail 2>&1 |\n"
			"sed -E 's/\\[[0-9]+\\]/[]/'"));
	EXPECT_STREQ("altshm: compat32[]: shmget(0x4d2, 4096, 0600) = -1 ENOENT (No such file or "
		     "directory): rule no-such-key: no segment of this IPC namespace has the key "
		     "0x4d2; IPC_CREAT would create one; is its maker on altshm too?\n"
		     "altshm: compat32[]: shmctl(7, IPC_RMID, NULL) = -1 EINVAL (Invalid argument): "
		     "rule no-such-id: no segment of this IPC namespace has the identifier 7\n",
		     self->out);
}

SHM_FIXTURE(abi);

static uint32_t word(const void *buf, size_t at)
{
	uint32_t value;

	memcpy(&value, (const char *)buf + at, sizeof(value));
	return value;
}

static uint64_t quad(const void *buf, size_t at)
{
	return word(buf, at) | (uint64_t)word(buf, at + 4) << 32;
}

/* rows: ABI-01 */
TEST_F(abi, shmid_ds_is_laid_out_as_the_kernel_has_it)
{
	int id = rc(shm.get(KEY, 5000, IPC_CREAT | 0640));
	char *at = ATTACH(id, NULL, 0);
	unsigned char buf[128];

	ASSERT_OK(set_perm(id, 1000, 1001, 0604));
	memset(buf, 0xcc, sizeof(buf));
	ASSERT_OK(shm.ctl(id, IPC_STAT, (struct shmid_ds *)buf));
	EXPECT_EQ(KEY, word(buf, 0));
	EXPECT_EQ(1000, word(buf, 4));
	EXPECT_EQ(1001, word(buf, 8));
	EXPECT_EQ(0, word(buf, 12));
	EXPECT_EQ(0, word(buf, 16));
	EXPECT_EQ(0604, word(buf, 20));
	EXPECT_EQ(5000, quad(buf, 48));
	EXPECT_TRUE(is_recent(quad(buf, 56), time(NULL) - 60));
	EXPECT_EQ(0, quad(buf, 64));
	EXPECT_TRUE(is_recent(quad(buf, 72), time(NULL) - 60));
	EXPECT_EQ(getpid(), word(buf, 80));
	EXPECT_EQ(getpid(), word(buf, 84));
	EXPECT_EQ(1, quad(buf, 88));
	EXPECT_EQ(0, quad(buf, 96));
	EXPECT_EQ(0, quad(buf, 104));
	EXPECT_EQ(0xcccccccc, word(buf, 112));
	EXPECT_OK(shm.dt(at));
}

/* rows: ABI-02 */
TEST_F(abi, unused_words_of_limits_and_totals_are_zero)
{
	unsigned char buf[80];

	memset(buf, 0xcc, sizeof(buf));
	ASSERT_LE(0, shm.ctl(0, IPC_INFO, (struct shmid_ds *)buf));
	for (size_t at = 40; at < 72; at += 8)
		EXPECT_EQ(0, quad(buf, at));
	EXPECT_EQ(0xcccccccc, word(buf, 72));
	memset(buf, 0xcc, sizeof(buf));
	ASSERT_LE(0, shm.ctl(0, SHM_INFO, (struct shmid_ds *)buf));
	EXPECT_EQ(0, word(buf, 4));
	EXPECT_EQ(0, quad(buf, 32));
	EXPECT_EQ(0, quad(buf, 40));
	EXPECT_EQ(0xcccccccc, word(buf, 48));
}

/* rows: ABI-08 */
TEST_F(abi, address_0_is_success)
{
	int id = new_segment(0600);

	ASSERT_LE(0, id);
	EXPECT_EQ(NULL, shm.at(id, (void *)1, SHM_RND));
	EXPECT_NATTCH(1, id);
	EXPECT_OK(shm.dt(NULL));
	EXPECT_EQ((void *)-1, shm.at(id, (void *)1, 0));
}

TEST_HARNESS_MAIN
