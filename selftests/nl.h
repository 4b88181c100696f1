/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Requests to the netlink family altshm, and what comes back: each message as a
 * table of attributes.
 */
#ifndef _ALTSHM_SELFTESTS_NL_H
#define _ALTSHM_SELFTESTS_NL_H

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/altshm_netlink.h>
#include <linux/genetlink.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define NL_ATTRS	32

/* One message; numbers of any size, and what is text as it came. */
struct nl_attrs {
	uint8_t cmd;
	uint16_t flags;
	bool has[NL_ATTRS];
	uint64_t num[NL_ATTRS];
	uint16_t len[NL_ATTRS];
	char text[NL_ATTRS][32];
};

struct nl {
	struct mnl_socket *socket;
	uint16_t family;
	uint32_t group;
	uint32_t seq;
	uint16_t len;		/* of the request in @out */
	char out[512];
	char in[64 * 1024];
	char message[128];	/* what the last error says in words */
	ssize_t have;		/* bytes in @in */
	struct nlmsghdr *next;	/* in @in */
};

static inline struct nlmsghdr *nl_begin(struct nl *nl, uint16_t type, uint8_t cmd, uint16_t flags)
{
	struct nlmsghdr *head = mnl_nlmsg_put_header(nl->out);
	struct genlmsghdr *genl;

	head->nlmsg_type = type;
	head->nlmsg_flags = NLM_F_REQUEST | flags;
	head->nlmsg_seq = ++nl->seq;
	genl = mnl_nlmsg_put_extra_header(head, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = 1;
	return head;
}

/* A request for altshm, to which attributes can be added. */
static inline struct nlmsghdr *nl_request(struct nl *nl, uint8_t cmd, uint16_t flags)
{
	return nl_begin(nl, nl->family, cmd, flags);
}

static inline int nl_send(struct nl *nl)
{
	const struct nlmsghdr *head = (void *)nl->out;

	return mnl_socket_sendto(nl->socket, head, head->nlmsg_len) < 0 ? -errno : 0;
}

/* The next message of any kind, waited for so many milliseconds, or NULL and errno. */
static inline struct nlmsghdr *nl_receive(struct nl *nl, int wait)
{
	struct pollfd poller = { .fd = mnl_socket_get_fd(nl->socket), .events = POLLIN };
	struct nlmsghdr *head = nl->next;
	int left = nl->have;

	if (!head || !mnl_nlmsg_ok(head, left)) {
		if (wait >= 0 && poll(&poller, 1, wait) <= 0) {
			errno = EAGAIN;
			return NULL;
		}
		nl->next = NULL;
		nl->have = mnl_socket_recvfrom(nl->socket, nl->in, sizeof(nl->in));
		if (nl->have < 0)
			return NULL;
		head = (void *)nl->in;
		left = nl->have;
		if (!mnl_nlmsg_ok(head, left)) {
			errno = EPROTO;
			return NULL;
		}
	}
	nl->next = mnl_nlmsg_next(head, &left);
	nl->have = left;
	return head;
}

static inline void nl_parse(struct nl_attrs *attrs, const struct nlmsghdr *head)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(head);
	const struct nlattr *attr;

	memset(attrs, 0, sizeof(*attrs));
	attrs->cmd = genl->cmd;
	attrs->flags = head->nlmsg_flags;
	mnl_attr_for_each(attr, head, sizeof(*genl)) {
		unsigned int type = mnl_attr_get_type(attr);
		unsigned int len = mnl_attr_get_payload_len(attr);

		if (type >= NL_ATTRS)
			continue;
		attrs->has[type] = true;
		attrs->len[type] = len;
		if (len == 4)
			attrs->num[type] = mnl_attr_get_u32(attr);
		if (len == 8)
			attrs->num[type] = mnl_attr_get_u64(attr);
		memcpy(attrs->text[type], mnl_attr_get_payload(attr),
		       len < 31 ? len : 31);
	}
}

/* What an error message or the end of a dump says; its words are left in nl->message. */
static inline int nl_error(struct nl *nl, const struct nlmsghdr *head)
{
	size_t fixed = head->nlmsg_type == NLMSG_ERROR ? sizeof(struct nlmsgerr) : sizeof(int);
	const struct nlattr *attr;

	nl->message[0] = '\0';
	if (head->nlmsg_flags & NLM_F_ACK_TLVS)
		mnl_attr_for_each(attr, head, fixed)
			if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG)
				strncpy(nl->message, mnl_attr_get_str(attr),
					sizeof(nl->message) - 1);
	return *(int *)mnl_nlmsg_get_payload(head);
}

