// SPDX-License-Identifier: GPL-2.0-only
/*
 * Netlink: segments shown and removed, totals, and what malformed requests get.
 */
#include <pthread.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "common.h"
#include "huge.h"
#include "nl.h"

FIXTURE(nl_segment) {
	struct nl *nl;
};

FIXTURE_SETUP(nl_segment)
{
	SETUP_IPC_NAMESPACE();
	SETUP_ALTSHM();
	self->nl = nl_open();
	ASSERT_NE(NULL, self->nl) TH_LOG("netlink: %m");
}

FIXTURE_TEARDOWN(nl_segment)
{
	nl_close(self->nl);
	remove_all();
	sysctl_restore();
}

#define A(name) ALTSHM_A_SEGMENT_##name

/* What is told of a segment that is there. */
#define LOOK(id) ({							\
	struct nl_attrs look_;						\
									\
	ASSERT_EQ(0, nl_segment(self->nl, ALTSHM_CMD_SEGMENT_GET, id, &look_)); \
	look_; })

TEST_F(nl_segment, one_is_shown_as_ipc_stat_has_it)
{
	int id = rc(shm.get(KEY, PAGE + 1, IPC_CREAT | 0640));
	char *mem = ATTACH(id, NULL, 0);
	struct nl_attrs look;
	struct shmid_ds ds;

	mem[0] = 1;
	ASSERT_EQ(0, set_perm(id, USER_A, GROUP_G, 0604));
	ds = STAT(id);
	look = LOOK(id);
	EXPECT_EQ(ALTSHM_CMD_SEGMENT_GET, look.cmd);
	EXPECT_EQ(id, (int)look.num[A(ID)]);
	EXPECT_EQ(KEY, (int)look.num[A(KEY)]);
	EXPECT_EQ(PAGE + 1, look.num[A(SIZE)]);
	EXPECT_EQ(0604, look.num[A(MODE)]);
	EXPECT_EQ(USER_A, look.num[A(UID)]);
	EXPECT_EQ(GROUP_G, look.num[A(GID)]);
	EXPECT_EQ(0, look.num[A(CUID)]);
	EXPECT_EQ(0, look.num[A(CGID)]);
	EXPECT_EQ(getpid(), (pid_t)look.num[A(CPID)]);
	EXPECT_EQ(getpid(), (pid_t)look.num[A(LPID)]);
	EXPECT_EQ(ds.shm_atime, (time_t)look.num[A(ATIME)]);
	EXPECT_EQ(0, look.num[A(DTIME)]);
	EXPECT_EQ(ds.shm_ctime, (time_t)look.num[A(CTIME)]);
	EXPECT_EQ(1, look.num[A(NATTCH)]);
	EXPECT_EQ(PAGE, look.num[A(RSS)]);
	EXPECT_EQ(0, look.num[A(SWAP)]);
	EXPECT_EQ(0, look.num[A(HUGE)]);
	EXPECT_EQ(ALTSHM_BACKING_SHMEM, look.num[A(BACKING)]);
	EXPECT_EQ(PAGE, look.num[A(PAGE_SIZE)]);
	EXPECT_EQ(0, look.num[A(FLAGS)]);
	for (int attr = A(ID); attr <= A(FLAGS); attr++) {
		EXPECT_TRUE(look.has[attr]) TH_LOG("no attribute %d", attr);
	}
}

