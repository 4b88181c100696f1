// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records that altshm itself leaves with the audit system: removal, change of
 * owner, denial.
 */
#include <linux/altshm.h>
#include <linux/altshm_netlink.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "auditing.h"
#include "tracing.h"

FIXTURE(audit_event) {
	int sock;
	unsigned int ns;
	struct audit_record record;
	char wanted[512];
};

FIXTURE_SETUP(audit_event)
{
	struct stat st;

	SETUP_IPC_NAMESPACE();
	SETUP_ALTSHM();
	self->sock = open_audit();
	if (self->sock == -EPROTONOSUPPORT)
		SKIP(_exit(SKIP_STATUS), "no audit in this kernel");
	ASSERT_LE(0, self->sock);
	ASSERT_EQ(0, stat("/proc/self/ns/ipc", &st));
	self->ns = st.st_ino;
}

FIXTURE_TEARDOWN(audit_event)
{
	close_audit(self->sock);
	remove_all();
}

/* The next record of altshm, without its first field; "" when the mark or nothing comes. */
static const char *next_of_altshm(int sock, struct audit_record *record)
{
	const char *text = "";

	while (!next_record(sock, record, &text) && record->head.nlmsg_type != MARK) {
		if (record->head.nlmsg_type == AUDIT_KERNEL_OTHER &&
		    !strncmp(text, "module=altshm ", 14))
			return text + 14;
	}
	return "";
}

static const char *field_text(const char *record, const char *name)
{
	const char *found = strstr(record, name);

	return found ? found + strlen(name) : "";
}

/* Compares what comes before the fields of the task, and those that name it. */
#define EXPECT_RECORD(pid, euid, res, ...) do {				\
	const char *got_ = next_of_altshm(self->sock, &self->record);	\
									\
	snprintf(self->wanted, sizeof(self->wanted), __VA_ARGS__);	\
	EXPECT_EQ(0, strncmp(self->wanted, got_, strlen(self->wanted)))	\
		TH_LOG("wanted %s, got %s", self->wanted, got_);	\
	EXPECT_EQ(0, strncmp(" ppid=", got_ + strlen(self->wanted), 6)); \
	EXPECT_EQ(pid, atoi(field_text(got_, " pid=")));		\
	EXPECT_EQ(euid, atoi(field_text(got_, " euid=")));		\
	EXPECT_EQ(res, atoi(field_text(got_, " res=")));		\
} while (0)

#define EXPECT_NO_RECORD() do {						\
	tell_audit(self->sock, MARK, "mark", 5);			\
	EXPECT_STREQ("", next_of_altshm(self->sock, &self->record));	\
} while (0)

/* What all records have of a segment. */
#define SEG " shmid=%d shmkey=0x%08x size=5000 ipc_ns=%u ouid=%u ogid=%u mode=%#o"

TEST_F(audit_event, removal_leaves_a_record)
{
	int id = rc(shm.get(KEY, 5000, IPC_CREAT | 0640));
	char *mem = ATTACH(id, NULL, 0);

	EXPECT_NO_RECORD();
	ASSERT_OK(shm.ctl(id, IPC_RMID, NULL));
	EXPECT_RECORD(getpid(), 0, 1, "op=remove cause=remove nattch=1" SEG, id, KEY, self->ns,
		      0, 0, 0640);
	ASSERT_OK(shm.ctl(id, IPC_RMID, NULL));
	ASSERT_OK(shm.dt(mem));
	EXPECT_NO_RECORD();
}

TEST_F(audit_event, change_of_owner_leaves_a_record_of_old_and_new)
{
	int id = rc(shm.get(KEY, 5000, IPC_CREAT | 0640));

	ASSERT_EQ(0, set_perm(id, USER_A, GROUP_G, 0604));
	EXPECT_RECORD(getpid(), 0, 1, "op=set old-ouid=0 old-ogid=0 old-mode=0640" SEG, id, KEY,
		      self->ns, USER_A, GROUP_G, 0604);
	EXPECT_NO_RECORD();
}

