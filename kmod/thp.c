// SPDX-License-Identifier: GPL-2.0-only
/*
 * Transparent huge pages for single segments, whatever the system-wide switch of
 * shmem says: the switch of a tmpfs mount of our own says otherwise.
 */
#include "thp.h"

#include <linux/err.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/pagemap.h>
#include <linux/sched.h>
#include <linux/xarray.h>

#include <uapi/linux/altshm.h>

static bool thp;
module_param(thp, bool, 0644);
MODULE_PARM_DESC(thp, "transparent huge pages for all segments, not only those that ask");

/* Read-only after init; NULL where the kernel has no such pages. */
static struct vfsmount *thp_mnt;

struct vfsmount *altshm_thp_mnt(u32 flags)
{
	return (flags & ALTSHM_GET_F_THP) || READ_ONCE(thp) ? thp_mnt : NULL;
}

bool altshm_thp_available(void)
{
	return thp_mnt;
}

/* Pages come and go meanwhile: this is for statistics. */
static bool is_huge(struct address_space *mapping, pgoff_t index)
{
	void *entry = xa_load(&mapping->i_pages, index);

	/* What is in swap can be as large. */
	return entry && !xa_is_value(entry) &&
	       1UL << xa_get_order(&mapping->i_pages, index) >= ALTSHM_THP_PAGES;
}

unsigned long altshm_thp_pages(struct address_space *mapping, unsigned long pages)
{
	unsigned long found = 0;
	pgoff_t index;

	for (index = 0; index < pages; index += ALTSHM_THP_PAGES) {
		if (is_huge(mapping, index))
			found += ALTSHM_THP_PAGES;
		cond_resched();
	}
	return found;
}

int altshm_thp_init(void)
{
	/* Not beyond the end: a segment never has more memory than its size. */
	char options[] = "huge=within_size";
	struct file_system_type *type = get_fs_type("tmpfs");
	struct vfsmount *mnt;

	if (!type)
		return 0;
	mnt = vfs_kern_mount(type, SB_KERNMOUNT, "altshm", options);
	/* A kernel or processor without huge pages does not know the option. */
	if (IS_ERR(mnt))
		return PTR_ERR(mnt) == -EINVAL ? 0 : PTR_ERR(mnt);
	thp_mnt = mnt;
	return 0;
}

void altshm_thp_exit(void)
{
	if (thp_mnt)
		kern_unmount(thp_mnt);
}
