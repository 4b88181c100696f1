// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The seccomp filters of altshm run, for the kernel's own shared memory calls by
 * every way that an x86 kernel offers: --strict answers ENOSYS, --trap sends a
 * signal that the shim turns into a call of altshm.
 */
#include "cli.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "trap.h"

#define FILTER_X32_BIT		0x40000000

/* x86-64 and x32 */
#define FILTER_64_SHMGET	29
#define FILTER_64_SHMCTL	31
#define FILTER_64_SHMDT		67
/* i386; ipc(2) has the call in the low half of its first argument */
#define FILTER_32_IPC		117
#define FILTER_32_SHMGET	395
#define FILTER_32_SHMDT		398
#define FILTER_IPC_CALL		0xffff
#define FILTER_IPC_SHMAT	21
#define FILTER_IPC_SHMCTL	24

#define LOAD(field)	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define JEQ(k, yes, no)	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, k, yes, no)
#define JGE(k, yes, no)	BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, k, yes, no)
#define JGT(k, yes, no)	BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, k, yes, no)
#define AND(k)		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, k)
#define RET(k)		BPF_STMT(BPF_RET | BPF_K, k)

/*
 * Lets other calls through, and goes on behind its end with those of shared
 * memory. Jumps count the instructions left out; the comments number them.
 */
#define FILTER_OTHERS						\
	/*  0 */ LOAD(arch),					\
	/*  1 */ JEQ(AUDIT_ARCH_X86_64, 0, 5),			\
	/*  2 */ LOAD(nr),					\
	/*  3 */ AND(~FILTER_X32_BIT),				\
	/*  4 */ JEQ(FILTER_64_SHMDT, 12, 0),			\
	/*  5 */ JGE(FILTER_64_SHMGET, 0, 10),			\
	/*  6 */ JGT(FILTER_64_SHMCTL, 9, 10),			\
	/*  7 */ JEQ(AUDIT_ARCH_I386, 0, 8),			\
	/*  8 */ LOAD(nr),					\
	/*  9 */ JEQ(FILTER_32_IPC, 2, 0),			\
	/* 10 */ JGE(FILTER_32_SHMGET, 0, 5),			\
	/* 11 */ JGT(FILTER_32_SHMDT, 4, 5),			\
	/* 12 */ LOAD(args[0]),					\
	/* 13 */ AND(FILTER_IPC_CALL),				\
	/* 14 */ JGE(FILTER_IPC_SHMAT, 0, 1),			\
	/* 15 */ JGT(FILTER_IPC_SHMCTL, 0, 1),			\
	/* 16 */ RET(SECCOMP_RET_ALLOW)

static const struct sock_filter filter_strict_code[] = {
	FILTER_OTHERS,
	RET(SECCOMP_RET_ERRNO | ENOSYS),
};

static const struct sock_filter filter_trap_code[] = {
	FILTER_OTHERS,
	LOAD(args[5]),
	JEQ(TRAP_PASS, 0, 1),
	RET(SECCOMP_RET_ALLOW),
	RET(SECCOMP_RET_TRAP | TRAP_DATA),
};

/*
 * Without CAP_SYS_ADMIN the kernel wants the promise never to gain rights. It
 * is not made without need, since it takes their power from setuid programs.
 */
static int filter_enter(const struct sock_filter *code, size_t len)
{
	struct sock_fprog prog = { .len = len, .filter = (struct sock_filter *)code };

	if (!syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog))
		return 0;
	if (errno != EACCES)
		return -errno;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) ? -errno : 0;
}

int filter_strict(void)
{
	return filter_enter(filter_strict_code, ARRAY_SIZE(filter_strict_code));
}

/* As the kernel has it; the C library's own might be the shim's. */
struct kernel_sigaction {
	void (*handler)(int sig, siginfo_t *info, void *context);
	unsigned long flags;
	void (*restorer)(void);
	unsigned long long mask;
};

#define FILTER_SA_RESTORER	0x04000000

static void filter_caught(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	_exit(info->si_errno == TRAP_DATA);
}

static void filter_never_returns(void)
{
}

/* In a child: exits with 1 when a call is caught by our filter, not another's. */
static void filter_probe(void)
{
	struct kernel_sigaction action = {
		.handler = filter_caught,
		.flags = SA_SIGINFO | FILTER_SA_RESTORER,
		.restorer = filter_never_returns,
	};

	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	syscall(SYS_rt_sigaction, SIGSYS, &action, NULL, sizeof(action.mask));
	syscall(SYS_shmdt, 1, 0, 0, 0, 0, 0);
	_exit(0);
}

/* Whether our filter is in force already; a negative errno where that can't be told. */
static int filter_traps(void)
{
	struct sigaction reap = { .sa_handler = SIG_DFL }, saved;
	int status, err = 0;
	pid_t pid;

	/* Ignored, it would take the child's status away. The program inherits it as it was. */
	sigaction(SIGCHLD, &reap, &saved);
	pid = fork();
	if (!pid)
		filter_probe();
	if (pid < 0)
		err = -errno;
	while (!err && waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			err = -errno;
	}
	sigaction(SIGCHLD, &saved, NULL);
	return err ? err : WIFEXITED(status) && WEXITSTATUS(status);
}

int filter_trap(void)
{
	int found = filter_traps();

	/* A second one would do nothing but take time at every system call. */
	if (found)
		return found < 0 ? found : 0;
	return filter_enter(filter_trap_code, ARRAY_SIZE(filter_trap_code));
}
