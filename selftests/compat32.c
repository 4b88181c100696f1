// SPDX-License-Identifier: GPL-2.0-only
/*
 * The 32-bit half of compat_test: shares segments, and prints what each way of
 * calling shmctl says. Exits with 0, or with the line of what went wrong.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/altshm.h>
#include <linux/altshm_netlink.h>

#define IPC_64	0x100

/* ipc(2) */
#define SHMAT	21
#define SHMDT	22
#define SHMGET	23
#define SHMCTL	24

#define CHECK(condition) do {						\
	if (!(condition)) {						\
		printf("compat32: line %d: errno %d\n", __LINE__, errno); \
		exit(1);						\
	}								\
} while (0)
#define CHECK_ERR(error, call) CHECK((call) == -1 && errno == (error))

int shmctl_old(int id, int cmd, void *buf);
asm(".symver shmctl_old, shmctl@GLIBC_2.0");
int __shmctl64(int id, int cmd, struct __shmid64_ds *buf);

struct old_shmid_ds {
	int32_t key;
	uint16_t uid, gid, cuid, cgid, mode, seq;
	int32_t size, atime, dtime, ctime;
	uint16_t cpid, lpid, nattch, unused;
	uint32_t unused_pointers[2];
};

/* Every call of shmctl that there is; ipc_64 and kernel have the current layout. */
static int ctl_libc(int id, int cmd, void *buf)
{
	return shmctl(id, cmd, buf);
}

static int ctl_time64(int id, int cmd, void *buf)
{
	return __shmctl64(id, cmd, buf);
}

static int ctl_kernel(int id, int cmd, void *buf)
{
	return syscall(SYS_shmctl, id, cmd, buf);
}

static int ctl_ipc_64(int id, int cmd, void *buf)
{
	return syscall(SYS_ipc, SHMCTL, id, cmd | IPC_64, 0, buf, 0);
}

static int ctl_ipc_old(int id, int cmd, void *buf)
{
	return syscall(SYS_ipc, SHMCTL, id, cmd, 0, buf, 0);
}

static const struct way {
	const char *name;
	int (*ctl)(int id, int cmd, void *buf);
	int old;
} ways[] = {
	{ "libc", ctl_libc, 0 },
	{ "time64", ctl_time64, 0 },
	{ "libc-old", shmctl_old, 1 },
	{ "kernel", ctl_kernel, 0 },
	{ "ipc", ctl_ipc_64, 0 },
	{ "ipc-old", ctl_ipc_old, 1 },
};

static const struct way *find_way(const char *name)
{
	for (unsigned int i = 0; i < sizeof(ways) / sizeof(*ways); i++)
		if (!strcmp(ways[i].name, name))
			return &ways[i];
	CHECK(0);
	return NULL;
}

static void print_old(const struct old_shmid_ds *ds)
{
	CHECK(!ds->unused && !ds->unused_pointers[0] && !ds->unused_pointers[1]);
	printf("%d %u %u %u %u %o %u %d %d %d %d %u %u %u\n", ds->key, ds->uid, ds->gid,
	       ds->cuid, ds->cgid, ds->mode, ds->seq, ds->size, ds->atime, ds->dtime,
	       ds->ctime, ds->cpid, ds->lpid, ds->nattch);
}

/* By offsets, as an old program does; times of two halves are printed as one. */
static void print_current(const uint32_t *w)
{
	CHECK(!w[7] && !w[8] && !(w[6] >> 16));
	printf("%d %u %u %u %u %o %u %u %lld %lld %lld %u %u %u\n", (int)w[0], w[1], w[2],
	       w[3], w[4], w[5], w[6], w[9], w[10] | (long long)w[11] << 32,
	       w[12] | (long long)w[13] << 32, w[14] | (long long)w[15] << 32, w[16], w[17],
	       w[18]);
}

/* What lies behind a layout stays as it is. */
static void do_stat(const struct way *way, int id)
{
	union {
		struct old_shmid_ds old;
		uint32_t words[32];
	} buf;
	unsigned int size = way->old ? 12 : 21;

	memset(&buf, 0xcc, sizeof(buf));
	CHECK(way->ctl(id, IPC_STAT, &buf) == 0);
	for (unsigned int i = size; i < 32; i++)
		CHECK(buf.words[i] == 0xcccccccc);
	/* glibc leaves these alone where it converts times. */
	if (way->ctl == ctl_kernel || way->ctl == ctl_ipc_64)
		CHECK(!buf.words[19] && !buf.words[20]);
	if (way->old)
		print_old(&buf.old);
	else
		print_current(buf.words);
}

