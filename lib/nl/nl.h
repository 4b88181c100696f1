/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * altshm's netlink family, for the command: requests as functions, replies as
 * structures. What each value means stands in uapi/altshm.yaml, under the
 * name that the field has here. Linked into the command only: what is loaded
 * into other people's programs stays free of libmnl.
 */
#ifndef _ALTSHM_NL_H
#define _ALTSHM_NL_H

#include <stdbool.h>
#include <stdint.h>
#include <linux/altshm_netlink.h>

/* A comm of the kernel, and more in case it grows. */
#define NL_COMM		64

/*
 * In each structure, @has holds the bit 1 << ALTSHM_A_* of every attribute that
 * came; fields of others are 0.
 */
#define NL_HAS(what, attr)	((what)->has & (1ULL << (attr)))

struct nl_segment {
	uint64_t has;
	int32_t id;
	int32_t key;
	uint64_t size;
	uint32_t mode;
	uint32_t uid;
	uint32_t gid;
	uint32_t cuid;
	uint32_t cgid;
	int32_t cpid;
	int32_t lpid;
	int64_t atime;
	int64_t dtime;
	int64_t ctime;
	uint64_t nattch;
	uint64_t rss;
	uint64_t swap;
	uint64_t huge;
	uint32_t backing;
	uint64_t page_size;
	uint32_t flags;
};

struct nl_attacher {
	uint64_t has;
	int32_t pid;
	char comm[NL_COMM];
	uint32_t uid;
	uint64_t start;
	uint64_t end;
	uint64_t offset;
	uint64_t length;
	uint32_t flags;
	int64_t since;
};

struct nl_limits {
	uint64_t has;
	uint64_t shmmax;
	uint64_t shmall;
	uint32_t shmmni;
	uint32_t orphan_timeout;
	uint32_t own;
	uint32_t follow;
};

struct nl_usage {
	uint64_t has;
	uint32_t segments;
	uint32_t removed;
	uint32_t orphans;
	uint32_t max_index;
	uint64_t pages;
	uint64_t rss;
	uint64_t swap;
	uint64_t huge;
	uint64_t nattch;
	uint32_t ipc_ns;
};

struct nl_event {
	uint64_t has;
	uint64_t seq;
	uint32_t type;
	uint64_t time;
	uint32_t ipc_ns;
	int32_t pid;
	int32_t tid;
	uint32_t euid;
	char comm[NL_COMM];
	int32_t id;
	int32_t key;
	uint64_t size;
	uint32_t shmflg;
	int32_t result;
	uint32_t cause;
	uint32_t rule;
	uint64_t limit;
	uint64_t wanted;
	uint64_t nattch;
	uint32_t uid;
	uint32_t gid;
	uint32_t mode;
};

/*
 * Functions return 0 or a negative errno; those of a request are in
 * uapi/altshm.yaml. Besides, -EPROTO is an answer that makes no sense, and
 * -ENOENT comes when the module has gone since nl_open().
 */

/**
 * nl_open() - open a socket and look for the family
 *
 * One process has one socket. Called again, it does nothing.
 *
 * Return: 0; -ENOENT where the kernel has no such family; another negative
 * errno where there is no netlink.
 */
int nl_open(void);

/* What the kernel said of the last request that failed, or "". */
const char *nl_message(void);

/**
 * nl_segments() - call @fn for each segment
 * @fn:   must not make requests; what it returns, when negative, ends the calls
 * @data: for @fn
 *
 * A segment that exists all the time is seen once. The order is that of the
 * table.
 *
 * Return: 0; 1 where segments came or went meanwhile; what @fn returned; or
 * another negative errno.
 */
int nl_segments(int (*fn)(const struct nl_segment *seg, void *data), void *data);

/* nl_attachers() - likewise for the mappings of the segment @id. */
int nl_attachers(int id, int (*fn)(const struct nl_attacher *att, void *data), void *data);

int nl_segment(int id, struct nl_segment *seg);
int nl_segment_remove(int id, bool orphan_only);
int nl_limits(struct nl_limits *limits);
int nl_usage(struct nl_usage *usage);

/**
 * nl_limits_set() - change limits
 * @limits: those whose bits are in @has are set; others stay as they are
 */
int nl_limits_set(const struct nl_limits *limits);

/**
 * nl_listen() - get events from here on
 * @buffer: bytes to ask for to hold events that were not read yet
 * @seq:    the number of the last event before
 *
 * On a socket of its own, so that requests can go on.
 *
 * Return: 0; -EPERM without CAP_NET_ADMIN over the network namespace; -EUSERS
 * when too many listen there; or another negative errno.
 */
int nl_listen(unsigned int buffer, uint64_t *seq);

/* The descriptor to wait at for events, by poll(2). */
int nl_listen_fd(void);

/* The number of the last event that there was, read or not. */
int nl_last_event(uint64_t *seq);

/**
 * nl_events() - call @fn for the events that are there; waits for none
 * @fn:   what it returns, when negative, ends the calls
 * @data: for @fn
 *
 * Return: 0; -ENOBUFS, once, when events were lost because nobody read; -ENOENT
 * when the module has gone; what @fn returned; or another negative errno.
 */
int nl_events(int (*fn)(const struct nl_event *event, void *data), void *data);

#endif /* _ALTSHM_NL_H */
