/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ALTSHM_THP_H
#define _ALTSHM_THP_H

#include <linux/mm.h>

struct address_space;
struct vfsmount;

/* Base pages of a huge one. */
#define ALTSHM_THP_PAGES	(1UL << (PMD_SHIFT - PAGE_SHIFT))

/**
 * altshm_thp_mnt() - where a segment that is to have transparent huge pages comes from
 * @flags: ALTSHM_GET_F_*
 *
 * Return: a tmpfs mount that lasts as long as the module; or NULL where no such
 * pages are asked for, or the kernel has none.
 */
struct vfsmount *altshm_thp_mnt(u32 flags);

/**
 * altshm_thp_pages() - count what is in huge pages
 * @mapping: of a shmem file
 *
 * Context: may sleep; two lookups for each 2 MiB in which there are pages.
 * Return: base pages.
 */
unsigned long altshm_thp_pages(struct address_space *mapping);

bool altshm_thp_available(void);

int altshm_thp_init(void);
void altshm_thp_exit(void);

#endif
