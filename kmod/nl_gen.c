// SPDX-License-Identifier: GPL-2.0-only
/* Do not edit directly, auto-generated from: */
/*	uapi/altshm.yaml */
/* YNL-GEN kernel source */
/* To regenerate run: scripts/netlink-spec */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "nl_gen.h"

#include <uapi/linux/altshm_netlink.h>

/* ALTSHM_CMD_SEGMENT_GET - do */
static const struct nla_policy altshm_segment_get_nl_policy[ALTSHM_A_SEGMENT_ID + 1] = {
	[ALTSHM_A_SEGMENT_ID] = { .type = NLA_S32, },
};

/* ALTSHM_CMD_SEGMENT_REMOVE - do */
static const struct nla_policy altshm_segment_remove_nl_policy[ALTSHM_A_SEGMENT_ORPHAN_ONLY + 1] = {
	[ALTSHM_A_SEGMENT_ID] = { .type = NLA_S32, },
	[ALTSHM_A_SEGMENT_ORPHAN_ONLY] = { .type = NLA_FLAG, },
};

/* ALTSHM_CMD_ATTACHER_GET - dump */
static const struct nla_policy altshm_attacher_get_nl_policy[ALTSHM_A_ATTACHER_ID + 1] = {
	[ALTSHM_A_ATTACHER_ID] = { .type = NLA_S32, },
};

/* ALTSHM_CMD_LIMITS_SET - do */
static const struct nla_policy altshm_limits_set_nl_policy[ALTSHM_A_LIMITS_FOLLOW + 1] = {
	[ALTSHM_A_LIMITS_SHMMAX] = { .type = NLA_U64, },
	[ALTSHM_A_LIMITS_SHMALL] = { .type = NLA_U64, },
	[ALTSHM_A_LIMITS_SHMMNI] = { .type = NLA_U32, },
	[ALTSHM_A_LIMITS_ORPHAN_TIMEOUT] = { .type = NLA_U32, },
	[ALTSHM_A_LIMITS_FOLLOW] = NLA_POLICY_MASK(NLA_U32, 0x7),
};

/* Ops table for altshm */
const struct genl_split_ops altshm_nl_ops[8] = {
	{
		.cmd		= ALTSHM_CMD_SEGMENT_GET,
		.doit		= altshm_nl_segment_get_doit,
		.policy		= altshm_segment_get_nl_policy,
		.maxattr	= ALTSHM_A_SEGMENT_ID,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd	= ALTSHM_CMD_SEGMENT_GET,
		.start	= altshm_nl_segment_get_start,
		.dumpit	= altshm_nl_segment_get_dumpit,
		.done	= altshm_nl_segment_get_done,
		.flags	= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= ALTSHM_CMD_SEGMENT_REMOVE,
		.doit		= altshm_nl_segment_remove_doit,
		.policy		= altshm_segment_remove_nl_policy,
		.maxattr	= ALTSHM_A_SEGMENT_ORPHAN_ONLY,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= ALTSHM_CMD_ATTACHER_GET,
		.start		= altshm_nl_attacher_get_start,
		.dumpit		= altshm_nl_attacher_get_dumpit,
		.done		= altshm_nl_attacher_get_done,
		.policy		= altshm_attacher_get_nl_policy,
		.maxattr	= ALTSHM_A_ATTACHER_ID,
		.flags		= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd	= ALTSHM_CMD_LIMITS_GET,
		.doit	= altshm_nl_limits_get_doit,
		.flags	= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= ALTSHM_CMD_LIMITS_SET,
		.doit		= altshm_nl_limits_set_doit,
		.policy		= altshm_limits_set_nl_policy,
		.maxattr	= ALTSHM_A_LIMITS_FOLLOW,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd	= ALTSHM_CMD_USAGE_GET,
		.doit	= altshm_nl_usage_get_doit,
		.flags	= GENL_CMD_CAP_DO,
	},
	{
		.cmd	= ALTSHM_CMD_EVENTS_GET,
		.doit	= altshm_nl_events_get_doit,
		.flags	= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
};
