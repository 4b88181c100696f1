/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ALTSHM_CTL_H
#define _ALTSHM_CTL_H

#include <linux/types.h>

struct altshm_info;
struct altshm_limits;
struct altshm_set;
struct altshm_stat;

/*
 * shmctl(2) and more, one function a command, for the current task and its namespace.
 * Each returns 0 or -errno as linux/altshm.h documents for the command's
 * structure. Context: may sleep.
 */
int altshm_ctl_stat(struct altshm_stat *stat);
int altshm_ctl_set(const struct altshm_set *set);
int altshm_ctl_remove(int shmid);
int altshm_ctl_lock(int shmid);
int altshm_ctl_unlock(int shmid);
int altshm_ctl_info(struct altshm_info *info);
int altshm_ctl_limits(struct altshm_limits *arg);

#endif
