// SPDX-License-Identifier: GPL-2.0-only
/*
 * The shim's descriptor of the device inside programs that know nothing of it:
 * they close it, reuse its number, fork, run threads and lose their rights.
 */
#include "shim.h"

#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>

#define FD_WANTED	1000
#define ERRNO_MARK	4711

FIXTURE(shim) {
	int id;
};

FIXTURE_SETUP(shim)
{
	SETUP_IPC_NAMESPACE();
	SETUP_ALTSHM();
	self->id = new_segment(0600);
	ASSERT_LE(0, self->id);
}

FIXTURE_TEARDOWN(shim)
{
	remove_all();
}

/* How many descriptors of the device there are; *last is one of them. */
static int device_fds(int *last)
{
	struct dirent *entry;
	int count = 0;
	char target[64];
	DIR *dir;

	dir = opendir("/proc/self/fd");
	if (!dir)
		return -errno;
	while ((entry = readdir(dir))) {
		ssize_t len = readlinkat(dirfd(dir), entry->d_name, target,
					 sizeof(target) - 1);

		if (len < 0)
			continue;
		target[len] = '\0';
		if (strcmp(target, "/dev/altshm"))
			continue;
		*last = atoi(entry->d_name);
		count++;
	}
	closedir(dir);
	return count;
}

static int close_from(unsigned int first)
{
	return syscall(SYS_close_range, first, ~0U, 0);
}

/* The same call that each test makes to see that all is well. */
#define EXPECT_WORKS() EXPECT_EQ(PAGE, STAT(self->id).shm_segsz)

TEST_F(shim, descriptor_is_high_single_and_gone_after_exec)
{
	int fd = -1;

	EXPECT_EQ(1, device_fds(&fd));
	EXPECT_LE(FD_WANTED, fd);
	EXPECT_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD));
}

TEST_F(shim, success_leaves_errno_alone)
{
	struct shmid_ds ds;
	struct shm_info info;
	void *at;

	errno = ERRNO_MARK;
	at = shm.at(self->id, NULL, 0);
	EXPECT_EQ(ERRNO_MARK, errno);
	EXPECT_EQ(0, shm.dt(at));
	EXPECT_EQ(ERRNO_MARK, errno);
	EXPECT_EQ(0, shm.ctl(self->id, IPC_STAT, &ds));
	EXPECT_EQ(ERRNO_MARK, errno);
	EXPECT_EQ(0, shm.ctl(self->id, IPC_SET, &ds));
	EXPECT_EQ(ERRNO_MARK, errno);
	EXPECT_EQ(0, shm.ctl(0, SHM_INFO, (void *)&info));
	EXPECT_EQ(ERRNO_MARK, errno);
	EXPECT_EQ(0, close_from(3));
	EXPECT_EQ(0, shm.ctl(self->id, IPC_STAT, &ds));
	EXPECT_EQ(ERRNO_MARK, errno);
}

TEST_F(shim, heals_after_every_descriptor_is_closed)
{
	int fd, id;

	for (int i = 0; i < 10; i++) {
		ASSERT_EQ(0, close_from(3));
		EXPECT_WORKS();
		EXPECT_EQ(1, device_fds(&fd));
	}
	ASSERT_EQ(0, close_from(3));
	id = new_segment(0600);
	EXPECT_LE(0, id);
	ASSERT_EQ(0, close_from(3));
	EXPECT_OK(shm.ctl(id, IPC_RMID, NULL));
}

TEST_F(shim, failures_come_from_the_device_even_when_it_was_closed)
{
	ASSERT_EQ(0, close_from(3));
	EXPECT_ERR(ENOENT, shm.get(KEY, PAGE, 0600));
	ASSERT_EQ(0, close_from(3));
	EXPECT_ERR(EINVAL, shm.dt(NULL));
}

static int open_file(void)
{
	char name[] = "/tmp/shim_test.XXXXXX";
	int fd = mkstemp(name);

	unlink(name);
	return fd;
}

static int open_null(void)
{
	return open("/dev/null", O_RDWR);
}

static int open_path(void)
{
	return open("/", O_PATH);
}

static int open_pipe(void)
{
	int ends[2];

	return pipe(ends) ? -1 : ends[1];
}

