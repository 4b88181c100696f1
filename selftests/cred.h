/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who the caller is: users, groups, single capabilities, user namespaces.
 * All of these are one-way, so tests call them in a child.
 */
#ifndef _ALTSHM_SELFTESTS_CRED_H
#define _ALTSHM_SELFTESTS_CRED_H

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define USER_A	1001
#define USER_B	1002
#define USER_C	1003
#define GROUP_G	2001
#define GROUP_H	2002

/* Become a plain user; dumpable again, so that /proc/self stays usable. */
static inline int become_in(uid_t uid, gid_t gid, size_t n, const gid_t *groups)
{
	if (setgroups(n, groups) || setresgid(gid, gid, gid) ||
	    setresuid(uid, uid, uid))
		return -errno;
	return prctl(PR_SET_DUMPABLE, 1) ? -errno : 0;
}

static inline int become(uid_t uid, gid_t gid)
{
	return become_in(uid, gid, 0, NULL);
}

/* Keep just the capabilities whose bits are set. */
static inline int keep_caps(uint64_t caps)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2] = {
		{ .effective = (uint32_t)caps, .permitted = (uint32_t)caps },
		{ .effective = caps >> 32, .permitted = caps >> 32 },
	};

	return syscall(SYS_capset, &head, data) ? -errno : 0;
}

/* A plain user with one capability. */
static inline int become_with_cap(uid_t uid, gid_t gid, int cap)
{
	if (prctl(PR_SET_KEEPCAPS, 1))
		return -errno;
	return become(uid, gid) ?: keep_caps(1ULL << cap);
}

static inline int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int error = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		error = -errno;
	close(fd);
	return error;
}

/*
 * Enter a new user namespace, with other new ones as flags tell, as its root:
 * only the caller's own user and group have a mapping there.
 */
static inline int enter_userns(int flags)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	char map[64];
	int error;

	if (unshare(CLONE_NEWUSER | flags))
		return -errno;
	error = write_file("/proc/self/setgroups", "deny");
	if (error)
		return error;
	snprintf(map, sizeof(map), "0 %u 1", uid);
	error = write_file("/proc/self/uid_map", map);
	if (error)
		return error;
	snprintf(map, sizeof(map), "0 %u 1", gid);
	return write_file("/proc/self/gid_map", map);
}

#endif /* _ALTSHM_SELFTESTS_CRED_H */
