// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unloading: refused while anything is in use and then harmless, complete
 * afterwards, and without a trace after many times.
 */
#include <linux/altshm.h>
#include <sys/ioctl.h>

#include "common.h"
#include "huge.h"
#include "nl.h"
#include "module.h"

#define KIB_OF_10_LOADS 1024

FIXTURE(module) {
	int unused;
};

FIXTURE_SETUP(module)
{
	SETUP_IPC_NAMESPACE();
	SETUP_MODULE();
}

FIXTURE_TEARDOWN(module)
{
	if (!is_loaded())
		EXPECT_EQ(0, load());
	sysctl_restore();
}

/* The shim holds the device open: only children load it. */
#define IN_CHILD_WITH_SHIM IN_CHILD if (ready())

static bool ready(void)
{
	const char *missing = use_altshm();

	if (missing) {
		fprintf(stderr, "# %s\n", missing);
		_exit(1);
	}
	return true;
}

TEST_F(module, unloads_and_loads_when_unused)
{
	ASSERT_EQ(0, unload_soon());
	EXPECT_FALSE(is_loaded());
	EXPECT_ERR(ENOENT, access("/dev/altshm", F_OK));
	EXPECT_ERR(ENOENT, access("/proc/altshm", F_OK));
	EXPECT_EQ(-ENOENT, unload());
	ASSERT_EQ(0, load());
	EXPECT_OK(access("/dev/altshm", R_OK | W_OK));
	EXPECT_OK(access("/proc/altshm/shm", R_OK));
	EXPECT_EQ(-EEXIST, load());
}

TEST_F(module, open_descriptor_keeps_it)
{
	struct altshm_info info = { 0 };
	int fd = open("/dev/altshm", O_RDWR | O_CLOEXEC);

	ASSERT_LE(0, fd);
	EXPECT_EQ(-EAGAIN, unload());
	EXPECT_TRUE(is_loaded());
	EXPECT_OK(ioctl(fd, ALTSHM_IOC_INFO, &info));
	close(fd);
	EXPECT_EQ(0, unload_soon());
}

TEST_F(module, segment_keeps_it)
{
	IN_CHILD_WITH_SHIM {
		ASSERT_EQ(0, rc(shm.get(KEY, PAGE, IPC_CREAT | 0600)));
		ATTACH(0, NULL, 0)[5] = 123;
	}
	EXPECT_EQ(-EAGAIN, unload());
	IN_CHILD_WITH_SHIM {
		ASSERT_EQ(0, rc(shm.get(KEY, PAGE, 0600)));
		EXPECT_EQ(123, ATTACH(0, NULL, 0)[5]);
		EXPECT_OK(shm.ctl(0, IPC_RMID, NULL));
		EXPECT_EQ(-EAGAIN, unload());
	}
	EXPECT_EQ(0, unload_soon());
}

/* A mapping of a new segment, without a descriptor; marked if so wanted. */
static char *map_alone(bool marked)
{
	struct altshm_get get = { .size = PAGE, .shmflg = 0600 };
	int fd = open("/dev/altshm", O_RDWR | O_CLOEXEC);
	struct altshm_attach attach = { 0 };
	struct altshm_id id = { 0 };

	attach.shmid = ioctl(fd, ALTSHM_IOC_GET, &get);
	id.shmid = attach.shmid;
	if (ioctl(fd, ALTSHM_IOC_ATTACH, &attach) ||
	    (marked && ioctl(fd, ALTSHM_IOC_REMOVE, &id)))
		return NULL;
	close(fd);
	return (char *)attach.addr;
}

TEST_F(module, mapping_alone_keeps_it)
{
	char *mem = map_alone(true);

	ASSERT_NE(NULL, mem);
	mem[0] = 9;
	EXPECT_EQ(-EAGAIN, unload());
	EXPECT_EQ(9, mem[0]);
	EXPECT_EQ(0, mem[1]);
	EXPECT_OK(munmap(mem, PAGE));
	EXPECT_EQ(0, unload_soon());
}

TEST_F(module, mapping_of_a_dead_namespace_keeps_it)
{
	char *mem = map_alone(false);

	ASSERT_NE(NULL, mem);
	mem[0] = 8;
	for (int i = 0; i < 3; i++) {
		ASSERT_EQ(0, unshare(CLONE_NEWIPC));
		next_second();
		EXPECT_EQ(-EAGAIN, unload());
	}
	EXPECT_EQ(8, mem[0]);
	EXPECT_OK(munmap(mem, PAGE));
	EXPECT_EQ(0, unload_soon());
}

