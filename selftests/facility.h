/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One table of calls for two facilities: libc's own, and the preload shim's.
 * With the latter native calls answer ENOSYS, so nothing can leak to them.
 */
#ifndef _ALTSHM_SELFTESTS_FACILITY_H
#define _ALTSHM_SELFTESTS_FACILITY_H

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What a call returned, or the error it gave as a negative number. */
#define rc(call)						\
({								\
	long rc_;						\
								\
	errno = 0;						\
	rc_ = (long)(call);					\
	rc_ == -1 ? (long)-errno : rc_;				\
})

struct shm_ops {
	int (*get)(key_t key, size_t size, int flags);
	void *(*at)(int id, const void *addr, int flags);
	int (*dt)(const void *addr);
	int (*ctl)(int id, int cmd, struct shmid_ds *buf);
};

static struct shm_ops shm;
static bool on_altshm;

/* Answers ENOSYS to the native calls, in this process and all it starts. */
static inline int block_native_shm(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_shmget, 4, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_shmat, 3, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_shmdt, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_shmctl, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
	};
	struct sock_fprog prog = { .len = sizeof(code) / sizeof(*code), .filter = code };

	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog);
}

/* The path of a file that was built beside the folder of this program. */
static inline const char *built_path(const char *name)
{
	static char path[PATH_MAX];
	char exe[PATH_MAX / 2];
	ssize_t len = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	exe[len < 0 ? 0 : len] = '\0';
	if (strrchr(exe, '/'))
		*strrchr(exe, '/') = '\0';
	snprintf(path, sizeof(path), "%s/../%s", exe, name);
	return path;
}

/* Points the table at the shim; returns what is missing, or NULL. */
static inline const char *use_shim(void)
{
	void *shim;

	on_altshm = true;
	if (access("/dev/altshm", R_OK | W_OK))
		return "no /dev/altshm: module not loaded";
	shim = dlopen(built_path("libaltshm-preload.so"), RTLD_NOW);
	if (!shim)
		return "libaltshm-preload.so not found beside the tests";
	*(void **)&shm.get = dlsym(shim, "shmget");
	*(void **)&shm.at = dlsym(shim, "shmat");
	*(void **)&shm.dt = dlsym(shim, "shmdt");
	*(void **)&shm.ctl = dlsym(shim, "shmctl");
	if (!shm.get || !shm.at || !shm.dt || !shm.ctl)
		return "libaltshm-preload.so lacks a call";
	return NULL;
}

static inline const char *use_altshm(void)
{
	const char *missing = use_shim();

	if (!missing && block_native_shm())
		missing = "no seccomp filters";
	return missing;
}

static inline void use_native(void)
{
	on_altshm = false;
	shm = (struct shm_ops) { shmget, shmat, shmdt, shmctl };
}

#endif /* _ALTSHM_SELFTESTS_FACILITY_H */
