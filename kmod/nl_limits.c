// SPDX-License-Identifier: GPL-2.0-only
/*
 * Limits of an IPC namespace, shown and set by netlink.
 */
#include "nl.h"

#include <linux/limits.h>
#include <linux/minmax.h>

#include <uapi/linux/altshm.h>

#include "ctl.h"
#include "refuse.h"
#include "space.h"

#define LIMITS_MSG_SIZE	(3 * nla_total_size(sizeof(u32)) + 2 * nla_total_size_64bit(sizeof(u64)))

static_assert((int)ALTSHM_LIMIT_FLAG_SHMMAX == (int)ALTSHM_LIMIT_SHMMAX &&
	      (int)ALTSHM_LIMIT_FLAG_SHMALL == (int)ALTSHM_LIMIT_SHMALL &&
	      (int)ALTSHM_LIMIT_FLAG_SHMMNI == (int)ALTSHM_LIMIT_SHMMNI);

static int limits_put(struct sk_buff *skb, const void *what)
{
	const struct altshm_space_limits *limits = what;

	if (altshm_nl_put_u64(skb, ALTSHM_A_LIMITS_SHMMAX, limits->shmmax) ||
	    altshm_nl_put_u64(skb, ALTSHM_A_LIMITS_SHMALL, limits->shmall) ||
	    nla_put_u32(skb, ALTSHM_A_LIMITS_SHMMNI, limits->shmmni) ||
	    nla_put_u32(skb, ALTSHM_A_LIMITS_ORPHAN_TIMEOUT, limits->orphan_timeout) ||
	    nla_put_u32(skb, ALTSHM_A_LIMITS_OWN, limits->own))
		return -EMSGSIZE;
	return 0;
}

int altshm_nl_limits_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct altshm_space_limits limits;
	struct altshm_nl_asker asker;
	int err;

	err = altshm_nl_asker_borrow(&asker, skb);
	if (err)
		return err;
	limits = altshm_space_limits(altshm_space_enter(asker.ipc_ns), asker.ipc_ns);
	return altshm_nl_reply(info, LIMITS_MSG_SIZE, limits_put, &limits);
}

/* Return: the limits that @attrs have something about, 0 when they contradict. */
static unsigned int limits_parse(struct altshm_space_limits *limits, struct nlattr **attrs)
{
	struct nlattr *shmmax = attrs[ALTSHM_A_LIMITS_SHMMAX];
	struct nlattr *shmall = attrs[ALTSHM_A_LIMITS_SHMALL];
	struct nlattr *shmmni = attrs[ALTSHM_A_LIMITS_SHMMNI];
	struct nlattr *timeout = attrs[ALTSHM_A_LIMITS_ORPHAN_TIMEOUT];
	struct nlattr *follow = attrs[ALTSHM_A_LIMITS_FOLLOW];
	unsigned int which = follow ? nla_get_u32(follow) : 0;

	*limits = (struct altshm_space_limits) {
		.own = (shmmax ? ALTSHM_LIMIT_SHMMAX : 0) | (shmall ? ALTSHM_LIMIT_SHMALL : 0) |
		       (shmmni ? ALTSHM_LIMIT_SHMMNI : 0),
		.shmmax = shmmax ? min_t(u64, nla_get_u64(shmmax), SIZE_MAX) : 0,
		.shmall = shmall ? min_t(u64, nla_get_u64(shmall), SIZE_MAX) : 0,
		.shmmni = shmmni ? nla_get_u32(shmmni) : 0,
		.orphan_timeout = timeout ? nla_get_u32(timeout) : 0,
	};
	if (which & limits->own)
		return 0;
	return which | limits->own | (timeout ? ALTSHM_SPACE_ORPHANS : 0);
}

static int limits_set(const struct altshm_nl_asker *asker, struct genl_info *info)
{
	struct altshm_space_limits limits;
	unsigned int which;
	int err;

	if (!altshm_nl_capable(asker, CAP_SYS_RESOURCE)) {
		GENL_SET_ERR_MSG(info, "needs CAP_SYS_RESOURCE over the IPC namespace");
		return altshm_refuse(-EPERM, ALTSHM_RULE_RESOURCE_CAPABILITY, 0, 0);
	}
	which = limits_parse(&limits, info->attrs);
	if (!which) {
		GENL_SET_ERR_MSG(info, "no limit is given, or one both given and to follow");
		return -EINVAL;
	}
	err = altshm_ctl_set_limits(&limits, which);
	if (err == -EINVAL)
		GENL_SET_ERR_MSG(info, "shmmni is 1048576 at most");
	return err;
}

int altshm_nl_limits_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct altshm_refusal refusal;
	struct altshm_nl_asker asker;
	int err;

	err = altshm_nl_asker_borrow(&asker, skb);
	if (err)
		return err;
	altshm_refusal_watch(&refusal);
	err = limits_set(&asker, info);
	altshm_refusal_unwatch(&refusal, err);
	return err;
}
