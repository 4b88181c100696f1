/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The structures of shmctl(2) as a program has them.
 */
#ifndef _ALTSHM_LAYOUT_H
#define _ALTSHM_LAYOUT_H

#include "altshm.h"

/**
 * struct layout - one set of structures
 * @put_stat:   write a struct shmid_ds
 * @put_limits: write what IPC_INFO fills in
 * @get_set:    read what IPC_SET uses: uid, gid and mode
 *
 * The buffer is the program's and may be bad. All return 0 or -EFAULT.
 */
struct layout {
	int (*put_stat)(void *buf, const struct altshm_stat *st);
	int (*put_limits)(void *buf, const struct altshm_info *info);
	int (*get_set)(struct altshm_set *set, const void *buf);
};

/* That of shmctl(2) as a system call; on i386 times are 64 bits in two halves. */
extern const struct layout layout_current;

#ifdef __i386__
/* That of ipc(2) without IPC_64: times of 32 bits, most else of 16. */
extern const struct layout layout_old;
#endif

/* What SHM_INFO fills in is the same in all. Return: 0 or -EFAULT. */
int layout_put_totals(void *buf, const struct altshm_info *info);

#endif /* _ALTSHM_LAYOUT_H */
