// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each netlink command again and again, with its first allocation or user copy
 * failing, then its second, until it meets no more; and events, of which the
 * next allocation fails while somebody listens.
 */
#include "common.h"
#include "fault.h"
#include "nl.h"
#include "scene.h"

#define MOST_FAILURES	2000
#define OTHER_KEY	(KEY + 1)
/* A dump of so many segments takes more than one buffer. */
#define MANY		200

/* A command that is new wants a variant below. */
_Static_assert(ALTSHM_CMD_MAX == ALTSHM_CMD_EVENT, "a command is not swept here");

#define SETUP_SCENE(scene) do {						\
	const char *missing_;						\
									\
	SETUP_IPC_NAMESPACE();						\
	if (access(ALTSHM_DEVICE, R_OK | W_OK))				\
		SETUP_SKIP("no /dev/altshm: module not loaded");	\
	missing_ = fault_allow();					\
	if (missing_)							\
		SKIP(_exit(SKIP_STATUS), "missing: %s", missing_);	\
	(scene)->fd = open(ALTSHM_DEVICE, O_RDWR | O_CLOEXEC);		\
	ASSERT_LE(0, (scene)->fd);					\
	with_attach(scene);						\
} while (0)

static void scene_close(struct scene *scene)
{
	scene_end(scene);
	close(scene->fd);
}

/* EAGAIN: the answer was lost, and nothing else is to come. */
static bool is_expected(int error)
{
	return !error || error == -EFAULT || error == -ENOMEM || error == -ENOBUFS ||
	       error == -EAGAIN;
}

/* What came of a request. */
struct answer {
	bool sent;
	bool given;		/* the end of it was read: @error is the kernel's */
	int error;
	unsigned int messages;
};

/*
 * Everything happens inside the calls below, so there is nothing to wait for. A
 * message that can't be made or copied is lost, and the socket may know no more
 * than that.
 */
static struct answer converse(struct nl *nl)
{
	struct answer answer = { .error = nl_send(nl) };
	struct nlmsghdr *head;

	if (answer.error)
		return answer;
	answer.sent = true;
	/* Bounded: after a loss the kernel's messages go on, or stop. */
	for (unsigned int silent = 0; !answer.given && silent < 3;) {
		head = nl_receive(nl, 0);
		if (!head) {
			answer.error = -errno;
			silent++;
			continue;
		}
		if (head->nlmsg_seq != nl->seq)
			continue;
		answer.given = head->nlmsg_type == NLMSG_ERROR || head->nlmsg_type == NLMSG_DONE;
		if (answer.given)
			answer.error = nl_error(nl, head);
		else
			answer.messages++;
	}
	return answer;
}

FIXTURE(fault_nl) {
	struct scene scene;
	int many[MANY - 1];
};

/* @done and @undo are of those that change something. */
FIXTURE_VARIANT(fault_nl) {
	void (*ask)(struct nl *nl, const struct scene *scene);
	bool (*done)(const struct world *before, const struct world *now);
	void (*undo)(struct scene *scene);
	unsigned int messages;	/* in its answer */
};

FIXTURE_SETUP(fault_nl)
{
	SETUP_SCENE(&self->scene);
	for (int i = 0; variant->messages > 1 && i < MANY - 1; i++) {
		self->many[i] = make_segment(&self->scene, IPC_PRIVATE, PAGE, 0600);
		ASSERT_LE(0, self->many[i]);
	}
}

/* What is left to the end of the namespace would count as the next test's. */
FIXTURE_TEARDOWN(fault_nl)
{
	for (int i = 0; variant->messages > 1 && i < MANY - 1; i++)
		by_id(&self->scene, ALTSHM_IOC_REMOVE, self->many[i]);
	scene_close(&self->scene);
}

static struct answer ask_anew(void (*ask)(struct nl *nl, const struct scene *scene),
			      const struct scene *scene, unsigned int failure, bool *hit)
{
	struct nl *nl = nl_open();
	struct answer answer;

	if (!nl)
		abort();
	ask(nl, scene);
	if (failure)
		fault_begin(failure);
	answer = converse(nl);
	if (failure)
		*hit = fault_end();
	/* What a dump holds goes with its socket. */
	nl_close(nl);
	return answer;
}

