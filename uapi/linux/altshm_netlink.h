/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR MIT */
/* Do not edit directly, auto-generated from: */
/*	uapi/altshm.yaml */
/* YNL-GEN uapi header */
/* To regenerate run: scripts/netlink-spec */

#ifndef _UAPI_LINUX_ALTSHM_NETLINK_H
#define _UAPI_LINUX_ALTSHM_NETLINK_H

#define ALTSHM_FAMILY_NAME	"altshm"
#define ALTSHM_FAMILY_VERSION	1

/**
 * enum altshm_backing_kind - What the memory of a segment is made of.
 * @ALTSHM_BACKING_SHMEM: Pages of the base size, or larger where the kernel
 *   finds them.
 * @ALTSHM_BACKING_HUGETLB: Pages of a huge page pool.
 */
enum altshm_backing_kind {
	ALTSHM_BACKING_SHMEM,
	ALTSHM_BACKING_HUGETLB,
};

/**
 * enum altshm_segment_flag - What holds of a segment besides its numbers.
 * @ALTSHM_SEGMENT_FLAG_REMOVED: Marked for removal; its key is free, it goes
 *   with its last attach.
 * @ALTSHM_SEGMENT_FLAG_LOCKED: Kept from being swapped out by SHM_LOCK.
 * @ALTSHM_SEGMENT_FLAG_NORESERVE: Its memory was not committed in advance.
 * @ALTSHM_SEGMENT_FLAG_CREATOR_GONE: The process that created it has ended.
 * @ALTSHM_SEGMENT_FLAG_ORPHAN: Nothing attached, not removed, and its creator
 *   gone.
 * @ALTSHM_SEGMENT_FLAG_THP: Made to have transparent huge pages, where they
 *   are to be had.
 */
enum altshm_segment_flag {
	ALTSHM_SEGMENT_FLAG_REMOVED = 1,
	ALTSHM_SEGMENT_FLAG_LOCKED = 2,
	ALTSHM_SEGMENT_FLAG_NORESERVE = 4,
	ALTSHM_SEGMENT_FLAG_CREATOR_GONE = 8,
	ALTSHM_SEGMENT_FLAG_ORPHAN = 16,
	ALTSHM_SEGMENT_FLAG_THP = 32,
};

/**
 * enum altshm_attacher_flag - What holds of a mapping.
 * @ALTSHM_ATTACHER_FLAG_READ_ONLY: Attached with SHM_RDONLY, so it can't
 *   become writable.
 */
enum altshm_attacher_flag {
	ALTSHM_ATTACHER_FLAG_READ_ONLY = 1,
};

/*
 * Limits that can follow a sysctl; values as ALTSHM_LIMIT_* of the ioctls.
 */
enum altshm_limit_flag {
	ALTSHM_LIMIT_FLAG_SHMMAX = 1,
	ALTSHM_LIMIT_FLAG_SHMALL = 2,
	ALTSHM_LIMIT_FLAG_SHMMNI = 4,
};

/**
 * enum altshm_event_type - What happened.
 * @ALTSHM_EVENT_TYPE_GET: A shmget(2) ended; see its result.
 * @ALTSHM_EVENT_TYPE_ATTACH: A mapping came; see its cause.
 * @ALTSHM_EVENT_TYPE_DETACH: A mapping went; see its cause.
 * @ALTSHM_EVENT_TYPE_REMOVE: A segment was marked for removal.
 * @ALTSHM_EVENT_TYPE_DESTROY: A segment is gone.
 * @ALTSHM_EVENT_TYPE_SET: Owner, group or mode were changed; the event has the
 *   new ones.
 * @ALTSHM_EVENT_TYPE_LOCK: A segment is kept from being swapped out.
 * @ALTSHM_EVENT_TYPE_UNLOCK: A segment may be swapped out again.
 * @ALTSHM_EVENT_TYPE_DENY: A call was refused by a rule about rights.
 * @ALTSHM_EVENT_TYPE_LIMIT: A call was refused by a limit.
 * @ALTSHM_EVENT_TYPE_ORPHAN: The orphan timeout has come for a segment; its
 *   removal follows.
 */
enum altshm_event_type {
	ALTSHM_EVENT_TYPE_GET = 1,
	ALTSHM_EVENT_TYPE_ATTACH,
	ALTSHM_EVENT_TYPE_DETACH,
	ALTSHM_EVENT_TYPE_REMOVE,
	ALTSHM_EVENT_TYPE_DESTROY,
	ALTSHM_EVENT_TYPE_SET,
	ALTSHM_EVENT_TYPE_LOCK,
	ALTSHM_EVENT_TYPE_UNLOCK,
	ALTSHM_EVENT_TYPE_DENY,
	ALTSHM_EVENT_TYPE_LIMIT,
	ALTSHM_EVENT_TYPE_ORPHAN,
};

