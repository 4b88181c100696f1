/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sequences: files of them, random ones, changed ones, shorter ones.
 */
#ifndef _ALTSHM_FUZZ_SEQUENCE_H
#define _ALTSHM_FUZZ_SEQUENCE_H

#include "call.h"

/* Return: 0 or a negative error; a line that is no record is -EINVAL. */
int sequence_load(struct sequence *seq, const char *path);
int sequence_save(const struct sequence *seq, const char *path);

void random_seed(uint64_t seed);
uint64_t random_next(void);
/* One from the start, of @n records. */
void sequence_random(struct sequence *seq, size_t n);
/* Change @seq here and there; @other gives parts. */
void sequence_mutate(struct sequence *seq, const struct sequence *other);

/* Leave out what is not needed for @holds, for so many tries at most. */
void sequence_shrink(struct sequence *seq, bool (*holds)(const struct sequence *seq, void *arg),
		     void *arg, unsigned int tries);

#endif /* _ALTSHM_FUZZ_SEQUENCE_H */
