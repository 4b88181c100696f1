// SPDX-License-Identifier: GPL-2.0-only
/*
 * A worker does what its area of the shared memory tells, one call a turn, and
 * looks at the table of segments after each.
 */
#include <fcntl.h>
#include <linux/altshm.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "../cred.h"
#include "../facility.h"
#include "cover.h"
#include "worker.h"

/* Of no process, whatever it has mapped. */
#define BAD_ADDRESS	(1UL << 63)

static struct area *areas;
static sigjmp_buf fault;

const char *worker_use(bool altshm)
{
	use_native();
	return altshm ? use_altshm() : NULL;
}

struct area *areas_map(void)
{
	void *mem = mmap(NULL, WORKERS * sizeof(struct area), PROT_READ | PROT_WRITE,
			 MAP_SHARED, FD_AREAS, 0);

	areas = mem == MAP_FAILED ? NULL : mem;
	return areas;
}

static void on_fault(int sig)
{
	siglongjmp(fault, sig);
}

static void touch(const struct call *call, struct reply *reply)
{
	volatile uint64_t *word = (uint64_t *)call->addr;

	reply->signal = sigsetjmp(fault, 1);
	if (reply->signal)
		return;
	if (call->op == OP_STORE)
		*word = call->value;
	else
		reply->value = *word;
}

static long control(const struct call *call, struct reply *reply)
{
	void *buf = &reply->buf;

	if (call->op == OP_SET) {
		reply->buf.ds.shm_perm.uid = call->uid;
		reply->buf.ds.shm_perm.gid = call->gid;
		reply->buf.ds.shm_perm.mode = call->mode;
	} else {
		memset(buf, 0xcc, sizeof(reply->buf));
	}
	if (call->bad_buffer)
		buf = (void *)BAD_ADDRESS;
	if (call->op == OP_RMID || call->op == OP_LOCK)
		buf = NULL;
	return rc(shm.ctl(call->id, call->op == OP_SET ? IPC_SET : call->cmd, buf));
}

static long start_worker(const struct call *call)
{
	pid_t pid = fork();

	if (!pid)
		worker_run(call->other);
	return pid < 0 ? -errno : pid;
}

static long execute(const struct call *call)
{
	char number[8];
	char *argv[] = { "fuzz", on_altshm ? "--worker" : "--native-worker", number, NULL };
	char *envp[] = { NULL };

	snprintf(number, sizeof(number), "%d", call->worker);
	syscall(SYS_execveat, FD_PROGRAM, "", argv, envp, AT_EMPTY_PATH);
	return -errno;
}

static long follow(pid_t pid)
{
	char path[64];
	long result;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/ns/ipc", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	result = rc(setns(fd, CLONE_NEWIPC));
	close(fd);
	return result;
}

static long tune(const struct call *call)
{
	char value[32];

	snprintf(value, sizeof(value), "%lu", call->value);
	return write_file(knob_paths[call->knob], value);
}

/* Nothing that the model knows of is different by it. */
static long get_thp(const struct call *call)
{
	struct altshm_get get = {
		.key = call->key, .size = call->size, .shmflg = call->flags,
		.flags = ALTSHM_GET_F_THP,
	};
	int fd = open(ALTSHM_DEVICE, O_RDWR | O_CLOEXEC);
	long result;

	if (fd < 0)
		return -errno;
	result = rc(ioctl(fd, ALTSHM_IOC_GET, &get));
	close(fd);
	return result;
}

static long perform(const struct call *call, struct reply *reply)
{
	void *addr = (void *)call->addr;

	switch (call->op) {
	case OP_GET:
		if (call->thp && on_altshm)
			return get_thp(call);
		return rc(shm.get(call->key, call->size, call->flags));
	case OP_AT:
		return rc(shm.at(call->id, addr, call->flags));
	case OP_DT:
		return rc(shm.dt(addr));
	case OP_LOAD:
	case OP_STORE:
		touch(call, reply);
		return 0;
	case OP_MMAP:
		return rc(mmap(addr, call->len, call->prot,
			       MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	case OP_MUNMAP:
		return rc(munmap(addr, call->len));
	case OP_MPROTECT:
		return rc(mprotect(addr, call->len, call->prot));
	case OP_MADVISE:
		return rc(madvise(addr, call->len, call->prot));
	case OP_FORK:
		return start_worker(call);
	case OP_EXEC:
		return execute(call);
	case OP_EXIT:
		_exit(0);
	case OP_UNSHARE:
		return call->flags & CLONE_NEWUSER ?
		       enter_userns(call->flags & ~CLONE_NEWUSER) : rc(unshare(call->flags));
	case OP_SETNS:
		return follow(call->pid);
	case OP_SYSCTL:
		return tune(call);
	case OP_LOOK:
		return 0;
	default:
		return control(call, reply);
	}
}

/* Everything that is there, whoever may see it. */
static void look(struct table *table)
{
	int left;

	table->n = 0;
	table->max = rc(shm.ctl(0, SHM_INFO, (struct shmid_ds *)&table->info));
	left = table->info.used_ids;
	for (int i = 0; i <= table->max && left && table->n < SEGS_SHOWN; i++) {
		int id = rc(shm.ctl(i, SHM_STAT_ANY, &table->segs[table->n].ds));

		if (id < 0)
			continue;
		table->segs[table->n].index = i;
		table->segs[table->n].id = id;
		table->n++;
		left--;
	}
}

static void answer(int n, long result)
{
	areas[n].reply.ret = result;
	look(&areas[n].reply.table);
	if (write(FD_WORKER(n), "", 1) != 1)
		_exit(1);
}

static void catch_faults(void)
{
	struct sigaction action = { .sa_handler = on_fault };

	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	signal(SIGCHLD, SIG_IGN);
}

void worker_run(int n)
{
	struct area *area = &areas[n];
	struct call call;
	long result;
	char turn;

	catch_faults();
	answer(n, 0);
	while (read(FD_WORKER(n), &turn, 1) == 1) {
		call = area->call;
		cover_start(n);
		result = perform(&call, &area->reply);
		cover_stop(n);
		answer(n, result);
	}
	_exit(0);
}

void worker_rerun(int n, bool altshm)
{
	use_native();
	if ((altshm && use_shim()) || !areas_map())
		_exit(1);
	cover_map(n);
	worker_run(n);
}

static int drop_caps(const struct profile *profile)
{
	if (profile->caps == ~0ULL)
		return 0;
	return keep_caps(profile->caps) ?: prctl(PR_SET_DUMPABLE, 1);
}

int worker_become(const struct profile *profile)
{
	struct rlimit limit = { profile->memlock, profile->memlock };

	/* Where it cannot be raised, it is more than a sequence locks. */
	if (setrlimit(RLIMIT_MEMLOCK, &limit) && profile->memlock != RLIM_INFINITY)
		return -errno;
	if (prctl(PR_SET_KEEPCAPS, 1) ||
	    setgroups(profile->group_count, profile->groups) ||
	    setresgid(profile->egid, profile->egid, profile->egid))
		return -errno;
	setfsgid(profile->fsgid);
	if (setresuid(profile->ruid, profile->euid, profile->euid))
		return -errno;
	return drop_caps(profile);
}
