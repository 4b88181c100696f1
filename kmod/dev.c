// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/altshm: the ioctls, and every copy from and to user space.
 */
#include "dev.h"

#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pagemap.h>
#include <linux/uaccess.h>

#include <uapi/linux/altshm.h>

#include "ctl.h"
#include "map.h"
#include "seg.h"

/* Structures have 64 bits for an address; the kernel may have 32. */
static bool addr_fits(u64 addr)
{
	return addr == (unsigned long)addr;
}

/*
 * Read a command's structure, of which the first published version had @min_size
 * bytes. Callers of the module's own age are read word by word: for so few words
 * copy_struct_from_user() costs several times as much.
 */
static __always_inline int arg_read(void *arg, size_t size, size_t min_size,
				    const void __user *uarg, size_t usize)
{
	const u64 __user *from = uarg;
	u64 *to = arg;
	size_t i;

	if (unlikely(usize != size)) {
		if (usize < min_size)
			return -EINVAL;
		return copy_struct_from_user(arg, size, uarg, usize);
	}
	if (!user_access_begin(from, size))
		return -EFAULT;
#pragma GCC unroll 16
	for (i = 0; i < size / sizeof(*to); i++)
		unsafe_get_user(to[i], &from[i], err_fault);
	user_access_end();
	return 0;

err_fault:
	user_access_end();
	return -EFAULT;
}

#define ARG_READ(_arg, _last, _uarg, _usize)						\
	arg_read((_arg), sizeof(*(_arg)) + BUILD_BUG_ON_ZERO(sizeof(*(_arg)) % sizeof(u64)), \
		 offsetofend(typeof(*(_arg)), _last), (_uarg), (_usize))

static int arg_write(const void *arg, size_t size, void __user *uarg, size_t usize)
{
	return copy_to_user(uarg, arg, min(usize, size)) ? -EFAULT : 0;
}

static long ioc_get(void __user *uarg, size_t usize)
{
	struct altshm_get get;
	int err;

	err = ARG_READ(&get, pad, uarg, usize);
	if (err)
		return err;
	if (get.flags || get.pad)
		return -EOPNOTSUPP;
	if (get.size != (size_t)get.size)
		return -EINVAL;
	return altshm_seg_get_id(get.key, get.size, get.shmflg);
}

static noinline_for_stack long ioc_attach(void __user *uarg, size_t usize)
{
	struct altshm_attach attach, __user *uattach = uarg;
	unsigned long addr, len;
	int err;

	err = ARG_READ(&attach, pad, uarg, usize);
	if (err)
		return err;
	if (attach.flags || attach.pad)
		return -EOPNOTSUPP;
	if (!addr_fits(attach.addr))
		return -EINVAL;
	/* Find out that the result can't be given before anything is attached. */
	if (put_user(attach.addr, &uattach->addr))
		return -EFAULT;
	addr = attach.addr;
	err = altshm_map_attach(attach.shmid, &addr, attach.shmflg, &len,
				(unsigned long)&uattach->addr);
	if (err)
		return err;
	if (put_user((u64)addr, &uattach->addr)) {
		vm_munmap(addr, len);
		return -EFAULT;
	}
	return 0;
}

static noinline_for_stack long ioc_detach(void __user *uarg, size_t usize)
{
	struct altshm_detach detach;
	int err;

	err = ARG_READ(&detach, pad, uarg, usize);
	if (err)
		return err;
	if (detach.flags || detach.pad)
		return -EOPNOTSUPP;
	if (!addr_fits(detach.addr))
		return -EINVAL;
	return altshm_map_detach(detach.addr);
}

static noinline_for_stack long ioc_stat(void __user *uarg, size_t usize)
{
	struct altshm_stat stat;
	int err;

	err = ARG_READ(&stat, nattch, uarg, usize);
	if (err)
		return err;
	if ((stat.flags & ~ALTSHM_STAT_F_ALL) || stat.pad)
		return -EOPNOTSUPP;
	return altshm_ctl_stat(&stat) ?: arg_write(&stat, sizeof(stat), uarg, usize);
}

