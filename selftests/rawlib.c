// SPDX-License-Identifier: GPL-2.0-only
/*
 * A library of rawshm that is loaded with RTLD_DEEPBIND, so that its shmget is
 * the C library's whatever is preloaded.
 */
#include <sys/ipc.h>
#include <sys/shm.h>

int lib_cycle(void);

/* Creates, attaches, detaches and removes; 0 if all of it worked. */
int lib_cycle(void)
{
	struct shmid_ds ds;
	int id = shmget(IPC_PRIVATE, 4096, 0600);
	char *at;

	if (id < 0)
		return 1;
	at = shmat(id, (void *)0, 0);
	if (at == (void *)-1)
		return 2;
	at[4095] = 1;
	if (shmctl(id, IPC_STAT, &ds) || ds.shm_nattch != 1)
		return 3;
	if (shmdt(at))
		return 4;
	return shmctl(id, IPC_RMID, (void *)0) ? 5 : 0;
}