TEST_F(nl_segment, flags_tell_what_is_no_number)
{
	int id = rc(shm.get(KEY, PAGE, IPC_CREAT | SHM_NORESERVE | 0600));
	int child = -1, sync[2];

	ATTACH(id, NULL, 0);
	EXPECT_EQ(ALTSHM_SEGMENT_FLAG_NORESERVE, LOOK(id).num[A(FLAGS)]);
	ASSERT_OK(shm.ctl(id, SHM_LOCK, NULL));
	EXPECT_EQ(ALTSHM_SEGMENT_FLAG_NORESERVE | ALTSHM_SEGMENT_FLAG_LOCKED,
		  LOOK(id).num[A(FLAGS)]);
	ASSERT_OK(shm.ctl(id, IPC_RMID, NULL));
	EXPECT_EQ(ALTSHM_SEGMENT_FLAG_NORESERVE | ALTSHM_SEGMENT_FLAG_LOCKED |
		  ALTSHM_SEGMENT_FLAG_REMOVED, LOOK(id).num[A(FLAGS)]);
	EXPECT_EQ(0, LOOK(id).num[A(KEY)]);

	/* A creator that is there, then one not waited for, then one that is gone. */
	ASSERT_EQ(0, pipe(sync));
	id = new_segment(0600);
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		id = new_segment(0600);
		write(sync[1], &id, sizeof(id));
		pause();
	}
	ASSERT_EQ(sizeof(id), read(sync[0], &id, sizeof(id)));
	EXPECT_EQ(0, LOOK(id).num[A(FLAGS)]);
	EXPECT_EQ(child, (int)LOOK(id).num[A(CPID)]);
	ASSERT_EQ(0, kill(child, SIGKILL));
	ASSERT_EQ(0, waitid(P_PID, child, &(siginfo_t) {}, WEXITED | WNOWAIT));
	EXPECT_EQ(ALTSHM_SEGMENT_FLAG_CREATOR_GONE | ALTSHM_SEGMENT_FLAG_ORPHAN,
		  LOOK(id).num[A(FLAGS)]);
	ASSERT_EQ(child, waitpid(child, NULL, 0));
	EXPECT_EQ(ALTSHM_SEGMENT_FLAG_CREATOR_GONE | ALTSHM_SEGMENT_FLAG_ORPHAN,
		  LOOK(id).num[A(FLAGS)]);
	ATTACH(id, NULL, 0);
	EXPECT_EQ(ALTSHM_SEGMENT_FLAG_CREATOR_GONE, LOOK(id).num[A(FLAGS)]);
}

static void *run_on(void *unused)
{
	pause();
	return NULL;
}

TEST_F(nl_segment, creator_whose_first_thread_ended_is_not_gone)
{
	char path[64], state = 0;
	int id, child, sync[2];
	pthread_t thread;

	ASSERT_EQ(0, pipe(sync));
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		id = new_segment(0600);
		pthread_create(&thread, NULL, run_on, NULL);
		write(sync[1], &id, sizeof(id));
		pthread_exit(NULL);
	}
	ASSERT_EQ(sizeof(id), read(sync[0], &id, sizeof(id)));
	snprintf(path, sizeof(path), "/proc/%d/stat", child);
	for (time_t end = time(NULL) + 10; state != 'Z' && time(NULL) < end;)
		sscanf(read_line(path), "%*d (%*[^)]) %c", &state);
	EXPECT_EQ('Z', state);
	EXPECT_EQ(0, LOOK(id).num[A(FLAGS)]);
	ASSERT_EQ(0, kill(child, SIGKILL));
	ASSERT_EQ(child, waitpid(child, NULL, 0));
	EXPECT_EQ(ALTSHM_SEGMENT_FLAG_CREATOR_GONE | ALTSHM_SEGMENT_FLAG_ORPHAN,
		  LOOK(id).num[A(FLAGS)]);
}

