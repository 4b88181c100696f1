// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Shared memory calls that reached the kernel past the shim's names, by
 * syscall(2), from assembler or from a library that looks its names up in the C
 * library first: the filter of "altshm run --trap" turns them into a SIGSYS,
 * whose handler makes the call and puts the result where the program expects it.
 */
#include <errno.h>
#include <linux/audit.h>
#include <signal.h>
#include <sys/syscall.h>
#include <ucontext.h>

#include "call.h"
#include "sigsys.h"
#include "trap.h"
#include "usercopy.h"

/* si_code of a SIGSYS from a filter; <signal.h> lacks the name. */
#define TRAP_SECCOMP	1

#if defined(__x86_64__)

#define TRAP_ARCH	AUDIT_ARCH_X86_64
#define TRAP_RESULT	REG_RAX
#define TRAP_X32_BIT	0x40000000

static long trap_call(int nr, const greg_t *regs)
{
	greg_t a = regs[REG_RDI], b = regs[REG_RSI], c = regs[REG_RDX];

	/* The four are the same calls with the same structures in x32. */
	switch (nr & ~TRAP_X32_BIT) {
	case SYS_shmget:
		return call_get(a, b, c);
	case SYS_shmat:
		return call_at(a, (void *)b, c);
	case SYS_shmdt:
		return call_dt((void *)a);
	case SYS_shmctl:
		return call_ctl(a, b, (void *)c);
	default:
		return -ENOSYS;
	}
}

#elif defined(__i386__)

#define TRAP_ARCH	AUDIT_ARCH_I386
#define TRAP_RESULT	REG_EAX

/* ipc(2): the call, and above it how arguments are given to it */
#define TRAP_IPC_CALL	0xffff
#define TRAP_IPC_SHMAT	21
#define TRAP_IPC_SHMDT	22
#define TRAP_IPC_SHMGET	23
#define TRAP_IPC_SHMCTL	24
#define TRAP_IPC_IBCS	1

/* A segment stays attached when its address can't be stored, as natively. */
static long trap_ipc_at(unsigned int version, int shmid, const void *addr, int shmflg, void *out)
{
	long ret;

	if (version == TRAP_IPC_IBCS)
		return -EINVAL;
	ret = call_at(shmid, addr, shmflg);
	if (ret < 0 && ret >= -4095)
		return ret;
	return usercopy_out(out, &ret, sizeof(ret));
}

static long trap_ipc(unsigned int call, const greg_t *regs)
{
	greg_t first = regs[REG_ECX], second = regs[REG_EDX], third = regs[REG_ESI];
	void *ptr = (void *)regs[REG_EDI];

	switch (call & TRAP_IPC_CALL) {
	case TRAP_IPC_SHMAT:
		return trap_ipc_at(call >> 16, first, ptr, second, (void *)third);
	case TRAP_IPC_SHMDT:
		return call_dt(ptr);
	case TRAP_IPC_SHMGET:
		return call_get(first, second, third);
	case TRAP_IPC_SHMCTL:
		return call_ctl_ipc(first, second, ptr);
	default:
		return -ENOSYS;
	}
}

static long trap_call(int nr, const greg_t *regs)
{
	greg_t a = regs[REG_EBX], b = regs[REG_ECX], c = regs[REG_EDX];

	switch (nr) {
	case SYS_ipc:
		return trap_ipc(a, regs);
	case SYS_shmget:
		return call_get(a, b, c);
	case SYS_shmat:
		return call_at(a, (void *)b, c);
	case SYS_shmdt:
		return call_dt((void *)a);
	case SYS_shmctl:
		return call_ctl(a, b, (void *)c);
	default:
		return -ENOSYS;
	}
}

#endif

/*
 * A call in another ABI than the program's, such as int $0x80 in a 64-bit one,
 * wants structures and addresses that this shim does not give.
 */
static void trap_handler(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;
	int saved = errno;
	long ret = -ENOSYS;

	if (info->si_code != TRAP_SECCOMP || info->si_errno != TRAP_DATA) {
		sigsys_deliver(sig, info, context);
		return;
	}
	if (info->si_arch == TRAP_ARCH)
		ret = trap_call(info->si_syscall, uc->uc_mcontext.gregs);
	uc->uc_mcontext.gregs[TRAP_RESULT] = ret;
	errno = saved;
}

__attribute__((constructor)) static void trap_init(void)
{
	sigsys_take(trap_handler);
}
