// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/altshm/shm: the segments of the opener's IPC namespace, in the format of
 * /proc/sysvipc/shm.
 */
#include "proc.h"

#include <linux/cred.h>
#include <linux/nsproxy.h>
#include <linux/pid_namespace.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/user_namespace.h>

#include "compat.h"
#include "seg.h"
#include "space.h"

/* Namespaces of the opener, each counted. */
struct proc_view {
	struct ipc_namespace *ipc_ns;
	struct pid_namespace *pid_ns;
	struct altshm_space *space;	/* of @ipc_ns, which keeps it; or NULL */
};

/*
 * Position 0 is the heading, position n the segment at or after index n - 1. What
 * start and next hand on is but the position: a seek goes from start to stop over
 * the whole table, too long for one RCU section.
 */
static void *view_find(struct seq_file *file, loff_t *pos)
{
	struct proc_view *view = file->private;
	unsigned long index = *pos - 1;

	cond_resched();
	if (*pos > ALTSHM_IDS_MAX || !view->space)
		return NULL;
	guard(rcu)();
	if (!altshm_ids_next(&view->space->ids, &index))
		return NULL;
	*pos = index + 1;
	return pos;
}

static void *view_start(struct seq_file *file, loff_t *pos)
{
	struct proc_view *view = file->private;

	view->space = altshm_space_enter(view->ipc_ns);
	return *pos ? view_find(file, pos) : SEQ_START_TOKEN;
}

static void *view_next(struct seq_file *file, void *v, loff_t *pos)
{
	++*pos;
	return view_find(file, pos);
}

static void view_stop(struct seq_file *file, void *v)
{
}

static void view_show_seg(struct seq_file *file, struct altshm_seg *seg)
{
	struct user_namespace *user_ns = seq_user_ns(file);
	struct proc_view *view = file->private;
	unsigned long rss, swp;

	lockdep_assert_held(&seg->lock);
	altshm_backing_usage(&seg->backing, &rss, &swp);
	seq_printf(file, "%10d %10d  %4o %21zu %5u %5u  %5lu ",
		   altshm_seg_key(seg), seg->idn.id, altshm_seg_mode(seg), seg->size,
		   pid_nr_ns(seg->cpid, view->pid_ns), pid_nr_ns(seg->lpid, view->pid_ns),
		   seg->nattch);
	seq_printf(file, "%5u %5u %5u %5u %10llu %10llu %10llu %21lu %21lu\n",
		   from_kuid_munged(user_ns, seg->perm.uid),
		   from_kgid_munged(user_ns, seg->perm.gid),
		   from_kuid_munged(user_ns, seg->perm.cuid),
		   from_kgid_munged(user_ns, seg->perm.cgid),
		   seg->atime, seg->dtime, seg->ctime, rss << PAGE_SHIFT, swp << PAGE_SHIFT);
}

static int view_show(struct seq_file *file, void *v)
{
	struct proc_view *view = file->private;
	struct altshm_seg *seg;
	unsigned long index;
	loff_t *pos = v;

	if (v == SEQ_START_TOKEN) {
		seq_puts(file,
			 "       key      shmid perms                  size  cpid  lpid nattch   uid   gid  cuid  cgid      atime      dtime      ctime                   rss                  swap\n");
		return 0;
	}
	index = *pos - 1;
	guard(rcu)();
	seg = altshm_seg_of(altshm_ids_next(&view->space->ids, &index));
	/* Gone since view_find()? The one behind it has its own turn. */
	if (!seg || index != *pos - 1)
		return SEQ_SKIP;
	guard(spinlock)(&seg->lock);
	if (seg->state != ALTSHM_SEG_LIVE)
		return SEQ_SKIP;
	view_show_seg(file, seg);
	return 0;
}

static const struct seq_operations view_ops = {
	.start = view_start,
	.next = view_next,
	.stop = view_stop,
	.show = view_show,
};

static int view_open(struct inode *inode, struct file *file)
{
	struct proc_view *view = __seq_open_private(file, &view_ops, sizeof(*view));

	if (!view)
		return -ENOMEM;
	view->ipc_ns = get_ipc_ns(current->nsproxy->ipc_ns);
	view->pid_ns = get_pid_ns(task_active_pid_ns(current));
	return 0;
}

static int view_release(struct inode *inode, struct file *file)
{
	struct proc_view *view = ((struct seq_file *)file->private_data)->private;

	altshm_put_ipc_ns(view->ipc_ns);
	put_pid_ns(view->pid_ns);
	return seq_release_private(inode, file);
}

static const struct proc_ops view_proc_ops = {
	.proc_open = view_open,
	.proc_read = seq_read,
	.proc_lseek = seq_lseek,
	.proc_release = view_release,
};

int altshm_proc_init(void)
{
	struct proc_dir_entry *dir = proc_mkdir("altshm", NULL);

	if (!dir || !proc_create("shm", 0444, dir, &view_proc_ops)) {
		proc_remove(dir);
		return -ENOMEM;
	}
	return 0;
}

void altshm_proc_exit(void)
{
	remove_proc_subtree("altshm", NULL);
}
