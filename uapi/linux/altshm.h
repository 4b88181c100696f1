/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR MIT */
/*
 * altshm: System V shared memory behind a character device.
 *
 * Every command takes a pointer to one structure. The structures have one
 * layout for 32-bit and 64-bit callers and grow only at the end: the size that
 * a command number carries is the caller's idea of the structure, so a program
 * and a module of different age understand each other as long as neither needs
 * what the other lacks. Input fields are marked [in], results [out]; fields
 * called pad, and flag bits without a name, must be zero. A result never holds
 * bytes that were not set on purpose.
 *
 * The object found is always looked for in the IPC namespace of the calling
 * task, and judged by the credentials of the calling task, at the call; who
 * opened the descriptor, and where, does not matter. Access mode of the
 * descriptor does not matter either.
 *
 * Errors that any command can give, besides its own:
 *
 *   ENOTTY      unknown command
 *   EINVAL      structure shorter than the first published version
 *   E2BIG       structure longer than the module's, with non-zero tail
 *   EOPNOTSUPP  unknown bit in a field called flags, or non-zero pad
 *   EFAULT      pointer not readable, or not writable where there are results;
 *               nothing was created, attached or changed (but see
 *               struct altshm_explain)
 *
 * Where "shmflg" is named, the word is the one of shmget(2) or shmat(2), and
 * unknown bits in it are ignored, as System V has it.
 *
 * "Owner" below means: effective user id equal to uid or cuid of the segment.
 * Capabilities are those in the user namespace that owns the IPC namespace,
 * unless a line says "initial", which means the initial user namespace.
 */
#ifndef _UAPI_LINUX_ALTSHM_H
#define _UAPI_LINUX_ALTSHM_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define ALTSHM_DEVICE		"/dev/altshm"
#define ALTSHM_IOC_MAGIC	0xD5

/*
 * Flags of struct altshm_get.
 * THP: a wish for a new segment: transparent huge pages, of 2 MiB on x86-64, whatever the
 * system-wide switch of shared memory says (but "deny", which is obeyed). Where the
 * kernel has none, or none free, or the segment's end or an address not aligned
 * to them is in the way, base pages serve instead; the segment is otherwise the
 * same. The first touch of a huge page brings in, and charges, all of it; never
 * does a segment take more than its size in whole base pages. No effect with
 * SHM_HUGETLB, and on a segment that exists.
 */
#define ALTSHM_GET_F_THP	(1U << 0)
#define ALTSHM_GET_F_ALL	ALTSHM_GET_F_THP

/**
 * struct altshm_get - find or create a segment, as shmget(2)
 * @key:    [in] key_t; 0 is IPC_PRIVATE: always creates, never found by key
 * @shmflg: [in] low nine bits: mode; IPC_CREAT, IPC_EXCL, SHM_NORESERVE,
 *          SHM_HUGETLB with log2 of the page size in bits 26 to 31 (0: the
 *          default huge page size)
 * @size:   [in] bytes; compared with an existing segment to the byte
 * @flags:  [in] ALTSHM_GET_F_*
 * @pad:    [in] zero
 *
 * The return value of ioctl(2) is the segment's identifier, 0 or more.
 *
 *   ENOENT  no segment has the key, and no IPC_CREAT (ipcget_public)
 *   EEXIST  the key is in use, and IPC_CREAT with IPC_EXCL (shmget(2))
 *   EINVAL  existing segment smaller than size (shm_more_checks); new segment:
 *           size 0, above SHMMAX or 2^63 and more (newseg); no pool of the
 *           huge page size asked for
 *   EACCES  a mode bit asked for is denied, without CAP_IPC_OWNER (ipcperms)
 *   ENOSPC  SHMMNI segments exist; SHMALL pages would be exceeded; the page
 *           count of size overflows (newseg, ipc_addid); no memory for an inode
 *   EPERM   SHM_HUGETLB without initial CAP_IPC_LOCK and outside
 *           vm.hugetlb_shm_group (can_do_hugetlb_shm)
 *   ENOMEM  kernel memory; memory commitment refused; huge page pool short
 *   ENFILE  system file table full, without initial CAP_SYS_ADMIN
 *   EINTR   killed while another task was creating the same key
 */
