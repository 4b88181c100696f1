/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ALTSHM_MAP_H
#define _ALTSHM_MAP_H

#include <linux/time64.h>
#include <linux/types.h>

struct vm_area_struct;

/* Addresses from @start on and below @end, and more in @next, or NULL. */
struct altshm_map_range {
	unsigned long start;
	unsigned long end;
	const struct altshm_map_range *next;
};

/**
 * altshm_map_attach() - map a segment into the current mm: shmat(2)
 * @shmid: segment
 * @addr: wanted address or 0; set to where it is
 * @shmflg: SHM_RDONLY, SHM_RND, SHM_REMAP, SHM_EXEC
 * @len: set to the length of the mapping, bytes
 * @spare: what may not be mapped over; the caller needs it after
 *
 * Context: may sleep.
 * Return: 0 or -errno as struct altshm_attach documents.
 */
int altshm_map_attach(int shmid, unsigned long *addr, int shmflg, unsigned long *len,
		      const struct altshm_map_range *spare);

/**
 * altshm_map_detach() - unmap what is left of one attach: shmdt(2)
 * @addr: where it was attached
 *
 * Context: may sleep.
 * Return: 0, -EINVAL or -EINTR.
 */
int altshm_map_detach(unsigned long addr);

/* Is it a mapping of a segment? Context: the mapping can't go. */
bool altshm_map_is(const struct vm_area_struct *vma);

/**
 * altshm_map_since() - when the process came by a mapping
 * @vma: mapping of a segment
 *
 * Return: seconds since the Epoch, or 0 if that is not known: huge pages in a kernel
 * that cannot swap.
 */
time64_t altshm_map_since(struct vm_area_struct *vma);

#endif
