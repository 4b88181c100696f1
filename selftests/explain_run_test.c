// SPDX-License-Identifier: GPL-2.0-only
/*
 * altshm run --explain: the line of each failed call, to the letter, what
 * becomes of it, and that nothing else changes. Calls are made by this program
 * itself, run with --call or --syscall; it exits with the error.
 */
#include <sys/stat.h>

#include "command.h"
#include "shim.h"

FIXTURE(line) {
	char out[4096];
};

FIXTURE_VARIANT(line) {
	const char *run;
};

FIXTURE_VARIANT_ADD(line, preload) {
	.run = "$altshm run --strict --explain $self --call",
};

FIXTURE_VARIANT_ADD(line, trap) {
	.run = "$altshm run --strict --trap --explain $self --syscall",
};

FIXTURE_SETUP(line)
{
	SETUP_IPC_NAMESPACE();
	SETUP_DEVICE();
	ASSERT_EQ(0, load_shim());
}

FIXTURE_TEARDOWN(line)
{
	remove_all();
	sysctl_restore();
}

#define NO_PID " 2>&1; echo \"= $?\"; } | sed -E 's/\\[[0-9]+\\]/[]/'"

/* What the call prints, without process numbers, and the error it gives. */
#define EXPECT_PRINTS(err, line, command) do {				\
	char command_[1024], wanted_[1024];				\
									\
	snprintf(command_, sizeof(command_), "{ { %s; }" NO_PID, command);	\
	snprintf(wanted_, sizeof(wanted_), "%s= %d\n", line, err);	\
	EXPECT_EQ(0, SH(command_));					\
	EXPECT_STREQ(wanted_, self->out);				\
} while (0)

#define EXPECT_LINE(err, line, call) do {				\
	char call_[512];						\
									\
	snprintf(call_, sizeof(call_), "%s %s", variant->run, call);	\
	EXPECT_PRINTS(err, "altshm: explain_run_test[]: " line "\n", call_); \
} while (0)

TEST_F(line, keys_and_sizes)
{
	EXPECT_LINE(ENOENT, "shmget(0x4d2, 4096, 0600) = -1 ENOENT (No such file or directory): "
		    "rule no-such-key: no segment of this IPC namespace has the key 0x4d2; "
		    "IPC_CREAT would create one; is its maker on altshm too?",
		    "get 0x4d2 4096 0600");
	EXPECT_LINE(EINVAL, "shmget(IPC_PRIVATE, 0, 0600) = -1 EINVAL (Invalid argument): "
		    "rule size-zero: a new segment needs at least 1 byte",
		    "get 0 0 0600");
	ASSERT_EQ(0, rc(shm.get(0x4d2, 100, IPC_CREAT | 0600)));
	EXPECT_LINE(EEXIST, "shmget(0x4d2, 100, IPC_CREAT|IPC_EXCL|0600) = -1 EEXIST "
		    "(File exists): rule key-exists: segment 0 has the key 0x4d2; "
		    "with IPC_EXCL it has to be new; altshm ls shows whose it is",
		    "get 0x4d2 100 03600");
	EXPECT_LINE(EINVAL, "shmget(0x4d2, 101, 0600) = -1 EINVAL (Invalid argument): "
		    "rule size-above-existing: the segment has 100 bytes, and 101 are asked for",
		    "get 0x4d2 101 0600");
}

