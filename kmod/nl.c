// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generic netlink family altshm; what it offers is written down in
 * uapi/altshm.yaml. Here: the family, and requests that change something.
 */
#include "nl.h"

#include <linux/cred.h>
#include <linux/file.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/nsproxy.h>
#include <linux/pid_namespace.h>
#include <net/sock.h>

#include "ctl.h"
#include "nl_event.h"
#include "refuse.h"

/* For tools that join what the specification names; nothing is sent to it, see nl_event.c. */
static const struct genl_multicast_group nl_groups[] = {
	[ALTSHM_NLGRP_EVENTS] = {
		.name = ALTSHM_MCGRP_EVENTS,
		.flags = GENL_MCAST_CAP_NET_ADMIN,
	},
};

struct genl_family altshm_nl_family __ro_after_init = {
	.name = ALTSHM_FAMILY_NAME,
	.version = ALTSHM_FAMILY_VERSION,
	.module = THIS_MODULE,
	.netnsok = true,
	.parallel_ops = true,
	.mcgrps = nl_groups,
	.n_mcgrps = ARRAY_SIZE(nl_groups),
};

int altshm_nl_asker_borrow(struct altshm_nl_asker *asker, const struct sk_buff *skb)
{
	/* The sender holds the socket. */
	const struct socket *socket = NETLINK_CB(skb).sk->sk_socket;

	/* A dump would outlive a module whose start fails in the end. */
	if (READ_ONCE(THIS_MODULE->state) != MODULE_STATE_LIVE)
		return -EAGAIN;
	if (!socket || !socket->file)
		return -EPERM;
	asker->ipc_ns = current->nsproxy->ipc_ns;
	asker->pid_ns = task_active_pid_ns(current);
	asker->cred = current_cred();
	asker->opener = socket->file->f_cred;
	return 0;
}

void altshm_nl_asker_hold(const struct altshm_nl_asker *asker)
{
	get_ipc_ns(asker->ipc_ns);
	get_pid_ns(asker->pid_ns);
	get_cred(asker->cred);
	get_cred(asker->opener);
}

void altshm_nl_asker_release(const struct altshm_nl_asker *asker)
{
	altshm_put_ipc_ns(asker->ipc_ns);
	put_pid_ns(asker->pid_ns);
	put_cred(asker->cred);
	put_cred(asker->opener);
}

int altshm_nl_asked(struct altshm_nl_asker *asker, const struct sk_buff *skb,
		    struct genl_info *info)
{
	int id, err;

	if (GENL_REQ_ATTR_CHECK(info, ALTSHM_A_SEGMENT_ID))
		return -EINVAL;
	id = nla_get_s32(info->attrs[ALTSHM_A_SEGMENT_ID]);
	err = altshm_nl_asker_borrow(asker, skb);
	if (err)
		return err;
	return id < 0 ? altshm_nl_refuse(info->extack, -EINVAL) : id;
}

int altshm_nl_refuse(struct netlink_ext_ack *extack, int err)
{
	switch (err) {
	case -EINVAL:
		NL_SET_ERR_MSG(extack, "no segment of this IPC namespace has the identifier");
		break;
	case -EPERM:
		NL_SET_ERR_MSG(extack, "needs the owner, the creator, or CAP_SYS_ADMIN");
		break;
	case -EACCES:
		NL_SET_ERR_MSG(extack, "needs read permission on the segment, or CAP_SYS_ADMIN");
		break;
	case -EBUSY:
		NL_SET_ERR_MSG(extack, "the segment is no orphan");
		break;
	}
	return err;
}

int altshm_nl_reply(struct genl_info *info, size_t size,
		    int (*put)(struct sk_buff *skb, const void *what), const void *what)
{
	struct sk_buff *reply = genlmsg_new(size, GFP_KERNEL);
	void *head;

	if (!reply)
		return -ENOMEM;
	head = genlmsg_put_reply(reply, info, &altshm_nl_family, 0, info->genlhdr->cmd);
	if (!head || put(reply, what)) {
		nlmsg_free(reply);
		return -EMSGSIZE;
	}
	genlmsg_end(reply, head);
	return genlmsg_reply(reply, info);
}

bool altshm_nl_capable(const struct altshm_nl_asker *asker, int cap)
{
	struct user_namespace *user_ns = asker->ipc_ns->user_ns;
	const struct cred *sender;
	bool capable;

	if (!ns_capable(user_ns, cap))
		return false;
	sender = override_creds(asker->opener);
	capable = ns_capable(user_ns, cap);
	revert_creds(sender);
	return capable;
}

int altshm_nl_segment_remove_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct altshm_refusal refusal;
	struct altshm_nl_asker asker;
	int id, err;

	id = altshm_nl_asked(&asker, skb, info);
	if (id < 0)
		return id;
	altshm_refusal_watch(&refusal);
	err = altshm_ctl_remove_for(id, asker.opener,
				    nla_get_flag(info->attrs[ALTSHM_A_SEGMENT_ORPHAN_ONLY]));
	if (err)
		altshm_refusal_about(err, id, 0);
	altshm_refusal_unwatch(&refusal, err);
	return altshm_nl_refuse(info->extack, err);
}

int altshm_nl_init(void)
{
	int err;

	err = altshm_nl_event_init();
	if (err)
		return err;
	err = altshm_genl_register(&altshm_nl_family, altshm_nl_ops, ARRAY_SIZE(altshm_nl_ops));
	if (err)
		altshm_nl_event_exit();
	return err;
}

void altshm_nl_exit(void)
{
	genl_unregister_family(&altshm_nl_family);
	altshm_nl_event_exit();
}
