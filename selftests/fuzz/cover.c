// SPDX-License-Identifier: GPL-2.0-only
/*
 * A kcov buffer for each worker, which the master reads, and the set of places
 * in the module that were reached.
 */
#include <fcntl.h>
#include <linux/kcov.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cover.h"
#include "worker.h"

#define KCOV		"/sys/kernel/debug/kcov"
#define WORDS		(1UL << 14)
#define PLACES		(1UL << 15)	/* a power of two, more than the module has */
#define FRESH		4096

static unsigned long *buffers[WORKERS];
static unsigned long module_start, module_end;

static struct {
	unsigned long pc;
	unsigned long sequence;		/* the last that reached it */
} places[PLACES];
static size_t total;
static unsigned long sequence;

static size_t fresh[FRESH];		/* indexes of places */
static size_t fresh_count;

static bool find_module(void)
{
	FILE *file = fopen("/proc/modules", "re");
	char line[256];
	unsigned long size;
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file))
		found = sscanf(line, "altshm %lu %*s %*s %*s %lx", &size, &module_start) == 2;
	if (file)
		fclose(file);
	if (found)
		module_end = module_start + size;
	return found;
}

void cover_map(int n)
{
	void *mem = mmap(NULL, WORDS * sizeof(long), PROT_READ | PROT_WRITE, MAP_SHARED,
			 FD_COVER(n), 0);

	buffers[n] = mem == MAP_FAILED ? NULL : mem;
}

bool cover_open(void)
{
	if (access(KCOV, R_OK | W_OK) || !find_module())
		return false;
	for (int n = 0; n < WORKERS; n++) {
		int fd = open(KCOV, O_RDWR);

		if (fd < 0 || dup2(fd, FD_COVER(n)) < 0 || ioctl(fd, KCOV_INIT_TRACE, WORDS))
			return false;
		close(fd);
		cover_map(n);
		if (!buffers[n])
			return false;
	}
	return true;
}

void cover_start(int n)
{
	if (!buffers[n])
		return;
	buffers[n][0] = 0;
	ioctl(FD_COVER(n), KCOV_ENABLE, KCOV_TRACE_PC);
}

void cover_stop(int n)
{
	if (buffers[n])
		ioctl(FD_COVER(n), KCOV_DISABLE, 0);
}

static void reached(unsigned long pc)
{
	size_t i = (pc * 0x9e3779b97f4a7c15) >> 49;

	while (places[i].pc && places[i].pc != pc)
		i = (i + 1) % PLACES;
	if (!places[i].pc) {
		places[i].pc = pc;
		total++;
		if (fresh_count < FRESH)
			fresh[fresh_count++] = i;
	}
	places[i].sequence = sequence;
}

void cover_begin(void)
{
	sequence++;
}

void cover_collect(int n)
{
	unsigned long *buffer = buffers[n];
	unsigned long count;

	if (!buffer)
		return;
	count = __atomic_load_n(&buffer[0], __ATOMIC_ACQUIRE);
	for (unsigned long i = 1; i <= count && i < WORDS; i++)
		if (buffer[i] >= module_start && buffer[i] < module_end)
			reached(buffer[i]);
	buffer[0] = 0;
}

size_t cover_total(void)
{
	return total;
}

size_t cover_fresh(void)
{
	return fresh_count;
}

bool cover_has_fresh(void)
{
	for (size_t i = 0; i < fresh_count; i++)
		if (places[fresh[i]].sequence != sequence)
			return false;
	return true;
}

void cover_settle(void)
{
	fresh_count = 0;
}
