// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bugs that were found in the module, each by what it must not do. Races are
 * run a bounded number of rounds.
 */
#include <linux/altshm.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "common.h"
#include "huge.h"

SHM_FIXTURE(regress);

/* What the native facility has not, or does otherwise. */
FIXTURE(regress_altshm) {
	int fd;
};

FIXTURE_SETUP(regress_altshm)
{
	SETUP_IPC_NAMESPACE();
	SETUP_ALTSHM();
	self->fd = open(ALTSHM_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(regress_altshm)
{
	remove_all();
	close(self->fd);
}

#define FLAT_SEGMENTS	(1 << 14)
#define FLAT_SIZE	(1UL << 62)

/*
 * Pages of 2^14 segments of 2^62 bytes are 2^64, more than a word can count. As
 * SHMALL and SHMMNI stop them in one namespace, they are in four, which are
 * kept: with a namespace its segments go.
 */
TEST_F(regress_altshm, locked_pages_never_add_up_to_none)
{
	struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	long rc_lock = 0;
	int locked = 0;

	ASSERT_OK(setrlimit(RLIMIT_MEMLOCK, &unlimited));
	for (int i = 0; i <= FLAT_SEGMENTS && !rc_lock; i++) {
		int id;

		if (i % (FLAT_SEGMENTS / 4) == 0) {
			ASSERT_OK(unshare(CLONE_NEWIPC));
			ASSERT_LE(0, open("/proc/self/ns/ipc", O_RDONLY | O_CLOEXEC));
		}
		id = new_sized(FLAT_SIZE, 0600 | SHM_NORESERVE);
		ASSERT_LE(0, id);
		rc_lock = rc(shm.ctl(id, SHM_LOCK, NULL));
		locked += !rc_lock;
	}
	EXPECT_EQ(-ENOMEM, rc_lock);
	EXPECT_GT(FLAT_SEGMENTS, locked);
}

struct huge_creator {
	atomic_bool stop;
	atomic_int made;
};

static void *create_huge(void *arg)
{
	struct huge_creator *creator = arg;

	while (!creator->stop) {
		int id = new_sized(huge_size(), 0600 | SHM_HUGETLB);

		if (id < 0)
			break;
		shm.ctl(id, IPC_RMID, NULL);
		creator->made++;
	}
	return NULL;
}

/* Does a child have anything of hugetlbfs mapped? It never attached anything. */
static bool has_huge_mapping(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];
	bool found = false;

	while (maps && fgets(line, sizeof(line), maps))
		found |= strstr(line, " (deleted)") && strstr(line, "---s");
	if (maps)
		fclose(maps);
	return found;
}

TEST_F(regress, a_fork_inherits_nothing_of_a_creation)
{
	struct huge_creator creator = {};
	pthread_t thread;

	NEED_HUGE_PAGES(4);
	ASSERT_EQ(0, pthread_create(&thread, NULL, create_huge, &creator));
	while (!creator.made)
		sched_yield();
	for (int i = 0; i < 300; i++) {
		pid_t pid = fork();

		if (!pid)
			_exit(has_huge_mapping());
		ASSERT_LT(0, pid);
		ASSERT_EQ(0, wait_exit(pid)) TH_LOG("fork %d", i);
	}
	creator.stop = true;
	pthread_join(thread, NULL);
}

struct pair {
	pthread_barrier_t start, end;
	int id, cmd, rounds;
	int rc[2];
	atomic_int next;
	atomic_int ready;
};

/* Who is woken first waits for the other, so that both are off within an instruction or two. */
static void pair_meet(struct pair *pair, int round)
{
	unsigned int spins = 0;

	pair->ready++;
	while (pair->ready < 2 * (round + 1))
		if (++spins % 1000 == 0)
			sched_yield();
}

static void *pair_member(void *arg)
{
	struct pair *pair = arg;
	int me = pair->next++;

	for (int i = 0; i < pair->rounds; i++) {
		pthread_barrier_wait(&pair->start);
		pair_meet(pair, i);
		pair->rc[me] = rc(shm.ctl(pair->id, pair->cmd, NULL));
		pthread_barrier_wait(&pair->end);
	}
	return NULL;
}

static void pair_begin(struct pair *pair, pthread_t *threads)
{
	pthread_barrier_init(&pair->start, NULL, 3);
	pthread_barrier_init(&pair->end, NULL, 3);
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, pair_member, pair);
}

/* One round: both threads issue the command on the segment at once. */
static void pair_round(struct pair *pair)
{
	pthread_barrier_wait(&pair->start);
	pthread_barrier_wait(&pair->end);
}

