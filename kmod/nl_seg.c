// SPDX-License-Identifier: GPL-2.0-only
/*
 * Segments and totals, told by netlink.
 *
 * A dump remembers an index; nothing is held from one buffer to the next but who
 * asks. Whether segments came or went meanwhile is told by the table's count of
 * changes.
 */
#include "nl.h"

#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/pid.h>
#include <linux/slab.h>

#include "ctl.h"
#include "orphan.h"
#include "seg.h"
#include "space.h"

/* What one message says of a segment. */
struct seg_view {
	struct altshm_stat stat;
	unsigned long rss;	/* base pages */
	unsigned long swap;	/* base pages */
	unsigned long huge;	/* base pages, set by seg_look_on() */
	bool hugetlb;
	u32 page_size;
	u32 flags;
	struct altshm_seg *seg;	/* counted, where seg_look_on() has to count its pages */
};

#define SEG_WORDS	12
#define SEG_LONGS	9
#define SEG_MSG_SIZE	(SEG_WORDS * nla_total_size(sizeof(u32)) +	\
			 SEG_LONGS * nla_total_size_64bit(sizeof(u64)))

/*
 * Context: under RCU or with a reference. Return: whether there is something to say,
 * with seg_look_on().
 */
static bool seg_look(struct seg_view *view, struct altshm_seg *seg,
		     const struct altshm_nl_asker *asker)
{
	bool gone;

	guard(spinlock)(&seg->lock);
	/* Only while it lives does it have its creator's pid. */
	if (seg->state != ALTSHM_SEG_LIVE)
		return false;
	gone = altshm_orphan_creator_is_gone(seg);
	altshm_ctl_describe(&view->stat, seg, asker->cred->user_ns, asker->pid_ns);
	altshm_backing_usage(&seg->backing, &view->rss, &view->swap);
	view->hugetlb = seg->backing.huge;
	view->huge = view->hugetlb ? view->rss : 0;
	view->page_size = i_blocksize(file_inode(seg->backing.file));
	view->flags = (seg->removed ? ALTSHM_SEGMENT_FLAG_REMOVED : 0) |
		      (seg->memlock ? ALTSHM_SEGMENT_FLAG_LOCKED : 0) |
		      (seg->backing.noreserve ? ALTSHM_SEGMENT_FLAG_NORESERVE : 0) |
		      (seg->backing.thp ? ALTSHM_SEGMENT_FLAG_THP : 0) |
		      (gone ? ALTSHM_SEGMENT_FLAG_CREATOR_GONE : 0);
	if (gone && altshm_seg_is_unused(seg))
		view->flags |= ALTSHM_SEGMENT_FLAG_ORPHAN;
	view->seg = altshm_backing_may_be_huge(&seg->backing, view->rss) ? seg : NULL;
	if (view->seg)
		refcount_inc(&seg->refs);
	return true;
}

/* What takes too long for seg_look(): at its end it is no longer under RCU. */
static void seg_look_on(struct seg_view *view)
{
	if (!view->seg)
		return;
	view->huge = altshm_backing_huge(&view->seg->backing, view->rss);
	altshm_seg_put(view->seg);
}

static int seg_put_stat(struct sk_buff *skb, const struct altshm_stat *stat)
{
	if (nla_put_s32(skb, ALTSHM_A_SEGMENT_ID, stat->shmid) ||
	    nla_put_s32(skb, ALTSHM_A_SEGMENT_KEY, stat->key) ||
	    altshm_nl_put_u64(skb, ALTSHM_A_SEGMENT_SIZE, stat->size) ||
	    nla_put_u32(skb, ALTSHM_A_SEGMENT_MODE, stat->mode & 0777) ||
	    nla_put_u32(skb, ALTSHM_A_SEGMENT_UID, stat->uid) ||
	    nla_put_u32(skb, ALTSHM_A_SEGMENT_GID, stat->gid) ||
	    nla_put_u32(skb, ALTSHM_A_SEGMENT_CUID, stat->cuid) ||
	    nla_put_u32(skb, ALTSHM_A_SEGMENT_CGID, stat->cgid) ||
	    nla_put_s32(skb, ALTSHM_A_SEGMENT_CPID, stat->cpid) ||
	    nla_put_s32(skb, ALTSHM_A_SEGMENT_LPID, stat->lpid) ||
	    altshm_nl_put_s64(skb, ALTSHM_A_SEGMENT_ATIME, stat->atime) ||
	    altshm_nl_put_s64(skb, ALTSHM_A_SEGMENT_DTIME, stat->dtime) ||
	    altshm_nl_put_s64(skb, ALTSHM_A_SEGMENT_CTIME, stat->ctime) ||
	    altshm_nl_put_u64(skb, ALTSHM_A_SEGMENT_NATTCH, stat->nattch))
		return -EMSGSIZE;
	return 0;
}

