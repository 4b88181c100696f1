// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The calls of libaltshm, one command of the device each.
 */
#include "altshm.h"

#include <stdint.h>

#include "device.h"

static int id_call(unsigned long cmd, int shmid)
{
	struct altshm_id arg = { .shmid = shmid };

	return __altshm_device_ioctl(cmd, &arg);
}

int altshm_get(key_t key, size_t size, int shmflg)
{
	return altshm_get2(key, size, shmflg, 0);
}

int altshm_get2(key_t key, size_t size, int shmflg, unsigned int flags)
{
	struct altshm_get arg = {
		.key = key,
		.shmflg = shmflg,
		.size = size,
		.flags = flags,
	};

	return __altshm_device_ioctl(ALTSHM_IOC_GET, &arg);
}

int altshm_attach(int shmid, const void *addr, int shmflg, void **out)
{
	struct altshm_attach arg = {
		.shmid = shmid,
		.shmflg = shmflg,
		.addr = (uintptr_t)addr,
	};
	int ret;

	ret = __altshm_device_ioctl(ALTSHM_IOC_ATTACH, &arg);
	if (ret < 0)
		return ret;
	*out = (void *)(uintptr_t)arg.addr;
	return 0;
}

int altshm_detach(const void *addr)
{
	struct altshm_detach arg = { .addr = (uintptr_t)addr };

	return __altshm_device_ioctl(ALTSHM_IOC_DETACH, &arg);
}

int altshm_stat(int shmid, unsigned int flags, struct altshm_stat *st)
{
	struct altshm_stat arg = { .shmid = shmid, .flags = flags };
	int ret;

	ret = __altshm_device_ioctl(ALTSHM_IOC_STAT, &arg);
	if (ret < 0)
		return ret;
	*st = arg;
	return 0;
}

int altshm_set(int shmid, uid_t uid, gid_t gid, unsigned int mode)
{
	struct altshm_set arg = {
		.shmid = shmid,
		.uid = uid,
		.gid = gid,
		.mode = mode,
	};

	return __altshm_device_ioctl(ALTSHM_IOC_SET, &arg);
}

int altshm_remove(int shmid)
{
	return id_call(ALTSHM_IOC_REMOVE, shmid);
}

int altshm_lock(int shmid)
{
	return id_call(ALTSHM_IOC_LOCK, shmid);
}

int altshm_unlock(int shmid)
{
	return id_call(ALTSHM_IOC_UNLOCK, shmid);
}

int altshm_info(struct altshm_info *info)
{
	struct altshm_info arg = { 0 };
	int ret;

	ret = __altshm_device_ioctl(ALTSHM_IOC_INFO, &arg);
	if (ret < 0)
		return ret;
	*info = arg;
	return 0;
}

int altshm_limits(struct altshm_limits *limits)
{
	struct altshm_limits arg = *limits;
	int ret;

	ret = __altshm_device_ioctl(ALTSHM_IOC_LIMITS, &arg);
	if (ret < 0)
		return ret;
	*limits = arg;
	return 0;
}

int altshm_explain(unsigned long cmd, void *arg, struct altshm_explain *why)
{
	int ret;

	*why = (struct altshm_explain) {
		.cmd = cmd,
		.arg = (uintptr_t)arg,
	};
	ret = __altshm_device_ioctl(ALTSHM_IOC_EXPLAIN, why);
	return ret < 0 ? ret : (int)why->result;
}
