// SPDX-License-Identifier: GPL-2.0-only
/*
 * Shared memory calls past the C library's names, in the ways that programs
 * have of making them; for trap_test. Exits with 0, or says which line went wrong.
 */
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE	4096
#define THREADS	4
#define CYCLES	100

#define CHECK(condition) do {						\
	if (!(condition)) {						\
		printf("rawshm: line %d: errno %d\n", __LINE__, errno);	\
		fflush(stdout);						\
		_exit(1);						\
	}								\
} while (0)
#define CHECK_ERR(error, call) CHECK((call) == -1 && errno == (error))

static void cycle(void)
{
	struct shmid_ds ds;
	long id = syscall(SYS_shmget, IPC_PRIVATE, PAGE, 0600);
	char *at;

	CHECK(id >= 0);
	at = (char *)syscall(SYS_shmat, id, NULL, 0);
	CHECK(at != (void *)-1);
	memset(at, 7, PAGE);
	CHECK(syscall(SYS_shmctl, id, IPC_STAT, &ds) == 0);
	CHECK(ds.shm_nattch == 1 && ds.shm_lpid == getpid());
	CHECK(syscall(SYS_shmdt, at) == 0);
	CHECK(syscall(SYS_shmctl, id, IPC_RMID, NULL) == 0);
}

static void do_calls(void)
{
	struct shmid_ds ds;
	char *pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	long id;

	CHECK(pages != MAP_FAILED && !munmap(pages + PAGE, PAGE));
	cycle();
	errno = 4711;
	id = syscall(SYS_shmget, IPC_PRIVATE, PAGE, 0600);
	CHECK(id >= 0 && errno == 4711);
	CHECK(syscall(SYS_shmctl, id, SHM_STAT, &ds) == id);
	CHECK(syscall(SYS_shmat, id, pages + PAGE, 0) == (long)(pages + PAGE));
	CHECK_ERR(EINVAL, syscall(SYS_shmat, id, pages + PAGE, 0));
	CHECK_ERR(EINVAL, syscall(SYS_shmat, id, pages + 1, 0));
	CHECK(syscall(SYS_shmdt, pages + PAGE) == 0);
	CHECK_ERR(EINVAL, syscall(SYS_shmdt, pages + PAGE));
	CHECK_ERR(ENOENT, syscall(SYS_shmget, 0x12345, PAGE, 0600));
	CHECK_ERR(EINVAL, syscall(SYS_shmctl, id, 99, &ds));
	CHECK_ERR(EINVAL, syscall(SYS_shmctl, id, IPC_STAT | 0x100, &ds));
	CHECK_ERR(EFAULT, syscall(SYS_shmctl, id, IPC_STAT, pages + PAGE - 8));
	CHECK_ERR(EFAULT, syscall(SYS_shmctl, id, IPC_SET, pages + PAGE));
	CHECK_ERR(EFAULT, syscall(SYS_shmctl, id, IPC_STAT, NULL));
	CHECK(syscall(SYS_shmctl, id, IPC_RMID, NULL) == 0);
	CHECK_ERR(EINVAL, syscall(SYS_shmctl, id, IPC_RMID, NULL));
}

#ifdef __x86_64__
/* A call changes no register but rax, rcx and r11. */
static long call_asm(long nr, long a, long b, long c)
{
	register long r8 asm("r8") = 8, r9 asm("r9") = 9, r10 asm("r10") = 10;
	long rbx = 3;

	asm volatile("syscall"
		     : "+a"(nr), "+b"(rbx), "+D"(a), "+S"(b), "+d"(c), "+r"(r8), "+r"(r9),
		       "+r"(r10)
		     :
		     : "rcx", "r11", "memory");
	CHECK(rbx == 3 && r8 == 8 && r9 == 9 && r10 == 10);
	return nr;
}

static void do_asm(void)
{
	long id = call_asm(SYS_shmget, IPC_PRIVATE, PAGE, 0600);
	long at;

	CHECK(id >= 0);
	at = call_asm(SYS_shmat, id, 0, SHM_RDONLY);
	CHECK(at > 0 && at % PAGE == 0 && !*(char *)at);
	CHECK(call_asm(SYS_shmdt, at, 0, 0) == 0);
	CHECK(call_asm(SYS_shmdt, at, 0, 0) == -EINVAL);
	CHECK(call_asm(SYS_shmget, 0x12345, PAGE, 0600) == -ENOENT);
	CHECK(call_asm(SYS_shmctl, id, IPC_RMID, 0) == 0);
}
#endif

static void *cycles(void *unused)
{
	for (int i = 0; i < CYCLES; i++)
		cycle();
	return unused;
}

/* As small as stacks come. */
static void do_threads(void)
{
	pthread_t threads[THREADS];
	pthread_attr_t attr;

	CHECK(!pthread_attr_init(&attr));
	CHECK(!pthread_attr_setstacksize(&attr, sysconf(_SC_THREAD_STACK_MIN)));
	for (int i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&threads[i], &attr, cycles, NULL));
	for (int i = 0; i < THREADS; i++)
		CHECK(!pthread_join(threads[i], NULL));
}

