// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * altshm top: totals and the largest segments, again and again.
 */
#include "cli.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "fmt.h"
#include "out.h"
#include "stop.h"
#include "usage.h"

#define TOP_DELAY	2
#define TOP_DELAY_MOST	86400
#define TOP_COUNT	20
#define TOP_MOST	10000
/* Lines besides the segments: time, totals, a blank, titles, and the cursor's. */
#define TOP_LINES	7
#define TOP_ROWS	24	/* of a terminal that does not tell, as a serial line */

#define TOP_ENTER	"\033[?1049h\033[?25l"
#define TOP_LEAVE	"\033[?25h\033[?1049l"
#define TOP_CLEAR	"\033[H\033[J"

static struct {
	enum usage_by by;
	uint64_t delay;		/* seconds */
	uint64_t rounds;	/* 0: until told to stop */
	uint64_t count;		/* segments; 0: as many as fit */
	bool batch;
	bool json;
	struct termios saved;
} top = { .delay = TOP_DELAY };

static void top_enter(void)
{
	struct termios raw = top.saved;

	raw.c_lflag &= ~(ICANON | ECHO);
	tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
	fputs(TOP_ENTER, stdout);
}

static void top_leave(void)
{
	fputs(TOP_LEAVE, stdout);
	fflush(stdout);
	tcsetattr(STDIN_FILENO, TCSADRAIN, &top.saved);
}

static size_t top_count(void)
{
	int rows = out_height() ?: TOP_ROWS;

	if (top.count || top.batch)
		return top.count ? top.count : TOP_COUNT;
	return rows > TOP_LINES ? rows - TOP_LINES : 1;
}

static void top_print(const struct usage *usage)
{
	char text[FMT_TEXT];

	if (!top.batch)
		fputs(TOP_CLEAR, stdout);
	out_line("altshm %s by %s%s", fmt_time(time(NULL), text), usage_by_name(top.by),
		 top.batch ? "" : "; q quit, r rss, b bytes, s swap, n nattch");
	usage_print_totals(usage);
	out_end();
	usage_print_best(usage);
	if (top.batch)
		out_end();
}

static int top_round(void)
{
	struct usage usage;
	int err = usage_init(&usage, top.by, top_count()) ? usage_read(&usage) : -ENOMEM;

	/* Interrupted or not, the next round comes soon. */
	if (err >= 0 && top.json)
		usage_json(&usage, TOP_COUNT, err);
	else if (err >= 0)
		top_print(&usage);
	usage_free(&usage);
	fflush(stdout);
	return err;
}

/* Return: whether to go on. */
static bool top_key(void)
{
	char key;

	if (read(STDIN_FILENO, &key, 1) <= 0)
		return false;
	switch (key) {
	case 'q':
		return false;
	case 'r':
		top.by = USAGE_RSS;
		break;
	case 'b':
		top.by = USAGE_BYTES;
		break;
	case 's':
		top.by = USAGE_SWAP;
		break;
	case 'n':
		top.by = USAGE_NATTCH;
		break;
	}
	return true;
}

/* Waits for the next round; whether there is to be one. */
static bool top_wait(void)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	int found = stop_poll(&input, !top.batch, top.delay * 1000);

	if (stop_asked())
		return false;
	if (stop_suspended()) {
		top_leave();
		raise(SIGSTOP);
		top_enter();
	}
	/* The terminal may have another size now. */
	out_init();
	return found <= 0 || top_key();
}

static int top_loop(void)
{
	uint64_t round = 0;
	int err;

	do {
		err = top_round();
		round++;
	} while (err >= 0 && !out_failed() && round != top.rounds && top_wait());
	return err;
}

static int top_all(void)
{
	int err = cli_need_nl();

	if (err)
		return err;
	if (!top.batch && (!out_is_terminal() || tcgetattr(STDIN_FILENO, &top.saved))) {
		cli_error("top: this is no terminal; --batch does without one");
		return CLI_USAGE;
	}
	stop_catch(!top.batch);
	if (!top.batch)
		top_enter();
	err = top_loop();
	if (!top.batch)
		top_leave();
	return err < 0 ? cli_fail("top", err) : CLI_OK;
}

static bool top_number(const char *arg, uint64_t max, uint64_t *value, const char *what)
{
	if (fmt_parse_number(arg, max, value) && *value)
		return true;
	cli_error("top: '%s' is no number of %s from 1 to %" PRIu64, arg, what, max);
	return false;
}

static bool top_option(int option, const char *arg)
{
	switch (option) {
	case 'b':
		top.batch = true;
		return true;
	case 'j':
		top.batch = true;
		top.json = true;
		return true;
	case 'd':
		return top_number(arg, TOP_DELAY_MOST, &top.delay, "seconds");
	case 'n':
		return top_number(arg, UINT64_MAX, &top.rounds, "rounds");
	case 'c':
		return top_number(arg, TOP_MOST, &top.count, "segments");
	case 's':
		top.by = usage_by(arg);
		if (top.by != USAGE_AMOUNTS)
			return true;
		cli_error("top: --by takes rss, bytes, swap or nattch");
		return false;
	default:
		return false;
	}
}

static int top_run(const struct cli_command *self, int argc, char **argv)
{
	static const struct option options[] = {
		{ "batch", no_argument, NULL, 'b' },
		{ "json", no_argument, NULL, 'j' },
		{ "delay", required_argument, NULL, 'd' },
		{ "rounds", required_argument, NULL, 'n' },
		{ "count", required_argument, NULL, 'c' },
		{ "by", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 }
	};
	int option;

	while ((option = getopt_long(argc, argv, "bjd:n:c:s:h", options, NULL)) != -1) {
		if (option == 'h')
			return cli_help(self);
		if (!top_option(option, optarg))
			return cli_usage(self);
	}
	if (optind != argc)
		return cli_usage(self);
	return top_all();
}

const struct cli_command cli_top = {
	.name = "top",
	.args = "[OPTION]...",
	.about = "Watch the segments that use most",
	.help = "\n"
		"  -b, --batch        print one after the other, for files and scripts\n"
		"  -n, --rounds N     end after N\n"
		"  -d, --delay S      seconds between two; default 2\n"
		"  -c, --count N      segments to show; default: as many as fit, with --batch 20\n"
		"  -s, --by AMOUNT    what is most: rss (in memory), bytes, swap or nattch\n"
		"  -j, --json         for scripts, with --batch; see altshm-json(7)\n"
		CLI_HELP_HELP
		"\n"
		"Keys: q quits; r, b, s and n choose what is most.\n",
	.usage = CLI_USAGE,
	.run = top_run,
};
