// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * shmget, shmat, shmdt and shmctl of unmodified programs, on altshm.
 *
 * This is the only place that sets errno, and it leaves it alone on success.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "altshm.h"
#include "choice.h"
#include "usercopy.h"

#define SHIM_EXPORT	__attribute__((visibility("default")))

/* One line a process; a forked child inherits that it has been said. */
static void complain(void)
{
	static atomic_flag said = ATOMIC_FLAG_INIT;
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
}

/* Turns the library's result into that of a system call. */
static int answer(int ret)
{
	if (ret >= 0)
		return ret;
	if (ret == -ENODEV)
		complain();
	errno = ret == -ENODEV || ret == -ENOTTY ? ENOSYS : -ret;
	return -1;
}

static int stat_call(int shmid, unsigned int flags, struct shmid_ds *buf)
{
	struct altshm_stat st;
	struct shmid_ds ds;
	int ret;

	ret = altshm_stat(shmid, flags, &st);
	if (ret)
		return ret;
	memset(&ds, 0, sizeof(ds));
	ds.shm_perm.__key = st.key;
	ds.shm_perm.uid = st.uid;
	ds.shm_perm.gid = st.gid;
	ds.shm_perm.cuid = st.cuid;
	ds.shm_perm.cgid = st.cgid;
	ds.shm_perm.mode = st.mode;
	ds.shm_perm.__seq = st.seq;
	ds.shm_segsz = st.size;
	ds.shm_atime = st.atime;
	ds.shm_dtime = st.dtime;
	ds.shm_ctime = st.ctime;
	ds.shm_cpid = st.cpid;
	ds.shm_lpid = st.lpid;
	ds.shm_nattch = st.nattch;
	ret = usercopy_out(buf, &ds, sizeof(ds));
	if (ret)
		return ret;
	return flags & ALTSHM_STAT_F_INDEX ? st.shmid : 0;
}

static int set_call(int shmid, const struct shmid_ds *buf)
{
	struct shmid_ds ds;
	int ret;

	ret = usercopy_in(&ds, buf, sizeof(ds));
	if (ret)
		return ret;
	return altshm_set(shmid, ds.shm_perm.uid, ds.shm_perm.gid, ds.shm_perm.mode);
}

static int limits_call(void *buf)
{
	struct altshm_info info;
	struct shminfo out;
	int ret;

	ret = altshm_info(&info);
	if (ret)
		return ret;
	memset(&out, 0, sizeof(out));
	out.shmmax = info.shmmax;
	out.shmmin = info.shmmin;
	out.shmmni = info.shmmni;
	out.shmseg = info.shmmni;
	out.shmall = info.shmall;
	return usercopy_out(buf, &out, sizeof(out)) ?: (int)info.max_index;
}

static int totals_call(void *buf)
{
	struct altshm_info info;
	struct shm_info out;
	int ret;

	ret = altshm_info(&info);
	if (ret)
		return ret;
	memset(&out, 0, sizeof(out));
	out.used_ids = info.used;
	out.shm_tot = info.pages;
	out.shm_rss = info.rss;
	out.shm_swp = info.swp;
	return usercopy_out(buf, &out, sizeof(out)) ?: (int)info.max_index;
}

static int ctl_call(int shmid, int cmd, struct shmid_ds *buf)
{
	if (shmid < 0)
		return -EINVAL;
	switch (cmd) {
	case IPC_STAT:
		return stat_call(shmid, 0, buf);
	case SHM_STAT:
		return stat_call(shmid, ALTSHM_STAT_F_INDEX, buf);
	case SHM_STAT_ANY:
		return stat_call(shmid, ALTSHM_STAT_F_INDEX | ALTSHM_STAT_F_ANY, buf);
	case IPC_SET:
		return set_call(shmid, buf);
	case IPC_RMID:
		return altshm_remove(shmid);
	case SHM_LOCK:
		return altshm_lock(shmid);
	case SHM_UNLOCK:
		return altshm_unlock(shmid);
	case IPC_INFO:
		return limits_call(buf);
	case SHM_INFO:
		return totals_call(buf);
	default:
		return -EINVAL;
	}
}

SHIM_EXPORT int shmget(key_t key, size_t size, int shmflg)
{
	if (choice_is_native())
		return syscall(SYS_shmget, key, size, shmflg);
	return answer(altshm_get(key, size, shmflg));
}

SHIM_EXPORT void *shmat(int shmid, const void *shmaddr, int shmflg)
{
	void *at;

	if (choice_is_native())
		return (void *)syscall(SYS_shmat, shmid, shmaddr, shmflg);
	if (answer(altshm_attach(shmid, shmaddr, shmflg, &at)))
		return (void *)-1;
	return at;
}

SHIM_EXPORT int shmdt(const void *shmaddr)
{
	if (choice_is_native())
		return syscall(SYS_shmdt, shmaddr);
	return answer(altshm_detach(shmaddr));
}

SHIM_EXPORT int shmctl(int shmid, int cmd, struct shmid_ds *buf)
{
	if (choice_is_native())
		return syscall(SYS_shmctl, shmid, cmd, buf);
	return answer(ctl_call(shmid, cmd, buf));
}
