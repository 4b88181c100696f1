// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The four calls on altshm, or on the kernel's own facility where that was
 * chosen.
 */
#include "call.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>

#include "altshm.h"
#include "choice.h"
#include "layout.h"
#include "native.h"

#define CALL_IPC_64	0x100

/* One line a process; a forked child inherits that it has been said. */
static void complain(void)
{
	static atomic_flag said = ATOMIC_FLAG_INIT;
	int saved = errno;
	char line[256];
	int err, len;

	err = altshm_open();
	if (!err || atomic_flag_test_and_set(&said))
		return;
	len = snprintf(line, sizeof(line),
		       "%.64s: altshm: cannot open %s: %s; shared memory calls fail with ENOSYS (is the module loaded? see altshm(7))\n",
		       program_invocation_short_name, ALTSHM_DEVICE,
		       strerrordesc_np(-err));
	if (len > 0)
		syscall(SYS_write, STDERR_FILENO, line, len);
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

long call_get(key_t key, size_t size, int shmflg)
{
	if (choice_is_native())
		return native_call(SYS_shmget, key, size, shmflg);
	return answer(altshm_get(key, size, shmflg));
}

long call_at(int shmid, const void *addr, int shmflg)
{
	void *at;
	int ret;

	if (choice_is_native())
		return native_call(SYS_shmat, shmid, (long)addr, shmflg);
	ret = altshm_attach(shmid, addr, shmflg, &at);
	return ret ? answer(ret) : (long)at;
}

long call_dt(const void *addr)
{
	if (choice_is_native())
		return native_call(SYS_shmdt, (long)addr, 0, 0);
	return answer(altshm_detach(addr));
}

static int ctl_stat(int shmid, unsigned int flags, void *buf, const struct layout *layout)
{
	struct altshm_stat st;
	int ret;

	ret = altshm_stat(shmid, flags, &st);
	if (ret)
		return ret;
	ret = layout->put_stat(buf, &st);
	if (ret)
		return ret;
	return flags & ALTSHM_STAT_F_INDEX ? st.shmid : 0;
}

static int ctl_set(int shmid, const void *buf, const struct layout *layout)
{
	struct altshm_set set;
	int ret;

	ret = layout->get_set(&set, buf);
	if (ret)
		return ret;
	return altshm_set(shmid, set.uid, set.gid, set.mode);
}

static int ctl_info(int cmd, void *buf, const struct layout *layout)
{
	struct altshm_info info;
	int ret;

	ret = altshm_info(&info);
	if (ret)
		return ret;
	ret = cmd == IPC_INFO ? layout->put_limits(buf, &info) : layout_put_totals(buf, &info);
	return ret ?: (int)info.max_index;
}

static int ctl(int shmid, int cmd, void *buf, const struct layout *layout)
{
	if (shmid < 0)
		return -EINVAL;
	switch (cmd) {
	case IPC_STAT:
		return ctl_stat(shmid, 0, buf, layout);
	case SHM_STAT:
		return ctl_stat(shmid, ALTSHM_STAT_F_INDEX, buf, layout);
	case SHM_STAT_ANY:
		return ctl_stat(shmid, ALTSHM_STAT_F_INDEX | ALTSHM_STAT_F_ANY, buf, layout);
	case IPC_SET:
		return ctl_set(shmid, buf, layout);
	case IPC_RMID:
		return altshm_remove(shmid);
	case SHM_LOCK:
		return altshm_lock(shmid);
	case SHM_UNLOCK:
		return altshm_unlock(shmid);
	case IPC_INFO:
	case SHM_INFO:
		return ctl_info(cmd, buf, layout);
	default:
		return -EINVAL;
	}
}

long call_ctl(int shmid, int cmd, void *buf)
{
	if (choice_is_native())
		return native_call(SYS_shmctl, shmid, cmd, (long)buf);
	return answer(ctl(shmid, cmd, buf, &layout_current));
}

#ifdef __i386__
long call_ctl_ipc(int shmid, int cmd, void *buf)
{
	if (choice_is_native())
		return native_ipc_ctl(shmid, cmd, buf);
	if (cmd & CALL_IPC_64)
		return answer(ctl(shmid, cmd & ~CALL_IPC_64, buf, &layout_current));
	return answer(ctl(shmid, cmd, buf, &layout_old));
}
#endif
