/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The model: what System V shared memory is to do, in plain data. It is told of
 * each call and its reply, says what is wrong with the reply, and goes on from
 * what the reply decided where the semantics leave that open.
 */
#ifndef _ALTSHM_FUZZ_MODEL_H
#define _ALTSHM_FUZZ_MODEL_H

#include "call.h"

#define MAX_SEGS	512
#define MAX_NS		64
#define MAX_USERNS	64
#define MAX_VMAS	256
#define MAX_PAGES	16
#define MAX_LOCKERS	64
#define OVERFLOW_ID	65534

/* A time that was set within a second or two; exact once it was read. */
struct stamp {
	long from, to;
};

struct ns {
	int userns;		/* that owns it */
	uint64_t knobs[KNOBS];
	int cursor, last, seq;
	unsigned int used;
	uint64_t pages;
};

struct seg {
	bool live;
	bool dest, locked;
	bool thp;		/* pages beside those touched may have come, too */
	struct ns *ns;
	int id, index;
	key_t key;
	size_t size;
	unsigned long pages;
	unsigned int mode;
	uid_t uid, cuid, locker;
	gid_t gid, cgid;
	pid_t cpid, lpid;
	unsigned long nattch;
	unsigned int pins;
	struct stamp atime, dtime, ctime;
	pid_t creator;		/* 0 once it is gone */
	bool touched[MAX_PAGES];
	uint64_t words[MAX_PAGES];
};

struct vma {
	unsigned long start, end;
	struct seg *seg;	/* NULL: anonymous memory */
	unsigned long pgoff;
	unsigned long file;	/* pieces of one file can be one attach */
	int prot;
	bool readonly;		/* attached with SHM_RDONLY */
	bool dontfork;
};

struct proc {
	bool live;
	pid_t pid;
	struct ns *ns;
	int userns;
	uid_t ruid, euid;
	gid_t egid, fsgid;
	gid_t groups[2];
	unsigned int group_count;
	uint64_t caps;
	uint64_t memlock;
	size_t n;
	struct vma vmas[MAX_VMAS];
};

struct userns {
	uid_t owner;
	gid_t group;
};

/* Where facilities and kernels differ. */
struct rules {
	bool one_file;		/* attaches of a segment share a file (DET-06) */
	bool leaver_creates;	/* who leaves a namespace stays a creator (FRC-11) */
	bool shift;		/* boundaries of mappings move (LIF-11) */
	unsigned long lowest;	/* vm.mmap_min_addr */
	bool may_thp;		/* a segment may be asked to have huge pages */
};

struct model {
	struct rules rules;
	struct ns ns[MAX_NS];
	unsigned int ns_count;
	struct userns userns[MAX_USERNS];
	unsigned int userns_count;
	struct seg segs[MAX_SEGS];
	unsigned int seg_count;
	struct proc procs[WORKERS];
	struct { uid_t uid; uint64_t pages; } lockers[MAX_LOCKERS];
	unsigned long attaches;
	struct stamp now;
	bool full;		/* no room to go on */
	size_t wrong_len;
	char wrong[4096];
};

/* Ends of one sequence: nothing is there but the first namespace. */
void model_init(struct model *m, const struct rules *rules);
/* What @reply of @call should have been; @from and @to are the times around it. */
void model_apply(struct model *m, const struct call *call, const struct reply *reply);
/* Compare the table of @viewer's namespace. */
void model_compare(struct model *m, const struct proc *viewer, const struct table *table);
void model_wrong(struct model *m, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Tell of a value that is not the expected one. */
void model_expect(struct model *m, const char *what, long long expected, long long got);

/* model_seg.c */
struct seg *seg_find(struct model *m, const struct ns *ns, int id);
struct seg *seg_at_index(struct model *m, const struct ns *ns, int index);
void seg_opened(struct model *m, struct seg *seg, pid_t pid);
void seg_closed(struct model *m, struct seg *seg, pid_t pid);
void seg_unpin(struct model *m, struct seg *seg);
void seg_leave(struct model *m, pid_t pid, const struct ns *ns);
void ns_force(struct model *m, struct ns *ns);
bool may_access(const struct model *m, const struct proc *p, const struct seg *seg,
		unsigned int wanted);
bool may_control(const struct model *m, const struct proc *p, const struct seg *seg);
bool capable_in(const struct model *m, const struct proc *p, const struct ns *ns, int cap);
void stat_compare(struct model *m, const struct proc *viewer, const struct seg *seg,
		  const struct shmid_ds *ds);
void model_get(struct model *m, const struct call *call, const struct reply *reply);

/* model_ctl.c */
/* What a user pays for now. */
uint64_t *locked_pages(struct model *m, uid_t uid);
void model_ctl(struct model *m, const struct call *call, const struct reply *reply);

/* model_map.c */
unsigned long seg_bytes(const struct seg *seg);
void vmas_drop(struct model *m, struct proc *p);
void vmas_copy(struct model *m, struct proc *from, struct proc *to);
void model_at(struct model *m, const struct call *call, const struct reply *reply);
void model_dt(struct model *m, const struct call *call, const struct reply *reply);
void model_map(struct model *m, const struct call *call, const struct reply *reply);
void model_touch(struct model *m, const struct call *call, const struct reply *reply);

/* model_proc.c */
/* A new namespace, owned by @userns. */
struct ns *ns_new(struct model *m, int userns);
void model_proc(struct model *m, const struct call *call, const struct reply *reply);

#endif /* _ALTSHM_FUZZ_MODEL_H */