/* Nothing is done by halves, and what the answer says was done was. */
TEST_F_TIMEOUT(fault_nl, each_failure_is_clean, 200)
{
	long references = read_long(REFERENCES);
	struct scene *scene = &self->scene;
	bool hit = true, done;
	struct world before, now;
	struct answer answer;
	unsigned int n;

	for (n = 1; hit && n < MOST_FAILURES; n++) {
		before = look(scene);
		answer = ask_anew(variant->ask, scene, n, &hit);
		EXPECT_TRUE(is_expected(answer.error))
			TH_LOG("failure %u: error %d", n, -answer.error);
		now = look(scene);
		done = variant->done && variant->done(&before, &now);
		if (variant->done && (answer.given || !answer.sent)) {
			EXPECT_EQ(!answer.error, done) TH_LOG("failure %u", n);
		}
		if (done)
			variant->undo(scene);
		EXPECT_SAME_WORLD(before, scene, "after");

		answer = ask_anew(variant->ask, scene, 0, NULL);
		EXPECT_TRUE(answer.given) TH_LOG("after failure %u", n);
		EXPECT_EQ(0, answer.error) TH_LOG("after failure %u", n);
		EXPECT_EQ(variant->messages, answer.messages) TH_LOG("after failure %u", n);
		if (variant->undo)
			variant->undo(scene);
		EXPECT_SAME_WORLD(before, scene, "after the one after");
		EXPECT_EQ(references, read_long(REFERENCES)) TH_LOG("failure %u", n);
	}
	EXPECT_FALSE(hit);
	/* The request's copy and memory, at the least. */
	EXPECT_LT(4, n);
	TH_LOG("%u failures", n - 2);
}

#define FAULTED(name, ...) FIXTURE_VARIANT_ADD(fault_nl, name) { __VA_ARGS__ }

static void ask_segment(struct nl *nl, const struct scene *scene)
{
	mnl_attr_put_u32(nl_request(nl, ALTSHM_CMD_SEGMENT_GET, NLM_F_ACK), ALTSHM_A_SEGMENT_ID,
			 scene->id);
}

static void ask_segments(struct nl *nl, const struct scene *scene)
{
	nl_request(nl, ALTSHM_CMD_SEGMENT_GET, NLM_F_DUMP);
}

static void ask_attachers(struct nl *nl, const struct scene *scene)
{
	mnl_attr_put_u32(nl_request(nl, ALTSHM_CMD_ATTACHER_GET, NLM_F_DUMP),
			 ALTSHM_A_ATTACHER_ID, scene->id);
}

static void ask_limits(struct nl *nl, const struct scene *scene)
{
	nl_request(nl, ALTSHM_CMD_LIMITS_GET, NLM_F_ACK);
}

static void ask_usage(struct nl *nl, const struct scene *scene)
{
	nl_request(nl, ALTSHM_CMD_USAGE_GET, NLM_F_ACK);
}

static void ask_events(struct nl *nl, const struct scene *scene)
{
	nl_request(nl, ALTSHM_CMD_EVENTS_GET, NLM_F_ACK);
}

FAULTED(segment_get, .ask = ask_segment, .messages = 1);
FAULTED(segment_get_dump, .ask = ask_segments, .messages = MANY);
FAULTED(attacher_get, .ask = ask_attachers, .messages = 1);
FAULTED(limits_get, .ask = ask_limits, .messages = 1);
FAULTED(usage_get, .ask = ask_usage, .messages = 1);
FAULTED(events_get, .ask = ask_events, .messages = 1);

static void ask_new_limits(struct nl *nl, const struct scene *scene)
{
	struct nlmsghdr *head = nl_request(nl, ALTSHM_CMD_LIMITS_SET, NLM_F_ACK);

	mnl_attr_put_u64(head, ALTSHM_A_LIMITS_SHMMAX, 1 << 20);
	mnl_attr_put_u32(head, ALTSHM_A_LIMITS_SHMMNI, 100);
}

static bool limits_are_new(const struct world *before, const struct world *now)
{
	return now->limits.own == (ALTSHM_LIMIT_SHMMAX | ALTSHM_LIMIT_SHMMNI) &&
	       now->limits.shmmax == 1 << 20 && now->limits.shmmni == 100;
}

static void undo_limits(struct scene *scene)
{
	struct altshm_limits arg = { .flags = ALTSHM_LIMITS_F_SET };

	ioctl(scene->fd, ALTSHM_IOC_LIMITS, &arg);
}

