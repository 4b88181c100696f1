// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events as netlink messages, to each socket that asked for them.
 *
 * Not by multicast: anybody can be in a group that no family had yet, and whether
 * and to whom one is sent is found among the sockets of all network namespaces.
 * Each namespace numbers its events: under one lock, so that they come in order.
 */
#include "nl_event.h"

#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/list.h>
#include <linux/net.h>
#include <linux/netlink.h>
#include <linux/nsproxy.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>
#include <net/sock.h>

#include "event.h"
#include "nl.h"

/*
 * A socket that asked. Listed until its file is released, so the file is there, if
 * perhaps without users.
 */
struct listener {
	struct list_head node;
	struct file *file;	/* not counted */
	u32 portid;
};

struct event_net {
	/* Protects all here, but from a look whether anybody listens; and the order of messages. */
	spinlock_t lock;
	u64 last;		/* number of the last event */
	struct list_head listeners;
	unsigned int count;	/* of listeners */
};

/* So many for a network namespace: each event goes to all, and nobody is to wait long. */
#define LISTENERS_MOST	64

/* What one message takes at most; text is the largest attribute. */
#define EVENT_WORDS	14
#define EVENT_LONGS	6
#define EVENT_MSG_SIZE	(EVENT_WORDS * nla_total_size(sizeof(u32)) +		\
			 EVENT_LONGS * nla_total_size_64bit(sizeof(u64)) +	\
			 nla_total_size(0) + nla_total_size(TASK_COMM_LEN))
#define EVENT_GFP	(GFP_NOWAIT | __GFP_NOWARN)

static unsigned int event_net_id;

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

static bool net_has_listeners(const struct event_net *en)
{
	return !list_empty(&en->listeners);
}

/* Without a message the listener is told that it missed one. */
static void listener_tell(struct listener *listener, struct net *net, struct sk_buff *skb)
{
	struct sk_buff *copy;
	struct sock *sk;

	/* While it is held, its port is not free for anybody else. */
	if (!get_file_active(&listener->file))
		return;
	copy = skb ? skb_clone(skb, EVENT_GFP) : NULL;
	if (copy) {
		genlmsg_unicast(net, copy, listener->portid);
	} else {
		sk = sock_from_file(listener->file)->sk;
		WRITE_ONCE(sk->sk_err, ENOBUFS);
		sk_error_report(sk);
	}
	fput(listener->file);
}

static void net_event(struct net *net, const struct altshm_event *event)
{
	struct event_net *en = net_generic(net, event_net_id);
	struct listener *listener;
	struct sk_buff *skb;

	/* Others' listening is not to cost more than this. */
	if (!net_has_listeners(en))
		return;
	guard(spinlock)(&en->lock);
	en->last++;
	skb = genlmsg_new(EVENT_MSG_SIZE, EVENT_GFP);
	if (skb && WARN_ON_ONCE(event_put(skb, event, net, en->last))) {
		nlmsg_free(skb);
		skb = NULL;
	}
	list_for_each_entry(listener, &en->listeners, node)
		listener_tell(listener, net, skb);
	consume_skb(skb);
}

void altshm_nl_event(const struct altshm_event *event)
{
	/* At its very end a task has no namespaces. */
	struct net *net = current->nsproxy ? current->nsproxy->net_ns : &init_net;

	net_event(net, event);
	if (!net_eq(net, &init_net))
		net_event(&init_net, event);
}

static struct listener *listener_new(const struct net *net, const struct sk_buff *skb,
				     struct genl_info *info)
{
	/* The sender holds the socket. */
	const struct socket *socket = NETLINK_CB(skb).sk->sk_socket;
	struct listener *listener;

	/* Of who opened it the kernel asks nothing where a request names its destination. */
	if (!socket || !socket->file ||
	    !file_ns_capable(socket->file, net->user_ns, CAP_NET_ADMIN)) {
		GENL_SET_ERR_MSG(info, "needs CAP_NET_ADMIN of who made the socket");
		return ERR_PTR(-EPERM);
	}
	listener = kzalloc(sizeof(*listener), GFP_KERNEL_ACCOUNT);
	if (!listener)
		return ERR_PTR(-ENOMEM);
	listener->file = socket->file;
	listener->portid = NETLINK_CB(skb).portid;
	static_branch_deferred_inc(&altshm_event_listened);
	return listener;
}

