// SPDX-License-Identifier: GPL-2.0-only
/*
 * altshm monitor: every kind of event, what it says of it, and what it says
 * of those that were lost.
 */
#include "cli.h"

#include <sys/mman.h>
#include <sys/stat.h>

#define OUTPUT		"/tmp/altshm-monitor"
/* Segments of this size are ours; those of another show that it listens. */
#define OUR_SIZE	7777
#define SYNC_SIZE	1
#define SYNC_MS		10
#define SYNC_TRIES	500

static pid_t monitor;

static void output_wait(struct __test_metadata *_metadata, const char *pattern,
			void (*again)(void))
{
	char command[256], out[16];
	int i;

	snprintf(command, sizeof(command), "grep -q '%s' " OUTPUT, pattern);
	for (i = 0; i < SYNC_TRIES && sh(out, sizeof(out), command); i++) {
		if (again)
			again();
		usleep(SYNC_MS * 1000);
	}
	ASSERT_GT(SYNC_TRIES, i) TH_LOG("monitor does not say '%s'", pattern);
}

static void sync_event(void)
{
	shm.ctl(new_sized(SYNC_SIZE, 0600), IPC_RMID, NULL);
}

static pid_t monitor_spawn(const char *args)
{
	pid_t pid;

	unlink(OUTPUT);
	if (setenv("altshm", built_path("altshm"), 1) || setenv("args", args, 1))
		return -errno;
	pid = fork();
	if (!pid) {
		execl("/bin/sh", "sh", "-c", "exec $altshm monitor $args >" OUTPUT, NULL);
		_exit(127);
	}
	return pid;
}

/* Starts altshm monitor, and returns when it listens. */
static void monitor_start(struct __test_metadata *_metadata, const char *args)
{
	monitor = monitor_spawn(args);
	ASSERT_LT(0, monitor);
	output_wait(_metadata, ".", sync_event);
}

/* Again and again: it could be lost. */
static void last_event(void)
{
	shm.ctl(new_sized(4321, 0600), IPC_RMID, NULL);
}

