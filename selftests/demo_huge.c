// SPDX-License-Identifier: GPL-2.0-only
/*
 * A program that knows only of System V shared memory: a child passes its
 * parent a message in a 2 MiB huge page, while the pool's figures are printed
 * and checked at each step.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

#define HUGE_SIZE	(2UL << 20)
#define HUGE_FLAGS	(SHM_HUGETLB | 21 << 26)

struct pool {
	long free;
	long reserved;
};

static struct pool pool_read(void)
{
	struct pool pool = { -1, -1 };
	char line[128];
	FILE *file;

	file = fopen("/proc/meminfo", "re");
	if (!file)
		err(1, "/proc/meminfo");
	while (fgets(line, sizeof(line), file)) {
		sscanf(line, "HugePages_Free: %ld", &pool.free);
		sscanf(line, "HugePages_Rsvd: %ld", &pool.reserved);
	}
	fclose(file);
	return pool;
}

/* Prints the figures, which have to differ so much from those at the start. */
static void pool_show(const char *when, struct pool start, long free, long reserved)
{
	struct pool now = pool_read();

	printf("%-42s HugePages_Free %3ld  HugePages_Rsvd %3ld\n", when, now.free, now.reserved);
	if (now.free != start.free + free || now.reserved != start.reserved + reserved)
		errx(1, "expected %ld and %ld", start.free + free, start.reserved + reserved);
}

static void pass_message(char *page)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (!pid) {
		snprintf(page, HUGE_SIZE, "written by the child");
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || status)
		errx(1, "the child failed");
	printf("the parent reads: \"%s\"\n", page);
	if (strcmp(page, "written by the child"))
		errx(1, "that is not what was written");
}

int main(void)
{
	struct pool start = pool_read();
	char *page;
	int id;

	pool_show("before", start, 0, 0);
	id = shmget(IPC_PRIVATE, HUGE_SIZE, HUGE_FLAGS | 0600);
	if (id < 0)
		err(1, "shmget");
	pool_show("after shmget: reserved", start, 0, 1);
	page = shmat(id, NULL, 0);
	if (page == (void *)-1)
		err(1, "shmat");
	pass_message(page);
	pool_show("written to: in use", start, -1, 0);
	if (shmdt(page) || shmctl(id, IPC_RMID, NULL))
		err(1, "shmdt, shmctl");
	pool_show("after shmdt and IPC_RMID: given back", start, 0, 0);
	return 0;
}
