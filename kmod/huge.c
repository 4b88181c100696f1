// SPDX-License-Identifier: GPL-2.0-only
/*
 * Huge page memory, through a private hugetlbfs mount for each pool of pages.
 *
 * The kernel's own way, hugetlb_file_setup(), is not exported. An unnamed file
 * in a mount gives the same inode; a mapping that comes and goes leaves the
 * same reservation on it.
 */
#include "huge.h"

#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/hugetlb.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

#include <uapi/linux/shm.h>

#include "compat.h"
#include "refuse.h"
#include "sizes.h"
#include "vmsysctl.h"

struct huge_pool {
	struct vfsmount *mnt;
	unsigned int shift;
};

/* Read-only after init. The first is the one of the default size. */
static struct huge_pool pools[8];
static unsigned int pool_count;
/* The kernel's own identity: the mounts are no business of the caller's. */
static const struct cred *mount_cred;

static const struct huge_pool *pool_find(unsigned int shift)
{
	unsigned int i;

	for (i = 0; i < pool_count; i++) {
		if (!shift || pools[i].shift == shift)
			return &pools[i];
	}
	return NULL;
}

bool altshm_huge_available(void)
{
	return pool_count;
}

static struct file *pool_open(const struct huge_pool *pool)
{
	const struct cred *saved = override_creds(mount_cred);
	struct file *file = altshm_tmpfile_open(pool->mnt, O_RDWR | O_LARGEFILE);

	revert_creds(saved);
	return file;
}

/*
 * A reservation is made by mapping the file shared, and stays with the inode
 * when the mapping goes. Here it goes before anybody can see it, or fork() copy
 * it: reserve_mmap() lets hugetlbfs map, takes that back, and fails.
 */
#define RESERVED	(-ECANCELED)

static int reserve_mmap(struct file *file, struct vm_area_struct *vma)
{
	int err;

	/* From here on the file is hugetlbfs' own again. */
	file->f_op = file->private_data;
	err = vfs_mmap(file, vma);
	if (err)
		return err;
	if (vma->vm_ops->close)
		vma->vm_ops->close(vma);
	return RESERVED;
}

static unsigned long reserve_get_unmapped_area(struct file *file, unsigned long addr,
					       unsigned long len, unsigned long pgoff,
					       unsigned long flags)
{
	const struct file_operations *fops = file->private_data;

	return fops->get_unmapped_area(file, addr, len, pgoff, flags);
}

static const struct file_operations reserve_fops = {
	.owner = THIS_MODULE,
	.mmap = reserve_mmap,
	.get_unmapped_area = reserve_get_unmapped_area,
};

/* Bytes that can be reserved, pages that the pool may grow by included. */
static u64 pool_available(struct file *file)
{
#ifdef CONFIG_HUGETLB_PAGE
	struct hstate *h = hstate_file(file);
	long pages = READ_ONCE(h->free_huge_pages) - READ_ONCE(h->resv_huge_pages) +
		     READ_ONCE(h->nr_overcommit_huge_pages) - READ_ONCE(h->surplus_huge_pages);

	return max(pages, 0L) * (u64)huge_page_size(h);
#else
	return 0;
#endif
}

/* @file is nobody else's. Its operations are lent to us for the one call. */
static int pages_reserve(struct file *file, size_t len)
{
	const struct file_operations *fops = file->f_op;
	unsigned long addr;
	bool reached;

	file->private_data = (void *)fops;
	file->f_op = &reserve_fops;
	addr = vm_mmap(file, 0, len, PROT_NONE, MAP_SHARED, 0);
	reached = file->f_op == fops;
	file->f_op = fops;
	file->private_data = NULL;
	if (addr == RESERVED)
		return 0;
	if (addr == -EINTR)
		return altshm_refuse(-EINTR, ALTSHM_RULE_KILLED, 0, 0);
	/* Limits of the caller's address space, locked memory's too, read as no memory. */
	if (addr == -EAGAIN)
		return altshm_refuse(-ENOMEM, ALTSHM_RULE_MEMLOCK, rlimit(RLIMIT_MEMLOCK),
				     ((u64)current->mm->locked_vm << PAGE_SHIFT) + len);
	if (!reached)
		return altshm_refuse(-ENOMEM, ALTSHM_RULE_ADDRESS_SPACE,
				     min_t(u64, rlimit(RLIMIT_AS), TASK_SIZE),
				     ((u64)current->mm->total_vm << PAGE_SHIFT) + len);
	return altshm_refuse(-ENOMEM, ALTSHM_RULE_HUGE_POOL, pool_available(file), len);
}

