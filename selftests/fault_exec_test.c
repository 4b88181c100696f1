// SPDX-License-Identifier: GPL-2.0-only
/*
 * The end of attaches in execve(), with each allocation and user copy failing
 * in turn.
 */
#include <sys/ptrace.h>

#include "common.h"
#include "fault.h"
#include "scene.h"

#define MOST_FAILURES 2000

static void exec_with_failure(unsigned int n)
{
	char *none[] = { NULL };

	if (!ptrace(PTRACE_TRACEME, 0, NULL, NULL) && !fault_open()) {
		fault_begin(n);
		execve("/proc/self/exe", none, none);
	}
	_exit(1);
}

/* Whether the child came through exec without a failure. It is stopped then, and ended. */
static bool exec_was_spared(pid_t pid)
{
	char path[64];
	bool spared;
	int status;

	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		return false;
	snprintf(path, sizeof(path), "/proc/%d/fail-nth", pid);
	spared = WSTOPSIG(status) == SIGTRAP && read_long(path) > 0;
	kill(pid, SIGKILL);
	wait_exit(pid);
	return spared;
}

FIXTURE(fault_exec) {
	struct scene scene;
};

FIXTURE_SETUP(fault_exec)
{
	const char *missing;

	SETUP_IPC_NAMESPACE();
	if (access(ALTSHM_DEVICE, R_OK | W_OK))
		SETUP_SKIP("no /dev/altshm: module not loaded");
	missing = fault_allow();
	if (missing)
		SKIP(_exit(SKIP_STATUS), "missing: %s", missing);
	self->scene.fd = open(ALTSHM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->scene.fd);
	with_attach(&self->scene);
}

FIXTURE_TEARDOWN(fault_exec)
{
	scene_end(&self->scene);
	close(self->scene.fd);
}

/* Whatever becomes of the process, its attach is counted off. */
TEST_F_TIMEOUT(fault_exec, exec_loses_no_attach, 200)
{
	struct world before = look(&self->scene);
	long references = read_long(REFERENCES);
	bool spared = false;
	unsigned int n;

	for (n = 1; !spared && n < MOST_FAILURES; n++) {
		pid_t pid = fork();

		ASSERT_LE(0, pid);
		if (!pid)
			exec_with_failure(n);
		spared = exec_was_spared(pid);
		ASSERT_EQ(before.nattch, look(&self->scene).nattch) TH_LOG("failure %u", n);
		ASSERT_EQ(references, read_long(REFERENCES)) TH_LOG("failure %u", n);
	}
	EXPECT_TRUE(spared);
	EXPECT_LT(2, n);
	TH_LOG("%u failures", n - 2);
}

TEST_HARNESS_MAIN