/**
 * enum altshm_cause - How a mapping came or went, or why a segment did.
 * @ALTSHM_CAUSE_NONE: Not told.
 * @ALTSHM_CAUSE_ATTACH: shmat(2).
 * @ALTSHM_CAUSE_FORK: Copied into a new process.
 * @ALTSHM_CAUSE_SPLIT: Part of a mapping became one of its own, or a mapping
 *   moved or was mapped once more.
 * @ALTSHM_CAUSE_DETACH: shmdt(2).
 * @ALTSHM_CAUSE_MUNMAP: Unmapped or mapped over by other means.
 * @ALTSHM_CAUSE_EXEC: The process executed a program.
 * @ALTSHM_CAUSE_EXIT: The process ended.
 * @ALTSHM_CAUSE_REMOVE: Somebody asked for it.
 * @ALTSHM_CAUSE_LAST_DETACH: Marked for removal before, and the last mapping
 *   went.
 * @ALTSHM_CAUSE_FORCED: kernel.shm_rmid_forced is set, and nobody needs it any
 *   more.
 * @ALTSHM_CAUSE_ORPHAN: The orphan timeout.
 * @ALTSHM_CAUSE_NAMESPACE: Its IPC namespace ended.
 */
enum altshm_cause {
	ALTSHM_CAUSE_NONE,
	ALTSHM_CAUSE_ATTACH,
	ALTSHM_CAUSE_FORK,
	ALTSHM_CAUSE_SPLIT,
	ALTSHM_CAUSE_DETACH,
	ALTSHM_CAUSE_MUNMAP,
	ALTSHM_CAUSE_EXEC,
	ALTSHM_CAUSE_EXIT,
	ALTSHM_CAUSE_REMOVE,
	ALTSHM_CAUSE_LAST_DETACH,
	ALTSHM_CAUSE_FORCED,
	ALTSHM_CAUSE_ORPHAN,
	ALTSHM_CAUSE_NAMESPACE,
};

/**
 * enum altshm_rule - What refused a call. Below 32 rules about rights, below
 *   64 limits, from 64 on rules about arguments, for which there are no
 *   events. With a rule come two numbers, limit and wanted, which are 0 where
 *   nothing is said of them.
 * @ALTSHM_RULE_NONE: Nothing, or nothing that has a name.
 * @ALTSHM_RULE_MODE: Permission bits; wanted are the bits asked for, limit
 *   those granted, as 4, 2 and 1.
 * @ALTSHM_RULE_OWNER: Not the owner, the creator, or capable; limit is the
 *   owner, wanted who called, as the caller's user namespace sees them.
 * @ALTSHM_RULE_HUGETLB_GROUP: Huge pages are for CAP_IPC_LOCK and
 *   vm.hugetlb_shm_group, which is limit; wanted is the caller's effective
 *   group.
 * @ALTSHM_RULE_MEMLOCK_ZERO: Locking with an RLIMIT_MEMLOCK of 0; wanted are
 *   bytes.
 * @ALTSHM_RULE_RESOURCE_CAPABILITY: Setting limits without CAP_SYS_RESOURCE.
 * @ALTSHM_RULE_SHMMAX: Largest segment, in bytes.
 * @ALTSHM_RULE_SHMALL: Pages of all segments together; wanted includes those
 *   that exist.
 * @ALTSHM_RULE_SHMMNI: Number of segments; wanted includes those that exist.
 * @ALTSHM_RULE_IDS: No identifier is left: all indexes from wanted to limit,
 *   both included, are in use.
 * @ALTSHM_RULE_MEMLOCK: RLIMIT_MEMLOCK, in bytes; wanted includes what is
 *   locked.
 * @ALTSHM_RULE_HUGE_POOL: The pool of huge pages is too small; limit is what
 *   was free, in bytes.
 * @ALTSHM_RULE_COMMIT: The kernel does not commit so much memory, in bytes;
 *   with vm.overcommit_memory=2 wanted includes what is committed.
 * @ALTSHM_RULE_MEMORY: No kernel memory.
 * @ALTSHM_RULE_FILES: The system's table of open files is full; limit is
 *   fs.file-max.
 * @ALTSHM_RULE_ADDRESS_SPACE: No room in the address space, or RLIMIT_AS, in
 *   bytes; wanted includes what is mapped.
 * @ALTSHM_RULE_MAPPINGS: The process has vm.max_map_count mappings.
 * @ALTSHM_RULE_NO_SUCH_KEY: No segment has the key, which is wanted, and none
 *   was to be created.
 * @ALTSHM_RULE_KEY_EXISTS: The segment limit has the key wanted, and IPC_EXCL
 *   was given.
 * @ALTSHM_RULE_NO_SUCH_ID: No segment has the identifier or index, which is
 *   wanted.
 * @ALTSHM_RULE_SIZE_ABOVE_EXISTING: The segment has limit bytes, which is less
 *   than wanted.
 * @ALTSHM_RULE_SIZE_ZERO: A new segment needs a size.
 * @ALTSHM_RULE_SIZE_OVERFLOW: No segment can be so large, in bytes.
 * @ALTSHM_RULE_NO_HUGE_SIZE: There is no pool of huge pages of wanted bytes,
 *   or of the default size if 0.
 * @ALTSHM_RULE_BAD_ADDRESS: The address, which is wanted, is missing; or above
 *   limit, the highest possible; or not a multiple of limit, a power of two.
 * @ALTSHM_RULE_ADDRESS_TAKEN: Something is mapped at limit, and SHM_REMAP was
 *   not given.
 * @ALTSHM_RULE_ADDRESS_TOO_LOW: The address is below vm.mmap_min_addr, which
 *   is limit.
 * @ALTSHM_RULE_NOT_ATTACHED: No attach begins at the address wanted.
 * @ALTSHM_RULE_REMOVED: The segment went away meanwhile.
 * @ALTSHM_RULE_BAD_OWNER: The user namespace does not have the user or group
 *   id wanted.
 * @ALTSHM_RULE_BAD_POINTER: An address, wanted, that can't be read or written,
 *   or that SHM_REMAP would map over.
 * @ALTSHM_RULE_KILLED: The caller was killed while it waited.
 * @ALTSHM_RULE_BAD_LIMIT: A limit that can't be set so high.
 * @ALTSHM_RULE_NO_SUCH_COMMAND: shmctl(2), or the device, does not have the
 *   command wanted.
 */
