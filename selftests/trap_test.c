// SPDX-License-Identifier: GPL-2.0-only
/*
 * altshm run --trap: programs that call past the C library's names. "rawshm"
 * makes the calls and checks their results; here is what goes on around it.
 */
#include "command.h"
#include "shim.h"

FIXTURE(raw) {
	char out[4096];
};

FIXTURE_VARIANT(raw) {
	const char *run;
};

FIXTURE_VARIANT_ADD(raw, sysv) {
	.run = "",
};

/* With --strict nothing works but what is caught. */
FIXTURE_VARIANT_ADD(raw, altshm) {
	.run = "$altshm run --strict --trap",
};

FIXTURE_SETUP(raw)
{
	SETUP_IPC_NAMESPACE();
	if (*variant->run)
		SETUP_DEVICE();
	ASSERT_EQ(0, setenv("run", "", 1));
	/* $run is a command line; the shell splits it. */
	if (*variant->run) {
		char line[PATH_MAX];

		snprintf(line, sizeof(line), "%s%s", built_path("altshm"),
			 variant->run + strlen("$altshm"));
		ASSERT_EQ(0, setenv("run", line, 1));
	}
}

FIXTURE_TEARDOWN(raw)
{
}

#define EXPECT_RUNS(command) EXPECT_EQ(0, SH(command)) TH_LOG("%s", self->out)

/* rows: ABI-03 ABI-08 */
TEST_F(raw, calls_by_syscall_work)
{
	EXPECT_RUNS("$run $dir/rawshm calls");
}

TEST_F(raw, calls_from_assembler_work)
{
	EXPECT_RUNS("$run $dir/rawshm asm");
}

TEST_F(raw, calls_of_a_deeply_bound_library_work)
{
	EXPECT_RUNS("$run $dir/rawshm deepbind");
}

TEST_F(raw, threads_with_small_stacks_work)
{
	EXPECT_RUNS("$run $dir/rawshm threads");
}

TEST_F(raw, forked_and_vforked_children_work)
{
	EXPECT_RUNS("$run $dir/rawshm fork");
}

TEST_F(raw, a_handler_of_its_own_gets_other_sigsys)
{
	EXPECT_RUNS("$run $dir/rawshm handler");
}

TEST_F(raw, blocked_signals_do_no_harm)
{
	EXPECT_RUNS("$run $dir/rawshm blocked");
}

TEST_F(raw, programs_it_executes_work)
{
	EXPECT_RUNS("$run sh -c 'sh -c \"$dir/rawshm calls; exit \\$?\"; exit $?'");
}

TEST_F(raw, a_parent_that_blocks_sigsys_does_no_harm)
{
	sigset_t all;

	sigfillset(&all);
	IN_CHILD {
		ASSERT_EQ(0, sigprocmask(SIG_BLOCK, &all, NULL));
		EXPECT_RUNS("$run $dir/rawshm calls");
	}
}

TEST_F(raw, a_parent_that_ignores_sigsys_is_remembered)
{
	EXPECT_RUNS("trap '' SYS; exec $run $dir/rawshm ignored");
}

TEST_F(raw, a_static_program_works_or_is_refused)
{
	if (!*variant->run) {
		EXPECT_RUNS("$dir/rawstatic calls");
		return;
	}
	EXPECT_EQ(125, SH("$run $dir/rawstatic calls 2>&1"));
	EXPECT_SAYS("rawstatic is a static program");
	/* As a child it ends at the first call: SIGSYS, as the shell has it. */
	EXPECT_EQ(128 + SIGSYS, SH("$run sh -c '$dir/rawstatic calls; exit $?' 2>/dev/null"));
}

FIXTURE(trap) {
	char out[4096];
};

FIXTURE_SETUP(trap)
{
	SETUP_IPC_NAMESPACE();
	SETUP_DEVICE();
}

FIXTURE_TEARDOWN(trap)
{
}

TEST_F(trap, without_it_such_calls_are_native)
{
	EXPECT_EQ(0, SH("$altshm run $dir/rawshm calls"));
	EXPECT_EQ(1, SH("$altshm run --strict $dir/rawshm calls"));
	EXPECT_SAYS("errno 38");
}

