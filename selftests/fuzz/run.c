// SPDX-License-Identifier: GPL-2.0-only
/*
 * Workers are driven one at a time, so that every answer is determined. Each
 * sequence has an IPC namespace and users of its own, and nothing of the one
 * before is in its way.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "cover.h"
#include "decode.h"
#include "run.h"
#include "worker.h"

/*
 * Each sequence of each process has users of its own: what is locked in an IPC
 * namespace that has died counts for its user until the namespace is noticed.
 */
#define FIRST_USER	(100000 + getpid() % 1000 * SEQUENCES_APART * USERS_EACH)
#define SEQUENCES_APART	10000
#define USERS_EACH	8
#define PATIENCE_MS	30000
/* The workers that a sequence begins with have these profiles. */
#define FIRST_WORKERS	3

static bool kernel_at_least(int major, int minor)
{
	struct utsname name;
	int has_major = 0, has_minor = 0;

	uname(&name);
	sscanf(name.release, "%d.%d", &has_major, &has_minor);
	return has_major > major || (has_major == major && has_minor >= minor);
}

static unsigned long read_number(const char *path)
{
	FILE *file = fopen(path, "re");
	unsigned long number = 0;

	if (!file)
		return 0;
	if (fscanf(file, "%lu", &number) != 1)
		number = 0;
	fclose(file);
	return number;
}

static bool fd_place(int fd, int place)
{
	if (fd < 0 || dup2(fd, place) < 0)
		return false;
	close(fd);
	return true;
}

static bool open_channels(void)
{
	int ends[2];

	for (int n = 0; n < WORKERS; n++)
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) ||
		    !fd_place(ends[0], FD_MASTER(n)) || !fd_place(ends[1], FD_WORKER(n)))
			return false;
	return fd_place(memfd_create("fuzz", 0), FD_AREAS) &&
	       !ftruncate(FD_AREAS, WORKERS * sizeof(struct area)) &&
	       fd_place(open("/proc/self/exe", O_RDONLY), FD_PROGRAM);
}

/* Taking turns needs one processor, and goes faster on it. */
static void stay_here(void)
{
	cpu_set_t here;

	CPU_ZERO(&here);
	CPU_SET(sched_getcpu(), &here);
	sched_setaffinity(0, sizeof(here), &here);
}

const char *runner_init(struct runner *r, bool altshm)
{
	const char *missing = worker_use(altshm);

	if (missing)
		return missing;
	if (geteuid())
		return "needs root";
	if (!open_channels())
		return "no channels to workers";
	r->areas = areas_map();
	if (!r->areas)
		return "no shared memory";
	r->rules = (struct rules) {
		.one_file = altshm,
		.leaver_creates = altshm,
		.may_thp = altshm,
		.shift = kernel_at_least(6, 12),
		.lowest = read_number("/proc/sys/vm/mmap_min_addr"),
	};
	stay_here();
	signal(SIGCHLD, SIG_IGN);
	return NULL;
}

static bool wait_for(int fd)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };
	int n;

	do {
		n = poll(&pollfd, 1, PATIENCE_MS);
	} while (n < 0 && errno == EINTR);
	return n == 1;
}

static bool await_reply(struct runner *r, int n)
{
	char turn;

	if (!wait_for(FD_MASTER(n)) || read(FD_MASTER(n), &turn, 1) != 1) {
		model_wrong(&r->model, "worker %d does not answer", n);
		return false;
	}
	return true;
}

static bool await_end(struct runner *r, int n)
{
	bool ended = wait_for(r->pidfds[n]);

	if (!ended)
		model_wrong(&r->model, "worker %d does not end", n);
	close(r->pidfds[n]);
	r->pidfds[n] = -1;
	return ended;
}

static bool adopt(struct runner *r, int n, pid_t pid)
{
	r->pidfds[n] = syscall(SYS_pidfd_open, pid, 0);
	if (r->pidfds[n] < 0) {
		model_wrong(&r->model, "worker %d is gone: %s", n, strerror(errno));
		return false;
	}
	return await_reply(r, n);
}

static bool spawn(struct runner *r, struct call *call)
{
	call->pid = fork();
	if (!call->pid) {
		if (worker_become(&call->profile))
			_exit(1);
		worker_run(call->other);
	}
	return adopt(r, call->other, call->pid);
}

static bool tell(struct runner *r, const struct call *call)
{
	r->areas[call->worker].call = *call;
	return write(FD_MASTER(call->worker), "", 1) == 1;
}

