/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Copies to and from a buffer of the program that may not be there.
 *
 * The kernel answers EFAULT where a library would crash, and programs and tests
 * rely on it. errno is left alone.
 */
#ifndef _ALTSHM_USERCOPY_H
#define _ALTSHM_USERCOPY_H

#include <stddef.h>

/**
 * usercopy_out() - copy to the program's buffer
 * @to:   the program's, possibly bad
 * @from: ours
 * @size: a word, or from 8 bytes up to a page
 *
 * Return: 0 or -EFAULT.
 */
int usercopy_out(void *to, const void *from, size_t size);

/**
 * usercopy_in() - copy from the program's buffer
 * @to:   ours
 * @from: the program's, possibly bad
 * @size: from 8 bytes up to a page
 *
 * Return: 0 or -EFAULT.
 */
int usercopy_in(void *to, const void *from, size_t size);

#endif /* _ALTSHM_USERCOPY_H */
