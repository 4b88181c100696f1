// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the audit system records: calls of the kernel's own facility with owner
 * and mode of the segment, altshm's as the ioctl calls that they are.
 */
#include "auditing.h"

SHM_FIXTURE(audit);

struct records {
	int syscalls, ipc, set_perm;
	char ipc_text[128], set_perm_text[128];
};

/* All calls of this process that can be of shared memory, by either way. */
static int watch_calls(int sock, int type)
{
	static const unsigned int calls[] = { SYS_shmget, SYS_shmat, SYS_shmdt, SYS_shmctl,
					      SYS_ioctl };
	struct audit_rule_data rule = {
		.flags = AUDIT_FILTER_EXIT, .action = AUDIT_ALWAYS, .field_count = 1,
		.fields = { AUDIT_PID }, .values = { getpid() }, .fieldflags = { AUDIT_EQUAL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
		rule.mask[AUDIT_WORD(calls[i])] |= AUDIT_BIT(calls[i]);
	return tell_audit(sock, type, &rule, sizeof(rule));
}

/* What has been recorded since the last mark; "syscalls" is -1 without a mark. */
static struct records take_records(int sock)
{
	struct records seen = { 0 };
	struct audit_record message;
	const char *text = "";

	tell_audit(sock, MARK, "mark", 5);
	for (;;) {
		if (next_record(sock, &message, &text)) {
			seen.syscalls = -1;
			return seen;
		}
		if (message.head.nlmsg_type == MARK)
			return seen;
		if (message.head.nlmsg_type == AUDIT_SYSCALL)
			seen.syscalls++;
		if (message.head.nlmsg_type == AUDIT_IPC) {
			seen.ipc++;
			snprintf(seen.ipc_text, sizeof(seen.ipc_text), "%.127s", text);
		}
		if (message.head.nlmsg_type == AUDIT_IPC_SET_PERM) {
			seen.set_perm++;
			snprintf(seen.set_perm_text, sizeof(seen.set_perm_text), "%.127s", text);
		}
	}
}

/*
 * The block runs in a process whose calls are audited: only those that were
 * forked since auditing began can be.
 */
#define AUDITED(sock)							\
	IN_CHILD							\
		for (int on_ = ({					\
			ASSERT_EQ(0, watch_calls(sock, AUDIT_ADD_RULE)); 1; }); \
		     on_; on_ = 0, watch_calls(sock, AUDIT_DEL_RULE))

/* A difference: no module can add such records to a call. */
#define EXPECT_RECORDS(sock, call) do {					\
	struct records seen_;						\
									\
	EXPECT_LE(0, rc(call));						\
	seen_ = take_records(sock);					\
	EXPECT_LE(1, seen_.syscalls);					\
	EXPECT_EQ(on_altshm ? 0 : 1, seen_.ipc) TH_LOG(#call);		\
} while (0)

#define EXPECT_NO_RECORDS(sock, call) do {				\
	struct records seen_;						\
									\
	EXPECT_LE(0, rc(call));						\
	seen_ = take_records(sock);					\
	EXPECT_LE(1, seen_.syscalls);					\
	EXPECT_EQ(0, seen_.ipc) TH_LOG(#call);				\
} while (0)

/* rows: TRC-03 TRC-06 */
TEST_F(audit, records_tell_owner_and_mode)
{
	int sock = open_audit(), id = new_segment(0600);
	struct records seen;

	ASSERT_EQ(0, set_perm(id, USER_A, GROUP_G, 0640));
	ATTACH(id, NULL, 0);
	ASSERT_OK(shm.ctl(id, SHM_LOCK, NULL));
	ASSERT_OK(shm.ctl(id, IPC_RMID, NULL));
	ASSERT_LE(0, sock) TH_LOG("no audit: %d", sock);
	AUDITED(sock) {
		char text[128];

		take_records(sock);
		EXPECT_EQ(0, set_perm(id, USER_B, GROUP_G, 07604));
		seen = take_records(sock);
		EXPECT_EQ(on_altshm ? 0 : 1, seen.ipc);
		EXPECT_EQ(on_altshm ? 0 : 1, seen.set_perm);
		if (!on_altshm) {
			snprintf(text, sizeof(text), "ouid=%u ogid=%u mode=03640", USER_A,
				 GROUP_G);
			EXPECT_EQ(0, strncmp(text, seen.ipc_text, strlen(text)))
				TH_LOG("%s", seen.ipc_text);
			snprintf(text, sizeof(text), "qbytes=0 ouid=%u ogid=%u mode=07604", USER_B,
				 GROUP_G);
			EXPECT_STREQ(text, seen.set_perm_text);
		}
		EXPECT_LE(1, seen.syscalls);
	}
	close_audit(sock);
}

/* rows: TRC-04 */
TEST_F(audit, calls_that_judge_a_segment_leave_records)
{
	int sock = open_audit(), id = rc(shm.get(KEY, PAGE, IPC_CREAT | 0600));

	ASSERT_LE(0, sock) TH_LOG("no audit: %d", sock);
	AUDITED(sock) {
		struct shmid_ds ds = STAT(id);

		take_records(sock);
		EXPECT_RECORDS(sock, shm.get(KEY, PAGE, 0600));
		EXPECT_RECORDS(sock, shm.ctl(id, IPC_STAT, &ds));
		EXPECT_RECORDS(sock, shm.ctl(0, SHM_STAT, &ds));
		EXPECT_RECORDS(sock, shm.ctl(0, SHM_STAT_ANY, &ds));
		EXPECT_RECORDS(sock, shm.at(id, NULL, 0) == (void *)-1 ? -1 : 0);
		EXPECT_RECORDS(sock, shm.ctl(id, IPC_SET, &ds));
		EXPECT_RECORDS(sock, shm.ctl(id, SHM_LOCK, NULL));
		EXPECT_RECORDS(sock, shm.ctl(id, SHM_UNLOCK, NULL));
		EXPECT_RECORDS(sock, shm.ctl(id, IPC_RMID, NULL));
	}
	close_audit(sock);
}

/* rows: TRC-05 */
TEST_F(audit, creation_detach_and_totals_leave_none)
{
	int sock = open_audit(), id = new_segment(0600);
	char *mem = ATTACH(id, NULL, 0);

	ASSERT_LE(0, sock) TH_LOG("no audit: %d", sock);
	AUDITED(sock) {
		struct shmid_ds buf[2];

		take_records(sock);
		EXPECT_NO_RECORDS(sock, shm.get(KEY, PAGE, IPC_CREAT | 0600));
		EXPECT_NO_RECORDS(sock, shm.dt(mem));
		EXPECT_NO_RECORDS(sock, shm.ctl(0, IPC_INFO, buf));
		EXPECT_NO_RECORDS(sock, shm.ctl(0, SHM_INFO, buf));
	}
	close_audit(sock);
}

TEST_HARNESS_MAIN
