// SPDX-License-Identifier: GPL-2.0-only
/*
 * Preloaded into the altshm command: a kernel whose module has no netlink
 * family (MNLFAULT=family), and one whose table changes during the first N
 * dumps (MNLFAULT=N).
 */
#include <dlfcn.h>
#include <libmnl/libmnl.h>
#include <stdlib.h>
#include <string.h>

static const char *fault(void)
{
	return getenv("MNLFAULT") ?: "";
}

void mnl_attr_put_strz(struct nlmsghdr *nlh, uint16_t type, const char *data)
{
	void (*next)(struct nlmsghdr *nlh, uint16_t type, const char *data);

	*(void **)&next = dlsym(RTLD_NEXT, "mnl_attr_put_strz");
	next(nlh, type, strcmp(fault(), "family") ? data : "no-such-family");
}

ssize_t mnl_socket_recvfrom(const struct mnl_socket *nl, void *buf, size_t size)
{
	static int interrupted;
	struct nlmsghdr *nlh = buf;
	ssize_t (*next)(const struct mnl_socket *nl, void *buf, size_t size);
	ssize_t len;

	*(void **)&next = dlsym(RTLD_NEXT, "mnl_socket_recvfrom");
	len = next(nl, buf, size);
	if (len >= (ssize_t)sizeof(*nlh) && nlh->nlmsg_flags & NLM_F_MULTI &&
	    interrupted < atoi(fault())) {
		nlh->nlmsg_flags |= NLM_F_DUMP_INTR;
		interrupted += nlh->nlmsg_type == NLMSG_DONE;
	}
	return len;
}
