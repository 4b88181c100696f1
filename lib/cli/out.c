// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Lines for people. The only way of text to standard output, so that nothing
 * but printable characters and newlines gets to a terminal.
 */
#include "out.h"

#include <limits.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

static struct {
	bool terminal;
	int column;	/* of the line, where the next character goes */
	int pending;	/* blanks owed before it; none are written at a line's end */
	int limit;	/* columns that there are */
} out = { .limit = INT_MAX };

void out_init(void)
{
	setlocale(LC_CTYPE, "");
	out.terminal = isatty(STDOUT_FILENO);
	if (out_width())
		out.limit = out_width();
}

void out_wrap(void)
{
	out.limit = INT_MAX;
}

bool out_is_terminal(void)
{
	return out.terminal;
}

static struct winsize out_size(void)
{
	struct winsize size = { 0 };

	if (!out.terminal || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size))
		return (struct winsize){ 0 };
	return size;
}

int out_width(void)
{
	return out_size().ws_col;
}

int out_height(void)
{
	return out_size().ws_row;
}

bool out_failed(void)
{
	return ferror(stdout);
}

static void out_blanks(int count)
{
	static const char blanks[] = "                ";
	int some;

	for (; count > 0; count -= some) {
		some = count < (int)sizeof(blanks) - 1 ? count : (int)sizeof(blanks) - 1;
		fwrite(blanks, 1, some, stdout);
	}
}

/* Appends what takes @width columns, where there is room for it up to @limit. */
static bool out_bytes(const char *bytes, size_t len, int width, int limit)
{
	if (out.column + out.pending + width > limit)
		return false;
	out_blanks(out.pending);
	out.column += out.pending + width;
	out.pending = 0;
	fwrite(bytes, 1, len, stdout);
	return true;
}

/* How many characters at the start of @text, up to @most, print as they are everywhere. */
static int out_plain(const char *text, int most)
{
	int len = 0;

	while (len < most && text[len] >= ' ' && text[len] < 0x7f && text[len] != '\\')
		len++;
	return len;
}

/*
 * Takes the first character of @text. Only what takes room when printed is
 * printed: that leaves out control characters, and those that turn the
 * direction of writing or join the character before.
 *
 * Return: its bytes; @print has what to write, @width its columns.
 */
static size_t out_decode(const char *text, char print[8], size_t *len, int *width)
{
	mbstate_t state = { 0 };
	wchar_t wide;
	size_t used = mbrtowc(&wide, text, MB_LEN_MAX, &state);

	/* A character cut short counts as invalid: the text ends behind it. */
	if (used && used < 8 && wcwidth(wide) > 0 && wide != '\\') {
		memcpy(print, text, used);
		*len = used;
		*width = wcwidth(wide);
		return used;
	}
	if (*text == '\\')
		*len = snprintf(print, 8, "\\\\");
	else
		*len = snprintf(print, 8, "\\x%02x", (unsigned char)*text);
	*width = *len;
	return 1;
}

/* Return: the columns that @text wants. */
static int out_measure(const char *text)
{
	int width, sum = out_plain(text, INT_MAX);
	char print[8];
	size_t len;

	for (text += sum; *text; sum += width)
		text += out_decode(text, print, &len, &width);
	return sum;
}

static void out_upto(const char *text, int limit)
{
	int width, room = limit - out.column - out.pending;
	int plain = out_plain(text, room > 0 ? room : 0);
	char print[8];
	size_t len;

	if (plain)
		out_bytes(text, plain, plain, limit);
	for (text += plain; *text; ) {
		text += out_decode(text, print, &len, &width);
		if (!out_bytes(print, len, width, limit))
			break;
	}
}

void out_put(const char *text)
{
	out_upto(text, out.limit);
}

void out_printf(const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	out_put(text);
}

/* Blanks up to the column @end, and the one between columns. */
static void out_pad(int end)
{
	int at = out.column + out.pending;

	out.pending += (end > at ? end - at : 0) + 1;
}

void out_cell(int width, const char *text)
{
	int end = out.column + out.pending + width;

	if (out.terminal && out_measure(text) > width) {
		out_upto(text, end - 1 < out.limit ? end - 1 : out.limit);
		out_put("+");
	} else {
		out_put(text);
	}
	out_pad(end);
}

void out_right(int width, const char *text)
{
	int len = out_measure(text);

	if (width > len)
		out.pending += width - len;
	out_put(text);
	out.pending++;
}

void out_number(int width, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	out_right(width, text);
}

void out_end(void)
{
	out.column = 0;
	out.pending = 0;
	putchar('\n');
}

void out_line(const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	out_put(text);
	out_end();
}
