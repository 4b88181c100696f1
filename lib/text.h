/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A text that is put together in a buffer of the caller's, without locks or
 * memory of its own, so that a signal handler may do it too. What does not fit
 * is left out; there is always a 0 at the end.
 */
#ifndef _ALTSHM_TEXT_H
#define _ALTSHM_TEXT_H

#include <stddef.h>
#include <stdint.h>

struct text {
	char *buf;
	size_t size;
	size_t len;
};

#define TEXT_IN(array)	{ .buf = (array), .size = sizeof(array), .len = ((array)[0] = '\0', 0) }

static inline void text_add_char(struct text *text, char c)
{
	if (text->len + 1 >= text->size)
		return;
	text->buf[text->len++] = c;
	text->buf[text->len] = '\0';
}

static inline void text_add(struct text *text, const char *s)
{
	while (*s)
		text_add_char(text, *s++);
}

/* @base 8 and 16 get their prefix. */
static inline void text_add_number(struct text *text, uint64_t value, unsigned int base)
{
	char digits[24];
	int count = 0;

	if (base == 16)
		text_add(text, "0x");
	if (base == 8)
		text_add_char(text, '0');
	do {
		digits[count++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	while (count)
		text_add_char(text, digits[--count]);
}

static inline void text_add_signed(struct text *text, int64_t value)
{
	if (value < 0)
		text_add_char(text, '-');
	text_add_number(text, value < 0 ? -(uint64_t)value : (uint64_t)value, 10);
}

#endif /* _ALTSHM_TEXT_H */