static int open_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0);
}

static int open_pty(void)
{
	return open("/dev/ptmx", O_RDWR | O_NOCTTY);
}

TEST_F(shim, leaves_a_file_alone_that_took_the_number)
{
	static int (*const openers[])(void) = {
		open_file, open_null, open_path, open_pipe, open_socket, open_pty,
	};
	struct stat before, after;
	int ours, mine;

	for (unsigned int i = 0; i < ARRAY_SIZE(openers); i++) {
		ASSERT_EQ(1, device_fds(&ours));
		mine = openers[i]();
		ASSERT_LE(0, mine) TH_LOG("opener %u", i);
		ASSERT_EQ(ours, dup2(mine, ours));
		ASSERT_EQ(0, fstat(mine, &before));
		EXPECT_WORKS();
		EXPECT_ERR(ENOENT, shm.get(KEY, PAGE, 0600));
		ASSERT_EQ(0, fstat(ours, &after)) TH_LOG("opener %u", i);
		EXPECT_EQ(before.st_dev, after.st_dev);
		EXPECT_EQ(before.st_ino, after.st_ino);
		EXPECT_EQ(before.st_size, after.st_size);
		close(mine);
		close(ours);
	}
}

/* rows: GET-26 */
TEST_F(shim, needs_no_descriptor_after_load)
{
	ASSERT_EQ(0, set_limit(RLIMIT_NOFILE, 0));
	EXPECT_WORKS();
	EXPECT_LE(0, new_segment(0600));
}

TEST_F(shim, low_limit_gets_a_low_number_but_not_a_standard_one)
{
	int fd = -1;

	ASSERT_EQ(0, close_from(3));
	ASSERT_EQ(0, set_limit(RLIMIT_NOFILE, 12));
	EXPECT_WORKS();
	ASSERT_EQ(1, device_fds(&fd));
	EXPECT_LT(2, fd);
}

TEST_F(shim, says_when_no_descriptor_is_left)
{
	ASSERT_EQ(0, close_from(3));
	ASSERT_EQ(0, set_limit(RLIMIT_NOFILE, 0));
	EXPECT_ERR(EMFILE, shm.get(KEY, PAGE, 0600));
	EXPECT_ERR(EMFILE, shm.ctl(self->id, IPC_STAT, NULL));
}

TEST_F(shim, works_in_a_chroot_without_the_device_and_as_another_user)
{
	ASSERT_EQ(0, chroot("/proc"));
	ASSERT_EQ(0, become(USER_A, GROUP_G));
	EXPECT_ERR(EACCES, shm.at(self->id, NULL, 0));
	EXPECT_LE(0, new_segment(0600));
}

static int stderr_to_stdin(void)
{
	int ends[2];

	if (pipe(ends) || dup2(ends[1], STDERR_FILENO) < 0 || dup2(ends[0], STDIN_FILENO) < 0)
		return -errno;
	close(ends[0]);
	return close(ends[1]);
}

#define EXPECT_SAID_ONE_LINE() do {					\
	char text[1024];						\
	ssize_t len;							\
									\
	close(STDERR_FILENO);						\
	len = read(STDIN_FILENO, text, sizeof(text) - 1);		\
	ASSERT_LT(0, len);						\
	text[len] = '\0';						\
	EXPECT_NE(NULL, strstr(text, "/dev/altshm"));			\
	EXPECT_EQ(text + len - 1, strchr(text, '\n'));			\
	EXPECT_EQ(0, read(STDIN_FILENO, text, sizeof(text)));		\
} while (0)

TEST_F(shim, without_device_enosys_and_one_line_on_stderr)
{
	ASSERT_EQ(0, stderr_to_stdin());
	ASSERT_EQ(0, chroot("/proc"));
	ASSERT_EQ(0, close_from(3));
	EXPECT_ERR(ENOSYS, shm.get(KEY, PAGE, IPC_CREAT | 0600));
	EXPECT_ERR(ENOSYS, shm.at(self->id, NULL, 0));
	EXPECT_ERR(ENOSYS, shm.dt(NULL));
	EXPECT_ERR(ENOSYS, shm.ctl(self->id, IPC_RMID, NULL));
	IN_CHILD {
		EXPECT_ERR(ENOSYS, shm.dt(NULL));
	}
	EXPECT_SAID_ONE_LINE();
}

