// SPDX-License-Identifier: GPL-2.0-only
/*
 * The altshm command as a user meets it: what it runs, prints and exits with.
 */
#include "cli.h"

/* KEY as /proc has it: decimal, followed by the id. */
#define PROC_KEY "1634497651 "

TEST_F(cli, run_has_the_exit_codes_of_env)
{
	EXPECT_EQ(0, SH("$altshm run true"));
	EXPECT_EQ(7, SH("$altshm run -- sh -c 'exit 7'"));
	EXPECT_EQ(126, SH("$altshm run / 2>&1"));
	EXPECT_SAYS("altshm: run: /: ");
	EXPECT_EQ(127, SH("$altshm run /nonexistent 2>&1"));
	EXPECT_SAYS("/nonexistent: No such file");
	EXPECT_EQ(125, SH("$altshm run 2>&1"));
	EXPECT_SAYS("Usage: altshm run");
	EXPECT_EQ(125, SH("$altshm run --no-such-option true 2>&1"));
}

TEST_F(cli, run_keeps_what_is_in_ld_preload)
{
	EXPECT_EQ(0, SH("LD_PRELOAD=libc.so.6 $altshm run sh -c 'echo $LD_PRELOAD'"));
	EXPECT_SAYS("libaltshm-preload.so:libc.so.6\n");
	EXPECT_EQ(0, SH("$altshm run $altshm run sh -c 'echo $LD_PRELOAD'"));
	EXPECT_SAYS_NOT(":");
}

TEST_F(cli, run_finds_the_shim_in_lib_altshm)
{
	EXPECT_EQ(0, SH("d=$(mktemp -d) && mkdir -p $d/bin $d/lib/altshm &&\n"
			"cp $altshm $d/bin && ! $d/bin/altshm run true 2>/dev/null &&\n"
			"cp -r $(dirname $altshm)/shim/* $d/lib/altshm &&\n"
			"$d/bin/altshm run sh -c 'echo $LD_PRELOAD'; s=$?; rm -r $d; exit $s"));
	EXPECT_SAYS("/lib/altshm/$LIB/libaltshm-preload.so\n");
}

TEST_F(cli, run_refuses_a_path_that_ld_preload_cannot_hold)
{
	EXPECT_EQ(125, SH("d=$(mktemp -d '/tmp/a b.XXXXXX') && cp $altshm \"$d\" &&\n"
			  "cp -r $(dirname $altshm)/shim \"$d\" &&\n"
			  "\"$d/altshm\" run true 2>&1; s=$?; rm -r \"$d\"; exit $s"));
	EXPECT_SAYS("space, colon or dollar");
}

TEST_F(cli, run_shows_its_table_in_proc_unless_told_not_to)
{
	EXPECT_EQ(0, SH("$altshm run -v cat /proc/sysvipc/shm 2>&1"));
	EXPECT_SAYS(PROC_KEY);
	EXPECT_EQ(0, SH("$altshm run --no-proc cat /proc/sysvipc/shm"));
	EXPECT_SAYS_NOT(PROC_KEY);
	EXPECT_EQ(0, SH("cat /proc/sysvipc/shm"));
	EXPECT_SAYS_NOT(PROC_KEY);
}

/* A root that is no mount point can't be told not to pass mounts on. */
TEST_F(cli, run_leaves_a_program_in_its_chroot_and_folder)
{
	EXPECT_EQ(0, SH("d=$(mktemp -d) && unshare -m sh -c '\n"
			"for i in usr proc dev altshm; do\n"
			"    mkdir $1/$i && mount --rbind /$i $1/$i || exit; done\n"
			"for i in bin sbin lib lib64; do ln -s usr/$i $1/$i; done\n"
			"touch $1/marker && exec chroot $1 sh -c \"cd /usr &&\n"
			"    $altshm run -v sh -c \\\"pwd; ls /marker\\\" 2>&1\"\n"
			"' sh $d; s=$?; rm -r $d; exit $s"));
	EXPECT_SAYS("keeps showing the kernel's own table");
	EXPECT_SAYS("/usr\n/marker\n");
}

