/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The same work on each kind of shared memory, measured side by side. Every
 * result is one line of JSON on standard output; scripts/bench collects them.
 */
#ifndef _ALTSHM_BENCH_H
#define _ALTSHM_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE	4096UL
/* Keys below are free for whatever a measurement makes of its own. */
#define KEY_LIVE	0x40000000

enum facility_id { NATIVE, IOCTL, SHIM, POSIX, MEMFD, FACILITIES };

#define ON(facility)	(1U << (facility))
#define ON_ALL		(ON(FACILITIES) - 1)
#define ON_NAMED	(ON_ALL & ~ON(MEMFD))
#define ON_SYSV		(ON(NATIVE) | ON(IOCTL) | ON(SHIM))

/* What create is asked for. */
#define HUGE		1	/* pages of the huge page pool */
#define THP		2	/* transparent huge pages; altshm only */

/*
 * One kind of shared memory. What a call does not have is NULL. All return -1
 * on failure; attach returns MAP_FAILED, which is the same as shmat()'s error.
 */
struct facility {
	const char *name;
	/* An object that find() finds; its identifier, key or descriptor. */
	int (*create)(int key, size_t size, int flags);
	int (*find)(int key);
	int (*stat)(int id);
	void *(*attach)(int id, size_t size);
	int (*detach)(void *mem, size_t size);
	/* Existing attaches stay usable. */
	int (*remove)(int id);
};

extern const struct facility facilities[FACILITIES];

/* An ioctl of a device that has none, and one that altshm does not know. */
int null_ioctl(void);
int device_ioctl_unknown(void);
/* Readies all facilities, in an IPC namespace of our own; ends the program if it can't. */
void facilities_open(void);

/* bench.c */
extern bool quick;
void die(const char *what);
/* N: tells apart results of the same work; 0 where there is one. */
void report(const char *work, unsigned long n, const char *facility, const char *unit,
	    double value, unsigned int samples);
double median(double *values, unsigned int count);
int64_t now(void);
void *shared_memory(size_t size);
/* Waits for a child; false if it did not end well. */
bool ended_well(int pid);

/* Each mode prints its results. */
void run_cost(void);
void run_many(void);
void run_scale(void);

#endif /* _ALTSHM_BENCH_H */
