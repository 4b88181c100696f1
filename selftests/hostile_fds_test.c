// SPDX-License-Identifier: GPL-2.0-only
/*
 * Descriptors in other hands: of the device, by whichever way one comes by it,
 * and of the file behind a mapping. Who calls decides, not who opened.
 */
#include <linux/altshm.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "both.h"

#define SIZE (2 * PAGE)

static int send_fd(int socket, int fd)
{
	char byte = 0, control[CMSG_SPACE(sizeof(fd))] = "";
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *head = CMSG_FIRSTHDR(&msg);

	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(head), &fd, sizeof(fd));
	return sendmsg(socket, &msg, 0) == 1 ? 0 : -errno;
}

static int receive_fd(int socket)
{
	char byte, control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *head;
	int fd;

	if (recvmsg(socket, &msg, MSG_CMSG_CLOEXEC) != 1)
		return -EPIPE;
	head = CMSG_FIRSTHDR(&msg);
	if (!head || head->cmsg_type != SCM_RIGHTS)
		return -EPROTO;
	memcpy(&fd, CMSG_DATA(head), sizeof(fd));
	return fd;
}

static int take_fd(pid_t pid, int fd)
{
	int pidfd = syscall(SYS_pidfd_open, pid, 0);
	int taken = rc(syscall(SYS_pidfd_getfd, pidfd, fd, 0));

	close(pidfd);
	return taken;
}

FIXTURE(hostile_fds) {
	int socket[2];
	int fd;		/* the device, opened by root in its namespace */
	int id;		/* root's, for itself alone */
};

/* How another process comes by the descriptor. */
FIXTURE_VARIANT(hostile_fds) {
	int (*obtain)(int fd, const int socket[2]);
};

static int by_fork(int fd, const int socket[2])
{
	return fd;
}

static int by_message(int fd, const int socket[2])
{
	return send_fd(socket[0], fd) ?: receive_fd(socket[1]);
}

static int by_pidfd(int fd, const int socket[2])
{
	return take_fd(getppid(), fd);
}

FIXTURE_VARIANT_ADD(hostile_fds, inherited) { .obtain = by_fork };
FIXTURE_VARIANT_ADD(hostile_fds, sent) { .obtain = by_message };
FIXTURE_VARIANT_ADD(hostile_fds, taken) { .obtain = by_pidfd };

static int get_by(int fd, key_t key, int shmflg)
{
	struct altshm_get arg = { .key = key, .size = SIZE, .shmflg = shmflg };

	return rc(ioctl(fd, ALTSHM_IOC_GET, &arg));
}

static int stat_by(int fd, int id, struct altshm_stat *stat)
{
	*stat = (struct altshm_stat) { .shmid = id };
	return rc(ioctl(fd, ALTSHM_IOC_STAT, stat));
}

static int on_id(int fd, unsigned long request, int id)
{
	struct altshm_id arg = { .shmid = id };

	return rc(ioctl(fd, request, &arg));
}

static int attach_by(int fd, int id, int shmflg)
{
	struct altshm_attach arg = { .shmid = id, .shmflg = shmflg };

	return rc(ioctl(fd, ALTSHM_IOC_ATTACH, &arg));
}

static int set_by(int fd, int id)
{
	struct altshm_set arg = { .shmid = id, .uid = geteuid(), .gid = getegid(), .mode = 0777 };

	return rc(ioctl(fd, ALTSHM_IOC_SET, &arg));
}

static int set_limits_by(int fd)
{
	struct altshm_limits arg = {
		.flags = ALTSHM_LIMITS_F_SET, .own = ALTSHM_LIMIT_SHMMNI, .shmmni = 1,
	};

	return rc(ioctl(fd, ALTSHM_IOC_LIMITS, &arg));
}

FIXTURE_SETUP(hostile_fds)
{
	SETUP_IPC_NAMESPACE();
	if (access(ALTSHM_DEVICE, R_OK | W_OK))
		SETUP_SKIP("no /dev/altshm: module not loaded");
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, self->socket));
	self->fd = open(ALTSHM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	self->id = get_by(self->fd, KEY, IPC_CREAT | IPC_EXCL | 0600);
	ASSERT_LE(0, self->id);
}

FIXTURE_TEARDOWN(hostile_fds)
{
	on_id(self->fd, ALTSHM_IOC_REMOVE, self->id);
	close(self->fd);
}

/* Root's descriptor is worth no more than one's own. */
TEST_F(hostile_fds, the_device_gives_another_user_no_rights)
{
	struct altshm_stat stat;

	IN_CHILD {
		int fd = variant->obtain(self->fd, self->socket), mine;

		ASSERT_LE(0, fd) TH_LOG("the descriptor: %s", strerror(-fd));
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		EXPECT_EQ(-EACCES, get_by(fd, KEY, 0600));
		EXPECT_EQ(-EACCES, attach_by(fd, self->id, 0));
		EXPECT_EQ(-EACCES, attach_by(fd, self->id, SHM_RDONLY));
		EXPECT_EQ(-EACCES, stat_by(fd, self->id, &stat));
		EXPECT_EQ(-EPERM, set_by(fd, self->id));
		EXPECT_EQ(-EPERM, on_id(fd, ALTSHM_IOC_LOCK, self->id));
		EXPECT_EQ(-EPERM, on_id(fd, ALTSHM_IOC_UNLOCK, self->id));
		EXPECT_EQ(-EPERM, on_id(fd, ALTSHM_IOC_REMOVE, self->id));
		EXPECT_EQ(-EPERM, set_limits_by(fd));
		mine = get_by(fd, IPC_PRIVATE, 0600);
		EXPECT_EQ(0, stat_by(fd, mine, &stat));
		EXPECT_EQ(USER_A, stat.cuid);
		EXPECT_EQ(GROUP_G, stat.cgid);
		EXPECT_EQ(getpid(), stat.cpid);
		EXPECT_EQ(0, on_id(fd, ALTSHM_IOC_REMOVE, mine));
	}
	EXPECT_EQ(0, stat_by(self->fd, self->id, &stat));
	EXPECT_EQ(0600, stat.mode);
	EXPECT_EQ(0, stat.nattch);
}

