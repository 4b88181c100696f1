// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Attributes to structures and back, by tables.
 */
#include "field.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <string.h>

#define FIELD(kind, type, name)	{ kind, offsetof(struct type, name) }
#define LAYOUT(type, table)	{ table, sizeof(table) / sizeof((table)[0]), sizeof(struct type) }

static const struct nl_field nl_segment_fields[] = {
	[ALTSHM_A_SEGMENT_ID] = FIELD(NL_32, nl_segment, id),
	[ALTSHM_A_SEGMENT_KEY] = FIELD(NL_32, nl_segment, key),
	[ALTSHM_A_SEGMENT_SIZE] = FIELD(NL_64, nl_segment, size),
	[ALTSHM_A_SEGMENT_MODE] = FIELD(NL_32, nl_segment, mode),
	[ALTSHM_A_SEGMENT_UID] = FIELD(NL_32, nl_segment, uid),
	[ALTSHM_A_SEGMENT_GID] = FIELD(NL_32, nl_segment, gid),
	[ALTSHM_A_SEGMENT_CUID] = FIELD(NL_32, nl_segment, cuid),
	[ALTSHM_A_SEGMENT_CGID] = FIELD(NL_32, nl_segment, cgid),
	[ALTSHM_A_SEGMENT_CPID] = FIELD(NL_32, nl_segment, cpid),
	[ALTSHM_A_SEGMENT_LPID] = FIELD(NL_32, nl_segment, lpid),
	[ALTSHM_A_SEGMENT_ATIME] = FIELD(NL_64, nl_segment, atime),
	[ALTSHM_A_SEGMENT_DTIME] = FIELD(NL_64, nl_segment, dtime),
	[ALTSHM_A_SEGMENT_CTIME] = FIELD(NL_64, nl_segment, ctime),
	[ALTSHM_A_SEGMENT_NATTCH] = FIELD(NL_64, nl_segment, nattch),
	[ALTSHM_A_SEGMENT_RSS] = FIELD(NL_64, nl_segment, rss),
	[ALTSHM_A_SEGMENT_SWAP] = FIELD(NL_64, nl_segment, swap),
	[ALTSHM_A_SEGMENT_HUGE] = FIELD(NL_64, nl_segment, huge),
	[ALTSHM_A_SEGMENT_BACKING] = FIELD(NL_32, nl_segment, backing),
	[ALTSHM_A_SEGMENT_PAGE_SIZE] = FIELD(NL_64, nl_segment, page_size),
	[ALTSHM_A_SEGMENT_FLAGS] = FIELD(NL_32, nl_segment, flags),
	[ALTSHM_A_SEGMENT_ORPHAN_ONLY] = { NL_FLAG, 0 },
};

static const struct nl_field nl_attacher_fields[] = {
	[ALTSHM_A_ATTACHER_PID] = FIELD(NL_32, nl_attacher, pid),
	[ALTSHM_A_ATTACHER_COMM] = FIELD(NL_NAME, nl_attacher, comm),
	[ALTSHM_A_ATTACHER_UID] = FIELD(NL_32, nl_attacher, uid),
	[ALTSHM_A_ATTACHER_START] = FIELD(NL_64, nl_attacher, start),
	[ALTSHM_A_ATTACHER_END] = FIELD(NL_64, nl_attacher, end),
	[ALTSHM_A_ATTACHER_OFFSET] = FIELD(NL_64, nl_attacher, offset),
	[ALTSHM_A_ATTACHER_LENGTH] = FIELD(NL_64, nl_attacher, length),
	[ALTSHM_A_ATTACHER_FLAGS] = FIELD(NL_32, nl_attacher, flags),
	[ALTSHM_A_ATTACHER_SINCE] = FIELD(NL_64, nl_attacher, since),
};

static const struct nl_field nl_limits_fields[] = {
	[ALTSHM_A_LIMITS_SHMMAX] = FIELD(NL_64, nl_limits, shmmax),
	[ALTSHM_A_LIMITS_SHMALL] = FIELD(NL_64, nl_limits, shmall),
	[ALTSHM_A_LIMITS_SHMMNI] = FIELD(NL_32, nl_limits, shmmni),
	[ALTSHM_A_LIMITS_ORPHAN_TIMEOUT] = FIELD(NL_32, nl_limits, orphan_timeout),
	[ALTSHM_A_LIMITS_OWN] = FIELD(NL_32, nl_limits, own),
	[ALTSHM_A_LIMITS_FOLLOW] = FIELD(NL_32, nl_limits, follow),
};

static const struct nl_field nl_usage_fields[] = {
	[ALTSHM_A_USAGE_SEGMENTS] = FIELD(NL_32, nl_usage, segments),
	[ALTSHM_A_USAGE_REMOVED] = FIELD(NL_32, nl_usage, removed),
	[ALTSHM_A_USAGE_ORPHANS] = FIELD(NL_32, nl_usage, orphans),
	[ALTSHM_A_USAGE_MAX_INDEX] = FIELD(NL_32, nl_usage, max_index),
	[ALTSHM_A_USAGE_PAGES] = FIELD(NL_64, nl_usage, pages),
	[ALTSHM_A_USAGE_RSS] = FIELD(NL_64, nl_usage, rss),
	[ALTSHM_A_USAGE_SWAP] = FIELD(NL_64, nl_usage, swap),
	[ALTSHM_A_USAGE_HUGE] = FIELD(NL_64, nl_usage, huge),
	[ALTSHM_A_USAGE_NATTCH] = FIELD(NL_64, nl_usage, nattch),
	[ALTSHM_A_USAGE_IPC_NS] = FIELD(NL_32, nl_usage, ipc_ns),
};

