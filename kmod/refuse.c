// SPDX-License-Identifier: GPL-2.0-only
/*
 * Refusals: from where a call is refused to who wants to know why.
 */
#include "refuse.h"

#include <linux/cleanup.h>
#include <linux/fs.h>
#include <linux/hash.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

#include "report.h"

#define BUCKET_BITS	6

struct refusal_bucket {
	spinlock_t lock;	/* protects the list; innermost of all locks */
	struct hlist_head watches;
};

static struct refusal_bucket buckets[1 << BUCKET_BITS] = {
	[0 ... (1 << BUCKET_BITS) - 1] = {
		.lock = __SPIN_LOCK_UNLOCKED(buckets.lock),
	},
};

static struct refusal_bucket *bucket_of(struct task_struct *task)
{
	return &buckets[hash_ptr(task, BUCKET_BITS)];
}

static noinline struct altshm_refusal *bucket_search(struct refusal_bucket *bucket)
{
	struct altshm_refusal *refusal;

	guard(spinlock)(&bucket->lock);
	hlist_for_each_entry(refusal, &bucket->watches, node) {
		if (refusal->task == current)
			return refusal;
	}
	return NULL;
}

/* The innermost watch of the current task: on its own stack, so nobody takes it away. */
static __always_inline struct altshm_refusal *refusal_find(void)
{
	struct refusal_bucket *bucket = bucket_of(current);

	/* Only the task itself, which is here, adds its watches. */
	return likely(hlist_empty(&bucket->watches)) ? NULL : bucket_search(bucket);
}

bool altshm_refusal_watched(void)
{
	return refusal_find();
}

int altshm_refuse(int err, enum altshm_rule rule, u64 limit, u64 wanted)
{
	struct altshm_refusal *refusal = refusal_find();

	if (refusal) {
		refusal->event.result = err;
		refusal->event.rule = rule;
		refusal->event.limit = limit;
		refusal->event.wanted = wanted;
	}
	return err;
}

int altshm_refuse_file(int err)
{
	switch (err) {
	case -ENFILE:
		return altshm_refuse(err, ALTSHM_RULE_FILES, get_max_files(),
				     (u64)get_max_files() + 1);
	case -ENOMEM:
		return altshm_refuse(err, ALTSHM_RULE_MEMORY, 0, 0);
	default:
		return err;
	}
}

int altshm_refusal_about(int err, int id, int shmflg)
{
	struct altshm_refusal *refusal = refusal_find();

	if (refusal) {
		refusal->event.id = id;
		refusal->event.shmflg = shmflg;
	}
	return err;
}

int altshm_refusal_about_get(int err, key_t key, u64 size, int shmflg)
{
	struct altshm_refusal *refusal = refusal_find();

	if (refusal) {
		refusal->event.key = key;
		refusal->event.size = size;
		refusal->event.shmflg = shmflg;
	}
	return err;
}

void altshm_refusal_watch(struct altshm_refusal *refusal)
{
	struct refusal_bucket *bucket = bucket_of(current);

	*refusal = (struct altshm_refusal) { .task = current, .event.id = -1 };
	guard(spinlock)(&bucket->lock);
	hlist_add_head(&refusal->node, &bucket->watches);
}

void altshm_refusal_unwatch(struct altshm_refusal *refusal, long ret)
{
	struct refusal_bucket *bucket = bucket_of(current);
	struct altshm_event *event = &refusal->event;

	scoped_guard(spinlock, &bucket->lock)
		hlist_del(&refusal->node);
	if (event->result != ret) {
		event->rule = ALTSHM_RULE_NONE;
		event->limit = 0;
		event->wanted = 0;
	}
	if (event->rule != ALTSHM_RULE_NONE && altshm_refusals_told())
		altshm_report_refusal(event);
}