TEST_F(line, limits)
{
	ASSERT_EQ(0, write_ul(SHMMAX, 100));
	ASSERT_EQ(0, write_ul(SHMMNI, 1));
	ASSERT_EQ(0, write_ul(SHMALL, 2));
	EXPECT_LINE(EINVAL, "shmget(0x4d2, 101, IPC_CREAT|0600) = -1 EINVAL (Invalid argument): "
		    "limit shmmax is 100 bytes (kernel.shmmax), and 101 are asked for; "
		    "raise it: sysctl kernel.shmmax or altshm limits --shmmax",
		    "get 0x4d2 101 01600");
	ASSERT_EQ(0, write_ul(SHMMAX, 100000));
	EXPECT_LINE(ENOSPC, "shmget(0x4d2, 8193, IPC_CREAT|0600) = -1 ENOSPC "
		    "(No space left on device): limit shmall is 2 pages (kernel.shmall), "
		    "and with this segment there would be 3; raise it: sysctl kernel.shmall or "
		    "altshm limits --shmall; or remove segments that nobody uses: altshm ls",
		    "get 0x4d2 8193 01600");
	ASSERT_EQ(0, new_segment(0600));
	EXPECT_LINE(ENOSPC, "shmget(0x4d2, 1, IPC_CREAT|IPC_EXCL|0600) = -1 ENOSPC "
		    "(No space left on device): limit shmmni is 1 (kernel.shmmni), and 1 segments "
		    "exist; raise it: sysctl kernel.shmmni or altshm limits --shmmni; "
		    "or remove segments that nobody uses: altshm ls",
		    "get 0x4d2 1 03600");
	ASSERT_EQ(0, SH("$altshm limits --shmmni 1"));
	EXPECT_LINE(ENOSPC, "shmget(0x4d2, 1, IPC_CREAT|IPC_EXCL|0600) = -1 ENOSPC "
		    "(No space left on device): limit shmmni is 1 (altshm limits), and 1 segments "
		    "exist; raise it: altshm limits --shmmni; "
		    "or remove segments that nobody uses: altshm ls",
		    "get 0x4d2 1 03600");
}

TEST_F(line, attaches)
{
	ASSERT_EQ(0, new_segment(0640));
	EXPECT_LINE(EINVAL, "shmat(7, NULL, 0) = -1 EINVAL (Invalid argument): "
		    "rule no-such-id: no segment of this IPC namespace has the identifier 7",
		    "at 7 0 0");
	EXPECT_LINE(EINVAL, "shmat(0, 0x1001, SHM_RDONLY) = -1 EINVAL (Invalid argument): "
		    "rule bad-address: 0x1001 is not a multiple of 4096; SHM_RND would round it",
		    "at 0 0x1001 010000");
	EXPECT_LINE(EINVAL, "shmat(0, NULL, SHM_REMAP) = -1 EINVAL (Invalid argument): "
		    "rule bad-address: SHM_REMAP needs an address",
		    "at 0 0 040000");
	EXPECT_LINE(ENOMEM, "shmat(0, 0x7ffffffff000, SHM_RND) = -1 ENOMEM "
		    "(Cannot allocate memory): rule bad-address: 0x7ffffffff000 is above 0x7fffffffe000, the highest that "
		    "is possible", "at 0 0x7ffffffff000 020000");
	EXPECT_LINE(EINVAL, "shmdt(0x1000) = -1 EINVAL (Invalid argument): "
		    "rule not-attached: no segment is attached at 0x1000", "dt 0x1000");
	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		EXPECT_LINE(EACCES, "shmat(0, NULL, 0) = -1 EACCES (Permission denied): "
			    "rule mode: rw- is asked for, and the segment's mode grants this user "
			    "---; its owner can change the mode", "at 0 0 0");
	}
}

