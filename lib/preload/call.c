// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The four calls on altshm, or on the kernel's own facility where that was
 * chosen.
 */
#include "call.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>

#include <linux/altshm_netlink.h>

#include "altshm.h"
#include "choice.h"
#include "device.h"
#include "explain.h"
#include "layout.h"
#include "native.h"
#include "say.h"

#define CALL_IPC_64	0x100

/* ALTSHM_GET_F_* for what this process creates; set before main(). */
static unsigned int get_flags;

/* One line a process; a forked child inherits that it has been said. */
static void complain(void)
{
	static atomic_flag said = ATOMIC_FLAG_INIT;
	int saved = errno, err;
	char buf[256];
	struct text line = TEXT_IN(buf);

	err = altshm_open();
	if (!err || atomic_flag_test_and_set(&said))
		return;
	say_program(&line);
	text_add(&line, ": altshm: cannot open " ALTSHM_DEVICE ": ");
	text_add(&line, strerrordesc_np(-err));
	text_add(&line, "; shared memory calls fail with ENOSYS"
			" (is the module loaded? see altshm(7))");
	say_line(&line);
	errno = saved;
}

/* The library's result as that of a system call. */
static long answer(long ret)
{
	switch (ret) {
	case -ENODEV:
		complain();
		return -ENOSYS;
	case -ENOTTY:
		return -ENOSYS;
	default:
		return ret;
	}
}

/*
 * The library's call, with the reason for failing to @why where that is wanted.
 * Where it isn't, this costs one test, and @why holds nothing.
 */
static int run(unsigned long cmd, void *arg, struct altshm_explain *why)
{
	return explain_on ? explain_run(cmd, arg, why) : __altshm_device_ioctl(cmd, arg);
}

long call_get(key_t key, size_t size, int shmflg)
{
	struct altshm_get arg = { .key = key, .shmflg = shmflg, .size = size,
				  .flags = get_flags };
	struct altshm_explain why;
	long ret;

	why.rule = ALTSHM_RULE_NONE;
	if (choice_is_native())
		ret = native_call(SYS_shmget, key, size, shmflg);
	else
		ret = answer(run(ALTSHM_IOC_GET, &arg, &why));
	if (explain_wanted(ret))
		explain_get(key, size, shmflg, ret, &why);
	return ret;
}

static long at(int shmid, const void *addr, int shmflg, struct altshm_explain *why)
{
	struct altshm_attach arg = {
		.shmid = shmid,
		.shmflg = shmflg,
		.addr = (uintptr_t)addr,
	};
	int ret = run(ALTSHM_IOC_ATTACH, &arg, why);

	return ret ? answer(ret) : (long)arg.addr;
}

long call_at(int shmid, const void *addr, int shmflg)
{
	struct altshm_explain why;
	long ret;

	why.rule = ALTSHM_RULE_NONE;
	if (choice_is_native())
		ret = native_call(SYS_shmat, shmid, (long)addr, shmflg);
	else
		ret = at(shmid, addr, shmflg, &why);
	if (explain_wanted(ret))
		explain_at(shmid, addr, shmflg, ret, &why);
	return ret;
}

long call_dt(const void *addr)
{
	struct altshm_detach arg = { .addr = (uintptr_t)addr };
	struct altshm_explain why;
	long ret;

	why.rule = ALTSHM_RULE_NONE;
	if (choice_is_native())
		ret = native_call(SYS_shmdt, (long)addr, 0, 0);
	else
		ret = answer(run(ALTSHM_IOC_DETACH, &arg, &why));
	if (explain_wanted(ret))
		explain_dt(addr, ret, &why);
	return ret;
}

/* What the shim itself refuses. Return: @err. */
static int refuse(int err, struct altshm_explain *why, unsigned int rule, uint64_t wanted)
{
	why->rule = rule;
	why->limit = 0;
	why->wanted = wanted;
	return err;
}

/* @err is that of the program's buffer. */
static int refuse_buf(int err, struct altshm_explain *why, const void *buf)
{
	return err ? refuse(err, why, ALTSHM_RULE_BAD_POINTER, (uintptr_t)buf) : 0;
}

static int ctl_stat(int shmid, unsigned int flags, void *buf, const struct layout *layout,
		    struct altshm_explain *why)
{
	struct altshm_stat st = { .shmid = shmid, .flags = flags };
	int ret;

