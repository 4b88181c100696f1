// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The choice between altshm and the kernel's own shared memory.
 */
#include "choice.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "altshm.h"

enum {
	CHOICE_OPEN,
	CHOICE_ALTSHM,
	CHOICE_NATIVE,
};

static atomic_int choice_made;

static int choice_find(void)
{
	const char *fallback = secure_getenv("ALTSHM_FALLBACK");

	if (!fallback || strcmp(fallback, "native"))
		return CHOICE_ALTSHM;
	switch (altshm_open()) {
	case 0:
		return CHOICE_ALTSHM;
	case -EMFILE:
	case -ENFILE:
	case -ENOMEM:
		/* Says nothing about the device; the call will fail likewise. */
		return CHOICE_OPEN;
	default:
		return CHOICE_NATIVE;
	}
}

bool choice_is_native(void)
{
	int made = atomic_load(&choice_made);
	int found;

	if (made == CHOICE_OPEN) {
		found = choice_find();
		if (atomic_compare_exchange_strong(&choice_made, &made, found))
			made = found;
	}
	return made == CHOICE_NATIVE;
}

/*
 * The device is opened before the program can change its root directory, its
 * limits or its user. Whether that worked matters only to a program that uses
 * shared memory, so nothing is said here.
 */
__attribute__((constructor)) static void choice_init(void)
{
	if (!choice_is_native())
		altshm_open();
}
