// SPDX-License-Identifier: GPL-2.0-only
/*
 * Callers without rights, and callers who take all they can get: every operation
 * by every kind of caller, and who pays for, and who suffers from, too much.
 */
#include <sys/stat.h>

#include "both.h"

BOTH_FIXTURE(hostile_users);

/* Kinds of callers; the segment is of USER_A, made by root with GROUP_H. */
struct caller {
	const char *name;
	uid_t uid;
	gid_t gid;
	int cap;	/* that a plain user keeps, or -1 */
	int unshare;	/* namespaces entered as their root, with or without USER's */
};

static const struct caller callers[] = {
	{ "owner", USER_A, GROUP_G, -1, 0 },
	{ "group", USER_B, GROUP_G, -1, 0 },
	{ "creator's group", USER_B, GROUP_H, -1, 0 },
	{ "other", USER_C, USER_C, -1, 0 },
	{ "other with CAP_IPC_OWNER", USER_C, USER_C, CAP_IPC_OWNER, 0 },
	{ "other with CAP_SYS_ADMIN", USER_C, USER_C, CAP_SYS_ADMIN, 0 },
	{ "other with CAP_IPC_LOCK", USER_C, USER_C, CAP_IPC_LOCK, 0 },
	{ "other as root of a user namespace", USER_C, USER_C, -1, CLONE_NEWUSER },
	{ "owner as root of a user namespace", USER_A, GROUP_G, -1, CLONE_NEWUSER },
	{ "owner in an IPC namespace of its own", USER_A, GROUP_G, -1,
	  CLONE_NEWUSER | CLONE_NEWIPC },
};

static int be(const struct caller *caller)
{
	int error = caller->cap < 0 ? become(caller->uid, caller->gid) :
				      become_with_cap(caller->uid, caller->gid, caller->cap);

	if (!error && caller->unshare)
		error = enter_userns(caller->unshare & ~CLONE_NEWUSER);
	return error;
}

static long op_get(int id)
{
	return rc(shm.get(KEY, 0, 0600));
}

static long op_get_more(int id)
{
	return rc(shm.get(KEY, 2 * PAGE, 0));
}

static long attach_and_detach(int id, int flags)
{
	void *mem = shm.at(id, NULL, flags);

	return has_failed(mem) ? -errno : rc(shm.dt(mem));
}

static long op_attach(int id)
{
	return attach_and_detach(id, 0);
}

static long op_attach_readonly(int id)
{
	return attach_and_detach(id, SHM_RDONLY);
}

static long op_attach_exec(int id)
{
	return attach_and_detach(id, SHM_RDONLY | SHM_EXEC);
}

static long op_stat(int id)
{
	return rc(shm.ctl(id, IPC_STAT, &(struct shmid_ds){}));
}

static long op_stat_index(int id)
{
	return rc(shm.ctl(id % 32768, SHM_STAT, &(struct shmid_ds){}));
}

static long op_stat_any(int id)
{
	return rc(shm.ctl(id % 32768, SHM_STAT_ANY, &(struct shmid_ds){}));
}

static long op_lock(int id)
{
	return rc(shm.ctl(id, SHM_LOCK, NULL));
}

static long op_unlock(int id)
{
	return rc(shm.ctl(id, SHM_UNLOCK, NULL));
}

static long op_set(int id)
{
	return set_perm(id, geteuid(), getegid(), 0777);
}

static long op_remove(int id)
{
	return rc(shm.ctl(id, IPC_RMID, NULL));
}

static long (*const ops[])(int id) = {
	op_get, op_get_more, op_attach, op_attach_readonly, op_attach_exec, op_stat,
	op_stat_index, op_stat_any, op_lock, op_unlock, op_set, op_remove,
};

/* In a child, so that the next caller starts as root again. */
static void ask_caller(const struct caller *caller, int mode)
{
	int id = rc(shm.get(KEY, PAGE, IPC_CREAT | IPC_EXCL | 0600));
	pid_t pid;

	if (id < 0 || set_perm(id, USER_A, GROUP_G, mode))
		_exit(1);
	pid = fork();
	if (!pid) {
		if (be(caller))
			_exit(1);
		for (size_t i = 0; i < ARRAY_SIZE(ops); i++)
			answer_error(ops[i](id));
		_exit(0);
	}
	if (pid < 0 || wait_exit(pid))
		_exit(1);
	/* Is it there still? */
	answer(set_perm(id, 0, 0, 0600));
	shm.ctl(id, IPC_RMID, NULL);
}

static void ask_rights(void)
{
	const int modes[] = { 0600, 0060, 0006, 0444, 0222, 0111, 0777, 0 };

	if (setresgid(-1, GROUP_H, -1))
		_exit(1);
	for (size_t i = 0; i < ARRAY_SIZE(callers); i++)
		for (size_t k = 0; k < ARRAY_SIZE(modes); k++)
			ask_caller(&callers[i], modes[k]);
}

TEST_F(hostile_users, every_operation_by_every_caller_is_as_native)
{
	EXPECT_SAME_ANSWERS(ask_rights);
}

