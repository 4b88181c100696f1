// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two settings of the vm directory that System V semantics depend on and whose
 * variables are not exported. They are read as any program reads them, through
 * an instance of procfs of our own, so that no mount namespace or chroot of a
 * caller gets between.
 */
#include "vmsysctl.h"

#include <linux/cred.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kstrtox.h>
#include <linux/mman.h>
#include <linux/mount.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>

static struct vfsmount *proc_mnt;
/* Read-only after init. NULL where the kernel has no such setting. */
static struct file *overcommit_file;
static struct file *group_file;

static int setting_read(struct file *file, unsigned int *value)
{
	char text[16];
	loff_t pos = 0;
	ssize_t len;

	if (!file)
		return -ENOENT;
	len = kernel_read(file, text, sizeof(text) - 1, &pos);
	if (len < 0)
		return len;
	text[len] = '\0';
	return kstrtouint(text, 10, value);
}

bool altshm_vmsysctl_overcommit_never(void)
{
	unsigned int mode;

	return !setting_read(overcommit_file, &mode) && mode == OVERCOMMIT_NEVER;
}

bool altshm_vmsysctl_in_hugetlb_group(void)
{
	unsigned int gid;

	return !setting_read(group_file, &gid) && in_group_p(make_kgid(&init_user_ns, gid));
}

static struct file *setting_open(const char *name)
{
	struct path root = { .mnt = proc_mnt, .dentry = proc_mnt->mnt_root };
	struct file *file = file_open_root(&root, name, O_RDONLY, 0);

	return IS_ERR(file) ? NULL : file;
}

int altshm_vmsysctl_init(void)
{
	struct file_system_type *type = get_fs_type("proc");

	if (!type)
		return -ENODEV;
	proc_mnt = vfs_kern_mount(type, SB_KERNMOUNT, "proc", NULL);
	if (IS_ERR(proc_mnt))
		return PTR_ERR(proc_mnt);

	overcommit_file = setting_open("sys/vm/overcommit_memory");
	group_file = setting_open("sys/vm/hugetlb_shm_group");
	return 0;
}

void altshm_vmsysctl_exit(void)
{
	if (group_file)
		fput(group_file);
	if (overcommit_file)
		fput(overcommit_file);
	kern_unmount(proc_mnt);
}