TEST_F(nl_segment, malformed_requests_are_refused)
{
	struct nlmsghdr *head;
	struct nl_attrs look;
	int id = new_segment(0600);

	for (int cmd = ALTSHM_CMD_SEGMENT_GET; cmd <= ALTSHM_CMD_SEGMENT_REMOVE; cmd++) {
		EXPECT_EQ(-EINVAL, nl_simple(self->nl, cmd, &look));
		EXPECT_EQ(-EINVAL, nl_segment(self->nl, cmd, id + 1, &look));
		EXPECT_EQ(-EINVAL, nl_segment(self->nl, cmd, -1, &look));
		EXPECT_EQ(-EINVAL, nl_segment(self->nl, cmd, INT_MAX, &look));
		head = nl_request(self->nl, cmd, 0);
		mnl_attr_put_u16(head, A(ID), id);
		EXPECT_EQ(-EINVAL, nl_do(self->nl, &look));
		head = nl_request(self->nl, cmd, 0);
		mnl_attr_put_u64(head, A(ID), id);
		EXPECT_EQ(-EINVAL, nl_do(self->nl, &look));
		for (int attr = A(KEY); attr <= A(MAX) + 1; attr++) {
			bool flag = cmd == ALTSHM_CMD_SEGMENT_REMOVE && attr == A(ORPHAN_ONLY);

			head = nl_request(self->nl, cmd, 0);
			mnl_attr_put_u32(head, A(ID), id);
			mnl_attr_put_u32(head, attr, 0);
			EXPECT_EQ(flag ? -ERANGE : -EINVAL, nl_do(self->nl, &look))
				TH_LOG("attribute %d", attr);
		}
	}
	EXPECT_EQ(-EOPNOTSUPP, nl_simple(self->nl, 0, &look));
	EXPECT_EQ(-EOPNOTSUPP, nl_simple(self->nl, ALTSHM_CMD_EVENT, &look));
	EXPECT_EQ(-EOPNOTSUPP, nl_simple(self->nl, ALTSHM_CMD_MAX + 1, &look));
	EXPECT_EQ(-EOPNOTSUPP, nl_simple(self->nl, ALTSHM_CMD_ATTACHER_GET, &look));
	nl_request(self->nl, ALTSHM_CMD_SEGMENT_REMOVE, NLM_F_DUMP);
	EXPECT_EQ(-EOPNOTSUPP, nl_do(self->nl, &look));
	EXPECT_EQ(0, STAT(id).shm_nattch);
}

TEST_F(nl_segment, anybody_may_look)
{
	int id = new_segment(0);

	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		EXPECT_EQ(PAGE, LOOK(id).num[A(SIZE)]);
		nl_close(self->nl);
		self->nl = nl_open();
		ASSERT_NE(NULL, self->nl);
		EXPECT_EQ(PAGE, LOOK(id).num[A(SIZE)]);
	}
}

/* A socket that somebody else, without rights, made in this process. */
static struct nl *open_as(uid_t uid)
{
	struct nl *nl;

	if (setresuid(-1, uid, -1))
		return NULL;
	nl = nl_open();
	return setresuid(-1, 0, -1) ? NULL : nl;
}

TEST_F(nl_segment, removal_needs_owner_creator_or_root)
{
	struct nl_attrs none;
	int id = new_segment(0666);

	ASSERT_EQ(0, set_perm(id, USER_A, GROUP_G, 0666));
	IN_CHILD {
		ASSERT_EQ(0, become(USER_B, GROUP_G));
		nl_close(self->nl);
		self->nl = nl_open();
		EXPECT_EQ(-EPERM, nl_segment(self->nl, ALTSHM_CMD_SEGMENT_REMOVE, id, &none));
		EXPECT_EQ(PAGE, LOOK(id).num[A(SIZE)]);
	}
	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		nl_close(self->nl);
		self->nl = nl_open();
		EXPECT_EQ(0, nl_segment(self->nl, ALTSHM_CMD_SEGMENT_REMOVE, id, &none));
	}
	EXPECT_ERR(EINVAL, shm.ctl(id, IPC_STAT, &(struct shmid_ds) {}));

	/* The creator stays entitled; and root is, to what others have. */
	for (int root = 0; root < 2; root++) {
		IN_CHILD {
			ASSERT_EQ(0, become(USER_A, GROUP_G));
			id = rc(shm.get(KEY, PAGE, IPC_CREAT | 0600));
			ASSERT_EQ(0, set_perm(id, USER_B, GROUP_H, 0600));
			if (!root) {
				nl_close(self->nl);
				self->nl = nl_open();
				EXPECT_EQ(0, nl_segment(self->nl, ALTSHM_CMD_SEGMENT_REMOVE, id,
							&none));
			}
		}
		if (root) {
			id = rc(shm.get(KEY, 0, 0));
			EXPECT_EQ(0, nl_segment(self->nl, ALTSHM_CMD_SEGMENT_REMOVE, id, &none));
		}
		EXPECT_ERR(ENOENT, shm.get(KEY, 0, 0));
	}
}