enum altshm_rule {
	ALTSHM_RULE_NONE,
	ALTSHM_RULE_MODE,
	ALTSHM_RULE_OWNER,
	ALTSHM_RULE_HUGETLB_GROUP,
	ALTSHM_RULE_MEMLOCK_ZERO,
	ALTSHM_RULE_RESOURCE_CAPABILITY,
	ALTSHM_RULE_SHMMAX = 32,
	ALTSHM_RULE_SHMALL,
	ALTSHM_RULE_SHMMNI,
	ALTSHM_RULE_IDS,
	ALTSHM_RULE_MEMLOCK,
	ALTSHM_RULE_HUGE_POOL,
	ALTSHM_RULE_COMMIT,
	ALTSHM_RULE_MEMORY,
	ALTSHM_RULE_FILES,
	ALTSHM_RULE_ADDRESS_SPACE,
	ALTSHM_RULE_MAPPINGS,
	ALTSHM_RULE_NO_SUCH_KEY = 64,
	ALTSHM_RULE_KEY_EXISTS,
	ALTSHM_RULE_NO_SUCH_ID,
	ALTSHM_RULE_SIZE_ABOVE_EXISTING,
	ALTSHM_RULE_SIZE_ZERO,
	ALTSHM_RULE_SIZE_OVERFLOW,
	ALTSHM_RULE_NO_HUGE_SIZE,
	ALTSHM_RULE_BAD_ADDRESS,
	ALTSHM_RULE_ADDRESS_TAKEN,
	ALTSHM_RULE_ADDRESS_TOO_LOW,
	ALTSHM_RULE_NOT_ATTACHED,
	ALTSHM_RULE_REMOVED,
	ALTSHM_RULE_BAD_OWNER,
	ALTSHM_RULE_BAD_POINTER,
	ALTSHM_RULE_KILLED,
	ALTSHM_RULE_BAD_LIMIT,
	ALTSHM_RULE_NO_SUCH_COMMAND,
};

enum {
	ALTSHM_A_SEGMENT_PAD = 1,
	ALTSHM_A_SEGMENT_ID,
	ALTSHM_A_SEGMENT_KEY,
	ALTSHM_A_SEGMENT_SIZE,
	ALTSHM_A_SEGMENT_MODE,
	ALTSHM_A_SEGMENT_UID,
	ALTSHM_A_SEGMENT_GID,
	ALTSHM_A_SEGMENT_CUID,
	ALTSHM_A_SEGMENT_CGID,
	ALTSHM_A_SEGMENT_CPID,
	ALTSHM_A_SEGMENT_LPID,
	ALTSHM_A_SEGMENT_ATIME,
	ALTSHM_A_SEGMENT_DTIME,
	ALTSHM_A_SEGMENT_CTIME,
	ALTSHM_A_SEGMENT_NATTCH,
	ALTSHM_A_SEGMENT_RSS,
	ALTSHM_A_SEGMENT_SWAP,
	ALTSHM_A_SEGMENT_HUGE,
	ALTSHM_A_SEGMENT_BACKING,
	ALTSHM_A_SEGMENT_PAGE_SIZE,
	ALTSHM_A_SEGMENT_FLAGS,
	ALTSHM_A_SEGMENT_ORPHAN_ONLY,

