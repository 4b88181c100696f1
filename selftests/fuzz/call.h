/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of the fuzzer say to each other: records are the input, calls
 * what a worker process is to do, replies what came of it.
 */
#ifndef _ALTSHM_FUZZ_CALL_H
#define _ALTSHM_FUZZ_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/shm.h>
#include <sys/types.h>

#define PAGE		4096UL
#define WORKERS		8
#define MAX_RECORDS	512
#define SEGS_SHOWN	128

/* Explicit addresses are in here, where nothing else is ever mapped. */
#define ARENA		0x100000000000UL
#define ARENA_PAGES	64

enum op {
	OP_LOOK,	/* nothing but what follows every call: a look at the table */
	OP_GET,
	OP_AT,
	OP_DT,
	OP_STAT,
	OP_SET,
	OP_RMID,
	OP_LOCK,
	OP_INFO,
	OP_CTL,		/* shmctl with any command and a bad buffer */
	OP_LOAD,
	OP_STORE,
	OP_MMAP,
	OP_MUNMAP,
	OP_MPROTECT,
	OP_MADVISE,
	OP_FORK,
	OP_EXEC,
	OP_EXIT,
	OP_KILL,
	OP_SPAWN,
	OP_UNSHARE,
	OP_SETNS,
	OP_SYSCTL,
	OP_CLOCK,
	OP_COUNT,
};

/* One step of the input. What the bytes mean depends on what is there by then. */
struct record {
	uint8_t op;
	uint8_t worker;
	uint8_t arg[6];
};

struct sequence {
	size_t n;
	struct record records[MAX_RECORDS];
};

/* Sysctls of an IPC namespace. */
enum knob { KNOB_SHMMAX, KNOB_SHMALL, KNOB_SHMMNI, KNOB_NEXT_ID, KNOB_FORCED, KNOBS };

/* A user that a worker can be. */
struct profile {
	uid_t ruid, euid;
	gid_t egid, fsgid;
	gid_t groups[2];
	unsigned int group_count;
	uint64_t caps;
	uint64_t memlock;	/* RLIMIT_MEMLOCK in bytes */
};

struct call {
	enum op op;
	int worker;
	int other;		/* the worker that is started, ended or followed */
	key_t key;
	size_t size;
	int flags;		/* of shmget, shmat or unshare */
	bool thp;		/* of shmget: with ALTSHM_GET_F_THP, where there is such a thing */
	int id;
	int cmd;
	uid_t uid;
	gid_t gid;
	unsigned int mode;
	bool bad_buffer;
	unsigned long addr, len;
	int prot;		/* or advice */
	uint64_t value;
	enum knob knob;
	pid_t pid;
	struct profile profile;
};

/* The table of the worker's namespace after a call. */
struct table {
	int max;		/* what SHM_INFO returned */
	struct shm_info info;
	int n;
	struct {
		int index, id;
		struct shmid_ds ds;
	} segs[SEGS_SHOWN];
};

struct reply {
	long ret;		/* or a negative error */
	int signal;		/* that a load or store met */
	uint64_t value;
	union {
		struct shmid_ds ds;
		struct shminfo limits;
		struct shm_info info;
		unsigned char bytes[sizeof(struct shmid_ds)];
	} buf;
	struct table table;
};

/* Memory that the master shares with one worker. */
struct area {
	struct call call;
	struct reply reply;
};

extern const char *const op_names[OP_COUNT];
extern const char *const knob_paths[KNOBS];

void call_print(FILE *out, const struct call *call);

#endif /* _ALTSHM_FUZZ_CALL_H */
