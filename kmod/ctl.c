// SPDX-License-Identifier: GPL-2.0-only
/*
 * What shmctl(2) does.
 */
#include "ctl.h"

#include <linux/cred.h>
#include <linux/nsproxy.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>
#include <linux/user_namespace.h>

#include <uapi/linux/altshm.h>

#include "huge.h"
#include "memlock.h"
#include "refuse.h"
#include "report.h"
#include "seg.h"
#include "space.h"
#include "thp.h"

void altshm_ctl_describe(struct altshm_stat *stat, struct altshm_seg *seg,
			 struct user_namespace *user_ns, struct pid_namespace *pid_ns)
{
	const struct altshm_perm *perm = &seg->perm;
	uid_t uid = from_kuid_munged(user_ns, perm->uid);
	gid_t gid = from_kgid_munged(user_ns, perm->gid);

	lockdep_assert_held(&seg->lock);
	/* With all of its fields named it need not be cleared before. */
	*stat = (struct altshm_stat) {
		.shmid = seg->idn.id,
		.flags = 0,
		.key = altshm_seg_key(seg),
		.mode = altshm_seg_mode(seg),
		.uid = uid,
		.gid = gid,
		/* Most often the same, and then not looked for again. */
		.cuid = uid_eq(perm->cuid, perm->uid) ? uid :
							from_kuid_munged(user_ns, perm->cuid),
		.cgid = gid_eq(perm->cgid, perm->gid) ? gid :
							from_kgid_munged(user_ns, perm->cgid),
		.cpid = pid_nr_ns(seg->cpid, pid_ns),
		.lpid = pid_nr_ns(seg->lpid, pid_ns),
		.seq = altshm_ids_seq(&seg->idn),
		.pad = 0,
		.size = seg->size,
		.atime = seg->atime,
		.dtime = seg->dtime,
		.ctime = seg->ctime,
		.nattch = seg->nattch,
	};
}

int altshm_ctl_stat(struct altshm_stat *stat)
{
	struct ipc_namespace *ns = current->nsproxy->ipc_ns;
	struct altshm_space *space = altshm_space_enter(ns);
	struct altshm_seg *seg;
	int err;

	if (!space)
		return altshm_refuse(-EINVAL, ALTSHM_RULE_NO_SUCH_ID, 0, stat->shmid);
	guard(rcu)();
	seg = altshm_seg_of(stat->flags & ALTSHM_STAT_F_INDEX ?
			    altshm_ids_find_index(&space->ids, stat->shmid) :
			    altshm_ids_find(&space->ids, stat->shmid));
	if (!seg)
		return altshm_refuse(-EINVAL, ALTSHM_RULE_NO_SUCH_ID, 0, stat->shmid);
	if (!(stat->flags & ALTSHM_STAT_F_ANY)) {
		err = altshm_seg_access(seg, ns, 0444);
		if (err)
			return altshm_refusal_about(err, seg->idn.id, 0);
	}

	guard(spinlock)(&seg->lock);
	if (seg->state != ALTSHM_SEG_LIVE)
		return altshm_refuse(-EIDRM, ALTSHM_RULE_REMOVED, 0, 0);
	altshm_ctl_describe(stat, seg, current_user_ns(), task_active_pid_ns(current));
	return 0;
}

/* The segment that @shmid names, with a reference. */
static struct altshm_seg *seg_lookup(int shmid)
{
	struct altshm_space *space = altshm_space_enter(current->nsproxy->ipc_ns);
	struct altshm_seg *seg;

	guard(rcu)();
	seg = altshm_seg_find(space, shmid);
	if (seg && altshm_seg_tryget(seg))
		return seg;
	return ERR_PTR(altshm_refuse(-EINVAL, ALTSHM_RULE_NO_SUCH_ID, 0, shmid));
}

/* Fills in what the owners and mode were and are. */
static int seg_set(struct altshm_seg *seg, const struct altshm_set *set, struct altshm_perm *old,
		   struct altshm_perm *perm)
{
	kuid_t uid = make_kuid(current_user_ns(), set->uid);
	kgid_t gid = make_kgid(current_user_ns(), set->gid);
	int err;

	guard(spinlock)(&seg->lock);
	if (seg->state != ALTSHM_SEG_LIVE)
		return altshm_refuse(-EINVAL, ALTSHM_RULE_REMOVED, 0, 0);
	err = altshm_perm_control(&seg->perm, current->nsproxy->ipc_ns->user_ns);
	if (err)
		return err;
	if (!uid_valid(uid) || !gid_valid(gid))
		return altshm_refuse(-EINVAL, ALTSHM_RULE_BAD_OWNER, 0,
				     uid_valid(uid) ? set->gid : set->uid);

	*old = seg->perm;
	*perm = *old;
	perm->uid = uid;
	perm->gid = gid;
	perm->mode = set->mode & 0777;
	write_seqcount_begin(&seg->perm_seq);
	seg->perm = *perm;
	write_seqcount_end(&seg->perm_seq);
	seg->ctime = ktime_get_real_seconds();
	return 0;
}

