// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/altshm: the ioctl table, and every copy from and to user space.
 */
#include "dev.h"

#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/nospec.h>
#include <linux/pagemap.h>
#include <linux/uaccess.h>

#include <uapi/linux/altshm.h>

#include "ctl.h"
#include "map.h"
#include "seg.h"

/* What a command's structure is read into, and its results are answered from. */
union dev_arg {
	struct altshm_get get;
	struct altshm_attach attach;
	struct altshm_detach detach;
	struct altshm_stat stat;
	struct altshm_set set;
	struct altshm_id id;
	struct altshm_info info;
	struct altshm_limits limits;
};

/* Structures have 64 bits for an address; the kernel may have 32. */
static bool addr_fits(u64 addr)
{
	return addr == (unsigned long)addr;
}

static long ioc_get(union dev_arg *arg, void __user *uarg)
{
	struct altshm_get *get = &arg->get;

	if (get->flags || get->pad)
		return -EOPNOTSUPP;
	if (get->size != (size_t)get->size)
		return -EINVAL;
	return altshm_seg_get_id(get->key, get->size, get->shmflg);
}

static long ioc_attach(union dev_arg *arg, void __user *uarg)
{
	struct altshm_attach *attach = &arg->attach, __user *uattach = uarg;
	unsigned long addr = attach->addr, len;
	int err;

	if (attach->flags || attach->pad)
		return -EOPNOTSUPP;
	if (!addr_fits(attach->addr))
		return -EINVAL;
	/* Find out that the result can't be given before anything is attached. */
	if (put_user(attach->addr, &uattach->addr))
		return -EFAULT;
	err = altshm_map_attach(attach->shmid, &addr, attach->shmflg, &len,
				(unsigned long)&uattach->addr);
	if (err)
		return err;
	if (put_user((u64)addr, &uattach->addr)) {
		vm_munmap(addr, len);
		return -EFAULT;
	}
	return 0;
}

static long ioc_detach(union dev_arg *arg, void __user *uarg)
{
	struct altshm_detach *detach = &arg->detach;

	if (detach->flags || detach->pad)
		return -EOPNOTSUPP;
	if (!addr_fits(detach->addr))
		return -EINVAL;
	return altshm_map_detach(detach->addr);
}

static long ioc_stat(union dev_arg *arg, void __user *uarg)
{
	if ((arg->stat.flags & ~ALTSHM_STAT_F_ALL) || arg->stat.pad)
		return -EOPNOTSUPP;
	return altshm_ctl_stat(&arg->stat);
}

static long ioc_set(union dev_arg *arg, void __user *uarg)
{
	if (arg->set.flags || arg->set.pad)
		return -EOPNOTSUPP;
	return altshm_ctl_set(&arg->set);
}

static long ioc_remove(union dev_arg *arg, void __user *uarg)
{
	return arg->id.flags ? -EOPNOTSUPP : altshm_ctl_remove(arg->id.shmid);
}

static long ioc_lock(union dev_arg *arg, void __user *uarg)
{
	return arg->id.flags ? -EOPNOTSUPP : altshm_ctl_lock(arg->id.shmid);
}

static long ioc_unlock(union dev_arg *arg, void __user *uarg)
{
	return arg->id.flags ? -EOPNOTSUPP : altshm_ctl_unlock(arg->id.shmid);
}

static long ioc_info(union dev_arg *arg, void __user *uarg)
{
	return arg->info.flags ? -EOPNOTSUPP : altshm_ctl_info(&arg->info);
}

static long ioc_limits(union dev_arg *arg, void __user *uarg)
{
	if (arg->limits.flags & ~ALTSHM_LIMITS_F_SET)
		return -EOPNOTSUPP;
	/* Find out that the result can't be given before anything is set. */
	if (fault_in_writeable(uarg, sizeof(arg->limits)))
		return -EFAULT;
	return altshm_ctl_limits(&arg->limits);
}

/*
 * @size is the structure's size now, @min_size what its first version had.
 * @reply: the structure is copied back after success; a handler without may
 * write its result through the user pointer itself.
 */
struct dev_cmd {
	unsigned int cmd;
	size_t size;
	size_t min_size;
	bool reply;
	long (*handler)(union dev_arg *arg, void __user *uarg);
};

#define DEV_CMD(_cmd, _struct, _last, _reply, _handler)			\
	[_IOC_NR(_cmd)] = {						\
		.cmd = (_cmd),						\
		.size = sizeof(struct _struct) +			\
			BUILD_BUG_ON_ZERO(sizeof(struct _struct) > sizeof(union dev_arg)), \
		.min_size = offsetofend(struct _struct, _last),		\
		.reply = (_reply),					\
		.handler = (_handler),					\
	}

static const struct dev_cmd dev_cmds[] = {
	DEV_CMD(ALTSHM_IOC_GET, altshm_get, pad, false, ioc_get),
	DEV_CMD(ALTSHM_IOC_ATTACH, altshm_attach, pad, false, ioc_attach),
	DEV_CMD(ALTSHM_IOC_DETACH, altshm_detach, pad, false, ioc_detach),
	DEV_CMD(ALTSHM_IOC_STAT, altshm_stat, nattch, true, ioc_stat),
	DEV_CMD(ALTSHM_IOC_SET, altshm_set, pad, false, ioc_set),
	DEV_CMD(ALTSHM_IOC_REMOVE, altshm_id, flags, false, ioc_remove),
	DEV_CMD(ALTSHM_IOC_LOCK, altshm_id, flags, false, ioc_lock),
	DEV_CMD(ALTSHM_IOC_UNLOCK, altshm_id, flags, false, ioc_unlock),
	DEV_CMD(ALTSHM_IOC_INFO, altshm_info, swp, true, ioc_info),
	DEV_CMD(ALTSHM_IOC_LIMITS, altshm_limits, shmmni, true, ioc_limits),
};

/* The size in @cmd is the caller's; the rest must be a command of ours. */
static const struct dev_cmd *dev_cmd_find(unsigned int cmd)
{
	unsigned int nr = _IOC_NR(cmd);
	const struct dev_cmd *found;

	if (nr >= ARRAY_SIZE(dev_cmds))
		return NULL;
	found = &dev_cmds[array_index_nospec(nr, ARRAY_SIZE(dev_cmds))];
	return (cmd ^ found->cmd) & ~IOCSIZE_MASK ? NULL : found;
}

static long dev_ioctl(struct file *file, unsigned int ioctl, unsigned long ptr)
{
	const struct dev_cmd *cmd = dev_cmd_find(ioctl);
	void __user *uarg = (void __user *)ptr;
	size_t usize = _IOC_SIZE(ioctl);
	union dev_arg arg;
	long ret;

	if (!cmd)
		return -ENOTTY;
	if (usize < cmd->min_size)
		return -EINVAL;
	ret = copy_struct_from_user(&arg, cmd->size, uarg, usize);
	if (ret)
		return ret;
	ret = cmd->handler(&arg, uarg);
	if (ret >= 0 && cmd->reply && copy_to_user(uarg, &arg, min(usize, cmd->size)))
		return -EFAULT;
	return ret;
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