/*
 * The answer to what was begun: 0, or -errno. With attributes as answer, they are
 * left in @attrs.
 */
static inline int nl_do(struct nl *nl, struct nl_attrs *attrs)
{
	struct nlmsghdr *head;
	int error;

	((struct nlmsghdr *)nl->out)->nlmsg_flags |= NLM_F_ACK;
	error = nl_send(nl);
	if (error)
		return error;
	do {
		head = nl_receive(nl, -1);
		if (!head)
			return -errno;
		if (head->nlmsg_type == NLMSG_ERROR && head->nlmsg_seq == nl->seq)
			return nl_error(nl, head);
		if (attrs && head->nlmsg_seq == nl->seq)
			nl_parse(attrs, head);
	} while (1);
}

/*
 * One more of a dump: 1 with a message in @attrs, 0 at the end, -errno. Flags of
 * all messages, the end included, are gathered in @flags.
 */
static inline int nl_dump_next(struct nl *nl, struct nl_attrs *attrs, uint16_t *flags)
{
	struct nlmsghdr *head;

	do {
		head = nl_receive(nl, -1);
		if (!head)
			return -errno;
	} while (head->nlmsg_seq != nl->seq);
	*flags |= head->nlmsg_flags;
	if (head->nlmsg_type == NLMSG_ERROR || head->nlmsg_type == NLMSG_DONE)
		return nl_error(nl, head);
	nl_parse(attrs, head);
	return 1;
}

static inline void nl_close(struct nl *nl)
{
	mnl_socket_close(nl->socket);
	free(nl);
}

/* Number of a group in what the controller says of a family. */
static inline uint32_t nl_group_id(const struct nlattr *groups)
{
	const struct nlattr *group, *attr;

	mnl_attr_for_each_nested(group, groups)
		mnl_attr_for_each_nested(attr, group)
			if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GRP_ID)
				return mnl_attr_get_u32(attr);
	return 0;
}

static inline int nl_resolve(struct nl *nl)
{
	struct nlmsghdr *head = nl_begin(nl, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0);
	const struct nlattr *attr;
	int error;

	mnl_attr_put_strz(head, CTRL_ATTR_FAMILY_NAME, ALTSHM_FAMILY_NAME);
	error = nl_send(nl);
	if (error)
		return error;
	head = nl_receive(nl, -1);
	if (!head)
		return -errno;
	if (head->nlmsg_type == NLMSG_ERROR)
		return nl_error(nl, head);
	mnl_attr_for_each(attr, head, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
			nl->family = mnl_attr_get_u16(attr);
		if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GROUPS)
			nl->group = nl_group_id(attr);
	}
	return nl->family && nl->group ? 0 : -EPROTO;
}

/* A socket of the current task; NULL and errno if that fails. */
static inline struct nl *nl_open(void)
{
	struct nl *nl = calloc(1, sizeof(*nl));
	int error, on = 1;

	nl->socket = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (!nl->socket || mnl_socket_bind(nl->socket, 0, MNL_SOCKET_AUTOPID)) {
		free(nl);
		return NULL;
	}
	mnl_socket_setsockopt(nl->socket, NETLINK_EXT_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(nl->socket, NETLINK_CAP_ACK, &on, sizeof(on));
	error = nl_resolve(nl);
	if (error) {
		nl_close(nl);
		errno = -error;
		return NULL;
	}
	return nl;
}

static inline int nl_join(struct nl *nl)
{
	return mnl_socket_setsockopt(nl->socket, NETLINK_ADD_MEMBERSHIP, &nl->group,
				     sizeof(nl->group)) ? -errno : 0;
}

/* One request about a segment. */
static inline int nl_segment(struct nl *nl, int cmd, int id, struct nl_attrs *attrs)
{
	mnl_attr_put_u32(nl_request(nl, cmd, 0), ALTSHM_A_SEGMENT_ID, id);
	return nl_do(nl, attrs);
}

static inline int nl_simple(struct nl *nl, int cmd, struct nl_attrs *attrs)
{
	nl_request(nl, cmd, 0);
	return nl_do(nl, attrs);
}

/* Begin a dump, of attachers with the segment's identifier. */
static inline int nl_dump(struct nl *nl, int cmd, int id)
{
	struct nlmsghdr *head = nl_request(nl, cmd, NLM_F_DUMP);

	if (cmd == ALTSHM_CMD_ATTACHER_GET)
		mnl_attr_put_u32(head, ALTSHM_A_ATTACHER_ID, id);
	return nl_send(nl);
}

#endif /* _ALTSHM_SELFTESTS_NL_H */