static noinline_for_stack long ioc_set(void __user *uarg, size_t usize)
{
	struct altshm_set set;
	int err;

	err = ARG_READ(&set, pad, uarg, usize);
	if (err)
		return err;
	if (set.flags || set.pad)
		return -EOPNOTSUPP;
	return altshm_ctl_set(&set);
}

/* The commands that take nothing but an identifier. */
static noinline_for_stack long ioc_by_id(void __user *uarg, size_t usize,
					 int (*command)(int shmid))
{
	struct altshm_id id;
	int err;

	err = ARG_READ(&id, flags, uarg, usize);
	if (err)
		return err;
	return id.flags ? -EOPNOTSUPP : command(id.shmid);
}

static noinline_for_stack long ioc_info(void __user *uarg, size_t usize)
{
	struct altshm_info info;
	int err;

	err = ARG_READ(&info, swp, uarg, usize);
	if (err)
		return err;
	if (info.flags)
		return -EOPNOTSUPP;
	return altshm_ctl_info(&info) ?: arg_write(&info, sizeof(info), uarg, usize);
}

static noinline_for_stack long ioc_limits(void __user *uarg, size_t usize)
{
	struct altshm_limits limits;
	int err;

	err = ARG_READ(&limits, shmmni, uarg, usize);
	if (err)
		return err;
	if (limits.flags & ~ALTSHM_LIMITS_F_SET)
		return -EOPNOTSUPP;
	/* Find out that the result can't be given before anything is set. */
	if (fault_in_writeable(uarg, min(usize, sizeof(limits))))
		return -EFAULT;
	return altshm_ctl_limits(&limits) ?: arg_write(&limits, sizeof(limits), uarg, usize);
}

/* The size in a command is the caller's; the rest must be a command of ours. */
#define DEV_CMD(_cmd)	((_cmd) & ~IOCSIZE_MASK)

static long dev_ioctl(struct file *file, unsigned int ioctl, unsigned long ptr)
{
	void __user *uarg = (void __user *)ptr;
	size_t usize = _IOC_SIZE(ioctl);

	/* What programs call most; the others' frames are not for it to pay. */
	if (likely(DEV_CMD(ioctl) == DEV_CMD(ALTSHM_IOC_GET)))
		return ioc_get(uarg, usize);

	switch (DEV_CMD(ioctl)) {
	case DEV_CMD(ALTSHM_IOC_ATTACH):
		return ioc_attach(uarg, usize);
	case DEV_CMD(ALTSHM_IOC_DETACH):
		return ioc_detach(uarg, usize);
	case DEV_CMD(ALTSHM_IOC_STAT):
		return ioc_stat(uarg, usize);
	case DEV_CMD(ALTSHM_IOC_SET):
		return ioc_set(uarg, usize);
	case DEV_CMD(ALTSHM_IOC_REMOVE):
		return ioc_by_id(uarg, usize, altshm_ctl_remove);
	case DEV_CMD(ALTSHM_IOC_LOCK):
		return ioc_by_id(uarg, usize, altshm_ctl_lock);
	case DEV_CMD(ALTSHM_IOC_UNLOCK):
		return ioc_by_id(uarg, usize, altshm_ctl_unlock);
	case DEV_CMD(ALTSHM_IOC_INFO):
		return ioc_info(uarg, usize);
	case DEV_CMD(ALTSHM_IOC_LIMITS):
		return ioc_limits(uarg, usize);
	default:
		return -ENOTTY;
	}
}

static const struct file_operations dev_fops = {
	.owner = THIS_MODULE,
	.open = nonseekable_open,
	.unlocked_ioctl = dev_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

/* System V shared memory is for everybody; what one may do is decided per segment. */
static struct miscdevice dev_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "altshm",
	.fops = &dev_fops,
	.mode = 0666,
};

int altshm_dev_init(void)
{
	return misc_register(&dev_misc);
}

void altshm_dev_exit(void)
{
	misc_deregister(&dev_misc);
}
