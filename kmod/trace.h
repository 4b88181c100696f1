/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints altshm:*, one for each type of event. Fields are described in
 * docs/tracing.md; those of get and attach have the types of the system calls'.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM altshm

#if !defined(_ALTSHM_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _ALTSHM_TRACE_H

#include <linux/cred.h>
#include <linux/sched.h>
#include <linux/tracepoint.h>

#include <uapi/linux/altshm_netlink.h>

struct altshm_event;

#define ALTSHM_TRACE_CAUSES						\
	EM(ALTSHM_CAUSE_NONE, "none")					\
	EM(ALTSHM_CAUSE_ATTACH, "attach")				\
	EM(ALTSHM_CAUSE_FORK, "fork")					\
	EM(ALTSHM_CAUSE_SPLIT, "split")					\
	EM(ALTSHM_CAUSE_DETACH, "detach")				\
	EM(ALTSHM_CAUSE_MUNMAP, "munmap")				\
	EM(ALTSHM_CAUSE_EXEC, "exec")					\
	EM(ALTSHM_CAUSE_EXIT, "exit")					\
	EM(ALTSHM_CAUSE_REMOVE, "remove")				\
	EM(ALTSHM_CAUSE_LAST_DETACH, "last-detach")			\
	EM(ALTSHM_CAUSE_FORCED, "forced")				\
	EM(ALTSHM_CAUSE_ORPHAN, "orphan")				\
	EMe(ALTSHM_CAUSE_NAMESPACE, "namespace")

#define ALTSHM_TRACE_RULES						\
	EM(ALTSHM_RULE_MODE, "mode")					\
	EM(ALTSHM_RULE_OWNER, "owner")					\
	EM(ALTSHM_RULE_HUGETLB_GROUP, "hugetlb-group")			\
	EM(ALTSHM_RULE_MEMLOCK_ZERO, "memlock-zero")			\
	EM(ALTSHM_RULE_RESOURCE_CAPABILITY, "resource-capability")	\
	EM(ALTSHM_RULE_SHMMAX, "shmmax")				\
	EM(ALTSHM_RULE_SHMALL, "shmall")				\
	EM(ALTSHM_RULE_SHMMNI, "shmmni")				\
	EM(ALTSHM_RULE_IDS, "ids")					\
	EM(ALTSHM_RULE_MEMLOCK, "memlock")				\
	EM(ALTSHM_RULE_HUGE_POOL, "huge-pool")				\
	EM(ALTSHM_RULE_COMMIT, "commit")				\
	EM(ALTSHM_RULE_MEMORY, "memory")				\
	EM(ALTSHM_RULE_FILES, "files")					\
	EM(ALTSHM_RULE_ADDRESS_SPACE, "address-space")			\
	EMe(ALTSHM_RULE_MAPPINGS, "mappings")

/* Once to give tools the enums' values, then as tables of names. */
#undef EM
#undef EMe
#define EM(value, name)		TRACE_DEFINE_ENUM(value);
#define EMe(value, name)	TRACE_DEFINE_ENUM(value);
ALTSHM_TRACE_CAUSES
ALTSHM_TRACE_RULES
#undef EM
#undef EMe
#define EM(value, name)		{ value, name },
#define EMe(value, name)	{ value, name }

/* Who did it, and where. */
#define ALTSHM_TRACE_ACTOR						\
	__field(s32, pid)						\
	__field(u32, euid)						\
	__field(u32, ipc_ns)

#define ALTSHM_TRACE_ACTOR_ASSIGN do {					\
	__entry->pid = task_tgid_nr(current);				\
	__entry->euid = from_kuid(&init_user_ns, current_euid());	\
	__entry->ipc_ns = event->ipc_ns;				\
} while (0)

#define ALTSHM_TRACE_ACTOR_FORMAT	"pid=%d euid=%u ipc_ns=%u"
#define ALTSHM_TRACE_ACTOR_ARGS		__entry->pid, __entry->euid, __entry->ipc_ns

/* The segment that it is about. */
#define ALTSHM_TRACE_SEGMENT						\
	__field(s32, id)						\
	__field(s32, key)						\
	__field(u64, size)						\
	__field(u64, nattch)						\
	__field(u32, uid)						\
	__field(u32, gid)						\
	__field(u32, mode)

#define ALTSHM_TRACE_SEGMENT_ASSIGN do {				\
	__entry->id = event->id;					\
	__entry->key = event->key;					\
	__entry->size = event->size;					\
	__entry->nattch = event->nattch;				\
	__entry->uid = from_kuid(&init_user_ns, event->perm.uid);	\
	__entry->gid = from_kgid(&init_user_ns, event->perm.gid);	\
	__entry->mode = event->perm.mode;				\
} while (0)

