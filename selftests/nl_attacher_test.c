// SPDX-License-Identifier: GPL-2.0-only
/*
 * Netlink: who has a segment attached, however it came by the mapping.
 */
#include <pthread.h>
#include <sys/mman.h>

#include "common.h"
#include "huge.h"
#include "nl.h"

#define A(name) ALTSHM_A_ATTACHER_##name
#define MOST 64

FIXTURE(nl_attacher) {
	struct nl *nl;
};

FIXTURE_SETUP(nl_attacher)
{
	SETUP_IPC_NAMESPACE();
	SETUP_ALTSHM();
	self->nl = nl_open();
	ASSERT_NE(NULL, self->nl) TH_LOG("netlink: %m");
}

FIXTURE_TEARDOWN(nl_attacher)
{
	nl_close(self->nl);
	remove_all();
	sysctl_restore();
}

/* All that a dump shows of a segment; the number of them, or -errno. */
static int list(struct nl *nl, int id, struct nl_attrs *found)
{
	struct nl_attrs one;
	uint16_t flags = 0;
	int count = 0, more = nl_dump(nl, ALTSHM_CMD_ATTACHER_GET, id);

	while (!more && (more = nl_dump_next(nl, &one, &flags)) > 0) {
		if (count < MOST)
			found[count] = one;
		count++;
		more = 0;
	}
	return more ?: count;
}

static const struct nl_attrs *find(const struct nl_attrs *found, int count, pid_t pid,
				   const void *start)
{
	for (int i = 0; i < count && i < MOST; i++)
		if ((pid_t)found[i].num[A(PID)] == pid &&
		    found[i].num[A(START)] == (uintptr_t)start)
			return &found[i];
	return NULL;
}

#define EXPECT_COUNT(n, id) EXPECT_EQ(n, list(self->nl, id, found))

TEST_F(nl_attacher, each_mapping_is_told)
{
	int id = new_sized(4 * PAGE, 0600), other = new_segment(0600);
	struct nl_attrs found[MOST];
	time_t before = time(NULL);
	const struct nl_attrs *one;
	char *write, *read;

	EXPECT_COUNT(0, id);
	write = ATTACH(id, NULL, 0);
	ASSERT_EQ(0, prctl(PR_SET_NAME, "na\033[31m\n\"\\x"));
	read = ATTACH(id, NULL, SHM_RDONLY);
	ATTACH(other, NULL, 0);
	EXPECT_COUNT(2, id);
	one = find(found, 2, getpid(), write);
	ASSERT_NE(NULL, one);
	for (int attr = A(ID); attr <= A(MAX); attr++) {
		EXPECT_TRUE(one->has[attr]) TH_LOG("no attribute %d", attr);
	}
	EXPECT_EQ(id, (int)one->num[A(ID)]);
	EXPECT_STREQ("na\033[31m\n\"\\x", one->text[A(COMM)]);
	EXPECT_GE(16, one->len[A(COMM)]);
	EXPECT_EQ(0, one->num[A(UID)]);
	EXPECT_EQ((uintptr_t)write + 4 * PAGE, one->num[A(END)]);
	EXPECT_EQ(0, one->num[A(OFFSET)]);
	EXPECT_EQ(4 * PAGE, one->num[A(LENGTH)]);
	EXPECT_EQ(0, one->num[A(FLAGS)]);
	EXPECT_LE(before, (time_t)one->num[A(SINCE)]);
	EXPECT_GE(time(NULL), (time_t)one->num[A(SINCE)]);
	one = find(found, 2, getpid(), read);
	ASSERT_NE(NULL, one);
	EXPECT_EQ(ALTSHM_ATTACHER_FLAG_READ_ONLY, one->num[A(FLAGS)]);
	/* What can be written to but is not now is not read-only. */
	ASSERT_EQ(0, mprotect(write, 4 * PAGE, PROT_READ));
	EXPECT_COUNT(2, id);
	EXPECT_EQ(0, find(found, 2, getpid(), write)->num[A(FLAGS)]);
	ASSERT_OK(shm.dt(write));
	EXPECT_COUNT(1, id);
	ASSERT_OK(shm.dt(read));
	EXPECT_COUNT(0, id);
}

