/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Why a call failed, as a sentence for an administrator: the one place that has
 * words for rules and limits.
 */
#ifndef _ALTSHM_REASON_H
#define _ALTSHM_REASON_H

#include <stdint.h>

#include "text.h"

/**
 * struct reason - what refused a call
 * @rule:   ALTSHM_RULE_*
 * @own:    limits that do not follow the sysctls, as in struct altshm_limits
 * @limit:  as the rule has it
 * @wanted: likewise
 */
struct reason {
	uint32_t rule;
	uint32_t own;
	uint64_t limit;
	uint64_t wanted;
};

/**
 * reason_add() - say what it was and, where that is clear, what to do about it
 * @text: gets "limit shmmni is 4096 (kernel.shmmni), ..." without a full stop
 * @reason: what refused the call; nothing is added for ALTSHM_RULE_NONE and
 *          rules not known
 *
 * May be called from signal handlers.
 */
void reason_add(struct text *text, const struct reason *reason);

#endif /* _ALTSHM_REASON_H */
