// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * How an event looks.
 */
#include "event.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "cli.h"
#include "decode.h"
#include "fmt.h"
#include "out.h"
#include "segment.h"

static const char *const event_types[] = {
	[ALTSHM_EVENT_TYPE_GET] = "get",
	[ALTSHM_EVENT_TYPE_ATTACH] = "attach",
	[ALTSHM_EVENT_TYPE_DETACH] = "detach",
	[ALTSHM_EVENT_TYPE_REMOVE] = "remove",
	[ALTSHM_EVENT_TYPE_DESTROY] = "destroy",
	[ALTSHM_EVENT_TYPE_SET] = "set",
	[ALTSHM_EVENT_TYPE_LOCK] = "lock",
	[ALTSHM_EVENT_TYPE_UNLOCK] = "unlock",
	[ALTSHM_EVENT_TYPE_DENY] = "deny",
	[ALTSHM_EVENT_TYPE_LIMIT] = "limit",
	[ALTSHM_EVENT_TYPE_ORPHAN] = "orphan",
};

static const char *const event_causes[] = {
	[ALTSHM_CAUSE_NONE] = "none",
	[ALTSHM_CAUSE_ATTACH] = "attach",
	[ALTSHM_CAUSE_FORK] = "fork",
	[ALTSHM_CAUSE_SPLIT] = "split",
	[ALTSHM_CAUSE_DETACH] = "detach",
	[ALTSHM_CAUSE_MUNMAP] = "munmap",
	[ALTSHM_CAUSE_EXEC] = "exec",
	[ALTSHM_CAUSE_EXIT] = "exit",
	[ALTSHM_CAUSE_REMOVE] = "remove",
	[ALTSHM_CAUSE_LAST_DETACH] = "last-detach",
	[ALTSHM_CAUSE_FORCED] = "forced",
	[ALTSHM_CAUSE_ORPHAN] = "orphan",
	[ALTSHM_CAUSE_NAMESPACE] = "namespace",
};

static const char *event_name(const char *const *names, size_t count, uint32_t value)
{
	return value < count && names[value] ? names[value] : "other";
}

const char *event_type(uint32_t type)
{
	return event_name(event_types, ARRAY_SIZE(event_types), type);
}

static const char *event_cause(uint32_t cause)
{
	return event_name(event_causes, ARRAY_SIZE(event_causes), cause);
}

uint32_t event_type_of(const char *name, size_t len)
{
	uint32_t type;

	for (type = ALTSHM_EVENT_TYPE_GET; type < ARRAY_SIZE(event_types); type++) {
		if (strlen(event_types[type]) == len && !strncmp(event_types[type], name, len))
			return type;
	}
	return 0;
}

bool event_is_foreign(const struct nl_event *event)
{
	static struct stat own;

	/* Without /proc none is known to be. */
	if (!own.st_ino && stat("/proc/self/ns/ipc", &own))
		return false;
	return NL_HAS(event, ALTSHM_A_EVENT_IPC_NS) && event->ipc_ns != own.st_ino;
}

/* The flags of a call as words; only two types have such. */
static const char *event_flags(const struct nl_event *event, char text[DECODE_TEXT])
{
	if (event->type == ALTSHM_EVENT_TYPE_ATTACH)
		return decode_attach_flags(event->shmflg, text);
	return decode_get_flags(event->shmflg, text);
}

/* The name of the error that a call gave, or NULL for none. */
static const char *event_error(const struct nl_event *event)
{
	if (!NL_HAS(event, ALTSHM_A_EVENT_RESULT) || event->result >= 0)
		return NULL;
	return strerrorname_np(-event->result) ?: "error";
}

static void event_when(const struct nl_event *event)
{
	time_t seconds = event->time / 1000000000;
	char text[FMT_TEXT];
	struct tm tm;

	if (!localtime_r(&seconds, &tm) || !strftime(text, sizeof(text), "%H:%M:%S", &tm))
		snprintf(text, sizeof(text), "-");
	out_printf("%s.%03u ", text, (unsigned int)(event->time / 1000000 % 1000));
}

/* What a rule's two numbers mean is in the specification. */
static void event_rule(const struct nl_event *event)
{
	unsigned long long wanted = event->wanted, limit = event->limit;
	bool owned = NL_HAS(event, ALTSHM_A_EVENT_UID);
	char bits[FMT_TEXT], granted[FMT_TEXT];

	out_put(decode_rule(event->rule));
	switch (event->rule) {
	case ALTSHM_RULE_MODE:
		out_printf(" wants %s, granted %s", fmt_bits(wanted, bits),
			   fmt_bits(limit, granted));
		return;
	case ALTSHM_RULE_OWNER:
		/* Its numbers are users as the caller sees them. */
		out_printf(" is %s", owned ? fmt_user(event->uid) : "-");
		return;
	case ALTSHM_RULE_HUGETLB_GROUP:
		out_printf(" is %llu, the caller's %llu", limit, wanted);
		return;
	case ALTSHM_RULE_IDS:
		out_printf(" %llu to %llu in use", wanted, limit);
		return;
	default:
		if (wanted || limit)
			out_printf(" wants %llu, limit %llu", wanted, limit);
	}
}

static void event_refused(const struct nl_event *event)
{
	const char *error = event_error(event);

	event_rule(event);
	if (error)
		out_printf(" %s", error);
}