TEST_F(nl_attacher, parts_and_moved_mappings_are_told)
{
	int id = new_sized(4 * PAGE, 0600);
	struct nl_attrs found[MOST];
	const struct nl_attrs *one;
	time_t since;
	char *mem = ATTACH(id, NULL, 0), *place, *moved;

	EXPECT_COUNT(1, id);
	since = found[0].num[A(SINCE)];
	next_second();
	ASSERT_EQ(0, munmap(mem + PAGE, PAGE));
	EXPECT_COUNT(2, id);
	one = find(found, 2, getpid(), mem);
	ASSERT_NE(NULL, one);
	EXPECT_EQ(PAGE, one->num[A(LENGTH)]);
	EXPECT_EQ(since, (time_t)one->num[A(SINCE)]);
	one = find(found, 2, getpid(), mem + 2 * PAGE);
	ASSERT_NE(NULL, one);
	EXPECT_EQ(2 * PAGE, one->num[A(LENGTH)]);
	EXPECT_EQ(2 * PAGE, one->num[A(OFFSET)]);
	EXPECT_EQ(since, (time_t)one->num[A(SINCE)]);
	ASSERT_EQ(0, munmap(mem, PAGE));
	place = mmap(NULL, 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, (void *)place);
	moved = mremap(mem + 2 * PAGE, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, place);
	ASSERT_EQ(place, moved);
	EXPECT_COUNT(1, id);
	one = find(found, 1, getpid(), moved);
	ASSERT_NE(NULL, one);
	EXPECT_EQ(2 * PAGE, one->num[A(OFFSET)]);
	EXPECT_EQ(since, (time_t)one->num[A(SINCE)]);
}

/* Ends when the pipe it was given does. */
static int wait_for_end(void *fd)
{
	char byte;

	return read(*(int *)fd, &byte, 1);
}

static void *thread_waits(void *fd)
{
	wait_for_end(fd);
	return NULL;
}

/* By way of map_files its file can be mapped by itself, which is no attach. */
TEST_F(nl_attacher, mappings_of_the_backing_are_not_told)
{
	int id = new_segment(0600), fd;
	char *mem = ATTACH(id, NULL, 0), *mapped;
	struct nl_attrs found[MOST];
	char path[80];

	snprintf(path, sizeof(path), "/proc/self/map_files/%lx-%lx", (unsigned long)mem,
		 (unsigned long)mem + PAGE);
	fd = open(path, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, fd);
	mapped = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, mapped);
	EXPECT_COUNT(1, id);
	ASSERT_OK(shm.dt(mem));
	EXPECT_COUNT(0, id);
}

TEST_F(nl_attacher, processes_are_told_not_threads)
{
	int id = new_segment(0600), hold[2], told[2];
	struct nl_attrs found[MOST];
	static char stack[65536];
	const struct nl_attrs *one;
	char *mem = ATTACH(id, NULL, 0), byte;
	pid_t child, shares;
	pthread_t thread;
	time_t since;

	ASSERT_EQ(0, pipe(hold));
	ASSERT_EQ(0, pipe(told));
	EXPECT_COUNT(1, id);
	since = found[0].num[A(SINCE)];
	next_second();
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		close(hold[1]);
		prctl(PR_SET_NAME, "child");
		write(told[1], "", 1);
		_exit(wait_for_end(&hold[0]));
	}
	ASSERT_EQ(1, read(told[0], &byte, 1));
	ASSERT_EQ(0, pthread_create(&thread, NULL, thread_waits, &hold[0]));
	EXPECT_COUNT(2, id);
	one = find(found, 2, child, mem);
	ASSERT_NE(NULL, one);
	EXPECT_STREQ("child", one->text[A(COMM)]);
	EXPECT_LT(since, (time_t)one->num[A(SINCE)]);
	one = find(found, 2, getpid(), mem);
	ASSERT_NE(NULL, one);
	EXPECT_EQ(since, (time_t)one->num[A(SINCE)]);

	/* Of two processes with one address space, one is told. */
	shares = clone(wait_for_end, stack + sizeof(stack), CLONE_VM | SIGCHLD, &hold[0]);
	ASSERT_LE(0, shares);
	EXPECT_COUNT(2, id);
	write(hold[1], "...", 3);
	EXPECT_EQ(child, waitpid(child, NULL, 0));
	EXPECT_EQ(shares, waitpid(shares, NULL, 0));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_COUNT(1, id);
	EXPECT_EQ(getpid(), (pid_t)found[0].num[A(PID)]);
}