/* It shows its user's namespace, not the one that it was opened in. */
TEST_F(hostile_fds, the_device_opens_no_other_namespace)
{
	struct altshm_info info = {};
	struct altshm_stat stat;

	IN_CHILD {
		int fd = variant->obtain(self->fd, self->socket), theirs;

		ASSERT_LE(0, fd) TH_LOG("the descriptor: %s", strerror(-fd));
		ASSERT_EQ(0, unshare(CLONE_NEWIPC));
		EXPECT_EQ(-ENOENT, get_by(fd, KEY, 0600));
		EXPECT_EQ(-EINVAL, stat_by(fd, self->id, &stat));
		EXPECT_EQ(-EINVAL, attach_by(fd, self->id, 0));
		EXPECT_EQ(-EINVAL, on_id(fd, ALTSHM_IOC_REMOVE, self->id));
		EXPECT_EQ(0, set_limits_by(fd));
		theirs = get_by(fd, KEY, IPC_CREAT | IPC_EXCL | 0600);
		EXPECT_LE(0, theirs);
		EXPECT_EQ(-ENOSPC, get_by(fd, IPC_PRIVATE, 0600));
		EXPECT_EQ(0, on_id(fd, ALTSHM_IOC_REMOVE, theirs));
	}
	ASSERT_EQ(0, ioctl(self->fd, ALTSHM_IOC_INFO, &info));
	EXPECT_EQ(1, info.used);
	EXPECT_LT(1, info.shmmni);
}

/* What a plain user opened, in a namespace that is gone with him, serves root here. */
TEST_F(hostile_fds, the_device_outlives_who_opened_it)
{
	struct altshm_stat stat;
	int fd;

	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		ASSERT_EQ(0, enter_userns(CLONE_NEWIPC));
		fd = open(ALTSHM_DEVICE, O_RDWR | O_CLOEXEC);
		ASSERT_LE(0, fd);
		ASSERT_LE(0, get_by(fd, KEY, IPC_CREAT | 0600));
		ASSERT_EQ(0, send_fd(self->socket[0], fd));
	}
	fd = receive_fd(self->socket[1]);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, stat_by(fd, self->id, &stat));
	EXPECT_EQ(0, stat.cuid);
	EXPECT_EQ(self->id, get_by(fd, KEY, 0600));
	close(fd);
}

/* Who may not trace a process can't take its descriptors either. */
TEST_F(hostile_fds, only_who_may_trace_can_take)
{
	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		EXPECT_EQ(-EPERM, take_fd(getppid(), self->fd));
	}
}

static int open_behind(const void *addr, int flags)
{
	char path[80];

	snprintf(path, sizeof(path), "/proc/self/map_files/%lx-%lx", (unsigned long)addr,
		 (unsigned long)addr + maps_length(addr));
	return open(path, flags | O_CLOEXEC);
}

/* Another user, in another namespace, with the file behind a mapping. */
static void use_file(int fd)
{
	char *mem;

	if (become(USER_A, GROUP_G) || enter_userns(CLONE_NEWIPC))
		_exit(1);
	answer_error(rc(mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)));
	mem = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, fd, 0);
	answer_error(rc(mem));
	if (!has_failed(mem)) {
		answer(mem[0]);
		answer(rc(mprotect(mem, SIZE, PROT_READ | PROT_WRITE)));
		answer(rc(shm.dt(mem)));
	}
	answer(rc(ftruncate(fd, 0)));
	answer(rc(fchmod(fd, 0777)));
	_exit(0);
}

/* One who was given the file has it with the mode that it was opened with, no attach. */
static void ask_sent_files(void)
{
	const int flags[] = { O_RDONLY, O_RDWR };
	int id = new_sized(SIZE, 0600);
	char *mem = shm.at(id, NULL, 0);
	struct shmid_ds ds;

	mem[0] = 'x';
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		int socket[2], fd = open_behind(mem, flags[i]);
		pid_t pid;

		if (fd < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, socket) || send_fd(socket[0], fd))
			_exit(1);
		close(fd);
		pid = fork();
		if (!pid) {
			shm.dt(mem);
			use_file(receive_fd(socket[1]));
		}
		answer(wait_exit(pid));
		close(socket[0]);
		close(socket[1]);
		answer(shm.ctl(id, IPC_STAT, &ds) ? -errno : (long)ds.shm_nattch);
		answer(ds.shm_perm.mode);
	}
	answer(rc(shm.dt(mem)));
	answer(rc(shm.ctl(id, IPC_RMID, NULL)));
	answer_error(rc(shm.at(id, NULL, 0)));
}

BOTH_FIXTURE(hostile_files);

TEST_F(hostile_files, the_file_behind_a_mapping_is_as_native_for_whom_it_is_sent_to)
{
	EXPECT_SAME_ANSWERS(ask_sent_files);
}

TEST_HARNESS_MAIN