static void ask_removal(struct nl *nl, const struct scene *scene)
{
	mnl_attr_put_u32(nl_request(nl, ALTSHM_CMD_SEGMENT_REMOVE, NLM_F_ACK),
			 ALTSHM_A_SEGMENT_ID, scene->id);
}

/* It stays until it is detached. */
static bool is_removed(const struct world *before, const struct world *now)
{
	return now->mode == (before->mode | SHM_DEST);
}

static void undo_removal(struct scene *scene)
{
	detach(scene, (long)scene->mem);
	with_attach(scene);
}

FAULTED(limits_set, .ask = ask_new_limits, .done = limits_are_new, .undo = undo_limits);
FAULTED(segment_remove, .ask = ask_removal, .done = is_removed, .undo = undo_removal);

#define LISTENERS 2

struct listener {
	struct nl *nl;
	uint64_t last;		/* number of the last event that came */
};

/* What came to a listener since it was asked before. */
struct heard {
	unsigned int events;
	unsigned int notices;	/* that something is lost */
	uint64_t gap;		/* numbers that are left out */
};

static struct heard hear(struct listener *listener)
{
	struct heard heard = { 0 };
	struct nlmsghdr *head;
	struct nl_attrs event;

	for (;;) {
		head = nl_receive(listener->nl, 0);
		if (head) {
			nl_parse(&event, head);
			heard.events++;
			heard.gap += event.num[ALTSHM_A_EVENT_SEQ] - listener->last - 1;
			listener->last = event.num[ALTSHM_A_EVENT_SEQ];
		} else if (errno == ENOBUFS) {
			heard.notices++;
		} else {
			return heard;
		}
	}
}

/* A call that events tell of. */
struct told {
	long (*call)(struct scene *scene);
	void (*undo)(struct scene *scene, long ret);
	unsigned int events;	/* of one that succeeds */
};

struct audience {
	struct listener listener[LISTENERS];
	uint64_t lost[LISTENERS];	/* events of the last call */
};

FIXTURE(fault_event) {
	struct scene scene;
	struct audience audience;
};

FIXTURE_VARIANT(fault_event) {
	struct told told;
};

FIXTURE_SETUP(fault_event)
{
	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	SETUP_SCENE(&self->scene);
	for (int i = 0; i < LISTENERS; i++)
		self->audience.listener[i].nl = nl_open();
}

FIXTURE_TEARDOWN(fault_event)
{
	for (int i = 0; i < LISTENERS; i++)
		nl_close(self->audience.listener[i].nl);
	scene_close(&self->scene);
}

/* Number of the last event. Who asks listens from then on, so that one goes again. */
static uint64_t last_event(void)
{
	struct nl *nl = nl_open();
	struct nl_attrs now;

	if (!nl || nl_simple(nl, ALTSHM_CMD_EVENTS_GET, &now))
		abort();
	nl_close(nl);
	return now.num[ALTSHM_A_EVENT_SEQ];
}

/* Of a call that returned @ret and had so many events. Return: how many listeners lost one. */
static unsigned int check_heard(struct __test_metadata *_metadata, struct audience *audience,
				uint64_t events, long ret, unsigned int n)
{
	unsigned int losers = 0;

	for (int i = 0; i < LISTENERS; i++) {
		struct heard heard = hear(&audience->listener[i]);

		EXPECT_GE(events, heard.events) TH_LOG("failure %u", n);
		EXPECT_EQ(heard.events < events, heard.notices) TH_LOG("failure %u", n);
		/* The one failure was the event's, so it was not the call's. */
		if (heard.notices) {
			EXPECT_LE(0, ret) TH_LOG("failure %u", n);
		}
		audience->lost[i] = events - heard.events - heard.gap;
		losers += heard.notices;
	}
	return losers;
}

/* Of what undid it, which lacks nothing but shows how many of the call were lost. */
static void check_heard_after(struct __test_metadata *_metadata, struct audience *audience,
			      unsigned int n)
{
	for (int i = 0; i < LISTENERS; i++) {
		struct heard heard = hear(&audience->listener[i]);

		EXPECT_EQ(0, heard.notices) TH_LOG("failure %u", n);
		EXPECT_EQ(audience->lost[i], heard.gap) TH_LOG("failure %u", n);
	}
}

#define CALLS_UNHEARD	8
#define CALLS_BEFORE	2
#define ROUNDS		50