#define ALTSHM_TRACE_SEGMENT_FORMAT					\
	"id=%d key=0x%08x size=%llu nattch=%llu uid=%u gid=%u mode=%#o"
#define ALTSHM_TRACE_SEGMENT_ARGS					\
	__entry->id, __entry->key, __entry->size, __entry->nattch,	\
	__entry->uid, __entry->gid, __entry->mode

TRACE_EVENT(get,
	TP_PROTO(const struct altshm_event *event),
	TP_ARGS(event),
	TP_STRUCT__entry(
		__field(s32, key)
		__field(u64, size)
		__field(s32, shmflg)
		__field(s32, result)
		__field(s32, id)
		__field(u8, created)
		__field(u64, nattch)
		ALTSHM_TRACE_ACTOR
	),
	TP_fast_assign(
		__entry->key = event->key;
		__entry->size = event->size;
		__entry->shmflg = event->shmflg;
		__entry->result = event->result;
		__entry->id = event->id;
		__entry->created = event->created;
		__entry->nattch = event->nattch;
		ALTSHM_TRACE_ACTOR_ASSIGN;
	),
	TP_printk("key=0x%08x size=%llu shmflg=%#o result=%d id=%d created=%u nattch=%llu "
		  ALTSHM_TRACE_ACTOR_FORMAT,
		  __entry->key, __entry->size, __entry->shmflg, __entry->result, __entry->id,
		  __entry->created, __entry->nattch, ALTSHM_TRACE_ACTOR_ARGS)
);

TRACE_EVENT(attach,
	TP_PROTO(const struct altshm_event *event),
	TP_ARGS(event),
	TP_STRUCT__entry(
		ALTSHM_TRACE_SEGMENT
		__field(u64, start)
		__field(u64, length)
		__field(s32, shmflg)
		__field(u32, cause)
		ALTSHM_TRACE_ACTOR
	),
	TP_fast_assign(
		ALTSHM_TRACE_SEGMENT_ASSIGN;
		__entry->start = event->start;
		__entry->length = event->length;
		__entry->shmflg = event->shmflg;
		__entry->cause = event->cause;
		ALTSHM_TRACE_ACTOR_ASSIGN;
	),
	TP_printk(ALTSHM_TRACE_SEGMENT_FORMAT
		  " start=0x%llx length=%llu shmflg=%#o cause=%s " ALTSHM_TRACE_ACTOR_FORMAT,
		  ALTSHM_TRACE_SEGMENT_ARGS, __entry->start, __entry->length, __entry->shmflg,
		  __print_symbolic(__entry->cause, ALTSHM_TRACE_CAUSES), ALTSHM_TRACE_ACTOR_ARGS)
);

TRACE_EVENT(detach,
	TP_PROTO(const struct altshm_event *event),
	TP_ARGS(event),
	TP_STRUCT__entry(
		ALTSHM_TRACE_SEGMENT
		__field(u64, start)
		__field(u64, length)
		__field(u32, cause)
		ALTSHM_TRACE_ACTOR
	),
	TP_fast_assign(
		ALTSHM_TRACE_SEGMENT_ASSIGN;
		__entry->start = event->start;
		__entry->length = event->length;
		__entry->cause = event->cause;
		ALTSHM_TRACE_ACTOR_ASSIGN;
	),
	TP_printk(ALTSHM_TRACE_SEGMENT_FORMAT " start=0x%llx length=%llu cause=%s "
		  ALTSHM_TRACE_ACTOR_FORMAT,
		  ALTSHM_TRACE_SEGMENT_ARGS, __entry->start, __entry->length,
		  __print_symbolic(__entry->cause, ALTSHM_TRACE_CAUSES), ALTSHM_TRACE_ACTOR_ARGS)
);

DECLARE_EVENT_CLASS(altshm_end,
	TP_PROTO(const struct altshm_event *event),
	TP_ARGS(event),
	TP_STRUCT__entry(
		ALTSHM_TRACE_SEGMENT
		__field(u32, cause)
		ALTSHM_TRACE_ACTOR
	),
	TP_fast_assign(
		ALTSHM_TRACE_SEGMENT_ASSIGN;
		__entry->cause = event->cause;
		ALTSHM_TRACE_ACTOR_ASSIGN;
	),
	TP_printk(ALTSHM_TRACE_SEGMENT_FORMAT " cause=%s " ALTSHM_TRACE_ACTOR_FORMAT,
		  ALTSHM_TRACE_SEGMENT_ARGS,
		  __print_symbolic(__entry->cause, ALTSHM_TRACE_CAUSES), ALTSHM_TRACE_ACTOR_ARGS)
);

