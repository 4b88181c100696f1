/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How an event looks.
 */
#ifndef _ALTSHM_CLI_EVENT_H
#define _ALTSHM_CLI_EVENT_H

#include <stdbool.h>
#include <stddef.h>

#include "nl/nl.h"

/* Names of ALTSHM_EVENT_TYPE_*; "other" of one not known. */
const char *event_type(uint32_t type);

/* The type with this name, or 0. */
uint32_t event_type_of(const char *name, size_t len);

/* Whether it is of another IPC namespace than the command's own. */
bool event_is_foreign(const struct nl_event *event);

/* One line, or one JSON object. */
void event_print(const struct nl_event *event);
void event_json(const struct nl_event *event);

#endif /* _ALTSHM_CLI_EVENT_H */
