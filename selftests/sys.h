/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests read and change of the system, and how they wait: sysctls
 * (put back afterwards), /proc figures, children, the clock.
 */
#ifndef _ALTSHM_SELFTESTS_SYS_H
#define _ALTSHM_SELFTESTS_SYS_H

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>

#include "cred.h"

#define SHMMAX		"/proc/sys/kernel/shmmax"
#define SHMALL		"/proc/sys/kernel/shmall"
#define SHMMNI		"/proc/sys/kernel/shmmni"
#define SHM_NEXT_ID	"/proc/sys/kernel/shm_next_id"
#define SHM_RMID_FORCED	"/proc/sys/kernel/shm_rmid_forced"
#define FILE_MAX	"/proc/sys/fs/file-max"
#define MEMINFO		"/proc/meminfo"
#define OVERCOMMIT	"/proc/sys/vm/overcommit_memory"

/* The first line of a file, without its end; "" if it can't be read. */
static inline const char *read_line(const char *path)
{
	static char line[256];
	FILE *file = fopen(path, "re");

	line[0] = '\0';
	if (file) {
		if (fgets(line, sizeof(line), file))
			line[strcspn(line, "\n")] = '\0';
		fclose(file);
	}
	return line;
}

static inline unsigned long read_ul(const char *path)
{
	return strtoul(read_line(path), NULL, 10);
}

static inline long read_long(const char *path)
{
	return strtol(read_line(path), NULL, 10);
}

struct saved_sysctl {
	const char *path;
	char value[64];
};

static struct saved_sysctl saved_sysctls[16];
static unsigned int saved_count;

static inline int write_ul(const char *path, unsigned long value)
{
	char text[32];

	snprintf(text, sizeof(text), "%lu", value);
	return write_file(path, text);
}

/* Change a system-wide value until sysctl_restore(). */
static inline int sysctl_set(const char *path, unsigned long value)
{
	struct saved_sysctl *saved = &saved_sysctls[saved_count];

	if (saved_count == sizeof(saved_sysctls) / sizeof(*saved_sysctls))
		return -ENOSPC;
	snprintf(saved->value, sizeof(saved->value), "%.63s", read_line(path));
	saved->path = path;
	saved_count++;
	return write_ul(path, value);
}

static inline void sysctl_restore(void)
{
	while (saved_count) {
		saved_count--;
		write_file(saved_sysctls[saved_count].path,
			   saved_sysctls[saved_count].value);
	}
}

/* The number after "name:" in a file such as /proc/meminfo, else -1. */
static inline long field_of(const char *path, const char *name)
{
	FILE *file = fopen(path, "re");
	size_t len = strlen(name);
	char line[512];
	long value = -1;

	if (!file)
		return -1;
	while (value < 0 && fgets(line, sizeof(line), file))
		if (!strncmp(line, name, len) && line[len] == ':')
			value = strtol(line + len + 1, NULL, 10);
	fclose(file);
	return value;
}

static inline long meminfo(const char *name)
{
	return field_of(MEMINFO, name);
}

/* The line of /proc/self/maps whose mapping holds the address, or "". */
static inline const char *maps_line(const void *addr)
{
	static char line[512];
	FILE *file = fopen("/proc/self/maps", "re");
	unsigned long from, to;
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file))
		found = sscanf(line, "%lx-%lx", &from, &to) == 2 &&
			(unsigned long)addr >= from && (unsigned long)addr < to;
	if (file)
		fclose(file);
	if (!found)
		line[0] = '\0';
	line[strcspn(line, "\n")] = '\0';
	return line;
}

/* "rw-s" and the like. */
static inline const char *maps_prot(const void *addr)
{
	static char prot[8];

	prot[0] = '\0';
	sscanf(maps_line(addr), "%*s %7s", prot);
	return prot;
}

static inline size_t maps_length(const void *addr)
{
	unsigned long from = 0, to = 0;

	sscanf(maps_line(addr), "%lx-%lx", &from, &to);
	return to - from;
}

/* Whether the running kernel is at least this version. */
static inline bool kernel_is(int major, int minor)
{
	struct utsname name;
	int has_major = 0, has_minor = 0;

	uname(&name);
	sscanf(name.release, "%d.%d", &has_major, &has_minor);
	return has_major > major ||
	       (has_major == major && has_minor >= minor);
}

/* Poll until the second turns, for timestamps that have no finer one. */
static inline time_t next_second(void)
{
	struct timespec pause = { .tv_nsec = 5000000 };
	time_t start = time(NULL), now;

	while ((now = time(NULL)) == start)
		nanosleep(&pause, NULL);
	return now;
}

/* Whether a stamp was set between "since" and now; clocks turn unevenly. */
static inline bool is_recent(time_t stamp, time_t since)
{
	return stamp >= since && stamp <= time(NULL) + 1;
}

static inline void no_core(void)
{
	struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	signal(SIGABRT, SIG_DFL);
}

static inline int set_limit(int resource, rlim_t value)
{
	struct rlimit limit = { value, value };

	return setrlimit(resource, &limit) ? -errno : 0;
}

/* Exit status of a child, or 1000 + the signal that ended it. */
static inline int wait_exit(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) :
				   1000 + WTERMSIG(status);
}

static inline int wait_signal(pid_t pid)
{
	int status = wait_exit(pid);

	return status > 1000 ? status - 1000 : 0;
}

#define CHILD_OK	1
#define CHILD_FAILED	2

/* 0 in a new child; in the parent how it ended, once it has. */
static inline int child_run(void)
{
	pid_t pid = fork();

	if (pid < 0)
		return CHILD_FAILED;
	if (!pid)
		return 0;
	return wait_exit(pid) ? CHILD_FAILED : CHILD_OK;
}

/* A pair of pipes by which parent and child take turns. */
struct turns {
	int to_child[2];
	int to_parent[2];
};

static inline int turns_init(struct turns *turns)
{
	return pipe(turns->to_child) || pipe(turns->to_parent) ? -errno : 0;
}

static inline int turn_give(int fd)
{
	return write(fd, "\n", 1) == 1 ? 0 : -EPIPE;
}

static inline int turn_take(int fd)
{
	char byte;

	return read(fd, &byte, 1) == 1 ? 0 : -EPIPE;
}

/* In the child: say "ready" to the parent, and wait for its "go on". */
static inline int child_pause(struct turns *turns)
{
	return turn_give(turns->to_parent[1]) ?: turn_take(turns->to_child[0]);
}

static inline int wait_for_child(struct turns *turns)
{
	return turn_take(turns->to_parent[0]);
}

static inline int let_child_go_on(struct turns *turns)
{
	return turn_give(turns->to_child[1]);
}

/* In the child: become a program that says "ready" and waits for its turn. */
static inline void exec_waiter(struct turns *turns)
{
	dup2(turns->to_child[0], STDIN_FILENO);
	dup2(turns->to_parent[1], STDOUT_FILENO);
	execlp("sh", "sh", "-c", "echo; read -r go; exit 0", NULL);
	_exit(1);
}

#endif /* _ALTSHM_SELFTESTS_SYS_H */