struct altshm_get {
	__s32		key;
	__u32		shmflg;
	__aligned_u64	size;
	__u32		flags;
	__u32		pad;
};

/**
 * struct altshm_attach - map a segment, as shmat(2)
 * @shmid:  [in] segment
 * @shmflg: [in] SHM_RDONLY, SHM_RND, SHM_REMAP, SHM_EXEC
 * @addr:   [in] address wanted, 0 for any; [out] address attached at, which
 *          can be 0
 * @flags:  [in] none defined
 * @pad:    [in] zero
 *
 *   EINVAL  shmid unknown or negative; addr not page aligned without SHM_RND;
 *           SHM_REMAP without addr; something mapped there without SHM_REMAP
 *   EACCES  r (and w without SHM_RDONLY, x with SHM_EXEC) denied, without
 *           CAP_IPC_OWNER (ipcperms)
 *   EIDRM   removed while being attached (ipc_valid_object)
 *   ENOMEM  kernel memory, address space or number of mappings exhausted
 *   ENFILE  system file table full, without initial CAP_SYS_ADMIN; first
 *           attach of its kind (read-only or not) only
 *   EPERM   addr below vm.mmap_min_addr, without CAP_SYS_RAWIO
 *   EAGAIN  mlockall(MCL_FUTURE) and RLIMIT_MEMLOCK exceeded
 *   EINTR   killed while waiting for the address space
 *   EFAULT  also: SHM_REMAP over this structure
 */
struct altshm_attach {
	__s32		shmid;
	__u32		shmflg;
	__aligned_u64	addr;
	__u32		flags;
	__u32		pad;
};

/**
 * struct altshm_detach - unmap an attach, as shmdt(2)
 * @addr:  [in] address that the attach returned
 * @flags: [in] none defined
 * @pad:   [in] zero
 *
 * Works on any attach of the calling process, of whichever IPC namespace.
 *
 *   EINVAL  no attach has this address (ksys_shmdt)
 *   ENOMEM  kernel memory; of an attach in pieces some may be gone
 *   EINTR   killed while waiting for the address space
 */
struct altshm_detach {
	__aligned_u64	addr;
	__u32		flags;
	__u32		pad;
};

/*
 * Flags of struct altshm_stat.
 * INDEX: @shmid is a table index, as for SHM_STAT; ANY: needs no r permission,
 * as SHM_STAT_ANY.
 */
#define ALTSHM_STAT_F_INDEX	(1U << 0)
#define ALTSHM_STAT_F_ANY	(1U << 1)
#define ALTSHM_STAT_F_ALL	(ALTSHM_STAT_F_INDEX | ALTSHM_STAT_F_ANY)

/* Bits of altshm_stat.mode above the nine permission bits (shmctl(2)). */
#define ALTSHM_MODE_DEST	01000
#define ALTSHM_MODE_LOCKED	02000

/**
 * struct altshm_stat - what is known of a segment, as IPC_STAT and SHM_STAT
 * @shmid:  [in] segment or table index; [out] the segment's full identifier
 * @flags:  [in] ALTSHM_STAT_F_*
 * @key:    [out] key_t; 0 once removed
 * @mode:   [out] permission bits, ALTSHM_MODE_DEST, ALTSHM_MODE_LOCKED
 * @uid:    [out] owner, @gid its group; @cuid, @cgid: creator. As the user
 *          namespace of the caller sees them, the overflow id where it can't
 * @gid:    [out] see @uid
 * @cuid:   [out] see @uid
 * @cgid:   [out] see @uid
 * @cpid:   [out] process that created it, in the caller's pid namespace, or 0
 * @lpid:   [out] process that last attached or detached it, or 0
 * @seq:    [out] sequence number, the part of the identifier above the index
 * @pad:    [in, out] zero
 * @size:   [out] bytes asked for at creation
 * @atime:  [out] last attach, seconds since the Epoch, 0 for never
 * @dtime:  [out] last detach, likewise
 * @ctime:  [out] creation or last change by ALTSHM_IOC_SET, likewise
 * @nattch: [out] mappings that exist
 *
 *   EINVAL  shmid unknown or negative, or index not in use
 *   EACCES  r denied, without CAP_IPC_OWNER; not with ALTSHM_STAT_F_ANY
 *   EIDRM   removed while being looked at
 */
