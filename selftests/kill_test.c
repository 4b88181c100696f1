// SPDX-License-Identifier: GPL-2.0-only
/*
 * kill -9 at random points: the counts stay right and no memory is lost.
 */
#include "common.h"

SHM_FIXTURE(kill);

enum { WORKERS = 3, SECONDS = 2, SHARED_PAGES = 4 };

static void attach_a_while(int id)
{
	char *mem = shm.at(id, NULL, 0);

	if (has_failed(mem))
		return;
	mem[PAGE] = 1;
	mprotect(mem + PAGE, PAGE, PROT_READ);
	shm.dt(mem);
}

/* Creates, attaches, forks, splits and removes until it is killed. */
static void work(int shared, unsigned int seed)
{
	for (;;) {
		int id = shm.get(rand_r(&seed) % 2 ? IPC_PRIVATE : KEY,
				 3 * PAGE, IPC_CREAT | 0600);
		char *mem = shm.at(id, NULL, 0);

		attach_a_while(shared);
		if (!has_failed(mem))
			memset(mem, 1, 3 * PAGE);
		if (rand_r(&seed) % 8 == 0 && fork() == 0) {
			attach_a_while(shared);
			_exit(0);
		}
		shm.ctl(id, IPC_RMID, NULL);
		if (!has_failed(mem))
			shm.dt(mem);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
}

static void run_and_kill(int shared, unsigned int *seed)
{
	struct timespec pause = { .tv_nsec = rand_r(seed) % 20000000 };
	pid_t workers[WORKERS];

	for (int i = 0; i < WORKERS; i++) {
		workers[i] = fork();
		if (!workers[i]) {
			setpgid(0, 0);
			work(shared, *seed + i);
		}
		setpgid(workers[i], workers[i]);
	}
	nanosleep(&pause, NULL);
	for (int i = 0; i < WORKERS; i++)
		kill(-workers[i], SIGKILL);
	/* As their reaper, wait for the workers' children, too. */
	while (waitpid(-1, NULL, 0) > 0)
		;
}

/* rows: LIF-04 DST-07 */
TEST_F(kill, counts_and_memory_survive)
{
	unsigned int seed = (unsigned int)time(NULL) ^ getpid(), rounds = 0;
	int shared = new_sized(SHARED_PAGES * PAGE, 0600);
	char *mem = ATTACH(shared, NULL, 0);
	time_t end = time(NULL) + SECONDS;
	struct shmid_ds ds;
	long shmem;

	printf("# seed %u\n", seed);
	ASSERT_EQ(0, prctl(PR_SET_CHILD_SUBREAPER, 1));
	memset(mem, 1, SHARED_PAGES * PAGE);
	shmem = meminfo("Shmem");
	/* Two rounds where a slow kernel takes all the time for one. */
	while (time(NULL) < end || rounds < 2) {
		int max;

		run_and_kill(shared, &seed);
		rounds++;
		EXPECT_NATTCH(1, shared);
		max = shm.ctl(0, SHM_INFO, (struct shmid_ds *)&ds);
		for (int i = 0; i <= max; i++) {
			int id = shm.ctl(i, SHM_STAT, &ds);

			if (id < 0 || id == shared)
				continue;
			EXPECT_EQ(0, ds.shm_nattch);
			EXPECT_EQ(0, ds.shm_perm.mode & 01000);
			EXPECT_OK(shm.ctl(id, IPC_RMID, NULL));
		}
		ASSERT_EQ(1, shm_info().used_ids);
		ASSERT_EQ(SHARED_PAGES, shm_info().shm_tot);
		ASSERT_EQ(SHARED_PAGES, shm_info().shm_rss);
	}
	EXPECT_GE(shmem + 1024, meminfo("Shmem"));
}

TEST_HARNESS_MAIN
