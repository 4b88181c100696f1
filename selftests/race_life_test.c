// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mappings that come and go in all ways at once: fork, exec, exit and kill
 * against removal and IPC_SET; threads that attach, detach, unmap, move and
 * split. Whenever nothing moves, the attach count is the number of mappings.
 */
#include "race_list.h"

SHM_FIXTURE(race_life);

static void end_somehow(const void *mem, unsigned int how)
{
	switch (how % 5) {
	case 0:
		execl("/bin/true", "true", NULL);
		break;
	case 1:
		kill(getpid(), SIGKILL);
		break;
	case 2:
		mprotect((void *)mem, PAGE, PROT_READ);
		break;
	case 3:
		shm.dt(mem);
	}
	_exit(0);
}

/* The parent splits, detaches or ends with the child, in any order. */
static int fork_once(char *mem, unsigned int *seed)
{
	unsigned int how = rand_r(seed);
	int status;
	pid_t pid;

	if (one_in(3, seed))
		mprotect(mem, PAGE, PROT_READ);
	pid = fork();
	if (pid < 0)
		return complain("fork", -errno);
	if (!pid)
		end_somehow(mem, how);
	if (one_in(2, seed) && rc(shm.dt(mem)))
		return complain("shmdt", -errno);
	status = wait_exit(pid);
	if (!status || status == 1000 + SIGKILL)
		return 0;
	fprintf(stderr, "# a child ended with %d\n", status);
	return complain("a child ended badly", 0);
}

static int attach_and_fork(unsigned int seed)
{
	do {
		long id = rc(shm.get(KEY + 1, 2 * PAGE, IPC_CREAT | owners[0].mode));
		char *mem;

		if (id < 0)
			return complain("shmget", id);
		mem = shm.at(id, NULL, 0);
		if (has_failed(mem)) {
			if (!ALLOWED(-errno, EINVAL, EIDRM))
				return complain("shmat", -errno);
			continue;
		}
		if (fork_once(mem, &seed))
			return 1;
		/* Where the parent has detached above there is nothing any more. */
		shm.dt(mem);
	} while (race_goes_on());
	return 0;
}

static int remove_and_set(unsigned int seed)
{
	do {
		long id = rc(shm.get(KEY + 1, 0, 0)), ret;
		unsigned int n = rand_r(&seed) % ARRAY_SIZE(owners);

		if (!ALLOWED(id, ENOENT))
			return complain("shmget", id);
		if (id < 0)
			continue;
		if (one_in(50, &seed))
			ret = rc(shm.ctl(id, IPC_RMID, NULL));
		else
			ret = set_perm(id, owners[n].uid, 0, owners[n].mode);
		if (!ALLOWED(ret, EINVAL, EIDRM))
			return complain("IPC_RMID or IPC_SET", ret);
	} while (race_goes_on());
	return 0;
}

/* rows: LIF-01 LIF-03 LIF-04 DST-07 */
TEST_F_RACE(race_life, fork_exit_and_exec_against_remove_and_set)
{
	RACE({ attach_and_fork, 3 }, { remove_and_set, 1 }, { list_segments, 1 });
	EXPECT_NOTHING_LEFT();
}

/* Threads use these places only, so that they unmap nothing else. */
enum { PLACES = 6, PLACE_PAGES = 4, SEGMENTS = 2, THREADS = 3, MOVES = 200 };
#define PLACE (PLACE_PAGES * PAGE)

static char *places;
static int segments[SEGMENTS];
static pthread_barrier_t barrier;

/* All errors are fine: what one thread wants to change, another has changed. */
static void move_something(unsigned int *seed)
{
	char *place = places + rand_r(seed) % PLACES * PLACE;
	char *other = places + rand_r(seed) % PLACES * PLACE;
	int segment = segments[rand_r(seed) % SEGMENTS];
	char *page = place + rand_r(seed) % PLACE_PAGES * PAGE;
	pid_t pid;

	switch (rand_r(seed) % 10) {
	case 0:
	case 1:
		shm.at(segment, place, SHM_REMAP);
		break;
	case 2:
		shm.at(segment, place, SHM_REMAP | SHM_RDONLY);
		break;
	case 3:
	case 4:
		shm.dt(place);
		break;
	case 5:
		munmap(page, PAGE);
		break;
	case 6:
		mprotect(page, PAGE, one_in(2, seed) ? PROT_READ : PROT_NONE);
		break;
	case 7:
		mremap(place, PLACE, PLACE, MREMAP_MAYMOVE | MREMAP_FIXED, other);
		break;
	case 8:
		mremap(place, 0, PLACE, MREMAP_MAYMOVE | MREMAP_FIXED, other);
		break;
	case 9:
		if (!one_in(4, seed))
			break;
		pid = fork();
		if (!pid)
			_exit(0);
		waitpid(pid, NULL, 0);
	}
}

static void *move_things(void *arg)
{
	unsigned int seed = (uintptr_t)arg;

	for (;;) {
		pthread_barrier_wait(&barrier);
		if (race->failed)
			return NULL;
		for (int i = 0; i < MOVES; i++)
			move_something(&seed);
		pthread_barrier_wait(&barrier);
	}
}

static unsigned long mappings_of(int id)
{
	FILE *file = fopen("/proc/self/maps", "re");
	unsigned long count = 0, inode;
	char line[512];

	while (file && fgets(line, sizeof(line), file))
		if (strstr(line, "/SYSV") &&
		    sscanf(line, "%*s %*s %*s %*s %lu", &inode) == 1 && inode == (unsigned long)id)
			count++;
	if (file)
		fclose(file);
	return count;
}

/* rows: LIF-06 LIF-07 LIF-08 LIF-09 LIF-14 LIF-15 */
TEST_F_RACE(race_life, detach_against_munmap_and_mremap_in_threads)
{
	unsigned int seed = race_seed();
	pthread_t threads[THREADS];
	long long end;

	ASSERT_TRUE(race_init());
	places = mmap(NULL, PLACES * PLACE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, (void *)places);
	/* So that inode numbers are not those of other mappings. */
	new_segment(0600);
	for (int i = 0; i < SEGMENTS; i++)
		segments[i] = new_sized(PLACE, 0600);
	ASSERT_EQ(0, pthread_barrier_init(&barrier, NULL, THREADS + 1));
	for (int i = 0; i < THREADS; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, move_things,
					    (void *)(uintptr_t)(seed + i)));
	end = now_ms() + race_seconds() * 1000;
	do {
		unsigned long all = 0;

		pthread_barrier_wait(&barrier);
		pthread_barrier_wait(&barrier);
		race->turns += THREADS * MOVES;
		for (int i = 0; i < SEGMENTS; i++) {
			unsigned long count = mappings_of(segments[i]);

			EXPECT_NATTCH(count, segments[i]);
			all += count;
		}
		EXPECT_COUNTS_RIGHT(all);
	} while (now_ms() < end && !test_failed());
	race->failed = 1;
	pthread_barrier_wait(&barrier);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	TH_LOG("%lu moves", race->turns);
	ASSERT_EQ(0, munmap(places, PLACES * PLACE));
	EXPECT_NOTHING_LEFT();
}

TEST_HARNESS_MAIN