TEST_F(regress, of_two_removals_one_succeeds)
{
	/* The window is a few instructions: a fault shows in one of a thousand. */
	struct pair pair = { .cmd = IPC_RMID, .rounds = 5000 };
	pthread_t threads[2];

	pair_begin(&pair, threads);
	for (int i = 0; i < pair.rounds; i++) {
		pair.id = new_segment(0600);
		pair_round(&pair);
		EXPECT_EQ(-EINVAL, pair.rc[0] + pair.rc[1]) TH_LOG("round %d", i);
	}
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
}

TEST_F(regress, two_lockers_of_one_segment_need_room_for_one)
{
	struct rlimit room = { PAGE, PAGE };

	IN_CHILD {
		struct pair pair = { .cmd = SHM_LOCK, .rounds = 1000 };
		pthread_t threads[2];

		ASSERT_OK(become(USER_A, GROUP_G));
		ASSERT_OK(setrlimit(RLIMIT_MEMLOCK, &room));
		pair_begin(&pair, threads);
		for (int i = 0; i < pair.rounds; i++) {
			pair.id = new_segment(0600);
			pair_round(&pair);
			EXPECT_EQ(0, pair.rc[0] + pair.rc[1]) TH_LOG("round %d", i);
			EXPECT_OK(shm.ctl(pair.id, IPC_RMID, NULL));
		}
		for (int i = 0; i < 2; i++)
			pthread_join(threads[i], NULL);
	}
}

/* With room for two pages, of which one stays locked: no more and no less is given back. */
TEST_F(regress, two_unlockers_of_one_segment_give_back_one)
{
	struct rlimit room = { 2 * PAGE, 2 * PAGE };

	IN_CHILD {
		struct pair pair = { .cmd = SHM_UNLOCK, .rounds = 1000 };
		pthread_t threads[2];

		ASSERT_OK(become(USER_A, GROUP_G));
		ASSERT_OK(setrlimit(RLIMIT_MEMLOCK, &room));
		ASSERT_OK(shm.ctl(new_segment(0600), SHM_LOCK, NULL));
		pair.id = new_segment(0600);
		pair_begin(&pair, threads);
		for (int i = 0; i < pair.rounds; i++) {
			EXPECT_OK(shm.ctl(pair.id, SHM_LOCK, NULL)) TH_LOG("round %d", i);
			pair_round(&pair);
			EXPECT_EQ(0, pair.rc[0] + pair.rc[1]) TH_LOG("round %d", i);
		}
		EXPECT_OK(shm.ctl(pair.id, SHM_LOCK, NULL));
		EXPECT_ERR(ENOMEM, shm.ctl(new_segment(0600), SHM_LOCK, NULL));
		for (int i = 0; i < 2; i++)
			pthread_join(threads[i], NULL);
	}
}

struct flipper {
	int fd;
	atomic_bool stop;
};

static int flip(int fd, __u32 own, __u64 shmmax)
{
	struct altshm_limits limits = {
		.flags = ALTSHM_LIMITS_F_SET,
		.own = own,
		.shmmax = shmmax,
	};

	return ioctl(fd, ALTSHM_IOC_LIMITS, &limits);
}

static void *flip_limits(void *arg)
{
	struct flipper *flipper = arg;

	while (!flipper->stop) {
		flip(flipper->fd, ALTSHM_LIMIT_SHMMAX, 1 << 20);
		flip(flipper->fd, 0, 0);
	}
	return NULL;
}

TEST_F(regress_altshm, limits_are_seen_as_one)
{
	struct flipper flipper = { .fd = self->fd };
	pthread_t thread;

	ASSERT_EQ(0, pthread_create(&thread, NULL, flip_limits, &flipper));
	for (int i = 0; i < 5000; i++) {
		int id = new_segment(0600);

		ASSERT_LE(0, id) TH_LOG("segment %d", i);
		shm.ctl(id, IPC_RMID, NULL);
	}
	flipper.stop = true;
	pthread_join(thread, NULL);
}

TEST_F(regress_altshm, limits_stay_when_the_answer_cannot_be_given)
{
	struct altshm_limits *limits = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
					    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, limits);
	limits->flags = ALTSHM_LIMITS_F_SET;
	limits->own = ALTSHM_LIMIT_SHMMNI;
	ASSERT_OK(mprotect(limits, PAGE, PROT_READ));
	EXPECT_ERR(EFAULT, ioctl(self->fd, ALTSHM_IOC_LIMITS, limits));
	EXPECT_LE(0, new_segment(0600));
}

TEST_F(regress_altshm, shm_remap_spares_its_own_argument)
{
	struct altshm_attach *attach = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
					    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, attach);
	*attach = (struct altshm_attach) {
		.shmid = new_segment(0600),
		.shmflg = SHM_REMAP,
		.addr = (uintptr_t)attach,
	};
	EXPECT_ERR(EFAULT, ioctl(self->fd, ALTSHM_IOC_ATTACH, attach));
	EXPECT_NATTCH(0, attach->shmid);
	EXPECT_EQ(SHM_REMAP, attach->shmflg);
}

TEST_HARNESS_MAIN
