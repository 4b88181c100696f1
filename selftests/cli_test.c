// SPDX-License-Identifier: GPL-2.0-only
/*
 * The altshm command as a user meets it: what it runs, prints and exits with.
 */
#include "shim.h"

#include <sys/stat.h>

#include "command.h"

FIXTURE(cli) {
	int id;
	char out[4096];
};

FIXTURE_SETUP(cli)
{
	SETUP_IPC_NAMESPACE();
	SETUP_DEVICE();
	ASSERT_EQ(0, load_shim());
	self->id = rc(shm.get(KEY, 100, IPC_CREAT | 0640));
	ASSERT_LE(0, self->id);
}

FIXTURE_TEARDOWN(cli)
{
	remove_all();
}

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

TEST_F(cli, ls_shows_what_there_is)
{
	void *at = shm.at(self->id, NULL, 0);

	ASSERT_NE((void *)-1, at);
	EXPECT_EQ(0, SH("$altshm ls | tail -n +2 | tr -s ' '"));
	EXPECT_STREQ("0x616c7473 0 root 640 100 1\n", self->out);
	ASSERT_OK(shm.ctl(self->id, SHM_LOCK, NULL));
	ASSERT_OK(shm.ctl(self->id, IPC_RMID, NULL));
	EXPECT_EQ(0, SH("$altshm ls | tail -n +2 | tr -s ' '"));
	EXPECT_STREQ("0x00000000 0 root 640 100 1 dest locked\n", self->out);
	EXPECT_OK(shm.dt(at));
	EXPECT_EQ(0, SH("$altshm ls | wc -l"));
	EXPECT_STREQ("1\n", self->out);
}

TEST_F(cli, ls_shows_foreign_segments_without_read_permission)
{
	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		EXPECT_EQ(0, SH("$altshm ls"));
		EXPECT_SAYS("0x616c7473");
	}
	EXPECT_EQ(1, SH("$altshm ls 2>&1 >/dev/full"));
	EXPECT_SAYS("No space left");
}

TEST_F(cli, rm_removes_or_says_why_not)
{
	EXPECT_EQ(2, SH("$altshm rm 0 0x 2>&1"));
	EXPECT_SAYS("'0x'");
	EXPECT_EQ(2, SH("$altshm rm 2>&1"));
	EXPECT_SAYS("Usage: altshm rm");
	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		EXPECT_EQ(1, SH("$altshm rm 0 2>&1"));
		EXPECT_SAYS("somebody else");
	}
	EXPECT_OK(shm.ctl(self->id, IPC_STAT, &(struct shmid_ds){ 0 }));
	EXPECT_EQ(1, SH("$altshm rm 77 0 2>&1"));
	EXPECT_SAYS("no segment has the id 77");
	EXPECT_ERR(EINVAL, shm.ctl(self->id, IPC_STAT, &(struct shmid_ds){ 0 }));
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

TEST_F(cli, limits_are_shown_and_set)
{
	EXPECT_EQ(0, SH("$altshm limits"));
	EXPECT_SAYS("4096 segments   kernel.shmmni\n");
	EXPECT_EQ(0, SH("$altshm limits --shmmni 40000 --shmmax 12345"));
	EXPECT_SAYS("40000 segments   own\n");
	EXPECT_SAYS("12345 bytes      own\n");
	EXPECT_SAYS("pages      kernel.shmall\n");
	EXPECT_EQ(-EINVAL, new_sized(12346, 0600));
	EXPECT_EQ(0, SH("$altshm limits --shmmax follow"));
	EXPECT_SAYS("40000 segments   own\n");
	EXPECT_SAYS("bytes      kernel.shmmax\n");
	EXPECT_LT(0, new_sized(12346, 0600));
}

TEST_F(cli, limits_says_what_is_wrong)
{
	EXPECT_EQ(2, SH("$altshm limits --shmmni 4k 2>&1"));
	EXPECT_SAYS("'4k' is neither");
	EXPECT_EQ(2, SH("$altshm limits --shmmni -1 2>&1"));
	EXPECT_EQ(2, SH("$altshm limits --shmmax ' -5' 2>&1"));
	EXPECT_EQ(2, SH("$altshm limits 7 2>&1"));
	EXPECT_EQ(1, SH("$altshm limits --shmmni 1048577 2>&1"));
	EXPECT_SAYS("1048576 at most");
	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		EXPECT_EQ(1, SH("$altshm limits --shmmni 5 2>&1"));
		EXPECT_SAYS("CAP_SYS_RESOURCE");
	}
	EXPECT_EQ(0, SH("$altshm limits"));
	EXPECT_SAYS("4096 segments   kernel.shmmni\n");
}

TEST_F(cli, help_and_version_go_to_stdout)
{
	EXPECT_EQ(0, SH("$altshm --help"));
	EXPECT_SAYS("Usage: altshm COMMAND");
	EXPECT_EQ(0, SH("$altshm --version"));
	EXPECT_SAYS("altshm ");
	EXPECT_EQ(0, SH("for c in run ls rm limits; do $altshm $c --help || exit; done"));
	EXPECT_SAYS("Usage: altshm run");
	EXPECT_SAYS("Usage: altshm rm");
	EXPECT_EQ(2, SH("$altshm 2>/dev/null"));
	EXPECT_STREQ("", self->out);
	EXPECT_EQ(2, SH("$altshm nonsense 2>&1"));
	EXPECT_SAYS("no command 'nonsense'");
}

TEST_F(cli, says_how_to_load_the_module_where_there_is_no_device)
{
	EXPECT_EQ(1, SH("unshare -m sh -c 'mount -t tmpfs none /dev; exec $altshm ls 2>&1'"));
	EXPECT_SAYS("modprobe altshm");
	EXPECT_EQ(125, SH("unshare -m sh -c 'mount -t tmpfs none /dev;\n"
			  "exec $altshm run true 2>&1'"));
	EXPECT_SAYS("modprobe altshm");
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--native-calls"))
		return native_calls_stopped();
	return test_harness_run(argc, argv);
}
