/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which attribute goes to which field: inside of lib/nl.
 */
#ifndef _ALTSHM_NL_FIELD_H
#define _ALTSHM_NL_FIELD_H

#include <libmnl/libmnl.h>
#include <stddef.h>

#include "nl.h"

enum nl_kind {
	NL_NONE,	/* attributes that are not known are passed over */
	NL_32,
	NL_64,
	NL_NAME,	/* char [NL_COMM] */
	NL_FLAG,	/* only its bit in @has */
};

/* Indexed by attribute. */
struct nl_field {
	enum nl_kind kind;
	size_t offset;
};

struct nl_layout {
	const struct nl_field *fields;
	unsigned int count;
	size_t size;	/* of the structure, which begins with @has */
};

/* Layouts of the structures in nl.h. */
extern const struct nl_layout nl_segment_layout, nl_attacher_layout, nl_limits_layout,
	nl_usage_layout, nl_event_layout;

/* Fills in the structure @to from a message; 0 or -EPROTO. */
int nl_parse(const struct nlmsghdr *nlh, const struct nl_layout *layout, void *to);

/* Appends the attributes in @has of @from to a request. */
void nl_build(struct nlmsghdr *nlh, const struct nl_layout *layout, const void *from);

#endif /* _ALTSHM_NL_FIELD_H */
