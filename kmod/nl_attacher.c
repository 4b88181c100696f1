// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who has a segment attached, told by netlink. A dump takes a number of mappings
 * at once out of the kernel's tree, where finding again where it was costs a walk.
 * Each time it looks for the segment anew: who stops reading keeps none.
 */
#include "nl.h"

#include <linux/cred.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "attacher.h"
#include "refuse.h"
#include "seg.h"
#include "space.h"

#define LIST_SIZE	512

/* What the end of a dump says of changes to a segment that is gone. */
#define CHANGES_GONE	1

struct attacher_dump {
	struct altshm_nl_asker asker;	/* counted */
	int id;
	unsigned long pos;		/* as altshm_attacher_list() has it */
	u32 changes;			/* of the segment, when @list was made */
	unsigned int told;		/* how many of @list went out */
	unsigned int found;		/* how many it has */
	struct altshm_attacher list[LIST_SIZE];
};

/* As IPC_STAT asks; and root of the namespace may always. */
static int attachers_may_read(struct altshm_seg *seg, struct ipc_namespace *ns,
			      const struct cred *cred)
{
	const struct cred *saved = override_creds(cred);
	int err = 0;

	if (!ns_capable_noaudit(ns->user_ns, CAP_SYS_ADMIN))
		err = altshm_seg_access(seg, ns, 0444);
	revert_creds(saved);
	return err;
}

static struct altshm_seg *attachers_find(const struct altshm_nl_asker *asker, int id)
{
	struct altshm_space *space = altshm_space_enter(asker->ipc_ns);
	struct altshm_seg *seg;
	int err;

	guard(rcu)();
	seg = altshm_seg_find(space, id);
	if (!seg || altshm_seg_state(seg) != ALTSHM_SEG_LIVE)
		return ERR_PTR(-EINVAL);
	err = attachers_may_read(seg, asker->ipc_ns, asker->cred) ?:
	      attachers_may_read(seg, asker->ipc_ns, asker->opener);
	if (err)
		return ERR_PTR(err);
	return altshm_seg_tryget(seg) ? seg : ERR_PTR(-EINVAL);
}

/* The segment asked about, with a reference; who is to be told of a refusal is. */
static struct altshm_seg *attachers_lookup(const struct altshm_nl_asker *asker, int id)
{
	struct altshm_refusal refusal;
	struct altshm_seg *seg;
	int err;

	altshm_refusal_watch(&refusal);
	seg = attachers_find(asker, id);
	err = PTR_ERR_OR_ZERO(seg);
	if (err)
		altshm_refusal_about(err, id, 0);
	altshm_refusal_unwatch(&refusal, err);
	return seg;
}

static int attachers_refill(struct attacher_dump *dump)
{
	struct altshm_attacher_view view = {
		.pid_ns = dump->asker.pid_ns,
		.creds = { dump->asker.cred, dump->asker.opener },
	};
	struct altshm_seg *seg = attachers_lookup(&dump->asker, dump->id);

	if (IS_ERR(seg))
		return PTR_ERR(seg);
	dump->changes = altshm_seg_attachers_changed(seg);
	dump->told = 0;
	dump->found = altshm_attacher_list(seg, &view, &dump->pos, dump->list, LIST_SIZE);
	/* What the end of the dump says of changes. */
	if (!dump->found)
		dump->changes = altshm_seg_attachers_changed(seg);
	altshm_seg_put(seg);
	return 0;
}

static struct attacher_dump **dump_slot(struct netlink_callback *cb)
{
	return (struct attacher_dump **)cb->ctx;
}

static int dump_begin(struct attacher_dump *dump, struct netlink_callback *cb)
{
	struct nlattr **attrs = altshm_genl_dump_attrs(cb);
	int err;

	if (!attrs || !attrs[ALTSHM_A_ATTACHER_ID]) {
		NL_SET_ERR_MSG(cb->extack, "no identifier of a segment is given");
		return -EINVAL;
	}
	dump->id = nla_get_s32(attrs[ALTSHM_A_ATTACHER_ID]);
	err = altshm_nl_asker_borrow(&dump->asker, cb->skb);
	return err ?: altshm_nl_refuse(cb->extack, attachers_refill(dump));
}