struct altshm_stat {
	__s32		shmid;
	__u32		flags;
	__s32		key;
	__u32		mode;
	__u32		uid;
	__u32		gid;
	__u32		cuid;
	__u32		cgid;
	__s32		cpid;
	__s32		lpid;
	__u32		seq;
	__u32		pad;
	__aligned_u64	size;
	__s64		atime;
	__s64		dtime;
	__s64		ctime;
	__aligned_u64	nattch;
};

/**
 * struct altshm_set - change owner, group and mode, as IPC_SET
 * @shmid: [in] segment
 * @flags: [in] none defined
 * @uid:   [in] new owner, as the caller's user namespace sees it
 * @gid:   [in] new group, likewise
 * @mode:  [in] new mode; only the low nine bits count
 * @pad:   [in] zero
 *
 *   EINVAL  shmid unknown or negative; uid or gid without mapping
 *   EPERM   neither owner nor CAP_SYS_ADMIN (ipcctl_obtain_check)
 */
struct altshm_set {
	__s32		shmid;
	__u32		flags;
	__u32		uid;
	__u32		gid;
	__u32		mode;
	__u32		pad;
};

/**
 * struct altshm_id - names a segment: remove, lock and unlock
 * @shmid: [in] segment
 * @flags: [in] none defined
 *
 * ALTSHM_IOC_REMOVE, as IPC_RMID: gone at once when nothing is attached, else
 * the key is free and the memory goes with the last attach.
 *
 *   EINVAL  shmid unknown or negative
 *   EPERM   neither owner nor CAP_SYS_ADMIN
 *
 * ALTSHM_IOC_LOCK and ALTSHM_IOC_UNLOCK, as SHM_LOCK and SHM_UNLOCK: keep
 * pages that are or come in memory from being swapped out. Success without
 * effect on a huge page segment.
 *
 *   EINVAL  shmid unknown or negative
 *   EPERM   neither owner nor CAP_IPC_LOCK; LOCK by an owner whose
 *           RLIMIT_MEMLOCK is 0
 *   ENOMEM  RLIMIT_MEMLOCK exceeded by what the user has locked through
 *           altshm, or, as it was then, of who made a user namespace by what
 *           is locked in there, without initial CAP_IPC_LOCK; kernel memory
 *   EIDRM   removed while being locked
 */
struct altshm_id {
	__s32		shmid;
	__u32		flags;
};

/* Feature bits of struct altshm_info. */
#define ALTSHM_FEATURE_HUGETLB	(1ULL << 0)	/* huge page pools found */
#define ALTSHM_FEATURE_THP	(1ULL << 1)	/* transparent huge pages to be had */

/**
 * struct altshm_info - limits and totals, as IPC_INFO and SHM_INFO
 * @flags:     [in] none defined
 * @max_index: [out] highest table index in use, 0 also if none is
 * @features:  [out] ALTSHM_FEATURE_*
 * @shmmax:    [out] largest segment, bytes
 * @shmmin:    [out] smallest segment, bytes: 1
 * @shmmni:    [out] most segments
 * @shmall:    [out] most pages of all segments together
 * @used:      [out] segments that exist, those marked for removal included
 * @pages:     [out] pages of all segments, by the size asked for
 * @rss:       [out] pages in memory
 * @swp:       [out] pages in swap
 *
 * Pages are base pages. Needs no permission.
 */
struct altshm_info {
	__u32		flags;
	__u32		max_index;
	__aligned_u64	features;
	__aligned_u64	shmmax;
	__aligned_u64	shmmin;
	__aligned_u64	shmmni;
	__aligned_u64	shmall;
	__aligned_u64	used;
	__aligned_u64	pages;
	__aligned_u64	rss;
	__aligned_u64	swp;
};

/* Limits that a struct altshm_limits is about. */
#define ALTSHM_LIMIT_SHMMAX	(1U << 0)
#define ALTSHM_LIMIT_SHMALL	(1U << 1)
#define ALTSHM_LIMIT_SHMMNI	(1U << 2)
#define ALTSHM_LIMIT_ALL	(ALTSHM_LIMIT_SHMMAX | ALTSHM_LIMIT_SHMALL | ALTSHM_LIMIT_SHMMNI)

