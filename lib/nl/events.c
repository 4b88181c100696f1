// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The socket on which events come.
 */
#include "nl.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

#include "field.h"
#include "socket.h"

static struct mnl_socket *events_socket;

void nl_events_widen(struct mnl_socket *socket, unsigned int buffer)
{
	int fd = mnl_socket_get_fd(socket), size = buffer;

	/* Not what was asked for is better than nothing. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

int nl_events_take(struct mnl_socket *socket)
{
	events_socket = socket;
	return fcntl(mnl_socket_get_fd(socket), F_SETFL, O_NONBLOCK) ? -errno : 0;
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
