// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * altshm ls, altshm rm: the segments of this IPC namespace.
 */
#include "cli.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "altshm.h"

#define LS_PERMS	0777
#define LS_NATTCH	8	/* columns */

static const char *ls_status(unsigned int mode)
{
	bool dest = mode & ALTSHM_MODE_DEST, locked = mode & ALTSHM_MODE_LOCKED;

	if (dest && locked)
		return "dest locked";
	return dest ? "dest" : locked ? "locked" : "";
}

/* Segments of one owner come in rows, and to look a name up takes long. */
static const char *ls_owner(__u32 uid)
{
	static char name[64];
	static __u32 named;
	const struct passwd *pw;

	if (*name && uid == named)
		return name;
	pw = getpwuid(uid);
	if (pw)
		snprintf(name, sizeof(name), "%s", pw->pw_name);
	else
		snprintf(name, sizeof(name), "%u", uid);
	named = uid;
	return name;
}

static void ls_print(const struct altshm_stat *st)
{
	const char *status = ls_status(st->mode);

	printf("0x%08x %-10d %-10s %-5o %12llu %*llu%s%s\n", (unsigned int)st->key, st->shmid,
	       ls_owner(st->uid), st->mode & LS_PERMS, (unsigned long long)st->size,
	       LS_NATTCH, (unsigned long long)st->nattch, *status ? " " : "", status);
}

/* Segments come and go meanwhile: an index may be free when it is its turn. */
static int ls_all(void)
{
	struct altshm_info info;
	struct altshm_stat st;
	unsigned int index;
	int err;

	err = altshm_info(&info);
	if (err)
		goto fail;
	printf("%-10s %-10s %-10s %-5s %12s %*s %s\n", "key", "shmid", "owner", "perms",
	       "bytes", LS_NATTCH, "nattch", "status");
	for (index = 0; index <= info.max_index; index++) {
		err = altshm_stat(index, ALTSHM_STAT_F_INDEX | ALTSHM_STAT_F_ANY, &st);
		if (err == -EINVAL || err == -EIDRM)
			continue;
		if (err)
			goto fail;
		ls_print(&st);
	}
	return CLI_OK;
fail:
	cli_error("ls: %s", strerror(-err));
	return CLI_FAILED;
}

static int ls_run(const struct cli_command *self, int argc, char **argv)
{
	int code = cli_no_options(self, argc, argv);

	if (code >= 0)
		return code;
	if (optind != argc)
		return cli_usage(self);
	if (cli_need_device())
		return CLI_FAILED;
	return ls_all();
}

const struct cli_command cli_ls = {
	.name = "ls",
	.args = "",
	.about = "List the segments of this IPC namespace",
	.help = "\n"
		"The columns are those of 'ipcs -m'; owner is a number where it has no name.\n"
		"Status is 'dest' for a segment removed but still attached, and 'locked'.\n"
		"\n"
		"Exit codes: 0 success, 1 failure, 2 wrong command line.\n",
	.usage = CLI_USAGE,
	.run = ls_run,
};

static int rm_parse(const char *text, int *shmid)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, 10);
	if (errno || end == text || *end || value < 0 || value > INT_MAX)
		return -1;
	*shmid = value;
	return 0;
}

static int rm_one(int shmid)
{
	int err = altshm_remove(shmid);

	switch (err) {
	case 0:
		return 0;
	case -EINVAL:
		cli_error("rm: no segment has the id %d in this IPC namespace", shmid);
		break;
	case -EPERM:
		cli_error("rm: segment %d belongs to somebody else", shmid);
		break;
	default:
		cli_error("rm: segment %d: %s", shmid, strerror(-err));
	}
	return -1;
}

static int rm_run(const struct cli_command *self, int argc, char **argv)
{
	int code = cli_no_options(self, argc, argv);
	int i, shmid;

	if (code >= 0)
		return code;
	if (optind == argc)
		return cli_usage(self);
	for (i = optind; i < argc; i++) {
		if (rm_parse(argv[i], &shmid)) {
			cli_error("rm: '%s' is not a segment id; nothing was removed", argv[i]);
			return CLI_USAGE;
		}
	}
	if (cli_need_device())
		return CLI_FAILED;
	code = CLI_OK;
	for (i = optind; i < argc; i++) {
		rm_parse(argv[i], &shmid);
		if (rm_one(shmid))
			code = CLI_FAILED;
	}
	return code;
}

const struct cli_command cli_rm = {
	.name = "rm",
	.args = "ID...",
	.about = "Remove segments by id",
	.help = "\n"
		"A segment that is still attached disappears with its last attach.\n"
		"\n"
		"Exit codes: 0 success, 1 at least one was not removed, 2 wrong command line.\n",
	.usage = CLI_USAGE,
	.run = rm_run,
};