static int seg_put_memory(struct sk_buff *skb, const struct seg_view *view)
{
	u64 rss = (u64)view->rss << PAGE_SHIFT;

	if (altshm_nl_put_u64(skb, ALTSHM_A_SEGMENT_RSS, rss) ||
	    altshm_nl_put_u64(skb, ALTSHM_A_SEGMENT_SWAP, (u64)view->swap << PAGE_SHIFT) ||
	    altshm_nl_put_u64(skb, ALTSHM_A_SEGMENT_HUGE, (u64)view->huge << PAGE_SHIFT) ||
	    nla_put_u32(skb, ALTSHM_A_SEGMENT_BACKING,
			view->hugetlb ? ALTSHM_BACKING_HUGETLB : ALTSHM_BACKING_SHMEM) ||
	    altshm_nl_put_u64(skb, ALTSHM_A_SEGMENT_PAGE_SIZE, view->page_size) ||
	    nla_put_u32(skb, ALTSHM_A_SEGMENT_FLAGS, view->flags))
		return -EMSGSIZE;
	return 0;
}

static int seg_put(struct sk_buff *skb, const void *what)
{
	const struct seg_view *view = what;

	return seg_put_stat(skb, &view->stat) ?: seg_put_memory(skb, view);
}

int altshm_nl_segment_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct altshm_nl_asker asker;
	struct altshm_seg *seg;
	struct seg_view view;
	int id;

	id = altshm_nl_asked(&asker, skb, info);
	if (id < 0)
		return id;
	scoped_guard(rcu) {
		seg = altshm_seg_find(altshm_space_find(asker.ipc_ns), id);
		if (!seg || !seg_look(&view, seg, &asker))
			return altshm_nl_refuse(info->extack, -EINVAL);
	}
	seg_look_on(&view);
	return altshm_nl_reply(info, SEG_MSG_SIZE, seg_put, &view);
}

struct seg_dump {
	struct altshm_nl_asker *asker;
	unsigned long index;
};

static struct seg_dump *seg_dump_of(struct netlink_callback *cb)
{
	BUILD_BUG_ON(sizeof(struct seg_dump) > sizeof(cb->ctx));
	return (struct seg_dump *)cb->ctx;
}

int altshm_nl_segment_get_start(struct netlink_callback *cb)
{
	struct altshm_nl_asker *asker = kmalloc(sizeof(*asker), GFP_KERNEL_ACCOUNT);
	int err;

	if (!asker)
		return -ENOMEM;
	err = altshm_nl_asker_borrow(asker, cb->skb);
	if (err) {
		kfree(asker);
		return err;
	}
	altshm_nl_asker_hold(asker);
	seg_dump_of(cb)->asker = asker;
	return 0;
}

int altshm_nl_segment_get_done(struct netlink_callback *cb)
{
	struct altshm_nl_asker *asker = seg_dump_of(cb)->asker;

	altshm_nl_asker_release(asker);
	kfree(asker);
	return 0;
}

static int seg_dump_put(struct sk_buff *skb, struct netlink_callback *cb,
			const struct seg_view *view)
{
	void *head = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				 &altshm_nl_family, NLM_F_MULTI, ALTSHM_CMD_SEGMENT_GET);

	if (!head)
		return -EMSGSIZE;
	genl_dump_check_consistent(cb, head);
	if (seg_put(skb, view)) {
		genlmsg_cancel(skb, head);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, head);
	return 0;
}