int altshm_ctl_set(const struct altshm_set *set)
{
	struct altshm_seg *seg = seg_lookup(set->shmid);
	struct altshm_perm old, perm;
	int err;

	if (IS_ERR(seg))
		return PTR_ERR(seg);
	err = seg_set(seg, set, &old, &perm);
	if (!err && altshm_event_on_or_audited(set))
		altshm_report_set(seg, &old, &perm);
	altshm_seg_put(seg);
	return err;
}

static int seg_may_control(struct altshm_seg *seg, struct user_namespace *user_ns,
			   const struct cred *cred)
{
	const struct cred *saved = override_creds(cred);
	int err;

	scoped_guard(spinlock, &seg->lock)
		err = altshm_perm_control(&seg->perm, user_ns);
	revert_creds(saved);
	return err;
}

int altshm_ctl_remove_for(int shmid, const struct cred *cred, bool orphan_only)
{
	struct user_namespace *user_ns = current->nsproxy->ipc_ns->user_ns;
	struct altshm_seg *seg = seg_lookup(shmid);
	int err;

	if (IS_ERR(seg))
		return PTR_ERR(seg);
	err = cred ? seg_may_control(seg, user_ns, cred) : 0;
	if (!err)
		err = altshm_seg_remove(seg, user_ns, ALTSHM_CAUSE_REMOVE, orphan_only);
	altshm_seg_put(seg);
	return err;
}

int altshm_ctl_remove(int shmid)
{
	return altshm_ctl_remove_for(shmid, NULL, false);
}

/* The rule of shmctl_do_lock(): bits of the mode play no part. */
static int seg_may_mlock(struct altshm_seg *seg, bool lock)
{
	lockdep_assert_held(&seg->lock);
	if (seg->state != ALTSHM_SEG_LIVE)
		return altshm_refuse(-EIDRM, ALTSHM_RULE_REMOVED, 0, 0);
	if (ns_capable(current->nsproxy->ipc_ns->user_ns, CAP_IPC_LOCK))
		return 0;
	if (!altshm_perm_is_owner(&seg->perm))
		return altshm_perm_refuse_owner(&seg->perm);
	if (lock && !rlimit(RLIMIT_MEMLOCK))
		return altshm_refuse(-EPERM, ALTSHM_RULE_MEMLOCK_ZERO, 0,
				     (u64)seg->pages << PAGE_SHIFT);
	return 0;
}

/* Takes @memlock over and sets it to NULL when the segment comes to be locked. */
static int seg_mlock_charged_to(struct altshm_seg *seg, struct altshm_memlock **memlock)
{
	int err;

	guard(spinlock)(&seg->lock);
	err = seg_may_mlock(seg, true);
	if (err || seg->backing.huge || seg->memlock)
		return err;
	if (IS_ERR(*memlock))
		return PTR_ERR(*memlock);
	err = altshm_memlock_charge(*memlock, seg->pages);
	if (err)
		return err;
	swap(seg->memlock, *memlock);
	altshm_backing_pin(&seg->backing);
	return 0;
}

static int seg_mlock(struct altshm_seg *seg)
{
	struct altshm_memlock *memlock = altshm_memlock_get();
	int err = seg_mlock_charged_to(seg, &memlock);

	if (!memlock && altshm_event_on(lock))
		altshm_report_segment(seg, ALTSHM_EVENT_TYPE_LOCK, ALTSHM_CAUSE_NONE);
	if (!IS_ERR_OR_NULL(memlock))
		altshm_memlock_put(memlock);
	return err;
}

static int seg_munlock(struct altshm_seg *seg)
{
	struct altshm_memlock *memlock = NULL;
	int err;

	scoped_guard(spinlock, &seg->lock) {
		err = seg_may_mlock(seg, false);
		if (!err && seg->memlock) {
			swap(seg->memlock, memlock);
			altshm_backing_unpin(&seg->backing);
		}
	}
	if (memlock) {
		altshm_memlock_uncharge(memlock, seg->pages);
		altshm_memlock_put(memlock);
		altshm_backing_rescue(&seg->backing);
		if (altshm_event_on(unlock))
			altshm_report_segment(seg, ALTSHM_EVENT_TYPE_UNLOCK, ALTSHM_CAUSE_NONE);
	}
	return err;
}

int altshm_ctl_lock(int shmid)
{
	struct altshm_seg *seg = seg_lookup(shmid);
	int err;

	if (IS_ERR(seg))
		return PTR_ERR(seg);
	err = seg_mlock(seg);
	altshm_seg_put(seg);
	return err;
}

int altshm_ctl_unlock(int shmid)
{
	struct altshm_seg *seg = seg_lookup(shmid);
	int err;

	if (IS_ERR(seg))
		return PTR_ERR(seg);
	err = seg_munlock(seg);
	altshm_seg_put(seg);
	return err;
}

