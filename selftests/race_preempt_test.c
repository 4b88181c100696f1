// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls stopped in their middle, wherever that is: a process of realtime priority
 * wakes on the same processor at any moment, and takes away what the call relies
 * on before that goes on. On kernels that preempt no calls there is less to see.
 */
#include <linux/membarrier.h>

#include "race.h"

SHM_FIXTURE(race_preempt);

/* Where in race->cell what is. */
enum { BUSY, GONE, WANTED, DONE, STOPPED, NAME };

static unsigned int get_cell(int n)
{
	return __atomic_load_n(&race->cell[n], __ATOMIC_SEQ_CST);
}

static void set_cell(int n, unsigned int value)
{
	__atomic_store_n(&race->cell[n], value, __ATOMIC_SEQ_CST);
}

static int go_to_processor(int n)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(n, &set);
	return sched_setaffinity(0, sizeof(set), &set) ? complain("sched_setaffinity", -errno) : 0;
}

/* Where those are whom it stops, and before them. */
static int become_stopper(void)
{
	const struct sched_param first = { .sched_priority = 1 };

	if (sched_setscheduler(0, SCHED_FIFO, &first))
		return complain("sched_setscheduler", -errno);
	return go_to_processor(0);
}

static int create_and_be_stopped(unsigned int seed)
{
	if (go_to_processor(0))
		return 1;
	do {
		unsigned int gone;
		long id, removed;

		set_cell(GONE, 0);
		set_cell(BUSY, 1);
		id = rc(shm.get(KEY, PAGE, IPC_CREAT | IPC_EXCL | 0600));
		set_cell(BUSY, 0);
		if (id < 0)
			return complain("shmget", id);
		gone = get_cell(GONE);
		if (gone && gone != id + 1U)
			return complain("a creator got the number of another segment", 0);
		removed = rc(shm.ctl(id, IPC_RMID, NULL));
		if (gone ? removed != -EINVAL : removed)
			return complain("IPC_RMID by the creator", removed);
	} while (race_goes_on());
	return 0;
}

/* Keeps the processor until all is freed that was to be. */
static void have_it_freed(void)
{
	unsigned int wanted = get_cell(WANTED) + 1;
	long long end = now_ms() + 200;

	set_cell(WANTED, wanted);
	while (get_cell(DONE) != wanted && now_ms() < end)
		;
}

static int remove_while_it_is_created(unsigned int seed)
{
	if (become_stopper())
		return 1;
	do {
		long id;

		usleep(rand_r(&seed) % 1000);
		if (!get_cell(BUSY))
			continue;
		id = rc(shm.get(KEY, 0, 0));
		if (!ALLOWED(id, ENOENT))
			return complain("shmget", id);
		if (id < 0 || !get_cell(BUSY))
			continue;
		if (shm.ctl(id, IPC_RMID, NULL))
			return complain("IPC_RMID", -errno);
		set_cell(GONE, id + 1);
		set_cell(STOPPED, get_cell(STOPPED) + 1);
		have_it_freed();
	} while (race_goes_on());
	return 0;
}

/* What was freed once more before is gone by then. */
static int wait_for_readers(unsigned int seed)
{
	if (go_to_processor(1))
		return 1;
	do {
		unsigned int wanted = get_cell(WANTED);

		if (wanted == get_cell(DONE))
			continue;
		for (int i = 0; i < 2; i++)
			if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0))
				return complain("membarrier", -errno);
		set_cell(DONE, wanted);
	} while (race_goes_on());
	return 0;
}

TEST_F_RACE(race_preempt, removal_before_the_creator_has_its_number)
{
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		SKIP(return, "needs two processors");
	RACE({ create_and_be_stopped, 1 }, { remove_while_it_is_created, 1 },
	     { wait_for_readers, 1 });
	TH_LOG("%u creators were stopped with their segment there", get_cell(STOPPED));
	EXPECT_NOTHING_LEFT();
}

static int use_by_name(unsigned int seed)
{
	struct shm_info info;

	if (go_to_processor(0))
		return 1;
	do {
		long ret;

		if (one_in(2, &seed))
			ret = rc(shm.ctl(0, SHM_INFO, (struct shmid_ds *)&info));
		else
			ret = set_perm(get_cell(NAME), 0, 0, 0600);
		if (!ALLOWED(ret, EINVAL, EIDRM))
			return complain("IPC_SET or SHM_INFO", ret);
	} while (race_goes_on());
	return 0;
}

static int replace_while_it_is_used(unsigned int seed)
{
	if (become_stopper())
		return 1;
	do {
		int id = new_segment(0600);

		if (id < 0)
			return complain("shmget", id);
		set_cell(NAME, id);
		usleep(rand_r(&seed) % 500);
		if (shm.ctl(id, IPC_RMID, NULL))
			return complain("IPC_RMID", -errno);
	} while (race_goes_on());
	return 0;
}

TEST_F_RACE(race_preempt, removal_between_finding_and_using)
{
	RACE({ use_by_name, 1 }, { replace_while_it_is_used, 1 });
	EXPECT_NOTHING_LEFT();
}

TEST_HARNESS_MAIN
