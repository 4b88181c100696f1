/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ALTSHM_DEV_H
#define _ALTSHM_DEV_H

int altshm_dev_init(void);
void altshm_dev_exit(void);

#endif
