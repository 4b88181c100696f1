/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Numbers of the calls as words. Takes no lock and allocates nothing, so that
 * the shim may use it wherever it is called.
 */
#ifndef _ALTSHM_DECODE_H
#define _ALTSHM_DECODE_H

#include <stddef.h>
#include <stdint.h>

/* Room for any text that a function here writes. */
#define DECODE_TEXT	128

/* The flags of shmget(2): "IPC_CREAT|IPC_EXCL|0600". */
const char *decode_get_flags(uint32_t shmflg, char text[DECODE_TEXT]);

/* The flags of shmat(2): "SHM_RDONLY|SHM_RND", or "0". */
const char *decode_attach_flags(uint32_t shmflg, char text[DECODE_TEXT]);

/* The name of an ALTSHM_RULE_*, as in uapi/altshm.yaml; "other" of one not known. */
const char *decode_rule(uint32_t rule);

#endif /* _ALTSHM_DECODE_H */
