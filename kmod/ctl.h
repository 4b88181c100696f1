/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ALTSHM_CTL_H
#define _ALTSHM_CTL_H

#include <linux/types.h>

struct altshm_info;
struct altshm_limits;
struct altshm_set;
struct altshm_seg;
struct altshm_space_limits;
struct altshm_stat;
struct cred;
struct pid_namespace;
struct user_namespace;

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

/**
 * altshm_ctl_remove_for() - altshm_ctl_remove() on behalf of somebody else, too
 * @shmid: segment
 * @cred: has to have the right as well as the current task, or NULL
 * @orphan_only: leave it alone unless it is an orphan
 *
 * Context: may sleep.
 * Return: as altshm_ctl_remove(), or -EBUSY when it is no orphan.
 */
int altshm_ctl_remove_for(int shmid, const struct cred *cred, bool orphan_only);

/* Sets what altshm_ctl_limits() with ALTSHM_LIMITS_F_SET found could be set. */
void altshm_ctl_limits_commit(const struct altshm_limits *arg);

/**
 * altshm_ctl_set_limits() - set some limits of the current task's namespace
 * @limits: values; own says which of them hold, the others follow the sysctls
 * @which: ALTSHM_LIMIT_* and ALTSHM_SPACE_ORPHANS that change, others stay
 *
 * All are set, or none.
 *
 * Context: may sleep.
 * Return: 0 or -errno as struct altshm_limits documents.
 */
int altshm_ctl_set_limits(const struct altshm_space_limits *limits, unsigned int which);

/**
 * altshm_ctl_describe() - what IPC_STAT knows of a segment
 * @stat: filled in
 * @seg: segment, its lock held
 * @user_ns: who looks has user ids as seen here
 * @pid_ns: and pids as seen here
 */
void altshm_ctl_describe(struct altshm_stat *stat, struct altshm_seg *seg,
			 struct user_namespace *user_ns, struct pid_namespace *pid_ns);

#endif
