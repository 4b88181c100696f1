// SPDX-License-Identifier: GPL-2.0-only
/*
 * Arguments meant to harm: numbers at the edges of words, pointers to odd places,
 * memory that changes, or goes, while the kernel copies from or to it.
 */
#include <linux/altshm.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "common.h"
#include "uffd.h"

FIXTURE(hostile_args) {
	int fd;
};

FIXTURE_SETUP(hostile_args)
{
	SETUP_IPC_NAMESPACE();
	SETUP_ALTSHM();
	self->fd = open(ALTSHM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(hostile_args)
{
	remove_all();
	close(self->fd);
}

static char *pages(int n)
{
	return mmap(NULL, n * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

#define LONGEST ((1UL << _IOC_SIZEBITS) - 1)

static unsigned long resized(unsigned long request, size_t size)
{
	return _IOC(_IOC_DIR(request), _IOC_TYPE(request), _IOC_NR(request), size);
}

/* A structure of any length, at any address; what is behind is nobody's business. */
TEST_F(hostile_args, longest_structures_at_odd_addresses)
{
	char *mem = pages(5);

	memset(mem, 0x5a, 5 * PAGE);
	for (size_t odd = 0; odd < 8; odd++) {
		struct altshm_stat *stat = (void *)(mem + odd);
		char *end = mem + odd + LONGEST, after = *end;
		int id = new_segment(0600);

		memset(stat, 0, LONGEST);
		stat->shmid = id;
		EXPECT_OK(ioctl(self->fd, resized(ALTSHM_IOC_STAT, LONGEST), stat));
		EXPECT_EQ(PAGE, stat->size);
		for (char *tail = (char *)(stat + 1); tail < end; tail++)
			ASSERT_EQ(0, *tail);
		EXPECT_EQ(after, *end);

		end[-1] = 1;
		EXPECT_ERR(E2BIG, ioctl(self->fd, resized(ALTSHM_IOC_STAT, LONGEST), stat));
		EXPECT_ERR(E2BIG, ioctl(self->fd, resized(ALTSHM_IOC_REMOVE, LONGEST), stat));
		EXPECT_NATTCH(0, id);
	}
}

/* The same with room up to a byte before the end of what is mapped. */
TEST_F(hostile_args, long_structures_that_end_in_nothing_are_efault)
{
	char *mem = pages(6), *edge = mem + 5 * PAGE;

	ASSERT_OK(mprotect(edge, PAGE, PROT_NONE));
	for (size_t part = LONGEST - 9; part < LONGEST; part++) {
		EXPECT_ERR(EFAULT, ioctl(self->fd, resized(ALTSHM_IOC_INFO, LONGEST),
					 edge - part));
	}
	EXPECT_OK(ioctl(self->fd, resized(ALTSHM_IOC_INFO, LONGEST), edge - LONGEST));
}

/* Attach and detach by structures that are aligned to nothing. */
TEST_F(hostile_args, odd_pointers_attach_and_detach)
{
	char *mem = pages(2);
	int id = new_segment(0600);

	for (size_t at = PAGE - sizeof(struct altshm_attach) - 1; at < PAGE + 9; at++) {
		struct altshm_attach attach = { .shmid = id };
		struct altshm_detach detach = {};

		memcpy(mem + at, &attach, sizeof(attach));
		ASSERT_OK(ioctl(self->fd, ALTSHM_IOC_ATTACH, mem + at)) TH_LOG("at %zu", at);
		memcpy(&attach, mem + at, sizeof(attach));
		*(char *)attach.addr = 1;
		detach.addr = attach.addr;
		memcpy(mem + at, &detach, sizeof(detach));
		EXPECT_OK(ioctl(self->fd, ALTSHM_IOC_DETACH, mem + at));
	}
	EXPECT_NATTCH(0, id);
}

/*
 * SHM_REMAP may not replace the page that the address is to be written to, also
 * where that is beyond the segment's last byte, or half of the address only.
 */
TEST_F(hostile_args, remap_spares_whatever_holds_a_byte_of_its_answer)
{
	const size_t field = offsetof(struct altshm_attach, addr);
	char *mem = pages(3);
	int ids[] = { new_sized(100, 0600), new_sized(PAGE, 0600) };
	int kinds[] = { SHM_REMAP, SHM_REMAP | SHM_RDONLY };

	for (int i = 0; i < 4; i++) {
		for (size_t at = PAGE - field - 8; at <= 2 * PAGE - field; at += 4) {
			struct altshm_attach attach = {
				.shmid = ids[i % 2],
				.shmflg = kinds[i / 2],
				.addr = (unsigned long)mem + PAGE,
			};
			bool hit = at + field + 8 > PAGE && at + field < 2 * PAGE;

			if (!hit)
				continue;
			memset(mem + PAGE, 0x5a, PAGE);
			memcpy(mem + at, &attach, sizeof(attach));
			ASSERT_ERR(EFAULT, ioctl(self->fd, ALTSHM_IOC_ATTACH, mem + at))
				TH_LOG("segment %d, at %zu", i % 2, at);
			EXPECT_EQ(0, memcmp(mem + at, &attach, sizeof(attach)));
		}
	}
	EXPECT_NATTCH(0, ids[0]);
	EXPECT_NATTCH(0, ids[1]);
	EXPECT_EQ(0x5a, mem[PAGE + 200]);
}

/* Identifiers no segment can have, for each command that takes one. */
TEST_F(hostile_args, identifiers_at_the_edges_are_einval)
{
	const __s32 ids[] = { INT_MIN, INT_MIN + 1, -32768, -2, -1, 1, 32767, 32768, 65535, 65536,
			      (1 << 20) - 1, 1 << 20, 1 << 24, INT_MAX - 32768, INT_MAX - 1,
			      INT_MAX };
	const unsigned long requests[] = { ALTSHM_IOC_ATTACH, ALTSHM_IOC_STAT, ALTSHM_IOC_SET,
					   ALTSHM_IOC_REMOVE, ALTSHM_IOC_LOCK, ALTSHM_IOC_UNLOCK };
	int id = new_segment(0600);

	ASSERT_EQ(0, id);
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		for (size_t k = 0; k < ARRAY_SIZE(requests); k++) {
			__s32 arg[64] = { ids[i] };

			EXPECT_ERR(EINVAL, ioctl(self->fd, requests[k], arg))
				TH_LOG("request %zu of %d", k, ids[i]);
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		struct altshm_stat stat = { .shmid = ids[i], .flags = ALTSHM_STAT_F_ALL };
		/* Of a table index what is above its bits does not count. */
		bool found = ids[i] > 0 && ids[i] % 32768 == 0;

		EXPECT_EQ(found ? 0 : -EINVAL, rc(ioctl(self->fd, ALTSHM_IOC_STAT, &stat)))
			TH_LOG("index %d", ids[i]);
	}
	EXPECT_EQ(0600, STAT(id).shm_perm.mode);
}

/* No more segments than there are identifiers, whatever the width of the word. */
TEST_F(hostile_args, limits_at_the_edges_are_kept_or_refused)
{
	const __u64 most[] = { 0, 1, 1 << 20, (1 << 20) + 1, UINT_MAX, 1UL << 32, (1UL << 32) + 1,
			       1UL << 63, ~0UL };

	for (size_t i = 0; i < ARRAY_SIZE(most); i++) {
		struct altshm_limits limits = {
			.flags = ALTSHM_LIMITS_F_SET,
			.own = ALTSHM_LIMIT_ALL,
			.shmmax = most[i], .shmall = most[i], .shmmni = most[i],
		};
		bool fits = most[i] <= 1 << 20;

		EXPECT_EQ(fits ? 0 : -EINVAL, rc(ioctl(self->fd, ALTSHM_IOC_LIMITS, &limits)))
			TH_LOG("limit %zu", i);
		if (!fits)
			continue;
		limits.flags = 0;
		EXPECT_OK(ioctl(self->fd, ALTSHM_IOC_LIMITS, &limits));
		EXPECT_EQ(most[i], limits.shmmni);
		EXPECT_EQ(most[i], limits.shmmax);
		EXPECT_EQ(most[i], limits.shmall);
	}
}

/* A call in a thread of its own, which a slow page holds up. */
struct call {
	pthread_t thread;
	int fd;
	unsigned long request;
	void *arg;
	long ret;
};

static void *call_run(void *arg)
{
	struct call *call = arg;

	call->ret = rc(ioctl(call->fd, call->request, call->arg));
	return NULL;
}

static void call_start(struct call *call, int fd, unsigned long request, void *arg)
{
	*call = (struct call) { .fd = fd, .request = request, .arg = arg };
	if (pthread_create(&call->thread, NULL, call_run, call))
		abort();
}

static long call_end(struct call *call)
{
	pthread_join(call->thread, NULL);
	return call->ret;
}

#define SLOW_PAGE_OR_SKIP(page) do {					\
	const char *missing_ = slow_page_init(page);			\
									\
	if (missing_)							\
		SKIP(return, "no %s", missing_);			\
} while (0)

/* While a command reads its argument, what it is about may go. */
TEST_F(hostile_args, segment_removed_while_the_argument_is_read)
{
	const unsigned long requests[] = { ALTSHM_IOC_ATTACH, ALTSHM_IOC_STAT, ALTSHM_IOC_SET,
					   ALTSHM_IOC_REMOVE, ALTSHM_IOC_LOCK, ALTSHM_IOC_UNLOCK };

	for (size_t i = 0; i < ARRAY_SIZE(requests); i++) {
		int id = new_segment(0600);
		struct slow_page page;
		struct call call;

		SLOW_PAGE_OR_SKIP(&page);
		call_start(&call, self->fd, requests[i], page.mem);
		ASSERT_EQ('m', slow_page_wait(&page));
		ASSERT_OK(shm.ctl(id, IPC_RMID, NULL));
		ASSERT_EQ(0, slow_page_fill(&page, &id, sizeof(id), false));
		EXPECT_EQ(-EINVAL, call_end(&call)) TH_LOG("request %zu", i);
		close(page.fd);
		munmap(page.mem, PAGE);
	}
}

/* Nothing is held while a reply waits; it tells of when it was asked for. */
TEST_F(hostile_args, segment_removed_while_the_reply_is_written)
{
	int id = new_segment(0600);
	struct altshm_stat stat = { .shmid = id };
	struct slow_page page;
	struct call call;

	SLOW_PAGE_OR_SKIP(&page);
	ASSERT_EQ(0, slow_page_fill(&page, &stat, sizeof(stat), true));
	call_start(&call, self->fd, ALTSHM_IOC_STAT, page.mem);
	ASSERT_EQ('w', slow_page_wait(&page));
	EXPECT_OK(shm.ctl(id, IPC_RMID, NULL));
	EXPECT_LE(0, new_segment(0600));
	ASSERT_EQ(0, slow_page_allow(&page));
	EXPECT_EQ(0, call_end(&call));
	memcpy(&stat, page.mem, sizeof(stat));
	EXPECT_EQ(id, stat.shmid);
	EXPECT_EQ(PAGE, stat.size);
}

/* Unmapped while a reply is being written to it: no answer, and nothing done. */
TEST_F(hostile_args, limits_stay_when_the_reply_goes_nowhere)
{
	struct altshm_limits limits = {
		.flags = ALTSHM_LIMITS_F_SET,
		.own = ALTSHM_LIMIT_SHMMNI,
	};
	struct slow_page page;
	struct call call;

	SLOW_PAGE_OR_SKIP(&page);
	ASSERT_EQ(0, slow_page_fill(&page, &limits, sizeof(limits), true));
	call_start(&call, self->fd, ALTSHM_IOC_LIMITS, page.mem);
	ASSERT_EQ('w', slow_page_wait(&page));
	ASSERT_EQ(0, slow_page_unmap(&page));
	EXPECT_EQ(-EFAULT, call_end(&call));
	EXPECT_LE(0, new_segment(0600));
}

#define DROP_ROUNDS 20000

/* Attaches by a structure that another thread takes away all the time. */
struct drop {
	int fd, id;
	struct slow_page page;
	struct altshm_attach attach;
	atomic_bool stop, ended;
	long ret;
};

static void *drop_page(void *arg)
{
	struct drop *drop = arg;

	while (!drop->stop)
		madvise(drop->page.mem, PAGE, MADV_DONTNEED);
	return NULL;
}

static void *attach_by_page(void *arg)
{
	struct drop *drop = arg;
	struct altshm_detach detach = { .addr = drop->attach.addr };

	for (int i = 0; i < DROP_ROUNDS; i++) {
		drop->ret = rc(ioctl(drop->fd, ALTSHM_IOC_ATTACH, drop->page.mem));
		if (drop->ret)
			break;
		ioctl(drop->fd, ALTSHM_IOC_DETACH, &detach);
	}
	drop->ended = true;
	return NULL;
}

/* Puts the structure back until the address of what is attached is to be written to it. */
static bool serve_until_attached(struct drop *drop)
{
	struct pollfd event = { .fd = drop->page.fd, .events = POLLIN };
	struct altshm_stat stat;

	while (!drop->ended) {
		if (poll(&event, 1, 10) <= 0)
			continue;
		slow_page_wait(&drop->page);
		stat = (struct altshm_stat) { .shmid = drop->id };
		if (ioctl(drop->fd, ALTSHM_IOC_STAT, &stat) || stat.nattch)
			return true;
		slow_page_fill(&drop->page, &drop->attach, sizeof(drop->attach), false);
	}
	return false;
}

/* The memory of its answer goes after the attach: that is taken back. */
TEST_F(hostile_args, attach_is_undone_when_its_address_cannot_be_told)
{
	struct drop drop = { .fd = self->fd, .id = new_segment(0600) };
	pthread_t dropper, caller;
	char *room = pages(1);
	bool reached;

	SLOW_PAGE_OR_SKIP(&drop.page);
	ASSERT_OK(munmap(room, PAGE));
	drop.attach.shmid = drop.id;
	drop.attach.addr = (unsigned long)room;
	ASSERT_EQ(0, pthread_create(&caller, NULL, attach_by_page, &drop));
	ASSERT_EQ(0, pthread_create(&dropper, NULL, drop_page, &drop));
	reached = serve_until_attached(&drop);
	drop.stop = true;
	pthread_join(dropper, NULL);
	if (reached)
		ASSERT_EQ(0, slow_page_unmap(&drop.page));
	pthread_join(caller, NULL);
	if (!reached)
		SKIP(return, "the moment was not met in %d rounds", DROP_ROUNDS);
	EXPECT_EQ(-EFAULT, drop.ret);
	EXPECT_NATTCH(0, drop.id);
	EXPECT_STREQ("", maps_line(room));
}

TEST_HARNESS_MAIN
