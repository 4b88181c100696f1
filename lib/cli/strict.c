// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * altshm run --strict: a seccomp filter that answers ENOSYS to the kernel's own
 * shared memory calls, by every way that an x86 kernel offers.
 */
#include "cli.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define STRICT_X32_BIT		0x40000000

/* x86-64 and x32 */
#define STRICT_64_SHMGET	29
#define STRICT_64_SHMCTL	31
#define STRICT_64_SHMDT		67
/* i386; ipc(2) has the call in the low half of its first argument */
#define STRICT_32_IPC		117
#define STRICT_32_SHMGET	395
#define STRICT_32_SHMDT		398
#define STRICT_IPC_CALL		0xffff
#define STRICT_IPC_SHMAT	21
#define STRICT_IPC_SHMCTL	24

#define LOAD(field)	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define JEQ(k, yes, no)	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, k, yes, no)
#define JGE(k, yes, no)	BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, k, yes, no)
#define JGT(k, yes, no)	BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, k, yes, no)
#define AND(k)		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, k)
#define RET(k)		BPF_STMT(BPF_RET | BPF_K, k)

/* Jumps count the instructions left out; the comments number them. */
static const struct sock_filter strict_filter[] = {
	/*  0 */ LOAD(arch),
	/*  1 */ JEQ(AUDIT_ARCH_X86_64, 0, 5),
	/*  2 */ LOAD(nr),
	/*  3 */ AND(~STRICT_X32_BIT),
	/*  4 */ JEQ(STRICT_64_SHMDT, 12, 0),
	/*  5 */ JGE(STRICT_64_SHMGET, 0, 10),
	/*  6 */ JGT(STRICT_64_SHMCTL, 9, 10),
	/*  7 */ JEQ(AUDIT_ARCH_I386, 0, 8),
	/*  8 */ LOAD(nr),
	/*  9 */ JEQ(STRICT_32_IPC, 2, 0),
	/* 10 */ JGE(STRICT_32_SHMGET, 0, 5),
	/* 11 */ JGT(STRICT_32_SHMDT, 4, 5),
	/* 12 */ LOAD(args[0]),
	/* 13 */ AND(STRICT_IPC_CALL),
	/* 14 */ JGE(STRICT_IPC_SHMAT, 0, 1),
	/* 15 */ JGT(STRICT_IPC_SHMCTL, 0, 1),
	/* 16 */ RET(SECCOMP_RET_ALLOW),
	/* 17 */ RET(SECCOMP_RET_ERRNO | ENOSYS),
};

/*
 * Without CAP_SYS_ADMIN the kernel wants the promise never to gain rights. It
 * is not made without need, since it takes their power from setuid programs.
 */
int strict_enter(void)
{
	struct sock_fprog prog = {
		.len = ARRAY_SIZE(strict_filter),
		.filter = (struct sock_filter *)strict_filter,
	};

	if (!syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog))
		return 0;
	if (errno != EACCES)
		return -errno;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) ? -errno : 0;
}
