// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Sentences for rules and limits.
 */
#include "reason.h"

#include <stdbool.h>

#include <linux/altshm.h>
#include <linux/altshm_netlink.h>

/*
 * In the sentences stand, for the two numbers of a rule:
 *   %l %w  limit and wanted, decimal     %d  wanted, with its sign
 *   %L %W  the same, hexadecimal         %e  wanted less one: what exists
 *   %p %q  the same, as "rw-"
 * and where a limit of the IPC namespace comes from and how to raise it:
 *   %s     the sysctl, or altshm's own
 *   %r     the command
 */
struct reason_words {
	const char *what;
	const char *hint;	/* or NULL */
	const char *name;	/* of a limit of the IPC namespace */
	uint32_t own;		/* its bit in struct altshm_limits */
};

#define REASON_MEMLOCK	"raise it: ulimit -l, limits.conf(5) or LimitMEMLOCK="

static const struct reason_words reason_table[] = {
	[ALTSHM_RULE_MODE] = {
		"rule mode: %q is asked for, and the segment's mode grants this user %p",
		"its owner can change the mode",
	},
	[ALTSHM_RULE_OWNER] = {
		"rule owner: the segment belongs to user %l, the caller is user %w",
		"owner, creator and root can do this",
	},
	[ALTSHM_RULE_HUGETLB_GROUP] = {
		"rule hugetlb-group: huge pages are for group %l (vm.hugetlb_shm_group), the caller's group is %w",
		"set sysctl vm.hugetlb_shm_group to a group of this user",
	},
	[ALTSHM_RULE_MEMLOCK_ZERO] = {
		"limit memlock is 0 (RLIMIT_MEMLOCK), and %w bytes are to be locked",
		REASON_MEMLOCK,
	},
	[ALTSHM_RULE_RESOURCE_CAPABILITY] = {
		"rule resource-capability: CAP_SYS_RESOURCE is needed to set limits",
	},
	[ALTSHM_RULE_SHMMAX] = {
		"limit shmmax is %l bytes (%s), and %w are asked for",
		"raise it: %r",
		"shmmax", ALTSHM_LIMIT_SHMMAX,
	},
	[ALTSHM_RULE_SHMALL] = {
		"limit shmall is %l pages (%s), and with this segment there would be %w",
		"raise it: %r; or remove segments that nobody uses: altshm ls",
		"shmall", ALTSHM_LIMIT_SHMALL,
	},
	[ALTSHM_RULE_SHMMNI] = {
		"limit shmmni is %l (%s), and %e segments exist",
		"raise it: %r; or remove segments that nobody uses: altshm ls",
		"shmmni", ALTSHM_LIMIT_SHMMNI,
	},
	[ALTSHM_RULE_IDS] = {
		"limit ids: the indexes from %w to %l are all in use",
		"kernel.shm_next_id asked for one of these",
	},
	[ALTSHM_RULE_MEMLOCK] = {
		"limit memlock is %l bytes (RLIMIT_MEMLOCK), and %w would be locked",
		REASON_MEMLOCK,
	},
	[ALTSHM_RULE_HUGE_POOL] = {
		"limit huge-pool: %l bytes of huge pages are free, and %w are needed",
		"raise sysctl vm.nr_hugepages",
	},
	[ALTSHM_RULE_COMMIT] = {
		"limit commit: the kernel commits %l bytes of memory, and it would be %w",
		"see sysctl vm.overcommit_memory and vm.overcommit_ratio, or add swap",
	},
	[ALTSHM_RULE_MEMORY] = {
		"limit memory: the kernel had none left for this",
		"see free memory, and the memory limit of the cgroup",
	},
	[ALTSHM_RULE_FILES] = {
		"limit files is %l (fs.file-max) for the whole system",
		"raise sysctl fs.file-max",
	},
	[ALTSHM_RULE_ADDRESS_SPACE] = {
		"limit address-space is %l bytes for this process, and it would be %w",
		"raise RLIMIT_AS, if set: ulimit -v or LimitAS=",
	},
	[ALTSHM_RULE_MAPPINGS] = {
		"limit mappings is %l (vm.max_map_count), and the process has %e",
		"raise sysctl vm.max_map_count",
	},
	[ALTSHM_RULE_NO_SUCH_KEY] = {
		"rule no-such-key: no segment of this IPC namespace has the key %W",
		"IPC_CREAT would create one; is its maker on altshm too?",
	},
	[ALTSHM_RULE_KEY_EXISTS] = {
		"rule key-exists: segment %l has the key %W",
		"with IPC_EXCL it has to be new; altshm ls shows whose it is",
	},
	[ALTSHM_RULE_NO_SUCH_ID] = {
		"rule no-such-id: no segment of this IPC namespace has the identifier %d",
	},
	[ALTSHM_RULE_SIZE_ABOVE_EXISTING] = {
		"rule size-above-existing: the segment has %l bytes, and %w are asked for",
	},
	[ALTSHM_RULE_SIZE_ZERO] = {
		"rule size-zero: a new segment needs at least 1 byte",
	},
	[ALTSHM_RULE_SIZE_OVERFLOW] = {
		"rule size-overflow: a segment has %l bytes at most, and %w are asked for",
	},
	[ALTSHM_RULE_NO_HUGE_SIZE] = {
		"rule no-huge-size: this machine has no pool of huge pages of %w bytes",
		"see /sys/kernel/mm/hugepages",
	},
	[ALTSHM_RULE_BAD_ADDRESS] = {
		"rule bad-address: %W is not a multiple of %l",
		"SHM_RND would round it",
	},
	[ALTSHM_RULE_ADDRESS_TAKEN] = {
		"rule address-taken: something is mapped at %L, and SHM_REMAP is not given",
	},
	[ALTSHM_RULE_ADDRESS_TOO_LOW] = {
		"rule address-too-low: %W is below %L (vm.mmap_min_addr)",
	},
	[ALTSHM_RULE_NOT_ATTACHED] = {
		"rule not-attached: no segment is attached at %W",
	},
	[ALTSHM_RULE_REMOVED] = {
		"rule removed: the segment was removed meanwhile",
	},
	[ALTSHM_RULE_BAD_OWNER] = {
		"rule bad-owner: this user namespace has no user or group %w",
	},
	[ALTSHM_RULE_BAD_POINTER] = {
		"rule bad-pointer: what %W points to can't be read or written",
	},
	[ALTSHM_RULE_KILLED] = {
		"rule killed: the program was killed",
	},
	[ALTSHM_RULE_BAD_LIMIT] = {
		"rule bad-limit: %l is the most, and %w is asked for",
	},
	[ALTSHM_RULE_NO_SUCH_COMMAND] = {
		"rule no-such-command: there is no command %d",
	},
};

