// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The structures of i386 before there were 32-bit user ids: those of
 * shmctl@GLIBC_2.0, and of ipc(2) without IPC_64.
 */
#include "layout.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>

#include "usercopy.h"

/* What a user id above 16 bits is shown as. */
#define OLD_OVERFLOW_ID	65534

struct old_perm {
	int32_t key;
	uint16_t uid;
	uint16_t gid;
	uint16_t cuid;
	uint16_t cgid;
	uint16_t mode;
	uint16_t seq;
};

struct old_shmid_ds {
	struct old_perm perm;
	int32_t segsz;
	int32_t atime;
	int32_t dtime;
	int32_t ctime;
	uint16_t cpid;
	uint16_t lpid;
	uint16_t nattch;
	uint16_t unused[5];
};

struct old_shminfo {
	int32_t shmmax;
	int32_t shmmin;
	int32_t shmmni;
	int32_t shmseg;
	int32_t shmall;
};

_Static_assert(sizeof(struct old_shmid_ds) == 48, "as the kernel has it");

static uint16_t old_id(uint32_t id)
{
	return id > UINT16_MAX ? OLD_OVERFLOW_ID : id;
}

static int old_put_stat(void *buf, const struct altshm_stat *st)
{
	struct old_shmid_ds ds;

	memset(&ds, 0, sizeof(ds));
	ds.perm.key = st->key;
	ds.perm.uid = old_id(st->uid);
	ds.perm.gid = old_id(st->gid);
	ds.perm.cuid = old_id(st->cuid);
	ds.perm.cgid = old_id(st->cgid);
	ds.perm.mode = st->mode;
	ds.perm.seq = st->seq;
	ds.segsz = st->size;
	ds.atime = st->atime;
	ds.dtime = st->dtime;
	ds.ctime = st->ctime;
	ds.cpid = st->cpid;
	ds.lpid = st->lpid;
	ds.nattch = st->nattch;
	return usercopy_out(buf, &ds, sizeof(ds));
}

static int old_put_limits(void *buf, const struct altshm_info *info)
{
	struct old_shminfo out = {
		.shmmax = info->shmmax > INT_MAX ? INT_MAX : info->shmmax,
		.shmmin = info->shmmin,
		.shmmni = info->shmmni,
		.shmseg = info->shmmni,
		.shmall = info->shmall,
	};

	return usercopy_out(buf, &out, sizeof(out));
}

static int old_get_set(struct altshm_set *set, const void *buf)
{
	struct old_perm perm;
	int ret;

	ret = usercopy_in(&perm, buf, sizeof(perm));
	if (ret)
		return ret;
	set->uid = perm.uid;
	set->gid = perm.gid;
	set->mode = perm.mode;
	return 0;
}

const struct layout layout_old = {
	.put_stat = old_put_stat,
	.put_limits = old_put_limits,
	.get_set = old_get_set,
};