/* Waits until it has said all, and ends it; its exit status. */
static int monitor_stop(struct __test_metadata *_metadata)
{
	int status;

	output_wait(_metadata, "destroy.*4321", last_event);
	kill(monitor, SIGTERM);
	waitpid(monitor, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

/* The lines but those of start and stop, without times. Newer kernels rename before they unmap. */
#define OURS									\
	"sed 's/^[0-9:.]* //; /size 1$/d; /size 4321/d; /key 0x00000000 size 1 /d;\n"	\
	"s/ *\\(cli_monitor_tes\\|true\\)\\[[0-9]*\\]/ CHILD/;\n"			\
	"s/^\\([a-z]*\\) *[0-9-]* /\\1 /' " OUTPUT

TEST_F(cli, monitor_sees_a_segments_life)
{
	int id;
	void *at;

	monitor_start(_metadata, "");
	id = rc(shm.get(KEY + 1, OUR_SIZE, IPC_CREAT | IPC_EXCL | 0640));
	shm.get(KEY + 1, 0, 0);
	at = shm.at(id, NULL, SHM_RDONLY);
	shm.ctl(id, SHM_LOCK, NULL);
	shm.ctl(id, SHM_UNLOCK, NULL);
	set_perm(id, USER_A, GROUP_G, 0604);
	shm.ctl(id, IPC_RMID, NULL);
	shm.dt(at);
	EXPECT_EQ(0, monitor_stop(_metadata));
	EXPECT_EQ(0, SH(OURS));
	EXPECT_STREQ("get CHILD root: key 0x616c7474 size 7777 IPC_CREAT|IPC_EXCL|0640 created\n"
		     "get CHILD root: key 0x616c7474 size 0 0000 found\n"
		     "attach CHILD root: attach nattch 1 SHM_RDONLY\n"
		     "lock CHILD root: size 7777\n"
		     "unlock CHILD root: size 7777\n"
		     "set CHILD root: owner 1001 group 2001 mode 0604\n"
		     "remove CHILD root: remove size 7777\n"
		     "detach CHILD root: detach nattch 0\n"
		     "destroy CHILD root: last-detach size 7777\n", self->out);
}

TEST_F(cli, monitor_tells_how_mappings_come_and_go)
{
	int id = new_sized(OUR_SIZE, 0600);
	void *at;

	monitor_start(_metadata, "");
	at = shm.at(id, NULL, 0);
	IN_CHILD {
		_exit(0);
	}
	IN_CHILD {
		munmap(at, 2 * PAGE);
	}
	IN_CHILD {
		execl("/bin/true", "true", NULL);
	}
	shm.dt(at);
	output_wait(_metadata, "detach nattch 0", NULL);
	kill(monitor, SIGTERM);
	waitpid(monitor, NULL, 0);
	EXPECT_EQ(0, SH(OURS));
	EXPECT_STREQ("attach CHILD root: attach nattch 1 0\n"
		     "attach CHILD root: fork nattch 2\n"
		     "detach CHILD root: exit nattch 1\n"
		     "attach CHILD root: fork nattch 2\n"
		     "detach CHILD root: munmap nattch 1\n"
		     "attach CHILD root: fork nattch 2\n"
		     "detach CHILD root: exec nattch 1\n"
		     "detach CHILD root: detach nattch 0\n", self->out);
}

TEST_F(cli, monitor_says_who_was_refused_what)
{
	monitor_start(_metadata, "-j -t deny,limit,get");
	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		EXPECT_EQ(-EACCES, rc(shm.get(KEY, 100, 0600)));
		EXPECT_EQ(-EPERM, rc(shm.ctl(self->id, IPC_RMID, NULL)));
	}
	EXPECT_EQ(0, SH("$altshm limits --shmmni 1 --shmmax 5000"));
	EXPECT_EQ(-ENOSPC, new_segment(0600));
	EXPECT_EQ(-EINVAL, new_sized(5001, 0600));
	EXPECT_EQ(0, SH("$altshm limits --shmmni follow --shmmax follow"));
	output_wait(_metadata, "shmmax", NULL);
	kill(monitor, SIGTERM);
	waitpid(monitor, NULL, 0);
	EXPECT_EQ(0, SH_JSON("lines '$$_{event} =~ /deny|limit/ && join(\" \",\n"
			     "@$_{qw(event euid rule wanted limit error)}) . \"\\n\"' <" OUTPUT));
	EXPECT_STREQ("deny 1001 mode 6 0 EACCES\n"
		     "deny 1001 owner 1001 0 EPERM\n"
		     "limit 0 shmmni 2 1 ENOSPC\n"
		     "limit 0 shmmax 5001 5000 EINVAL\n", self->out);
}

TEST_F(cli, monitor_says_in_words_who_was_refused_what)
{
	monitor_start(_metadata, "");
	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		EXPECT_EQ(-EACCES, rc(shm.get(KEY, 100, 0600)));
		EXPECT_EQ(-EPERM, rc(shm.ctl(self->id, IPC_RMID, NULL)));
	}
	EXPECT_EQ(0, SH("$altshm limits --shmmax 5000"));
	EXPECT_EQ(-EINVAL, new_sized(OUR_SIZE, 0600));
	EXPECT_EQ(0, SH("$altshm limits --shmmax follow"));
	EXPECT_EQ(0, monitor_stop(_metadata));
	EXPECT_EQ(0, SH(OURS " | grep -E '^(deny|limit|get.* E[A-Z]+$)'"));
	EXPECT_STREQ("get CHILD 1001: key 0x616c7473 size 100 0600 EACCES\n"
		     "deny CHILD 1001: mode wants rw-, granted --- EACCES\n"
		     "deny CHILD 1001: owner is root EPERM\n"
		     "get CHILD root: key 0x00000000 size 7777 0600 EINVAL\n"
		     "limit CHILD root: shmmax wants 7777, limit 5000 EINVAL\n", self->out);
}

/* Whoever the caller takes them for, in a user namespace of its own. */
TEST_F(cli, monitor_names_owners_as_seen_from_here)
{
	ASSERT_EQ(0, set_perm(self->id, USER_B, GROUP_H, 0600));
	ASSERT_EQ(0, set_perm(new_sized(OUR_SIZE, 0600), USER_A, GROUP_G, 0600));
	monitor_start(_metadata, "");
	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		ASSERT_EQ(0, enter_userns(0));
		EXPECT_EQ(-EPERM, rc(shm.ctl(self->id, IPC_RMID, NULL)));
	}
	EXPECT_EQ(0, monitor_stop(_metadata));
	EXPECT_EQ(0, SH(OURS " | grep ^deny"));
	EXPECT_STREQ("deny CHILD 1001: owner is 1002 EPERM\n", self->out);
}

