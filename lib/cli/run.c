// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * altshm run: executes a program with the shim before its C library.
 */
#include "cli.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "altshm.h"
#include "config.h"

#define RUN_SHIM	"libaltshm-preload.so"
#define RUN_SHIM_TRAP	"libaltshm-trap.so"
#define RUN_PROC	"/proc/altshm/shm"
#define RUN_PROC_NATIVE	"/proc/sysvipc/shm"

struct run_options {
	bool strict;
	bool trap;
	bool no_proc;
	bool explain;
	bool thp;
	bool verbose;
};

/* Where the folder of the shims can be, against the one that the command is in. */
static const char *const run_places[] = { "%s/shim", "%s/../lib/altshm" };

/* Shims lie below it in folders named for what ld.so puts for $LIB. */
static bool run_has_shim(const char *dir)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/lib64/" RUN_SHIM, dir) >= (int)sizeof(path))
		return false;
	return !access(path, R_OK);
}

/* Sets @dir to the folder of the shims; 0 or -1. */
static int run_find_shims(char dir[PATH_MAX])
{
	char self[PATH_MAX], tried[PATH_MAX + sizeof("/../lib/altshm")];
	size_t i;

	if (realpath("/proc/self/exe", self)) {
		*strrchr(self, '/') = '\0';
		for (i = 0; i < ARRAY_SIZE(run_places); i++) {
			/* One of the formats above. */
			snprintf(tried, sizeof(tried), run_places[i], self);
			if (realpath(tried, dir) && run_has_shim(dir))
				return 0;
		}
	}
	if (realpath(ALTSHM_SHIMDIR, dir) && run_has_shim(dir))
		return 0;
	cli_error("run: %s is neither in shim beside this command, nor in ../lib/altshm, nor in %s",
		  RUN_SHIM, ALTSHM_SHIMDIR);
	return -1;
}

/*
 * What LD_PRELOAD has behind a shim of ours at its front, which it has when one
 * altshm run is inside another. @kept: whether that shim will do for @name, as
 * the one for --trap does for both.
 */
static const char *run_old_preload(const char *dir, const char *name, bool *kept)
{
	const char *old = getenv("LD_PRELOAD"), *entry;
	char ours[PATH_MAX + sizeof("/$LIB/")];
	size_t len;

	*kept = false;
	if (!old)
		return "";
	len = snprintf(ours, sizeof(ours), "%s/$LIB/", dir);
	if (strncmp(old, ours, len))
		return old;
	entry = old + len;
	len = strcspn(entry, ": ");
	*kept = (len == strlen(name) && !strncmp(entry, name, len)) ||
		(len == strlen(RUN_SHIM_TRAP) && !strncmp(entry, RUN_SHIM_TRAP, len));
	return entry[len] ? entry + len + 1 : "";
}

/*
 * Puts the shim first, and keeps what is there; 0 or -1. One entry serves 32-bit
 * and 64-bit programs, since each ld.so looks in the folder of its own libraries.
 */
static int run_set_preload(const char *dir, const char *name)
{
	const char *old;
	char *value;
	bool kept;
	int err;

	if (strpbrk(dir, ": $")) {
		cli_error("run: LD_PRELOAD cannot name '%s', because of the space, colon or dollar",
			  dir);
		return -1;
	}
	old = run_old_preload(dir, name, &kept);
	if (kept)
		return 0;
	err = asprintf(&value, "%s/$LIB/%s%s%s", dir, name, *old ? ":" : "", old) < 0;
	if (!err) {
		err = setenv("LD_PRELOAD", value, 1);
		free(value);
	}
	if (err)
		cli_error("run: %s", strerror(ENOMEM));
	return err ? -1 : 0;
}

/* In a mount namespace of its own; 0 or an errno, with part of it done. */
static int run_cover(void)
{
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) ||
	    mount(RUN_PROC, RUN_PROC_NATIVE, NULL, MS_BIND, NULL))
		return errno;
	return 0;
}

/*
 * Makes readers of the native table, such as ipcs, see altshm's. Mounts made
 * outside still arrive here; those made here stay here. Where that can't be had,
 * as in a chroot, the program stays in the mount namespace that it is in: since
 * who came back would find himself at its root, out of a chroot, a child tries
 * first. 0 or -1.
 */
static int run_cover_proc(void)
{
	int status;
	pid_t pid;

	if (access(RUN_PROC, R_OK))
		return -1;
	pid = fork();
	if (!pid)
		_exit(run_cover());
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
	if (!errno)
		errno = run_cover();
	return errno ? -1 : 0;
}

/* A note for people; what reads a program's messages is spared it. */
static bool run_may_note(const struct run_options *opt)
{
	return opt->verbose || isatty(STDERR_FILENO);
}