	ret = run(ALTSHM_IOC_STAT, &st, why);
	if (!ret)
		ret = refuse_buf(layout->put_stat(buf, &st), why, buf);
	if (ret)
		return ret;
	return flags & ALTSHM_STAT_F_INDEX ? st.shmid : 0;
}

static int ctl_set(int shmid, const void *buf, const struct layout *layout,
		   struct altshm_explain *why)
{
	struct altshm_set set = { 0 };
	int ret;

	ret = refuse_buf(layout->get_set(&set, buf), why, buf);
	if (ret)
		return ret;
	set.shmid = shmid;
	return run(ALTSHM_IOC_SET, &set, why);
}

static int ctl_info(int cmd, void *buf, const struct layout *layout, struct altshm_explain *why)
{
	struct altshm_info info = { 0 };
	int ret;

	ret = run(ALTSHM_IOC_INFO, &info, why);
	if (ret)
		return ret;
	ret = cmd == IPC_INFO ? layout->put_limits(buf, &info) : layout_put_totals(buf, &info);
	return refuse_buf(ret, why, buf) ?: (int)info.max_index;
}

static int ctl_id(unsigned long cmd, int shmid, struct altshm_explain *why)
{
	struct altshm_id arg = { .shmid = shmid };

	return run(cmd, &arg, why);
}

static int ctl(int shmid, int cmd, void *buf, const struct layout *layout,
	       struct altshm_explain *why)
{
	if (shmid < 0)
		return refuse(-EINVAL, why, ALTSHM_RULE_NO_SUCH_ID, shmid);
	switch (cmd) {
	case IPC_STAT:
		return ctl_stat(shmid, 0, buf, layout, why);
	case SHM_STAT:
		return ctl_stat(shmid, ALTSHM_STAT_F_INDEX, buf, layout, why);
	case SHM_STAT_ANY:
		return ctl_stat(shmid, ALTSHM_STAT_F_INDEX | ALTSHM_STAT_F_ANY, buf, layout, why);
	case IPC_SET:
		return ctl_set(shmid, buf, layout, why);
	case IPC_RMID:
		return ctl_id(ALTSHM_IOC_REMOVE, shmid, why);
	case SHM_LOCK:
		return ctl_id(ALTSHM_IOC_LOCK, shmid, why);
	case SHM_UNLOCK:
		return ctl_id(ALTSHM_IOC_UNLOCK, shmid, why);
	case IPC_INFO:
	case SHM_INFO:
		return ctl_info(cmd, buf, layout, why);
	default:
		return refuse(-EINVAL, why, ALTSHM_RULE_NO_SUCH_COMMAND, cmd);
	}
}

static long ctl_explained(int shmid, int cmd, void *buf, const struct layout *layout)
{
	struct altshm_explain why;
	long ret;

	why.rule = ALTSHM_RULE_NONE;
	ret = answer(ctl(shmid, cmd, buf, layout, &why));
	if (explain_wanted(ret))
		explain_ctl(shmid, cmd, buf, layout, ret, &why);
	return ret;
}

static const struct altshm_explain no_reason;

long call_ctl(int shmid, int cmd, void *buf)
{
	long ret;

	if (!choice_is_native())
		return ctl_explained(shmid, cmd, buf, &layout_current);
	ret = native_call(SYS_shmctl, shmid, cmd, (long)buf);
	if (explain_wanted(ret))
		explain_ctl(shmid, cmd, buf, &layout_current, ret, &no_reason);
	return ret;
}

#ifdef __i386__
long call_ctl_ipc(int shmid, int cmd, void *buf)
{
	const struct layout *layout = cmd & CALL_IPC_64 ? &layout_current : &layout_old;
	long ret;

	if (!choice_is_native())
		return ctl_explained(shmid, cmd & ~CALL_IPC_64, buf, layout);
	ret = native_ipc_ctl(shmid, cmd, buf);
	if (explain_wanted(ret))
		explain_ctl(shmid, cmd & ~CALL_IPC_64, buf, layout, ret, &no_reason);
	return ret;
}
#endif

__attribute__((constructor)) static void call_init(void)
{
	const char *value = secure_getenv("ALTSHM_THP");

	if (value && !strcmp(value, "1"))
		get_flags = ALTSHM_GET_F_THP;
}