int altshm_nl_attacher_get_start(struct netlink_callback *cb)
{
	struct attacher_dump *dump = kvzalloc(sizeof(*dump), GFP_KERNEL_ACCOUNT);
	int err;

	if (!dump)
		return -ENOMEM;
	err = dump_begin(dump, cb);
	if (err) {
		kvfree(dump);
		return err;
	}
	altshm_nl_asker_hold(&dump->asker);
	*dump_slot(cb) = dump;
	return 0;
}

int altshm_nl_attacher_get_done(struct netlink_callback *cb)
{
	struct attacher_dump *dump = *dump_slot(cb);

	altshm_nl_asker_release(&dump->asker);
	kvfree(dump);
	return 0;
}

/* As in /proc, who has no number for a process learns nothing of it. */
static int attacher_put_task(struct sk_buff *skb, const struct altshm_attacher *attacher,
			     struct user_namespace *user_ns)
{
	if (nla_put_s32(skb, ALTSHM_A_ATTACHER_PID, attacher->pid))
		return -EMSGSIZE;
	if (!attacher->pid)
		return 0;
	if (nla_put_string(skb, ALTSHM_A_ATTACHER_COMM, attacher->comm) ||
	    nla_put_u32(skb, ALTSHM_A_ATTACHER_UID, from_kuid_munged(user_ns, attacher->uid)))
		return -EMSGSIZE;
	return 0;
}

static int attacher_put_range(struct sk_buff *skb, const struct altshm_attacher *attacher)
{
	if (attacher->visible &&
	    (altshm_nl_put_u64(skb, ALTSHM_A_ATTACHER_START, attacher->start) ||
	     altshm_nl_put_u64(skb, ALTSHM_A_ATTACHER_END,
			       (u64)attacher->start + attacher->length)))
		return -EMSGSIZE;
	if (altshm_nl_put_u64(skb, ALTSHM_A_ATTACHER_OFFSET, attacher->offset) ||
	    altshm_nl_put_u64(skb, ALTSHM_A_ATTACHER_LENGTH, attacher->length))
		return -EMSGSIZE;
	return 0;
}

static int attacher_put(struct sk_buff *skb, struct netlink_callback *cb,
			const struct altshm_attacher *attacher, struct attacher_dump *dump)
{
	void *head = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				 &altshm_nl_family, NLM_F_MULTI, ALTSHM_CMD_ATTACHER_GET);

	if (!head)
		return -EMSGSIZE;
	genl_dump_check_consistent(cb, head);
	if (nla_put_s32(skb, ALTSHM_A_ATTACHER_ID, dump->id) ||
	    attacher_put_task(skb, attacher, dump->asker.cred->user_ns) ||
	    attacher_put_range(skb, attacher) ||
	    nla_put_u32(skb, ALTSHM_A_ATTACHER_FLAGS,
			attacher->readonly ? ALTSHM_ATTACHER_FLAG_READ_ONLY : 0) ||
	    (attacher->since &&
	     altshm_nl_put_s64(skb, ALTSHM_A_ATTACHER_SINCE, attacher->since))) {
		genlmsg_cancel(skb, head);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, head);
	return 0;
}

int altshm_nl_attacher_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct attacher_dump *dump = *dump_slot(cb);
	int err;

	while (dump->found) {
		cb->seq = dump->changes;
		for (; dump->told < dump->found; dump->told++) {
			if (attacher_put(skb, cb, &dump->list[dump->told], dump))
				return skb->len;
		}
		err = attachers_refill(dump);
		if (err == -EINVAL) {
			dump->changes = CHANGES_GONE;
			dump->found = 0;
		} else if (err) {
			return err;
		}
	}
	cb->seq = dump->changes;
	return skb->len;
}
