/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ALTSHM_HUGE_H
#define _ALTSHM_HUGE_H

#include <linux/types.h>

struct file;

/**
 * altshm_huge_create() - file of huge pages for a segment
 * @size: bytes
 * @shmflg: SHM_NORESERVE, log2 of the page size in bits 26 to 31 or 0
 *
 * The file's length is rounded up to whole pages. All of it is reserved unless
 * SHM_NORESERVE is given.
 *
 * Context: may sleep; takes mmap_lock of the current mm.
 * Return: file, or ERR_PTR() of -EINVAL, -EPERM, -ENFILE, -ENOMEM, in this order
 *         of precedence; -EINTR when the task was killed.
 */
struct file *altshm_huge_create(size_t size, int shmflg);

bool altshm_huge_available(void);

int altshm_huge_init(void);
void altshm_huge_exit(void);

#endif
