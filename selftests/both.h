/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A question to both facilities, each in a process and a namespace of its own:
 * whatever the native one answers, the other has to answer too.
 */
#ifndef _ALTSHM_SELFTESTS_BOTH_H
#define _ALTSHM_SELFTESTS_BOTH_H

#include <sys/mman.h>

#include "common.h"

struct answers {
	unsigned int count;
	long of[2000];
};

static struct answers *answers;

/* To be called by what asks, in the child. */
static inline void answer(long value)
{
	if (answers->count == ARRAY_SIZE(answers->of))
		_exit(1);
	answers->of[answers->count++] = value;
}

/* Where only success or the error is to be compared, not an address or identifier. */
static inline void answer_error(long value)
{
	answer(value < 0 ? value : 0);
}

static void ask_in_child(void (*question)(void), bool altshm)
{
	/* Loaded both times, so that both have one layout of memory. */
	void *shim = dlopen(built_path("libaltshm-preload.so"), RTLD_NOW);

	use_native();
	if (!shim || unshare(CLONE_NEWIPC) || (altshm && use_altshm()))
		_exit(1);
	question();
	remove_all();
	_exit(0);
}

/* The native answers and ours after them, or NULL. */
static inline struct answers *ask_both(void (*question)(void))
{
	struct answers *both = mmap(NULL, 2 * sizeof(*both), PROT_READ | PROT_WRITE,
				    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	for (int i = 0; i < 2; i++) {
		pid_t pid;

		answers = &both[i];
		pid = fork();
		if (!pid)
			ask_in_child(question, i);
		if (pid < 0 || wait_exit(pid))
			return NULL;
	}
	return both;
}

#define EXPECT_SAME_ANSWERS(question) do {				\
	struct answers *both_ = ask_both(question);			\
									\
	ASSERT_NE(NULL, both_);						\
	EXPECT_LT(0, both_[0].count);					\
	ASSERT_EQ(both_[0].count, both_[1].count);			\
	for (unsigned int i_ = 0; i_ < both_->count; i_++) {		\
		EXPECT_EQ(both_[0].of[i_], both_[1].of[i_])		\
			TH_LOG("answer %u", i_);			\
	}								\
} while (0)

#define BOTH_FIXTURE(fixture_name)					\
FIXTURE(fixture_name) {							\
	int unused;							\
};									\
									\
FIXTURE_SETUP(fixture_name)						\
{									\
	SETUP_IPC_NAMESPACE();						\
	if (access("/dev/altshm", R_OK | W_OK))				\
		SETUP_SKIP("no /dev/altshm: module not loaded");	\
}									\
									\
FIXTURE_TEARDOWN(fixture_name)						\
{									\
	sysctl_restore();						\
}									\
struct both_fixture_ends_here

#endif /* _ALTSHM_SELFTESTS_BOTH_H */