/* What the shim is to do, by its environment; 0 or -1. */
static int run_set_wishes(const struct run_options *opt)
{
	struct altshm_info info;

	if ((opt->explain && setenv("ALTSHM_EXPLAIN", "1", 1)) ||
	    (opt->thp && setenv("ALTSHM_THP", "1", 1))) {
		cli_error("run: %s", strerror(errno));
		return -1;
	}
	if (opt->thp && run_may_note(opt) && !altshm_info(&info) &&
	    !(info.features & ALTSHM_FEATURE_THP))
		cli_note("run: --thp: this kernel has no transparent huge pages");
	return 0;
}

static int run_filter(const struct run_options *opt)
{
	int err;

	err = opt->strict ? filter_strict() : 0;
	if (err) {
		cli_error("run: --strict: %s", strerror(-err));
		return err;
	}
	err = opt->trap ? filter_trap() : 0;
	if (err)
		cli_error("run: --trap: %s", strerror(-err));
	return err;
}

static int run_exec(const struct run_options *opt, char **argv)
{
	char shims[PATH_MAX];
	int err;

	if (opt->trap && elf_is_static(argv[0])) {
		cli_error("run: --trap: %s is a static program, whose calls cannot be caught",
			  argv[0]);
		return CLI_RUN_FAILED;
	}
	if (run_find_shims(shims) || run_set_preload(shims, opt->trap ? RUN_SHIM_TRAP : RUN_SHIM))
		return CLI_RUN_FAILED;
	if (run_set_wishes(opt))
		return CLI_RUN_FAILED;
	if (!opt->no_proc && run_cover_proc() && run_may_note(opt))
		cli_error("run: note: %s keeps showing the kernel's own table: %s", RUN_PROC_NATIVE,
			  strerror(errno));
	if (run_filter(opt))
		return CLI_RUN_FAILED;
	execvp(argv[0], argv);
	err = errno;
	cli_error("run: %s: %s", argv[0], strerror(err));
	return err == ENOENT ? CLI_RUN_NOENT : CLI_RUN_NOEXEC;
}

static bool run_may_fall_back(void)
{
	const char *fallback = getenv("ALTSHM_FALLBACK");

	return fallback && !strcmp(fallback, "native");
}

static int run_run(const struct cli_command *self, int argc, char **argv)
{
	static const struct option options[] = {
		{ "strict", no_argument, NULL, 's' },
		{ "trap", no_argument, NULL, 't' },
		{ "no-proc", no_argument, NULL, 'P' },
		{ "explain", no_argument, NULL, 'e' },
		{ "thp", no_argument, NULL, 'H' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 }
	};
	struct run_options opt = { 0 };
	int c;

	while ((c = getopt_long(argc, argv, "+vh", options, NULL)) != -1) {
		switch (c) {
		case 's':
			opt.strict = true;
			break;
		case 't':
			opt.trap = true;
			break;
		case 'P':
			opt.no_proc = true;
			break;
		case 'e':
			opt.explain = true;
			break;
		case 'H':
			opt.thp = true;
			break;
		case 'v':
			opt.verbose = true;
			break;
		case 'h':
			return cli_help(self);
		default:
			return cli_usage(self);
		}
	}
	if (optind == argc)
		return cli_usage(self);
	if (!run_may_fall_back() && cli_need_device())
		return CLI_RUN_FAILED;
	return run_exec(&opt, argv + optind);
}

const struct cli_command cli_run = {
	.name = "run",
	.args = "[OPTION]... [--] PROGRAM [ARGUMENT]...",
	.about = "Run a program with its shared memory on altshm",
	.help = "\n"
		"      --strict   answer ENOSYS to the kernel's own shared memory calls, so that\n"
		"                 nothing can use them by mistake; without CAP_SYS_ADMIN this\n"
		"                 also takes their power from setuid programs\n"
		"      --trap     also catch shared memory calls made by syscall(2), from assembler\n"
		"                 or from a library loaded with RTLD_DEEPBIND; static and setuid\n"
		"                 programs and those started without the shim cannot be caught\n"
		"                 and are ended by SIGSYS if they make such a call; takes power\n"
		"                 from setuid programs as --strict does\n"
		"      --no-proc  leave /proc/sysvipc/shm as it is; otherwise, with CAP_SYS_ADMIN,\n"
		"                 the program gets a mount namespace of its own in which that\n"
		"                 file shows altshm's table, for ipcs and the like\n"
		"      --explain  print a line on standard error for each call that fails: with\n"
		"                 its arguments, the rule or limit it fails by, and what to do\n"
		"      --thp      have new segments in transparent huge pages, where these are to\n"
		"                 be had\n"
		"  -v, --verbose  say why /proc/sysvipc/shm was left as it is, also where standard\n"
		"                 error is no terminal\n"
		"  -h, --help     this text\n"
		"\n"
		"The program and all it starts get the shim by LD_PRELOAD; what that variable\n"
		"holds is kept. Static and setuid programs are not affected.\n"
		"\n"
		"Exit codes: 125 altshm failed, 126 PROGRAM cannot be executed, 127 PROGRAM is\n"
		"not found; otherwise PROGRAM's own.\n",
	.usage = CLI_RUN_FAILED,
	.run = run_run,
};