/* Identifiers begin anew in each. */
TEST_F(cli, monitor_tells_ipc_namespaces_apart)
{
	struct stat ns;
	char wanted[256];

	monitor = monitor_spawn("-n 4 -i 0");
	ASSERT_LT(0, monitor);
	for (int i = 0; i < SYNC_TRIES && !waitpid(monitor, NULL, WNOHANG); i++) {
		IN_CHILD {
			ASSERT_EQ(0, unshare(CLONE_NEWIPC));
			EXPECT_EQ(0, new_sized(OUR_SIZE, 0600));
		}
		shm.dt(shm.at(self->id, NULL, 0));
		usleep(SYNC_MS * 1000);
	}
	EXPECT_EQ(0, SH("awk '{ print $2 }' " OUTPUT " | sort | uniq -c | tr -s ' '"));
	EXPECT_STREQ(" 2 attach\n 2 detach\n", self->out);

	monitor_start(_metadata, "-t get");
	IN_CHILD {
		ASSERT_EQ(0, unshare(CLONE_NEWIPC));
		ASSERT_EQ(0, stat("/proc/self/ns/ipc", &ns));
		snprintf(wanted, sizeof(wanted), "get CHILD root ipc:[%lu]: "
			 "key 0x00000000 size 7777 IPC_CREAT|0600 created\n",
			 (unsigned long)ns.st_ino);
		EXPECT_EQ(0, rc(shm.get(IPC_PRIVATE, OUR_SIZE, IPC_CREAT | 0600)));
		output_wait(_metadata, "7777", NULL);
		EXPECT_EQ(0, SH(OURS));
		EXPECT_STREQ(wanted, self->out);
	}
	kill(monitor, SIGTERM);
	waitpid(monitor, NULL, 0);
}

/* What does not fit is on the next line, where the terminal wraps. */
TEST_F(cli, monitor_cuts_nothing_on_a_narrow_terminal)
{
	unlink(OUTPUT);
	ASSERT_EQ(0, setenv("altshm", built_path("altshm"), 1));
	monitor = fork();
	if (!monitor) {
		execl("/bin/sh", "sh", "-c", "exec script -qefc \"stty cols 40;"
		      "$altshm monitor -n 1 -t limit\" /dev/null </dev/null >" OUTPUT, NULL);
		_exit(127);
	}
	EXPECT_EQ(0, SH("$altshm limits --shmmax 5000"));
	for (int i = 0; i < SYNC_TRIES && !waitpid(monitor, NULL, WNOHANG); i++) {
		new_sized(OUR_SIZE, 0600);
		usleep(SYNC_MS * 1000);
	}
	EXPECT_EQ(0, SH("$altshm limits --shmmax follow"));
	EXPECT_EQ(0, SH("cat " OUTPUT));
	EXPECT_SAYS("root: shmmax wants 7777, limit 5000 EINVAL");
}

TEST_F(cli, monitor_writes_json_that_names_everything)
{
	int id;

	monitor_start(_metadata, "-j");
	id = rc(shm.get(KEY + 1, OUR_SIZE, IPC_CREAT | 0640));
	shm.ctl(id, IPC_RMID, NULL);
	EXPECT_EQ(0, monitor_stop(_metadata));
	EXPECT_EQ(0, SH_JSON("lines 'join(\"\\n\", join(\" \", sort grep { /^[a-l]/ } keys %$_),\n"
			     "join(\" \", sort grep { !/^[a-l]/ } keys %$_), \"\") .\n"
			     "\"$$_{event} $$_{key} $$_{flags} $$_{shmflg} $$_{mode} $$_{comm}\\n\"\n"
			     "if $$_{size} == 7777 && $$_{event} eq \"get\"' <" OUTPUT));
	EXPECT_STREQ("comm created euid event flags gid id ipc_ns key\n"
		     "mode nattch pid result seq shmflg size tid time_ns uid user\n"
		     "get 0x616c7474 IPC_CREAT|0640 928 0640 cli_monitor_tes\n", self->out);
}