int altshm_nl_segment_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct seg_dump *dump = seg_dump_of(cb);
	struct altshm_space *space = altshm_space_enter(dump->asker->ipc_ns);
	struct altshm_idn *idn;
	struct altshm_seg *seg;
	struct seg_view view;
	bool looked;

	if (!space)
		return 0;
	cb->seq = altshm_ids_changes(&space->ids);
	for (;; dump->index++) {
		scoped_guard(rcu) {
			idn = altshm_ids_next(&space->ids, &dump->index);
			seg = altshm_seg_of(idn);
			looked = seg && seg_look(&view, seg, dump->asker);
		}
		if (!idn)
			break;
		if (looked) {
			seg_look_on(&view);
			if (seg_dump_put(skb, cb, &view))
				return skb->len;
		}
		cond_resched();
	}
	/* What the end of the dump says of changes. */
	cb->seq = altshm_ids_changes(&space->ids);
	return skb->len;
}

struct usage {
	const struct altshm_nl_asker *asker;
	u32 segments;
	u32 removed;
	u32 orphans;
	u32 max_index;
	u64 pages;
	u64 rss;	/* this and the next two in base pages */
	u64 swap;
	u64 huge;
	u64 nattch;
};

static void usage_add(struct altshm_seg *seg, void *data)
{
	struct usage *usage = data;
	struct seg_view view;

	if (!seg_look(&view, seg, usage->asker))
		return;
	seg_look_on(&view);
	usage->removed += !!(view.flags & ALTSHM_SEGMENT_FLAG_REMOVED);
	usage->orphans += !!(view.flags & ALTSHM_SEGMENT_FLAG_ORPHAN);
	usage->rss += view.rss;
	usage->swap += view.swap;
	usage->huge += view.huge;
	usage->nattch += view.stat.nattch;
}

static void usage_gather(struct usage *usage, struct altshm_space *space)
{
	altshm_space_lock(space);
	usage->segments = space->ids.used;
	usage->pages = space->pages;
	altshm_space_unlock(space);
	usage->max_index = altshm_ids_max_index(&space->ids);
	altshm_seg_visit(space, usage_add, usage);
}

static int usage_put(struct sk_buff *skb, const void *what)
{
	const struct usage *usage = what;

	if (nla_put_u32(skb, ALTSHM_A_USAGE_SEGMENTS, usage->segments) ||
	    nla_put_u32(skb, ALTSHM_A_USAGE_REMOVED, usage->removed) ||
	    nla_put_u32(skb, ALTSHM_A_USAGE_ORPHANS, usage->orphans) ||
	    nla_put_u32(skb, ALTSHM_A_USAGE_MAX_INDEX, usage->max_index) ||
	    altshm_nl_put_u64(skb, ALTSHM_A_USAGE_PAGES, usage->pages) ||
	    altshm_nl_put_u64(skb, ALTSHM_A_USAGE_RSS, usage->rss << PAGE_SHIFT) ||
	    altshm_nl_put_u64(skb, ALTSHM_A_USAGE_SWAP, usage->swap << PAGE_SHIFT) ||
	    altshm_nl_put_u64(skb, ALTSHM_A_USAGE_HUGE, usage->huge << PAGE_SHIFT) ||
	    altshm_nl_put_u64(skb, ALTSHM_A_USAGE_NATTCH, usage->nattch) ||
	    nla_put_u32(skb, ALTSHM_A_USAGE_IPC_NS, usage->asker->ipc_ns->ns.inum))
		return -EMSGSIZE;
	return 0;
}

int altshm_nl_usage_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct altshm_nl_asker asker;
	struct usage usage = { .asker = &asker };
	struct altshm_space *space;
	int err;

	err = altshm_nl_asker_borrow(&asker, skb);
	if (err)
		return err;
	space = altshm_space_enter(asker.ipc_ns);
	if (space)
		usage_gather(&usage, space);
	return altshm_nl_reply(info, SEG_MSG_SIZE, usage_put, &usage);
}
