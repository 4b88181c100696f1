/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The only file that knows kernel versions, with Kbuild, which looks for what no
 * version tells. The module is written for the newest kernel it supports; each
 * helper here gives an older one the newest one's name, with the version that
 * changed it.
 */
#ifndef _ALTSHM_COMPAT_H
#define _ALTSHM_COMPAT_H

#include <linux/fs.h>
#include <linux/ipc_namespace.h>
#include <linux/mm.h>
#include <linux/namei.h>
#include <linux/proc_ns.h>
#include <linux/shmem_fs.h>
#include <linux/version.h>
#include <net/genetlink.h>

#ifdef ALTSHM_HAVE_EXEC_STATE
#include <linux/sched/exec_state.h>
#else
#include <linux/sched/coredump.h>
#endif

/* put_ipc_ns() is not exported by every kernel; this is the same by another door. */
static inline void altshm_put_ipc_ns(struct ipc_namespace *ns)
{
	ns->ns.ops->put(&ns->ns);
}

/* 6.5: vfs_tmpfile_open() became kernel_tmpfile_open(). 6.3 and 6.4 differ from both. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 5, 0)
static inline struct file *altshm_tmpfile_open(struct vfsmount *mnt, int flags)
{
	struct path path = { .mnt = mnt, .dentry = mnt->mnt_root };

	return vfs_tmpfile_open(&init_user_ns, &path, 0777, flags, current_cred());
}
#else
static inline struct file *altshm_tmpfile_open(struct vfsmount *mnt, int flags)
{
	struct path path = { .mnt = mnt, .dentry = mnt->mnt_root };

	return kernel_tmpfile_open(mnt_idmap(mnt), &path, 0777, flags, current_cred());
}
#endif

/* 7.x: pagevec.h got the name of what is left in it. Kbuild looks which is there. */
#ifdef ALTSHM_HAVE_FOLIO_BATCH_H
#include <linux/folio_batch.h>
#else
#include <linux/pagevec.h>
#endif

/*
 * 7.x: what of a mapping userfaultfd may serve is said by its vm_operations, no
 * longer by whether they are shmem's own; shared memory of System V offers none.
 * And mapped is only for those who map by mmap_prepare, which we don't.
 */
static inline void altshm_vmops_restrict(struct vm_operations_struct *ops)
{
#if defined(ALTSHM_HAVE_UFFD_OPS) && defined(CONFIG_USERFAULTFD)
	ops->uffd_ops = NULL;
#endif
#ifdef ALTSHM_HAVE_MAPPED_OP
	ops->mapped = NULL;
#endif
}

/* 7.0: flags of shmem_file_setup() became a bitmap type. @mnt: NULL for the kernel's own. */
static inline struct file *altshm_shmem_file_setup(struct vfsmount *mnt, const char *name,
						   loff_t size, bool noreserve)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 0, 0)
	unsigned long flags = noreserve ? VM_NORESERVE : 0;
#else
	vma_flags_t flags = noreserve ? mk_vma_flags(VMA_NORESERVE_BIT) : EMPTY_VMA_FLAGS;
#endif

	if (mnt)
		return shmem_file_setup_with_mnt(mnt, name, size, flags);
	return shmem_file_setup(name, size, flags);
}

/* 6.16: the tracepoint tells whether the whole process ends. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 16, 0)
#define ALTSHM_PROCESS_EXIT_ARGS void *data, struct task_struct *task
#else
#define ALTSHM_PROCESS_EXIT_ARGS void *data, struct task_struct *task, bool group_dead
#endif

/* 6.7: a file is got while it has users by a function that takes where it is named. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)
static inline struct file *get_file_active(struct file **f)
{
	return get_file_rcu(*f) ? *f : NULL;
}
#endif

/* 6.18: the reference count of a namespace got accessors. */
#ifndef ns_ref_read
#define ns_ref_read(_ns) refcount_read(&(_ns)->ns.count)
#endif

/* 6.17: call_mmap() became vfs_mmap(), which also serves mmap_prepare. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 17, 0)
static inline int vfs_mmap(struct file *file, struct vm_area_struct *vma)
{
	return call_mmap(file, vma);
}
#endif

/* 6.1.95: the flags of a multicast group got names of their own. */
#ifndef GENL_MCAST_CAP_NET_ADMIN
#define GENL_MCAST_CAP_NET_ADMIN GENL_UNS_ADMIN_PERM
#endif

/*
 * 6.2: what is done and what is dumped by one command became two entries. Before,
 * both have the policy of one, here that which has attributes.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
struct genl_split_ops {
	union {
		int (*doit)(struct sk_buff *skb, struct genl_info *info);
		struct {
			int (*start)(struct netlink_callback *cb);
			int (*dumpit)(struct sk_buff *skb, struct netlink_callback *cb);
			int (*done)(struct netlink_callback *cb);
		};
	};
	const struct nla_policy *policy;
	unsigned int maxattr;
	u8 cmd;
	u8 flags;
};

static inline void altshm_genl_merge(struct genl_ops *op, const struct genl_split_ops *split)
{
	op->cmd = split->cmd;
	op->flags |= split->flags & GENL_UNS_ADMIN_PERM;
	if (split->policy) {
		op->policy = split->policy;
		op->maxattr = split->maxattr;
	}
	if (split->flags & GENL_CMD_CAP_DO) {
		op->doit = split->doit;
	} else {
		op->start = split->start;
		op->dumpit = split->dumpit;
		op->done = split->done;
	}
}

static inline int altshm_genl_register(struct genl_family *family,
				       const struct genl_split_ops *split, unsigned int count)
{
	static struct genl_ops ops[16];
	struct genl_ops *op = ops;
	unsigned int i;

	if (WARN_ON(count > ARRAY_SIZE(ops)))
		return -EINVAL;
	for (i = 0; i < count; i++) {
		if (i && split[i].cmd != split[i - 1].cmd)
			op++;
		altshm_genl_merge(op, &split[i]);
	}
	family->ops = ops;
	family->n_ops = op - ops + 1;
	return genl_register_family(family);
}
#else
static inline int altshm_genl_register(struct genl_family *family,
				       const struct genl_split_ops *split, unsigned int count)
{
	family->split_ops = split;
	family->n_split_ops = count;
	return genl_register_family(family);
}
#endif

/* 6.7: what a dump was asked for moved into struct genl_info. */
static inline struct nlattr **altshm_genl_dump_attrs(struct netlink_callback *cb)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)
	return genl_dumpit_info(cb)->attrs;
#else
	return genl_info_dump(cb)->attrs;
#endif
}

/*
 * 7.x: whether a process may be dumped, and whose it is, is said by the task, no
 * longer by its memory. Kbuild looks. Context: under RCU, which keeps @user_ns.
 */
static inline bool altshm_task_dumpable(struct task_struct *task, struct mm_struct *mm,
					struct user_namespace **user_ns)
{
#ifdef ALTSHM_HAVE_EXEC_STATE
	struct task_exec_state *state = rcu_dereference(task->exec_state);

	*user_ns = state ? state->user_ns : &init_user_ns;
	return state && state->dumpable == TASK_DUMPABLE_OWNER;
#else
	*user_ns = mm->user_ns;
	return get_dumpable(mm) == SUID_DUMP_USER;
#endif
}

#endif
