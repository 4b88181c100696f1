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

/* 7.0: flags of shmem_file_setup() became a bitmap type. */
static inline struct file *altshm_shmem_file_setup(const char *name, loff_t size, bool noreserve)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 0, 0)
	return shmem_file_setup(name, size, noreserve ? VM_NORESERVE : 0);
#else
	return shmem_file_setup(name, size,
				noreserve ? mk_vma_flags(VMA_NORESERVE_BIT) : EMPTY_VMA_FLAGS);
#endif
}

/* 6.16: the tracepoint tells whether the whole process ends. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 16, 0)
#define ALTSHM_PROCESS_EXIT_ARGS void *data, struct task_struct *task
#else
#define ALTSHM_PROCESS_EXIT_ARGS void *data, struct task_struct *task, bool group_dead
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

#endif
