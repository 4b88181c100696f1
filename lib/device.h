/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The one descriptor of the device, for the rest of the library.
 */
#ifndef _ALTSHM_DEVICE_H
#define _ALTSHM_DEVICE_H

/**
 * __altshm_device_ioctl() - issue a command, opening the device if need be
 * @cmd: ALTSHM_IOC_*
 * @arg: the structure that belongs to it
 *
 * Leaves errno alone.
 *
 * Return: what ioctl(2) returned, or a negative errno: the command's own, or
 * one that altshm.h lists for every function.
 */
int __altshm_device_ioctl(unsigned long cmd, void *arg);

#endif /* _ALTSHM_DEVICE_H */
