// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tracepoints of altshm: every event, with all its fields.
 */
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "command.h"
#include "tracing.h"

FIXTURE(trace_event) {
	struct tracing tracing;
	unsigned int ns;
};

FIXTURE_SETUP(trace_event)
{
	SETUP_IPC_NAMESPACE();
	SETUP_ALTSHM();
	if (access(TRACING "/events/altshm", F_OK))
		SKIP(_exit(SKIP_STATUS), "no tracefs with events of modules");
	self->ns = ipc_ns_number();
	ASSERT_EQ(0, tracing_start(&self->tracing, self->ns));
}

FIXTURE_TEARDOWN(trace_event)
{
	remove_all();
	sysctl_restore();
	tracing_end(&self->tracing);
}

#define CREATE	(IPC_CREAT | 0640)

#define TAKE() ASSERT_TRUE(tracing_take(&self->tracing))
#define NEXT(...) EXPECT_TRUE(tracing_next_is(&self->tracing, __VA_ARGS__))
#define NO_MORE() EXPECT_EQ(NULL, tracing_next(&self->tracing))

/* A segment of root's, of mode 0640. */
#define SEG "id=%d key=0x%08x size=%lu nattch=%d uid=0 gid=0 mode=0640 "

#define NEXT_GET(key, size, shmflg, result, created, nattch)		\
	NEXT("get: key=0x%08x size=%lu shmflg=%#o result=%d id=%d created=%d nattch=%d " \
	     "pid=%d euid=0 ipc_ns=%u", key, (unsigned long)(size), shmflg, result, \
	     (result) < 0 ? -1 : (result), created, nattch, getpid(), self->ns)

#define NEXT_ATTACH(id, key, size, nattch, addr, length, shmflg, cause, by) \
	NEXT("attach: " SEG "start=0x%lx length=%lu shmflg=%#o cause=" cause \
	     " pid=%d euid=0 ipc_ns=%u", id, key, (unsigned long)(size), nattch, \
	     (unsigned long)(addr), (unsigned long)(length), shmflg, by, self->ns)

#define NEXT_DETACH(id, key, size, nattch, addr, length, cause, by)	\
	NEXT("detach: " SEG "start=0x%lx length=%lu cause=" cause		\
	     " pid=%d euid=0 ipc_ns=%u", id, key, (unsigned long)(size), nattch, \
	     (unsigned long)(addr), (unsigned long)(length), by, self->ns)

#define NEXT_END(name, id, key, size, nattch, cause, by)		\
	NEXT(name ": " SEG "cause=" cause " pid=%d euid=0 ipc_ns=%u",	\
	     id, key, (unsigned long)(size), nattch, by, self->ns)