static const struct nl_field nl_event_fields[] = {
	[ALTSHM_A_EVENT_SEQ] = FIELD(NL_64, nl_event, seq),
	[ALTSHM_A_EVENT_TYPE] = FIELD(NL_32, nl_event, type),
	[ALTSHM_A_EVENT_TIME] = FIELD(NL_64, nl_event, time),
	[ALTSHM_A_EVENT_IPC_NS] = FIELD(NL_32, nl_event, ipc_ns),
	[ALTSHM_A_EVENT_PID] = FIELD(NL_32, nl_event, pid),
	[ALTSHM_A_EVENT_TID] = FIELD(NL_32, nl_event, tid),
	[ALTSHM_A_EVENT_EUID] = FIELD(NL_32, nl_event, euid),
	[ALTSHM_A_EVENT_COMM] = FIELD(NL_NAME, nl_event, comm),
	[ALTSHM_A_EVENT_ID] = FIELD(NL_32, nl_event, id),
	[ALTSHM_A_EVENT_KEY] = FIELD(NL_32, nl_event, key),
	[ALTSHM_A_EVENT_SIZE] = FIELD(NL_64, nl_event, size),
	[ALTSHM_A_EVENT_SHMFLG] = FIELD(NL_32, nl_event, shmflg),
	[ALTSHM_A_EVENT_RESULT] = FIELD(NL_32, nl_event, result),
	[ALTSHM_A_EVENT_CREATED] = { NL_FLAG, 0 },
	[ALTSHM_A_EVENT_CAUSE] = FIELD(NL_32, nl_event, cause),
	[ALTSHM_A_EVENT_RULE] = FIELD(NL_32, nl_event, rule),
	[ALTSHM_A_EVENT_LIMIT] = FIELD(NL_64, nl_event, limit),
	[ALTSHM_A_EVENT_WANTED] = FIELD(NL_64, nl_event, wanted),
	[ALTSHM_A_EVENT_NATTCH] = FIELD(NL_64, nl_event, nattch),
	[ALTSHM_A_EVENT_UID] = FIELD(NL_32, nl_event, uid),
	[ALTSHM_A_EVENT_GID] = FIELD(NL_32, nl_event, gid),
	[ALTSHM_A_EVENT_MODE] = FIELD(NL_32, nl_event, mode),
};

const struct nl_layout nl_segment_layout = LAYOUT(nl_segment, nl_segment_fields);
const struct nl_layout nl_attacher_layout = LAYOUT(nl_attacher, nl_attacher_fields);
const struct nl_layout nl_limits_layout = LAYOUT(nl_limits, nl_limits_fields);
const struct nl_layout nl_usage_layout = LAYOUT(nl_usage, nl_usage_fields);
const struct nl_layout nl_event_layout = LAYOUT(nl_event, nl_event_fields);

static int field_parse(const struct nlattr *attr, const struct nl_field *field, void *to)
{
	size_t len = mnl_attr_get_payload_len(attr), wanted;
	const void *from = mnl_attr_get_payload(attr);
	char *at = (char *)to + field->offset;

	switch (field->kind) {
	case NL_32:
	case NL_64:
		wanted = field->kind == NL_32 ? sizeof(uint32_t) : sizeof(uint64_t);
		if (len != wanted)
			return -EPROTO;
		memcpy(at, from, wanted);
		break;
	case NL_NAME:
		if (len >= NL_COMM)
			len = NL_COMM - 1;
		memcpy(at, from, len);
		break;
	case NL_NONE:
	case NL_FLAG:
		break;
	}
	return 0;
}

int nl_parse(const struct nlmsghdr *nlh, const struct nl_layout *layout, void *to)
{
	uint64_t has = 0;
	struct nlattr *attr;
	unsigned int type;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(struct genlmsghdr))
		return -EPROTO;
	memset(to, 0, layout->size);
	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		type = mnl_attr_get_type(attr);
		if (type >= layout->count)
			continue;
		if (field_parse(attr, &layout->fields[type], to))
			return -EPROTO;
		has |= 1ULL << type;
	}
	*(uint64_t *)to = has;
	return 0;
}

void nl_build(struct nlmsghdr *nlh, const struct nl_layout *layout, const void *from)
{
	static const size_t sizes[] = { [NL_32] = sizeof(uint32_t), [NL_64] = sizeof(uint64_t),
					[NL_FLAG] = 0 };
	uint64_t has = *(const uint64_t *)from;
	const struct nl_field *field;
	unsigned int type;

	for (type = 0; type < layout->count; type++) {
		field = &layout->fields[type];
		if (!(has & 1ULL << type))
			continue;
		mnl_attr_put(nlh, type, sizes[field->kind], (const char *)from + field->offset);
	}
}
