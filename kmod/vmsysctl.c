// SPDX-License-Identifier: GPL-2.0-only
/*
 * Settings of the vm directory that System V semantics depend on, or that a call
 * can be refused by, and whose variables are not exported. They are read as any
 * program reads them, through an instance of procfs of our own, so that no mount
 * namespace or chroot of a caller gets between.
 */
#include "vmsysctl.h"

#include <linux/cred.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kstrtox.h>
#include <linux/mman.h>
#include <linux/mount.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>

enum setting {
	OVERCOMMIT_MEMORY,
	HUGETLB_SHM_GROUP,
	MAX_MAP_COUNT,
	MMAP_MIN_ADDR,
	MEMINFO,
	SETTINGS,
};

static const char *const setting_names[SETTINGS] = {
	[OVERCOMMIT_MEMORY] = "sys/vm/overcommit_memory",
	[HUGETLB_SHM_GROUP] = "sys/vm/hugetlb_shm_group",
	[MAX_MAP_COUNT] = "sys/vm/max_map_count",
	[MMAP_MIN_ADDR] = "sys/vm/mmap_min_addr",
	[MEMINFO] = "meminfo",
};

static struct vfsmount *proc_mnt;
/* Read-only after init. NULL where the kernel has no such setting. */
static struct file *setting_files[SETTINGS];

/* @text: of @size bytes; ends with a 0. Return: 0 or a negative errno. */
static int setting_text(enum setting setting, char *text, size_t size)
{
	struct file *file = setting_files[setting];
	loff_t pos = 0;
	ssize_t len;

	if (!file)
		return -ENOENT;
	len = kernel_read(file, text, size - 1, &pos);
	if (len < 0)
		return len;
	text[len] = '\0';
	return 0;
}

static int setting_read(enum setting setting, u64 *value)
{
	char text[24];

	return setting_text(setting, text, sizeof(text)) ?: kstrtou64(text, 10, value);
}

/* 0 where it can't be read. */
static u64 setting_value(enum setting setting)
{
	u64 value;

	return setting_read(setting, &value) ? 0 : value;
}

bool altshm_vmsysctl_overcommit_never(void)
{
	return setting_value(OVERCOMMIT_MEMORY) == OVERCOMMIT_NEVER;
}

bool altshm_vmsysctl_in_hugetlb_group(u64 *gid)
{
	*gid = 0;
	return !setting_read(HUGETLB_SHM_GROUP, gid) &&
	       in_group_p(make_kgid(&init_user_ns, *gid));
}

u64 altshm_vmsysctl_max_map_count(void)
{
	return setting_value(MAX_MAP_COUNT);
}

u64 altshm_vmsysctl_mmap_min_addr(void)
{
	return setting_value(MMAP_MIN_ADDR);
}

/* The figure after "name:" in the text of /proc/meminfo, in bytes, or 0. */
static u64 meminfo_value(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return at ? memparse(skip_spaces(at + strlen(name)), NULL) << 10 : 0;
}

/*
 * The rules of __vm_enough_memory(). Where nothing is committed beyond what there
 * is, some is also kept in reserve; so there it is not asked who went too far.
 */
static bool refuses_commit(bool never, const char *text, u64 size, u64 *limit, u64 *wanted)
{
	if (never) {
		*limit = meminfo_value(text, "CommitLimit:");
		*wanted = meminfo_value(text, "Committed_AS:") + size;
		return true;
	}
	*limit = meminfo_value(text, "MemTotal:") + meminfo_value(text, "SwapTotal:");
	*wanted = size;
	return size > *limit;
}

bool altshm_vmsysctl_refuses_commit(u64 size, u64 *limit, u64 *wanted)
{
	u64 mode = setting_value(OVERCOMMIT_MEMORY);
	bool refuses;
	char *text;

	if (mode == OVERCOMMIT_ALWAYS)
		return false;
	text = kmalloc(PAGE_SIZE, GFP_KERNEL);
	if (!text)
		return false;
	refuses = !setting_text(MEMINFO, text, PAGE_SIZE) &&
		  refuses_commit(mode == OVERCOMMIT_NEVER, text, size, limit, wanted);
	kfree(text);
	return refuses;
}

static int setting_open(struct file **setting, const char *name)
{
	struct path root = { .mnt = proc_mnt, .dentry = proc_mnt->mnt_root };
	struct file *file = file_open_root(&root, name, O_RDONLY, 0);

	if (IS_ERR(file))
		return PTR_ERR(file) == -ENOENT ? 0 : PTR_ERR(file);
	*setting = file;
	return 0;
}

int altshm_vmsysctl_init(void)
{
	struct file_system_type *type = get_fs_type("proc");
	unsigned int i;
	int err;

	if (!type)
		return -ENODEV;
	proc_mnt = vfs_kern_mount(type, SB_KERNMOUNT, "proc", NULL);
	if (IS_ERR(proc_mnt))
		return PTR_ERR(proc_mnt);

	for (i = 0; i < SETTINGS; i++) {
		err = setting_open(&setting_files[i], setting_names[i]);
		if (err) {
			altshm_vmsysctl_exit();
			return err;
		}
	}
	return 0;
}

void altshm_vmsysctl_exit(void)
{
	unsigned int i;

	for (i = 0; i < SETTINGS; i++) {
		if (setting_files[i])
			fput(setting_files[i]);
	}
	kern_unmount(proc_mnt);
}