/* A place where @pages can be mapped. */
static char *room_for(size_t pages)
{
	char *room = mmap(NULL, pages * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	munmap(room, pages * PAGE);
	return room;
}

TEST_F(trace_event, get_tells_arguments_result_and_whether_it_was_created)
{
	int a, b, c;

	a = rc(shm.get(IPC_PRIVATE, 5000, 0640));
	b = rc(shm.get(KEY, 7000, CREATE | IPC_EXCL));
	c = rc(shm.get(KEY, 1, 0440));
	EXPECT_EQ(b, c);
	ATTACH(b, NULL, 0);
	EXPECT_EQ(b, rc(shm.get(KEY, 0, CREATE)));
	EXPECT_ERR(ENOENT, shm.get(KEY + 1, 3, 0));
	EXPECT_ERR(EEXIST, shm.get(KEY, 7000, CREATE | IPC_EXCL));
	EXPECT_ERR(EINVAL, shm.get(KEY, 7001, 0));
	EXPECT_ERR(EINVAL, shm.get(IPC_PRIVATE, 0, 0));
	TAKE();
	NEXT_GET(IPC_PRIVATE, 5000, 0640, a, 1, 0);
	NEXT_GET(KEY, 7000, CREATE | IPC_EXCL, b, 1, 0);
	NEXT_GET(KEY, 1, 0440, b, 0, 0);
	EXPECT_NE(NULL, tracing_next(&self->tracing));
	NEXT_GET(KEY, 0, CREATE, b, 0, 1);
	NEXT_GET(KEY + 1, 3, 0, -ENOENT, 0, 0);
	NEXT_GET(KEY, 7000, CREATE | IPC_EXCL, -EEXIST, 0, 0);
	NEXT_GET(KEY, 7001, 0, -EINVAL, 0, 0);
	NEXT_GET(IPC_PRIVATE, 0, 0, -EINVAL, 0, 0);
	NO_MORE();
}

TEST_F(trace_event, attach_and_detach_tell_address_flags_and_count)
{
	int id = rc(shm.get(KEY, 5000, CREATE));
	char *a = room_for(4), *b = a + 2 * PAGE;

	TAKE();
	ASSERT_EQ(a, ATTACH(id, a, 0));
	ASSERT_EQ(b, ATTACH(id, b + 1, SHM_RDONLY | SHM_RND));
	EXPECT_OK(shm.dt(a));
	EXPECT_OK(shm.dt(b));
	EXPECT_ERR(EINVAL, shm.dt(b));
	TAKE();
	NEXT_ATTACH(id, KEY, 5000, 1, a, 2 * PAGE, 0, "attach", getpid());
	NEXT_ATTACH(id, KEY, 5000, 2, b, 2 * PAGE, SHM_RDONLY | SHM_RND, "attach", getpid());
	NEXT_DETACH(id, KEY, 5000, 1, a, 2 * PAGE, "detach", getpid());
	NEXT_DETACH(id, KEY, 5000, 0, b, 2 * PAGE, "detach", getpid());
	NO_MORE();
}

TEST_F(trace_event, fork_exit_and_exec_are_causes)
{
	int id = new_segment(0640);
	char *mem = ATTACH(id, NULL, SHM_RDONLY);
	pid_t pid[2];

	TAKE();
	for (int i = 0; i < 2; i++) {
		pid[i] = fork();
		if (!pid[i]) {
			if (i)
				execl("/bin/true", "true", NULL);
			_exit(0);
		}
		EXPECT_EQ(0, wait_exit(pid[i]));
	}
	TAKE();
	NEXT_ATTACH(id, 0, PAGE, 2, mem, PAGE, SHM_RDONLY, "fork", getpid());
	NEXT_DETACH(id, 0, PAGE, 1, mem, PAGE, "exit", pid[0]);
	NEXT_ATTACH(id, 0, PAGE, 2, mem, PAGE, SHM_RDONLY, "fork", getpid());
	NEXT_DETACH(id, 0, PAGE, 1, mem, PAGE, "exec", pid[1]);
	NO_MORE();
}

TEST_F(trace_event, munmap_is_a_cause_and_splits)
{
	int id = new_sized(3 * PAGE, 0640);
	char *mem = ATTACH(id, NULL, 0);
	const char *split;

	TAKE();
	ASSERT_OK(munmap(mem, PAGE));
	ASSERT_OK(munmap(mem + PAGE, 2 * PAGE));
	TAKE();
	/* Which part is the new one is the kernel's choice. */
	split = tracing_next(&self->tracing) ?: "";
	EXPECT_EQ(0, strncmp(split, "attach: ", 8)) TH_LOG("%s", split);
	EXPECT_NE(NULL, strstr(split, " cause=split "));
	EXPECT_EQ(2, tracing_field(split, "nattch"));
	EXPECT_EQ(tracing_field(split, "start") == (long)mem ? PAGE : 2 * PAGE,
		  tracing_field(split, "length"));
	NEXT_DETACH(id, 0, 3 * PAGE, 1, mem, PAGE, "munmap", getpid());
	NEXT_DETACH(id, 0, 3 * PAGE, 0, mem + PAGE, 2 * PAGE, "munmap", getpid());
	NO_MORE();
}

TEST_F(trace_event, mapping_over_an_attach_is_an_munmap)
{
	int id = new_segment(0640);
	char *mem = ATTACH(id, NULL, 0);

	TAKE();
	ASSERT_EQ(mem, ATTACH(id, mem, SHM_REMAP));
	ASSERT_EQ(mem, mmap(mem, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
			    0));
	TAKE();
	NEXT_DETACH(id, 0, PAGE, 0, mem, PAGE, "munmap", getpid());
	NEXT_ATTACH(id, 0, PAGE, 1, mem, PAGE, SHM_REMAP, "attach", getpid());
	NEXT_DETACH(id, 0, PAGE, 0, mem, PAGE, "munmap", getpid());
	NO_MORE();
}

TEST_F(trace_event, a_moved_mapping_comes_before_it_goes)
{
	int id = new_segment(0640);
	char *mem = ATTACH(id, NULL, 0), *to = room_for(1);

	TAKE();
	ASSERT_EQ(to, mremap(mem, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to));
	TAKE();
	NEXT_ATTACH(id, 0, PAGE, 2, to, PAGE, 0, "split", getpid());
	NEXT_DETACH(id, 0, PAGE, 1, mem, PAGE, "munmap", getpid());
	NO_MORE();
}

TEST_F(trace_event, removal_is_told_once_and_the_end_when_it_comes)
{
	int a = rc(shm.get(KEY, PAGE, CREATE)), b = rc(shm.get(KEY + 1, PAGE, CREATE));
	char *mem = ATTACH(b, NULL, 0);

	TAKE();
	ASSERT_OK(shm.ctl(a, IPC_RMID, NULL));
	ASSERT_OK(shm.ctl(b, IPC_RMID, NULL));
	ASSERT_OK(shm.ctl(b, IPC_RMID, NULL));
	ASSERT_OK(shm.dt(mem));
	TAKE();
	NEXT_END("remove", a, KEY, PAGE, 0, "remove", getpid());
	NEXT_END("destroy", a, KEY, PAGE, 0, "remove", getpid());
	NEXT_END("remove", b, KEY + 1, PAGE, 1, "remove", getpid());
	NEXT_DETACH(b, KEY + 1, PAGE, 0, mem, PAGE, "detach", getpid());
	NEXT_END("destroy", b, KEY + 1, PAGE, 0, "last-detach", getpid());
	NO_MORE();
}

TEST_F(trace_event, what_shm_rmid_forced_ends_is_told)
{
	int id = new_segment(0640), orphan = -1;
	char *mem = ATTACH(id, NULL, 0);
	pid_t pid;

	ASSERT_EQ(0, sysctl_set(SHM_RMID_FORCED, 1));
	TAKE();
	ASSERT_OK(shm.dt(mem));
	pid = fork();
	if (!pid) {
		orphan = new_segment(0640);
		_exit(orphan != id + 1);
	}
	orphan = id + 1;
	EXPECT_EQ(0, wait_exit(pid));
	TAKE();
	NEXT_DETACH(id, 0, PAGE, 0, mem, PAGE, "detach", getpid());
	NEXT_END("destroy", id, 0, PAGE, 0, "forced", getpid());
	EXPECT_NE(NULL, tracing_next(&self->tracing));
	NEXT_END("destroy", orphan, 0, PAGE, 0, "forced", pid);
	NO_MORE();
}

/* Is the next event of @pipe this one, with this cause? */
static bool piped_is(FILE *pipe, const char *name, int id, key_t key, const char *cause)
{
	char line[512], wanted[64];

	if (!fgets(line, sizeof(line), pipe))
		return false;
	snprintf(wanted, sizeof(wanted), ": %s: id=%d key=0x%08x size=4096 nattch=0 ", name, id,
		 key);
	if (strstr(line, wanted) && strstr(line, cause))
		return true;
	fprintf(stderr, "# wanted: %s, %s\n# got: %s", wanted, cause, line);
	return false;
}

/* A worker finds the namespace dead within seconds; trace_pipe waits for it. */
TEST_F(trace_event, what_ends_with_its_namespace_is_told)
{
	key_t key = KEY + getpid();
	char filter[32];
	FILE *pipe;

	snprintf(filter, sizeof(filter), "key == 0x%x", key);
	ASSERT_EQ(0, write_file(tracing_file(&self->tracing, "events/altshm/filter"), filter));
	ASSERT_EQ(0, write_file(tracing_file(&self->tracing, "events/altshm/get/enable"), "0"));
	IN_CHILD {
		ASSERT_EQ(0, unshare(CLONE_NEWIPC));
		ASSERT_EQ(0, rc(shm.get(key, PAGE, CREATE)));
	}
	pipe = fopen(tracing_file(&self->tracing, "trace_pipe"), "re");
	ASSERT_NE(NULL, pipe);
	EXPECT_TRUE(piped_is(pipe, "remove", 0, key, " cause=namespace "));
	EXPECT_TRUE(piped_is(pipe, "destroy", 0, key, " cause=namespace "));
	fclose(pipe);
}

/* As above, by the timeout of one second. */
TEST_F(trace_event, what_the_orphan_timeout_ends_is_told)
{
	char said[512];
	FILE *pipe;

	ASSERT_EQ(0, sh(said, sizeof(said), "$altshm limits --orphan-timeout 1"))
		TH_LOG("%s", said);
	ASSERT_EQ(0, write_file(tracing_file(&self->tracing, "events/altshm/get/enable"), "0"));
	IN_CHILD {
		ASSERT_EQ(0, rc(shm.get(KEY, PAGE, CREATE)));
	}
	pipe = fopen(tracing_file(&self->tracing, "trace_pipe"), "re");
	ASSERT_NE(NULL, pipe);
	EXPECT_TRUE(piped_is(pipe, "orphan", 0, KEY, " ipc_ns="));
	EXPECT_TRUE(piped_is(pipe, "remove", 0, KEY, " cause=orphan "));
	EXPECT_TRUE(piped_is(pipe, "destroy", 0, KEY, " cause=orphan "));
	fclose(pipe);
}

#define SET								\
	"set: id=%d key=0x%08x size=4096 nattch=0 uid=%u gid=%u mode=0604 "	\
	"old_uid=0 old_gid=0 old_mode=0640 pid=%d euid=0 ipc_ns=%u"

TEST_F(trace_event, set_tells_old_and_new_owner)
{
	int id = rc(shm.get(KEY, PAGE, CREATE));

	TAKE();
	ASSERT_EQ(0, set_perm(id, USER_A, GROUP_G, 07604));
	TAKE();
	NEXT(SET, id, KEY, USER_A, GROUP_G, getpid(), self->ns);
	NO_MORE();
}

TEST_F(trace_event, lock_and_unlock_are_told_where_they_have_effect)
{
	int id = rc(shm.get(KEY, PAGE, CREATE));

	TAKE();
	for (int i = 0; i < 2; i++) {
		ASSERT_OK(shm.ctl(id, SHM_LOCK, NULL));
	}
	for (int i = 0; i < 2; i++) {
		ASSERT_OK(shm.ctl(id, SHM_UNLOCK, NULL));
	}
	TAKE();
	NEXT("lock: " SEG "pid=%d euid=0 ipc_ns=%u", id, KEY, PAGE, 0, getpid(), self->ns);
	NEXT("unlock: " SEG "pid=%d euid=0 ipc_ns=%u", id, KEY, PAGE, 0, getpid(), self->ns);
	NO_MORE();
}

/* Refusals of what USER_B did; @owner 0 for root's segment. */
#define NEXT_DENY(id, key, owner, group, mode, shmflg, rule, limit, wanted, result) \
	NEXT("deny: id=%d key=0x%08x size=4096 nattch=0 uid=%u gid=%u mode=%#o shmflg=%#o " \
	     "rule=" rule " limit=%u wanted=%u result=%d pid=%d euid=%u ipc_ns=%u", id, key, \
	     owner, group, mode, shmflg, limit, wanted, result, pid, USER_B, self->ns)

TEST_F(trace_event, denials_name_the_rule)
{
	int id = rc(shm.get(KEY, PAGE, CREATE));
	pid_t pid;

	ASSERT_EQ(0, set_perm(id, USER_A, GROUP_G, 0640));
	ASSERT_EQ(0, write_file(tracing_file(&self->tracing, "events/altshm/get/enable"), "0"));
	TAKE();
	pid = fork();
	if (!pid) {
		ASSERT_EQ(0, set_limit(RLIMIT_MEMLOCK, 0));
		ASSERT_EQ(0, become(USER_B, GROUP_G));
		EXPECT_ERR(EACCES, shm.get(KEY, 0, 0660));
		EXPECT_ERR(EACCES, shm.at(id, NULL, SHM_RND));
		EXPECT_EQ(-EPERM, set_perm(id, USER_B, GROUP_G, 0600));
		EXPECT_ERR(EPERM, shm.ctl(id, IPC_RMID, NULL));
		EXPECT_ERR(EPERM, shm.ctl(new_segment(0600), SHM_LOCK, NULL));
		EXPECT_ERR(EPERM, shm.get(IPC_PRIVATE, PAGE, SHM_HUGETLB | 0600));
		_exit(test_failed());
	}
	EXPECT_EQ(0, wait_exit(pid));
	TAKE();
	NEXT_DENY(id, KEY, USER_A, GROUP_G, 0640, 0660, "mode", 4, 6, -EACCES);
	NEXT_DENY(id, KEY, USER_A, GROUP_G, 0640, SHM_RND, "mode", 4, 6, -EACCES);
	NEXT_DENY(id, KEY, USER_A, GROUP_G, 0640, 0, "owner", USER_A, USER_B, -EPERM);
	NEXT_DENY(id, KEY, USER_A, GROUP_G, 0640, 0, "owner", USER_A, USER_B, -EPERM);
	NEXT_DENY(id + 1, 0, USER_B, GROUP_G, 0600, 0, "memlock-zero", 0, 4096, -EPERM);
	NEXT_DENY(-1, 0, -1U, -1U, 0, SHM_HUGETLB | 0600, "hugetlb-group", 0, GROUP_G, -EPERM);
	NO_MORE();
}

#define NEXT_LIMIT(size, rule, limit, wanted, result)			\
	NEXT("limit: id=-1 key=0x%08x size=%lu nattch=0 uid=%u gid=%u mode=0 shmflg=%#o " \
	     "rule=" rule " limit=%lu wanted=%lu result=%d pid=%d euid=0 ipc_ns=%u", KEY + 1, \
	     (unsigned long)(size), -1U, -1U, CREATE, (unsigned long)(limit), \
	     (unsigned long)(wanted), result, getpid(), self->ns)

TEST_F(trace_event, limits_tell_how_much_there_is_and_was_wanted)
{
	ASSERT_EQ(0, rc(shm.get(KEY, PAGE, CREATE)));
	ASSERT_EQ(0, sysctl_set(SHMMAX, 4 * PAGE));
	ASSERT_EQ(0, sysctl_set(SHMALL, 3));
	ASSERT_EQ(0, write_file(tracing_file(&self->tracing, "events/altshm/get/enable"), "0"));
	TAKE();
	EXPECT_ERR(EINVAL, shm.get(KEY + 1, 4 * PAGE + 1, CREATE));
	EXPECT_ERR(ENOSPC, shm.get(KEY + 1, 3 * PAGE, CREATE));
	ASSERT_EQ(0, sysctl_set(SHMMNI, 1));
	EXPECT_ERR(ENOSPC, shm.get(KEY + 1, PAGE, CREATE));
	TAKE();
	NEXT_LIMIT(4 * PAGE + 1, "shmmax", 4 * PAGE, 4 * PAGE + 1, -EINVAL);
	NEXT_LIMIT(3 * PAGE, "shmall", 3, 4, -ENOSPC);
	NEXT_LIMIT(PAGE, "shmmni", 1, 2, -ENOSPC);
	NO_MORE();
}

static bool format_has(struct tracing *tracing, const char *event, const char *field)
{
	char path[64], text[4096];
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "events/altshm/%s/format", event);
	fd = open(tracing_file(tracing, path), O_RDONLY | O_CLOEXEC);
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[len < 0 ? 0 : len] = '\0';
	return strstr(text, field);
}

