// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What generic netlink needs before the family itself can be talked to.
 */
#include "socket.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "nl.h"

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

static void family_group(const struct nlattr *group, struct nl_family *family)
{
	const struct nlattr *attr;
	bool events = false;
	uint32_t id = 0;

	mnl_attr_for_each_nested(attr, group) {
		switch (mnl_attr_get_type(attr)) {
		case CTRL_ATTR_MCAST_GRP_NAME:
			if (!mnl_attr_validate(attr, MNL_TYPE_NUL_STRING))
				events = !strcmp(mnl_attr_get_str(attr), ALTSHM_MCGRP_EVENTS);
			break;
		case CTRL_ATTR_MCAST_GRP_ID:
			if (!mnl_attr_validate(attr, MNL_TYPE_U32))
				id = mnl_attr_get_u32(attr);
			break;
		}
	}
	if (events)
		family->events = id;
}

int nl_family_parse(const struct nlmsghdr *nlh, struct nl_family *family)
{
	const struct nlattr *attr, *group;

	*family = (struct nl_family){ 0 };
	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		switch (mnl_attr_get_type(attr)) {
		case CTRL_ATTR_FAMILY_ID:
			if (mnl_attr_validate(attr, MNL_TYPE_U16))
				return -EPROTO;
			family->id = mnl_attr_get_u16(attr);
			break;
		case CTRL_ATTR_MCAST_GROUPS:
			mnl_attr_for_each_nested(group, attr)
				family_group(group, family);
			break;
		}
	}
	return 0;
}