TEST_F(nl_segment, both_sender_and_socket_need_the_right)
{
	struct nl *theirs = open_as(USER_A);
	struct nl_attrs none;
	int id = new_segment(0600);

	ASSERT_NE(NULL, theirs);
	EXPECT_EQ(-EPERM, nl_segment(theirs, ALTSHM_CMD_SEGMENT_REMOVE, id, &none));
	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		EXPECT_EQ(-EPERM, nl_segment(self->nl, ALTSHM_CMD_SEGMENT_REMOVE, id, &none));
	}
	EXPECT_EQ(0, STAT(id).shm_nattch);
	ASSERT_EQ(0, set_perm(id, USER_A, GROUP_G, 0600));
	EXPECT_EQ(0, nl_segment(theirs, ALTSHM_CMD_SEGMENT_REMOVE, id, &none));
	EXPECT_ERR(EINVAL, shm.ctl(id, IPC_STAT, &(struct shmid_ds) {}));
	nl_close(theirs);
}

static int remove_orphan(struct nl *nl, int id)
{
	struct nlmsghdr *head = nl_request(nl, ALTSHM_CMD_SEGMENT_REMOVE, 0);

	mnl_attr_put_u32(head, A(ID), id);
	mnl_attr_put(head, A(ORPHAN_ONLY), 0, NULL);
	return nl_do(nl, NULL);
}

TEST_F(nl_segment, orphan_only_leaves_others_alone)
{
	struct nl *theirs = open_as(USER_A);
	int own = new_segment(0600), orphan = -1;
	char *mem;

	EXPECT_EQ(-EBUSY, remove_orphan(self->nl, own));
	IN_CHILD {
		ASSERT_LE(0, rc(shm.get(KEY, PAGE, IPC_CREAT | 0600)));
	}
	orphan = rc(shm.get(KEY, 0, 0));
	mem = ATTACH(orphan, NULL, 0);
	EXPECT_EQ(-EBUSY, remove_orphan(self->nl, orphan));
	/* Rights come first. */
	EXPECT_EQ(-EPERM, remove_orphan(theirs, orphan));
	ASSERT_OK(shm.dt(mem));
	EXPECT_EQ(-EPERM, remove_orphan(theirs, orphan));
	EXPECT_EQ(0, STAT(orphan).shm_nattch);
	EXPECT_EQ(0, remove_orphan(self->nl, orphan));
	EXPECT_EQ(-EINVAL, remove_orphan(self->nl, orphan));
	EXPECT_EQ(0, STAT(own).shm_nattch);
	nl_close(theirs);
}

#define EXPECT_WORDS(words) EXPECT_STREQ(words, self->nl->message)

/* Linux 6.1 has no way for a dump that does not begin to say why. */
static bool dumps_have_words(void)
{
	struct utsname name;

	return !uname(&name) && strncmp(name.release, "6.1.", 4);
}

#define EXPECT_WORDS_OF_DUMP(words) EXPECT_WORDS(dumps_have_words() ? words : "")