/* SHMMAX, SHMMIN, SHMMNI, SHMSEG, SHMALL, and how many words were written. */
static void do_limits(const struct way *way)
{
	uint32_t w[16];
	int words = 16;

	memset(w, 0xcc, sizeof(w));
	CHECK(way->ctl(0, IPC_INFO, w) >= 0);
	while (words && w[words - 1] == 0xcccccccc)
		words--;
	for (int i = 5; i < words; i++)
		CHECK(!w[i]);
	printf("%u %u %u %u %u %d\n", w[0], w[1], w[2], w[3], w[4], words);
}

static void do_totals(const struct way *way)
{
	uint32_t w[16];

	memset(w, 0xcc, sizeof(w));
	CHECK(way->ctl(0, SHM_INFO, w) >= 0);
	CHECK(!w[4] && !w[5] && w[6] == 0xcccccccc);
	printf("%u %u %u %u\n", w[0], w[1], w[2], w[3]);
}

/* Gives the segment to 1000:1001 with mode 0604, and back. */
static void do_set(const struct way *way, int id)
{
	struct old_shmid_ds old = { .uid = 1000, .gid = 1001, .mode = 0604 };
	struct shmid_ds ds = { .shm_perm = { .uid = 1000, .gid = 1001, .mode = 0604 } };

	CHECK(way->ctl(id, IPC_SET, way->old ? (void *)&old : (void *)&ds) == 0);
	do_stat(way, id);
}

static void do_errors(const struct way *way, int id)
{
	uint32_t buf[32];

	CHECK_ERR(EINVAL, way->ctl(id, 99, buf));
	CHECK_ERR(EINVAL, way->ctl(id + 1, IPC_RMID, NULL));
	CHECK_ERR(EINVAL, way->ctl(-1, IPC_RMID, NULL));
	if (way->ctl == ctl_kernel) {
		CHECK_ERR(EINVAL, way->ctl(id, IPC_STAT | IPC_64, buf));
		CHECK_ERR(EFAULT, way->ctl(id, IPC_STAT, (void *)8));
		CHECK_ERR(EFAULT, way->ctl(id, IPC_SET, (void *)8));
	}
	CHECK(way->ctl(id, SHM_STAT, buf) == id);
	CHECK(way->ctl(id, SHM_STAT_ANY, buf) == id);
}

static void do_share(char *at)
{
	CHECK(at != (void *)-1);
	CHECK(!strcmp(at, "from 64"));
	strcpy(at, "from 32");
	printf("%u\n", (uintptr_t)at >= 0x80000000);
	fflush(stdout);
	CHECK(getchar() == '\n');
}

static void share_by_ipc(int id)
{
	uintptr_t at = 0;

	CHECK(syscall(SYS_ipc, SHMGET, 0x616c7473, 0, 0, NULL, 0) == id);
	CHECK_ERR(EINVAL, syscall(SYS_ipc, SHMAT | 1 << 16, id, 0, &at, NULL, 0));
	CHECK_ERR(EINVAL, syscall(SYS_ipc, SHMAT, -1, 0, &at, NULL, 0));
	CHECK(!at);
	CHECK(syscall(SYS_ipc, SHMAT, id, 0, &at, NULL, 0) == 0);
	do_share((char *)at);
	CHECK(syscall(SYS_ipc, SHMDT, 0, 0, 0, at, 0) == 0);
	CHECK_ERR(EINVAL, syscall(SYS_ipc, SHMDT, 0, 0, 0, at, 0));
	/* Stays attached until this program ends. */
	CHECK_ERR(EFAULT, syscall(SYS_ipc, SHMAT, id, 0, 8, NULL, 0));
}

static void share_by_kernel(int id)
{
	char *at;

	CHECK(syscall(SYS_shmget, 0x616c7473, 0, 0) == id);
	CHECK_ERR(EINVAL, syscall(SYS_shmat, -1, NULL, 0));
	at = (char *)syscall(SYS_shmat, id, NULL, 0);
	do_share(at);
	CHECK(syscall(SYS_shmdt, at) == 0);
	CHECK_ERR(EINVAL, syscall(SYS_shmdt, at));
}

static void share_by_libc(int id)
{
	char *at;

	CHECK(shmget(0x616c7473, 0, 0) == id);
	at = shmat(id, NULL, 0);
	do_share(at);
	CHECK(shmdt(at) == 0);
	CHECK_ERR(EINVAL, shmdt(at));
}

static void make(void)
{
	int id = shmget(0x616c7473, 5000, IPC_CREAT | IPC_EXCL | 0640);
	char *at;

	CHECK(id >= 0);
	at = shmat(id, NULL, 0);
	CHECK(at != (void *)-1);
	strcpy(at, "made by 32");
	CHECK(shmdt(at) == 0);
	printf("%d\n", id);
}

