// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The socket on which events come.
 */
#include "nl.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/genetlink.h>
#include <sys/socket.h>

#include "field.h"
#include "socket.h"

static struct mnl_socket *events_socket;
static uint16_t events_family;

void nl_events_widen(struct mnl_socket *socket, unsigned int buffer)
{
	int fd = mnl_socket_get_fd(socket), size = buffer;

	/* Not what was asked for is better than nothing. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

int nl_events_take(struct mnl_socket *socket, uint16_t family)
{
	int controller = GENL_ID_CTRL;

	events_socket = socket;
	events_family = family;
	/* Its group, which tells when the family goes, has the controller's own number. */
	if (mnl_socket_setsockopt(socket, NETLINK_ADD_MEMBERSHIP, &controller, sizeof(controller)))
		return -errno;
	return fcntl(mnl_socket_get_fd(socket), F_SETFL, O_NONBLOCK) ? -errno : 0;
}

int nl_listen_fd(void)
{
	return mnl_socket_get_fd(events_socket);
}

/* What the controller tells of families; -ENOENT when this one has gone. */
static int events_controller(const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	uint16_t family;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*genl) || nl_family_parse(nlh, &family))
		return -EPROTO;
	return genl->cmd == CTRL_CMD_DELFAMILY && family == events_family ? -ENOENT : 0;
}

static int events_each(const struct nlmsghdr *nlh, int len,
		       int (*fn)(const struct nl_event *event, void *data), void *data)
{
	struct nl_event event;
	int err = 0;

	for (; !err && mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
		if (nlh->nlmsg_type != events_family) {
			err = nlh->nlmsg_type == GENL_ID_CTRL ? events_controller(nlh) : 0;
			continue;
		}
		err = nl_parse(nlh, &nl_event_layout, &event);
		if (!err)
			err = fn(&event, data);
	}
	return err;
}

int nl_events(int (*fn)(const struct nl_event *event, void *data), void *data)
{
	static union {
		struct nlmsghdr header;
		char bytes[4096];
	} message;
	ssize_t len;
	int err = 0;

	while (!err) {
		len = mnl_socket_recvfrom(events_socket, message.bytes, sizeof(message.bytes));
		if (len >= 0)
			err = events_each(&message.header, len, fn, data);
		else if (errno == EAGAIN)
			break;
		else if (errno != EINTR)
			err = -errno;
	}
	return err;
}