DEFINE_EVENT(altshm_end, remove,
	TP_PROTO(const struct altshm_event *event),
	TP_ARGS(event));
DEFINE_EVENT(altshm_end, destroy,
	TP_PROTO(const struct altshm_event *event),
	TP_ARGS(event));

DECLARE_EVENT_CLASS(altshm_segment,
	TP_PROTO(const struct altshm_event *event),
	TP_ARGS(event),
	TP_STRUCT__entry(
		ALTSHM_TRACE_SEGMENT
		ALTSHM_TRACE_ACTOR
	),
	TP_fast_assign(
		ALTSHM_TRACE_SEGMENT_ASSIGN;
		ALTSHM_TRACE_ACTOR_ASSIGN;
	),
	TP_printk(ALTSHM_TRACE_SEGMENT_FORMAT " " ALTSHM_TRACE_ACTOR_FORMAT,
		  ALTSHM_TRACE_SEGMENT_ARGS, ALTSHM_TRACE_ACTOR_ARGS)
);

DEFINE_EVENT(altshm_segment, lock,
	TP_PROTO(const struct altshm_event *event),
	TP_ARGS(event));
DEFINE_EVENT(altshm_segment, unlock,
	TP_PROTO(const struct altshm_event *event),
	TP_ARGS(event));
DEFINE_EVENT(altshm_segment, orphan,
	TP_PROTO(const struct altshm_event *event),
	TP_ARGS(event));

TRACE_EVENT(set,
	TP_PROTO(const struct altshm_event *event),
	TP_ARGS(event),
	TP_STRUCT__entry(
		ALTSHM_TRACE_SEGMENT
		__field(u32, old_uid)
		__field(u32, old_gid)
		__field(u32, old_mode)
		ALTSHM_TRACE_ACTOR
	),
	TP_fast_assign(
		ALTSHM_TRACE_SEGMENT_ASSIGN;
		__entry->old_uid = from_kuid(&init_user_ns, event->old.uid);
		__entry->old_gid = from_kgid(&init_user_ns, event->old.gid);
		__entry->old_mode = event->old.mode;
		ALTSHM_TRACE_ACTOR_ASSIGN;
	),
	TP_printk(ALTSHM_TRACE_SEGMENT_FORMAT " old_uid=%u old_gid=%u old_mode=%#o "
		  ALTSHM_TRACE_ACTOR_FORMAT,
		  ALTSHM_TRACE_SEGMENT_ARGS, __entry->old_uid, __entry->old_gid,
		  __entry->old_mode, ALTSHM_TRACE_ACTOR_ARGS)
);

DECLARE_EVENT_CLASS(altshm_refusal,
	TP_PROTO(const struct altshm_event *event),
	TP_ARGS(event),
	TP_STRUCT__entry(
		ALTSHM_TRACE_SEGMENT
		__field(s32, shmflg)
		__field(u32, rule)
		__field(u64, limit)
		__field(u64, wanted)
		__field(s32, result)
		ALTSHM_TRACE_ACTOR
	),
	TP_fast_assign(
		ALTSHM_TRACE_SEGMENT_ASSIGN;
		__entry->shmflg = event->shmflg;
		__entry->rule = event->rule;
		__entry->limit = event->limit;
		__entry->wanted = event->wanted;
		__entry->result = event->result;
		ALTSHM_TRACE_ACTOR_ASSIGN;
	),
	TP_printk(ALTSHM_TRACE_SEGMENT_FORMAT
		  " shmflg=%#o rule=%s limit=%llu wanted=%llu result=%d "
		  ALTSHM_TRACE_ACTOR_FORMAT,
		  ALTSHM_TRACE_SEGMENT_ARGS, __entry->shmflg,
		  __print_symbolic(__entry->rule, ALTSHM_TRACE_RULES), __entry->limit,
		  __entry->wanted, __entry->result, ALTSHM_TRACE_ACTOR_ARGS)
);

DEFINE_EVENT(altshm_refusal, deny,
	TP_PROTO(const struct altshm_event *event),
	TP_ARGS(event));
DEFINE_EVENT(altshm_refusal, limit,
	TP_PROTO(const struct altshm_event *event),
	TP_ARGS(event));

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH kmod
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