/*
 * A temporary file is not counted in the system's file table, the file of a
 * segment is: make another on the inode. It comes after the reservation, so that
 * of several errors the caller gets the one that shmget() has.
 */
static struct file *counted_file(struct file *temporary)
{
	struct inode *inode = file_inode(temporary);
	struct file *file;

	ihold(inode);
	file = alloc_file_pseudo(inode, temporary->f_path.mnt, "SYSV", O_RDWR, temporary->f_op);
	if (IS_ERR(file)) {
		altshm_refuse_file(PTR_ERR(file));
		iput(inode);
	}
	return file;
}

struct file *altshm_huge_create(size_t size, int shmflg)
{
	unsigned int shift = shmflg >> SHM_HUGE_SHIFT & SHM_HUGE_MASK;
	const struct huge_pool *pool = pool_find(shift);
	struct file *temporary, *file;
	size_t len;
	int err = 0;
	u64 group;

	if (!pool)
		return ERR_PTR(altshm_refuse(-EINVAL, ALTSHM_RULE_NO_HUGE_SIZE, 0,
					     shift ? 1ULL << shift : 0));
	if (!capable(CAP_IPC_LOCK) && !altshm_vmsysctl_in_hugetlb_group(&group))
		return ERR_PTR(altshm_refuse(-EPERM, ALTSHM_RULE_HUGETLB_GROUP, group,
					     from_kgid_munged(&init_user_ns, current_egid())));
	len = altshm_size_align(size, pool->shift);
	if (!len)
		return ERR_PTR(altshm_refuse(-ENOMEM, ALTSHM_RULE_SIZE_OVERFLOW,
					     ALIGN_DOWN(SIZE_MAX, 1UL << pool->shift), size));

	temporary = pool_open(pool);
	if (IS_ERR(temporary))
		return ERR_PTR(altshm_refuse_file(PTR_ERR(temporary)));
	i_size_write(file_inode(temporary), len);
	if (!(shmflg & SHM_NORESERVE))
		err = pages_reserve(temporary, len);
	/* From here on a mapping of the inode reserves nothing more. */
	file_inode(temporary)->i_flags |= S_PRIVATE;
	file = err ? ERR_PTR(err) : counted_file(temporary);
	fput(temporary);
	return file;
}

/* @shift 0: the default size. Sizes the machine lacks are no error. */
static int pool_add(struct file_system_type *type, unsigned int shift)
{
	struct huge_pool *pool = &pools[pool_count];
	char options[32] = "";
	struct vfsmount *mnt;

	if (pool_count == ARRAY_SIZE(pools) || (shift && pool_find(shift)))
		return 0;
	if (shift)
		snprintf(options, sizeof(options), "pagesize=%luK", 1UL << (shift - 10));
	mnt = vfs_kern_mount(type, SB_KERNMOUNT, "hugetlbfs", options);
	if (IS_ERR(mnt))
		return PTR_ERR(mnt) == -EINVAL ? 0 : PTR_ERR(mnt);
	pool->mnt = mnt;
	pool->shift = ilog2(mnt->mnt_sb->s_blocksize);
	pool_count++;
	return 0;
}

static int pools_add(struct file_system_type *type)
{
	int err = pool_add(type, 0);

	if (err || !pool_count)
		return err;
	err = pool_add(type, PMD_SHIFT);
#ifdef CONFIG_X86_64
	if (boot_cpu_has(X86_FEATURE_GBPAGES))
#endif
		err = err ?: pool_add(type, PUD_SHIFT);
#ifdef CONT_PTE_SHIFT
	err = err ?: pool_add(type, CONT_PTE_SHIFT);
#endif
#ifdef CONT_PMD_SHIFT
	err = err ?: pool_add(type, CONT_PMD_SHIFT);
#endif
	return err;
}

int altshm_huge_init(void)
{
	struct file_system_type *type = get_fs_type("hugetlbfs");
	const struct cred *saved;
	int err;

	if (!type)
		return 0;
	mount_cred = prepare_kernel_cred(&init_task);
	if (!mount_cred)
		return -ENOMEM;
	saved = override_creds(mount_cred);
	err = pools_add(type);
	revert_creds(saved);
	if (err)
		altshm_huge_exit();
	return err;
}

void altshm_huge_exit(void)
{
	while (pool_count)
		kern_unmount(pools[--pool_count].mnt);
	if (mount_cred)
		put_cred(mount_cred);
}