/* What the events of a type tell beside who did it. */
static void event_details(const struct nl_event *event)
{
	char text[DECODE_TEXT];

	switch (event->type) {
	case ALTSHM_EVENT_TYPE_GET:
		out_printf("key 0x%08x size %llu %s %s", (unsigned int)event->key,
			   (unsigned long long)event->size, event_flags(event, text),
			   event_error(event) ?:
			   NL_HAS(event, ALTSHM_A_EVENT_CREATED) ? "created" : "found");
		return;
	case ALTSHM_EVENT_TYPE_ATTACH:
	case ALTSHM_EVENT_TYPE_DETACH:
		out_printf("%s nattch %llu", event_cause(event->cause),
			   (unsigned long long)event->nattch);
		if (NL_HAS(event, ALTSHM_A_EVENT_SHMFLG))
			out_printf(" %s", event_flags(event, text));
		return;
	case ALTSHM_EVENT_TYPE_REMOVE:
	case ALTSHM_EVENT_TYPE_DESTROY:
		out_printf("%s size %llu", event_cause(event->cause),
			   (unsigned long long)event->size);
		return;
	case ALTSHM_EVENT_TYPE_SET:
		out_printf("owner %s group %u mode %04o", fmt_user(event->uid), event->gid,
			   event->mode);
		return;
	case ALTSHM_EVENT_TYPE_DENY:
	case ALTSHM_EVENT_TYPE_LIMIT:
		return event_refused(event);
	default:
		out_printf("size %llu", (unsigned long long)event->size);
	}
}

void event_print(const struct nl_event *event)
{
	char id[FMT_TEXT];

	event_when(event);
	snprintf(id, sizeof(id), NL_HAS(event, ALTSHM_A_EVENT_ID) ? "%d" : "-", event->id);
	out_cell(7, event_type(event->type));
	out_cell(6, id);
	out_put(event->comm);
	out_printf("[%d] ", event->pid);
	out_put(fmt_user(event->euid));
	if (event_is_foreign(event))
		out_printf(" ipc:[%u]", event->ipc_ns);
	out_put(": ");
	event_details(event);
	out_end();
}

static void event_json_int(const struct nl_event *event, unsigned int attr, const char *name,
			   int64_t value)
{
	if (NL_HAS(event, attr))
		json_int(name, value);
}

static void event_json_uint(const struct nl_event *event, unsigned int attr, const char *name,
			    uint64_t value)
{
	if (NL_HAS(event, attr))
		json_uint(name, value);
}

static void event_json_who(const struct nl_event *event)
{
	event_json_int(event, ALTSHM_A_EVENT_PID, "pid", event->pid);
	event_json_int(event, ALTSHM_A_EVENT_TID, "tid", event->tid);
	if (NL_HAS(event, ALTSHM_A_EVENT_EUID))
		segment_json_user("euid", "user", event->euid);
	if (NL_HAS(event, ALTSHM_A_EVENT_COMM))
		json_string("comm", event->comm);
}

static void event_json_call(const struct nl_event *event)
{
	char text[DECODE_TEXT];

	if (NL_HAS(event, ALTSHM_A_EVENT_SHMFLG)) {
		json_uint("shmflg", event->shmflg);
		json_string("flags", event_flags(event, text));
	}
	event_json_int(event, ALTSHM_A_EVENT_RESULT, "result", event->result);
	if (event_error(event))
		json_string("error", event_error(event));
	if (event->type == ALTSHM_EVENT_TYPE_GET)
		json_bool("created", NL_HAS(event, ALTSHM_A_EVENT_CREATED));
	if (NL_HAS(event, ALTSHM_A_EVENT_CAUSE))
		json_string("cause", event_cause(event->cause));
	if (NL_HAS(event, ALTSHM_A_EVENT_RULE))
		json_string("rule", decode_rule(event->rule));
	event_json_uint(event, ALTSHM_A_EVENT_WANTED, "wanted", event->wanted);
	event_json_uint(event, ALTSHM_A_EVENT_LIMIT, "limit", event->limit);
}

void event_json(const struct nl_event *event)
{
	json_object(NULL);
	json_string("event", event_type(event->type));
	json_uint("seq", event->seq);
	json_uint("time_ns", event->time);
	event_json_uint(event, ALTSHM_A_EVENT_IPC_NS, "ipc_ns", event->ipc_ns);
	event_json_who(event);
	if (NL_HAS(event, ALTSHM_A_EVENT_ID))
		json_int("id", event->id);
	else
		json_null("id");
	if (NL_HAS(event, ALTSHM_A_EVENT_KEY))
		json_printf("key", "0x%08x", (unsigned int)event->key);
	event_json_uint(event, ALTSHM_A_EVENT_SIZE, "size", event->size);
	event_json_call(event);
	event_json_uint(event, ALTSHM_A_EVENT_NATTCH, "nattch", event->nattch);
	event_json_uint(event, ALTSHM_A_EVENT_UID, "uid", event->uid);
	event_json_uint(event, ALTSHM_A_EVENT_GID, "gid", event->gid);
	if (NL_HAS(event, ALTSHM_A_EVENT_MODE))
		json_printf("mode", "0%03o", event->mode);
	json_end();
}
