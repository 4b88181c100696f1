// SPDX-License-Identifier: GPL-2.0-only
/*
 * Netlink: how events come to listeners. What they say is trace_event_test's.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

#include "common.h"
#include "nl.h"

#define A(name) ALTSHM_A_EVENT_##name

/* What docs/netlink.md says. */
#define LISTENERS_MOST	64

FIXTURE(nl_event) {
	struct nl *nl;
	uint64_t last;
};

FIXTURE_SETUP(nl_event)
{
	SETUP_IPC_NAMESPACE();
	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	SETUP_ALTSHM();
	self->nl = nl_open();
	ASSERT_NE(NULL, self->nl) TH_LOG("netlink: %m");
}

FIXTURE_TEARDOWN(nl_event)
{
	nl_close(self->nl);
	remove_all();
	sysctl_restore();
}

/* Have events come; -errno, or 0 and the last number. */
static int listen_to(struct nl *nl, uint64_t *last)
{
	struct nl_attrs now;
	int error = nl_simple(nl, ALTSHM_CMD_EVENTS_GET, &now);

	if (!error)
		*last = now.num[A(SEQ)];
	return error;
}

/* The next event within a second, or -errno of the wait for it. */
static int next_event(struct nl *nl, struct nl_attrs *event)
{
	struct nlmsghdr *head = nl_receive(nl, 1000);

	if (!head)
		return -errno;
	nl_parse(event, head);
	return event->cmd == ALTSHM_CMD_EVENT ? 0 : -EPROTO;
}

#define NEXT() ({							\
	struct nl_attrs next_;						\
									\
	ASSERT_EQ(0, next_event(self->nl, &next_));			\
	next_; })

TEST_F(nl_event, what_happens_is_told_in_order)
{
	struct nl_attrs event;
	struct timespec now;
	struct stat ns;
	uint64_t last;
	int id;

	ASSERT_EQ(0, stat("/proc/self/ns/ipc", &ns));
	ASSERT_EQ(0, prctl(PR_SET_NAME, "e\033[2J\"\n"));
	ASSERT_EQ(0, listen_to(self->nl, &last));
	id = rc(shm.get(KEY, 3 * PAGE, IPC_CREAT | 0640));
	ASSERT_OK(shm.dt(ATTACH(id, NULL, SHM_RDONLY)));
	ASSERT_OK(shm.ctl(id, IPC_RMID, NULL));
	clock_gettime(CLOCK_REALTIME, &now);

	event = NEXT();
	EXPECT_EQ(last + 1, event.num[A(SEQ)]);
	EXPECT_EQ(ALTSHM_EVENT_TYPE_GET, event.num[A(TYPE)]);
	EXPECT_GE(now.tv_sec * 1000000000ULL + now.tv_nsec, event.num[A(TIME)]);
	EXPECT_LE((now.tv_sec - 20) * 1000000000ULL, event.num[A(TIME)]);
	EXPECT_EQ(ns.st_ino, event.num[A(IPC_NS)]);
	EXPECT_EQ(getpid(), (pid_t)event.num[A(PID)]);
	EXPECT_EQ(syscall(SYS_gettid), (pid_t)event.num[A(TID)]);
	EXPECT_EQ(0, event.num[A(EUID)]);
	EXPECT_STREQ("e\033[2J\"\n", event.text[A(COMM)]);
	EXPECT_EQ(id, (int)event.num[A(ID)]);
	EXPECT_EQ(KEY, (int)event.num[A(KEY)]);
	EXPECT_EQ(3 * PAGE, event.num[A(SIZE)]);
	EXPECT_EQ(IPC_CREAT | 0640, event.num[A(SHMFLG)]);
	EXPECT_EQ(id, (int)event.num[A(RESULT)]);
	EXPECT_TRUE(event.has[A(CREATED)]);
	EXPECT_FALSE(event.has[A(RULE)]);
	EXPECT_FALSE(event.has[A(LIMIT)]);
	EXPECT_EQ(0640, event.num[A(MODE)]);

	event = NEXT();
	EXPECT_EQ(last + 2, event.num[A(SEQ)]);
	EXPECT_EQ(ALTSHM_EVENT_TYPE_ATTACH, event.num[A(TYPE)]);
	EXPECT_EQ(ALTSHM_CAUSE_ATTACH, event.num[A(CAUSE)]);
	EXPECT_EQ(SHM_RDONLY, event.num[A(SHMFLG)]);
	EXPECT_EQ(1, event.num[A(NATTCH)]);
	EXPECT_FALSE(event.has[A(RESULT)]);
	event = NEXT();
	EXPECT_EQ(ALTSHM_EVENT_TYPE_DETACH, event.num[A(TYPE)]);
	EXPECT_EQ(ALTSHM_CAUSE_DETACH, event.num[A(CAUSE)]);
	EXPECT_EQ(0, event.num[A(NATTCH)]);
	event = NEXT();
	EXPECT_EQ(ALTSHM_EVENT_TYPE_REMOVE, event.num[A(TYPE)]);
	event = NEXT();
	EXPECT_EQ(ALTSHM_EVENT_TYPE_DESTROY, event.num[A(TYPE)]);
	EXPECT_EQ(last + 5, event.num[A(SEQ)]);
}