/* What tools read to decode events, with the types that tracers of shmget() have. */
TEST_F(trace_event, formats_name_fields_types_and_causes)
{
	static const char *const common[] = {
		"get", "attach", "detach", "remove", "destroy", "set", "lock", "unlock",
		"deny", "limit", "orphan",
	};
	static const char *const get[] = {
		"field:s32 key;\toffset:8;\tsize:4;\tsigned:1;",
		"field:u64 size;\toffset:16;\tsize:8;\tsigned:0;",
		"field:s32 shmflg;\toffset:24;\tsize:4;\tsigned:1;",
		"field:s32 result;\toffset:28;\tsize:4;\tsigned:1;",
		"field:u8 created;",
	};

	for (size_t i = 0; i < ARRAY_SIZE(get); i++) {
		EXPECT_TRUE(format_has(&self->tracing, "get", get[i])) TH_LOG("%s", get[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(common); i++) {
		EXPECT_TRUE(format_has(&self->tracing, common[i], "field:s32 id;"));
		EXPECT_TRUE(format_has(&self->tracing, common[i], "field:s32 pid;"));
		EXPECT_TRUE(format_has(&self->tracing, common[i], "field:u32 euid;"));
		EXPECT_TRUE(format_has(&self->tracing, common[i], "field:u32 ipc_ns;"));
		EXPECT_TRUE(format_has(&self->tracing, common[i], "field:u64 nattch;"));
	}
	/* Enums as numbers, or tools could not print their names. */
	EXPECT_TRUE(format_has(&self->tracing, "detach", "{ 4, \"detach\" }"));
	EXPECT_TRUE(format_has(&self->tracing, "deny", "{ 1, \"mode\" }"));
	EXPECT_FALSE(format_has(&self->tracing, "limit", "ALTSHM_"));
}

#define ROUNDS	50

/* Attach and detach by shmdt(), or by munmap(): never taken for the other's. */
static int attach_and_detach(int id, bool by_munmap)
{
	for (int i = 0; i < ROUNDS; i++) {
		char *mem = shm.at(id, NULL, by_munmap ? SHM_RDONLY : 0);

		if (has_failed(mem) || (by_munmap ? munmap(mem, PAGE) : shm.dt(mem)))
			return -errno;
	}
	return 0;
}

static void *detach_by_munmap(void *id)
{
	return (void *)(long)attach_and_detach((long)id, true);
}

static void *detach_by_call(void *id)
{
	return (void *)(long)attach_and_detach((long)id, false);
}

TEST_F(trace_event, causes_are_each_threads_own)
{
	int id = new_segment(0640), counts[2] = { 0 };
	pthread_t threads[4];

	TAKE();
	for (int i = 0; i < 4; i++) {
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, i % 2 ? detach_by_munmap :
					    detach_by_call, (void *)(long)id));
	}
	for (int i = 0; i < 4; i++) {
		void *error;

		ASSERT_EQ(0, pthread_join(threads[i], &error));
		EXPECT_EQ(NULL, error);
	}
	TAKE();
	for (char *event; (event = tracing_next(&self->tracing));) {
		counts[0] += !!strstr(event, " cause=detach ");
		counts[1] += !!strstr(event, " cause=munmap ");
	}
	EXPECT_EQ(2 * ROUNDS, counts[0]);
	EXPECT_EQ(2 * ROUNDS, counts[1]);
}

/* Events are turned on and off inside calls, which must neither fail nor leave traces. */
TEST_F(trace_event, events_can_come_and_go_while_calls_run)
{
	int id = new_segment(0640);
	pthread_t threads[2];

	ASSERT_EQ(0, pthread_create(&threads[0], NULL, detach_by_munmap, (void *)(long)id));
	ASSERT_EQ(0, pthread_create(&threads[1], NULL, detach_by_call, (void *)(long)id));
	for (int i = 0; i < ROUNDS; i++) {
		ASSERT_EQ(0, write_file(tracing_file(&self->tracing, "events/altshm/enable"),
					i % 2 ? "1" : "0"));
	}
	for (int i = 0; i < 2; i++) {
		void *error;

		ASSERT_EQ(0, pthread_join(threads[i], &error));
		EXPECT_EQ(NULL, error);
	}
	EXPECT_NATTCH(0, id);
}

TEST_HARNESS_MAIN
