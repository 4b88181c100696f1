// SPDX-License-Identifier: GPL-2.0-only
/*
 * The shim's descriptor, lost and found between any two instructions of a call
 * that matter: the processor traps after each, and the trap's handler does what
 * another thread could do there, so that nothing is left to luck.
 */
#include "race.h"
#include "shim.h"

#include <dirent.h>
#include <ucontext.h>

#ifdef __x86_64__

#define TRAP_FLAG	0x100

FIXTURE(race_shim) {
	int unused;
};

/* The one descriptor of the device, or how many there are, negated. */
static int device_fd(void)
{
	struct dirent *entry;
	char target[64];
	int found = -1, count = 0;
	DIR *dir = opendir("/proc/self/fd");

	while (dir && (entry = readdir(dir))) {
		ssize_t len = readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1);

		if (len < 0)
			continue;
		target[len] = '\0';
		if (!strcmp(target, "/dev/altshm")) {
			found = atoi(entry->d_name);
			count++;
		}
	}
	closedir(dir);
	return count == 1 ? found : -count;
}

static volatile struct {
	int id, fd;
	unsigned int steps;
	bool shared;		/* the instruction now carried out */
	void (*rival)(void);	/* NULL when the call is over */
	bool acted;		/* this is a child, with a rival */
	bool failed;
} trap;

/*
 * Whether an instruction has to do with what others can change: system calls,
 * locked instructions, xchg, and loads from where global variables are.
 */
static bool is_shared(const unsigned char *code)
{
	bool locked = *code == 0xf0;

	code += locked;
	/* A prefix that says how wide the operands are. */
	if ((*code & 0xf0) == 0x40)
		code++;
	return locked || (code[0] == 0x0f && code[1] == 0x05) || code[0] == 0x87 ||
	       (code[0] == 0x8b && (code[1] & 0xc7) == 0x05);
}

/*
 * Around each such instruction a child goes its own way: there the rival acts,
 * and then the call goes on. The parent's own call has none.
 */
static void on_trap(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;
	int saved = errno, status;
	bool was_shared;
	pid_t pid;

	if (!trap.rival || trap.failed) {
		uc->uc_mcontext.gregs[REG_EFL] &= ~TRAP_FLAG;
		return;
	}
	was_shared = trap.shared;
	trap.shared = is_shared((void *)uc->uc_mcontext.gregs[REG_RIP]);
	if (!trap.shared && !was_shared)
		return;
	trap.steps++;
	pid = fork();
	if (!pid) {
		uc->uc_mcontext.gregs[REG_EFL] &= ~TRAP_FLAG;
		trap.rival();
		trap.acted = true;
	} else {
		status = wait_exit(pid);
		if (status)
			fprintf(stderr, "# a rival after step %u: %d\n", trap.steps, status);
		trap.failed = status;
	}
	errno = saved;
}

/* From the return of this handler on, each instruction traps. */
static void on_start(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	uc->uc_mcontext.gregs[REG_EFL] |= TRAP_FLAG;
}

static bool call_works(void)
{
	struct shmid_ds ds;

	return !shm.ctl(trap.id, IPC_STAT, &ds) && ds.shm_segsz == PAGE;
}

enum { CALL_FAILED = 2, DESCRIPTORS_LEAKED };

/* A call, with @rival acting after each of its instructions. */
static void call_with_rivals(void (*rival)(void))
{
	bool works;

	trap.rival = rival;
	raise(SIGUSR1);
	works = call_works();
	trap.rival = NULL;
	if (trap.acted)
		_exit(!works ? CALL_FAILED : device_fd() < 0 ? DESCRIPTORS_LEAKED : 0);
	trap.failed |= !works;
}

static int traps_init(void)
{
	struct sigaction act = { .sa_sigaction = on_trap, .sa_flags = SA_SIGINFO };

	if (sigaction(SIGTRAP, &act, NULL))
		return -errno;
	act.sa_sigaction = on_start;
	return sigaction(SIGUSR1, &act, NULL) ? -errno : 0;
}

FIXTURE_SETUP(race_shim)
{
	SETUP_IPC_NAMESPACE();
	SETUP_ALTSHM();
	trap.id = new_segment(0600);
	trap.fd = device_fd();
	ASSERT_LE(0, trap.id);
	ASSERT_LE(0, trap.fd);
	ASSERT_EQ(0, traps_init());
}

FIXTURE_TEARDOWN(race_shim)
{
	remove_all();
}

/* Another thread calls, and so opens the device again. */
static void rival_calls(void)
{
	if (!call_works())
		_exit(CALL_FAILED);
}

/* The program closes all of its files, and calls. */
static void rival_closes_and_calls(void)
{
	close(trap.fd);
	rival_calls();
}

TEST_F_RACE(race_shim, closed_by_another_at_any_time)
{
	call_with_rivals(rival_closes_and_calls);
	EXPECT_FALSE(trap.failed);
	EXPECT_LT(10, trap.steps);
	TH_LOG("%u steps", trap.steps);
}

TEST_F_RACE(race_shim, reopened_by_another_while_a_call_finds_it_closed)
{
	ASSERT_EQ(0, close(trap.fd));
	call_with_rivals(rival_calls);
	EXPECT_FALSE(trap.failed);
	EXPECT_LT(10, trap.steps);
	TH_LOG("%u steps", trap.steps);
}

TEST_F_RACE(race_shim, reopened_by_another_while_a_call_finds_a_file_in_its_place)
{
	int file = open("/dev/null", O_RDWR | O_CLOEXEC);

	ASSERT_EQ(trap.fd, dup2(file, trap.fd));
	call_with_rivals(rival_closes_and_calls);
	EXPECT_FALSE(trap.failed);
	EXPECT_LT(10, trap.steps);
	TH_LOG("%u steps", trap.steps);
}

#else

TEST(race_shim)
{
	SKIP(return, "steps through x86-64 only");
}

#endif

TEST_HARNESS_MAIN
