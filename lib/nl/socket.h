/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sockets and the family's numbers: inside of lib/nl.
 */
#ifndef _ALTSHM_NL_SOCKET_H
#define _ALTSHM_NL_SOCKET_H

#include <libmnl/libmnl.h>
#include <stdint.h>

struct nl_family {
	uint16_t id;
	uint32_t events;	/* multicast group, 0 if there is none */
};

/* A socket that is told why a request failed; NULL with errno. */
struct mnl_socket *nl_socket_open(void);

/* What the kernel's controller says of a family; 0 or -EPROTO. */
int nl_family_parse(const struct nlmsghdr *nlh, struct nl_family *family);

/* Opens the socket that nl_events() reads, in @group; 0 or a negative errno. */
int nl_events_open(uint32_t group, unsigned int buffer);

#endif /* _ALTSHM_NL_SOCKET_H */