TEST_F(nl_attacher, exec_lets_go)
{
	int id = new_segment(0600), in[2], out[2];
	struct nl_attrs found[MOST];
	char byte;
	pid_t child;

	ATTACH(id, NULL, 0);
	ASSERT_EQ(0, pipe(in));
	ASSERT_EQ(0, pipe(out));
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		close(in[1]);
		execlp("cat", "cat", NULL);
		_exit(1);
	}
	/* When it answers it has become another program. */
	ASSERT_EQ(1, write(in[1], "x", 1));
	ASSERT_EQ(1, read(out[0], &byte, 1));
	EXPECT_COUNT(1, id);
	EXPECT_EQ(getpid(), (pid_t)found[0].num[A(PID)]);
	close(in[1]);
	EXPECT_EQ(child, waitpid(child, NULL, 0));
}

TEST_F(nl_attacher, pids_are_the_askers)
{
	int id = new_segment(0600), hold[2], told[2];
	struct nl_attrs found[MOST];
	const struct nl_attrs *one;
	char *mem, byte;
	pid_t child;

	mem = ATTACH(id, NULL, 0);
	ASSERT_EQ(0, pipe(hold));
	ASSERT_EQ(0, pipe(told));
	ASSERT_EQ(0, unshare(CLONE_NEWPID));
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		close(hold[1]);
		/* Not seen from in here: the parent. */
		EXPECT_COUNT(2, id);
		EXPECT_NE(NULL, find(found, 2, 1, mem));
		one = find(found, 2, 0, NULL);
		ASSERT_NE(NULL, one);
		EXPECT_FALSE(one->has[A(COMM)]);
		EXPECT_FALSE(one->has[A(UID)]);
		EXPECT_FALSE(one->has[A(START)]);
		EXPECT_FALSE(one->has[A(END)]);
		EXPECT_EQ(PAGE, one->num[A(LENGTH)]);
		write(told[1], "", 1);
		wait_for_end(&hold[0]);
		_exit(test_failed());
	}
	ASSERT_EQ(1, read(told[0], &byte, 1));
	EXPECT_COUNT(2, id);
	EXPECT_NE(NULL, find(found, 2, child, mem));
	EXPECT_NE(NULL, find(found, 2, getpid(), mem));
	write(hold[1], "", 1);
	EXPECT_EQ(0, wait_exit(child));
}

TEST_F(nl_attacher, mappings_of_huge_pages_are_told)
{
	struct nl_attrs found[MOST];
	const struct nl_attrs *one;
	char *mem, *place, *moved;
	time_t since;
	pid_t child;
	int id, hold[2];
	size_t huge;

	NEED_HUGE_PAGES(1);
	huge = huge_size();
	id = new_sized(huge, SHM_HUGETLB | 0600);
	place = ATTACH(id, NULL, 0);
	since = time(NULL);
	mem = ATTACH(id, NULL, 0);
	mem[0] = 1;
	EXPECT_COUNT(2, id);
	one = find(found, 2, getpid(), mem);
	ASSERT_NE(NULL, one);
	EXPECT_EQ(huge, one->num[A(LENGTH)]);
	/* The kernel keeps it where swapping has a field. */
	if (access("/proc/swaps", F_OK)) {
		EXPECT_FALSE(one->has[A(SINCE)]);
		return;
	}
	EXPECT_LE(since, (time_t)one->num[A(SINCE)]);
	EXPECT_GE(time(NULL), (time_t)one->num[A(SINCE)]);
	since = one->num[A(SINCE)];

	next_second();
	moved = mremap(mem, huge, huge, MREMAP_MAYMOVE | MREMAP_FIXED, place);
	ASSERT_EQ(place, moved);
	ASSERT_EQ(0, pipe(hold));
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		close(hold[1]);
		_exit(wait_for_end(&hold[0]));
	}
	EXPECT_COUNT(2, id);
	one = find(found, 2, getpid(), moved);
	ASSERT_NE(NULL, one);
	EXPECT_EQ(since, (time_t)one->num[A(SINCE)]);
	one = find(found, 2, child, moved);
	ASSERT_NE(NULL, one);
	EXPECT_LT(since, (time_t)one->num[A(SINCE)]);
	close(hold[1]);
	EXPECT_EQ(child, waitpid(child, NULL, 0));
}