TEST_F(shim, forked_children_do_not_disturb_each_other)
{
	for (int i = 0; i < 4; i++) {
		IN_CHILD {
			int fd;

			EXPECT_WORKS();
			ASSERT_EQ(0, close_from(3));
			EXPECT_WORKS();
			EXPECT_EQ(1, device_fds(&fd));
		}
		EXPECT_WORKS();
	}
}

/* Memory shared, descriptors not, as after vfork. */
static int share_memory(int (*run)(void *), void *arg)
{
	static char stack[65536];
	pid_t pid;

	pid = clone(run, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD, arg);
	return pid < 0 ? -errno : wait_exit(pid);
}

struct vfork_arg {
	int id;
	int ours;
};

static int close_all_and_call(void *arg)
{
	struct vfork_arg *args = arg;
	struct shmid_ds ds;

	close_from(3);
	return !!shm.ctl(args->id, IPC_STAT, &ds);
}

static int occupy_and_call(void *arg)
{
	struct vfork_arg *args = arg;
	struct shmid_ds ds;

	if (dup2(STDIN_FILENO, args->ours) < 0)
		return 2;
	return !!shm.ctl(args->id, IPC_STAT, &ds);
}

TEST_F(shim, heals_what_a_vfork_child_left_in_memory)
{
	struct vfork_arg arg = { .id = self->id };
	int fd;

	for (int i = 0; i < 5; i++) {
		EXPECT_EQ(0, share_memory(close_all_and_call, &arg));
		EXPECT_WORKS();
		EXPECT_EQ(1, device_fds(&arg.ours));
	}
	EXPECT_EQ(0, share_memory(occupy_and_call, &arg));
	EXPECT_WORKS();
	EXPECT_GE(2, device_fds(&fd));
}

#define CALLERS		6
#define ROUNDS		300

struct race {
	pthread_barrier_t start, end;
	atomic_int failed, finished, calls;
	int id;
};

static void *race_call(void *arg)
{
	struct race *race = arg;
	struct shmid_ds ds;

	for (int i = 0; i < ROUNDS; i++) {
		pthread_barrier_wait(&race->start);
		if (shm.ctl(race->id, IPC_STAT, &ds))
			race->failed++;
		pthread_barrier_wait(&race->end);
	}
	return NULL;
}

static void *race_call_freely(void *arg)
{
	struct race *race = arg;
	struct shmid_ds ds;

	for (int i = 0; i < ROUNDS; i++) {
		if (shm.ctl(race->id, IPC_STAT, &ds))
			race->failed++;
		race->calls++;
	}
	race->finished++;
	return NULL;
}

TEST_F(shim, threads_that_reopen_at_once_neither_fail_nor_leak)
{
	struct race race = { .id = self->id };
	pthread_t callers[CALLERS];
	int fd;

	pthread_barrier_init(&race.start, NULL, CALLERS + 1);
	pthread_barrier_init(&race.end, NULL, CALLERS + 1);
	for (int i = 0; i < CALLERS; i++)
		ASSERT_EQ(0, pthread_create(&callers[i], NULL, race_call, &race));
	for (int i = 0; i < ROUNDS; i++) {
		ASSERT_EQ(0, close_from(FD_WANTED));
		pthread_barrier_wait(&race.start);
		pthread_barrier_wait(&race.end);
		EXPECT_EQ(1, device_fds(&fd));
	}
	for (int i = 0; i < CALLERS; i++)
		pthread_join(callers[i], NULL);
	EXPECT_EQ(0, race.failed);
}

/*
 * Closing goes on while others call and, in the midst of it, open the device;
 * but never twice without a call having come through, or none ever might.
 */
TEST_F(shim, threads_that_call_while_another_closes_do_not_fail)
{
	struct race race = { .id = self->id };
	pthread_t callers[CALLERS];
	int fd;

	for (int i = 0; i < CALLERS; i++)
		ASSERT_EQ(0, pthread_create(&callers[i], NULL, race_call_freely, &race));
	while (race.finished < CALLERS) {
		int calls = race.calls;

		close_from(3);
		while (race.calls == calls && race.finished < CALLERS)
			sched_yield();
	}
	for (int i = 0; i < CALLERS; i++)
		pthread_join(callers[i], NULL);
	EXPECT_EQ(0, race.failed);
	EXPECT_WORKS();
	EXPECT_EQ(1, device_fds(&fd));
}

