// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What generic netlink needs before the family itself can be talked to.
 */
#include "socket.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <sys/socket.h>

struct mnl_socket *nl_socket_open(void)
{
	struct mnl_socket *socket = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	int on = 1, err;

	if (!socket)
		return NULL;
	/* Without them there are just fewer words. */
	mnl_socket_setsockopt(socket, NETLINK_EXT_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(socket, NETLINK_CAP_ACK, &on, sizeof(on));
	if (!mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID))
		return socket;
	err = errno;
	mnl_socket_close(socket);
	errno = err;
	return NULL;
}

int nl_family_parse(const struct nlmsghdr *nlh, uint16_t *family)
{
	const struct nlattr *attr;

	*family = 0;
	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) != CTRL_ATTR_FAMILY_ID)
			continue;
		if (mnl_attr_validate(attr, MNL_TYPE_U16))
			return -EPROTO;
		*family = mnl_attr_get_u16(attr);
	}
	return 0;
}
