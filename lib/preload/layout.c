// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The current structures, of 32-bit and 64-bit programs: glibc's are laid out as
 * the kernel's.
 */
#include "layout.h"

#include <limits.h>
#include <stddef.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>

#include "usercopy.h"

#ifdef __i386__
_Static_assert(sizeof(struct shmid_ds) == 84, "as the kernel has it");
/* So __shmctl64 and its 64-bit times are this layout as well. */
_Static_assert(sizeof(struct __shmid64_ds) == 84, "as the kernel has it");
_Static_assert(offsetof(struct __shmid64_ds, shm_ctime) == offsetof(struct shmid_ds, shm_ctime),
	       "a time is its low half and then its high half");
#else
_Static_assert(sizeof(struct shmid_ds) == 112, "as the kernel has it");
#endif

static int current_put_stat(void *buf, const struct altshm_stat *st)
{
	struct shmid_ds ds;

	memset(&ds, 0, sizeof(ds));
	ds.shm_perm.__key = st->key;
	ds.shm_perm.uid = st->uid;
	ds.shm_perm.gid = st->gid;
	ds.shm_perm.cuid = st->cuid;
	ds.shm_perm.cgid = st->cgid;
	ds.shm_perm.mode = st->mode;
	ds.shm_perm.__seq = st->seq;
	ds.shm_segsz = st->size;
	ds.shm_atime = st->atime;
	ds.shm_dtime = st->dtime;
	ds.shm_ctime = st->ctime;
#ifdef __i386__
	ds.__shm_atime_high = st->atime >> 32;
	ds.__shm_dtime_high = st->dtime >> 32;
	ds.__shm_ctime_high = st->ctime >> 32;
#endif
	ds.shm_cpid = st->cpid;
	ds.shm_lpid = st->lpid;
	ds.shm_nattch = st->nattch;
	return usercopy_out(buf, &ds, sizeof(ds));
}

static int current_put_limits(void *buf, const struct altshm_info *info)
{
	struct shminfo out;

	memset(&out, 0, sizeof(out));
	out.shmmax = info->shmmax;
#ifdef __i386__
	if (info->shmmax > INT_MAX)
		out.shmmax = INT_MAX;
#endif
	out.shmmin = info->shmmin;
	out.shmmni = info->shmmni;
	out.shmseg = info->shmmni;
	out.shmall = info->shmall;
	return usercopy_out(buf, &out, sizeof(out));
}

/* For a 32-bit program the kernel reads the permissions only, else all of it. */
static int current_get_set(struct altshm_set *set, const void *buf)
{
	struct shmid_ds ds;
	int ret;

#ifdef __i386__
	ret = usercopy_in(&ds, buf, sizeof(ds.shm_perm));
#else
	ret = usercopy_in(&ds, buf, sizeof(ds));
#endif
	if (ret)
		return ret;
	set->uid = ds.shm_perm.uid;
	set->gid = ds.shm_perm.gid;
	set->mode = ds.shm_perm.mode;
	return 0;
}

const struct layout layout_current = {
	.put_stat = current_put_stat,
	.put_limits = current_put_limits,
	.get_set = current_get_set,
};

int layout_put_totals(void *buf, const struct altshm_info *info)
{
	struct shm_info out;

	memset(&out, 0, sizeof(out));
	out.used_ids = info->used;
	out.shm_tot = info->pages;
	out.shm_rss = info->rss;
	out.shm_swp = info->swp;
	return usercopy_out(buf, &out, sizeof(out));
}