/*
 * Some events may be lost before anybody looks. @nth is where one was lost to all, which
 * moves a little with what lies in the kernel's caches. Return: the least that one lost.
 */
static uint64_t lose_together(struct __test_metadata *_metadata, struct audience *audience,
			      struct scene *scene, const struct told *told, unsigned int nth)
{
	unsigned int first = nth > CALLS_BEFORE ? nth - CALLS_BEFORE : 1;
	uint64_t events = last_event(), least = UINT64_MAX;

	for (int i = 0; i <= CALLS_UNHEARD; i++) {
		long ret;

		if (i < CALLS_UNHEARD)
			fault_begin(first + i);
		ret = told->call(scene);
		if (i < CALLS_UNHEARD)
			fault_end();
		if (ret >= 0)
			told->undo(scene, ret);
	}
	events = last_event() - events;
	for (int i = 0; i < LISTENERS; i++) {
		struct heard heard = hear(&audience->listener[i]);

		EXPECT_EQ(!!heard.gap, heard.notices);
		EXPECT_EQ(events, heard.events + heard.gap);
		if (heard.gap < least)
			least = heard.gap;
	}
	return least;
}

/* Who listens makes no call fail, and knows how many were lost. */
TEST_F_TIMEOUT(fault_event, the_listener_loses_and_the_caller_does_not, 200)
{
	struct audience *audience = &self->audience;
	struct scene *scene = &self->scene;
	const struct told *told = &variant->told;
	unsigned int n, losers, lost = 0, lost_to_all = 0;
	struct nl_attrs now;
	bool hit = true;

	for (int i = 0; i < LISTENERS; i++) {
		ASSERT_EQ(0, nl_simple(audience->listener[i].nl, ALTSHM_CMD_EVENTS_GET, &now));
		audience->listener[i].last = now.num[ALTSHM_A_EVENT_SEQ];
	}
	for (n = 1; hit && n < MOST_FAILURES; n++) {
		uint64_t events = last_event();
		struct world before = look(scene);
		long ret;

		fault_begin(n);
		ret = told->call(scene);
		hit = fault_end();
		events = last_event() - events;
		if (ret >= 0) {
			EXPECT_EQ(told->events, events) TH_LOG("failure %u", n);
		}
		losers = check_heard(_metadata, audience, events, ret, n);
		lost += losers;
		if (losers == LISTENERS && !lost_to_all)
			lost_to_all = n;
		if (ret >= 0)
			told->undo(scene, ret);
		EXPECT_SAME_WORLD(before, scene, "after");
		check_heard_after(_metadata, audience, n);
	}
	EXPECT_FALSE(hit);
	TH_LOG("%u failures, %u losses", n - 2, lost);
	/* One that can't be made is lost to all. */
	ASSERT_LT(0, lost_to_all);
	for (n = 0; lose_together(_metadata, audience, scene, told, lost_to_all) < 2; n++)
		ASSERT_GT(ROUNDS, n);
}

#define TOLD(name, ...) FIXTURE_VARIANT_ADD(fault_event, name) { .told = { __VA_ARGS__ } }

static long get(struct scene *scene)
{
	return make_segment(scene, OTHER_KEY, SIZE, IPC_CREAT | IPC_EXCL | 0600);
}

static void undo_get(struct scene *scene, long id)
{
	by_id(scene, ALTSHM_IOC_REMOVE, id);
}

static long set(struct scene *scene)
{
	return set_mode(scene, 0640);
}

static void undo_set(struct scene *scene, long ret)
{
	set_mode(scene, 0700);
}

static long attach_again(struct scene *scene)
{
	return attach(scene, 0, NULL);
}

static void undo_attach(struct scene *scene, long addr)
{
	detach(scene, addr);
}

static long unmap(struct scene *scene)
{
	return rc(munmap(scene->mem, SIZE));
}

static void undo_unmap(struct scene *scene, long ret)
{
	scene->mem = (char *)attach(scene, 0, NULL);
}

TOLD(get, .call = get, .undo = undo_get, .events = 1);
TOLD(set, .call = set, .undo = undo_set, .events = 1);
TOLD(attach, .call = attach_again, .undo = undo_attach, .events = 1);
TOLD(unmap, .call = unmap, .undo = undo_unmap, .events = 1);

TEST_HARNESS_MAIN
