#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# Shared memory by Perl's own functions, IPC::SysV and IPC::SharedMem; prints
# `ok CLAIM` or `not ok CLAIM` a test.

use strict;
use warnings;
use IPC::SysV qw(:all);
use IPC::SharedMem;

my $key = ftok($0, 7);
my $shm = IPC::SharedMem->new($key, 8000, IPC_CREAT | 0640) or die "new: $!";

# true with the child's pid if CODE is true in it, given its own object
sub in_child {
	my ($code) = @_;
	my $pid = fork // die "fork: $!";
	if (!$pid) {
		my $other = IPC::SharedMem->new($key, 0, 0) or die "child: new: $!";
		exit($code->($other) ? 0 : 1);
	}
	waitpid($pid, 0);
	return $? == 0 && $pid;
}

sub test {
	my ($claim, $code) = @_;
	$! = 0;
	print $code->() ? "ok $claim\n" : "not ok $claim ($!)\n";
}

$| = 1;

test 'ftok tells files and numbers apart', sub {
	ftok($0, 7) == $key && ftok($0, 8) != $key && ftok('/', 7) != $key;
};

test 'a second creation with IPC_EXCL is refused', sub {
	!defined IPC::SharedMem->new($key, 1, IPC_CREAT | IPC_EXCL) && $!{EEXIST};
};

test 'so is a size larger than the segment', sub {
	!defined IPC::SharedMem->new($key, 8001, 0) && $!{EINVAL};
};

test 'stat tells mode, size, owner and creator', sub {
	my $stat = $shm->stat;
	($stat->mode & 0777) == 0640 && $stat->segsz == 8000 && $stat->uid == $> &&
		$stat->cpid == $$ && $stat->atime == 0 && $stat->nattch == 0;
};

test 'write and read work without attach', sub {
	$shm->write('first words', 10, 11) && $shm->read(8, 15) eq "\0\0first words\0\0";
};

test 'attach counts, and notes who did it', sub {
	$shm->attach && $shm->stat->nattch == 1 && $shm->stat->lpid == $$;
};

test 'an object attaches once', sub {
	!$shm->attach && $shm->stat->nattch == 1;
};

test 'a child reads what the parent wrote', sub {
	$shm->write('to the child', 0, 12) &&
		in_child(sub { $_[0]->read(0, 12) eq 'to the child' });
};

test 'the parent reads what a child wrote', sub {
	my $pid = in_child(sub { $_[0]->attach && $_[0]->write('to the parent', 0, 13) });
	$pid && $shm->read(0, 13) eq 'to the parent' && $shm->stat->lpid == $pid;
};

test 'attaches of a forked child count, and end with it', sub {
	in_child(sub { $_[0]->attach && $_[0]->stat->nattch == 3 }) && $shm->stat->nattch == 1;
};

test 'a read-only attach reads', sub {
	$shm->detach && $shm->attach(SHM_RDONLY) && $shm->read(0, 13) eq 'to the parent';
};

test 'a write to it is a fault', sub {
	my $pid = fork // die "fork: $!";
	if (!$pid) {
		$shm->write('x', 0, 1);
		exit 0;
	}
	waitpid($pid, 0);
	($? & 127) == 11;
};

test 'detach counts', sub {
	$shm->detach && $shm->stat->nattch == 0 && $shm->stat->dtime >= $shm->stat->atime;
};

test 'shmwrite and shmread work', sub {
	my $text;
	shmwrite($shm->id, 'by a function', 4000, 20) && shmread($shm->id, $text, 4000, 20) &&
		unpack('Z*', $text) eq 'by a function';
};

test 'but not past the end', sub {
	my $text;
	!shmread($shm->id, $text, 7999, 2) && $!{EFAULT};
};

test 'shmat, memwrite, memread and shmdt work', sub {
	my $text;
	my $at = shmat($shm->id, undef, 0) // return;
	memwrite($at, 'by address', 100, 10) && memread($at, $text, 98, 12) &&
		$text eq "\0\0by address" && defined shmdt($at) && $shm->read(100, 10) eq 'by address';
};

test 'what is removed is gone', sub {
	$shm->remove && !defined $shm->stat && ($!{EINVAL} || $!{EIDRM});
};