TEST_F(line, commands)
{
	ASSERT_EQ(0, new_segment(0640));
	EXPECT_LINE(EINVAL, "shmctl(-3, IPC_RMID, NULL) = -1 EINVAL (Invalid argument): "
		    "rule no-such-id: no segment of this IPC namespace has the identifier -3",
		    "ctl -3 0 0");
	EXPECT_LINE(EINVAL, "shmctl(0, 99, NULL) = -1 EINVAL (Invalid argument): "
		    "rule no-such-command: there is no command 99", "ctl 0 99 0");
	EXPECT_LINE(EFAULT, "shmctl(0, IPC_STAT, 0x8) = -1 EFAULT (Bad address): "
		    "rule bad-pointer: what 0x8 points to can't be read or written", "ctl 0 2 8");
	EXPECT_LINE(EFAULT, "shmctl(0, SHM_INFO, 0x8) = -1 EFAULT (Bad address): "
		    "rule bad-pointer: what 0x8 points to can't be read or written", "ctl 0 14 8");
	EXPECT_LINE(EFAULT, "shmctl(0, IPC_SET, 0x8) = -1 EFAULT (Bad address): "
		    "rule bad-pointer: what 0x8 points to can't be read or written", "ctl 0 1 8");
	EXPECT_LINE(EINVAL, "shmctl(0, IPC_SET, {uid=-1, gid=5, mode=0640}) = -1 EINVAL "
		    "(Invalid argument): rule bad-owner: this user namespace has no user or group "
		    "4294967295", "ctl 0 1 set");
	IN_CHILD {
		ASSERT_EQ(0, set_limit(RLIMIT_MEMLOCK, 0));
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		EXPECT_LINE(EPERM, "shmctl(0, IPC_RMID, NULL) = -1 EPERM "
			    "(Operation not permitted): rule owner: the segment belongs to user 0, the caller is user 1001; "
			    "owner, creator and root can do this", "ctl 0 0 0");
		ASSERT_EQ(1, new_segment(0600));
		EXPECT_LINE(EPERM, "shmctl(1, SHM_LOCK, NULL) = -1 EPERM "
			    "(Operation not permitted): limit memlock is 0 (RLIMIT_MEMLOCK), and 4096 bytes are to be locked; "
			    "raise it: ulimit -l, limits.conf(5) or LimitMEMLOCK=", "ctl 1 11 0");
		ASSERT_OK(shm.ctl(1, IPC_RMID, NULL));
	}
}

TEST_F(line, nothing_is_said_of_success)
{
	char command[256];

	snprintf(command, sizeof(command), "%s get 0 100 0600 2>&1", variant->run);
	EXPECT_EQ(0, SH(command));
	EXPECT_STREQ("", self->out);
}

#define LINE_OF(name) "altshm: " name "[]: shmdt(0x1000) = -1 EINVAL (Invalid argument): " \
		      "rule not-attached: no segment is attached at 0x1000\n"
#define LINE LINE_OF("explain_run_test")

TEST_F(line, goes_where_standard_error_went)
{
	char command[256];

	snprintf(command, sizeof(command), "%s piped", variant->run);
	EXPECT_PRINTS(EINVAL, LINE, command);
	/* A file that has its number by now is none of ours. */
	snprintf(command, sizeof(command), "cd /tmp && %s closed", variant->run);
	EXPECT_PRINTS(EINVAL, "", command);
	snprintf(command, sizeof(command), "%s broken", variant->run);
	EXPECT_PRINTS(EINVAL, "", command);
	snprintf(command, sizeof(command), "%s dt 0x1000 2>&-; echo \"= $?\"", variant->run);
	EXPECT_EQ(0, SH(command));
	EXPECT_STREQ("= 22\n", self->out);
	snprintf(command, sizeof(command), "%s dt 0x1000 2>/dev/full; echo \"= $?\"",
		 variant->run);
	EXPECT_EQ(0, SH(command));
	EXPECT_STREQ("= 22\n", self->out);
}

FIXTURE(explained) {
	char out[4096];
};

FIXTURE_SETUP(explained)
{
	SETUP_IPC_NAMESPACE();
	SETUP_DEVICE();
}

FIXTURE_TEARDOWN(explained)
{
}

TEST_F(explained, children_inherit_it)
{
	EXPECT_PRINTS(EINVAL, LINE LINE, "$altshm run --explain sh -c "
		      "'$self --call dt 0x1000; (exec $self --call dt 0x1000)'");
	EXPECT_PRINTS(EINVAL, LINE, "$altshm run --explain $altshm run $self --call dt 0x1000");
}

TEST_F(explained, nothing_is_said_unasked)
{
	EXPECT_PRINTS(EINVAL, "", "$altshm run $self --call dt 0x1000");
	EXPECT_PRINTS(EINVAL, "", "ALTSHM_EXPLAIN=0 $altshm run $self --call dt 0x1000");
	EXPECT_PRINTS(EINVAL, LINE, "ALTSHM_EXPLAIN=1 $altshm run $self --call dt 0x1000");
}

TEST_F(explained, names_cannot_break_a_terminal)
{
	EXPECT_PRINTS(EINVAL, LINE_OF("a?[2Jb?"),
		      "d=$(mktemp -d) && n=$(printf '%s/a\\033[2Jb\\377' $d) && "
		      "ln -s $self \"$n\" && $altshm run --explain \"$n\" --call dt 0x1000; "
		      "s=$?; rm -r $d; (exit $s)");
}

