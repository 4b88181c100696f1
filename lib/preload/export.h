/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A name that programs find in the shim instead of the C library.
 */
#ifndef _ALTSHM_EXPORT_H
#define _ALTSHM_EXPORT_H

#define SHIM_EXPORT	__attribute__((visibility("default")))

/* The same for "name@VERSION", or "name@@VERSION" for what new programs get. */
#define SHIM_EXPORT_AS(name)	__attribute__((visibility("default"), symver(name)))

#endif /* _ALTSHM_EXPORT_H */
