// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads that created segments, and their end: what shm_rmid_forced asks for.
 *
 * The end of a thread is seen by a probe on the tracepoint sched_process_exit,
 * which runs in that thread, on some kernels with preemption off. It deals with
 * a few segments at once, so that who waits for the thread sees them gone, and
 * leaves the rest to a work item. In a kernel without tracepoints no creator
 * ends.
 */
#include "creator.h"

#include <linux/atomic.h>
#include <linux/hash.h>
#include <linux/llist.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/tracepoint.h>
#include <linux/workqueue.h>

#include "compat.h"

#define BUCKET_BITS	6
/* So many segments are dealt with while the thread ends; none where a spinlock may sleep. */
#define ENDED_AT_ONCE	(IS_ENABLED(CONFIG_PREEMPT_RT) ? 0 : 64)

struct creator_bucket {
	raw_spinlock_t lock;	/* protects the list and all of its members */
	struct hlist_head threads;
};

/* A thread that created something, kept until all of that is gone. */
struct creator_thread {
	struct creator_bucket *bucket;	/* immutable */
	struct hlist_node node;		/* in @bucket until the thread ends */
	struct task_struct *task;	/* compared, never followed; NULL once gone */
	struct list_head created;	/* what it created; empties when it ends */
	unsigned long refs;		/* what it created and is still there */
	struct llist_node ended;	/* in ended_threads */
};

static struct creator_bucket buckets[1 << BUCKET_BITS];
static atomic_t gone_count;		/* threads that are gone */
static const struct altshm_creator_ops *creator_ops;
static struct tracepoint *exit_tracepoint;

static LLIST_HEAD(ended_threads);
static void ended_threads_drain(struct work_struct *work);
static DECLARE_WORK(ended_work, ended_threads_drain);

static struct creator_bucket *bucket_of(struct task_struct *task)
{
	return &buckets[hash_ptr(task, BUCKET_BITS)];
}

static struct creator_thread *thread_find(struct creator_bucket *bucket, struct task_struct *task)
{
	struct creator_thread *thread;

	lockdep_assert_held(&bucket->lock);
	hlist_for_each_entry(thread, &bucket->threads, node) {
		if (thread->task == task)
			return thread;
	}
	return NULL;
}

static void thread_take(struct creator_thread *thread, struct altshm_creator *creator)
{
	lockdep_assert_held(&thread->bucket->lock);
	thread->refs++;
	creator->thread = thread;
	list_add(&creator->node, &thread->created);
}

/* Drop a reference, and what is left of one creator when @node is given. */
static void thread_put(struct creator_thread *thread, struct list_head *node)
{
	scoped_guard(raw_spinlock, &thread->bucket->lock) {
		if (node)
			list_del(node);
		if (--thread->refs)
			return;
		if (thread->task)
			hlist_del(&thread->node);
	}
	if (!thread->task)
		atomic_dec(&gone_count);
	kfree(thread);
}

/* Nobody but the thread itself adds, and ends, so it cannot end meanwhile. */
int altshm_creator_add(struct altshm_creator *creator)
{
	struct creator_bucket *bucket = bucket_of(current);
	struct creator_thread *thread;

	scoped_guard(raw_spinlock, &bucket->lock) {
		thread = thread_find(bucket, current);
		if (thread) {
			thread_take(thread, creator);
			return 0;
		}
	}
	thread = kzalloc(sizeof(*thread), GFP_KERNEL_ACCOUNT);
	if (!thread)
		return -ENOMEM;
	thread->bucket = bucket;
	thread->task = current;
	INIT_LIST_HEAD(&thread->created);
	guard(raw_spinlock)(&bucket->lock);
	hlist_add_head(&thread->node, &bucket->threads);
	thread_take(thread, creator);
	return 0;
}

void altshm_creator_remove(struct altshm_creator *creator)
{
	thread_put(creator->thread, &creator->node);
}

bool altshm_creator_is_gone(const struct altshm_creator *creator)
{
	return !READ_ONCE(creator->thread->task);
}

bool altshm_creator_any_gone(void)
{
	return atomic_read(&gone_count);
}

/* One of what @thread created, with a reference. */
static struct altshm_creator *created_take(struct creator_thread *thread)
{
	struct altshm_creator *creator;

	guard(raw_spinlock)(&thread->bucket->lock);
	/* One without references left is about to remove itself. */
	list_for_each_entry(creator, &thread->created, node) {
		if (creator_ops->tryget(creator)) {
			list_del_init(&creator->node);
			return creator;
		}
	}
	return NULL;
}

/* Return: whether that was all. */
static bool thread_drain(struct creator_thread *thread, unsigned int most)
{
	struct altshm_creator *creator;

	while (most--) {
		creator = created_take(thread);
		if (!creator)
			break;
		creator_ops->gone(creator);
	}
	creator_ops->ended();
	return list_empty(&thread->created);
}

static void ended_threads_drain(struct work_struct *work)
{
	struct creator_thread *thread, *next;

	llist_for_each_entry_safe(thread, next, llist_del_all(&ended_threads), ended) {
		while (!thread_drain(thread, 64))
			cond_resched();
		thread_put(thread, NULL);
	}
}

static void creator_end(struct task_struct *task)
{
	struct creator_bucket *bucket = bucket_of(task);
	struct creator_thread *thread;

	/* Only @task itself, which is here, adds itself. */
	if (hlist_empty(&bucket->threads))
		return;
	scoped_guard(raw_spinlock, &bucket->lock) {
		thread = thread_find(bucket, task);
		if (!thread)
			return;
		hlist_del(&thread->node);
		WRITE_ONCE(thread->task, NULL);
		thread->refs++;
	}
	atomic_inc(&gone_count);
	if (ENDED_AT_ONCE && thread_drain(thread, ENDED_AT_ONCE)) {
		thread_put(thread, NULL);
	} else {
		llist_add(&thread->ended, &ended_threads);
		schedule_work(&ended_work);
	}
}

static void probe_process_exit(ALTSHM_PROCESS_EXIT_ARGS)
{
	creator_end(task);
}

static void exit_tracepoint_match(struct tracepoint *tracepoint, void *unused)
{
	if (!strcmp(tracepoint->name, "sched_process_exit"))
		exit_tracepoint = tracepoint;
}

int altshm_creator_init(const struct altshm_creator_ops *ops)
{
	unsigned int i;

	creator_ops = ops;
	for (i = 0; i < ARRAY_SIZE(buckets); i++)
		raw_spin_lock_init(&buckets[i].lock);
	for_each_kernel_tracepoint(exit_tracepoint_match, NULL);
	if (!exit_tracepoint)
		return 0;
	return tracepoint_probe_register(exit_tracepoint, probe_process_exit, NULL);
}

void altshm_creator_exit(void)
{
	if (!exit_tracepoint)
		return;
	tracepoint_probe_unregister(exit_tracepoint, probe_process_exit, NULL);
	tracepoint_synchronize_unregister();
	flush_work(&ended_work);
}
