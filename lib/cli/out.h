/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * All that the commands print on standard output: lines for people, JSON for
 * scripts. Names that come from other users pass through here as they are.
 */
#ifndef _ALTSHM_CLI_OUT_H
#define _ALTSHM_CLI_OUT_H

#include <stdbool.h>
#include <stdint.h>

/**
 * out_init() - look where standard output goes
 *
 * On a terminal, lines end where it does; elsewhere nothing is cut.
 */
void out_init(void);

/* From now on lines are as long as they are, and it is the terminal that wraps them. */
void out_wrap(void);

/* Whether standard output is a terminal. */
bool out_is_terminal(void);

/* Columns and rows of the terminal; 0 where there is none, or none that tells. */
int out_width(void);
int out_height(void);

/* Whether nobody reads standard output any more, or it cannot be written. */
bool out_failed(void);

/**
 * out_put() - append text to the line
 * @text: any bytes; what would not print as one character is written \xNN
 */
void out_put(const char *text);

/* out_put() of a formatted text, up to 511 bytes. */
__attribute__((format(printf, 1, 2))) void out_printf(const char *fmt, ...);

/**
 * out_cell() - append text as a column, with a blank after it
 * @width: columns; on a terminal, what is longer is cut and ends with '+'
 * @text:  as for out_put()
 */
void out_cell(int width, const char *text);

/* out_cell() of a number or title, to the right, and never cut. */
void out_right(int width, const char *text);
void out_number(int width, uint64_t value);

/* End the line. */
void out_end(void);

/* A whole line. */
__attribute__((format(printf, 1, 2))) void out_line(const char *fmt, ...);

/*
 * JSON, in ASCII: an array of objects has one to a line, and so has what stands
 * outside of all others. Names are this program's own; NULL in an array and
 * outside. Strings may hold any bytes: other characters than ASCII are written
 * \uNNNN, bytes that are not UTF-8 as \ufffd.
 */
void json_object(const char *name);
void json_array(const char *name);
void json_end(void);
void json_string(const char *name, const char *text);
void json_uint(const char *name, uint64_t value);
void json_int(const char *name, int64_t value);
void json_bool(const char *name, bool value);
void json_null(const char *name);
__attribute__((format(printf, 2, 3))) void json_printf(const char *name, const char *fmt, ...);

#endif /* _ALTSHM_CLI_OUT_H */