/* Whoever acts at the same time: no number comes twice, or after a higher one. */
TEST_F(nl_event, what_many_do_at_once_is_told_in_order)
{
	enum { ACTORS = 3, ROUNDS = 300, EVENTS_OF_ONE = 3 };
	int large = 8 << 20;
	pid_t pids[ACTORS];
	uint64_t last;

	ASSERT_EQ(0, setsockopt(mnl_socket_get_fd(self->nl->socket), SOL_SOCKET, SO_RCVBUFFORCE,
				&large, sizeof(large)));
	ASSERT_EQ(0, listen_to(self->nl, &last));
	for (int i = 0; i < ACTORS; i++) {
		pids[i] = fork();
		if (pids[i])
			continue;
		for (int round = 0; round < ROUNDS; round++)
			if (shm.ctl(new_segment(0600), IPC_RMID, NULL))
				_exit(1);
		_exit(0);
	}
	for (int i = 0; i < ACTORS; i++)
		EXPECT_EQ(0, wait_exit(pids[i]));
	for (int i = 0; i < ACTORS * ROUNDS * EVENTS_OF_ONE; i++)
		ASSERT_EQ(++last, NEXT().num[A(SEQ)]);
	EXPECT_EQ(NULL, nl_receive(self->nl, 0));
}

TEST_F(nl_event, listening_needs_cap_net_admin)
{
	uint64_t last;

	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		nl_close(self->nl);
		self->nl = nl_open();
		EXPECT_EQ(-EPERM, nl_join(self->nl));
		EXPECT_EQ(-EPERM, nl_simple(self->nl, ALTSHM_CMD_EVENTS_GET, NULL));
	}
	IN_CHILD {
		ASSERT_EQ(0, become_with_cap(USER_A, GROUP_G, CAP_NET_ADMIN));
		nl_close(self->nl);
		self->nl = nl_open();
		EXPECT_EQ(0, listen_to(self->nl, &last));
	}
	/* Root of a user namespace may in a network namespace of its own. */
	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		ASSERT_EQ(0, enter_userns(0));
		nl_close(self->nl);
		self->nl = nl_open();
		EXPECT_EQ(-EPERM, nl_join(self->nl));
		EXPECT_EQ(-EPERM, nl_simple(self->nl, ALTSHM_CMD_EVENTS_GET, NULL));
		ASSERT_EQ(0, unshare(CLONE_NEWNET));
		nl_close(self->nl);
		self->nl = nl_open();
		EXPECT_EQ(0, listen_to(self->nl, &last));
	}
}

/* Tools join the group that the specification names, and ask on the same socket. */
TEST_F(nl_event, who_asks_is_told_and_who_only_joins_is_not)
{
	struct nl *member = nl_open();
	struct nl_attrs event;
	uint64_t last;

	ASSERT_NE(NULL, member);
	ASSERT_EQ(0, nl_join(member));

	/* Asked twice, told once. */
	ASSERT_EQ(0, listen_to(self->nl, &last));
	ASSERT_EQ(0, listen_to(self->nl, &last));
	new_segment(0600);
	event = NEXT();
	EXPECT_EQ(last + 1, event.num[A(SEQ)]);
	EXPECT_EQ(-EAGAIN, next_event(member, &event));
	EXPECT_EQ(-EAGAIN, next_event(self->nl, &event));

	ASSERT_EQ(0, listen_to(member, &last));
	new_segment(0600);
	EXPECT_EQ(0, next_event(member, &event));
	EXPECT_EQ(last + 1, event.num[A(SEQ)]);
	nl_close(member);
}