static void info_add(struct altshm_seg *seg, void *data)
{
	struct altshm_info *info = data;
	unsigned long rss, swp;

	guard(spinlock)(&seg->lock);
	if (seg->state != ALTSHM_SEG_LIVE)
		return;
	altshm_backing_usage(&seg->backing, &rss, &swp);
	info->rss += rss;
	info->swp += swp;
}

int altshm_ctl_info(struct altshm_info *info)
{
	struct ipc_namespace *ns = current->nsproxy->ipc_ns;
	struct altshm_space *space = altshm_space_enter(ns);
	struct altshm_space_limits limits = altshm_space_limits(space, ns);

	*info = (struct altshm_info) {
		.features = (altshm_huge_available() ? ALTSHM_FEATURE_HUGETLB : 0) |
			    (altshm_thp_available() ? ALTSHM_FEATURE_THP : 0),
		.shmmax = limits.shmmax,
		.shmmin = 1,
		.shmmni = limits.shmmni,
		.shmall = limits.shmall,
	};
	if (!space)
		return 0;
	altshm_space_lock(space);
	info->used = space->ids.used;
	info->pages = space->pages;
	altshm_space_unlock(space);
	info->max_index = altshm_ids_max_index(&space->ids);
	/* Each is looked at by itself, so a snapshot it is not. */
	altshm_seg_visit(space, info_add, info);
	return 0;
}

/* Whose limits they become, if they may. */
static struct altshm_space *limits_check(const struct altshm_space_limits *limits,
					 unsigned int which)
{
	struct ipc_namespace *ns = current->nsproxy->ipc_ns;
	int err = 0;

	if (!ns_capable(ns->user_ns, CAP_SYS_RESOURCE))
		err = altshm_refuse(-EPERM, ALTSHM_RULE_RESOURCE_CAPABILITY, 0, 0);
	else if (limits->own & ~which)
		err = -EINVAL;
	else if ((limits->own & ALTSHM_LIMIT_SHMMNI) && limits->shmmni > ALTSHM_IDS_MAX)
		err = altshm_refuse(-EINVAL, ALTSHM_RULE_BAD_LIMIT, ALTSHM_IDS_MAX,
				    limits->shmmni);
	return err ? ERR_PTR(err) : altshm_space_obtain(ns);
}

int altshm_ctl_set_limits(const struct altshm_space_limits *limits, unsigned int which)
{
	struct altshm_space *space = limits_check(limits, which);

	if (IS_ERR(space))
		return PTR_ERR(space);
	altshm_space_set_limits(space, limits, which);
	return 0;
}

static struct altshm_space_limits limits_of(const struct altshm_limits *arg)
{
	return (struct altshm_space_limits) {
		.own = arg->own,
		.shmmax = min_t(u64, arg->shmmax, SIZE_MAX),
		.shmall = min_t(u64, arg->shmall, SIZE_MAX),
		.shmmni = min_t(u64, arg->shmmni, UINT_MAX),
	};
}

/* Leaves in @arg what the limits will be. */
static int limits_prepare(struct altshm_limits *arg)
{
	struct altshm_space_limits sysctl = altshm_space_limits(NULL, current->nsproxy->ipc_ns);
	struct altshm_space_limits limits = limits_of(arg);
	struct altshm_space *space = limits_check(&limits, ALTSHM_LIMIT_ALL);

	if (IS_ERR(space))
		return PTR_ERR(space);
	arg->shmmax = arg->own & ALTSHM_LIMIT_SHMMAX ? limits.shmmax : sysctl.shmmax;
	arg->shmall = arg->own & ALTSHM_LIMIT_SHMALL ? limits.shmall : sysctl.shmall;
	arg->shmmni = arg->own & ALTSHM_LIMIT_SHMMNI ? limits.shmmni : sysctl.shmmni;
	return 0;
}

void altshm_ctl_limits_commit(const struct altshm_limits *arg)
{
	struct altshm_space_limits limits = limits_of(arg);
	struct altshm_space *space = altshm_space_enter(current->nsproxy->ipc_ns);

	/* limits_prepare() has made it, and the caller's namespace keeps it. */
	altshm_space_set_limits(space, &limits, ALTSHM_LIMIT_ALL);
}

int altshm_ctl_limits(struct altshm_limits *arg)
{
	struct ipc_namespace *ns = current->nsproxy->ipc_ns;
	struct altshm_space_limits limits;

	if (arg->flags & ALTSHM_LIMITS_F_SET)
		return limits_prepare(arg);
	limits = altshm_space_limits(altshm_space_enter(ns), ns);
	arg->own = limits.own;
	arg->shmmax = limits.shmmax;
	arg->shmall = limits.shmall;
	arg->shmmni = limits.shmmni;
	return 0;
}
