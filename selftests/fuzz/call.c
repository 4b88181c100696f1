// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls by name.
 */
#include "call.h"

const char *const op_names[OP_COUNT] = {
	[OP_LOOK] = "look",
	[OP_GET] = "get",
	[OP_AT] = "at",
	[OP_DT] = "dt",
	[OP_STAT] = "stat",
	[OP_SET] = "set",
	[OP_RMID] = "rmid",
	[OP_LOCK] = "lock",
	[OP_INFO] = "info",
	[OP_CTL] = "ctl",
	[OP_LOAD] = "load",
	[OP_STORE] = "store",
	[OP_MMAP] = "mmap",
	[OP_MUNMAP] = "munmap",
	[OP_MPROTECT] = "mprotect",
	[OP_MADVISE] = "madvise",
	[OP_FORK] = "fork",
	[OP_EXEC] = "exec",
	[OP_EXIT] = "exit",
	[OP_KILL] = "kill",
	[OP_SPAWN] = "spawn",
	[OP_UNSHARE] = "unshare",
	[OP_SETNS] = "setns",
	[OP_SYSCTL] = "sysctl",
	[OP_CLOCK] = "clock",
};

const char *const knob_paths[KNOBS] = {
	[KNOB_SHMMAX] = "/proc/sys/kernel/shmmax",
	[KNOB_SHMALL] = "/proc/sys/kernel/shmall",
	[KNOB_SHMMNI] = "/proc/sys/kernel/shmmni",
	[KNOB_NEXT_ID] = "/proc/sys/kernel/shm_next_id",
	[KNOB_FORCED] = "/proc/sys/kernel/shm_rmid_forced",
};

static const char *buffer(const struct call *call)
{
	return call->bad_buffer ? ", bad pointer" : "";
}

void call_print(FILE *out, const struct call *call)
{
	fprintf(out, "p%d %s", call->worker, op_names[call->op]);
	switch (call->op) {
	case OP_GET:
		fprintf(out, "(key %d, size %zu, flags 0%o%s)", call->key, call->size, call->flags,
			call->thp ? ", thp" : "");
		break;
	case OP_AT:
		fprintf(out, "(id %d, addr %#lx, flags 0%o)", call->id, call->addr, call->flags);
		break;
	case OP_STAT:
	case OP_LOCK:
	case OP_INFO:
	case OP_CTL:
		fprintf(out, "(id %d, cmd %d%s)", call->id, call->cmd, buffer(call));
		break;
	case OP_SET:
		fprintf(out, "(id %d, uid %d, gid %d, mode 0%o%s)", call->id, call->uid,
			call->gid, call->mode, buffer(call));
		break;
	case OP_RMID:
		fprintf(out, "(id %d)", call->id);
		break;
	case OP_DT:
	case OP_LOAD:
		fprintf(out, "(addr %#lx)", call->addr);
		break;
	case OP_STORE:
		fprintf(out, "(addr %#lx, value %lu)", call->addr, call->value);
		break;
	case OP_MMAP:
	case OP_MUNMAP:
	case OP_MPROTECT:
	case OP_MADVISE:
		fprintf(out, "(addr %#lx, len %#lx, %d)", call->addr, call->len, call->prot);
		break;
	case OP_SPAWN:
		fprintf(out, "(p%d, ruid %d, euid %d, egid %d, fsgid %d, caps %#lx)",
			call->other, call->profile.ruid, call->profile.euid,
			call->profile.egid, call->profile.fsgid, call->profile.caps);
		break;
	case OP_FORK:
	case OP_SETNS:
		fprintf(out, "(p%d)", call->other);
		break;
	case OP_UNSHARE:
		fprintf(out, "(%#x)", call->flags);
		break;
	case OP_SYSCTL:
		fprintf(out, "(%s, %lu)", knob_paths[call->knob], call->value);
		break;
	default:
		break;
	}
}