/* A privileged program could be made to write a request to a socket that it was handed. */
TEST_F(nl_event, who_opened_the_socket_needs_the_right_too)
{
	struct nl *handed;
	struct nl_attrs event;
	uint64_t last;

	ASSERT_EQ(0, seteuid(USER_A));
	handed = nl_open();
	ASSERT_EQ(0, seteuid(0));
	ASSERT_NE(NULL, handed);
	/* The kernel lets it join. */
	ASSERT_EQ(0, nl_join(handed));
	EXPECT_EQ(-EPERM, nl_simple(handed, ALTSHM_CMD_EVENTS_GET, NULL));
	EXPECT_STREQ("needs CAP_NET_ADMIN of who made the socket", handed->message);
	ASSERT_EQ(0, listen_to(self->nl, &last));
	new_segment(0600);
	EXPECT_EQ(0, next_event(self->nl, &event));
	EXPECT_EQ(-EAGAIN, next_event(handed, &event));
	nl_close(handed);
}

/* Number of the last event, by a socket that is gone afterwards. */
static uint64_t last_number(struct __test_metadata *_metadata)
{
	struct nl *nl = nl_open();
	uint64_t last;

	ASSERT_NE(NULL, nl);
	ASSERT_EQ(0, listen_to(nl, &last));
	nl_close(nl);
	return last;
}

/* Anybody can be root of a network namespace, and is not to make others' events cost more. */
TEST_F(nl_event, who_listens_elsewhere_has_nothing_made_here)
{
	int here = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int initial = open("/proc/1/ns/net", O_RDONLY | O_CLOEXEC);
	struct nl *theirs;
	uint64_t last, all;

	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	theirs = nl_open();
	ASSERT_NE(NULL, theirs);
	ASSERT_EQ(0, nl_join(theirs));
	ASSERT_EQ(0, listen_to(theirs, &last));
	ASSERT_EQ(0, setns(initial, CLONE_NEWNET));
	all = last_number(_metadata);
	ASSERT_EQ(0, setns(here, CLONE_NEWNET));
	last = last_number(_metadata);
	for (int i = 0; i < 10; i++)
		ASSERT_EQ(0, rc(shm.ctl(new_segment(0600), IPC_RMID, NULL)));
	/* A message that is made takes a number. */
	EXPECT_EQ(last, last_number(_metadata));
	ASSERT_EQ(0, setns(initial, CLONE_NEWNET));
	EXPECT_EQ(all, last_number(_metadata));
	nl_close(theirs);
}

TEST_F(nl_event, so_many_may_listen)
{
	struct nl *nl[LISTENERS_MOST];
	struct nl_attrs event;
	uint64_t last;

	for (int i = 0; i < LISTENERS_MOST; i++) {
		nl[i] = nl_open();
		ASSERT_NE(NULL, nl[i]);
		ASSERT_EQ(0, listen_to(nl[i], &last));
	}
	EXPECT_EQ(-EUSERS, listen_to(self->nl, &last));
	EXPECT_STREQ("as many sockets listen in this network namespace as may", self->nl->message);
	EXPECT_EQ(0, listen_to(nl[0], &last));
	new_segment(0600);
	for (int i = 0; i < LISTENERS_MOST; i++) {
		ASSERT_EQ(0, next_event(nl[i], &event));
		ASSERT_EQ(last + 1, event.num[A(SEQ)]);
		nl_close(nl[i]);
	}
	EXPECT_EQ(0, listen_to(self->nl, &last));
}

/* A socket with the port given, bound; NULL while another has it. */
static struct mnl_socket *port_open(uint32_t port)
{
	struct mnl_socket *socket = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (socket && mnl_socket_bind(socket, 0, port)) {
		mnl_socket_close(socket);
		socket = NULL;
	}
	return socket;
}

