// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * JSON, written as it comes: a list of a million segments is never held in
 * memory, as the libraries that build a tree of it would, and their answer to
 * bytes that are not UTF-8 is to refuse the whole.
 */
#include "out.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define JSON_DEPTH	8

struct json_level {
	char end;
	bool filled;
};

static struct json_level json_levels[JSON_DEPTH];
static unsigned int json_depth;

/* Bytes of the UTF-8 character at @s, with its code; 0 where there is none. */
static int json_decode(const unsigned char *s, unsigned int *code)
{
	static const unsigned int least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	int len = *s < 0x80 ? 1 : *s < 0xc0 ? 0 : *s < 0xe0 ? 2 : *s < 0xf0 ? 3 : *s < 0xf8 ? 4 : 0;
	int i;

	if (len < 2) {
		*code = *s;
		return len;
	}
	*code = *s & (0xff >> (len + 1));
	/* The byte that ends the text stops this as any other wrong one. */
	for (i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (s[i] & 0x3f);
	}
	if (*code < least[len] || *code > 0x10ffff || (*code >= 0xd800 && *code < 0xe000))
		return 0;
	return len;
}

static void json_quote(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	unsigned int code;
	int len;

	putchar('"');
	while (*s) {
		len = json_decode(s, &code);
		s += len ? len : 1;
		if (!len)
			code = 0xfffd;
		if (code == '"' || code == '\\')
			printf("\\%c", code);
		else if (code >= ' ' && code < 0x7f)
			putchar(code);
		else if (code < 0x10000)
			printf("\\u%04x", code);
		else
			printf("\\u%04x\\u%04x", 0xd800 + ((code - 0x10000) >> 10),
			       0xdc00 + (code & 0x3ff));
	}
	putchar('"');
}

/* What comes before a value. */
static void json_begin(const char *name)
{
	struct json_level *level;

	if (!json_depth)
		return;
	level = &json_levels[json_depth - 1];
	if (level->filled)
		putchar(',');
	if (!name)
		putchar('\n');
	level->filled = true;
	if (name) {
		json_quote(name);
		putchar(':');
	}
}

static void json_open(const char *name, char begin, char end)
{
	json_begin(name);
	if (json_depth == JSON_DEPTH)
		abort();
	putchar(begin);
	json_levels[json_depth++] = (struct json_level){ .end = end };
}

void json_object(const char *name)
{
	json_open(name, '{', '}');
}

void json_array(const char *name)
{
	json_open(name, '[', ']');
}

void json_end(void)
{
	putchar(json_levels[--json_depth].end);
	if (!json_depth)
		putchar('\n');
}

void json_string(const char *name, const char *text)
{
	if (!text) {
		json_null(name);
		return;
	}
	json_begin(name);
	json_quote(text);
}

void json_printf(const char *name, const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	json_string(name, text);
}

void json_uint(const char *name, uint64_t value)
{
	json_begin(name);
	printf("%llu", (unsigned long long)value);
}

void json_int(const char *name, int64_t value)
{
	json_begin(name);
	printf("%lld", (long long)value);
}

void json_bool(const char *name, bool value)
{
	json_begin(name);
	fputs(value ? "true" : "false", stdout);
}

void json_null(const char *name)
{
	json_begin(name);
	fputs("null", stdout);
}
