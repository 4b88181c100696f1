// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two or more ranks that pass messages around and share a window. Rank 0
 * prints `ok CLAIM` or `not ok CLAIM` a test.
 *
 * usage: mpi TABLE      TABLE: lists the segments, as /proc/sysvipc/shm does
 */
#include <mpi.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define LARGEST		(4 << 20)
#define SLOTS		65536

static int rank, ranks;

/* What all ranks agree on */
static void claim(int holds, const char *what)
{
	int all;

	MPI_Allreduce(&holds, &all, 1, MPI_INT, MPI_LAND, MPI_COMM_WORLD);
	if (rank)
		return;
	printf("%sok %s\n", all ? "" : "not ", what);
	fflush(stdout);
}

static unsigned char expected(int sender, int size, int at)
{
	return sender * 89 + size * 7 + at + (at >> 8) * 3;
}

/* Each rank sends to the next and receives from the one before. */
static bool pass_on(int size, unsigned char *out, unsigned char *in)
{
	int from = (rank + ranks - 1) % ranks;

	for (int i = 0; i < size; i++)
		out[i] = expected(rank, size, i);
	MPI_Sendrecv(out, size, MPI_BYTE, (rank + 1) % ranks, size & 0x7fff,
		     in, size, MPI_BYTE, from, size & 0x7fff, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
	for (int i = 0; i < size; i++)
		if (in[i] != expected(from, size, i)) {
			printf("rank %d: byte %d of %d is wrong\n", rank, i, size);
			return false;
		}
	return true;
}

static bool all_sizes(int from, int to)
{
	unsigned char *out = malloc(to), *in = malloc(to);
	bool good = out && in;

	for (int size = from; good && size <= to; size = size * 3 + 1)
		good = pass_on(size, out, in);
	free(out);
	free(in);
	return good;
}

static bool many_to_one(void)
{
	long sum = 0, mine;

	for (int i = 0; i < 2000; i++) {
		mine = i * (rank + 1L);
		MPI_Reduce(&mine, &sum, 1, MPI_LONG, MPI_SUM, 0, MPI_COMM_WORLD);
		if (!rank && sum != (long)i * ranks * (ranks + 1) / 2)
			return false;
	}
	return true;
}

/* Each rank fills its part of the window and reads all the others'. */
static bool shared_window(void)
{
	MPI_Aint size;
	MPI_Win window;
	int *mine, *theirs, unit;
	bool good = true;

	MPI_Win_allocate_shared(SLOTS * sizeof(int), sizeof(int), MPI_INFO_NULL,
				MPI_COMM_WORLD, &mine, &window);
	MPI_Win_fence(0, window);
	for (int i = 0; i < SLOTS; i++)
		mine[i] = rank * SLOTS + i;
	MPI_Win_fence(0, window);
	for (int other = 0; other < ranks; other++) {
		MPI_Win_shared_query(window, other, &size, &unit, &theirs);
		for (int i = 0; i < SLOTS; i++)
			good = good && theirs[i] == other * SLOTS + i;
	}
	MPI_Win_free(&window);
	return good;
}

/* How many segments have more than one attach */
static int shared_segments(const char *table)
{
	unsigned long attaches;
	char line[512];
	int count = 0;
	FILE *file;

	file = fopen(table, "r");
	if (!file)
		return -1;
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "%*s %*s %*s %*s %*s %*s %lu", &attaches) == 1 && attaches > 1)
			count++;
	fclose(file);
	return count;
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return EXIT_FAILURE;
	MPI_Init(&argc, &argv);
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	MPI_Comm_size(MPI_COMM_WORLD, &ranks);

	claim(ranks > 1, "there is more than one rank");
	claim(all_sizes(1, 4000), "small messages arrive");
	claim(all_sizes(5000, LARGEST), "large messages arrive");
	claim(shared_segments(argv[1]) > 0, "the ranks are attached to segments of each other");
	claim(many_to_one(), "sums over all ranks are right");
	claim(shared_window(), "all ranks see what each writes to a shared window");
	MPI_Finalize();
	return EXIT_SUCCESS;
}
