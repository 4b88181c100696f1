// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processes that create, find, attach, change and remove the same segments at
 * the same time. No call may give an error that the race does not explain, and
 * nobody may see another segment's memory.
 */
#include "race_list.h"

SHM_FIXTURE(race);

enum { KEYS = LISTED_PAGES };

/* A segment as the lister knows them; @n below KEYS. */
static long get_nth(unsigned int n, int flags)
{
	return rc(shm.get(KEY + n, (n + 1) * PAGE, flags | owners[0].mode));
}

/* Removal loses to other removals. */
static int remove_any(long id)
{
	long removed = rc(shm.ctl(id, IPC_RMID, NULL));

	return ALLOWED(removed, EINVAL, EIDRM) ? 0 : complain("IPC_RMID", removed);
}

/* Whoever attaches first writes the id into the segment's first word. */
static int check_word(int *mem, int id)
{
	int expected = 0;

	if (__atomic_compare_exchange_n(mem, &expected, id + 1, false,
					__ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		return 0;
	return expected != id + 1 ? complain("another segment's memory", 0) : 0;
}

/* NULL if it is removed by now, or if something was wrong. */
static int *attach_checked(int id, int flags)
{
	int *mem = shm.at(id, NULL, flags);

	if (has_failed(mem)) {
		if (!ALLOWED(-errno, EINVAL, EIDRM))
			complain("shmat", -errno);
		return NULL;
	}
	return flags & SHM_RDONLY || !check_word(mem, id) ? mem : NULL;
}

/* Creation with IPC_CREAT finds or makes. */
static int create_and_remove(unsigned int seed)
{
	do {
		bool excl = one_in(2, &seed);
		long id = get_nth(0, IPC_CREAT | (excl ? IPC_EXCL : 0));

		if (excl && id == -EEXIST)
			id = rc(shm.get(KEY, 0, 0));
		if (id < 0 && !(excl && id == -ENOENT))
			return complain("shmget", id);
		if (id >= 0 && one_in(2, &seed) && remove_any(id))
			return 1;
	} while (race_goes_on());
	return 0;
}

/* rows: GET-33 IDS-05 */
TEST_F_RACE(race, create_against_create_and_remove)
{
	RACE({ create_and_remove, 4 }, { list_segments, 1 });
	EXPECT_NOTHING_LEFT();
}

static int attach_and_remove(unsigned int seed)
{
	do {
		long id = get_nth(0, IPC_CREAT);
		int *mem;

		if (id < 0)
			return complain("shmget", id);
		if (one_in(3, &seed)) {
			if (remove_any(id))
				return 1;
			continue;
		}
		mem = attach_checked(id, 0);
		if (mem && rc(shm.dt(mem)))
			return complain("shmdt", -errno);
	} while (race_goes_on());
	return 0;
}

/* rows: IDS-05 IDS-06 DST-04 DST-07 */
TEST_F_RACE(race, attach_against_remove)
{
	RACE({ attach_and_remove, 4 }, { list_segments, 1 });
	EXPECT_NOTHING_LEFT();
}

static int attach_and_detach(unsigned int seed)
{
	long id = rc(shm.get(KEY, 0, 0));

	do {
		int *mem = attach_checked(id, one_in(4, &seed) ? SHM_RDONLY : 0);

		if (!mem || rc(shm.dt(mem)))
			return complain("shmat or shmdt", -errno);
	} while (race_goes_on());
	return 0;
}

/* Nothing but what races here is in the way of those who attach. */
static int look_and_set(unsigned int seed)
{
	long id = rc(shm.get(KEY, 0, 0));
	struct shmid_ds ds;

	do {
		long ret = one_in(2, &seed) ? set_perm(id, 0, 0, owners[0].mode) :
					      rc(shm.ctl(id, IPC_STAT, &ds));

		if (ret)
			return complain("IPC_SET or IPC_STAT", ret);
	} while (race_goes_on());
	return 0;
}

TEST_F_RACE(race, many_at_one_segment)
{
	ASSERT_LE(0, get_nth(0, IPC_CREAT));
	RACE({ attach_and_detach, 3 }, { look_and_set, 1 });
	EXPECT_NOTHING_LEFT();
}

/* The cell of a key counts who holds it: from their creation to their removal. */
static int win_and_give_up(unsigned int seed)
{
	do {
		unsigned int n = rand_r(&seed) % 2;
		long id = get_nth(n, IPC_CREAT | IPC_EXCL);

		if (id == -EEXIST)
			continue;
		if (id < 0)
			return complain("shmget", id);
		if (__atomic_fetch_add(&race->cell[n], 1, __ATOMIC_SEQ_CST))
			return complain("a key has two winners", 0);
		if (one_in(2, &seed))
			sched_yield();
		if (get_nth(n, IPC_CREAT) != id)
			return complain("the winner's key is not the winner's", 0);
		__atomic_fetch_sub(&race->cell[n], 1, __ATOMIC_SEQ_CST);
		if (rc(shm.ctl(id, IPC_RMID, NULL)))
			return complain("IPC_RMID by the winner", -errno);
	} while (race_goes_on());
	return 0;
}

/* rows: GET-07 GET-33 */
TEST_F_RACE(race, exclusive_creation_has_one_winner)
{
	RACE({ win_and_give_up, 4 });
	EXPECT_NOTHING_LEFT();
}

/* The cell of a live identifier has it, unless another one was there. */
static int register_id(int id)
{
	unsigned int found = __sync_val_compare_and_swap(&race->cell[id % CELLS], 0, id + 1);

	return found == id + 1U ? complain("an id is given to two segments", 0) : 0;
}

static void unregister_id(int id)
{
	__sync_val_compare_and_swap(&race->cell[id % CELLS], id + 1, 0);
}

/* A segment that is gone for sure: its name finds nothing, or nothing yet. */
static int try_stale(int id)
{
	int *mem = shm.at(id, NULL, SHM_RDONLY);
	struct shmid_ds ds;

	if (!has_failed(mem))
		return complain("a stale id attaches", 0);
	if (!ALLOWED(-errno, EINVAL, EIDRM))
		return complain("shmat of a stale id", -errno);
	if (!shm.ctl(id, IPC_STAT, &ds) || !shm.ctl(id, IPC_RMID, NULL))
		return complain("a stale id names something", 0);
	return 0;
}

static int name_and_forget(unsigned int seed)
{
	int stale[32] = { 0 };
	unsigned int n = 0;

	do {
		long id = rc(shm.get(IPC_PRIVATE, PAGE, owners[0].mode));
		int *mem;

		if (id < 0)
			return complain("shmget", id);
		if (register_id(id))
			return 1;
		mem = attach_checked(id, 0);
		if (!mem)
			return complain("a new segment is not to be had", 0);
		unregister_id(id);
		if (shm.dt(mem) || shm.ctl(id, IPC_RMID, NULL))
			return complain("the end of a segment", -errno);
		stale[n++ % ARRAY_SIZE(stale)] = id;
		if (try_stale(stale[rand_r(&seed) % (n < ARRAY_SIZE(stale) ? n :
						     ARRAY_SIZE(stale))]))
			return 1;
	} while (race_goes_on());
	return 0;
}

/* rows: IDS-05 IDS-06 */
TEST_F_RACE(race, an_id_names_one_segment_and_then_none)
{
	RACE({ name_and_forget, 4 }, { list_segments, 1 });
	EXPECT_NOTHING_LEFT();
}

static int change_owner(long id, unsigned int *seed)
{
	unsigned int n = rand_r(seed) % ARRAY_SIZE(owners);
	long ret = set_perm(id, owners[n].uid, 0, owners[n].mode);

	return ALLOWED(ret, EINVAL, EIDRM) ? 0 : complain("IPC_SET", ret);
}

/* Neither lets USER_A in, but the owner of either with the other's mode would. */
static const struct { uid_t uid; unsigned int mode; } closed[] = {
	{ USER_A, 0066 }, { USER_B, 0600 },
};

static int set_closed(unsigned int seed)
{
	int id = rc(shm.get(KEY, 0, 0));
	unsigned int n = 0;

	do {
		long ret = set_perm(id, closed[n].uid, 0, closed[n].mode);

		if (ret)
			return complain("IPC_SET", ret);
		n = !n;
	} while (race_goes_on());
	return 0;
}

static int try_to_get_in(unsigned int seed)
{
	int error = become(USER_A, GROUP_G);

	if (error)
		return complain("become", error);
	do {
		long id = rc(shm.get(KEY, 0, 0600));

		if (id != -EACCES)
			return complain("rights of two settings together", id < 0 ? id : 0);
	} while (race_goes_on());
	return 0;
}

TEST_F_RACE(race, rights_are_those_of_one_setting)
{
	ASSERT_LE(0, rc(shm.get(KEY, PAGE, IPC_CREAT | 0600)));
	RACE({ set_closed, 1 }, { try_to_get_in, 1 });
	EXPECT_NOTHING_LEFT();
}

static int change_lock(long id, unsigned int *seed)
{
	long ret = rc(shm.ctl(id, one_in(2, seed) ? SHM_LOCK : SHM_UNLOCK, NULL));

	return ALLOWED(ret, EINVAL, EIDRM) ? 0 : complain("SHM_LOCK", ret);
}

static int attach_a_while(long id, unsigned int *seed)
{
	int flags = one_in(2, seed) ? SHM_RDONLY : 0;
	int *mem = attach_checked(id, flags);

	if (!mem)
		return 0;
	if (one_in(4, seed) && remove_any(id))
		return 1;
	return rc(shm.dt(mem)) ? complain("shmdt", -errno) : 0;
}

static int do_everything(unsigned int seed)
{
	int failed = 0;

	do {
		long id = get_nth(rand_r(&seed) % KEYS, one_in(4, &seed) ? 0 : IPC_CREAT);

		if (!ALLOWED(id, ENOENT))
			return complain("shmget", id);
		if (id < 0)
			continue;
		switch (rand_r(&seed) % 5) {
		case 0:
			failed = change_owner(id, &seed);
			break;
		case 1:
			failed = change_lock(id, &seed);
			break;
		case 2:
			failed = remove_any(id);
			break;
		default:
			failed = attach_a_while(id, &seed);
		}
	} while (!failed && race_goes_on());
	return failed;
}

/* rows: DST-07 */
TEST_F_RACE(race, listing_against_everything)
{
	RACE({ do_everything, 3 }, { list_segments, 2 });
	EXPECT_NOTHING_LEFT();
}

TEST_HARNESS_MAIN
