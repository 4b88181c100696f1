// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory of segments: a shmem file, or a hugetlbfs file.
 */
#include "backing.h"

#include <linux/file.h>
#include <linux/fs.h>
#include <linux/pagemap.h>
#include <linux/shmem_fs.h>
#include <linux/swap.h>

#include <uapi/linux/shm.h>

#include "compat.h"
#include "huge.h"
#include "refuse.h"
#include "thp.h"
#include "vmsysctl.h"

static struct altshm_vmops plain_vmops = { .lock = __MUTEX_INITIALIZER(plain_vmops.lock) };
static struct altshm_vmops huge_vmops = { .lock = __MUTEX_INITIALIZER(huge_vmops.lock) };

/* Say why shmem has no file for us. */
static int plain_refuse(int err, size_t size, bool noreserve)
{
	u64 limit, wanted;

	if (!altshm_refusal_watched())
		return err;
	if (err == -EINVAL)
		return altshm_refuse(err, ALTSHM_RULE_SIZE_OVERFLOW, MAX_LFS_FILESIZE, size);
	if (err == -ENOMEM && !noreserve &&
	    altshm_vmsysctl_refuses_commit(PAGE_ALIGN(size), &limit, &wanted))
		return altshm_refuse(err, ALTSHM_RULE_COMMIT, limit, wanted);
	return altshm_refuse_file(err);
}

static struct file *plain_create(size_t size, bool noreserve, struct vfsmount *mnt)
{
	struct file *file;

	/* Nobody sees this name: a mapping's file has one of its own. */
	file = altshm_shmem_file_setup(mnt, "altshm", size, noreserve);
	if (IS_ERR(file))
		return ERR_PTR(plain_refuse(PTR_ERR(file), size, noreserve));
	/* Access is decided by System V rules, not by the inode's; nobody asks for its times. */
	file_inode(file)->i_flags |= S_PRIVATE | S_NOATIME;
	return file;
}

int altshm_backing_create(struct altshm_backing *backing, size_t size, int shmflg, u32 flags)
{
	struct vfsmount *mnt = altshm_thp_mnt(flags);
	struct file *file;

	backing->huge = shmflg & SHM_HUGETLB;
	backing->thp = mnt && !backing->huge;
	backing->noreserve = (shmflg & SHM_NORESERVE) &&
			     (backing->huge || !altshm_vmsysctl_overcommit_never());
	backing->vmops = backing->huge ? &huge_vmops : &plain_vmops;
	file = backing->huge ? altshm_huge_create(size, shmflg) :
			       plain_create(size, backing->noreserve, mnt);
	if (IS_ERR(file))
		return PTR_ERR(file);
	backing->file = file;
	return 0;
}

void altshm_backing_destroy(struct altshm_backing *backing)
{
	fput(backing->file);
}

void altshm_backing_usage(const struct altshm_backing *backing, unsigned long *rss,
			  unsigned long *swp)
{
	struct inode *inode = file_inode(backing->file);

	if (backing->huge) {
		/* Kernels differ in the unit of nrpages here, not in that of i_blocks. */
		*rss = READ_ONCE(inode->i_blocks) >> (PAGE_SHIFT - 9);
		*swp = 0;
	} else {
		*rss = READ_ONCE(inode->i_mapping->nrpages);
		*swp = READ_ONCE(SHMEM_I(inode)->swapped);
	}
}

unsigned long altshm_backing_huge(const struct altshm_backing *backing, unsigned long rss)
{
	return min(rss, altshm_thp_pages(backing->file->f_mapping));
}

void altshm_backing_pin(struct altshm_backing *backing)
{
	mapping_set_unevictable(backing->file->f_mapping);
}

void altshm_backing_unpin(struct altshm_backing *backing)
{
	mapping_clear_unevictable(backing->file->f_mapping);
}

void altshm_backing_rescue(struct altshm_backing *backing)
{
	struct folio_batch batch;
	pgoff_t index = 0;

	folio_batch_init(&batch);
	while (filemap_get_folios(backing->file->f_mapping, &index, ULONG_MAX, &batch)) {
		check_move_unevictable_folios(&batch);
		folio_batch_release(&batch);
		cond_resched();
	}
}
