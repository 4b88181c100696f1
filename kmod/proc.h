/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ALTSHM_PROC_H
#define _ALTSHM_PROC_H

int altshm_proc_init(void);
void altshm_proc_exit(void);

#endif