TEST_F(nl_segment, refusals_are_told_in_words)
{
	struct nl_attrs none;
	uint16_t flags = 0;
	int id = new_segment(0600);

	EXPECT_EQ(0, nl_segment(self->nl, ALTSHM_CMD_SEGMENT_GET, id, &none));
	EXPECT_WORDS("");
	for (int cmd = ALTSHM_CMD_SEGMENT_GET; cmd <= ALTSHM_CMD_SEGMENT_REMOVE; cmd++) {
		for (int wrong = -1; wrong <= 1; wrong += 2) {
			EXPECT_EQ(-EINVAL, nl_segment(self->nl, cmd, id + wrong, &none));
			EXPECT_WORDS("no segment of this IPC namespace has the identifier");
		}
	}
	EXPECT_EQ(-EBUSY, remove_orphan(self->nl, id));
	EXPECT_WORDS("the segment is no orphan");
	ASSERT_EQ(0, nl_dump(self->nl, ALTSHM_CMD_ATTACHER_GET, id + 1));
	EXPECT_EQ(-EINVAL, nl_dump_next(self->nl, &none, &flags));
	EXPECT_WORDS_OF_DUMP("no segment of this IPC namespace has the identifier");
	nl_request(self->nl, ALTSHM_CMD_ATTACHER_GET, NLM_F_DUMP);
	EXPECT_EQ(-EINVAL, nl_do(self->nl, NULL));
	EXPECT_WORDS_OF_DUMP("no identifier of a segment is given");
	EXPECT_EQ(-EINVAL, nl_simple(self->nl, ALTSHM_CMD_LIMITS_SET, NULL));
	EXPECT_WORDS("no limit is given, or one both given and to follow");
	mnl_attr_put_u32(nl_request(self->nl, ALTSHM_CMD_LIMITS_SET, 0), ALTSHM_A_LIMITS_SHMMNI,
			 1048577);
	EXPECT_EQ(-EINVAL, nl_do(self->nl, NULL));
	EXPECT_WORDS("shmmni is 1048576 at most");

	IN_CHILD {
		ASSERT_EQ(0, become(USER_B, GROUP_G));
		EXPECT_EQ(-EPERM, nl_segment(self->nl, ALTSHM_CMD_SEGMENT_REMOVE, id, &none));
		EXPECT_WORDS("needs the owner, the creator, or CAP_SYS_ADMIN");
		ASSERT_EQ(0, nl_dump(self->nl, ALTSHM_CMD_ATTACHER_GET, id));
		EXPECT_EQ(-EACCES, nl_dump_next(self->nl, &none, &flags));
		EXPECT_WORDS_OF_DUMP("needs read permission on the segment, or CAP_SYS_ADMIN");
		mnl_attr_put_u32(nl_request(self->nl, ALTSHM_CMD_LIMITS_SET, 0),
				 ALTSHM_A_LIMITS_SHMMNI, 1);
		EXPECT_EQ(-EPERM, nl_do(self->nl, NULL));
		EXPECT_WORDS("needs CAP_SYS_RESOURCE over the IPC namespace");
	}
}

/* How many segments a dump shows. */
static int dump_count(struct nl *nl, uint16_t *flags)
{
	struct nl_attrs look;
	int count = 0, more = nl_dump(nl, ALTSHM_CMD_SEGMENT_GET, 0);

	*flags = 0;
	if (more)
		return more;
	while ((more = nl_dump_next(nl, &look, flags)) > 0)
		count += look.cmd == ALTSHM_CMD_SEGMENT_GET && look.has[A(FLAGS)];
	return more ?: count;
}

TEST_F(nl_segment, namespace_is_the_senders)
{
	int old = open("/proc/self/ns/ipc", O_RDONLY | O_CLOEXEC);
	struct nl_attrs none;
	uint16_t flags;
	int id = new_segment(0600);

	EXPECT_EQ(1, dump_count(self->nl, &flags));
	ASSERT_EQ(0, unshare(CLONE_NEWIPC));
	EXPECT_EQ(0, dump_count(self->nl, &flags));
	EXPECT_EQ(-EINVAL, nl_segment(self->nl, ALTSHM_CMD_SEGMENT_GET, id, &none));
	EXPECT_EQ(-EINVAL, nl_segment(self->nl, ALTSHM_CMD_SEGMENT_REMOVE, id, &none));
	new_sized(3 * PAGE, 0600);
	new_sized(3 * PAGE, 0600);
	EXPECT_EQ(2, dump_count(self->nl, &flags));
	EXPECT_EQ(3 * PAGE, LOOK(id).num[A(SIZE)]);
	ASSERT_EQ(0, setns(old, CLONE_NEWIPC));
	EXPECT_EQ(1, dump_count(self->nl, &flags));
	EXPECT_EQ(PAGE, LOOK(id).num[A(SIZE)]);

	/* A network namespace has no say. */
	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	EXPECT_EQ(1, dump_count(self->nl, &flags));
	nl_close(self->nl);
	self->nl = nl_open();
	ASSERT_NE(NULL, self->nl);
	EXPECT_EQ(1, dump_count(self->nl, &flags));
	EXPECT_EQ(PAGE, LOOK(id).num[A(SIZE)]);
	EXPECT_EQ(0, nl_segment(self->nl, ALTSHM_CMD_SEGMENT_REMOVE, id, &none));
}