TEST_F(nl_event, who_gets_a_listeners_port_is_told_nothing)
{
	struct nl *nl = nl_open();
	struct nl_attrs event;
	struct mnl_socket *next;
	uint32_t port;
	uint64_t last;
	char in[512];

	ASSERT_NE(NULL, nl);
	ASSERT_EQ(0, listen_to(nl, &last));
	ASSERT_EQ(0, listen_to(self->nl, &last));
	port = mnl_socket_get_portid(nl->socket);
	nl_close(nl);
	next = port_open(port);
	ASSERT_NE(NULL, next);
	new_segment(0600);
	ASSERT_EQ(0, next_event(self->nl, &event));
	EXPECT_EQ(-1, mnl_socket_recvfrom(next, in, sizeof(in)));
	EXPECT_EQ(EAGAIN, errno);
	mnl_socket_close(next);
}

struct port_race {
	const struct nl *nl;	/* for the family's number */
	uint32_t port;
	atomic_bool end;
	atomic_uint asked, taken, stolen;
};

static void *port_listen(void *data)
{
	struct port_race *race = data;

	while (!race->end) {
		struct nl nl = { .family = race->nl->family, .socket = port_open(race->port) };

		if (!nl.socket)
			continue;
		nl_request(&nl, ALTSHM_CMD_EVENTS_GET, 0);
		if (!nl_send(&nl) && nl_receive(&nl, 1000))
			race->asked++;
		mnl_socket_close(nl.socket);
	}
	return NULL;
}

static void *port_steal(void *data)
{
	struct port_race *race = data;
	char in[512];

	while (!race->end) {
		struct mnl_socket *socket = port_open(race->port);

		if (!socket)
			continue;
		race->taken++;
		for (int i = 0; i < 20; i++)
			race->stolen += mnl_socket_recvfrom(socket, in, sizeof(in)) > 0;
		mnl_socket_close(socket);
	}
	return NULL;
}

/* Neither while the listener's socket goes. */
TEST_F(nl_event, a_port_that_changes_hands_is_told_nothing)
{
	struct port_race race = { .nl = self->nl, .port = 0x12345678 };
	pthread_t listener, thief;

	ASSERT_EQ(0, pthread_create(&listener, NULL, port_listen, &race));
	ASSERT_EQ(0, pthread_create(&thief, NULL, port_steal, &race));
	for (time_t end = time(NULL) + 2; time(NULL) < end;)
		shm.ctl(new_segment(0600), IPC_RMID, NULL);
	race.end = true;
	pthread_join(listener, NULL);
	pthread_join(thief, NULL);
	EXPECT_LT(0, race.asked);
	EXPECT_LT(0, race.taken);
	EXPECT_EQ(0, race.stolen);
}

TEST_F(nl_event, network_namespaces_hear_their_own)
{
	int old = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int initial = open("/proc/1/ns/net", O_RDONLY | O_CLOEXEC);
	struct nl *theirs, *all;
	struct nl_attrs event;
	uint64_t last, their_last, all_last;
	int id;

	ASSERT_EQ(0, listen_to(self->nl, &last));
	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	theirs = nl_open();
	ASSERT_NE(NULL, theirs);
	ASSERT_EQ(0, listen_to(theirs, &their_last));
	ASSERT_EQ(0, setns(initial, CLONE_NEWNET));
	all = nl_open();
	ASSERT_NE(NULL, all);
	ASSERT_EQ(0, listen_to(all, &all_last));
	ASSERT_EQ(0, setns(old, CLONE_NEWNET));

	id = new_segment(0600);
	EXPECT_EQ(0, next_event(self->nl, &event));
	EXPECT_EQ(id, (int)event.num[A(ID)]);
	EXPECT_EQ(last + 1, event.num[A(SEQ)]);
	EXPECT_EQ(0, next_event(all, &event));
	EXPECT_EQ(id, (int)event.num[A(ID)]);
	EXPECT_LT(all_last, event.num[A(SEQ)]);
	EXPECT_EQ(-EAGAIN, next_event(theirs, &event));
	nl_close(theirs);
	nl_close(all);
}

