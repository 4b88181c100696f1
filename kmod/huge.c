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
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/mount.h>
#include <linux/sched/task.h>

#include <uapi/linux/shm.h>

#include "compat.h"
#include "vmsysctl.h"

struct huge_pool {
	struct vfsmount *mnt;
	unsigned int shift;
};

/* Read-only after init. The first is the one of the default size. */
static struct huge_pool pools[4];
static unsigned int pool_count;

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

/*
 * The mount's root belongs to root and is writable to its owner only. The rest
 * of the caller's identity stays, so that limits on files count as they do in
 * shmget().
 */
static struct file *pool_open(const struct huge_pool *pool)
{
	const struct cred *saved;
	struct cred *cred;
	struct file *file;

	cred = prepare_creds();
	if (!cred)
		return ERR_PTR(-ENOMEM);
	cred->fsuid = GLOBAL_ROOT_UID;
	saved = override_creds(cred);
	file = altshm_tmpfile_open(pool->mnt, O_RDWR | O_LARGEFILE);
	revert_creds(saved);
	put_cred(cred);
	return file;
}

/*
 * A shared mapping reserves its pages in the inode, and unmapping it leaves
 * them there until the inode goes.
 */
static int pages_reserve(struct file *file, size_t len)
{
	unsigned long addr = vm_mmap(file, 0, len, PROT_NONE, MAP_SHARED, 0);

	/* Limits of the caller's address space, locked memory's too, read as no memory. */
	if (IS_ERR_VALUE(addr))
		return addr == -EINTR ? -EINTR : -ENOMEM;
	return vm_munmap(addr, len);
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
	if (IS_ERR(file))
		iput(inode);
	return file;
}

struct file *altshm_huge_create(size_t size, int shmflg)
{
	const struct huge_pool *pool = pool_find(shmflg >> SHM_HUGE_SHIFT & SHM_HUGE_MASK);
	struct file *temporary, *file;
	size_t len;
	int err = 0;

	if (!pool)
		return ERR_PTR(-EINVAL);
	if (!capable(CAP_IPC_LOCK) && !altshm_vmsysctl_in_hugetlb_group())
		return ERR_PTR(-EPERM);
	len = ALIGN(size, 1UL << pool->shift);
	if (len < size)
		return ERR_PTR(-ENOMEM);

	temporary = pool_open(pool);
	if (IS_ERR(temporary))
		return temporary;
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
static void pool_add(struct file_system_type *type, unsigned int shift)
{
	struct huge_pool *pool = &pools[pool_count];
	char options[32] = "";
	struct vfsmount *mnt;

	if (shift && pool_find(shift))
		return;
	if (shift)
		snprintf(options, sizeof(options), "pagesize=%luK", 1UL << (shift - 10));
	mnt = vfs_kern_mount(type, SB_KERNMOUNT, "hugetlbfs", options);
	if (IS_ERR(mnt))
		return;
	pool->mnt = mnt;
	pool->shift = ilog2(mnt->mnt_sb->s_blocksize);
	pool_count++;
}

int altshm_huge_init(void)
{
	struct file_system_type *type = get_fs_type("hugetlbfs");
	const struct cred *saved;
	struct cred *cred;

	if (!type)
		return 0;
	cred = prepare_kernel_cred(&init_task);
	if (!cred)
		return -ENOMEM;
	saved = override_creds(cred);
	pool_add(type, 0);
	if (pool_count) {
		pool_add(type, PMD_SHIFT);
#ifdef CONFIG_X86_64
		if (boot_cpu_has(X86_FEATURE_GBPAGES))
#endif
			pool_add(type, PUD_SHIFT);
#ifdef CONT_PTE_SHIFT
		pool_add(type, CONT_PTE_SHIFT);
#endif
	}
	revert_creds(saved);
	put_cred(cred);
	return 0;
}

void altshm_huge_exit(void)
{
	while (pool_count)
		kern_unmount(pools[--pool_count].mnt);
}