TEST_F(cli, monitor_shows_one_segment_and_ends_after_a_count)
{
	int other = new_sized(OUR_SIZE, 0600), status;
	char args[64];

	snprintf(args, sizeof(args), "-n 3 -i %d", other);
	monitor = monitor_spawn(args);
	ASSERT_LT(0, monitor);
	/* It ends by itself, whenever it began. */
	for (int i = 0; i < SYNC_TRIES && !waitpid(monitor, &status, WNOHANG); i++) {
		shm.dt(shm.at(other, NULL, 0));
		shm.dt(shm.at(self->id, NULL, 0));
		usleep(SYNC_MS * 1000);
	}
	EXPECT_EQ(0, status);
	EXPECT_EQ(0, SH("awk '{ print $3 }' " OUTPUT));
	EXPECT_STREQ("1\n1\n1\n", self->out);
}

/* Numbers go on without a gap that no line tells of. */
#define NO_SILENT_GAP								\
	"lines '$x += $$_{count} if $$_{event} eq \"lost\";\n"			\
	"print \"gap before $$_{seq}\\n\"\n"					\
	"if defined $$_{seq} && defined $x && $$_{seq} != $x;\n"		\
	"$x = $$_{seq} + 1 if defined $$_{seq}; \"\"' <" OUTPUT

TEST_F(cli, monitor_counts_what_a_slow_reader_loses)
{
	int i;

	monitor_start(_metadata, "-j --buffer 4096");
	kill(monitor, SIGSTOP);
	for (i = 0; i < 300; i++)
		shm.dt(shm.at(self->id, NULL, 0));
	kill(monitor, SIGCONT);
	/* Nothing happens any more: it has to find out by itself. */
	output_wait(_metadata, "lost", NULL);
	kill(monitor, SIGSTOP);
	for (i = 0; i < 300; i++)
		shm.dt(shm.at(self->id, NULL, 0));
	kill(monitor, SIGCONT);
	EXPECT_EQ(0, monitor_stop(_metadata));
	EXPECT_EQ(0, SH_JSON(NO_SILENT_GAP));
	EXPECT_STREQ("", self->out);
	EXPECT_EQ(0, SH_JSON("lines '$n{$$_{event}} += $$_{count} // 1;\n"
			     "\"$n{attach} $n{detach} $n{lost}\\n\"' <" OUTPUT " | tail -1 |\n"
			     "awk '{ print ($3 > 500), ($1 + $2 + $3 >= 1200) }'"));
	EXPECT_STREQ("1 1\n", self->out);
}

/* In write(2): a reader that has stopped reading holds it there. */
static bool is_writing(pid_t pid)
{
	char path[64], text[16] = "";
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/syscall", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	read(fd, text, sizeof(text) - 1);
	close(fd);
	return strtol(text, NULL, 10) == SYS_write && text[0] != 'r';
}

TEST_F(cli, monitor_ends_well_while_nobody_takes_what_it_writes)
{
	int ends[2], status, i;
	char path[32];

	ASSERT_EQ(0, pipe2(ends, O_CLOEXEC));
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", getpid(), ends[1]);
	ASSERT_EQ(0, setenv("pipe", path, 1));
	ASSERT_EQ(0, setenv("altshm", built_path("altshm"), 1));
	monitor = fork();
	if (!monitor) {
		execl("/bin/sh", "sh", "-c", "exec $altshm monitor 2>" OUTPUT " >$pipe", NULL);
		_exit(127);
	}
	for (i = 0; i < 100000 && !is_writing(monitor); i++)
		sync_event();
	EXPECT_GT(100000, i);
	kill(monitor, SIGINT);
	waitpid(monitor, &status, 0);
	EXPECT_EQ(0, WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status));
	EXPECT_EQ(0, SH("cat " OUTPUT));
	EXPECT_STREQ("", self->out);
}

static void attach_once(int id)
{
	prctl(PR_SET_NAME, "\033]0;x\a\xff\n{\"");
	shm.at(id, NULL, 0);
}

TEST_F(cli, monitor_escapes_names)
{
	pid_t pid;

	monitor_start(_metadata, "");
	pid = child_holds(attach_once, self->id);
	child_end(pid);
	EXPECT_EQ(0, monitor_stop(_metadata));
	EXPECT_EQ(0, SH("grep attach " OUTPUT));
	EXPECT_SAYS("\\x1b]0;x\\x07\\xff\\x0a{\"[");
}

TEST_F(cli, monitor_takes_cap_net_admin)
{
	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		EXPECT_EQ(4, SH("$altshm monitor 2>&1"));
		EXPECT_SAYS("CAP_NET_ADMIN");
	}
}

TEST_HARNESS_MAIN