/* Flag of struct altshm_limits: set them, before they are shown. */
#define ALTSHM_LIMITS_F_SET	(1U << 0)

/**
 * struct altshm_limits - show or set the limits of the caller's IPC namespace
 * @flags:  [in] ALTSHM_LIMITS_F_SET or 0
 * @own:    [in] with ALTSHM_LIMITS_F_SET: those to be set to the value given
 *          here, whatever the kernel.shm* sysctls say; the others follow the
 *          sysctls from now on. [out] those that do not follow the sysctls
 * @shmmax: [in, out] largest segment, bytes
 * @shmall: [in, out] most pages of all segments together
 * @shmmni: [in, out] most segments; at most 1048576, where kernel.shmmni ends
 *          at 32768
 *
 * Segments that exist stay when a limit is lowered below them.
 *
 *   EPERM   setting without CAP_SYS_RESOURCE
 *   EINVAL  unknown bit in own; shmmni too large
 *   ENOMEM  kernel memory
 */
struct altshm_limits {
	__u32		flags;
	__u32		own;
	__aligned_u64	shmmax;
	__aligned_u64	shmall;
	__aligned_u64	shmmni;
};

/**
 * struct altshm_explain - run another command, and tell why it failed
 * @cmd:    [in] any command but this one, with the size of its structure
 * @flags:  [in] none defined
 * @arg:    [in] address of that structure
 * @result: [out] what the command returned: 0 or more, or a negative errno
 * @rule:   [out] enum altshm_rule of linux/altshm_netlink.h, which says what
 *          @limit and @wanted mean: what it failed by. ALTSHM_RULE_NONE (0) on
 *          success, and for what has no name
 * @pad:    [in, out] zero
 * @limit:  [out] how much there is or is allowed
 * @wanted: [out] how much was asked for
 *
 * Success says that the command was run, not that it succeeded. It is run once,
 * as if it had been called itself.
 *
 * Where it attaches with SHM_REMAP over this structure, it fails with EFAULT.
 *
 *   EINVAL  cmd is this command
 *   EFAULT  also: the results could be written before the command was run, but
 *           not after it, since it detached the segment that this structure is
 *           in, or another thread unmapped it; the command was run
 */
struct altshm_explain {
	__u32		cmd;
	__u32		flags;
	__aligned_u64	arg;
	__s64		result;
	__u32		rule;
	__u32		pad;
	__aligned_u64	limit;
	__aligned_u64	wanted;
};

#define ALTSHM_IOC_GET		_IOW(ALTSHM_IOC_MAGIC, 0, struct altshm_get)
#define ALTSHM_IOC_ATTACH	_IOWR(ALTSHM_IOC_MAGIC, 1, struct altshm_attach)
#define ALTSHM_IOC_DETACH	_IOW(ALTSHM_IOC_MAGIC, 2, struct altshm_detach)
#define ALTSHM_IOC_STAT		_IOWR(ALTSHM_IOC_MAGIC, 3, struct altshm_stat)
#define ALTSHM_IOC_SET		_IOW(ALTSHM_IOC_MAGIC, 4, struct altshm_set)
#define ALTSHM_IOC_REMOVE	_IOW(ALTSHM_IOC_MAGIC, 5, struct altshm_id)
#define ALTSHM_IOC_LOCK		_IOW(ALTSHM_IOC_MAGIC, 6, struct altshm_id)
#define ALTSHM_IOC_UNLOCK	_IOW(ALTSHM_IOC_MAGIC, 7, struct altshm_id)
#define ALTSHM_IOC_INFO		_IOWR(ALTSHM_IOC_MAGIC, 8, struct altshm_info)
#define ALTSHM_IOC_LIMITS	_IOWR(ALTSHM_IOC_MAGIC, 9, struct altshm_limits)
#define ALTSHM_IOC_EXPLAIN	_IOWR(ALTSHM_IOC_MAGIC, 10, struct altshm_explain)

#endif /* _UAPI_LINUX_ALTSHM_H */
