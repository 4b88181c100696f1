// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The socket, and requests with their answers.
 */
#include "nl.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <string.h>

#include "field.h"
#include "socket.h"

/* The largest piece in which the kernel gives a dump. */
#define NL_CHUNK	32768

/* The largest request: that for limits. */
#define NL_REQUEST	256

typedef int (*nl_fn)(const struct nlmsghdr *nlh, void *data);

static struct {
	struct mnl_socket *socket;
	uint16_t family;
	uint32_t seq;
	char message[256];
} nl;

static union {
	struct nlmsghdr header;
	char bytes[NL_REQUEST];
} nl_request;

static union {
	struct nlmsghdr header;
	char bytes[NL_CHUNK];
} nl_answer;

const char *nl_message(void)
{
	return nl.message;
}

static void nl_close(void)
{
	mnl_socket_close(nl.socket);
	nl.socket = NULL;
}

static struct nlmsghdr *nl_begin(int type, int cmd, int version, int flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(nl_request.bytes);
	struct genlmsghdr *genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = ++nl.seq;
	genl->cmd = cmd;
	genl->version = version;
	return nlh;
}

static struct nlmsghdr *nl_begin_altshm(int cmd, int flags)
{
	return nl_begin(nl.family, cmd, ALTSHM_FAMILY_VERSION, flags);
}

static int nl_find_message(const struct nlattr *attr, void *data)
{
	(void)data;
	if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG &&
	    !mnl_attr_validate(attr, MNL_TYPE_NUL_STRING))
		snprintf(nl.message, sizeof(nl.message), "%s", mnl_attr_get_str(attr));
	return MNL_CB_OK;
}

/* The error of an answer's last message, 0 for none. */
static int nl_ended(const struct nlmsghdr *nlh)
{
	size_t fixed = nlh->nlmsg_type == NLMSG_ERROR ? sizeof(struct nlmsgerr) : sizeof(int);
	int err;

	/* The end of a dump says 0 where it says anything. */
	if (mnl_nlmsg_get_payload_len(nlh) < fixed)
		return nlh->nlmsg_type == NLMSG_ERROR ? -EPROTO : 0;
	memcpy(&err, mnl_nlmsg_get_payload(nlh), sizeof(err));
	if (err && nlh->nlmsg_flags & NLM_F_ACK_TLVS)
		mnl_attr_parse(nlh, fixed, nl_find_message, NULL);
	return err;
}

struct nl_exchange {
	uint32_t seq;
	nl_fn fn;
	void *data;
	bool single;		/* one message without an end answers */
	bool interrupted;
	bool ended;
};

static int nl_chunk(struct nl_exchange *exchange, int len)
{
	const struct nlmsghdr *nlh;
	int err = 0;

	for (nlh = &nl_answer.header; !err && !exchange->ended && mnl_nlmsg_ok(nlh, len);
	     nlh = mnl_nlmsg_next(nlh, &len)) {
		if (nlh->nlmsg_seq != exchange->seq)
			continue;
		/* Not left to mnl_cb_run(), which ends a dump there. */
		if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
			exchange->interrupted = true;
		if (nlh->nlmsg_type == NLMSG_ERROR || nlh->nlmsg_type == NLMSG_DONE) {
			exchange->ended = true;
			err = nl_ended(nlh);
		} else if (exchange->fn) {
			err = exchange->fn(nlh, exchange->data);
			exchange->ended = exchange->single;
		}
	}
	return err;
}