TEST_F(cli, run_without_rights_leaves_proc_and_says_so_when_asked)
{
	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		EXPECT_EQ(0, SH("$altshm run cat /proc/sysvipc/shm 2>&1"));
		EXPECT_SAYS_NOT(PROC_KEY);
		EXPECT_SAYS_NOT("altshm:");
		EXPECT_EQ(0, SH("$altshm run --verbose true 2>&1"));
		EXPECT_SAYS("/proc/sysvipc/shm keeps showing");
		EXPECT_EQ(0, SH("$altshm run true 2>&1"));
		EXPECT_STREQ("", self->out);
		EXPECT_EQ(0, SH("script -qec \"$altshm run true\" /dev/null"));
		EXPECT_SAYS("/proc/sysvipc/shm keeps showing");
		EXPECT_EQ(0, SH("script -qec \"$altshm run --no-proc true\" /dev/null"));
		EXPECT_STREQ("", self->out);
	}
}

#ifdef __x86_64__
/* As a 32-bit program calls; a kernel without those kills the caller. */
static long call_i386(long nr, long a, long b, long c, long d)
{
	asm volatile("int $0x80"
		     : "+a"(nr)
		     : "b"(a), "c"(b), "d"(c), "S"(d)
		     : "r8", "r9", "r10", "r11", "memory");
	return nr;
}

#define I386_IPC	117
#define X32_BIT		0x40000000

/* 0 if just the shared memory calls of the other ABIs say ENOSYS. */
static int native_other_abis(void)
{
	static const int numbers[] = { SYS_shmget, SYS_shmat, SYS_shmctl, SYS_shmdt };

	for (unsigned int i = 0; i < ARRAY_SIZE(numbers); i++)
		if (syscall(numbers[i] | X32_BIT, -1, 0, 0) != -1 || errno != ENOSYS)
			return 2;
	for (int nr = 394; nr <= 399; nr++)
		if ((nr >= 395 && nr <= 398) != (call_i386(nr, -1, 0, 0, 0) == -ENOSYS))
			return 3;
	for (int call = 21; call <= 24; call++)
		if (call_i386(I386_IPC, call | 0x10000, -1, 0, 0) != -ENOSYS)
			return 4;
	/* semget */
	return call_i386(I386_IPC, 2, IPC_PRIVATE, 1, 0600) < 0 ? 5 : 0;
}
#else
static int native_other_abis(void)
{
	return 0;
}
#endif

static int native_calls_stopped(void)
{
	static const int numbers[] = { SYS_shmget, SYS_shmat, SYS_shmctl, SYS_shmdt };

	for (unsigned int i = 0; i < ARRAY_SIZE(numbers); i++)
		if (syscall(numbers[i], -1, 0, 0) != -1 || errno != ENOSYS)
			return 1;
	return native_other_abis();
}

TEST_F(cli, strict_stops_native_calls_by_every_abi)
{
	EXPECT_EQ(1, SH("$altshm run $self --native-calls"));
	EXPECT_EQ(0, SH("$altshm run --strict $self --native-calls"));
	EXPECT_EQ(0, SH("$altshm run --strict grep NoNewPrivs: /proc/self/status"));
	EXPECT_SAYS("NoNewPrivs:\t0");
	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		EXPECT_EQ(0, SH("$altshm run --strict $self --native-calls"));
		EXPECT_EQ(0, SH("$altshm run --strict grep NoNewPrivs: /proc/self/status"));
		EXPECT_SAYS("NoNewPrivs:\t1");
	}
}

TEST_F(cli, run_inside_run_has_one_shim)
{
	EXPECT_EQ(0, SH("$altshm run --trap $altshm run sh -c 'echo $LD_PRELOAD'"));
	EXPECT_SAYS("libaltshm-trap.so\n");
	EXPECT_EQ(0, SH("$altshm run $altshm run --trap sh -c 'echo $LD_PRELOAD'"));
	EXPECT_SAYS("libaltshm-trap.so\n");
	EXPECT_EQ(0, SH("$altshm run $altshm run --trap sh -c 'echo $LD_PRELOAD' |\n"
			"grep -c preload.so; true"));
	EXPECT_SAYS("0\n");
}

