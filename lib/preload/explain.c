// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What "altshm run --explain" prints. It may happen in a signal handler.
 */
#include "explain.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <unistd.h>

#include <linux/altshm_netlink.h>

#include "choice.h"
#include "decode.h"
#include "device.h"
#include "reason.h"
#include "say.h"
#include "text.h"

#define EXPLAIN_LINE	1024

bool explain_on;

static void line_begin(struct text *line, const char *call)
{
	text_add(line, "altshm: ");
	say_program(line);
	text_add_char(line, '[');
	text_add_number(line, getpid(), 10);
	text_add(line, "]: ");
	text_add(line, call);
	text_add_char(line, '(');
}

static void add_address(struct text *line, const void *addr)
{
	if (addr)
		text_add_number(line, (uintptr_t)addr, 16);
	else
		text_add(line, "NULL");
}

/* What no rule of the module's says. */
static const char *unnamed_reason(long err)
{
	if (choice_is_native())
		return "the kernel's own facility does not say why";
	switch (err) {
	case -ENOSYS:
		return "the device " ALTSHM_DEVICE " cannot be opened; is the module loaded?";
	case -EMFILE:
		return "no descriptor is left for the device " ALTSHM_DEVICE
		       "; raise it: ulimit -n or LimitNOFILE=";
	default:
		return "no rule of altshm's";
	}
}

/* Those limits of the IPC namespace that are altshm's own, where it matters. */
static uint32_t own_limits(uint32_t rule)
{
	struct altshm_limits limits = { 0 };

	if (rule < ALTSHM_RULE_SHMMAX || rule > ALTSHM_RULE_SHMMNI || altshm_limits(&limits))
		return 0;
	return limits.own;
}

static void line_end(struct text *line, long err, const struct altshm_explain *why)
{
	const char *name = strerrorname_np(-err), *meaning = strerrordesc_np(-err);
	struct reason reason = {
		.rule = why->rule,
		.own = own_limits(why->rule),
		.limit = why->limit,
		.wanted = why->wanted,
	};

	text_add(line, ") = -1 ");
	if (name && meaning) {
		text_add(line, name);
		text_add(line, " (");
		text_add(line, meaning);
		text_add(line, "): ");
	} else {
		text_add_number(line, -err, 10);
		text_add(line, ": ");
	}
	if (why->rule == ALTSHM_RULE_NONE)
		text_add(line, unnamed_reason(err));
	else
		reason_add(line, &reason);
	say_line(line);
}

int explain_run(unsigned long cmd, void *arg, struct altshm_explain *why)
{
	int ret = altshm_explain(cmd, arg, why);

	/* An older module has no reasons. */
	return ret == -ENOTTY ? __altshm_device_ioctl(cmd, arg) : ret;
}

void explain_get(key_t key, size_t size, int shmflg, long err, const struct altshm_explain *why)
{
	char buf[EXPLAIN_LINE], flags[DECODE_TEXT];
	struct text line = TEXT_IN(buf);
	int saved = errno;

	line_begin(&line, "shmget");
	if (key == IPC_PRIVATE)
		text_add(&line, "IPC_PRIVATE");
	else
		text_add_number(&line, (uint32_t)key, 16);
	text_add(&line, ", ");
	text_add_number(&line, size, 10);
	text_add(&line, ", ");
	text_add(&line, decode_get_flags(shmflg, flags));
	line_end(&line, err, why);
	errno = saved;
}

void explain_at(int shmid, const void *addr, int shmflg, long err,
		const struct altshm_explain *why)
{
	char buf[EXPLAIN_LINE], flags[DECODE_TEXT];
	struct text line = TEXT_IN(buf);
	int saved = errno;

	line_begin(&line, "shmat");
	text_add_signed(&line, shmid);
	text_add(&line, ", ");
	add_address(&line, addr);
	text_add(&line, ", ");
	text_add(&line, decode_attach_flags(shmflg, flags));
	line_end(&line, err, why);
	errno = saved;
}

void explain_dt(const void *addr, long err, const struct altshm_explain *why)
{
	char buf[EXPLAIN_LINE];
	struct text line = TEXT_IN(buf);
	int saved = errno;

	line_begin(&line, "shmdt");
	add_address(&line, addr);
	line_end(&line, err, why);
	errno = saved;
}

static void add_ctl_command(struct text *line, int cmd)
{
	static const struct {
		int cmd;
		const char *name;
	} names[] = {
		{ IPC_STAT, "IPC_STAT" }, { SHM_STAT, "SHM_STAT" },
		{ SHM_STAT_ANY, "SHM_STAT_ANY" }, { IPC_SET, "IPC_SET" },
		{ IPC_RMID, "IPC_RMID" }, { SHM_LOCK, "SHM_LOCK" },
		{ SHM_UNLOCK, "SHM_UNLOCK" }, { IPC_INFO, "IPC_INFO" },
		{ SHM_INFO, "SHM_INFO" },
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (names[i].cmd == cmd)
			return text_add(line, names[i].name);
	}
	text_add_signed(line, cmd);
}

static void add_ctl_argument(struct text *line, int cmd, const void *buf,
			     const struct layout *layout)
{
	struct altshm_set set;

	if (cmd != IPC_SET || layout->get_set(&set, buf))
		return add_address(line, buf);
	text_add(line, "{uid=");
	text_add_signed(line, (int32_t)set.uid);
	text_add(line, ", gid=");
	text_add_signed(line, (int32_t)set.gid);
	text_add(line, ", mode=");
	text_add_number(line, set.mode & 0777, 8);
	text_add_char(line, '}');
}

void explain_ctl(int shmid, int cmd, const void *buf, const struct layout *layout, long err,
		 const struct altshm_explain *why)
{
	char line_buf[EXPLAIN_LINE];
	struct text line = TEXT_IN(line_buf);
	int saved = errno;

	line_begin(&line, "shmctl");
	text_add_signed(&line, shmid);
	text_add(&line, ", ");
	add_ctl_command(&line, cmd);
	text_add(&line, ", ");
	add_ctl_argument(&line, cmd, buf, layout);
	line_end(&line, err, why);
	errno = saved;
}

__attribute__((constructor)) static void explain_init(void)
{
	const char *value = secure_getenv("ALTSHM_EXPLAIN");
	int saved = errno;

	explain_on = value && !strcmp(value, "1");
	errno = saved;
}