TEST_F(nl_segment, user_and_pid_namespaces_are_the_senders)
{
	struct nl_attrs none;
	int id = new_segment(0600), own;

	ASSERT_EQ(0, set_perm(id, USER_A, GROUP_G, 0600));
	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		ASSERT_EQ(0, enter_userns(0));
		EXPECT_EQ(0, LOOK(id).num[A(UID)]);
		EXPECT_EQ(0, LOOK(id).num[A(GID)]);
		EXPECT_EQ(65534, LOOK(id).num[A(CUID)]);
		EXPECT_EQ(65534, LOOK(id).num[A(CGID)]);
	}
	IN_CHILD {
		ASSERT_EQ(0, unshare(CLONE_NEWPID));
		IN_CHILD {
			EXPECT_EQ(0, LOOK(id).num[A(CPID)]);
			own = new_segment(0600);
			EXPECT_EQ(1, LOOK(own).num[A(CPID)]);
		}
	}
	/* Root of a user namespace is so only over IPC namespaces made in it. */
	IN_CHILD {
		ASSERT_EQ(0, become(USER_B, GROUP_G));
		ASSERT_EQ(0, enter_userns(0));
		nl_close(self->nl);
		self->nl = nl_open();
		EXPECT_EQ(-EPERM, nl_segment(self->nl, ALTSHM_CMD_SEGMENT_REMOVE, id, &none));
	}
	EXPECT_EQ(PAGE, LOOK(id).num[A(SIZE)]);
}

#define MANY 1000

TEST_F(nl_segment, dump_says_when_it_was_interrupted)
{
	struct nl_attrs look;
	uint16_t flags;
	int last;

	EXPECT_EQ(0, dump_count(self->nl, &flags));
	EXPECT_EQ(0, flags & NLM_F_DUMP_INTR);
	for (int i = 0; i < MANY; i++)
		last = new_segment(0600);
	EXPECT_EQ(MANY, dump_count(self->nl, &flags));
	EXPECT_EQ(0, flags & NLM_F_DUMP_INTR);

	for (int i = 0; i < 2; i++) {
		flags = 0;
		ASSERT_EQ(0, nl_dump(self->nl, ALTSHM_CMD_SEGMENT_GET, 0));
		ASSERT_EQ(1, nl_dump_next(self->nl, &look, &flags));
		if (i) {
			ASSERT_OK(shm.ctl(last, IPC_RMID, NULL));
		} else {
			last = new_segment(0600);
		}
		while (nl_dump_next(self->nl, &look, &flags) > 0)
			;
		EXPECT_EQ(NLM_F_DUMP_INTR, flags & NLM_F_DUMP_INTR);
	}
	EXPECT_EQ(MANY, dump_count(self->nl, &flags));
	EXPECT_EQ(0, flags & NLM_F_DUMP_INTR);
}

/* It goes on with what it began with, whoever reads it, and can be left alone. */
TEST_F(nl_segment, dump_keeps_its_namespace)
{
	struct nl_attrs look;
	uint16_t flags = 0;
	int count = 0;

	for (int i = 0; i < MANY; i++)
		new_segment(0600);
	ASSERT_EQ(0, nl_dump(self->nl, ALTSHM_CMD_SEGMENT_GET, 0));
	ASSERT_EQ(0, unshare(CLONE_NEWIPC));
	new_sized(3 * PAGE, 0600);
	while (nl_dump_next(self->nl, &look, &flags) > 0)
		count += look.num[A(SIZE)] == PAGE;
	EXPECT_EQ(MANY, count);
	ASSERT_EQ(0, nl_dump(self->nl, ALTSHM_CMD_SEGMENT_GET, 0));
}

