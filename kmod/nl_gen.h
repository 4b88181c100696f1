/* SPDX-License-Identifier: GPL-2.0-only */
/* Do not edit directly, auto-generated from: */
/*	uapi/altshm.yaml */
/* YNL-GEN kernel header */
/* To regenerate run: scripts/netlink-spec */

#ifndef _LINUX_ALTSHM_GEN_H
#define _LINUX_ALTSHM_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include "compat.h"

#include <uapi/linux/altshm_netlink.h>

/* Ops table for altshm */
extern const struct genl_split_ops altshm_nl_ops[8];

int altshm_nl_segment_get_start(struct netlink_callback *cb);
int altshm_nl_attacher_get_start(struct netlink_callback *cb);
int altshm_nl_segment_get_done(struct netlink_callback *cb);
int altshm_nl_attacher_get_done(struct netlink_callback *cb);

int altshm_nl_segment_get_doit(struct sk_buff *skb, struct genl_info *info);
int altshm_nl_segment_get_dumpit(struct sk_buff *skb,
				 struct netlink_callback *cb);
int altshm_nl_segment_remove_doit(struct sk_buff *skb, struct genl_info *info);
int altshm_nl_attacher_get_dumpit(struct sk_buff *skb,
				  struct netlink_callback *cb);
int altshm_nl_limits_get_doit(struct sk_buff *skb, struct genl_info *info);
int altshm_nl_limits_set_doit(struct sk_buff *skb, struct genl_info *info);
int altshm_nl_usage_get_doit(struct sk_buff *skb, struct genl_info *info);
int altshm_nl_events_get_doit(struct sk_buff *skb, struct genl_info *info);

enum {
	ALTSHM_NLGRP_EVENTS,
};

#endif /* _LINUX_ALTSHM_GEN_H */