TEST_F(cli, run_traps_where_children_are_not_waited_for)
{
	EXPECT_EQ(0, SH("trap '' CHLD; $altshm run --trap true 2>&1"));
}

TEST_F(cli, help_and_version_go_to_stdout)
{
	EXPECT_EQ(0, SH("$altshm --help"));
	EXPECT_SAYS("Usage: altshm COMMAND");
	EXPECT_EQ(0, SH("$altshm --version"));
	EXPECT_SAYS("altshm ");
	EXPECT_EQ(0, SH("for c in $($altshm --help | sed -n 's/^  \\([a-z]*\\) .*/\\1/p')\n"
			"do $altshm $c --help | head -1; done"));
	EXPECT_STREQ("Usage: altshm run [OPTION]... [--] PROGRAM [ARGUMENT]...\n"
		     "Usage: altshm ls [OPTION]...\n"
		     "Usage: altshm show [--json] {ID | --key KEY}\n"
		     "Usage: altshm who [--json] {ID | --key KEY}\n"
		     "Usage: altshm rm {ID... | --key KEY | {--owner USER | --orphaned} [--yes]} [--json]\n"
		     "Usage: altshm monitor [OPTION]...\n"
		     "Usage: altshm limits [--LIMIT VALUE]... [--json]\n"
		     "Usage: altshm stat [OPTION]...\n"
		     "Usage: altshm top [OPTION]...\n", self->out);
	EXPECT_EQ(2, SH("$altshm 2>/dev/null"));
	EXPECT_STREQ("", self->out);
	EXPECT_EQ(2, SH("$altshm nonsense 2>&1"));
	EXPECT_SAYS("no command 'nonsense'");
}

TEST_F(cli, says_how_to_load_the_module_where_there_is_no_device)
{
	EXPECT_EQ(125, SH("unshare -m sh -c 'mount -t tmpfs none /dev;\n"
			  "exec $altshm run true 2>&1'"));
	EXPECT_SAYS("modprobe altshm");
}

/* The device goes while the program runs. */
#define WITHOUT_DEVICE "unshare -m $altshm run --no-proc bash -c 'mount -t tmpfs none /dev;\n"

TEST_F(cli, what_the_shim_says_harms_nobody)
{
	EXPECT_EQ(0, SH(WITHOUT_DEVICE "exec -a $(printf \"\\\\033[31mred\") $self --call' 2>&1"));
	EXPECT_SAYS("?[31mred: altshm: cannot open /dev/altshm");
	EXPECT_SAYS_NOT("\033");
	/* A file of data that has the number of standard error. */
	EXPECT_EQ(0, SH(WITHOUT_DEVICE "$self --call-without-stderr /tmp/altshm-data' &&\n"
			"cat /tmp/altshm-data; rm /tmp/altshm-data"));
	EXPECT_STREQ("", self->out);
	/* Nobody reads at the other end. */
	EXPECT_EQ(0, SH("mkfifo /tmp/altshm-fifo\n" WITHOUT_DEVICE
			"exec 3<>/tmp/altshm-fifo 2>/tmp/altshm-fifo 3<&-\n"
			"$self --call'; s=$?; rm /tmp/altshm-fifo; exit $s"));
}

#define ALL_BUT_RUN "'ls' 'show 0' 'who 0' 'rm 0' 'monitor' 'limits' 'stat' 'top -bn1'"