/* A listener does not keep it; a dump that is not read to its end does. */
TEST_F(module, netlink_sockets)
{
	struct nl *listener = nl_open(), *dumper = nl_open();
	struct nl_attrs attrs;
	uint16_t flags = 0;

	ASSERT_NE(NULL, listener);
	ASSERT_NE(NULL, dumper);
	ASSERT_EQ(0, nl_join(listener));
	ASSERT_EQ(0, nl_simple(listener, ALTSHM_CMD_EVENTS_GET, &attrs));
	IN_CHILD_WITH_SHIM {
		for (int i = 0; i < 1000; i++)
			new_segment(0600);
		ASSERT_EQ(0, nl_dump(dumper, ALTSHM_CMD_SEGMENT_GET, 0));
		ASSERT_EQ(1, nl_dump_next(dumper, &attrs, &flags));
		remove_all();
	}
	EXPECT_EQ(-EAGAIN, unload());
	nl_close(dumper);
	EXPECT_EQ(0, unload_soon());
	EXPECT_EQ(NULL, nl_open());
	EXPECT_EQ(ENOENT, errno);
	ASSERT_EQ(0, load());
	nl_close(listener);
	listener = nl_open();
	ASSERT_NE(NULL, listener);
	EXPECT_EQ(0, nl_simple(listener, ALTSHM_CMD_USAGE_GET, &attrs));
	nl_close(listener);
	EXPECT_EQ(0, unload_soon());
}

static int read_soon(int fd, char *text, size_t size, int wait)
{
	struct pollfd poller = { .fd = fd, .events = POLLIN };
	ssize_t len = poll(&poller, 1, wait) > 0 ? read(fd, text, size - 1) : -1;

	text[len > 0 ? len : 0] = '\0';
	return len;
}

/* altshm monitor would else wait for ever. */
TEST_F(module, monitor_ends_with_it)
{
	int status, ends[2], tries = 0;
	char text[4096];
	pid_t pid;

	ASSERT_EQ(0, pipe2(ends, O_CLOEXEC));
	pid = fork();
	if (!pid) {
		dup2(ends[1], STDOUT_FILENO);
		dup2(ends[1], STDERR_FILENO);
		execl(built_path("altshm"), "altshm", "monitor", NULL);
		_exit(127);
	}
	close(ends[1]);
	do {
		IN_CHILD_WITH_SHIM {
			shm.ctl(new_segment(0600), IPC_RMID, NULL);
		}
	} while (read_soon(ends[0], text, sizeof(text), 10) <= 0 && tries++ < 500);
	EXPECT_EQ(0, unload_soon());
	while (read_soon(ends[0], text, sizeof(text), 10000) > 0 && !strstr(text, "altshm:"))
		;
	EXPECT_STREQ("altshm: monitor: the module was unloaded meanwhile\n",
		     strstr(text, "altshm:") ?: text);
	if (!*text)
		kill(pid, SIGKILL);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFEXITED(status));
	EXPECT_EQ(5, WEXITSTATUS(status));
	close(ends[0]);
}

/* Whether a new segment is to have transparent huge pages. */
static bool makes_thp(void)
{
	struct nl *nl = nl_open();
	struct nl_attrs attrs;
	int error = nl_segment(nl, ALTSHM_CMD_SEGMENT_GET, new_segment(0600), &attrs);

	nl_close(nl);
	return !error && attrs.num[ALTSHM_A_SEGMENT_FLAGS] & ALTSHM_SEGMENT_FLAG_THP;
}

TEST_F(module, parameter_thp_is_for_all_segments)
{
	if (access("/sys/kernel/mm/transparent_hugepage/shmem_enabled", F_OK))
		SKIP(return, "kernel without transparent huge pages");
	for (int on = 0; on < 2; on++) {
		ASSERT_EQ(0, unload_soon());
		ASSERT_EQ(0, load_with(on ? "thp=1" : ""));
		IN_CHILD_WITH_SHIM {
			EXPECT_EQ(on, makes_thp());
			remove_all();
		}
	}
	ASSERT_EQ(0, unload_soon());
}

