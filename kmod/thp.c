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
#include <linux/sched/signal.h>
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

/*
 * From page to page, not by the length, which anybody can make enormous. Pages
 * come and go meanwhile: this is for statistics.
 */
unsigned long altshm_thp_pages(struct address_space *mapping)
{
	unsigned long found = 0;
	pgoff_t index = 0;
	void *entry;

	while ((entry = xa_find(&mapping->i_pages, &index, ULONG_MAX, XA_PRESENT)) &&
	       !fatal_signal_pending(current)) {
		/* What is in swap can be as large. */
		if (!xa_is_value(entry) &&
		    1UL << xa_get_order(&mapping->i_pages, index) >= ALTSHM_THP_PAGES)
			found += ALTSHM_THP_PAGES;
		index = round_up(index + 1, ALTSHM_THP_PAGES);
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
