// SPDX-License-Identifier: GPL-2.0-only
/*
 * kill -9 while a call waits: for the address space, which another thread holds
 * by forking all the time, or for a segment that another process makes. Each call
 * is one that fails right after the wait, so that all other time it holds nothing.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/prctl.h>

#include "common.h"
#include "huge.h"
#include "scene.h"

#define MAPPINGS	1000	/* make a fork take its time */
#define ROUNDS		4
#define STACK		(64 * PAGE)

/* A process that calls in one thread, and as a rule forks in the other. */
struct caller {
	int fd, id;
	bool no_forks;
	char *taken;		/* an address where something is mapped */
	long (*call)(const struct caller *caller);
	pid_t pid;
	atomic_int *tid;	/* of the thread that calls, once it does */
};

static long explained(const struct caller *caller, unsigned int cmd, void *arg)
{
	struct altshm_explain why = { .cmd = cmd, .arg = (uintptr_t)arg };

	return ioctl(caller->fd, ALTSHM_IOC_EXPLAIN, &why) ? -1 : why.result;
}

static long attach_where_taken(const struct caller *caller)
{
	struct altshm_attach attach = { .shmid = caller->id, .addr = (uintptr_t)caller->taken };

	return explained(caller, ALTSHM_IOC_ATTACH, &attach);
}

/* This and the next need more address space than they may have. */
static long attach_without_room(const struct caller *caller)
{
	struct altshm_attach attach = { .shmid = caller->id };

	return explained(caller, ALTSHM_IOC_ATTACH, &attach);
}

static long make_without_room(const struct caller *caller)
{
	struct altshm_get get = {
		.key = KEY, .size = PAGE, .shmflg = SHM_HUGETLB | IPC_CREAT | 0600,
	};

	return explained(caller, ALTSHM_IOC_GET, &get);
}

static long detach_nothing(const struct caller *caller)
{
	struct altshm_detach detach = { .addr = (uintptr_t)caller->taken };

	return explained(caller, ALTSHM_IOC_DETACH, &detach);
}

static long find(const struct caller *caller)
{
	struct altshm_get get = { .key = KEY, .size = PAGE, .shmflg = 0600 };

	return explained(caller, ALTSHM_IOC_GET, &get);
}

static void *call_always(void *arg)
{
	const struct caller *caller = arg;

	if (set_limit(RLIMIT_AS, PAGE))
		_exit(1);
	*caller->tid = gettid();
	while (caller->call(caller) < 0)
		;
	_exit(1);
}

/* On a stack that forks don't copy, so that the thread's own faults wait for nothing. */
static int start_calling(struct caller *caller)
{
	pthread_attr_t attr;
	pthread_t thread;
	char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (stack == MAP_FAILED || madvise(stack, STACK, MADV_DONTFORK))
		return -errno;
	pthread_attr_init(&attr);
	pthread_attr_setstack(&attr, stack, STACK);
	return -pthread_create(&thread, &attr, call_always, caller);
}

static void add_mappings(void)
{
	char *mem = mmap(NULL, MAPPINGS * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (int i = 0; i < MAPPINGS; i += 2)
		mprotect(mem + i * PAGE, PAGE, PROT_READ);
}

/* Not by libc's fork(), which looks at the other thread's stack. */
static void fork_always(void)
{
	for (;;) {
		pid_t pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);

		if (!pid)
			syscall(SYS_exit_group, 0);
		waitpid(pid, NULL, 0);
	}
}

static void be_caller(struct caller *caller)
{
	caller->taken = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	add_mappings();
	if (start_calling(caller))
		_exit(1);
	if (caller->no_forks)
		pause();
	else
		fork_always();
}

/* Does the thread sleep so that nothing but its end can wake it? */
static bool sleeps_deeply(const struct caller *caller)
{
	const char *state;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", caller->pid, *caller->tid);
	state = strrchr(read_line(path), ')');
	return state && state[2] == 'D';
}

/* Looks @most times, which is a while, whether it has come to sleep. */
static bool has_come_to_wait(const struct caller *caller, unsigned int most)
{
	time_t limit = time(NULL) + 20 * slowness();

	while (!*caller->tid)
		if (time(NULL) >= limit)
			return false;
	while (most--)
		if (sleeps_deeply(caller))
			return true;
	return false;
}

static void kill_caller(const struct caller *caller)
{
	kill(caller->pid, SIGKILL);
	waitpid(caller->pid, NULL, 0);
}

FIXTURE(kill_waiting) {
	struct scene scene;
	struct caller caller;
	struct world before;
	long references;
};

FIXTURE_SETUP(kill_waiting)
{
	SETUP_IPC_NAMESPACE();
	SETUP_ALTSHM();
	if (!huge_pool(1)) {
		sysctl_restore();
		SKIP(_exit(SKIP_STATUS), "no pool of a huge page to be had");
	}
	self->scene.huge = true;
	self->scene.fd = open(ALTSHM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->scene.fd);
	self->scene.id = make_segment(&self->scene, IPC_PRIVATE, SIZE, 0600);
	ASSERT_LE(0, self->scene.id);
	/* What the first attach makes stays. */
	ASSERT_EQ(0, detach(&self->scene, attach(&self->scene, 0, NULL)));
	self->caller.fd = self->scene.fd;
	self->caller.id = self->scene.id;
	self->caller.tid = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
				-1, 0);
	/* What a caller forked is waited for here, too. */
	ASSERT_EQ(0, prctl(PR_SET_CHILD_SUBREAPER, 1));
	self->before = look(&self->scene);
	self->references = read_long(REFERENCES);
}

FIXTURE_TEARDOWN(kill_waiting)
{
	remove_all();
	close(self->scene.fd);
	sysctl_restore();
}

#define EXPECT_NOTHING_LEFT() do {					\
	struct world now;						\
									\
	while (waitpid(-1, NULL, 0) > 0)				\
		;							\
	now = look(&self->scene);					\
	EXPECT_EQ(0, memcmp(&self->before, &now, sizeof(now)));		\
	EXPECT_EQ(self->references, read_long(REFERENCES));		\
} while (0)

#define START(caller_, call_) do {					\
	(caller_)->call = call_;					\
	*(caller_)->tid = 0;						\
	(caller_)->pid = fork();					\
	ASSERT_LE(0, (caller_)->pid);					\
	if (!(caller_)->pid)						\
		be_caller(caller_);					\
} while (0)

/* Who waits to write to it may do so awake, which is not to be told from working. */
TEST_F(kill_waiting, for_the_address_space)
{
	static long (*const calls[])(const struct caller *caller) = {
		attach_where_taken, attach_without_room, make_without_room, detach_nothing,
	};
	unsigned int met = 0;

	for (size_t i = 0; i < ROUNDS * sizeof(calls) / sizeof(*calls); i++) {
		START(&self->caller, calls[i / ROUNDS]);
		met += has_come_to_wait(&self->caller, 5000);
		kill_caller(&self->caller);
		EXPECT_NOTHING_LEFT();
	}
	EXPECT_LT(0, met);
	TH_LOG("%u seen waiting", met);
}

TEST_F(kill_waiting, for_a_segment_being_made)
{
	struct caller finder = self->caller;

	finder.tid++;
	finder.no_forks = true;
	for (int i = 0; i < ROUNDS; i++) {
		START(&self->caller, make_without_room);
		START(&finder, find);
		EXPECT_TRUE(has_come_to_wait(&finder, 100000));
		kill_caller(&finder);
		kill_caller(&self->caller);
		EXPECT_NOTHING_LEFT();
	}
}

TEST_HARNESS_MAIN