/* Return: 0; 1 for a dump that was interrupted; a negative errno. */
static int nl_exchange(struct nlmsghdr *nlh, nl_fn fn, void *data)
{
	struct nl_exchange exchange = {
		.seq = nlh->nlmsg_seq,
		.fn = fn,
		.data = data,
		.single = !(nlh->nlmsg_flags & (NLM_F_ACK | NLM_F_DUMP)),
	};
	ssize_t len;
	int err = 0;

	nl.message[0] = '\0';
	if (mnl_socket_sendto(nl.socket, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	while (!err && !exchange.ended) {
		len = mnl_socket_recvfrom(nl.socket, nl_answer.bytes, sizeof(nl_answer.bytes));
		if (len >= 0)
			err = nl_chunk(&exchange, len);
		else if (errno != EINTR)
			err = -errno;
	}
	/* What is still to come of the answer goes with the socket. */
	if (!exchange.ended)
		nl_close();
	return err ? err : exchange.interrupted;
}

static int nl_found(const struct nlmsghdr *nlh, void *data)
{
	return nl_family_parse(nlh, data);
}

int nl_open(void)
{
	struct nlmsghdr *nlh;
	int err;

	if (nl.socket)
		return 0;
	nl.socket = nl_socket_open();
	if (!nl.socket)
		return -errno;
	nlh = nl_begin(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1, NLM_F_ACK);
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, ALTSHM_FAMILY_NAME);
	err = nl_exchange(nlh, nl_found, &nl.family);
	if (!err && !nl.family)
		err = -EPROTO;
	if (err && nl.socket)
		nl_close();
	return err;
}

static int nl_ask(int cmd, const struct nl_layout *layout, const void *from, nl_fn fn, void *data)
{
	struct nlmsghdr *nlh;
	int err = nl_open();

	if (err)
		return err;
	nlh = nl_begin_altshm(cmd, NLM_F_ACK);
	if (layout)
		nl_build(nlh, layout, from);
	return nl_exchange(nlh, fn, data);
}

static int nl_got_segment(const struct nlmsghdr *nlh, void *data)
{
	return nl_parse(nlh, &nl_segment_layout, data);
}

static int nl_got_limits(const struct nlmsghdr *nlh, void *data)
{
	return nl_parse(nlh, &nl_limits_layout, data);
}

static int nl_got_usage(const struct nlmsghdr *nlh, void *data)
{
	return nl_parse(nlh, &nl_usage_layout, data);
}

static int nl_got_event(const struct nlmsghdr *nlh, void *data)
{
	return nl_parse(nlh, &nl_event_layout, data);
}

int nl_segment(int id, struct nl_segment *seg)
{
	struct nl_segment asked = { .has = 1ULL << ALTSHM_A_SEGMENT_ID, .id = id };

	return nl_ask(ALTSHM_CMD_SEGMENT_GET, &nl_segment_layout, &asked, nl_got_segment, seg);
}

int nl_segment_remove(int id, bool orphan_only)
{
	struct nl_segment asked = { .has = 1ULL << ALTSHM_A_SEGMENT_ID, .id = id };

	if (orphan_only)
		asked.has |= 1ULL << ALTSHM_A_SEGMENT_ORPHAN_ONLY;
	return nl_ask(ALTSHM_CMD_SEGMENT_REMOVE, &nl_segment_layout, &asked, NULL, NULL);
}

int nl_limits(struct nl_limits *limits)
{
	return nl_ask(ALTSHM_CMD_LIMITS_GET, NULL, NULL, nl_got_limits, limits);
}

int nl_limits_set(const struct nl_limits *limits)
{
	return nl_ask(ALTSHM_CMD_LIMITS_SET, &nl_limits_layout, limits, NULL, NULL);
}

int nl_usage(struct nl_usage *usage)
{
	return nl_ask(ALTSHM_CMD_USAGE_GET, NULL, NULL, nl_got_usage, usage);
}

/* The answer is the last message before events come on the socket. */
static int nl_ask_events(uint64_t *seq)
{
	struct nl_event event = { 0 };
	int err = nl_exchange(nl_begin_altshm(ALTSHM_CMD_EVENTS_GET, 0), nl_got_event, &event);

	*seq = event.seq;
	return err;
}

int nl_last_event(uint64_t *seq)
{
	int err = nl_open();

	if (err)
		return err;
	err = nl_ask_events(seq);
	/* Nobody reads them here. */
	if (nl.socket)
		nl_close();
	return err;
}

int nl_listen(unsigned int buffer, uint64_t *seq)
{
	int err = nl_open();

	if (err)
		return err;
	nl_events_widen(nl.socket, buffer);
	err = nl_ask_events(seq);
	if (err)
		return err;
	err = nl_events_take(nl.socket, nl.family);
	/* The next request opens another. */
	nl.socket = NULL;
	return err;
}

struct nl_segments {
	int (*fn)(const struct nl_segment *seg, void *data);
	void *data;
};

static int nl_each_segment(const struct nlmsghdr *nlh, void *data)
{
	const struct nl_segments *each = data;
	struct nl_segment seg;
	int err = nl_parse(nlh, &nl_segment_layout, &seg);

	return err ? err : each->fn(&seg, each->data);
}

int nl_segments(int (*fn)(const struct nl_segment *seg, void *data), void *data)
{
	struct nl_segments each = { fn, data };
	int err = nl_open();

	if (err)
		return err;
	return nl_exchange(nl_begin_altshm(ALTSHM_CMD_SEGMENT_GET, NLM_F_DUMP), nl_each_segment,
			   &each);
}

struct nl_attachers {
	int (*fn)(const struct nl_attacher *att, void *data);
	void *data;
};

static int nl_each_attacher(const struct nlmsghdr *nlh, void *data)
{
	const struct nl_attachers *each = data;
	struct nl_attacher att;
	int err = nl_parse(nlh, &nl_attacher_layout, &att);

	return err ? err : each->fn(&att, each->data);
}

int nl_attachers(int id, int (*fn)(const struct nl_attacher *att, void *data), void *data)
{
	struct nl_attachers each = { fn, data };
	struct nlmsghdr *nlh;
	int err = nl_open();

	if (err)
		return err;
	nlh = nl_begin_altshm(ALTSHM_CMD_ATTACHER_GET, NLM_F_DUMP);
	mnl_attr_put_u32(nlh, ALTSHM_A_ATTACHER_ID, id);
	return nl_exchange(nlh, nl_each_attacher, &each);
}
