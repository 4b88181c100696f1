// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A program under --trap may handle, ignore or block SIGSYS as well. The kernel
 * ends a process whose SIGSYS is blocked when a filter sends one, so the names
 * by which programs set dispositions and masks are replaced here: SIGSYS stays
 * out of masks, and its disposition is recorded instead of set.
 */
#include "sigsys.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "export.h"

/* Of the kernel's signal set, which is the head of glibc's. */
#define SIGSYS_SET_SIZE	8

#define SIGSYS_BIT(sig)	(1ULL << ((sig) - 1))

/* glibc's own signals, which it keeps out of masks as well. */
#define SIGSYS_LIBC	(SIGSYS_BIT(32) | SIGSYS_BIT(33))

/* glibc's other name for it; the replaced one is what programs find here. */
int __sigaction(int sig, const struct sigaction *act, struct sigaction *old);

/*
 * The program's disposition. Its parts are read and written without a lock,
 * which a signal or a fork could find held; a handler called with the flags of
 * another does no harm, because every handler may be called with three arguments.
 */
static struct {
	_Atomic uintptr_t handler;
	atomic_int flags;
	atomic_ullong mask;
} sigsys_program;

static void sigsys_record(const struct sigaction *act)
{
	unsigned long long mask;

	memcpy(&mask, &act->sa_mask, SIGSYS_SET_SIZE);
	atomic_store(&sigsys_program.mask, mask);
	atomic_store(&sigsys_program.flags, act->sa_flags);
	atomic_store(&sigsys_program.handler, (uintptr_t)act->sa_sigaction);
}

static void sigsys_recorded(struct sigaction *act)
{
	unsigned long long mask = atomic_load(&sigsys_program.mask);

	memset(act, 0, sizeof(*act));
	memcpy(&act->sa_mask, &mask, SIGSYS_SET_SIZE);
	act->sa_flags = atomic_load(&sigsys_program.flags);
	act->sa_sigaction = (void *)atomic_load(&sigsys_program.handler);
}

/* Without errno; @how as for sigprocmask(2). Return: 0 or an error number. */
static int sigsys_set_mask(int how, const sigset_t *set, sigset_t *old)
{
	int saved = errno, err = 0;
	unsigned long long mask;

	if (set) {
		memcpy(&mask, set, SIGSYS_SET_SIZE);
		mask &= ~SIGSYS_LIBC;
		if (how != SIG_UNBLOCK)
			mask &= ~SIGSYS_BIT(SIGSYS);
	}
	if (syscall(SYS_rt_sigprocmask, how, set ? &mask : NULL, old, SIGSYS_SET_SIZE))
		err = errno;
	errno = saved;
	return err;
}

int sigsys_take(void (*handler)(int sig, siginfo_t *info, void *context))
{
	struct sigaction act = { .sa_sigaction = handler }, old;
	uintptr_t none = (uintptr_t)SIG_DFL;
	sigset_t just;

	/* SA_ONSTACK: a thread's stack may be small, as those of Go are. */
	act.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER | SA_RESTART;
	sigfillset(&act.sa_mask);
	sigdelset(&act.sa_mask, SIGSYS);
	sigdelset(&act.sa_mask, SIGSEGV);
	sigdelset(&act.sa_mask, SIGBUS);
	if (__sigaction(SIGSYS, &act, &old))
		return -1;
	/* As a program inherits it, unless a library's constructor was faster. */
	if (old.sa_handler == SIG_IGN)
		atomic_compare_exchange_strong(&sigsys_program.handler, &none, (uintptr_t)SIG_IGN);
	sigemptyset(&just);
	sigaddset(&just, SIGSYS);
	return sigsys_set_mask(SIG_UNBLOCK, &just, NULL) ? -1 : 0;
}

/* As if the shim's handler had not been there, down to what a core file tells. */
static void sigsys_die(siginfo_t *info)
{
	struct sigaction act = { .sa_handler = SIG_DFL }, ours;

	__sigaction(SIGSYS, &act, &ours);
	syscall(SYS_rt_tgsigqueueinfo, getpid(), syscall(SYS_gettid), SIGSYS, info);
	/* The first process of a PID namespace outlives it. */
	__sigaction(SIGSYS, &ours, NULL);
}

void sigsys_deliver(int sig, siginfo_t *info, void *context)
{
	const ucontext_t *uc = context;
	struct sigaction act;
	sigset_t mask;

	sigsys_recorded(&act);
	/* What the kernel sends itself can't be ignored. */
	if (act.sa_handler == SIG_IGN && info->si_code <= 0)
		return;
	if (act.sa_handler == SIG_IGN || act.sa_handler == SIG_DFL) {
		sigsys_die(info);
		return;
	}
	if (act.sa_flags & (int)SA_RESETHAND)
		atomic_store(&sigsys_program.handler, (uintptr_t)SIG_DFL);
	memcpy(&mask, &uc->uc_sigmask, SIGSYS_SET_SIZE);
	sigsys_set_mask(SIG_SETMASK, &mask, NULL);
	sigsys_set_mask(SIG_BLOCK, &act.sa_mask, NULL);
	act.sa_sigaction(sig, info, context);
}

SHIM_EXPORT int sigaction(int sig, const struct sigaction *act, struct sigaction *old)
{
	struct sigaction want, was;

	if (sig != SIGSYS) {
		if (act) {
			want = *act;
			sigdelset(&want.sa_mask, SIGSYS);
			act = &want;
		}
		return __sigaction(sig, act, old);
	}
	/* Both may be one structure. */
	sigsys_recorded(&was);
	if (act)
		sigsys_record(act);
	if (old)
		*old = was;
	return 0;
}

static sighandler_t sigsys_signal(sighandler_t handler, int flags)
{
	struct sigaction act = { .sa_handler = handler, .sa_flags = flags }, old;

	if (handler == SIG_ERR) {
		errno = EINVAL;
		return SIG_ERR;
	}
	sigaction(SIGSYS, &act, &old);
	return old.sa_handler;
}

SHIM_EXPORT sighandler_t signal(int sig, sighandler_t handler)
{
	if (sig == SIGSYS)
		return sigsys_signal(handler, SA_RESTART);
	return ssignal(sig, handler);
}

/* What signal is to programs of strict POSIX. */
SHIM_EXPORT sighandler_t __sysv_signal(int sig, sighandler_t handler)
{
	if (sig == SIGSYS)
		return sigsys_signal(handler, (int)SA_RESETHAND | SA_NODEFER);
	return sysv_signal(sig, handler);
}

SHIM_EXPORT int sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
	int err = sigsys_set_mask(how, set, old);

	if (!err)
		return 0;
	errno = err;
	return -1;
}

#ifdef __i386__
#define SIGSYS_OLD_VERSION	"GLIBC_2.0"
#else
#define SIGSYS_OLD_VERSION	"GLIBC_2.2.5"
#endif

int pthread_sigmask_current(int how, const sigset_t *set, sigset_t *old);
int pthread_sigmask_old(int how, const sigset_t *set, sigset_t *old);

SHIM_EXPORT_AS("pthread_sigmask@@GLIBC_2.32")
int pthread_sigmask_current(int how, const sigset_t *set, sigset_t *old)
{
	return sigsys_set_mask(how, set, old);
}

/* For programs from before it moved from libpthread to libc. */
SHIM_EXPORT_AS("pthread_sigmask@" SIGSYS_OLD_VERSION)
int pthread_sigmask_old(int how, const sigset_t *set, sigset_t *old)
{
	return sigsys_set_mask(how, set, old);
}