TEST_F(cli, says_whether_the_module_is_absent_or_too_old)
{
	EXPECT_EQ(0, SH("export LD_PRELOAD=$dir/mnlfault.so MNLFAULT=family\n"
			"for c in " ALL_BUT_RUN "; do $altshm $c 2>&1; echo $?; done"));
	EXPECT_SAYS_NOT("modprobe");
	EXPECT_SAYS("too old for this command\n5\n");
	EXPECT_EQ(0, SH("echo \"$(export LD_PRELOAD=$dir/mnlfault.so MNLFAULT=family\n"
			"for c in " ALL_BUT_RUN "; do $altshm $c 2>/dev/null; echo $?; done)\""));
	EXPECT_STREQ("5\n5\n5\n5\n5\n5\n5\n5\n", self->out);
	EXPECT_EQ(5, SH("unshare -m sh -c 'mount -t tmpfs none /dev\n"
			"LD_PRELOAD=$dir/mnlfault.so MNLFAULT=family exec $altshm ls 2>&1'"));
	EXPECT_SAYS("modprobe altshm");
	EXPECT_EQ(5, SH("unshare -m sh -c 'mount -t tmpfs none /dev;\n"
			"exec $altshm show -k 7 2>&1'"));
	EXPECT_SAYS("modprobe altshm");
}

TEST_F(cli, says_that_netlink_is_not_permitted)
{
	EXPECT_EQ(4, SH("LD_PRELOAD=$dir/mnlfault.so MNLFAULT=denied $altshm ls 2>&1"));
	EXPECT_STREQ("altshm: netlink: Operation not permitted\n", self->out);
}

TEST_F(cli, says_that_the_device_is_not_permitted)
{
	EXPECT_EQ(4, SH("unshare -m sh -c 'cp -a /dev/altshm /tmp/altshm-device\n"
			"mount -t tmpfs none /dev; mv /tmp/altshm-device /dev/altshm\n"
			"chmod 600 /dev/altshm\n"
			"exec setpriv --reuid 1000 --clear-groups $altshm show -k 7 2>&1'"));
	EXPECT_SAYS("altshm: /dev/altshm: Permission denied: ");
}

TEST_F(cli, options_may_stand_behind_what_they_are_about)
{
	EXPECT_EQ(0, SH("$altshm show 0 --json"));
	EXPECT_SAYS("{\"id\":0,");
	EXPECT_EQ(1, SH("$altshm run sh -c 'exit 1' --help"));
}

TEST_F(cli, wrong_command_lines_have_a_code_of_their_own)
{
	EXPECT_EQ(0, SH("for c in 'ls 7' 'ls --sort' 'ls --sort x' 'ls -c key,x' 'ls -c' \\\n"
			"'ls -k x' 'ls -u no-such-user' 'ls -c ' 'show' 'show x' 'show 0 0' 'show 0 -k 5' 'who' \\\n"
			"'who -1' 'show -k 0' 'who -k 0x' 'rm' 'rm 0 0x' 'rm 0x0x5' 'rm -u 0 0' 'rm -o -y 5' \\\n"
			"'rm --yes' 'monitor -t x' 'monitor -t get,' 'monitor -n 0' 'monitor -B x' \\\n"
			"'monitor -i x' 'monitor 5' 'limits 7' 'limits --shmmni 4k' \\\n"
			"'limits --shmmni -1' 'limits --orphan-timeout follow' 'limits --shmmax off' \\\n"
			"'limits --shmmni 4294967296' 'stat 1' 'stat -b x' 'stat -n x' 'stat -n 10001' \\\n"
			"'top -d 0' 'top -n 0' 'top -s x' 'top x' 'top --no-such'\n"
			"do $altshm $c >/dev/null 2>&1; [ $? -eq 2 ] || echo \"$c: $?\"; done"));
	EXPECT_STREQ("", self->out);
	EXPECT_OK(shm.ctl(self->id, IPC_STAT, &(struct shmid_ds){ 0 }));
}

static int call_fails(void)
{
	return shmget(KEY, 1, IPC_CREAT | 0600) != -1 || errno != ENOSYS;
}

static int call_without_stderr(const char *path)
{
	close(STDERR_FILENO);
	if (open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600) != STDERR_FILENO)
		return 2;
	return call_fails();
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--call"))
		return call_fails();
	if (argc == 3 && !strcmp(argv[1], "--call-without-stderr"))
		return call_without_stderr(argv[2]);
	if (argc == 2 && !strcmp(argv[1], "--native-calls"))
		return native_calls_stopped();
	return test_harness_run(argc, argv);
}