TEST_F(explained, the_kernels_own_calls_have_no_reason)
{
	EXPECT_PRINTS(EINVAL, "altshm: explain_run_test[]: shmdt(0x1000) = -1 EINVAL "
		      "(Invalid argument): the kernel's own facility does not say why\n",
		      "unshare -m sh -c 'mount -t tmpfs none /dev; ALTSHM_FALLBACK=native "
		      "exec $altshm run --no-proc --explain $self --call dt 0x1000'");
}

#define CANNOT_OPEN "explain_run_test: altshm: cannot open /dev/altshm: No such file or " \
	"directory; shared memory calls fail with ENOSYS (is the module loaded? see altshm(7))\n"

TEST_F(explained, without_the_device)
{
	EXPECT_PRINTS(ENOSYS, CANNOT_OPEN "altshm: explain_run_test[]: shmdt(0x1000) = -1 ENOSYS "
		      "(Function not implemented): the device /dev/altshm cannot be opened; is the "
		      "module loaded?\n",
		      "LD_PRELOAD=$(dirname $altshm)/libaltshm-preload.so ALTSHM_EXPLAIN=1 "
		      "unshare -m sh -c 'mount -t tmpfs none /dev; exec $self --call dt 0x1000'");
}

static bool by_syscall;

static int call_dt(const void *addr)
{
	return by_syscall ? syscall(SYS_shmdt, addr) : shmdt(addr);
}

/* Standard error is a pipe of which the other end is open, or not. */
static int dt_to_pipe(bool open)
{
	char line[1024];
	int ends[2];
	ssize_t len;

	if (pipe(ends) || dup2(ends[1], STDERR_FILENO) < 0)
		return 1;
	if (!open)
		close(ends[0]);
	errno = 0;
	if (call_dt((void *)0x1000) != -1 || errno != EINVAL)
		return 2;
	len = open ? read(ends[0], line, sizeof(line)) : 0;
	return fwrite(line, 1, len, stdout) == (size_t)len ? EINVAL : 3;
}

/* Standard error was closed, and a file has its number. */
static int dt_to_file(void)
{
	char path[] = "explain.XXXXXX";
	struct stat st;
	int fd;

	close(STDERR_FILENO);
	fd = mkstemp(path);
	unlink(path);
	if (fd != STDERR_FILENO || call_dt((void *)0x1000) != -1 || errno != EINVAL)
		return 2;
	return fstat(fd, &st) || st.st_size ? 3 : EINVAL;
}

static long number(const char *text)
{
	return strtoul(text, NULL, 0);
}

static long call(int argc, char **argv)
{
	struct shmid_ds ds = { .shm_perm = { .uid = -1, .gid = 5, .mode = 0640 } };
	long a = argc > 1 ? number(argv[1]) : 0, b = argc > 2 ? number(argv[2]) : 0;
	long c = argc > 3 ? number(argv[3]) : 0;

	if (!strcmp(argv[0], "dt"))
		return call_dt((void *)a);
	if (!strcmp(argv[0], "get"))
		return by_syscall ? syscall(SYS_shmget, a, b, c) : shmget(a, b, c);
	if (!strcmp(argv[0], "at"))
		return by_syscall ? syscall(SYS_shmat, a, b, c) : (long)shmat(a, (void *)b, c);
	if (!strcmp(argv[3], "set"))
		c = (long)&ds;
	return by_syscall ? syscall(SYS_shmctl, a, b, c) : shmctl(a, b, (void *)c);
}

int main(int argc, char **argv)
{
	by_syscall = argc > 2 && !strcmp(argv[1], "--syscall");
	if (argc < 3 || (!by_syscall && strcmp(argv[1], "--call")))
		return test_harness_run(argc, argv);
	if (!strcmp(argv[2], "piped") || !strcmp(argv[2], "broken"))
		return dt_to_pipe(!strcmp(argv[2], "piped"));
	if (!strcmp(argv[2], "closed"))
		return dt_to_file();
	return call(argc - 2, argv + 2) == -1 ? errno : 0;
}
