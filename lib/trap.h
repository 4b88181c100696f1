/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the filter of "altshm run --trap" and the shim's signal handler agree on.
 */
#ifndef _ALTSHM_TRAP_H
#define _ALTSHM_TRAP_H

/* si_errno of a SIGSYS that the filter sends; other filters send theirs. */
#define TRAP_DATA	0xa15d

/*
 * Sixth argument, which no shared memory call has, of a call that the filter
 * lets through: the shim's own, for the kernel's facility.
 */
#define TRAP_PASS	0x616c7473

#endif /* _ALTSHM_TRAP_H */