	__ALTSHM_A_SEGMENT_MAX,
	ALTSHM_A_SEGMENT_MAX = (__ALTSHM_A_SEGMENT_MAX - 1)
};

enum {
	ALTSHM_A_ATTACHER_PAD = 1,
	ALTSHM_A_ATTACHER_ID,
	ALTSHM_A_ATTACHER_PID,
	ALTSHM_A_ATTACHER_COMM,
	ALTSHM_A_ATTACHER_UID,
	ALTSHM_A_ATTACHER_START,
	ALTSHM_A_ATTACHER_END,
	ALTSHM_A_ATTACHER_OFFSET,
	ALTSHM_A_ATTACHER_LENGTH,
	ALTSHM_A_ATTACHER_FLAGS,
	ALTSHM_A_ATTACHER_SINCE,

	__ALTSHM_A_ATTACHER_MAX,
	ALTSHM_A_ATTACHER_MAX = (__ALTSHM_A_ATTACHER_MAX - 1)
};

enum {
	ALTSHM_A_LIMITS_PAD = 1,
	ALTSHM_A_LIMITS_SHMMAX,
	ALTSHM_A_LIMITS_SHMALL,
	ALTSHM_A_LIMITS_SHMMNI,
	ALTSHM_A_LIMITS_ORPHAN_TIMEOUT,
	ALTSHM_A_LIMITS_OWN,
	ALTSHM_A_LIMITS_FOLLOW,

	__ALTSHM_A_LIMITS_MAX,
	ALTSHM_A_LIMITS_MAX = (__ALTSHM_A_LIMITS_MAX - 1)
};

enum {
	ALTSHM_A_USAGE_PAD = 1,
	ALTSHM_A_USAGE_SEGMENTS,
	ALTSHM_A_USAGE_REMOVED,
	ALTSHM_A_USAGE_ORPHANS,
	ALTSHM_A_USAGE_MAX_INDEX,
	ALTSHM_A_USAGE_PAGES,
	ALTSHM_A_USAGE_RSS,
	ALTSHM_A_USAGE_SWAP,
	ALTSHM_A_USAGE_HUGE,
	ALTSHM_A_USAGE_NATTCH,
	ALTSHM_A_USAGE_IPC_NS,

	__ALTSHM_A_USAGE_MAX,
	ALTSHM_A_USAGE_MAX = (__ALTSHM_A_USAGE_MAX - 1)
};

enum {
	ALTSHM_A_EVENT_PAD = 1,
	ALTSHM_A_EVENT_SEQ,
	ALTSHM_A_EVENT_TYPE,
	ALTSHM_A_EVENT_TIME,
	ALTSHM_A_EVENT_IPC_NS,
	ALTSHM_A_EVENT_PID,
	ALTSHM_A_EVENT_TID,
	ALTSHM_A_EVENT_EUID,
	ALTSHM_A_EVENT_COMM,
	ALTSHM_A_EVENT_ID,
	ALTSHM_A_EVENT_KEY,
	ALTSHM_A_EVENT_SIZE,
	ALTSHM_A_EVENT_SHMFLG,
	ALTSHM_A_EVENT_RESULT,
	ALTSHM_A_EVENT_CREATED,
	ALTSHM_A_EVENT_CAUSE,
	ALTSHM_A_EVENT_RULE,
	ALTSHM_A_EVENT_LIMIT,
	ALTSHM_A_EVENT_WANTED,
	ALTSHM_A_EVENT_NATTCH,
	ALTSHM_A_EVENT_UID,
	ALTSHM_A_EVENT_GID,
	ALTSHM_A_EVENT_MODE,

	__ALTSHM_A_EVENT_MAX,
	ALTSHM_A_EVENT_MAX = (__ALTSHM_A_EVENT_MAX - 1)
};

enum {
	ALTSHM_CMD_SEGMENT_GET = 1,
	ALTSHM_CMD_SEGMENT_REMOVE,
	ALTSHM_CMD_ATTACHER_GET,
	ALTSHM_CMD_LIMITS_GET,
	ALTSHM_CMD_LIMITS_SET,
	ALTSHM_CMD_USAGE_GET,
	ALTSHM_CMD_EVENTS_GET,
	ALTSHM_CMD_EVENT,

	__ALTSHM_CMD_MAX,
	ALTSHM_CMD_MAX = (__ALTSHM_CMD_MAX - 1)
};

#define ALTSHM_MCGRP_EVENTS	"events"

#endif /* _UAPI_LINUX_ALTSHM_NETLINK_H */