static void listener_free(struct listener *listener)
{
	/* Deferred: turning events on and off patches code, and could be done in a loop. */
	static_branch_slow_dec_deferred(&altshm_event_listened);
	kfree(listener);
}

static bool net_is_heard(const struct event_net *en, const struct file *file)
{
	const struct listener *listener;

	lockdep_assert_held(&en->lock);
	list_for_each_entry(listener, &en->listeners, node) {
		if (listener->file == file)
			return true;
	}
	return false;
}

/* Answers before the first event. Return: was it listed, or -errno. */
static int listener_add(struct event_net *en, struct listener *listener, struct genl_info *info)
{
	struct sk_buff *reply = genlmsg_new(nla_total_size_64bit(sizeof(u64)), GFP_KERNEL);
	bool again;
	void *head;
	int err;

	if (!reply)
		return -ENOMEM;
	head = genlmsg_put_reply(reply, info, &altshm_nl_family, 0, ALTSHM_CMD_EVENTS_GET);
	guard(spinlock)(&en->lock);
	again = net_is_heard(en, listener->file);
	err = again || en->count < LISTENERS_MOST ? 0 : -EUSERS;
	if (!err && (!head || altshm_nl_put_u64(reply, ALTSHM_A_EVENT_SEQ, en->last)))
		err = -EMSGSIZE;
	if (err) {
		nlmsg_free(reply);
		return err;
	}
	genlmsg_end(reply, head);
	err = genlmsg_reply(reply, info);
	if (err || again)
		return err;
	list_add_tail(&listener->node, &en->listeners);
	en->count++;
	return true;
}

int altshm_nl_events_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct net *net = genl_info_net(info);
	struct event_net *en = net_generic(net, event_net_id);
	struct listener *listener = listener_new(net, skb, info);
	int added;

	if (IS_ERR(listener))
		return PTR_ERR(listener);
	added = listener_add(en, listener, info);
	if (added <= 0)
		listener_free(listener);
	if (added == -EUSERS)
		GENL_SET_ERR_MSG(info, "as many sockets listen in this network namespace as may");
	return min(added, 0);
}

/* Of those that had the port, the one whose file has no users any more. */
static struct listener *listener_take(struct event_net *en, u32 portid)
{
	struct listener *listener;

	guard(spinlock)(&en->lock);
	list_for_each_entry(listener, &en->listeners, node) {
		if (listener->portid == portid && !file_count(listener->file)) {
			list_del(&listener->node);
			en->count--;
			return listener;
		}
	}
	return NULL;
}

static int socket_released(struct notifier_block *nb, unsigned long event, void *data)
{
	const struct netlink_notify *notify = data;
	struct listener *listener;
	struct event_net *en;

	if (event != NETLINK_URELEASE || notify->protocol != NETLINK_GENERIC)
		return NOTIFY_DONE;
	en = net_generic(notify->net, event_net_id);
	listener = net_has_listeners(en) ? listener_take(en, notify->portid) : NULL;
	if (listener)
		listener_free(listener);
	return NOTIFY_DONE;
}

static struct notifier_block socket_notifier = {
	.notifier_call = socket_released,
};

static int __net_init event_net_init(struct net *net)
{
	struct event_net *en = net_generic(net, event_net_id);

	spin_lock_init(&en->lock);
	INIT_LIST_HEAD(&en->listeners);
	return 0;
}

/* Sockets keep their namespace: there are listeners only where the module goes. */
static void event_net_exit(struct net *net)
{
	struct event_net *en = net_generic(net, event_net_id);
	struct listener *listener, *next;

	list_for_each_entry_safe(listener, next, &en->listeners, node)
		listener_free(listener);
}

static struct pernet_operations event_net_ops = {
	.init = event_net_init,
	.exit = event_net_exit,
	.id = &event_net_id,
	.size = sizeof(struct event_net),
};

int altshm_nl_event_init(void)
{
	int err = register_pernet_subsys(&event_net_ops);

	if (err)
		return err;
	err = netlink_register_notifier(&socket_notifier);
	if (err)
		unregister_pernet_subsys(&event_net_ops);
	return err;
}

/* The family is gone, so nobody comes to listen; the module is no longer in use. */
void altshm_nl_event_exit(void)
{
	netlink_unregister_notifier(&socket_notifier);
	unregister_pernet_subsys(&event_net_ops);
	static_key_deferred_flush(&altshm_event_listened);
}
