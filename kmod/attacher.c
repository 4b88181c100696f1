// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which processes have a segment attached: what the kernel's own tree of mappings
 * of its memory says, so that attaches need no list of ours.
 */
#include "attacher.h"

#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

#include "compat.h"
#include "map.h"
#include "seg.h"

/* The process that an address space belongs to. Context: under RCU. */
static struct task_struct *mm_task(struct mm_struct *mm)
{
#ifdef CONFIG_MEMCG
	return rcu_dereference(mm->owner);
#else
	struct task_struct *task;

	for_each_process(task) {
		if (READ_ONCE(task->mm) == mm)
			return task;
	}
	return NULL;
#endif
}

/* Is the process @cred's own, with no more rights than it has? As ptrace(2) asks. */
static bool cred_owns(const struct cred *cred, const struct cred *target)
{
	return uid_eq(cred->fsuid, target->euid) && uid_eq(cred->fsuid, target->suid) &&
	       uid_eq(cred->fsuid, target->uid) && gid_eq(cred->fsgid, target->egid) &&
	       gid_eq(cred->fsgid, target->sgid) && gid_eq(cred->fsgid, target->gid) &&
	       cred->user_ns == target->user_ns &&
	       cap_issubset(target->cap_permitted, cred->cap_effective);
}

static bool cred_may_trace(const struct cred *cred, struct user_namespace *user_ns)
{
	const struct cred *saved = override_creds(cred);
	bool may = ns_capable_noaudit(user_ns, CAP_SYS_PTRACE);

	revert_creds(saved);
	return may;
}

/* May who asks know the addresses of a process? Context: under RCU. */
static bool task_is_visible(const struct altshm_attacher_view *view, struct task_struct *task,
			    struct mm_struct *mm)
{
	const struct cred *target = __task_cred(task);
	struct user_namespace *user_ns;
	bool dumpable = altshm_task_dumpable(task, mm, &user_ns);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(view->creds); i++) {
		const struct cred *cred = view->creds[i];

		if (!(dumpable && cred_owns(cred, target)) && !cred_may_trace(cred, user_ns))
			return false;
	}
	return true;
}

/* Return: whether there is a process to name. */
static bool attacher_fill(struct altshm_attacher *attacher, struct vm_area_struct *vma,
			  const struct altshm_attacher_view *view)
{
	struct task_struct *task;

	i_mmap_assert_locked(vma->vm_file->f_mapping);
	guard(rcu)();
	task = mm_task(vma->vm_mm);
	/* A new one has no number yet, and may never get to live. */
	if (!task || READ_ONCE(task->__state) == TASK_NEW)
		return false;
	attacher->pid = task_tgid_nr_ns(task, view->pid_ns);
	get_task_comm(attacher->comm, task->group_leader);
	attacher->uid = task_cred_xxx(task, euid);
	/* Whom /proc does not even show has no addresses there. */
	attacher->visible = attacher->pid && task_is_visible(view, task, vma->vm_mm);
	/* Its process may be changing other bits. */
	attacher->readonly = !(READ_ONCE(vma->vm_flags) & VM_MAYWRITE);
	attacher->start = vma->vm_start;
	attacher->length = vma->vm_end - vma->vm_start;
	attacher->offset = (u64)vma->vm_pgoff << PAGE_SHIFT;
	return true;
}

unsigned int altshm_attacher_list(struct altshm_seg *seg, const struct altshm_attacher_view *view,
				  unsigned long *pos, struct altshm_attacher *list,
				  unsigned int most)
{
	struct address_space *mapping = file_inode(seg->backing.file)->i_mapping;
	struct vm_area_struct *vma;
	unsigned long at = 0;
	unsigned int found = 0;
	struct rb_node *node;

	/* Keeps mappings, and with them their address spaces, from going. */
	i_mmap_lock_read(mapping);
	for (node = rb_first_cached(&mapping->i_mmap); node; node = rb_next(node), at++) {
		cond_resched();
		if (at < *pos)
			continue;
		if (found == most)
			break;
		vma = rb_entry(node, struct vm_area_struct, shared.rb);
		if (!altshm_map_is(vma) || !attacher_fill(&list[found], vma, view))
			continue;
		list[found++].since = altshm_map_since(vma);
	}
	i_mmap_unlock_read(mapping);
	*pos = at;
	return found;
}
