/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ALTSHM_PERM_H
#define _ALTSHM_PERM_H

#include <linux/cred.h>
#include <linux/types.h>
#include <linux/uidgid.h>

struct user_namespace;

/* Who owns a segment, and who may do what with it. */
struct altshm_perm {
	kuid_t uid;
	kgid_t gid;
	kuid_t cuid;
	kgid_t cgid;
	umode_t mode;	/* nine permission bits */
};

/* The bits of @wanted, in any of the three positions, that the class at @shift lacks. */
static inline unsigned int altshm_perm_missing(umode_t mode, unsigned int shift,
					       unsigned int wanted)
{
	unsigned int rwx = wanted >> 6 | wanted >> 3 | wanted;

	return rwx & 07 & ~(mode >> shift);
}

/**
 * altshm_perm_is_owner() - is the current task owner or creator
 * @perm: the segment's owners
 */
static inline bool altshm_perm_is_owner(const struct altshm_perm *perm)
{
	kuid_t euid = current_euid();

	return uid_eq(euid, perm->uid) || uid_eq(euid, perm->cuid);
}

/* Is the current task an owner that has all the bits? The most frequent case. */
static inline bool altshm_perm_grants_owner(const struct altshm_perm *perm, unsigned int wanted)
{
	/* The owner's digit in each of the three positions. */
	unsigned int granted = (perm->mode >> 6) * 0111;

	return altshm_perm_is_owner(perm) && !(wanted & 0777 & ~granted);
}

/**
 * altshm_perm_access() - may the current task use a segment so (ipcperms())
 * @perm: the segment's owners and mode
 * @user_ns: user namespace that owns the segment's IPC namespace
 * @wanted: bits asked for, in any of the three positions
 *
 * Return: 0 or -EACCES.
 */
int altshm_perm_access(const struct altshm_perm *perm, struct user_namespace *user_ns,
		       unsigned int wanted);

/* Say that the current task had to be owner or creator. Return: -EPERM. */
int altshm_perm_refuse_owner(const struct altshm_perm *perm);

/**
 * altshm_perm_control() - may the current task change or remove a segment
 * @perm: the segment's owners
 * @user_ns: user namespace that owns the segment's IPC namespace
 *
 * The rule of ipcctl_obtain_check(): owner, creator or CAP_SYS_ADMIN.
 *
 * Return: 0 or -EPERM.
 */
int altshm_perm_control(const struct altshm_perm *perm, struct user_namespace *user_ns);

#endif
