/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What real programs do with shared memory, a cycle a function: each returns
 * nonzero when something went wrong that a neighbour's end does not explain.
 */
#ifndef _ALTSHM_SELFTESTS_SOAK_H
#define _ALTSHM_SELFTESTS_SOAK_H

#include "race.h"

enum { WORKERS_MOST = 16, BACKENDS = 4, RANKS = 6, PHP_KEYS = 32 };
enum { PG_PAGES = 32, MPI_PAGES = 256, PHP_PAGES = 4 };

#define PG_KEY	0x0052e2c1
#define PHP_KEY	0x50485000

/* Cell n of the race counts the calls of worker n, whoever that is by now. */
static unsigned int worker;

#define OP(call) ({							\
	__atomic_fetch_add(&race->cell[worker], 1, __ATOMIC_RELAXED);	\
	rc(call); })

/* The child of a worker is killed with it. */
static inline pid_t fork_within(void)
{
	pid_t pid = fork();

	if (!pid)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

static inline int reap(void)
{
	int status;

	while (waitpid(-1, &status, 0) > 0)
		if (status)
			return complain("a child ended badly", 0);
	return 0;
}

static inline int touch(long mem, unsigned int pages)
{
	for (unsigned int i = 0; i < pages; i++)
		((volatile char *)mem)[i * PAGE]++;
	return 0;
}

/* An X11 client and its server: a small segment, marked as soon as both have it. */
static inline int x11(unsigned int *seed)
{
	unsigned int pages = 1 + rand_r(seed) % 16;
	long id = OP(shm.get(IPC_PRIVATE, pages * PAGE, IPC_CREAT | 0600));
	long client = OP(shm.at(id, NULL, 0));
	long server = OP(shm.at(id, NULL, SHM_RDONLY));

	if (id < 0 || client < 0 || server < 0)
		return complain("x11: shmget or shmat", id < 0 ? id : client);
	if (OP(shm.ctl(id, IPC_RMID, NULL)))
		return complain("x11: IPC_RMID", -errno);
	touch(client, pages);
	return OP(shm.dt((void *)client)) || OP(shm.dt((void *)server)) ?
	       complain("x11: shmdt", -errno) : 0;
}

/*
 * PostgreSQL's way to a segment of its own: what a killed server left under the
 * key goes, what is in use or another's makes it try the next.
 */
static inline long pg_create(unsigned int *seed)
{
	for (key_t key = PG_KEY;; key += one_in(2, seed)) {
		long id = OP(shm.get(key, PG_PAGES * PAGE, IPC_CREAT | IPC_EXCL | 0600));
		struct shmid_ds ds;

		if (!ALLOWED(id, EEXIST, EACCES) || id >= 0)
			return id;
		id = OP(shm.get(key, 0, 0));
		if (id >= 0 && !OP(shm.ctl(id, IPC_STAT, &ds)) && !ds.shm_nattch)
			OP(shm.ctl(id, IPC_RMID, NULL));
	}
}

static inline int pg_backend(long id, long mem)
{
	struct shmid_ds ds;

	for (int i = 0; i < 3; i++) {
		touch(mem, PG_PAGES / 4);
		if (OP(shm.ctl(id, IPC_STAT, &ds)) || !ds.shm_nattch)
			return complain("postgres: IPC_STAT of what is attached", -errno);
	}
	return OP(shm.dt((void *)mem)) ? complain("postgres: shmdt", -errno) : 0;
}

static inline int postgres(unsigned int *seed)
{
	long id = pg_create(seed), mem;

	if (id < 0)
		return complain("postgres: shmget", id);
	mem = OP(shm.at(id, NULL, 0));
	/* Another server may take it for a dead one's before it is attached. */
	if (mem < 0)
		return ALLOWED(mem, EINVAL, EIDRM) ? 0 : complain("postgres: shmat", mem);
	touch(mem, PG_PAGES);
	for (int i = 0; i < BACKENDS; i++)
		if (!fork_within())
			_exit(pg_backend(id, mem));
	if (reap() || OP(shm.dt((void *)mem)))
		return complain("postgres: the end", 0);
	if (!ALLOWED(OP(shm.ctl(id, IPC_RMID, NULL)), EINVAL, EIDRM))
		return complain("postgres: IPC_RMID", -errno);
	return 0;
}

static inline int mpi_rank(long id, unsigned int rank)
{
	long mem = OP(shm.at(id, NULL, 0));

	if (mem < 0)
		return complain("mpi: shmat", mem);
	touch(mem + rank * (MPI_PAGES / RANKS) * PAGE, MPI_PAGES / RANKS);
	return OP(shm.dt((void *)mem)) ? complain("mpi: shmdt", -errno) : 0;
}

/* One big segment, and every rank attaches it itself. */
static inline int mpi(unsigned int *seed)
{
	long id = OP(shm.get(IPC_PRIVATE, MPI_PAGES * PAGE, IPC_CREAT | 0600));
	long mem = OP(shm.at(id, NULL, 0));

	if (mem < 0)
		return complain("mpi: shmget or shmat", mem);
	for (int i = 0; i < RANKS; i++)
		if (!fork_within())
			_exit(mpi_rank(id, i));
	if (one_in(2, seed) && OP(shm.ctl(id, IPC_RMID, NULL)))
		return complain("mpi: IPC_RMID", -errno);
	/* With the last attach it goes, or with what is done next. */
	if (reap() || OP(shm.dt((void *)mem)))
		return complain("mpi: the end", 0);
	return ALLOWED(OP(shm.ctl(id, IPC_RMID, NULL)), EINVAL, EIDRM) ? 0 :
	       complain("mpi: IPC_RMID", -errno);
}

/* PHP and Perl: a key for a name, get or create, write, let go; seldom remove. */
static inline int php(unsigned int *seed)
{
	key_t key = PHP_KEY + rand_r(seed) % PHP_KEYS;
	long id = OP(shm.get(key, PHP_PAGES * PAGE, IPC_CREAT | 0666)), mem, ret;

	if (id < 0)
		return complain("php: shmget", id);
	mem = OP(shm.at(id, NULL, 0));
	if (mem < 0)
		return ALLOWED(mem, EINVAL, EIDRM) ? 0 : complain("php: shmat", mem);
	touch(mem, 1 + rand_r(seed) % PHP_PAGES);
	if (OP(shm.dt((void *)mem)))
		return complain("php: shmdt", -errno);
	if (!one_in(16, seed))
		return 0;
	if (one_in(2, seed))
		OP(shm.ctl(id, SHM_LOCK, NULL));
	ret = OP(shm.ctl(id, IPC_RMID, NULL));
	return ALLOWED(ret, EINVAL, EIDRM, EPERM) ? 0 : complain("php: IPC_RMID", ret);
}

static inline void read_table(void)
{
	FILE *file = fopen(on_altshm ? "/proc/altshm/shm" : "/proc/sysvipc/shm", "re");
	char line[512];

	while (file && fgets(line, sizeof(line), file))
		;
	if (file)
		fclose(file);
}

/* ipcs, and who removes what the dead left: unattached, its creator gone. */
static inline int ipcs(unsigned int *seed)
{
	struct shm_info info;
	long max = OP(shm.ctl(0, SHM_INFO, (struct shmid_ds *)&info));

	if (max < 0)
		return complain("ipcs: SHM_INFO", max);
	read_table();
	for (int i = 0; i <= max; i++) {
		struct shmid_ds ds;
		long id = OP(shm.ctl(i, SHM_STAT, &ds));

		if (!ALLOWED(id, EINVAL, EIDRM))
			return complain("ipcs: SHM_STAT", id);
		if (id >= 0 && !ds.shm_nattch && kill(ds.shm_cpid, 0) && errno == ESRCH)
			OP(shm.ctl(id, IPC_RMID, NULL));
	}
	return 0;
}

static int use_namespace(unsigned int *seed)
{
	long id;

	if (unshare(CLONE_NEWIPC))
		return complain("container: unshare", -errno);
	for (int i = 0; i < 10; i++)
		if (x11(seed) || php(seed))
			return 1;
	id = OP(shm.get(IPC_PRIVATE, PAGE, 0600));
	return OP(shm.at(id, NULL, 0)) < 0 ? complain("container: shmat", -errno) : 0;
}

/* A container, which leaves all behind with its namespace. */
static inline int container(unsigned int *seed)
{
	if (!fork_within())
		_exit(use_namespace(seed));
	return reap();
}

#endif /* _ALTSHM_SELFTESTS_SOAK_H */
