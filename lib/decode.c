// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Numbers of the calls as words.
 */
#include "decode.h"

#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>

#include <linux/altshm_netlink.h>

#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define DECODE_MODE		0777
#define DECODE_HUGE_SHIFT	26
#define DECODE_HUGE_MASK	(0x3fU << DECODE_HUGE_SHIFT)

struct decode_flag {
	uint32_t bit;
	const char *name;
};

static const struct decode_flag decode_get[] = {
	{ IPC_CREAT, "IPC_CREAT" },
	{ IPC_EXCL, "IPC_EXCL" },
	{ SHM_HUGETLB, "SHM_HUGETLB" },
	{ SHM_NORESERVE, "SHM_NORESERVE" },
	{ 0 }
};

static const struct decode_flag decode_attach[] = {
	{ SHM_RDONLY, "SHM_RDONLY" },
	{ SHM_RND, "SHM_RND" },
	{ SHM_REMAP, "SHM_REMAP" },
	{ SHM_EXEC, "SHM_EXEC" },
	{ 0 }
};

static const char *const decode_rules[] = {
	[ALTSHM_RULE_NONE] = "none",
	[ALTSHM_RULE_MODE] = "mode",
	[ALTSHM_RULE_OWNER] = "owner",
	[ALTSHM_RULE_HUGETLB_GROUP] = "hugetlb-group",
	[ALTSHM_RULE_MEMLOCK_ZERO] = "memlock-zero",
	[ALTSHM_RULE_RESOURCE_CAPABILITY] = "resource-capability",
	[ALTSHM_RULE_SHMMAX] = "shmmax",
	[ALTSHM_RULE_SHMALL] = "shmall",
	[ALTSHM_RULE_SHMMNI] = "shmmni",
	[ALTSHM_RULE_IDS] = "ids",
	[ALTSHM_RULE_MEMLOCK] = "memlock",
	[ALTSHM_RULE_HUGE_POOL] = "huge-pool",
	[ALTSHM_RULE_COMMIT] = "commit",
	[ALTSHM_RULE_MEMORY] = "memory",
	[ALTSHM_RULE_FILES] = "files",
	[ALTSHM_RULE_ADDRESS_SPACE] = "address-space",
	[ALTSHM_RULE_MAPPINGS] = "mappings",
	[ALTSHM_RULE_NO_SUCH_KEY] = "no-such-key",
	[ALTSHM_RULE_KEY_EXISTS] = "key-exists",
	[ALTSHM_RULE_NO_SUCH_ID] = "no-such-id",
	[ALTSHM_RULE_SIZE_ABOVE_EXISTING] = "size-above-existing",
	[ALTSHM_RULE_SIZE_ZERO] = "size-zero",
	[ALTSHM_RULE_SIZE_OVERFLOW] = "size-overflow",
	[ALTSHM_RULE_NO_HUGE_SIZE] = "no-huge-size",
	[ALTSHM_RULE_BAD_ADDRESS] = "bad-address",
	[ALTSHM_RULE_ADDRESS_TAKEN] = "address-taken",
	[ALTSHM_RULE_ADDRESS_TOO_LOW] = "address-too-low",
	[ALTSHM_RULE_NOT_ATTACHED] = "not-attached",
	[ALTSHM_RULE_REMOVED] = "removed",
	[ALTSHM_RULE_BAD_OWNER] = "bad-owner",
	[ALTSHM_RULE_BAD_POINTER] = "bad-pointer",
	[ALTSHM_RULE_KILLED] = "killed",
	[ALTSHM_RULE_BAD_LIMIT] = "bad-limit",
	[ALTSHM_RULE_NO_SUCH_COMMAND] = "no-such-command",
};

/* Appends @word after what is there, and a bar. Texts are made to fit. */
static void decode_word(char text[DECODE_TEXT], const char *word)
{
	if (*text)
		strcat(text, "|");
	strcat(text, word);
}

/* @base 8 and 16 have their prefix; octal numbers at least three digits. */
static void decode_number(char text[DECODE_TEXT], uint32_t value, unsigned int base)
{
	char digits[16], *at = digits + sizeof(digits);
	int count = 0;

	*--at = '\0';
	do {
		*--at = "0123456789abcdef"[value % base];
		value /= base;
		count++;
	} while (value || (base == 8 && count < 3));
	if (base == 16)
		*--at = 'x';
	if (base != 10)
		*--at = '0';
	decode_word(text, at);
}

/* Return: the bits that have no name. */
static uint32_t decode_flags(uint32_t bits, const struct decode_flag *flags, char *text)
{
	for (*text = '\0'; flags->bit; flags++) {
		if (bits & flags->bit)
			decode_word(text, flags->name);
		bits &= ~flags->bit;
	}
	return bits;
}

const char *decode_get_flags(uint32_t shmflg, char text[DECODE_TEXT])
{
	uint32_t rest = decode_flags(shmflg, decode_get, text);
	uint32_t shift = (shmflg & DECODE_HUGE_MASK) >> DECODE_HUGE_SHIFT;

	/* Those bits mean something beside SHM_HUGETLB only. */
	if (shmflg & SHM_HUGETLB && shift) {
		decode_number(text, shift, 10);
		strcat(text, "<<SHM_HUGE_SHIFT");
		rest &= ~DECODE_HUGE_MASK;
	}
	decode_number(text, rest & DECODE_MODE, 8);
	if (rest & ~DECODE_MODE)
		decode_number(text, rest & ~DECODE_MODE, 16);
	return text;
}

const char *decode_attach_flags(uint32_t shmflg, char text[DECODE_TEXT])
{
	uint32_t rest = decode_flags(shmflg, decode_attach, text);

	if (rest)
		decode_number(text, rest, 16);
	return *text ? text : strcpy(text, "0");
}

const char *decode_rule(uint32_t rule)
{
	const char *name = NULL;

	if (rule < ARRAY_SIZE(decode_rules))
		name = decode_rules[rule];
	return name ? name : "other";
}
