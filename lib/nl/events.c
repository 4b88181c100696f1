// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The socket on which events come.
 */
#include "nl.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include "field.h"
#include "socket.h"

static struct mnl_socket *events_socket;

static int events_prepare(struct mnl_socket *socket, uint32_t group, int buffer)
{
	int fd = mnl_socket_get_fd(socket);

	/* Not what was asked for is better than nothing. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof(buffer)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer));
	if (fcntl(fd, F_SETFL, O_NONBLOCK) ||
	    mnl_socket_setsockopt(socket, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)))
		return -errno;
	return 0;
}

int nl_events_open(uint32_t group, unsigned int buffer)
{
	int err;

	if (!group)
		return -EPROTO;
	events_socket = nl_socket_open();
	if (!events_socket)
		return -errno;
	err = events_prepare(events_socket, group, buffer);
	if (err) {
		mnl_socket_close(events_socket);
		events_socket = NULL;
	}
	return err;
}

int nl_listen_fd(void)
{
	return mnl_socket_get_fd(events_socket);
}

static int events_each(const struct nlmsghdr *nlh, int len,
		       int (*fn)(const struct nl_event *event, void *data), void *data)
{
	struct nl_event event;
	int err = 0;

	for (; !err && mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
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