static int signal_id;
static atomic_int signal_calls, signal_failures;

static void call_in_handler(int sig)
{
	struct shmid_ds ds;
	int saved = errno;

	close_from(FD_WANTED);
	if (shm.ctl(signal_id, IPC_STAT, &ds))
		signal_failures++;
	signal_calls++;
	errno = saved;
}

TEST_F(shim, signal_handlers_may_call_and_close)
{
	struct itimerval often = { { 0, 500 }, { 0, 500 } };
	int failed = 0, fd;
	struct shmid_ds ds;

	signal_id = self->id;
	ASSERT_NE(SIG_ERR, signal(SIGALRM, call_in_handler));
	ASSERT_EQ(0, setitimer(ITIMER_REAL, &often, NULL));
	while (signal_calls < 200)
		if (shm.ctl(self->id, IPC_STAT, &ds))
			failed++;
	often = (struct itimerval){ 0 };
	ASSERT_EQ(0, setitimer(ITIMER_REAL, &often, NULL));
	EXPECT_EQ(0, failed);
	EXPECT_EQ(0, signal_failures);
	EXPECT_WORKS();
	EXPECT_EQ(1, device_fds(&fd));
}

/* rows: CTL-03 */
TEST_F(shim, bad_buffers_are_efault)
{
	static const int outs[] = { IPC_STAT, SHM_STAT, SHM_STAT_ANY, IPC_INFO, SHM_INFO };
	char *pages = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	void *bad[] = { NULL, (void *)1, pages + PAGE - 16, pages + 3 * PAGE - 8,
			pages + 2 * PAGE - 8, (void *)-1L, (void *)-104L };

	ASSERT_NE(MAP_FAILED, pages);
	ASSERT_EQ(0, mprotect(pages + PAGE, PAGE, PROT_NONE));
	ASSERT_EQ(0, munmap(pages + 2 * PAGE, PAGE));
	for (unsigned int b = 0; b < ARRAY_SIZE(bad); b++) {
		for (unsigned int c = 0; c < ARRAY_SIZE(outs); c++) {
			EXPECT_ERR(EFAULT, shm.ctl(self->id, outs[c], bad[b]))
				TH_LOG("command %d, buffer %p", outs[c], bad[b]);
		}
		EXPECT_ERR(EFAULT, shm.ctl(self->id, IPC_SET, bad[b]));
		EXPECT_ERR(EINVAL, shm.ctl(self->id + 1, IPC_STAT, bad[b]));
		EXPECT_ERR(EFAULT, shm.ctl(self->id + 1, IPC_SET, bad[b]));
		EXPECT_ERR(EINVAL, shm.ctl(-1, IPC_SET, bad[b]));
		EXPECT_ERR(EINVAL, shm.ctl(-1, IPC_INFO, bad[b]));
	}
	ASSERT_EQ(0, mprotect(pages, PAGE, PROT_READ));
	EXPECT_ERR(EFAULT, shm.ctl(self->id, IPC_STAT, (void *)pages));
	EXPECT_OK(shm.ctl(self->id, IPC_SET, (void *)pages));
	EXPECT_EQ(0, STAT(self->id).shm_perm.mode);
}

FIXTURE(fallback) {
	int unused;
};

