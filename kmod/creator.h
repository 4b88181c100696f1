/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ALTSHM_CREATOR_H
#define _ALTSHM_CREATOR_H

#include <linux/list.h>
#include <linux/types.h>

struct creator_thread;

/*
 * The thread that created something; embedded in it. A creator is gone when the
 * thread has ended; executing a program does not count.
 */
struct altshm_creator {
	struct list_head node;		/* among what the thread created; lock of its bucket */
	struct creator_thread *thread;	/* counted, immutable */
};

/**
 * struct altshm_creator_ops - what the layer above does when a creator ends
 * @tryget: take a reference to what @creator is embedded in, if there is one left
 * @gone: the creator has ended; drops that reference
 * @ended: @gone was called for some or all that one thread created
 *
 * All are called in atomic context, @tryget under a raw spinlock that
 * altshm_creator_remove() takes too.
 */
struct altshm_creator_ops {
	bool (*tryget)(struct altshm_creator *creator);
	void (*gone)(struct altshm_creator *creator);
	void (*ended)(void);
};

/**
 * altshm_creator_add() - let the current thread be the creator
 * @creator: to be filled in
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int altshm_creator_add(struct altshm_creator *creator);

/* To be called when the last reference is gone, before the memory is freed. */
void altshm_creator_remove(struct altshm_creator *creator);

bool altshm_creator_is_gone(const struct altshm_creator *creator);

/* Are there any whose creator is gone? */
bool altshm_creator_any_gone(void);

int altshm_creator_init(const struct altshm_creator_ops *ops);
void altshm_creator_exit(void);

#endif
