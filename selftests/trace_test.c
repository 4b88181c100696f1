// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a tracer sees: events of the four system calls for the kernel's own
 * facility, those of ioctl for altshm.
 */
#include <sys/stat.h>

#include "common.h"

#define TRACING		"/sys/kernel/tracing"
#define INSTANCE	TRACING "/instances/altshm_test"

SHM_FIXTURE(trace);

static const char *const calls[] = { "shmget", "shmat", "shmdt", "shmctl" };

static const char *event_file(const char *dir, const char *kind,
			      const char *name, const char *file)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/events/syscalls/sys_%s_%s/%s", dir,
		 kind, name, file);
	return path;
}

static bool file_has(const char *path, const char *text)
{
	FILE *file = fopen(path, "re");
	char line[512];
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file))
		found = strstr(line, text);
	if (file)
		fclose(file);
	return found;
}

static int make_calls(void)
{
	struct shmid_ds ds;
	int id = rc(shm.get(IPC_PRIVATE, PAGE, 0600));
	char *mem = shm.at(id, NULL, 0);

	return shm.dt(mem) ?: shm.ctl(id, IPC_STAT, &ds) ?: shm.ctl(id, IPC_RMID, NULL);
}

/* rows: TRC-02 */
TEST_F(trace, events_describe_the_calls_and_there_are_no_others)
{
	static const char *const fields[] = { " key;", " size;", " shmflg;" };

	if (access(TRACING "/events/syscalls", F_OK))
		SKIP(return, "no events of system calls");
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		EXPECT_TRUE(file_has(event_file(TRACING, "enter", "shmget",
						"format"), fields[i]));
	}
	EXPECT_TRUE(file_has(event_file(TRACING, "enter", "shmget", "format"),
			     "size:8;"));
	EXPECT_NE(0, access(TRACING "/events/ipc", F_OK));
}

/* rows: TRC-02 */
TEST_F(trace, each_call_is_an_event_and_with_altshm_one_of_ioctl)
{
	char text[64];

	if (access(TRACING "/events/syscalls", F_OK))
		SKIP(return, "no events of system calls");
	ASSERT_OK(mkdir(INSTANCE, 0700));
	snprintf(text, sizeof(text), "%d", getpid());
	EXPECT_EQ(0, write_file(INSTANCE "/set_event_pid", text));
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		EXPECT_EQ(0, write_file(event_file(INSTANCE, "enter", calls[i],
						   "enable"), "1"));
		EXPECT_EQ(0, write_file(event_file(INSTANCE, "exit", calls[i],
						   "enable"), "1"));
	}
	EXPECT_EQ(0, write_file(event_file(INSTANCE, "enter", "ioctl", "enable"), "1"));
	EXPECT_EQ(0, make_calls());
	EXPECT_EQ(0, write_file(INSTANCE "/tracing_on", "0"));
	/* A difference: no module can make its calls events of others. */
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		snprintf(text, sizeof(text), ": sys_%s(", calls[i]);
		EXPECT_EQ(!on_altshm, file_has(INSTANCE "/trace", text)) TH_LOG("%s", text);
		snprintf(text, sizeof(text), ": sys_%s -> ", calls[i]);
		EXPECT_EQ(!on_altshm, file_has(INSTANCE "/trace", text)) TH_LOG("%s", text);
	}
	EXPECT_EQ(on_altshm, file_has(INSTANCE "/trace", ": sys_ioctl("));
	EXPECT_OK(rmdir(INSTANCE));
}

TEST_HARNESS_MAIN