static const struct reason_words reason_no_address = {
	.what = "rule bad-address: SHM_REMAP needs an address",
};

static const struct reason_words reason_high_address = {
	.what = "rule bad-address: %W is above %L, the highest that is possible",
};

static const struct reason_words reason_no_huge = {
	.what = "rule no-huge-size: this machine has no huge pages",
};

static bool is_power_of_two(uint64_t value)
{
	return value && !(value & (value - 1));
}

/* NULL where there are none. */
static const struct reason_words *reason_find(const struct reason *reason)
{
	const struct reason_words *words = reason_table + reason->rule;

	if (reason->rule >= sizeof(reason_table) / sizeof(*reason_table) || !words->what)
		return NULL;
	if (reason->rule == ALTSHM_RULE_BAD_ADDRESS) {
		if (!reason->wanted)
			return &reason_no_address;
		if (!is_power_of_two(reason->limit) || !(reason->wanted & (reason->limit - 1)))
			return &reason_high_address;
	}
	if (reason->rule == ALTSHM_RULE_NO_HUGE_SIZE && !reason->wanted)
		return &reason_no_huge;
	return words;
}

static void add_mode(struct text *text, uint64_t bits)
{
	text_add_char(text, bits & 4 ? 'r' : '-');
	text_add_char(text, bits & 2 ? 'w' : '-');
	text_add_char(text, bits & 1 ? 'x' : '-');
}

static void add_source(struct text *text, const struct reason_words *words, bool own)
{
	if (own) {
		text_add(text, "altshm limits");
	} else {
		text_add(text, "kernel.");
		text_add(text, words->name);
	}
}

static void add_remedy(struct text *text, const struct reason_words *words, bool own)
{
	if (!own) {
		text_add(text, "sysctl kernel.");
		text_add(text, words->name);
		text_add(text, " or ");
	}
	text_add(text, "altshm limits --");
	text_add(text, words->name);
}

static void add_value(struct text *text, char code, const struct reason *reason,
		      const struct reason_words *words)
{
	bool own = reason->own & words->own;

	switch (code) {
	case 'l':
		return text_add_number(text, reason->limit, 10);
	case 'w':
		return text_add_number(text, reason->wanted, 10);
	case 'd':
		return text_add_signed(text, (int64_t)reason->wanted);
	case 'e':
		return text_add_number(text, reason->wanted - 1, 10);
	case 'L':
		return text_add_number(text, reason->limit, 16);
	case 'W':
		return text_add_number(text, reason->wanted, 16);
	case 'p':
		return add_mode(text, reason->limit);
	case 'q':
		return add_mode(text, reason->wanted);
	case 's':
		return add_source(text, words, own);
	case 'r':
		return add_remedy(text, words, own);
	}
}

static void add_sentence(struct text *text, const char *sentence, const struct reason *reason,
			 const struct reason_words *words)
{
	for (; *sentence; sentence++) {
		if (*sentence == '%')
			add_value(text, *++sentence, reason, words);
		else
			text_add_char(text, *sentence);
	}
}

void reason_add(struct text *text, const struct reason *reason)
{
	const struct reason_words *words = reason_find(reason);

	if (!words)
		return;
	add_sentence(text, words->what, reason, words);
	if (!words->hint)
		return;
	text_add(text, "; ");
	add_sentence(text, words->hint, reason, words);
}
