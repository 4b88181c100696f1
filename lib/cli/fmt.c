// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Values as words, and words as values.
 */
#include "fmt.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <linux/altshm_netlink.h>

#include "cli.h"

/* To look a name up takes long; users are few, and segments many. */
#define USERS	64

struct user {
	bool known;
	uint32_t uid;
	char name[FMT_TEXT];	/* empty: there is none */
};

const char *fmt_user_name(uint32_t uid)
{
	static struct user users[USERS];
	struct user *user = &users[uid % USERS];
	const struct passwd *pw;

	if (!user->known || user->uid != uid) {
		pw = getpwuid(uid);
		snprintf(user->name, sizeof(user->name), "%s", pw ? pw->pw_name : "");
		user->uid = uid;
		user->known = true;
	}
	return *user->name ? user->name : NULL;
}

const char *fmt_user(uint32_t uid)
{
	static char number[FMT_TEXT];
	const char *name = fmt_user_name(uid);

	if (name)
		return name;
	snprintf(number, sizeof(number), "%u", uid);
	return number;
}

const char *fmt_time(int64_t seconds, char text[FMT_TEXT])
{
	time_t when = seconds;
	struct tm tm;

	if (!seconds || !localtime_r(&when, &tm) ||
	    !strftime(text, FMT_TEXT, "%Y-%m-%d %H:%M:%S", &tm))
		snprintf(text, FMT_TEXT, "-");
	return text;
}

const char *fmt_age(int64_t seconds, char text[FMT_TEXT])
{
	int64_t age = time(NULL) - seconds;

	/* Clocks can be set back. */
	if (age < 0)
		age = 0;
	if (!seconds)
		snprintf(text, FMT_TEXT, "-");
	else if (age < 60)
		snprintf(text, FMT_TEXT, "%ds", (int)age);
	else if (age < 3600)
		snprintf(text, FMT_TEXT, "%dm%02ds", (int)age / 60, (int)age % 60);
	else if (age < 86400)
		snprintf(text, FMT_TEXT, "%dh%02dm", (int)age / 3600, (int)age / 60 % 60);
	else
		snprintf(text, FMT_TEXT, "%lldd%02dh", (long long)age / 86400,
			 (int)(age / 3600 % 24));
	return text;
}

const char *fmt_bytes(uint64_t bytes, char text[FMT_TEXT])
{
	static const char units[] = "BKMGTPE";
	unsigned int unit = 0;
	uint64_t rest = 0;

	while (bytes >= 1024) {
		rest = bytes % 1024;
		bytes /= 1024;
		unit++;
	}
	if (unit)
		snprintf(text, FMT_TEXT, "%" PRIu64 ".%" PRIu64 "%c", bytes, rest * 10 / 1024,
			 units[unit]);
	else
		snprintf(text, FMT_TEXT, "%" PRIu64, bytes);
	return text;
}

const char *fmt_pid(int32_t pid, char text[FMT_TEXT])
{
	snprintf(text, FMT_TEXT, pid ? "%d" : "-", pid);
	return text;
}

const char *fmt_bits(uint64_t bits, char text[FMT_TEXT])
{
	snprintf(text, FMT_TEXT, "%c%c%c", bits & 4 ? 'r' : '-', bits & 2 ? 'w' : '-',
		 bits & 1 ? 'x' : '-');
	return text;
}

/* "dest" is what ipcs calls a segment that was removed and is still attached. */
static const char *const fmt_flag_names[FMT_FLAGS] = {
	"dest", "locked", "noreserve", "creator-gone", "orphan", "thp"
};

const char *const fmt_flag_json[FMT_FLAGS] = {
	"removed", "locked", "noreserve", "creator_gone", "orphan", "thp"
};

const char *fmt_flags(uint32_t flags, char separator, const char *none, char text[FMT_TEXT])
{
	size_t i, len = 0;

	snprintf(text, FMT_TEXT, "%s", none);
	for (i = 0; i < FMT_FLAGS; i++) {
		if (!(flags & 1U << i))
			continue;
		if (len)
			text[len++] = separator;
		len += snprintf(text + len, FMT_TEXT - len, "%s", fmt_flag_names[i]);
	}
	return text;
}

const char *fmt_backing(uint32_t backing)
{
	switch (backing) {
	case ALTSHM_BACKING_SHMEM:
		return "shmem";
	case ALTSHM_BACKING_HUGETLB:
		return "hugetlb";
	default:
		return "other";
	}
}

bool fmt_parse_number(const char *text, uint64_t max, uint64_t *value)
{
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	const char *digits = hex ? text + 2 : text;
	char *end;

	/* strtoull() would take blanks, signs and one more prefix. */
	if (!*digits || digits[strspn(digits, "0123456789abcdefABCDEF")])
		return false;
	errno = 0;
	*value = strtoull(digits, &end, hex ? 16 : 10);
	return !errno && !*end && *value <= max;
}

bool fmt_parse_id(const char *text, int *id)
{
	uint64_t value;

	if (!fmt_parse_number(text, INT_MAX, &value))
		return false;
	*id = value;
	return true;
}

bool fmt_parse_key(const char *text, int32_t *key)
{
	bool negative = *text == '-';
	uint64_t value;

	if (!fmt_parse_number(text + negative, negative ? 1ULL << 31 : UINT32_MAX, &value))
		return false;
	*key = negative ? -value : value;
	return true;
}

bool fmt_parse_user(const char *text, uint32_t *uid)
{
	const struct passwd *pw = getpwnam(text);
	uint64_t value;

	if (pw) {
		*uid = pw->pw_uid;
		return true;
	}
	if (!fmt_parse_number(text, UINT32_MAX - 1, &value))
		return false;
	*uid = value;
	return true;
}
