/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether this process uses altshm or the kernel's own shared memory.
 */
#ifndef _ALTSHM_CHOICE_H
#define _ALTSHM_CHOICE_H

#include <stdbool.h>

/**
 * choice_is_native() - say which facility this process is on
 *
 * The first conclusive answer holds until exec: a segment of one facility is
 * unknown to the other, so a process must not change sides. With
 * ALTSHM_FALLBACK=native the answer depends on whether the device opens;
 * without it, it is always altshm.
 *
 * Return: true for the kernel's own calls.
 */
bool choice_is_native(void);

#endif /* _ALTSHM_CHOICE_H */