/* One user takes all identifiers, or all pages, of a namespace of its own. */
static void ask_exhaustion(void)
{
	int mine = new_segment(0600);
	pid_t pid = fork();

	if (!pid) {
		int made = 0;

		if (become(USER_C, USER_C) || enter_userns(CLONE_NEWIPC) ||
		    write_ul(SHMMNI, 100) || write_ul(SHMALL, 50))
			_exit(1);
		while (new_segment(0600) >= 0)
			made++;
		answer(made);
		answer_error(new_segment(0600));
		answer(write_ul(SHMALL, 1UL << 40));
		while (new_segment(0600) >= 0)
			made++;
		answer(made);
		answer_error(new_segment(0600));
		answer(shm_info().used_ids);
		/* Not from here: the limits are this namespace's, the segments too. */
		answer_error(rc(shm.ctl(mine, IPC_RMID, NULL)));
		_exit(0);
	}
	answer(wait_exit(pid));
	answer_error(new_segment(0600));
	answer(shm_info().used_ids);
	answer(shm_info().shm_tot);
}

TEST_F(hostile_users, exhaustion_stays_in_its_namespace)
{
	EXPECT_SAME_ANSWERS(ask_exhaustion);
}

#define GROUP_DIR "/sys/fs/cgroup/hostile"
#define CHARGED 400
/* A segment is a structure, an inode, a name and a file. */
#define LEAST_BYTES 1000

static bool make_group(void)
{
	write_file("/sys/fs/cgroup/cgroup.subtree_control", "+memory");
	if (!mkdir(GROUP_DIR, 0755) && !access(GROUP_DIR "/memory.current", R_OK))
		return true;
	rmdir(GROUP_DIR);
	return false;
}

/* Kernel memory of what nobody attached is paid for too: a limit on the group is one on it. */
TEST_F(hostile_users, segments_are_charged_to_the_creators_group)
{
	unsigned long before, after;
	char pid[16];

	SETUP_ALTSHM();
	if (!make_group())
		SKIP(return, "no memory controller");
	snprintf(pid, sizeof(pid), "%d", getpid());
	ASSERT_EQ(0, write_file(GROUP_DIR "/cgroup.procs", pid));
	before = read_ul(GROUP_DIR "/memory.current");
	for (int i = 0; i < CHARGED; i++)
		ASSERT_LE(0, new_segment(0600 | SHM_NORESERVE));
	after = read_ul(GROUP_DIR "/memory.current");
	EXPECT_LT(before + CHARGED * LEAST_BYTES, after);
	remove_all();
	ASSERT_EQ(0, write_file("/sys/fs/cgroup/cgroup.procs", pid));
	/* What is left of it is uncharged later; the group stays as long. */
	rmdir(GROUP_DIR);
}

#define GROUP_BYTES	(8UL << 20)
#define HOG_BYTES	(4 * GROUP_BYTES)
#define PRINTK		"/proc/sys/kernel/printk"
#define LEVEL_ERRORS	4

/* As a plain user in the group, which then has so much memory and no more. */
static void enter_group(void)
{
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", getpid());
	write_file(GROUP_DIR "/memory.swap.max", "0");
	if (write_ul(GROUP_DIR "/memory.max", GROUP_BYTES) ||
	    write_file(GROUP_DIR "/cgroup.procs", pid) || become(USER_A, GROUP_G))
		_exit(1);
}

static void touch_too_much(void)
{
	char *mem = shm.at(shm.get(KEY, HOG_BYTES, IPC_CREAT | 0600), NULL, 0);

	memset(mem, 1, HOG_BYTES);
}

static void make_too_many(void)
{
	while (new_segment(0600 | SHM_NORESERVE) >= 0)
		;
}

/* The group's own are killed; what they made stays, and is charged to it, until removed. */
static void ask_out_of_memory(void)
{
	static void (*const hogs[])(void) = { touch_too_much, make_too_many };
	int mine = new_sized(HOG_BYTES, 0600);
	char *mem = shm.at(mine, NULL, 0);

	if (write_ul(SHMMNI, 32768))
		_exit(1);
	for (size_t i = 0; i < ARRAY_SIZE(hogs); i++) {
		pid_t pid = fork();
		struct shmid_ds ds;

		if (!pid) {
			enter_group();
			hogs[i]();
			_exit(0);
		}
		if (wait_signal(pid) != SIGKILL)
			_exit(1);
		memset(mem, 2, HOG_BYTES);
		answer_error(new_segment(0600));
		if (!i) {
			int id = shm.get(KEY, 0, 0);

			answer(shm.ctl(id, IPC_STAT, &ds) ? -errno : (long)ds.shm_nattch);
			answer(ds.shm_segsz);
			answer(rc(shm.ctl(id, IPC_RMID, NULL)));
		}
	}
	answer(rc(shm.dt(mem)));
}

TEST_F(hostile_users, a_group_without_memory_is_alone_with_that)
{
	if (!make_group())
		SKIP(return, "no memory controller");
	/* The kernel tells of each kill with a trace, which is no fault here. */
	ASSERT_EQ(0, sysctl_set(PRINTK, LEVEL_ERRORS));
	EXPECT_SAME_ANSWERS(ask_out_of_memory);
	rmdir(GROUP_DIR);
}

TEST_HARNESS_MAIN
