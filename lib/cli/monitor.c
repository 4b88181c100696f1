// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * altshm monitor: events as they happen, and how many were missed.
 */
#include "cli.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "event.h"
#include "fmt.h"
#include "out.h"
#include "stop.h"

/* Room for some thousands of events that were not read yet. */
#define MONITOR_BUFFER	(8 << 20)
#define MONITOR_MOST	(1 << 30)
#define MONITOR_FLUSH	256	/* events */

/* What fn says to nl_events() when enough was printed. */
#define MONITOR_ENOUGH	(-ECANCELED)

static struct {
	uint32_t types;		/* 1 << ALTSHM_EVENT_TYPE_*; 0: all */
	bool by_id;
	int id;
	uint64_t count;		/* to be printed; 0: until told to stop */
	uint64_t printed;
	uint64_t buffer;	/* bytes */
	bool json;
	uint64_t next;		/* number of the next event */
} monitor = { .buffer = MONITOR_BUFFER };

static void monitor_lost(uint64_t count)
{
	if (monitor.json) {
		json_object(NULL);
		json_string("event", "lost");
		json_uint("count", count);
		json_end();
	} else {
		out_line("lost %llu events: they came faster than they were read",
			 (unsigned long long)count);
	}
}

/* Numbers come in order: what has not come before @seq is lost. */
static void monitor_upto(uint64_t seq)
{
	if (seq > monitor.next)
		monitor_lost(seq - monitor.next);
	monitor.next = seq;
}

static bool monitor_wants(const struct nl_event *event)
{
	if (monitor.types && !(monitor.types & 1U << (event->type & 31)))
		return false;
	return !monitor.by_id ||
	       (NL_HAS(event, ALTSHM_A_EVENT_ID) && event->id == monitor.id &&
		!event_is_foreign(event));
}

static int monitor_event(const struct nl_event *event, void *data)
{
	(void)data;
	if (stop_asked())
		return MONITOR_ENOUGH;
	monitor_upto(event->seq);
	monitor.next++;
	/* Where they never end, nor does the call that brings them. */
	if (!(event->seq % MONITOR_FLUSH))
		fflush(stdout);
	if (!monitor_wants(event))
		return 0;
	if (monitor.json)
		event_json(event);
	else
		event_print(event);
	monitor.printed++;
	if (monitor.printed == monitor.count || out_failed())
		return MONITOR_ENOUGH;
	return 0;
}

/*
 * After an overrun there may be nothing behind the gap: the kernel is asked how
 * far the numbers have got, and what comes up to there was not lost. Only then,
 * because all is dropped until the first of these calls has read what waits.
 */
static int monitor_overrun(void)
{
	uint64_t last;
	int err = nl_events(monitor_event, NULL);

	if (!err)
		err = nl_last_event(&last);
	if (!err)
		err = nl_events(monitor_event, NULL);
	if (!err && last >= monitor.next)
		monitor_upto(last + 1);
	return err;
}

static int monitor_loop(void)
{
	struct pollfd events = { .fd = nl_listen_fd(), .events = POLLIN };
	int err = 0;

	while (!err && !stop_asked()) {
		/* What was printed is to be seen now. */
		if (fflush(stdout))
			return 0;
		stop_poll(&events, 1, -1);
		err = nl_events(monitor_event, NULL);
		while (err == -ENOBUFS)
			err = monitor_overrun();
	}
	return err == MONITOR_ENOUGH ? 0 : err;
}

static int monitor_all(void)
{
	uint64_t last;
	int err = cli_need_nl();

	if (err)
		return err;
	out_wrap();
	stop_catch(false);
	err = nl_listen(monitor.buffer, &last);
	if (err == -EPERM || err == -EACCES) {
		cli_error("monitor: this takes CAP_NET_ADMIN over the network namespace");
		return CLI_DENIED;
	}
	if (!err) {
		monitor.next = last + 1;
		err = monitor_loop();
	}
	return err ? cli_fail("monitor", err) : CLI_OK;
}

/* Reads a list of types with commas. */
static bool monitor_choose(const char *list)
{
	uint32_t type;
	size_t len;

	for (;; list++) {
		len = strcspn(list, ",");
		type = event_type_of(list, len);
		if (!type) {
			cli_error("monitor: no event is called '%.*s'", (int)len, list);
			return false;
		}
		monitor.types |= 1U << type;
		list += len;
		if (!*list)
			return true;
	}
}

static bool monitor_option(int option, const char *arg)
{
	switch (option) {
	case 't':
		return monitor_choose(arg);
	case 'i':
		monitor.by_id = true;
		return cli_find_id("monitor", arg, &monitor.id) == CLI_OK;
	case 'n':
		if (fmt_parse_number(arg, UINT64_MAX, &monitor.count) && monitor.count)
			return true;
		cli_error("monitor: '%s' is no number of events", arg);
		return false;
	case 'B':
		if (fmt_parse_number(arg, MONITOR_MOST, &monitor.buffer) && monitor.buffer)
			return true;
		cli_error("monitor: '%s' is no number of bytes up to %d", arg, MONITOR_MOST);
		return false;
	case 'j':
		monitor.json = true;
		return true;
	default:
		return false;
	}
}

static int monitor_run(const struct cli_command *self, int argc, char **argv)
{
	static const struct option options[] = {
		{ "type", required_argument, NULL, 't' },
		{ "id", required_argument, NULL, 'i' },
		{ "count", required_argument, NULL, 'n' },
		{ "buffer", required_argument, NULL, 'B' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 }
	};
	int option;

	while ((option = getopt_long(argc, argv, "t:i:n:B:jh", options, NULL)) != -1) {
		if (option == 'h')
			return cli_help(self);
		if (!monitor_option(option, optarg))
			return cli_usage(self);
	}
	if (optind != argc)
		return cli_usage(self);
	return monitor_all();
}

const struct cli_command cli_monitor = {
	.name = "monitor",
	.args = "[OPTION]...",
	.about = "Print what happens to segments, as it happens",
	.help = "\n"
		"  -t, --type LIST    only these events, with commas between: get, attach,\n"
		"                     detach, remove, destroy, set, lock, unlock, deny, limit,\n"
		"                     orphan\n"
		"  -i, --id ID        only those of one segment of this IPC namespace\n"
		"  -n, --count N      end after N events\n"
		"  -B, --buffer BYTES room for events that were not read yet; default 8388608\n"
		"  -j, --json         for scripts, one object a line; see altshm-json(7)\n"
		CLI_HELP_HELP
		"\n"
		"Needs CAP_NET_ADMIN. In the initial network namespace all events are seen, in\n"
		"others those of the processes in it; those in another IPC namespace have its\n"
		"number, as ipc:[4026532211]. When events come faster than they are read, a line\n"
		"says how many were lost.\n",
	.usage = CLI_USAGE,
	.run = monitor_run,
};
