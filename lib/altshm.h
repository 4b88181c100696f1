/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libaltshm: the calls of the altshm device as C functions.
 *
 * Every function returns a negative errno value on failure and leaves errno
 * itself alone. All may be called from any thread, after fork and from signal
 * handlers. The library keeps one close-on-exec descriptor of the device, with
 * a high number; it opens the device at the first call, and again whenever the
 * program has closed that number or used it for something else.
 *
 * The errors of each call, and which rule each comes from, are listed at the
 * structure of the same name in <linux/altshm.h>. Besides those any function
 * can return:
 *
 *   -ENODEV  the device is absent or cannot be opened; altshm_open() says why
 *   -EMFILE  no descriptor is left to open the device with
 *   -ENFILE, -ENOMEM  likewise, for the whole system
 *   -ENOTTY  the loaded module is older than this call
 */
#ifndef _ALTSHM_H
#define _ALTSHM_H

#include <stddef.h>
#include <sys/types.h>
#include <linux/altshm.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

/**
 * altshm_open() - open the device now instead of at the first call
 *
 * Useful before a chroot or a change of credentials. The error is that of
 * open(2): -ENOENT or -ENXIO, the module is not loaded; -EACCES; -EMFILE; or
 * -ENODEV where ALTSHM_DEVICE is something else.
 *
 * Return: 0 or a negative errno.
 */
int altshm_open(void);

/**
 * altshm_get() - find or create a segment, as shmget(2)
 * @key:    key, or IPC_PRIVATE
 * @size:   bytes
 * @shmflg: mode, IPC_CREAT, IPC_EXCL, SHM_HUGETLB, SHM_NORESERVE
 *
 * Return: the identifier, 0 or more, or a negative errno.
 */
int altshm_get(key_t key, size_t size, int shmflg);

/**
 * altshm_get2() - altshm_get(), with wishes for a new segment
 * @key:    key, or IPC_PRIVATE
 * @size:   bytes
 * @shmflg: as altshm_get() has it
 * @flags:  ALTSHM_GET_F_THP: transparent huge pages, where they are to be had
 *
 * Return: the identifier, 0 or more, or a negative errno; -EOPNOTSUPP where the
 * loaded module does not know a flag.
 */
int altshm_get2(key_t key, size_t size, int shmflg, unsigned int flags);

/**
 * altshm_attach() - map a segment, as shmat(2)
 * @shmid:  identifier
 * @addr:   address wanted, or NULL
 * @shmflg: SHM_RDONLY, SHM_RND, SHM_REMAP, SHM_EXEC
 * @out:    set to the address on success, which can be NULL; else unchanged
 *
 * Return: 0 or a negative errno.
 */
int altshm_attach(int shmid, const void *addr, int shmflg, void **out);

/**
 * altshm_detach() - unmap what altshm_attach() mapped, as shmdt(2)
 * @addr: address that the attach gave
 *
 * Return: 0 or a negative errno.
 */
int altshm_detach(const void *addr);

/**
 * altshm_stat() - describe a segment, as IPC_STAT, SHM_STAT, SHM_STAT_ANY
 * @shmid: identifier, or table index with ALTSHM_STAT_F_INDEX
 * @flags: ALTSHM_STAT_F_INDEX, ALTSHM_STAT_F_ANY
 * @st:    filled in on success; sizes in bytes, times in seconds since 1970
 *
 * Return: 0 or a negative errno.
 */
int altshm_stat(int shmid, unsigned int flags, struct altshm_stat *st);

/**
 * altshm_set() - change owner, group and mode, as IPC_SET
 * @shmid: identifier
 * @uid:   new owner
 * @gid:   new group
 * @mode:  new mode, of which the low nine bits count
 *
 * Return: 0 or a negative errno.
 */
int altshm_set(int shmid, uid_t uid, gid_t gid, unsigned int mode);

/**
 * altshm_remove() - remove a segment, as IPC_RMID
 * @shmid: identifier
 *
 * Return: 0 or a negative errno.
 */
int altshm_remove(int shmid);

/**
 * altshm_lock() - keep a segment's pages from being swapped, as SHM_LOCK
 * @shmid: identifier
 *
 * Return: 0 or a negative errno.
 */
int altshm_lock(int shmid);

/**
 * altshm_unlock() - undo altshm_lock(), as SHM_UNLOCK
 * @shmid: identifier
 *
 * Return: 0 or a negative errno.
 */
int altshm_unlock(int shmid);

/**
 * altshm_info() - limits and totals, as IPC_INFO and SHM_INFO together
 * @info: filled in on success; shmmax in bytes, the rest in base pages or
 *        segments
 *
 * Return: 0 or a negative errno.
 */
int altshm_info(struct altshm_info *info);

/**
 * altshm_limits() - show the limits of the IPC namespace, or set them first
 * @limits: flags say whether to set those named in own; all is filled in on
 *          success. shmmax is in bytes, shmall in base pages, shmmni in segments
 *
 * Return: 0; -EPERM when setting without CAP_SYS_RESOURCE over the namespace;
 * -EINVAL for an unknown bit in own or shmmni above 1048576; or another
 * negative errno. The rules are altshm's own, struct altshm_limits has them.
 */
int altshm_limits(struct altshm_limits *limits);

/**
 * altshm_explain() - issue a command, and learn why it failed
 * @cmd: ALTSHM_IOC_*
 * @arg: the structure that belongs to it; results are filled in
 * @why: rule, limit and wanted are filled in when the command failed; with rule 0
 *       where no rule of altshm's has a name for the reason
 *
 * Return: what the command returned: 0 or more, or a negative errno; -ENOTTY
 * also where the loaded module is older than this call, and nothing was done.
 */
int altshm_explain(unsigned long cmd, void *arg, struct altshm_explain *why);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif /* _ALTSHM_H */
