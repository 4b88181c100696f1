/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ALTSHM_NL_H
#define _ALTSHM_NL_H

#include "nl_gen.h"

struct cred;
struct ipc_namespace;
struct pid_namespace;

extern struct genl_family altshm_nl_family;

/*
 * Who asks, and where: the task that sends the request and, since a privileged
 * program can be made to write what somebody else wants to a socket, the one
 * that made the socket. All borrowed while a request is answered at once, all
 * counted in a dump, which goes on in whichever task reads the socket.
 */
struct altshm_nl_asker {
	struct ipc_namespace *ipc_ns;
	struct pid_namespace *pid_ns;
	const struct cred *cred;
	const struct cred *opener;
};

/**
 * altshm_nl_asker_borrow() - who sends a request
 * @asker: filled in with what the current task and the socket hold
 * @skb: the request
 *
 * Return: 0; -EPERM for a socket that no file stands for; or -EAGAIN while the
 * module starts or ends.
 */
int altshm_nl_asker_borrow(struct altshm_nl_asker *asker, const struct sk_buff *skb);

/* Count what was borrowed, and give it back. */
void altshm_nl_asker_hold(const struct altshm_nl_asker *asker);
void altshm_nl_asker_release(const struct altshm_nl_asker *asker);

/**
 * altshm_nl_asked() - who sends a request about a segment, and which
 * @asker: as altshm_nl_asker_borrow() has it
 * @skb: the request
 * @info: the same, parsed
 *
 * Return: the identifier asked about, 0 or more; or -errno.
 */
int altshm_nl_asked(struct altshm_nl_asker *asker, const struct sk_buff *skb,
		    struct genl_info *info);

/**
 * altshm_nl_refuse() - say in words why a request about a segment fails
 * @extack: the request's
 * @err: what it fails with, or 0
 *
 * Return: @err.
 */
int altshm_nl_refuse(struct netlink_ext_ack *extack, int err);

/**
 * altshm_nl_reply() - answer a request with one message
 * @info: the request
 * @size: bytes that the attributes take at most
 * @put: adds them; returns 0, or -EMSGSIZE where they take more
 * @what: for @put
 *
 * Return: 0 or -errno.
 */
int altshm_nl_reply(struct genl_info *info, size_t size,
		    int (*put)(struct sk_buff *skb, const void *what), const void *what);

/**
 * altshm_nl_capable() - have both who sends and who opened a capability
 * @asker: who asks, from the current task
 * @cap: capability in the user namespace that owns the IPC namespace
 */
bool altshm_nl_capable(const struct altshm_nl_asker *asker, int cap);

/* Before an attribute of 64 bits; each set has it in the same place. */
static inline int altshm_nl_put_u64(struct sk_buff *skb, int attr, u64 value)
{
	static_assert((int)ALTSHM_A_SEGMENT_PAD == (int)ALTSHM_A_ATTACHER_PAD &&
		      (int)ALTSHM_A_SEGMENT_PAD == (int)ALTSHM_A_LIMITS_PAD &&
		      (int)ALTSHM_A_SEGMENT_PAD == (int)ALTSHM_A_USAGE_PAD &&
		      (int)ALTSHM_A_SEGMENT_PAD == (int)ALTSHM_A_EVENT_PAD);
	return nla_put_u64_64bit(skb, attr, value, ALTSHM_A_SEGMENT_PAD);
}

static inline int altshm_nl_put_s64(struct sk_buff *skb, int attr, s64 value)
{
	return altshm_nl_put_u64(skb, attr, value);
}

int altshm_nl_init(void);
void altshm_nl_exit(void);

#endif
