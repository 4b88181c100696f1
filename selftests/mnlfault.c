// SPDX-License-Identifier: GPL-2.0-only
/*
 * Preloaded into the altshm command: a kernel whose module has no netlink
 * family (MNLFAULT=family), one that allows no netlink (MNLFAULT=denied), one whose
 * table changes during the first N dumps (MNLFAULT=N), and one where each segment is
 * attached just before it is to be removed (MNLFAULT=attach).
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/altshm.h>
#include <linux/altshm_netlink.h>
#include <linux/genetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

static const char *fault(void)
{
	return getenv("MNLFAULT") ?: "";
}

struct mnl_socket *mnl_socket_open2(int bus, int flags)
{
	struct mnl_socket *(*next)(int bus, int flags);

	*(void **)&next = dlsym(RTLD_NEXT, "mnl_socket_open2");
	if (strcmp(fault(), "denied"))
		return next(bus, flags);
	errno = EPERM;
	return NULL;
}

void mnl_attr_put_strz(struct nlmsghdr *nlh, uint16_t type, const char *data)
{
	void (*next)(struct nlmsghdr *nlh, uint16_t type, const char *data);

	*(void **)&next = dlsym(RTLD_NEXT, "mnl_attr_put_strz");
	next(nlh, type, strcmp(fault(), "family") ? data : "no-such-family");
}

/* The identifier is the first attribute. */
static void attach_removed(const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *id = mnl_nlmsg_get_payload_offset(nlh, sizeof(*genl));
	struct altshm_attach attach = { 0 };

	if (nlh->nlmsg_type == GENL_ID_CTRL || genl->cmd != ALTSHM_CMD_SEGMENT_REMOVE)
		return;
	attach.shmid = mnl_attr_get_u32(id);
	if (ioctl(open(ALTSHM_DEVICE, O_RDWR | O_CLOEXEC), ALTSHM_IOC_ATTACH, &attach))
		abort();
}

ssize_t mnl_socket_sendto(const struct mnl_socket *nl, const void *req, size_t size)
{
	ssize_t (*next)(const struct mnl_socket *nl, const void *req, size_t size);

	*(void **)&next = dlsym(RTLD_NEXT, "mnl_socket_sendto");
	if (!strcmp(fault(), "attach"))
		attach_removed(req);
	return next(nl, req, size);
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