/* Another worker that sees the namespace of one that is no more. */
static int find_viewer(const struct model *m, const struct ns *ns)
{
	for (int n = 0; n < WORKERS; n++)
		if (m->procs[n].live && m->procs[n].ns == ns)
			return n;
	return -1;
}

static void set_clock(struct runner *r, const struct call *call)
{
	struct timespec now;

	if (!r->may_set_clock)
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	now.tv_sec += 3 + call->value;
	clock_settime(CLOCK_REALTIME, &now);
}

/* Return: the worker whose reply has the result and the table, or -1. */
static int execute(struct runner *r, struct call *call)
{
	int n = call->worker;

	switch (call->op) {
	case OP_CLOCK:
		set_clock(r, call);
		call->op = OP_LOOK;
		break;
	case OP_SPAWN:
		return spawn(r, call) ? call->other : -1;
	case OP_EXIT:
		return tell(r, call) && await_end(r, n) ? n : -1;
	case OP_KILL:
		kill(r->model.procs[n].pid, SIGKILL);
		return await_end(r, n) ? n : -1;
	default:
		break;
	}
	if (!tell(r, call) || !await_reply(r, n))
		return -1;
	if (call->op == OP_FORK) {
		call->pid = r->areas[n].reply.ret;
		if (call->pid > 0 && !adopt(r, call->other, call->pid))
			return -1;
	}
	return n;
}

static void compare_table(struct runner *r, const struct call *call, int viewer)
{
	struct model *m = &r->model;

	if (call->op == OP_EXIT || call->op == OP_KILL) {
		struct call look = { .op = OP_LOOK };

		viewer = find_viewer(m, m->procs[call->worker].ns);
		if (viewer < 0)
			return;
		look.worker = viewer;
		if (!tell(r, &look) || !await_reply(r, viewer))
			return;
	}
	model_compare(m, &m->procs[viewer], &r->areas[viewer].reply.table);
}

static bool step(struct runner *r, struct call *call)
{
	struct model *m = &r->model;
	int replier;

	m->now.from = time(NULL) - 1;
	if (r->trace) {
		call_print(r->trace, call);
		fflush(r->trace);
	}
	replier = execute(r, call);
	m->now.to = time(NULL) + 1;
	r->calls++;
	if (replier < 0)
		return false;
	cover_collect(call->worker);
	if (r->trace)
		fprintf(r->trace, " = %ld\n", r->areas[replier].reply.ret);
	model_apply(m, call, &r->areas[replier].reply);
	compare_table(r, call, replier);
	return !m->wrong_len;
}

static bool begin(struct runner *r)
{
	struct call call = { .op = OP_SPAWN };

	r->users = FIRST_USER + r->sequences++ % SEQUENCES_APART * USERS_EACH;
	memset(r->pidfds, -1, sizeof(r->pidfds));
	model_init(&r->model, &r->rules);
	if (unshare(CLONE_NEWIPC)) {
		model_wrong(&r->model, "no IPC namespace: %s", strerror(errno));
		return false;
	}
	for (call.other = 0; call.other < FIRST_WORKERS; call.other++) {
		decode_profile(&call.profile, call.other, r->users);
		call.worker = call.other;
		if (!step(r, &call))
			return false;
	}
	return true;
}

/* Workers that were told to end answer no more, so what they left unread goes. */
static void end(struct runner *r)
{
	char left[16];

	for (int n = 0; n < WORKERS; n++) {
		if (r->pidfds[n] < 0)
			continue;
		syscall(SYS_pidfd_send_signal, r->pidfds[n], SIGKILL, NULL, 0);
		await_end(r, n);
	}
	for (int n = 0; n < WORKERS; n++) {
		while (recv(FD_MASTER(n), left, sizeof(left), MSG_DONTWAIT) > 0)
			;
		while (recv(FD_WORKER(n), left, sizeof(left), MSG_DONTWAIT) > 0)
			;
	}
}

int runner_run(struct runner *r, const struct sequence *seq)
{
	struct call call;
	int failed = -1;
	size_t i;

	cover_begin();
	if (!begin(r))
		failed = 0;
	for (i = 0; failed < 0 && i < seq->n && !r->model.full; i++) {
		decode(&r->model, &seq->records[i], r->users, &call);
		if (!step(r, &call))
			failed = i;
	}
	end(r);
	return failed;
}
