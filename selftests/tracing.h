/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An instance of tracefs that has the events of one IPC namespace, in order.
 */
#ifndef _ALTSHM_SELFTESTS_TRACING_H
#define _ALTSHM_SELFTESTS_TRACING_H

#include <stdarg.h>
#include <sys/stat.h>

#include "common.h"

#define TRACING		"/sys/kernel/tracing"

struct tracing {
	char dir[64];
	char text[1 << 17];	/* what was read last */
	char *next;		/* the event to be looked at next, in @text */
};

static inline const char *tracing_file(const struct tracing *tracing, const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", tracing->dir, name);
	return path;
}

static inline unsigned int ipc_ns_number(void)
{
	struct stat st;

	return stat("/proc/self/ns/ipc", &st) ? 0 : st.st_ino;
}

/* Record events of altshm in the IPC namespace @ns, if not 0; -errno. */
static inline int tracing_start(struct tracing *tracing, unsigned int ns)
{
	char filter[32];
	int error;

	snprintf(tracing->dir, sizeof(tracing->dir), TRACING "/instances/altshm-%d", getpid());
	if (mkdir(tracing->dir, 0700))
		return -errno;
	snprintf(filter, sizeof(filter), "ipc_ns == %u", ns);
	/* A clock that orders what different processors did. */
	error = write_file(tracing_file(tracing, "trace_clock"), "counter");
	if (!error && ns)
		error = write_file(tracing_file(tracing, "events/altshm/filter"), filter);
	if (!error)
		error = write_file(tracing_file(tracing, "events/altshm/enable"), "1");
	return error;
}

static inline void tracing_end(struct tracing *tracing)
{
	if (*tracing->dir)
		rmdir(tracing->dir);
}

/* Read what was recorded since this was called last; returns whether it could be. */
static inline bool tracing_take(struct tracing *tracing)
{
	int fd = open(tracing_file(tracing, "trace"), O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t got;

	if (fd < 0)
		return false;
	while ((got = read(fd, tracing->text + len, sizeof(tracing->text) - 1 - len)) > 0)
		len += got;
	close(fd);
	tracing->text[len] = '\0';
	tracing->next = tracing->text;
	fd = open(tracing_file(tracing, "trace"), O_WRONLY | O_TRUNC | O_CLOEXEC);
	close(fd);
	return !got && fd >= 0;
}

/* The next event, "NAME: FIELD=VALUE ...", cut off from the rest; NULL at the end. */
static inline char *tracing_next(struct tracing *tracing)
{
	while (tracing->next && *tracing->next) {
		char *line = tracing->next, *end = strchr(line, '\n');

		tracing->next = end ? end + 1 : NULL;
		if (end)
			*end = '\0';
		if (*line != '#' && strstr(line, ": "))
			return strstr(line, ": ") + 2;
	}
	return NULL;
}

static inline long tracing_field(const char *event, const char *name)
{
	char pattern[32];

	snprintf(pattern, sizeof(pattern), " %s=", name);
	event = strstr(event, pattern);
	return event ? strtol(event + strlen(pattern), NULL, 0) : LONG_MIN;
}

/* Is the next event the one described? Prints what is there instead. */
__attribute__((format(printf, 2, 3)))
static inline bool tracing_next_is(struct tracing *tracing, const char *format, ...)
{
	const char *event = tracing_next(tracing);
	char wanted[512];
	va_list args;
	bool same;

	va_start(args, format);
	vsnprintf(wanted, sizeof(wanted), format, args);
	va_end(args);
	same = event && !strcmp(event, wanted);
	if (!same)
		fprintf(stderr, "# wanted: %s\n# got:    %s\n", wanted, event ?: "nothing");
	return same;
}

#endif /* _ALTSHM_SELFTESTS_TRACING_H */