static void check_child(pid_t pid, int wanted)
{
	int status;

	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && status == wanted);
}

static void do_fork(void)
{
	pid_t pid = fork();

	if (!pid) {
		cycles(NULL);
		_exit(0);
	}
	check_child(pid, 0);
	pid = vfork();
	if (!pid)
		_exit(syscall(SYS_shmdt, 1) == -1 && errno == EINVAL ? 0 : 1);
	check_child(pid, 0);
	cycle();
}

#ifndef STATIC
static void do_deepbind(void)
{
	char path[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 16);
	int (*lib_cycle)(void);
	void *lib;

	CHECK(len > 0);
	path[len] = '\0';
	strcpy(strrchr(path, '/'), "/rawlib.so");
	lib = dlopen(path, RTLD_NOW | RTLD_DEEPBIND);
	CHECK(lib);
	*(void **)&lib_cycle = dlsym(lib, "lib_cycle");
	CHECK(lib_cycle);
	CHECK(lib_cycle() == 0);
}
#endif

static volatile sig_atomic_t seen, seen_code, seen_call;

static void note_signal(int sig, siginfo_t *info, void *context)
{
	seen = sig;
	seen_code = info->si_code;
	seen_call = info->si_syscall;
}

static void note_plainly(int sig)
{
	seen = sig;
}

/* The program's own filter, for a call of its own choice. */
static void trap_getpgid(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpgid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { .len = 4, .filter = code };

	CHECK(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	CHECK(!prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog));
}

static void check_ended_by_sigsys(void)
{
	pid_t pid = fork();

	if (!pid) {
		prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
		raise(SIGSYS);
		_exit(0);
	}
	check_child(pid, SIGSYS);
}

static void do_handler(void)
{
	struct sigaction act = { .sa_sigaction = note_signal, .sa_flags = SA_SIGINFO }, old;

	CHECK(!sigaction(SIGSYS, NULL, &old) && old.sa_handler == SIG_DFL);
	check_ended_by_sigsys();
	CHECK(!sigaction(SIGSYS, &act, &old) && old.sa_handler == SIG_DFL);
	cycle();
	CHECK(!seen);
	CHECK(!raise(SIGSYS) && seen == SIGSYS && seen_code == SI_TKILL);
	trap_getpgid();
	syscall(SYS_getpgid, 0);
	CHECK(seen_code == 1 && seen_call == SYS_getpgid);
	CHECK(!sigaction(SIGSYS, NULL, &old) && old.sa_sigaction == note_signal &&
	      old.sa_flags & SA_SIGINFO);
	cycle();

	seen = 0;
	act.sa_flags |= (int)SA_RESETHAND;
	CHECK(!sigaction(SIGSYS, &act, NULL));
	CHECK(!raise(SIGSYS) && seen == SIGSYS);
	check_ended_by_sigsys();

	seen = 0;
	CHECK(signal(SIGSYS, note_plainly) == SIG_DFL);
	CHECK(!raise(SIGSYS) && seen == SIGSYS);
	CHECK(signal(SIGSYS, SIG_IGN) == note_plainly);
	CHECK(!raise(SIGSYS));
	cycle();
	CHECK(signal(SIGSYS, SIG_DFL) == SIG_IGN);
	check_ended_by_sigsys();
	cycle();
}

static void cycle_in_handler(int sig)
{
	cycle();
	seen = sig;
}

static void do_blocked(void)
{
	struct sigaction act = { .sa_handler = cycle_in_handler };
	sigset_t all, old;

	sigfillset(&all);
	act.sa_mask = all;
	CHECK(!sigaction(SIGUSR1, &act, NULL));
	CHECK(!raise(SIGUSR1) && seen == SIGUSR1);
	CHECK(!sigprocmask(SIG_BLOCK, &all, &old) && !sigismember(&old, SIGUSR1));
	cycle();
	CHECK(!sigprocmask(SIG_BLOCK, NULL, &old) && sigismember(&old, SIGUSR1));
	CHECK(!sigprocmask(SIG_UNBLOCK, &all, NULL));
	CHECK(!pthread_sigmask(SIG_SETMASK, &all, NULL));
	cycle();
	CHECK(pthread_sigmask(99, &all, NULL) == EINVAL);
	CHECK_ERR(EINVAL, sigprocmask(99, &all, NULL));
}

/* By the parent, as trap_test says. */
static void do_ignored(void)
{
	struct sigaction old;

	CHECK(!sigaction(SIGSYS, NULL, &old) && old.sa_handler == SIG_IGN);
	CHECK(!raise(SIGSYS));
	cycle();
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} modes[] = {
		{ "calls", do_calls }, { "threads", do_threads }, { "fork", do_fork },
		{ "ignored", do_ignored }, { "handler", do_handler }, { "blocked", do_blocked },
#ifndef STATIC
		{ "deepbind", do_deepbind },
#endif
#ifdef __x86_64__
		{ "asm", do_asm },
#endif
	};

	for (unsigned int i = 0; argc == 2 && i < sizeof(modes) / sizeof(*modes); i++) {
		if (!strcmp(argv[1], modes[i].name)) {
			modes[i].run();
			return 0;
		}
	}
	return 2;
}
