// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who may do what with a segment: the rules of System V, and nothing else.
 */
#include "perm.h"

#include <linux/cred.h>
#include <linux/user_namespace.h>

#include "refuse.h"

int altshm_perm_access(const struct altshm_perm *perm, struct user_namespace *user_ns,
		       unsigned int wanted)
{
	unsigned int shift = 0;

	if (altshm_perm_is_owner(perm))
		shift = 6;
	else if (in_group_p(perm->gid) || in_group_p(perm->cgid))
		shift = 3;

	if (!altshm_perm_missing(perm->mode, shift, wanted) ||
	    ns_capable(user_ns, CAP_IPC_OWNER))
		return 0;
	return altshm_refuse(-EACCES, ALTSHM_RULE_MODE, perm->mode >> shift & 07,
			     altshm_perm_missing(0, 0, wanted));
}

int altshm_perm_refuse_owner(const struct altshm_perm *perm)
{
	struct user_namespace *user_ns = current_user_ns();

	return altshm_refuse(-EPERM, ALTSHM_RULE_OWNER, from_kuid_munged(user_ns, perm->uid),
			     from_kuid_munged(user_ns, current_euid()));
}

int altshm_perm_control(const struct altshm_perm *perm, struct user_namespace *user_ns)
{
	if (altshm_perm_is_owner(perm) || ns_capable(user_ns, CAP_SYS_ADMIN))
		return 0;
	return altshm_perm_refuse_owner(perm);
}