TEST_F(nl_event, ids_are_seen_from_the_listeners_namespace)
{
	struct nl_attrs event;
	uint64_t last;

	ASSERT_EQ(0, listen_to(self->nl, &last));
	IN_CHILD {
		ASSERT_EQ(0, unshare(CLONE_NEWPID));
		IN_CHILD {
			ASSERT_EQ(0, become(USER_A, GROUP_G));
			new_segment(0600);
		}
	}
	event = NEXT();
	EXPECT_EQ(1, event.num[A(PID)]);
	EXPECT_EQ(USER_A, event.num[A(EUID)]);
	EXPECT_EQ(USER_A, event.num[A(UID)]);
	/* A user namespace that does not know the user. */
	IN_CHILD {
		struct nl *inner;

		ASSERT_EQ(0, become(USER_A, GROUP_G));
		ASSERT_EQ(0, enter_userns(CLONE_NEWNET));
		inner = nl_open();
		ASSERT_NE(NULL, inner);
		ASSERT_EQ(0, listen_to(inner, &last));
		ASSERT_LE(0, rc(shm.get(IPC_PRIVATE, PAGE, 0600)));
		EXPECT_EQ(0, next_event(inner, &event));
		EXPECT_EQ(0, event.num[A(EUID)]);
		EXPECT_EQ(0, event.num[A(UID)]);
		nl_close(inner);
	}
}

/* A request by netlink that is refused is told as one by the device is. */
TEST_F(nl_event, refused_requests_are_told)
{
	struct nl_attrs event;
	int id = new_segment(0600);
	uint64_t last;

	ASSERT_EQ(0, listen_to(self->nl, &last));
	IN_CHILD {
		struct nl *nl;

		ASSERT_EQ(0, become(USER_A, GROUP_G));
		nl = nl_open();
		ASSERT_NE(NULL, nl);
		EXPECT_EQ(-EPERM, nl_segment(nl, ALTSHM_CMD_SEGMENT_REMOVE, id, NULL));
		mnl_attr_put_u32(nl_request(nl, ALTSHM_CMD_LIMITS_SET, 0),
				 ALTSHM_A_LIMITS_ORPHAN_TIMEOUT, 1);
		EXPECT_EQ(-EPERM, nl_do(nl, NULL));
		mnl_attr_put_u32(nl_request(nl, ALTSHM_CMD_ATTACHER_GET, NLM_F_DUMP),
				 ALTSHM_A_ATTACHER_ID, id);
		EXPECT_EQ(-EACCES, nl_do(nl, NULL));
	}
	event = NEXT();
	EXPECT_EQ(ALTSHM_EVENT_TYPE_DENY, event.num[A(TYPE)]);
	EXPECT_EQ(ALTSHM_RULE_OWNER, event.num[A(RULE)]);
	EXPECT_EQ(-EPERM, (int)event.num[A(RESULT)]);
	EXPECT_EQ(id, (int)event.num[A(ID)]);
	EXPECT_EQ(USER_A, event.num[A(EUID)]);
	EXPECT_TRUE(event.has[A(LIMIT)]);
	EXPECT_EQ(USER_A, event.num[A(WANTED)]);
	event = NEXT();
	EXPECT_EQ(ALTSHM_EVENT_TYPE_DENY, event.num[A(TYPE)]);
	EXPECT_EQ(ALTSHM_RULE_RESOURCE_CAPABILITY, event.num[A(RULE)]);
	EXPECT_EQ(USER_A, event.num[A(EUID)]);
	event = NEXT();
	EXPECT_EQ(ALTSHM_EVENT_TYPE_DENY, event.num[A(TYPE)]);
	EXPECT_EQ(ALTSHM_RULE_MODE, event.num[A(RULE)]);
	EXPECT_EQ(-EACCES, (int)event.num[A(RESULT)]);
	EXPECT_EQ(id, (int)event.num[A(ID)]);
	EXPECT_EQ(4, event.num[A(WANTED)]);
	EXPECT_EQ(USER_A, event.num[A(EUID)]);
	EXPECT_EQ(last + 3, event.num[A(SEQ)]);
}

