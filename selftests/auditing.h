/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The audit system, turned on for a test: its socket, where records come.
 */
#ifndef _ALTSHM_SELFTESTS_AUDITING_H
#define _ALTSHM_SELFTESTS_AUDITING_H

#include <linux/audit.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include "common.h"

/* The end of what belongs to one call; the records come in order. */
#define MARK	AUDIT_FIRST_USER_MSG

static inline int tell_audit(int sock, int type, const void *data, size_t size)
{
	struct {
		struct nlmsghdr head;
		char data[2048];
	} message = {
		.head = { .nlmsg_len = NLMSG_LENGTH(size), .nlmsg_type = type,
			  .nlmsg_flags = NLM_F_REQUEST },
	};

	memcpy(message.data, data, size);
	return send(sock, &message, message.head.nlmsg_len, 0) < 0 ? -errno : 0;
}

static inline int set_audit(int sock, struct audit_status status)
{
	return tell_audit(sock, AUDIT_SET, &status, sizeof(status));
}

static inline int switch_audit(int sock, bool on)
{
	return set_audit(sock, (struct audit_status) {
		.mask = AUDIT_STATUS_ENABLED, .enabled = on,
	});
}

/* Turns auditing on and returns where the records come. */
static inline int open_audit(void)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK,
				       .nl_groups = 1U << (AUDIT_NLGRP_READLOG - 1) };
	struct timeval limit = { .tv_sec = 20 };
	int sock = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT);

	if (sock < 0)
		return -errno;
	if (bind(sock, (struct sockaddr *)&address, sizeof(address)) ||
	    setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)))
		return -errno;
	return switch_audit(sock, true) ?: sock;
}

static inline void close_audit(int sock)
{
	switch_audit(sock, false);
	close(sock);
}

struct audit_record {
	struct nlmsghdr head;
	char text[8192];
};

/* The next record, @text what it has after its stamp; -errno. */
static inline int next_record(int sock, struct audit_record *record, const char **text)
{
	ssize_t size = recv(sock, record, sizeof(*record) - 1, 0);

	if (size < 0)
		return -errno;
	((char *)record)[size] = '\0';
	*text = strstr(record->text, "): ");
	*text = *text ? *text + 3 : "";
	return 0;
}

#endif /* _ALTSHM_SELFTESTS_AUDITING_H */
