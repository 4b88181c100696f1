// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a dump of many segments takes, and what it costs others meanwhile.
 *
 * usage: nl_scale [SEGMENTS]      default 100000; needs root
 */
#include <linux/altshm.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>

#include "nl.h"
#include "sys.h"

#define PAGE 4096
/* One figure of latency is of so many rounds at least. */
#define ROUNDS 2000

struct latency {
	unsigned long rounds;
	uint64_t total;		/* nanoseconds, as the next */
	uint64_t most;
};

/* Shared by both processes; each field has one writer. */
struct shared {
	volatile bool dumping;
	volatile bool over;
	volatile bool steady;	/* enough was measured without a dump */
	struct latency alone;
	struct latency during;
};

static int device;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static int create(void)
{
	struct altshm_get get = { .key = IPC_PRIVATE, .size = PAGE, .shmflg = IPC_CREAT | 0600 };

	return ioctl(device, ALTSHM_IOC_GET, &get);
}

static void use(int id)
{
	struct altshm_attach attach = { .shmid = id };
	struct altshm_get get = { .key = 7, .size = PAGE, .shmflg = IPC_CREAT | 0600 };
	struct altshm_detach detach = {};

	if (ioctl(device, ALTSHM_IOC_GET, &get) < 0 ||
	    ioctl(device, ALTSHM_IOC_ATTACH, &attach))
		die("attach");
	detach.addr = attach.addr;
	if (ioctl(device, ALTSHM_IOC_DETACH, &detach))
		die("detach");
}

/* Finds a segment by key, attaches and detaches one, again and again. */
static void measure(struct shared *shared, int id)
{
	while (!shared->over) {
		bool before = shared->dumping;
		uint64_t start = now(), took;
		struct latency *latency;

		use(id);
		took = now() - start;
		if (before != shared->dumping)
			continue;
		latency = before ? &shared->during : &shared->alone;
		latency->rounds++;
		latency->total += took;
		if (took > latency->most)
			latency->most = took;
		shared->steady = shared->alone.rounds >= ROUNDS;
	}
	exit(0);
}

static int dump(struct nl *nl)
{
	struct nl_attrs attrs;
	uint16_t flags = 0;
	int count = 0, more = nl_dump(nl, ALTSHM_CMD_SEGMENT_GET, 0);

	while (!more && (more = nl_dump_next(nl, &attrs, &flags)) > 0) {
		count++;
		more = 0;
	}
	if (more)
		die("dump");
	return count;
}

static void print_latency(const char *name, const struct latency *latency)
{
	printf("%s: %lu rounds, mean %llu us, most %llu us\n", name, latency->rounds,
	       (unsigned long long)(latency->total / (latency->rounds ?: 1) / 1000),
	       (unsigned long long)(latency->most / 1000));
}

static void run(struct nl *nl, struct shared *shared, unsigned long segments)
{
	long slab = meminfo("Slab"), peak = slab, self = field_of("/proc/self/status", "VmHWM");
	uint64_t start = now(), took, best = UINT64_MAX;
	unsigned int dumps = 0;

	shared->dumping = true;
	while (shared->during.rounds < ROUNDS) {
		uint64_t one = now();
		int count = dump(nl);

		one = now() - one;
		best = one < best ? one : best;
		if (count < (int)segments)
			die("too few segments");
		if (meminfo("Slab") > peak)
			peak = meminfo("Slab");
		dumps++;
	}
	shared->dumping = false;
	took = now() - start;
	shared->over = true;
	printf("dump of %lu segments: %llu ms, quickest %llu ms\n", segments,
	       (unsigned long long)(took / dumps / 1000000),
	       (unsigned long long)(best / 1000000));
	printf("memory: the kernel's slabs %+ld KiB at most, this process %+ld KiB\n",
	       peak - slab, field_of("/proc/self/status", "VmHWM") - self);
}

int main(int argc, char **argv)
{
	unsigned long segments = argc > 1 ? strtoul(argv[1], NULL, 10) : 100000;
	struct shared *shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct nl *nl;
	int id;

	device = open("/dev/altshm", O_RDWR | O_CLOEXEC);
	if (device < 0 || unshare(CLONE_NEWIPC) || shared == MAP_FAILED)
		die("altshm");
	nl = nl_open();
	if (!nl)
		die("netlink");
	mnl_attr_put_u32(nl_request(nl, ALTSHM_CMD_LIMITS_SET, 0), ALTSHM_A_LIMITS_SHMMNI,
			 segments + 2);
	if (nl_do(nl, NULL))
		die("limits");
	for (unsigned long i = 0; i < segments; i++)
		if (create() < 0)
			die("create");
	id = create();
	if (!fork())
		measure(shared, id);
	while (!shared->steady)
		sched_yield();
	run(nl, shared, segments);
	print_latency("get, attach and detach, alone", &shared->alone);
	print_latency("get, attach and detach, during dumps", &shared->during);
	nl_close(nl);
	return 0;
}