/* One that never reads holds nobody up, and the numbers tell what it lost. */
TEST_F(nl_event, who_is_slow_loses_and_knows)
{
	struct nl *busy = nl_open();
	struct nl_attrs event;
	uint64_t last, first, before, lost = 0;
	const int rounds = 200;
	int error, seen = 0, overruns = 0, small = 8192;

	ASSERT_NE(NULL, busy);
	ASSERT_EQ(0, setsockopt(mnl_socket_get_fd(self->nl->socket), SOL_SOCKET, SO_RCVBUF,
				&small, sizeof(small)));
	ASSERT_EQ(0, listen_to(self->nl, &first));
	ASSERT_EQ(0, listen_to(busy, &last));
	for (int i = 0; i < rounds; i++) {
		ASSERT_EQ(0, rc(shm.ctl(new_segment(0600), IPC_RMID, NULL)));
		for (int told = 0; told < 3; told++) {
			ASSERT_EQ(0, next_event(busy, &event));
			ASSERT_EQ(++last, event.num[A(SEQ)]);
		}
	}
	/* The buffer's worth, one notice, and then what comes anew. */
	before = first;
	for (;;) {
		error = next_event(self->nl, &event);
		if (error == -EAGAIN && overruns == 1 && !lost) {
			new_segment(0600);
			continue;
		}
		if (error == -ENOBUFS) {
			overruns++;
			continue;
		}
		if (error)
			break;
		seen++;
		lost += event.num[A(SEQ)] - before - 1;
		before = event.num[A(SEQ)];
	}
	EXPECT_EQ(-EAGAIN, error);
	EXPECT_EQ(1, overruns);
	EXPECT_LT(0, seen);
	EXPECT_EQ(3 * rounds + 1, seen + lost);
	nl_close(busy);
}

TEST_F(nl_event, numbers_go_on_when_nobody_listens_any_more)
{
	struct nl *other = nl_open();
	struct nl_attrs event;
	uint64_t last, now;

	ASSERT_EQ(0, listen_to(other, &last));
	new_segment(0600);
	nl_close(other);
	for (int i = 0; i < 100; i++)
		shm.ctl(new_segment(0600), IPC_RMID, NULL);
	ASSERT_EQ(0, listen_to(self->nl, &now));
	EXPECT_LE(last + 1, now);
	new_segment(0600);
	event = NEXT();
	EXPECT_EQ(now + 1, event.num[A(SEQ)]);
}

/* A kernel thread removes them: only the initial network namespace hears of it. */
TEST_F(nl_event, orphans_are_told)
{
	static const struct {
		int type, cause;
	} expected[] = {
		{ ALTSHM_EVENT_TYPE_ORPHAN, ALTSHM_CAUSE_NONE },
		{ ALTSHM_EVENT_TYPE_REMOVE, ALTSHM_CAUSE_ORPHAN },
		{ ALTSHM_EVENT_TYPE_DESTROY, ALTSHM_CAUSE_ORPHAN },
	};
	int initial = open("/proc/1/ns/net", O_RDONLY | O_CLOEXEC);
	int found = 0, error = 0;
	struct nl_attrs event;
	struct stat ns;
	uint64_t last;

	ASSERT_EQ(0, stat("/proc/self/ns/ipc", &ns));
	ASSERT_EQ(0, setns(initial, CLONE_NEWNET));
	nl_close(self->nl);
	self->nl = nl_open();
	IN_CHILD {
		new_segment(0600);
	}
	ASSERT_EQ(0, listen_to(self->nl, &last));
	mnl_attr_put_u32(nl_request(self->nl, ALTSHM_CMD_LIMITS_SET, 0),
			 ALTSHM_A_LIMITS_ORPHAN_TIMEOUT, 1);
	ASSERT_EQ(0, nl_do(self->nl, NULL));
	for (time_t end = time(NULL) + 15; found < ARRAY_SIZE(expected) && time(NULL) < end;) {
		error = next_event(self->nl, &event);
		if (error || event.num[A(IPC_NS)] != ns.st_ino)
			continue;
		EXPECT_EQ(expected[found].type, event.num[A(TYPE)]);
		EXPECT_EQ(expected[found].cause, event.num[A(CAUSE)]);
		found++;
	}
	EXPECT_EQ(ARRAY_SIZE(expected), found);
}

TEST_HARNESS_MAIN