TEST_F(nl_segment, huge_pages_are_told)
{
	struct nl_attrs usage;
	size_t huge = huge_size();
	char *mem;
	int id;

	NEED_HUGE_PAGES(2);
	id = new_sized(2 * huge, SHM_HUGETLB | 0600);
	ASSERT_EQ(0, id);
	EXPECT_EQ(ALTSHM_BACKING_HUGETLB, LOOK(id).num[A(BACKING)]);
	EXPECT_EQ(huge, LOOK(id).num[A(PAGE_SIZE)]);
	EXPECT_EQ(0, LOOK(id).num[A(RSS)]);
	mem = ATTACH(id, NULL, 0);
	mem[huge] = 1;
	EXPECT_EQ(huge, LOOK(id).num[A(RSS)]);
	EXPECT_EQ(huge, LOOK(id).num[A(HUGE)]);
	EXPECT_EQ(0, nl_simple(self->nl, ALTSHM_CMD_USAGE_GET, &usage));
	EXPECT_EQ(huge, usage.num[ALTSHM_A_USAGE_HUGE]);
	EXPECT_EQ(huge, usage.num[ALTSHM_A_USAGE_RSS]);
	EXPECT_EQ(2 * huge / PAGE, usage.num[ALTSHM_A_USAGE_PAGES]);
}

static void expect_usage(struct __test_metadata *_metadata, struct nl *nl, int segments,
			 int removed, int orphans, int pages, int rss, int nattch)
{
	struct nl_attrs usage;
	struct stat ns;

	ASSERT_EQ(0, nl_simple(nl, ALTSHM_CMD_USAGE_GET, &usage));
	ASSERT_EQ(0, stat("/proc/self/ns/ipc", &ns));
	EXPECT_EQ(segments, usage.num[ALTSHM_A_USAGE_SEGMENTS]);
	EXPECT_EQ(removed, usage.num[ALTSHM_A_USAGE_REMOVED]);
	EXPECT_EQ(orphans, usage.num[ALTSHM_A_USAGE_ORPHANS]);
	EXPECT_EQ(segments ? segments - 1 : 0, usage.num[ALTSHM_A_USAGE_MAX_INDEX]);
	EXPECT_EQ(pages, usage.num[ALTSHM_A_USAGE_PAGES]);
	EXPECT_EQ(rss * PAGE, usage.num[ALTSHM_A_USAGE_RSS]);
	EXPECT_EQ(nattch, usage.num[ALTSHM_A_USAGE_NATTCH]);
	EXPECT_EQ(ns.st_ino, usage.num[ALTSHM_A_USAGE_IPC_NS]);
	for (int attr = ALTSHM_A_USAGE_PAD + 1; attr <= ALTSHM_A_USAGE_MAX; attr++) {
		EXPECT_TRUE(usage.has[attr]) TH_LOG("no attribute %d", attr);
	}
}

TEST_F(nl_segment, usage_adds_up)
{
	char *mem;
	int id;

	expect_usage(_metadata, self->nl, 0, 0, 0, 0, 0, 0);
	id = new_sized(3 * PAGE, 0600);
	mem = ATTACH(id, NULL, 0);
	ATTACH(id, NULL, SHM_RDONLY);
	mem[PAGE] = 1;
	expect_usage(_metadata, self->nl, 1, 0, 0, 3, 1, 2);
	ASSERT_OK(shm.ctl(id, IPC_RMID, NULL));
	IN_CHILD {
		new_segment(0600);
	}
	expect_usage(_metadata, self->nl, 2, 1, 1, 4, 1, 2);
}

TEST_HARNESS_MAIN
