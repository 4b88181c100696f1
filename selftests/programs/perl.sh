#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Perl's own functions for shared memory, and its modules IPC::SysV and
# IPC::SharedMem, in two processes.

. "$(dirname "$0")/lib.sh"

perl -e 'use IPC::SysV; use IPC::SharedMem' || plan_none "Perl has no IPC::SysV"
plan 20
claims "${on[@]}" perl "$(dirname "$0")/shared.pl"
finish
