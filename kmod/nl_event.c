// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events as netlink messages.
 *
 * Each network namespace numbers its events. A number is taken and its message
 * sent under one lock, so that messages come in order; one that could not be made
 * leaves a gap, and listeners are told by ENOBUFS.
 */
#include "nl_event.h"

#include <linux/cred.h>
#include <linux/mutex.h>
#include <linux/nsproxy.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "event.h"
#include "nl.h"

struct event_net {
	spinlock_t lock;	/* protects @last, and the order of messages */
	u64 last;		/* number of the last event */
};

/* What one message takes at most; text is the largest attribute. */
#define EVENT_WORDS	14
#define EVENT_LONGS	6
#define EVENT_MSG_SIZE	(EVENT_WORDS * nla_total_size(sizeof(u32)) +		\
			 EVENT_LONGS * nla_total_size_64bit(sizeof(u64)) +	\
			 nla_total_size(0) + nla_total_size(TASK_COMM_LEN))

static unsigned int event_net_id;

static void listeners_look(struct work_struct *work);
static DECLARE_DELAYED_WORK(listeners_work, listeners_look);
/* Turning events on or off patches code; who makes a user namespace could do it in a loop. */
#define LISTENERS_DELAY	HZ
/* Serialises turning altshm_event_listened on and off. */
static DEFINE_MUTEX(listen_lock);

static bool net_has_listeners(struct net *net)
{
	return genl_has_listeners(&altshm_nl_family, net, ALTSHM_NLGRP_EVENTS);
}

static int event_put_actor(struct sk_buff *skb, const struct net *net)
{
	bool initial = net_eq(net, &init_net);
	char comm[TASK_COMM_LEN];

	get_task_comm(comm, current);
	if (nla_put_s32(skb, ALTSHM_A_EVENT_PID,
			initial ? task_tgid_nr(current) : task_tgid_vnr(current)) ||
	    nla_put_s32(skb, ALTSHM_A_EVENT_TID,
			initial ? task_pid_nr(current) : task_pid_vnr(current)) ||
	    nla_put_u32(skb, ALTSHM_A_EVENT_EUID,
			from_kuid_munged(net->user_ns, current_euid())) ||
	    nla_put_string(skb, ALTSHM_A_EVENT_COMM, comm))
		return -EMSGSIZE;
	return 0;
}

static int event_put_seg(struct sk_buff *skb, const struct altshm_event *event,
			 const struct net *net)
{
	if (!event->found)
		return 0;
	if (altshm_nl_put_u64(skb, ALTSHM_A_EVENT_NATTCH, event->nattch) ||
	    nla_put_u32(skb, ALTSHM_A_EVENT_UID,
			from_kuid_munged(net->user_ns, event->perm.uid)) ||
	    nla_put_u32(skb, ALTSHM_A_EVENT_GID,
			from_kgid_munged(net->user_ns, event->perm.gid)) ||
	    nla_put_u32(skb, ALTSHM_A_EVENT_MODE, event->perm.mode))
		return -EMSGSIZE;
	return 0;
}

static int event_put_call(struct sk_buff *skb, const struct altshm_event *event)
{
	bool get = event->type == ALTSHM_EVENT_TYPE_GET;
	bool refused = event->type == ALTSHM_EVENT_TYPE_DENY ||
		       event->type == ALTSHM_EVENT_TYPE_LIMIT;

	if ((get || refused) && nla_put_s32(skb, ALTSHM_A_EVENT_RESULT, event->result))
		return -EMSGSIZE;
	if ((get || event->cause == ALTSHM_CAUSE_ATTACH) &&
	    nla_put_u32(skb, ALTSHM_A_EVENT_SHMFLG, event->shmflg))
		return -EMSGSIZE;
	if (event->created && nla_put_flag(skb, ALTSHM_A_EVENT_CREATED))
		return -EMSGSIZE;
	if (event->cause && nla_put_u32(skb, ALTSHM_A_EVENT_CAUSE, event->cause))
		return -EMSGSIZE;
	if (refused &&
	    (nla_put_u32(skb, ALTSHM_A_EVENT_RULE, event->rule) ||
	     altshm_nl_put_u64(skb, ALTSHM_A_EVENT_LIMIT, event->limit) ||
	     altshm_nl_put_u64(skb, ALTSHM_A_EVENT_WANTED, event->wanted)))
		return -EMSGSIZE;
	return 0;
}

