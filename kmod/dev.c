// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/altshm: the ioctls, and every copy from and to user space.
 */
#include "dev.h"

#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/uaccess.h>

#include <uapi/linux/altshm.h>

#include "ctl.h"
#include "map.h"
#include "refuse.h"
#include "seg.h"

/* The size in a command is the caller's; the rest must be a command of ours. */
#define DEV_CMD(_cmd)	((_cmd) & ~IOCSIZE_MASK)

/* Structures have 64 bits for an address; the kernel may have 32. */
static bool addr_fits(u64 addr)
{
	return addr == (unsigned long)addr;
}

static __cold long refuse_addr(u64 addr)
{
	return altshm_refuse(-EINVAL, ALTSHM_RULE_BAD_ADDRESS, ULONG_MAX, addr);
}

static __cold int refuse_pointer(const void __user *ptr)
{
	return altshm_refuse(-EFAULT, ALTSHM_RULE_BAD_POINTER, 0, (unsigned long)ptr);
}

/*
 * Read a command's structure, of which the first published version had @min_size
 * bytes. Callers of the module's own age are read word by word: for so few words
 * copy_struct_from_user() costs several times as much.
 */
static __always_inline int arg_read(void *arg, size_t size, size_t min_size,
				    const void __user *uarg, size_t usize)
{
	/* Not u64, which not every kernel of 32 bits reads at once. */
	const unsigned long __user *from = uarg;
	unsigned long *to = arg;
	size_t i;

	if (unlikely(usize != size)) {
		if (usize < min_size)
			return -EINVAL;
		return copy_struct_from_user(arg, size, uarg, usize);
	}
	if (!user_access_begin(from, size))
		return refuse_pointer(uarg);
#pragma GCC unroll 16
	for (i = 0; i < size / sizeof(*to); i++)
		unsafe_get_user(to[i], &from[i], err_fault);
	user_access_end();
	return 0;

err_fault:
	user_access_end();
	return refuse_pointer(uarg);
}

#define ARG_READ(_arg, _last, _uarg, _usize)						\
	arg_read((_arg), sizeof(*(_arg)) + BUILD_BUG_ON_ZERO(sizeof(*(_arg)) % sizeof(long)), \
		 offsetofend(typeof(*(_arg)), _last), (_uarg), (_usize))

/* The same for results. */
static __always_inline int arg_write(const void *arg, size_t size, void __user *uarg,
				     size_t usize)
{
	unsigned long __user *to = uarg;
	const unsigned long *from = arg;
	size_t i;

	if (unlikely(usize != size))
		return copy_to_user(uarg, arg, min(usize, size)) ? refuse_pointer(uarg) : 0;
	if (!user_access_begin(to, size))
		return refuse_pointer(uarg);
#pragma GCC unroll 16
	for (i = 0; i < size / sizeof(*from); i++)
		unsafe_put_user(from[i], &to[i], err_fault);
	user_access_end();
	return 0;

err_fault:
	user_access_end();
	return refuse_pointer(uarg);
}

#define ARG_WRITE(_arg, _uarg, _usize)	arg_write((_arg), sizeof(*(_arg)), (_uarg), (_usize))

static __always_inline long get_run(const struct altshm_get *get)
{
	if ((get->flags & ~ALTSHM_GET_F_ALL) | get->pad)
		return -EOPNOTSUPP;
	if (get->size != (size_t)get->size)
		return altshm_refuse(-EINVAL, ALTSHM_RULE_SIZE_OVERFLOW, SIZE_MAX, get->size);
	return altshm_seg_get_id(get->key, get->size, get->shmflg, get->flags);
}

static noinline_for_stack long ioc_get(void __user *uarg, size_t usize)
{
	struct altshm_get get;

	return ARG_READ(&get, pad, uarg, usize) ?: get_run(&get);
}

/*
 * The same for callers of the module's own age. Read field by field, with its address
 * never taken, the structure stays in registers.
 */
static __always_inline long ioc_get_fast(const struct altshm_get __user *uget)
{
	struct altshm_get get;

	if (!user_access_begin(uget, sizeof(*uget)))
		return refuse_pointer(uget);
	unsafe_get_user(get.key, &uget->key, err_fault);
	unsafe_get_user(get.shmflg, &uget->shmflg, err_fault);
	unsafe_get_user(get.size, &uget->size, err_fault);
	unsafe_get_user(get.flags, &uget->flags, err_fault);
	unsafe_get_user(get.pad, &uget->pad, err_fault);
	user_access_end();
	return get_run(&get);

err_fault:
	user_access_end();
	return refuse_pointer(uget);
}