static void ioctl_errors(int fd, struct altshm_attach *attach)
{
	struct altshm_attach far = *attach;

	far.addr = 1ULL << 32;
	CHECK_ERR(ENOMEM, ioctl(fd, ALTSHM_IOC_ATTACH, &far));
	CHECK_ERR(ENOTTY, ioctl(fd, _IO(ALTSHM_IOC_MAGIC, 99), &far));
	CHECK_ERR(EFAULT, ioctl(fd, ALTSHM_IOC_GET, 8));
}

static void explain(int fd)
{
	struct altshm_get get = { .key = 0x4d2, .size = 8192 };
	struct altshm_explain why = {
		.cmd = ALTSHM_IOC_GET,
		.arg = (uintptr_t)&get,
	};

	CHECK(ioctl(fd, ALTSHM_IOC_EXPLAIN, &why) == 0);
	CHECK(why.result == -ENOENT && why.rule == ALTSHM_RULE_NO_SUCH_KEY);
	CHECK(why.limit == 0 && why.wanted == 0x4d2);
	why.cmd = ALTSHM_IOC_EXPLAIN;
	CHECK_ERR(EINVAL, ioctl(fd, ALTSHM_IOC_EXPLAIN, &why));
}

/* Every command of the device, by a 32-bit caller. */
static void ioctls(void)
{
	struct altshm_get get = { .size = 8192, .shmflg = 0600 };
	struct altshm_stat st = { 0 };
	struct altshm_info info = { 0 };
	struct altshm_attach attach = { 0 };
	struct altshm_detach detach = { 0 };
	struct altshm_set set = { .uid = 7, .gid = 8, .mode = 0644 };
	struct altshm_id id = { 0 };
	int fd = open(ALTSHM_DEVICE, O_RDWR | O_CLOEXEC);

	CHECK(fd >= 0);
	id.shmid = ioctl(fd, ALTSHM_IOC_GET, &get);
	CHECK(id.shmid >= 0);
	attach.shmid = id.shmid;
	st.shmid = id.shmid;
	set.shmid = id.shmid;
	ioctl_errors(fd, &attach);
	explain(fd);
	CHECK(ioctl(fd, ALTSHM_IOC_ATTACH, &attach) == 0);
	CHECK(attach.addr && attach.addr >> 32 == 0);
	memset((void *)(uintptr_t)attach.addr, 1, 8192);
	CHECK(ioctl(fd, ALTSHM_IOC_SET, &set) == 0);
	CHECK(ioctl(fd, ALTSHM_IOC_LOCK, &id) == 0);
	CHECK(ioctl(fd, ALTSHM_IOC_STAT, &st) == 0);
	CHECK(st.size == 8192 && st.nattch == 1 && st.uid == 7 && st.gid == 8 &&
	      st.mode == (0644 | ALTSHM_MODE_LOCKED) && st.cpid == getpid() && st.atime);
	CHECK(ioctl(fd, ALTSHM_IOC_UNLOCK, &id) == 0);
	CHECK(ioctl(fd, ALTSHM_IOC_INFO, &info) == 0);
	CHECK(info.used >= 1 && info.pages >= 2 && info.rss >= 2 && info.shmmin == 1);
	detach.addr = attach.addr;
	CHECK(ioctl(fd, ALTSHM_IOC_DETACH, &detach) == 0);
	CHECK(ioctl(fd, ALTSHM_IOC_REMOVE, &id) == 0);
	CHECK_ERR(EINVAL, ioctl(fd, ALTSHM_IOC_STAT, &st));
}

/* Calls that fail, for "altshm run --explain" to tell of. */
static void fail(void)
{
	CHECK_ERR(ENOENT, shmget(0x4d2, 4096, 0600));
	CHECK_ERR(EINVAL, shmctl_old(7, IPC_RMID, NULL));
}

static void by_way(const char *what, const struct way *way, int id)
{
	if (!strcmp(what, "stat"))
		do_stat(way, id);
	else if (!strcmp(what, "set"))
		do_set(way, id);
	else if (!strcmp(what, "limits"))
		do_limits(way);
	else if (!strcmp(what, "totals"))
		do_totals(way);
	else if (!strcmp(what, "errors"))
		do_errors(way, id);
	else if (strcmp(what, "share"))
		CHECK(0);
	else if (way->ctl == ctl_kernel)
		share_by_kernel(id);
	else if (way->ctl == ctl_ipc_64)
		share_by_ipc(id);
	else
		share_by_libc(id);
}

/* compat32 true | make | ioctls | fail | WHAT WAY ID */
int main(int argc, char **argv)
{
	if (argc == 4)
		by_way(argv[1], find_way(argv[2]), atoi(argv[3]));
	else if (argc == 2 && !strcmp(argv[1], "make"))
		make();
	else if (argc == 2 && !strcmp(argv[1], "ioctls"))
		ioctls();
	else if (argc == 2 && !strcmp(argv[1], "fail"))
		fail();
	else
		CHECK(argc == 2 && !strcmp(argv[1], "true"));
	return 0;
}