/* A process of USER_A that has the segment attached; ends with the pipe. */
static pid_t holder(int id, int *hold, bool dumpable)
{
	int told[2];
	char byte;
	pid_t pid;

	if (pipe(told) || pipe(hold))
		return -1;
	pid = fork();
	if (!pid) {
		close(hold[1]);
		if (become(USER_A, GROUP_G) || has_failed(shm.at(id, NULL, 0)) ||
		    prctl(PR_SET_DUMPABLE, dumpable))
			_exit(1);
		write(told[1], "", 1);
		_exit(wait_for_end(&hold[0]));
	}
	close(told[1]);
	return read(told[0], &byte, 1) == 1 ? pid : -1;
}

/* Who may look, and sees the address. */
TEST_F(nl_attacher, rights_to_see)
{
	int id = new_segment(0666), hold[2];
	struct nl_attrs found[MOST];
	struct nl *theirs;

	for (int dumpable = 0; dumpable < 2; dumpable++) {
		pid_t pid = holder(id, hold, dumpable);

		ASSERT_LT(0, pid);
		EXPECT_COUNT(1, id);
		EXPECT_TRUE(found[0].has[A(START)]);
		EXPECT_EQ(USER_A, found[0].num[A(UID)]);
		IN_CHILD {
			ASSERT_EQ(0, become(USER_A, GROUP_G));
			nl_close(self->nl);
			self->nl = nl_open();
			EXPECT_COUNT(1, id);
			EXPECT_EQ(pid, (pid_t)found[0].num[A(PID)]);
			EXPECT_EQ(dumpable, found[0].has[A(START)]);
			EXPECT_EQ(dumpable, found[0].has[A(END)]);
		}
		IN_CHILD {
			ASSERT_EQ(0, become(USER_B, GROUP_H));
			/* A socket that root opened helps nobody. */
			EXPECT_COUNT(1, id);
			EXPECT_FALSE(found[0].has[A(START)]);
			EXPECT_EQ(PAGE, found[0].num[A(LENGTH)]);
		}
		ASSERT_EQ(0, setresuid(-1, USER_B, -1));
		theirs = nl_open();
		ASSERT_EQ(0, setresuid(-1, 0, -1));
		EXPECT_EQ(1, list(theirs, id, found));
		EXPECT_FALSE(found[0].has[A(START)]);
		EXPECT_FALSE(found[0].has[A(END)]);
		nl_close(theirs);
		close(hold[1]);
		EXPECT_EQ(0, wait_exit(pid));
		close(hold[0]);
	}
}

TEST_F(nl_attacher, rights_to_ask)
{
	struct nl_attrs found[MOST];
	int id = new_segment(0600);
	struct nl *theirs;

	ATTACH(id, NULL, 0);
	IN_CHILD {
		ASSERT_EQ(0, become(USER_B, GROUP_H));
		EXPECT_COUNT(-EACCES, id);
	}
	ASSERT_EQ(0, setresuid(-1, USER_B, -1));
	theirs = nl_open();
	ASSERT_EQ(0, setresuid(-1, 0, -1));
	EXPECT_EQ(-EACCES, list(theirs, id, found));
	ASSERT_EQ(0, set_perm(id, 0, 0, 0644));
	EXPECT_EQ(1, list(theirs, id, found));
	ASSERT_EQ(0, set_perm(id, 0, 0, 0));
	EXPECT_EQ(-EACCES, list(theirs, id, found));
	EXPECT_COUNT(1, id);
	IN_CHILD {
		ASSERT_EQ(0, become_with_cap(USER_B, GROUP_H, CAP_SYS_ADMIN));
		nl_close(self->nl);
		self->nl = nl_open();
		/* The other is this child's. */
		EXPECT_COUNT(2, id);
	}
	nl_close(theirs);
}

TEST_F(nl_attacher, malformed_requests_are_refused)
{
	struct nl_attrs found[MOST];
	int id = new_segment(0600);
	struct nlmsghdr *head;

	EXPECT_COUNT(-EINVAL, id + 1);
	EXPECT_COUNT(-EINVAL, -1);
	nl_request(self->nl, ALTSHM_CMD_ATTACHER_GET, NLM_F_DUMP);
	EXPECT_EQ(-EINVAL, nl_do(self->nl, NULL));
	head = nl_request(self->nl, ALTSHM_CMD_ATTACHER_GET, NLM_F_DUMP);
	mnl_attr_put_u64(head, A(ID), id);
	EXPECT_EQ(-EINVAL, nl_do(self->nl, NULL));
	head = nl_request(self->nl, ALTSHM_CMD_ATTACHER_GET, NLM_F_DUMP);
	mnl_attr_put_u32(head, A(ID), id);
	mnl_attr_put_u32(head, A(PID), 1);
	EXPECT_EQ(-EINVAL, nl_do(self->nl, NULL));
	ASSERT_EQ(0, unshare(CLONE_NEWIPC));
	EXPECT_COUNT(-EINVAL, id);
}