/* @spare: what the caller of this, besides, needs after it. */
static noinline_for_stack long ioc_attach(void __user *uarg, size_t usize,
					  const struct altshm_map_range *spare)
{
	struct altshm_attach attach, __user *uattach = uarg;
	struct altshm_map_range result = {
		.start = (unsigned long)&uattach->addr,
		.end = (unsigned long)(&uattach->addr + 1),
		.next = spare,
	};
	unsigned long addr, len;
	int err;

	err = ARG_READ(&attach, pad, uarg, usize);
	if (err)
		return err;
	if (attach.flags || attach.pad)
		return -EOPNOTSUPP;
	if (!addr_fits(attach.addr))
		return refuse_addr(attach.addr);
	/* Find out that the result can't be given before anything is attached. */
	if (put_user(attach.addr, &uattach->addr))
		return refuse_pointer(&uattach->addr);
	addr = attach.addr;
	err = altshm_map_attach(attach.shmid, &addr, attach.shmflg, &len, &result);
	if (err)
		return altshm_refusal_about(err, attach.shmid, attach.shmflg);
	if (put_user((u64)addr, &uattach->addr)) {
		vm_munmap(addr, len);
		return refuse_pointer(&uattach->addr);
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
		return refuse_addr(detach.addr);
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
	return altshm_ctl_stat(&stat) ?: ARG_WRITE(&stat, uarg, usize);
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
	err = altshm_ctl_set(&set);
	return err ? altshm_refusal_about(err, set.shmid, 0) : 0;
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
	if (id.flags)
		return -EOPNOTSUPP;
	err = command(id.shmid);
	return err ? altshm_refusal_about(err, id.shmid, 0) : 0;
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
	return altshm_ctl_info(&info) ?: ARG_WRITE(&info, uarg, usize);
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
	err = altshm_ctl_limits(&limits) ?: ARG_WRITE(&limits, uarg, usize);
	/* Last, as it cannot fail: a result that can't be given has set nothing. */
	if (!err && (limits.flags & ALTSHM_LIMITS_F_SET))
		altshm_ctl_limits_commit(&limits);
	return err;
}

static long dev_run_watched(unsigned int ioctl, void __user *uarg,
			    const struct altshm_map_range *spare, struct altshm_refusal *refusal);

static noinline_for_stack long ioc_explain(void __user *uarg, size_t usize)
{
	struct altshm_map_range reply = {
		.start = (unsigned long)uarg,
		.end = (unsigned long)uarg + min(usize, sizeof(struct altshm_explain)),
	};
	struct altshm_refusal refusal;
	struct altshm_explain explain;
	int err;

	err = ARG_READ(&explain, wanted, uarg, usize);
	if (err)
		return err;
	if (explain.flags || explain.pad)
		return -EOPNOTSUPP;
	if (DEV_CMD(explain.cmd) == DEV_CMD(ALTSHM_IOC_EXPLAIN))
		return -EINVAL;
	if (!addr_fits(explain.arg))
		return refuse_addr(explain.arg);
	/* Find out that the reason can't be given before anything is done. */
	err = ARG_WRITE(&explain, uarg, usize);
	if (err)
		return err;
	explain.result = dev_run_watched(explain.cmd, u64_to_user_ptr(explain.arg), &reply,
					 &refusal);
	explain.rule = refusal.event.rule;
	explain.limit = refusal.event.limit;
	explain.wanted = refusal.event.wanted;
	return ARG_WRITE(&explain, uarg, usize);
}

static long dev_run(unsigned int ioctl, void __user *uarg, const struct altshm_map_range *spare)
{
	size_t usize = _IOC_SIZE(ioctl);

	switch (DEV_CMD(ioctl)) {
	case DEV_CMD(ALTSHM_IOC_GET):
		return ioc_get(uarg, usize);
	case DEV_CMD(ALTSHM_IOC_ATTACH):
		return ioc_attach(uarg, usize, spare);
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
	case DEV_CMD(ALTSHM_IOC_EXPLAIN):
		return ioc_explain(uarg, usize);
	default:
		return altshm_refuse(-ENOTTY, ALTSHM_RULE_NO_SUCH_COMMAND, 0, ioctl);
	}
}

static long dev_run_watched(unsigned int ioctl, void __user *uarg,
			    const struct altshm_map_range *spare, struct altshm_refusal *refusal)
{
	long ret;

	altshm_refusal_watch(refusal);
	ret = dev_run(ioctl, uarg, spare);
	altshm_refusal_unwatch(refusal, ret);
	return ret;
}

static noinline_for_stack long dev_run_told(unsigned int ioctl, void __user *uarg)
{
	struct altshm_refusal refusal;

	return dev_run_watched(ioctl, uarg, NULL, &refusal);
}

static long dev_ioctl(struct file *file, unsigned int ioctl, unsigned long ptr)
{
	void __user *uarg = (void __user *)ptr;

	/*
	 * What programs call most, and is watched where it finds nothing. Not every
	 * kernel of 32 bits reads 64 at once.
	 */
	if (likely(ioctl == ALTSHM_IOC_GET) && IS_ENABLED(CONFIG_64BIT))
		return ioc_get_fast(uarg);
	if (altshm_refusals_told())
		return dev_run_told(ioctl, uarg);
	return dev_run(ioctl, uarg, NULL);
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
