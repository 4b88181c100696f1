// SPDX-License-Identifier: GPL-2.0-only
/*
 * The model as a whole, and what it says of a wrong reply.
 */
#include <limits.h>
#include <stdarg.h>
#include <string.h>

#include "model.h"

void model_wrong(struct model *m, const char *format, ...)
{
	size_t room = sizeof(m->wrong) - m->wrong_len;
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(m->wrong + m->wrong_len, room, format, args);
	va_end(args);
	if (len + 2 > (int)room)
		return;
	m->wrong_len += len;
	strcpy(m->wrong + m->wrong_len++, "\n");
}

void model_expect(struct model *m, const char *what, long long expected, long long got)
{
	if (expected != got)
		model_wrong(m, "%s: %lld expected, got %lld", what, expected, got);
}

void model_init(struct model *m, const struct rules *rules)
{
	memset(m, 0, sizeof(*m));
	m->rules = *rules;
	m->userns_count = 1;
	ns_new(m, 0);
}

void model_apply(struct model *m, const struct call *call, const struct reply *reply)
{
	switch (call->op) {
	case OP_GET:
		return model_get(m, call, reply);
	case OP_AT:
		return model_at(m, call, reply);
	case OP_DT:
		return model_dt(m, call, reply);
	case OP_STAT:
	case OP_SET:
	case OP_RMID:
	case OP_LOCK:
	case OP_INFO:
	case OP_CTL:
		return model_ctl(m, call, reply);
	case OP_LOAD:
	case OP_STORE:
		return model_touch(m, call, reply);
	case OP_MMAP:
	case OP_MUNMAP:
	case OP_MPROTECT:
	case OP_MADVISE:
		return model_map(m, call, reply);
	default:
		return model_proc(m, call, reply);
	}
}