/* Numbers of groups that a family could get: nobody looks at who joins before. */
#define GROUPS	256

/* Who was in the group before there was one hears nothing. */
TEST_F(module, early_members)
{
	struct mnl_socket *early;
	struct nl *listener;
	char in[512];
	int joined = 0;

	ASSERT_EQ(0, unload_soon());
	ASSERT_EQ(0, seteuid(USER_A));
	early = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC | SOCK_NONBLOCK);
	ASSERT_NE(NULL, early);
	ASSERT_EQ(0, mnl_socket_bind(early, 0, MNL_SOCKET_AUTOPID));
	for (int group = 1; group < GROUPS; group++)
		joined += !mnl_socket_setsockopt(early, NETLINK_ADD_MEMBERSHIP, &group,
						 sizeof(group));
	ASSERT_EQ(0, seteuid(0));
	ASSERT_LT(0, joined);
	ASSERT_EQ(0, load());
	listener = nl_open();
	ASSERT_NE(NULL, listener);
	/* Tell of the family itself goes to a group, too. */
	while (mnl_socket_recvfrom(early, in, sizeof(in)) > 0)
		;
	ASSERT_EQ(0, nl_join(listener));
	ASSERT_EQ(0, nl_simple(listener, ALTSHM_CMD_EVENTS_GET, NULL));
	IN_CHILD_WITH_SHIM {
		shm.ctl(new_segment(0600), IPC_RMID, NULL);
	}
	ASSERT_NE(NULL, nl_receive(listener, 5000));
	EXPECT_EQ(-1, mnl_socket_recvfrom(early, in, sizeof(in)));
	EXPECT_EQ(EAGAIN, errno);
	mnl_socket_close(early);
	nl_close(listener);
	EXPECT_EQ(0, unload_soon());
}

/* Objects of a slab cache in use, -1 if that can't be told. */
static long slab_objects(const char *cache)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/kernel/slab/%s/shrink", cache);
	write_file(path, "1");
	snprintf(path, sizeof(path), "/sys/kernel/slab/%s/objects", cache);
	return read_line(path)[0] ? read_long(path) : -1;
}

static void use_everything(bool huge)
{
	int flags[] = { 0600, 0600 | SHM_NORESERVE, 0600 | SHM_HUGETLB };

	for (int i = 0; i < (huge ? 3 : 2); i++) {
		int id = rc(shm.get(KEY + i, 10 * PAGE, flags[i] | IPC_CREAT));
		char *mem = shm.at(id, NULL, 0), *view;

		view = shm.at(id, NULL, SHM_RDONLY);
		if (has_failed(mem) || has_failed(view))
			_exit(1);
		memset(mem, i, PAGE);
		if (shm.ctl(id, SHM_LOCK, NULL) ||
		    munmap(mem + (i < 2 ? PAGE : 0),
			   i < 2 ? PAGE : huge_size()))
			_exit(1);
		if (shm.ctl(id, IPC_RMID, NULL) || shm.dt(view))
			_exit(1);
	}
	if (new_segment(0600) < 0)
		_exit(1);
	remove_all();
}

#define USE_ONCE(huge) do {						\
	IN_CHILD_WITH_SHIM						\
		use_everything(huge);					\
	ASSERT_EQ(0, unload_soon());					\
	ASSERT_EQ(0, load());						\
} while (0)

TEST_F(module, ten_times_leave_no_trace)
{
	long inodes, slab, vmalloc, now;
	time_t limit;
	bool huge = huge_pool(1);

	USE_ONCE(huge);
	inodes = slab_objects("shmem_inode_cache");
	slab = meminfo("SUnreclaim");
	vmalloc = meminfo("VmallocUsed");
	for (int i = 0; i < 10; i++)
		USE_ONCE(huge);
	/* Inodes and files are freed after a grace period. */
	limit = time(NULL) + 10;
	while ((now = slab_objects("shmem_inode_cache")) > inodes &&
	       time(NULL) < limit)
		next_second();
	EXPECT_GE(inodes, now);
	EXPECT_GE(slab + KIB_OF_10_LOADS, meminfo("SUnreclaim"));
	EXPECT_GE(vmalloc + KIB_OF_10_LOADS, meminfo("VmallocUsed"));
	EXPECT_EQ(0, read_long(LOADED "/refcnt"));
}

TEST_HARNESS_MAIN