static int event_put(struct sk_buff *skb, const struct altshm_event *event, const struct net *net,
		     u64 seq)
{
	void *head = genlmsg_put(skb, 0, 0, &altshm_nl_family, 0, ALTSHM_CMD_EVENT);

	if (!head ||
	    altshm_nl_put_u64(skb, ALTSHM_A_EVENT_SEQ, seq) ||
	    nla_put_u32(skb, ALTSHM_A_EVENT_TYPE, event->type) ||
	    altshm_nl_put_u64(skb, ALTSHM_A_EVENT_TIME, ktime_get_real_ns()) ||
	    nla_put_u32(skb, ALTSHM_A_EVENT_IPC_NS, event->ipc_ns) ||
	    event_put_actor(skb, net) ||
	    (event->id >= 0 && nla_put_s32(skb, ALTSHM_A_EVENT_ID, event->id)) ||
	    nla_put_s32(skb, ALTSHM_A_EVENT_KEY, event->key) ||
	    altshm_nl_put_u64(skb, ALTSHM_A_EVENT_SIZE, event->size) ||
	    event_put_call(skb, event) || event_put_seg(skb, event, net))
		return -EMSGSIZE;
	genlmsg_end(skb, head);
	return 0;
}

static void event_send(struct net *net, const struct altshm_event *event, u64 seq)
{
	struct sk_buff *skb = genlmsg_new(EVENT_MSG_SIZE, GFP_NOWAIT | __GFP_NOWARN);

	if (!skb || WARN_ON_ONCE(event_put(skb, event, net, seq))) {
		nlmsg_free(skb);
		genl_set_err(&altshm_nl_family, net, 0, ALTSHM_NLGRP_EVENTS, -ENOBUFS);
		return;
	}
	genlmsg_multicast_netns(&altshm_nl_family, net, skb, 0, ALTSHM_NLGRP_EVENTS,
				GFP_NOWAIT | __GFP_NOWARN);
}

/* Return: is there anybody to tell? */
static bool net_event(struct net *net, const struct altshm_event *event)
{
	struct event_net *en = net_generic(net, event_net_id);

	guard(spinlock)(&en->lock);
	en->last++;
	if (!net_has_listeners(net))
		return false;
	event_send(net, event, en->last);
	return true;
}

void altshm_nl_event(const struct altshm_event *event)
{
	/* At its very end a task has no namespaces. */
	struct net *net = current->nsproxy ? current->nsproxy->net_ns : &init_net;
	bool told = net_event(net, event);

	if (!net_eq(net, &init_net))
		told |= net_event(&init_net, event);
	if (!told)
		schedule_delayed_work(&listeners_work, LISTENERS_DELAY);
}

static bool anybody_listens(void)
{
	struct net *net;

	guard(rcu)();
	for_each_net_rcu(net) {
		if (net_has_listeners(net))
			return true;
	}
	return false;
}

/* Nobody in the namespaces of some event listened; perhaps nobody does at all. */
static void listeners_look(struct work_struct *work)
{
	guard(mutex)(&listen_lock);
	if (!anybody_listens())
		static_branch_disable(&altshm_event_listened);
}

/* Who asks has joined before, or is not counted on. */
static void listeners_expect(void)
{
	guard(mutex)(&listen_lock);
	static_branch_enable(&altshm_event_listened);
}

int altshm_nl_events_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct event_net *en = net_generic(genl_info_net(info), event_net_id);
	struct sk_buff *reply = genlmsg_new(nla_total_size_64bit(sizeof(u64)), GFP_KERNEL);
	void *head;
	u64 last;

	if (!reply)
		return -ENOMEM;
	listeners_expect();
	scoped_guard(spinlock, &en->lock)
		last = en->last;
	head = genlmsg_put_reply(reply, info, &altshm_nl_family, 0, ALTSHM_CMD_EVENTS_GET);
	if (!head || altshm_nl_put_u64(reply, ALTSHM_A_EVENT_SEQ, last)) {
		nlmsg_free(reply);
		return -EMSGSIZE;
	}
	genlmsg_end(reply, head);
	return genlmsg_reply(reply, info);
}

static int __net_init event_net_init(struct net *net)
{
	struct event_net *en = net_generic(net, event_net_id);

	spin_lock_init(&en->lock);
	return 0;
}

static struct pernet_operations event_net_ops = {
	.init = event_net_init,
	.id = &event_net_id,
	.size = sizeof(struct event_net),
};

int altshm_nl_event_init(void)
{
	return register_pernet_subsys(&event_net_ops);
}

/* The family is gone, and with it all listeners; the module is no longer in use. */
void altshm_nl_event_exit(void)
{
	cancel_delayed_work_sync(&listeners_work);
	unregister_pernet_subsys(&event_net_ops);
}