TEST_F(trap, static_programs_are_found_in_the_path)
{
	EXPECT_EQ(125, SH("PATH=$PATH:$dir; $altshm run --trap rawstatic calls 2>&1"));
	EXPECT_SAYS("rawstatic is a static program");
	EXPECT_EQ(127, SH("$altshm run --trap no-such-program 2>&1"));
	EXPECT_EQ(0, SH("$altshm run --trap true"));
}

TEST_F(trap, filters_do_not_pile_up)
{
	EXPECT_EQ(0, SH("$altshm run --trap $altshm run --trap $altshm run --trap \\\n"
			"grep Seccomp_filters: /proc/self/status"));
	EXPECT_SAYS("Seccomp_filters:\t1\n");
	EXPECT_EQ(0, SH("$altshm run --strict --trap $altshm run --trap $dir/rawshm calls"));
	EXPECT_EQ(0, SH("$altshm run --trap $altshm run $dir/rawshm calls"));
}

TEST_F(trap, takes_no_rights_without_need)
{
	EXPECT_EQ(0, SH("$altshm run --trap grep NoNewPrivs: /proc/self/status"));
	EXPECT_SAYS("NoNewPrivs:\t0");
	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		EXPECT_EQ(0, SH("$altshm run --trap $dir/rawshm calls"));
		EXPECT_EQ(0, SH("$altshm run --trap grep NoNewPrivs: /proc/self/status"));
		EXPECT_SAYS("NoNewPrivs:\t1");
	}
}

TEST_F(trap, goes_with_the_fallback_to_native)
{
	EXPECT_EQ(0, SH("ALTSHM_FALLBACK=native $altshm run --strict --trap $dir/rawshm calls"));
	EXPECT_EQ(0, SH("unshare -m sh -c 'mount -t tmpfs none /dev;\n"
			"ALTSHM_FALLBACK=native $altshm run --trap $dir/rawshm calls'"));
	EXPECT_EQ(1, SH("unshare -m sh -c 'mount -t tmpfs none /dev;\n"
			"ALTSHM_FALLBACK=native $altshm run --strict --trap $dir/rawshm calls'"));
	EXPECT_SAYS("errno 38");
}

TEST_F(trap, outlives_sigsys_as_the_first_process_of_a_namespace)
{
	EXPECT_EQ(0, SH("unshare -pf $altshm run --strict --trap $self --raise"));
}

TEST_F(trap, calls_of_another_abi_say_so)
{
#ifdef __x86_64__
	EXPECT_EQ(0, SH("$altshm run --trap $self --call-i386"));
#else
	SKIP(return, "there is no other");
#endif
}

/* Also on a kernel without them: the filter sees a call before the kernel refuses it. */
TEST_F(trap, calls_of_x32_work)
{
#ifdef __x86_64__
	EXPECT_EQ(0, SH("$altshm run --strict --trap $self --call-x32"));
#else
	SKIP(return, "there are none");
#endif
}

#ifdef __x86_64__
#define X32_BIT 0x40000000

static int call_x32(void)
{
	int id = syscall(SYS_shmget | X32_BIT, IPC_PRIVATE, PAGE, 0600);
	struct shmid_ds ds;
	char *mem;

	if (id < 0 || syscall(SYS_shmctl | X32_BIT, id, IPC_STAT, &ds) || ds.shm_segsz != PAGE)
		return 1;
	mem = (char *)syscall(SYS_shmat | X32_BIT, id, NULL, 0);
	if (mem == (char *)-1)
		return 2;
	*mem = 1;
	if (syscall(SYS_shmdt | X32_BIT, mem) || syscall(SYS_shmctl | X32_BIT, id, IPC_RMID, NULL))
		return 3;
	return 0;
}

static int call_i386(void)
{
	long nr = 395;

	asm volatile("int $0x80"
		     : "+a"(nr)
		     : "b"(0L), "c"(4096L), "d"(0600L)
		     : "r8", "r9", "r10", "r11", "memory");
	return nr != -ENOSYS;
}
#endif

static int raise_and_call(void)
{
	raise(SIGSYS);
	return syscall(SYS_shmget, IPC_PRIVATE, PAGE, 0600) < 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--raise"))
		return raise_and_call();
#ifdef __x86_64__
	if (argc == 2 && !strcmp(argv[1], "--call-x32"))
		return call_x32();
	if (argc == 2 && !strcmp(argv[1], "--call-i386"))
		return call_i386();
#endif
	return test_harness_run(argc, argv);
}
