// SPDX-License-Identifier: GPL-2.0-only
/*
 * Start and end of the module: bottom-up, and in exact reverse.
 */
#include <linux/module.h>

#include "dev.h"
#include "huge.h"
#include "nl.h"
#include "proc.h"
#include "seg.h"
#include "space.h"
#include "thp.h"
#include "vmsysctl.h"

static int __init altshm_init(void)
{
	int err;

	err = altshm_vmsysctl_init();
	if (err)
		return err;
	err = altshm_huge_init();
	if (err)
		goto err_vmsysctl;
	err = altshm_thp_init();
	if (err)
		goto err_huge;
	err = altshm_space_init(&altshm_seg_space_ops);
	if (err)
		goto err_thp;
	err = altshm_seg_init();
	if (err)
		goto err_space;
	err = altshm_proc_init();
	if (err)
		goto err_seg;
	err = altshm_nl_init();
	if (err)
		goto err_proc;
	err = altshm_dev_init();
	if (err)
		goto err_nl;
	return 0;

err_nl:
	altshm_nl_exit();
err_proc:
	altshm_proc_exit();
err_seg:
	altshm_seg_exit();
err_space:
	altshm_space_exit();
err_thp:
	altshm_thp_exit();
err_huge:
	altshm_huge_exit();
err_vmsysctl:
	altshm_vmsysctl_exit();
	return err;
}

static void __exit altshm_exit(void)
{
	altshm_dev_exit();
	altshm_nl_exit();
	altshm_proc_exit();
	altshm_seg_exit();
	altshm_space_exit();
	altshm_thp_exit();
	altshm_huge_exit();
	altshm_vmsysctl_exit();
}

module_init(altshm_init);
module_exit(altshm_exit);

MODULE_DESCRIPTION("System V shared memory behind a character device");
MODULE_LICENSE("GPL");
