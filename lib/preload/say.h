/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the shim itself has to say. Both may be called from signal handlers; errno
 * is the caller's to keep.
 */
#ifndef _ALTSHM_SAY_H
#define _ALTSHM_SAY_H

#include "text.h"

/* Adds the program's name, without what could harm a terminal. */
void say_program(struct text *line);

/* Writes a line, and its end, to standard error where that still is one. */
void say_line(struct text *line);

#endif /* _ALTSHM_SAY_H */
