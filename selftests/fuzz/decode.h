/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the records of the input mean.
 */
#ifndef _ALTSHM_FUZZ_DECODE_H
#define _ALTSHM_FUZZ_DECODE_H

#include "model.h"

#define PROFILES 10

/* Users are numbered from @base; each sequence has users of its own. */
void decode_profile(struct profile *profile, unsigned int choice, uid_t base);
void decode(struct model *m, const struct record *record, uid_t base, struct call *call);

#endif /* _ALTSHM_FUZZ_DECODE_H */
