// SPDX-License-Identifier: GPL-2.0-only
/*
 * The shmget event of tracers that know system calls only, from a kprobe set up
 * through tracefs: the recipe of docs/tracing.md.
 */
#include "tracing.h"

#define KPROBE_EVENTS	TRACING "/kprobe_events"

#define FUNCTION	"altshm:altshm_seg_get_id"
#define ARGUMENTS	" key=$arg1:s32 size=$arg2:u64 shmflg=$arg3:s32"
#define RESULT		" result=$retval:s32"

FIXTURE(trace_kprobe) {
	struct tracing tracing;
	char group[32];
};

/* Appended: what others have set up stays. */
static int kprobe_event(const char *text)
{
	int fd = open(KPROBE_EVENTS, O_WRONLY | O_APPEND | O_CLOEXEC);
	int error = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		error = -errno;
	close(fd);
	return error;
}

FIXTURE_SETUP(trace_kprobe)
{
	char text[256];

	SETUP_IPC_NAMESPACE();
	SETUP_ALTSHM();
	if (access(KPROBE_EVENTS, F_OK))
		SKIP(_exit(SKIP_STATUS), "no kprobe_events in this kernel");
	snprintf(self->group, sizeof(self->group), "altshm_%d", getpid());
	snprintf(text, sizeof(text), "p:%s/shmget " FUNCTION ARGUMENTS, self->group);
	ASSERT_EQ(0, kprobe_event(text));
	snprintf(text, sizeof(text), "r:%s/shmget_ret " FUNCTION RESULT, self->group);
	ASSERT_EQ(0, kprobe_event(text));
	ASSERT_EQ(0, tracing_start(&self->tracing, 0));
	ASSERT_EQ(0, write_file(tracing_file(&self->tracing, "events/altshm/enable"), "0"));
}

FIXTURE_TEARDOWN(trace_kprobe)
{
	static const char *const names[] = { "shmget", "shmget_ret" };
	char text[64];

	tracing_end(&self->tracing);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(text, sizeof(text), "-:%s/%s", self->group, names[i]);
		EXPECT_EQ(0, kprobe_event(text));
	}
	remove_all();
}

TEST_F(trace_kprobe, a_probe_has_the_arguments_of_shmget)
{
	char path[64], pid[16];
	int id;

	snprintf(pid, sizeof(pid), "%d", getpid());
	ASSERT_EQ(0, write_file(tracing_file(&self->tracing, "set_event_pid"), pid));
	snprintf(path, sizeof(path), "events/%s/enable", self->group);
	ASSERT_EQ(0, write_file(tracing_file(&self->tracing, path), "1"));
	id = rc(shm.get(KEY, 5000, IPC_CREAT | 0640));
	EXPECT_ERR(ENOENT, shm.get(-2, 3, 0));
	ASSERT_TRUE(tracing_take(&self->tracing));
	for (int i = 0; i < 2; i++) {
		const char *call = tracing_next(&self->tracing) ?: "";
		const char *args = strstr(call, ") "), *ret;

		EXPECT_EQ(0, strncmp(call, "shmget: (altshm_seg_get_id+0x", 29)) TH_LOG("%s", call);
		EXPECT_STREQ(i ? ") key=-2 size=3 shmflg=0" :
			     ") key=1634497651 size=5000 shmflg=928", args);
		ret = tracing_next(&self->tracing) ?: "";
		EXPECT_EQ(i ? -ENOENT : id, tracing_field(ret, "result")) TH_LOG("%s", ret);
	}
	EXPECT_EQ(NULL, tracing_next(&self->tracing));
}

TEST_HARNESS_MAIN