TEST_F(audit_event, denial_leaves_a_record_of_rule_and_segment)
{
	int id = rc(shm.get(KEY, 5000, IPC_CREAT | 0640));
	pid_t pid = fork();

	if (!pid) {
		ASSERT_EQ(0, become(USER_B, GROUP_H));
		EXPECT_ERR(EACCES, shm.at(id, NULL, SHM_RDONLY));
		EXPECT_ERR(EACCES, shm.get(KEY, 5000, 0600));
		EXPECT_ERR(EEXIST, shm.get(KEY, 5000, IPC_CREAT | IPC_EXCL | 0600));
		EXPECT_OK(shm.get(KEY, 0, 0));
		EXPECT_ERR(ENOENT, shm.get(KEY + 1, 0, 0));
		EXPECT_ERR(EPERM, shm.ctl(id, IPC_RMID, NULL));
		_exit(test_failed());
	}
	ASSERT_EQ(0, wait_exit(pid));
	EXPECT_RECORD(pid, USER_B, 0, "op=deny rule=mode limit=0 wanted=4 exit=-13" SEG, id, KEY,
		      self->ns, 0, 0, 0640);
	EXPECT_RECORD(pid, USER_B, 0, "op=deny rule=mode limit=0 wanted=6 exit=-13" SEG, id, KEY,
		      self->ns, 0, 0, 0640);
	EXPECT_RECORD(pid, USER_B, 0, "op=deny rule=owner limit=0 wanted=%d exit=-1" SEG, USER_B,
		      id, KEY, self->ns, 0, 0, 0640);
	EXPECT_NO_RECORD();
}

/* Who asks why is told as well as the audit system, which is told once. */
TEST_F(audit_event, denial_that_is_explained_leaves_one_record)
{
	int id = rc(shm.get(KEY, 5000, IPC_CREAT | 0640));
	struct altshm_get get = { .key = KEY, .shmflg = 0400 };
	struct altshm_explain why = { .cmd = ALTSHM_IOC_GET, .arg = (uintptr_t)&get };
	int device = open(ALTSHM_DEVICE, O_RDWR | O_CLOEXEC);
	pid_t pid = fork();

	if (!pid) {
		ASSERT_EQ(0, become(USER_B, GROUP_H));
		ASSERT_EQ(0, ioctl(device, ALTSHM_IOC_EXPLAIN, &why));
		EXPECT_EQ(-EACCES, why.result);
		EXPECT_EQ(ALTSHM_RULE_MODE, why.rule);
		EXPECT_EQ(4, why.wanted);
		_exit(test_failed());
	}
	ASSERT_EQ(0, wait_exit(pid));
	EXPECT_RECORD(pid, USER_B, 0, "op=deny rule=mode limit=0 wanted=4 exit=-13" SEG, id, KEY,
		      self->ns, 0, 0, 0640);
	EXPECT_NO_RECORD();
	close(device);
}

/* Names of programs are the only text from outside. */
TEST_F(audit_event, a_name_cannot_add_fields)
{
	ASSERT_EQ(0, prctl(PR_SET_NAME, "a\" res=7\nb"));
	ASSERT_OK(shm.ctl(new_sized(5000, 0600), IPC_RMID, NULL));
	EXPECT_RECORD(getpid(), 0, 1, "op=remove cause=remove nattch=0" SEG, 0, 0, self->ns, 0, 0,
		      0600);
	EXPECT_NE(NULL, strstr(self->record.text, " comm=61"));
}

TEST_F(audit_event, nothing_is_recorded_with_auditing_off)
{
	ASSERT_EQ(0, switch_audit(self->sock, false));
	ASSERT_OK(shm.ctl(new_segment(0600), IPC_RMID, NULL));
	ASSERT_EQ(0, switch_audit(self->sock, true));
	EXPECT_NO_RECORD();
}

/* What tracepoints tell besides goes nowhere else. */
TEST_F(audit_event, what_is_only_traced_is_not_recorded)
{
	struct tracing tracing = {};
	char *mem;

	ASSERT_EQ(0, tracing_start(&tracing, self->ns));
	mem = ATTACH(new_segment(0600), NULL, 0);
	EXPECT_OK(shm.dt(mem));
	tracing_end(&tracing);
	EXPECT_NO_RECORD();
}

/* The audit system takes no record then, which is no concern of the call's. */
TEST_F(audit_event, nothing_is_recorded_that_is_excluded)
{
	struct audit_rule_data rule = {
		.flags = AUDIT_FILTER_EXCLUDE,
		.action = AUDIT_NEVER,
		.field_count = 1,
		.fields = { AUDIT_MSGTYPE },
		.values = { AUDIT_KERNEL_OTHER },
		.fieldflags = { AUDIT_EQUAL },
	};
	int id = new_segment(0600);

	ASSERT_EQ(0, tell_audit(self->sock, AUDIT_ADD_RULE, &rule, sizeof(rule)));
	EXPECT_EQ(0, set_perm(id, USER_A, GROUP_G, 0604));
	EXPECT_OK(shm.ctl(id, IPC_RMID, NULL));
	ASSERT_EQ(0, tell_audit(self->sock, AUDIT_DEL_RULE, &rule, sizeof(rule)));
	EXPECT_NO_RECORD();
}

TEST_HARNESS_MAIN
