#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Open MPI with two ranks whose messages go through System V segments: its
# shmem framework is told to use no other kind, and nothing else carries
# messages. It removes each segment at once and has the others attach it then.

. "$(dirname "$0")/lib.sh"

command -v mpicc >/dev/null || plan_none "Open MPI is not installed"
plan 18

# mpi USER COMMAND...
mpi() {
	local user=$1
	shift
	as "$user" env HOME="$work" OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 \
		mpirun -n 2 --oversubscribe --bind-to none --mca plm isolated \
		--mca shmem sysv --mca btl self,vader --mca pml ob1 --mca osc sm,pt2pt \
		--mca btl_vader_single_copy_mechanism none "$@"
}

selected() {
	mpi root --mca shmem_base_verbose 100 "$work/mpi" "$table" >"$work/verbose" 2>&1 &&
		has 'shmem: .*Selected component \[sysv\]' "$work/verbose"
}

check "the program compiles" mpicc -std=gnu11 -O1 -Wall -Wextra -Werror \
	-o "$work/mpi" "$(dirname "$0")/mpi.c"
check "Open MPI chooses its component for System V" selected
chown user "$work"
for user in root user; do
	claims mpi "$user" "$work/mpi" "$table"
done
finish