#define MANY 2000

TEST_F(nl_attacher, dump_says_when_it_was_interrupted)
{
	struct nl_attrs found[MOST], one;
	int id = new_segment(0600);
	char *mem = ATTACH(id, NULL, 0);
	uint16_t flags = 0;

	for (int i = 1; i < MANY; i++)
		ATTACH(id, NULL, 0);
	EXPECT_COUNT(MANY, id);
	for (int change = 0; change < 2; change++) {
		flags = 0;
		ASSERT_EQ(0, nl_dump(self->nl, ALTSHM_CMD_ATTACHER_GET, id));
		ASSERT_EQ(1, nl_dump_next(self->nl, &one, &flags));
		if (change)
			ASSERT_OK(shm.dt(mem));
		while (nl_dump_next(self->nl, &one, &flags) > 0)
			;
		EXPECT_EQ(change ? NLM_F_DUMP_INTR : 0, flags & NLM_F_DUMP_INTR);
	}
	EXPECT_COUNT(MANY - 1, id);
}

#define LARGE (8UL << 20)

/* The segment goes while a dump is not read to its end. */
TEST_F(nl_attacher, half_read_dump_keeps_no_memory)
{
	long before = meminfo("Shmem");
	struct nl_attrs found[MOST], one;
	int id = new_sized(LARGE, 0600);
	uint16_t flags = 0;
	char *mem[MANY];

	for (int i = 0; i < MANY; i++)
		mem[i] = ATTACH(id, NULL, 0);
	memset(mem[0], 1, LARGE);
	EXPECT_LE(before + (long)(LARGE / 1024 / 2), meminfo("Shmem"));
	ASSERT_EQ(0, nl_dump(self->nl, ALTSHM_CMD_ATTACHER_GET, id));
	ASSERT_EQ(1, nl_dump_next(self->nl, &one, &flags));
	for (int i = 0; i < MANY; i++)
		ASSERT_OK(shm.dt(mem[i]));
	ASSERT_OK(shm.ctl(id, IPC_RMID, NULL));
	EXPECT_GE(before + (long)(LARGE / 1024 / 2), meminfo("Shmem"));
	while (nl_dump_next(self->nl, &one, &flags) > 0)
		;
	EXPECT_EQ(NLM_F_DUMP_INTR, flags & NLM_F_DUMP_INTR);
	EXPECT_COUNT(-EINVAL, id);
}

/* They are those of who asked, whoever reads. */
TEST_F(nl_attacher, rights_are_needed_all_along)
{
	int id = new_segment(0644), count = 1, more;
	struct nl_attrs one;
	uint16_t flags = 0;
	struct nl *theirs;

	for (int i = 0; i < MANY; i++)
		ATTACH(id, NULL, 0);
	ASSERT_EQ(0, nl_dump(self->nl, ALTSHM_CMD_ATTACHER_GET, id));
	ASSERT_EQ(1, nl_dump_next(self->nl, &one, &flags));
	ASSERT_EQ(0, setresuid(-1, USER_B, -1));
	theirs = nl_open();
	while ((more = nl_dump_next(self->nl, &one, &flags)) > 0)
		count++;
	ASSERT_EQ(0, setresuid(-1, 0, -1));
	EXPECT_EQ(0, more);
	EXPECT_EQ(MANY, count);

	ASSERT_NE(NULL, theirs);
	ASSERT_EQ(0, nl_dump(theirs, ALTSHM_CMD_ATTACHER_GET, id));
	ASSERT_EQ(1, nl_dump_next(theirs, &one, &flags));
	ASSERT_EQ(0, set_perm(id, 0, 0, 0600));
	while ((more = nl_dump_next(theirs, &one, &flags)) > 0)
		;
	EXPECT_EQ(-EACCES, more);
	nl_close(theirs);
}

TEST_HARNESS_MAIN
