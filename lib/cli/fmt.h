/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Values as words, and words as values.
 */
#ifndef _ALTSHM_CLI_FMT_H
#define _ALTSHM_CLI_FMT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room for any text that the functions below write. */
#define FMT_TEXT	64

/* The user's name, or NULL where there is none; good until the next call. */
const char *fmt_user_name(uint32_t uid);

/* The user's name, or the number; good until the next call. */
const char *fmt_user(uint32_t uid);

/* "2026-11-22 10:11:12" in local time, "-" for 0. */
const char *fmt_time(int64_t seconds, char text[FMT_TEXT]);

/* "5m07s": how long ago a time is, in two units; "-" for 0. */
const char *fmt_age(int64_t seconds, char text[FMT_TEXT]);

/* "12.5M": bytes in units of 1024, with up to four digits. */
const char *fmt_bytes(uint64_t bytes, char text[FMT_TEXT]);

/* "5" or, for a process out of sight, "-". */
const char *fmt_pid(int32_t pid, char text[FMT_TEXT]);

/* "rw-" of 4, 2 and 1. */
const char *fmt_bits(uint64_t bits, char text[FMT_TEXT]);

/* A list of ALTSHM_SEGMENT_FLAG_* with @separator between, or @none. */
const char *fmt_flags(uint32_t flags, char separator, const char *none, char text[FMT_TEXT]);

/* What each of ALTSHM_SEGMENT_FLAG_* is called in JSON, from bit 0. */
#define FMT_FLAGS	6
extern const char *const fmt_flag_json[FMT_FLAGS];

const char *fmt_backing(uint32_t backing);

/* All of @text is a number from 0 to @max; decimal, or hexadecimal after 0x. */
bool fmt_parse_number(const char *text, uint64_t max, uint64_t *value);

/* An identifier of a segment. */
bool fmt_parse_id(const char *text, int *id);

/* A key, as decimal or hexadecimal number; negative ones too. */
bool fmt_parse_key(const char *text, int32_t *key);

/* A user's name or number. */
bool fmt_parse_user(const char *text, uint32_t *uid);

#endif /* _ALTSHM_CLI_FMT_H */
