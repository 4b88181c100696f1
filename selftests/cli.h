/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A segment, and the altshm command to look at it with.
 */
#ifndef _ALTSHM_SELFTESTS_CLI_H
#define _ALTSHM_SELFTESTS_CLI_H

#include "shim.h"

#include "command.h"

FIXTURE(cli) {
	int id;		/* 100 bytes, root's, under KEY */
	char out[16384];
};

FIXTURE_SETUP(cli)
{
	SETUP_IPC_NAMESPACE();
	SETUP_DEVICE();
	ASSERT_EQ(0, load_shim());
	self->id = rc(shm.get(KEY, 100, IPC_CREAT | 0640));
	ASSERT_LE(0, self->id);
}

FIXTURE_TEARDOWN(cli)
{
	remove_all();
}

/*
 * JSON is read by a parser that others wrote, and a strict one. "json EXPR"
 * takes one text from standard input and prints what EXPR makes of it, as $_;
 * "lines EXPR" takes one text a line and EXPR is done for each. Both want ASCII.
 */
#define JSON									\
	"LC_ALL=C\n"								\
	"json() { perl -MJSON::PP -e 'my $e = shift; local $/; my $t = <STDIN>;\n"	\
	"	die \"not ASCII\" if $t =~ /[^\\n -~]/;\n"			\
	"	$_ = JSON::PP->new->decode($t); print eval($e); die $@ if $@' \"$1\"; }\n" \
	"lines() { perl -MJSON::PP -e 'my $e = shift; my (%n, $x);\n"		\
	"	while (my $t = <STDIN>) { die \"not ASCII\" if $t =~ /[^\\n -~]/;\n" \
	"	$_ = JSON::PP->new->decode($t); print eval($e); die $@ if $@ }' \"$1\"; }\n"
#define SH_JSON(command) SH(JSON command)

/* A child that holds what @prepare made until it is told to go. */
static inline pid_t child_holds(void (*prepare)(int id), int id)
{
	int ready[2];
	char byte;
	pid_t pid;

	if (pipe2(ready, O_CLOEXEC))
		return -errno;
	pid = fork();
	if (!pid) {
		prepare(id);
		if (write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	if (pid > 0 && read(ready[0], &byte, 1) != 1)
		pid = -EIO;
	close(ready[0]);
	return pid;
}

static inline void child_end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* A segment whose creator ends at once; its identifier. */
static inline int new_orphan(int mode)
{
	int ends[2], id = -1;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	pid = fork();
	if (!pid) {
		id = new_segment(mode);
		_exit(write(ends[1], &id, sizeof(id)) != sizeof(id));
	}
	waitpid(pid, NULL, 0);
	if (read(ends[0], &id, sizeof(id)) != sizeof(id))
		id = -EIO;
	close(ends[0]);
	close(ends[1]);
	return id;
}

#endif /* _ALTSHM_SELFTESTS_CLI_H */
