/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The master: runs a sequence, call by call, and holds each reply against the
 * model.
 */
#ifndef _ALTSHM_FUZZ_RUN_H
#define _ALTSHM_FUZZ_RUN_H

#include "model.h"

struct runner {
	struct rules rules;
	bool may_set_clock;
	FILE *trace;		/* where calls and replies are told, or NULL */
	struct model model;
	struct area *areas;
	int pidfds[WORKERS];
	uid_t users;		/* the first of this sequence */
	unsigned long sequences, calls;
};

/* What is missing to run, or NULL. */
const char *runner_init(struct runner *r, bool altshm);
/* Return: the record whose reply was wrong, with model.wrong; -1 if none was. */
int runner_run(struct runner *r, const struct sequence *seq);

#endif /* _ALTSHM_FUZZ_RUN_H */
