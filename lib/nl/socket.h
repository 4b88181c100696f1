/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sockets and the family's number: inside of lib/nl.
 */
#ifndef _ALTSHM_NL_SOCKET_H
#define _ALTSHM_NL_SOCKET_H

#include <libmnl/libmnl.h>
#include <stdint.h>

/* A socket that is told why a request failed; NULL with errno. */
struct mnl_socket *nl_socket_open(void);

/* The family's number in what the kernel's controller says of it; 0 or -EPROTO. */
int nl_family_parse(const struct nlmsghdr *nlh, uint16_t *family);

/* Gives a socket room for events, of so many bytes if it may have them. */
void nl_events_widen(struct mnl_socket *socket, unsigned int buffer);

/* The socket that nl_events() is to read, and the family's number; 0 or a negative errno. */
int nl_events_take(struct mnl_socket *socket, uint16_t family);

#endif /* _ALTSHM_NL_SOCKET_H */