FIXTURE_SETUP(fallback)
{
	SETUP_IPC_NAMESPACE();
	SETUP_DEVICE();
	ASSERT_EQ(0, unshare(CLONE_NEWNS));
	ASSERT_EQ(0, mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
}

FIXTURE_TEARDOWN(fallback)
{
}

TEST_F(fallback, to_native_without_device_and_for_good)
{
	struct shmid_ds ds;
	void *at;
	int id;

	ASSERT_EQ(0, setenv("ALTSHM_FALLBACK", "native", 1));
	ASSERT_EQ(0, mount("none", "/dev", "tmpfs", 0, NULL));
	ASSERT_EQ(0, load_shim());
	id = shm.get(KEY, PAGE, IPC_CREAT | 0600);
	ASSERT_LE(0, id);
	EXPECT_EQ(id, shmget(KEY, 0, 0));
	ASSERT_EQ(0, umount("/dev"));
	at = shm.at(id, NULL, 0);
	EXPECT_NE((void *)-1, at);
	EXPECT_OK(shmctl(id, IPC_STAT, &ds));
	EXPECT_EQ(1, ds.shm_nattch);
	EXPECT_OK(shm.dt(at));
	EXPECT_OK(shm.ctl(id, IPC_RMID, NULL));
	EXPECT_ERR(ENOENT, shmget(KEY, 0, 0));
}

TEST_F(fallback, loading_again_opens_no_second_descriptor)
{
	int fd;

	for (int i = 0; i < 3; i++) {
		void *shim = dlopen(built_path("libaltshm-preload.so"), RTLD_NOW);

		ASSERT_NE(NULL, shim);
		ASSERT_EQ(0, dlclose(shim));
	}
	EXPECT_EQ(1, device_fds(&fd));
}

/* As containers hide a path. */
static int hide_device(void)
{
	return mount("/dev/null", "/dev/altshm", NULL, MS_BIND, NULL);
}

TEST_F(fallback, to_native_with_another_device_in_its_place)
{
	int id, fd;

	ASSERT_EQ(0, setenv("ALTSHM_FALLBACK", "native", 1));
	ASSERT_EQ(0, hide_device());
	ASSERT_EQ(0, load_shim());
	id = shm.get(KEY, PAGE, IPC_CREAT | 0600);
	ASSERT_LE(0, id);
	EXPECT_EQ(id, shmget(KEY, 0, 0));
	EXPECT_OK(shm.ctl(id, IPC_RMID, NULL));
	EXPECT_EQ(0, device_fds(&fd));
}

TEST_F(fallback, another_device_in_its_place_is_said_and_enosys)
{
	int fd;

	ASSERT_EQ(0, unsetenv("ALTSHM_FALLBACK"));
	ASSERT_EQ(0, hide_device());
	ASSERT_EQ(0, load_shim());
	ASSERT_EQ(0, stderr_to_stdin());
	EXPECT_ERR(ENOSYS, shm.get(KEY, PAGE, IPC_CREAT | 0600));
	EXPECT_ERR(ENOSYS, shm.dt(NULL));
	EXPECT_EQ(0, device_fds(&fd));
	EXPECT_SAID_ONE_LINE();
	ASSERT_EQ(0, umount("/dev/altshm"));
	EXPECT_OK(shm.ctl(shm.get(IPC_PRIVATE, PAGE, 0600), IPC_RMID, NULL));
}

TEST_F(fallback, is_not_taken_with_a_device_nor_later)
{
	int id;

	ASSERT_EQ(0, setenv("ALTSHM_FALLBACK", "native", 1));
	ASSERT_EQ(0, load_shim());
	id = shm.get(KEY, PAGE, IPC_CREAT | 0600);
	ASSERT_LE(0, id);
	EXPECT_ERR(ENOENT, shmget(KEY, 0, 0));
	ASSERT_EQ(0, mount("none", "/dev", "tmpfs", 0, NULL));
	ASSERT_EQ(0, close_from(3));
	EXPECT_ERR(ENOSYS, shm.get(KEY, 0, 0));
	ASSERT_EQ(0, umount("/dev"));
	EXPECT_EQ(id, shm.get(KEY, 0, 0));
	EXPECT_OK(shm.ctl(id, IPC_RMID, NULL));
}

TEST_F(fallback, is_not_taken_unless_asked_for)
{
	ASSERT_EQ(0, unsetenv("ALTSHM_FALLBACK"));
	ASSERT_EQ(0, mount("none", "/dev", "tmpfs", 0, NULL));
	ASSERT_EQ(0, load_shim());
	EXPECT_ERR(ENOSYS, shm.get(IPC_PRIVATE, PAGE, 0600));
	ASSERT_EQ(0, umount("/dev"));
	EXPECT_OK(shm.ctl(shm.get(IPC_PRIVATE, PAGE, 0600), IPC_RMID, NULL));
}

TEST_HARNESS_MAIN
