/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shell commands of a test, and what they print.
 */
#ifndef _ALTSHM_SELFTESTS_COMMAND_H
#define _ALTSHM_SELFTESTS_COMMAND_H

#include "common.h"

/*
 * Exit status of a shell command, in which $altshm is the command, $self this
 * program and $dir its folder; its output to @out.
 */
static inline int sh(char *out, size_t size, const char *command)
{
	char self[PATH_MAX] = "";
	size_t len;
	FILE *pipe;
	int status;

	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0 ||
	    setenv("altshm", built_path("altshm"), 1) || setenv("self", self, 1))
		return -errno;
	*strrchr(self, '/') = '\0';
	if (setenv("dir", self, 1))
		return -errno;
	pipe = popen(command, "r");
	if (!pipe)
		return -errno;
	len = fread(out, 1, size - 1, pipe);
	out[len] = '\0';
	status = pclose(pipe);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

/* The output is printed as well when it is wrong. */
static inline bool says(const char *out, const char *text, bool wanted)
{
	bool found = strstr(out, text);

	if (found != wanted)
		fprintf(stderr, "# \"%s\" %s in:\n%s", text, found ? "is" : "is not", out);
	return found;
}

#define SH(command) sh(self->out, sizeof(self->out), command)
#define EXPECT_SAYS(text) EXPECT_TRUE(says(self->out, text, true))
#define EXPECT_SAYS_NOT(text) EXPECT_FALSE(says(self->out, text, false))

#endif /* _ALTSHM_SELFTESTS_COMMAND_H */
