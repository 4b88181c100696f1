// SPDX-License-Identifier: GPL-2.0-only
/*
 * The altshm command's views of segments and attachers, and removal.
 */
#include "cli.h"

#include <sys/mman.h>

TEST_F(cli, ls_shows_what_there_is)
{
	void *at = shm.at(self->id, NULL, 0);

	ASSERT_NE((void *)-1, at);
	EXPECT_EQ(0, SH("$altshm ls | tail -n +2 | tr -s ' '"));
	EXPECT_STREQ("0x616c7473 0 root 640 100 1\n", self->out);
	ASSERT_OK(shm.ctl(self->id, SHM_LOCK, NULL));
	ASSERT_OK(shm.ctl(self->id, IPC_RMID, NULL));
	EXPECT_EQ(0, SH("$altshm ls | tail -n +2 | tr -s ' '"));
	EXPECT_STREQ("0x00000000 0 root 640 100 1 dest locked\n", self->out);
	EXPECT_EQ(0, SH("$altshm ls -k 0 | wc -l"));
	EXPECT_STREQ("1\n", self->out);
	EXPECT_OK(shm.dt(at));
	EXPECT_EQ(0, SH("$altshm ls | wc -l"));
	EXPECT_STREQ("1\n", self->out);
}

TEST_F(cli, ls_shows_foreign_segments_without_read_permission)
{
	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		EXPECT_EQ(0, SH("$altshm ls"));
		EXPECT_SAYS("0x616c7473");
	}
	EXPECT_EQ(1, SH("$altshm ls 2>&1 >/dev/full"));
	EXPECT_SAYS("No space left");
	/* Its socket must not have the number of standard output. */
	EXPECT_EQ(1, SH("$altshm ls 2>&1 >&-"));
	EXPECT_SAYS("standard output: Bad file descriptor");
	EXPECT_EQ(0, SH("$altshm run --no-proc sh -c '[ ! -e /proc/$$/fd/1 ]' >&-"));
}

TEST_F(cli, ls_marks_orphans)
{
	int orphan = new_orphan(0600);

	ASSERT_LT(0, orphan);
	EXPECT_EQ(0, SH("$altshm ls -c id,status | tail -n +2 | tr -s ' '"));
	EXPECT_STREQ("0\n1 orphan\n", self->out);
	EXPECT_EQ(0, SH("$altshm ls --orphaned -c id | tail -n +2"));
	EXPECT_STREQ("1\n", self->out);
	ATTACH(orphan, NULL, 0);
	EXPECT_EQ(0, SH("$altshm ls --orphaned -c id | tail -n +2"));
	EXPECT_STREQ("", self->out);
}

TEST_F(cli, ls_chooses_and_sorts)
{
	int small = new_sized(1, 0600), large = new_sized(5000, 0600);

	ASSERT_EQ(0, set_perm(small, USER_A, 0, 0600));
	*ATTACH(small, NULL, 0) = 1;
	ASSERT_EQ(2, large);
	EXPECT_EQ(0, SH("ids() { $altshm ls -c id \"$@\" | tail -n +2 | xargs; }\n"
			"ids --owner 1001; ids -u root; ids --key 0x616c7473; ids -k 1634497651\n"
			"ids -k 0 -u root; ids -u 7"));
	EXPECT_STREQ("1\n0 2\n0\n0\n2\n\n", self->out);
	EXPECT_EQ(0, SH("ids() { $altshm ls -c id \"$@\" | tail -n +2 | xargs; }\n"
			"ids -s bytes; ids -s bytes -r; ids -s owner; ids -s nattch; ids -s rss\n"
			"ids --sort key; ids --reverse; ids -s owner -u root"));
	EXPECT_STREQ("2 0 1\n1 0 2\n0 2 1\n1 0 2\n1 0 2\n1 2 0\n2 1 0\n0 2\n", self->out);
}

TEST_F(cli, ls_has_all_columns)
{
	EXPECT_EQ(0, SH("$altshm ls -c backing,creator,swap,huge,rss,nattch,bytes,\\\n"
			"perms,owner,key,id,status | tr -s ' '"));
	EXPECT_STREQ("backing creator swap huge rss nattch bytes perms owner key shmid status\n"
		     "shmem root 0 0 0 0 100 640 root 0x616c7473 0\n", self->out);
	EXPECT_EQ(0, SH("TZ=UTC $altshm ls -c atime,dtime,ctime,lpid | tail -1 |\n"
			"grep -cE '^-  +-  +20..-..-.. ..:..:..  *-$'"));
	EXPECT_EQ(0, SH("test \"$($altshm ls -c cpid | tail -1)\" = $PPID"));
}

TEST_F(cli, tables_fit_the_terminal)
{
	ASSERT_EQ(0, set_perm(self->id, USER_A, 0, 0600));
	ATTACH(self->id, NULL, 0);
	EXPECT_EQ(0, SH("for c in 'ls' 'ls -c owner,key,atime,ctime' 'who 0' 'show 0' 'stat'\n"
			"do script -qec \"stty cols 33; $altshm $c\" /dev/null </dev/null | tr -d '\\r' |\n"
			"awk -v c=\"$c\" 'length > 33 { print c, $0 } END { if (NR < 2) print NR }'\n"
			"done"));
	EXPECT_STREQ("", self->out);
	EXPECT_EQ(0, SH("$altshm ls -c owner,key,atime,ctime | awk 'length > 50' | wc -l"));
	EXPECT_STREQ("1\n", self->out);
}

TEST_F(cli, json_is_what_a_strict_parser_reads)
{
	ATTACH(self->id, NULL, 0);
	EXPECT_EQ(0, SH_JSON("$altshm ls -j | json '\n"
			     "join \" \", map { \"$$_{id} $$_{key} $$_{size} $$_{mode} $$_{user}\" .\n"
			     "\" $$_{nattch} $$_{backing} $$_{orphan}\" } @{$$_{segments}}'"));
	EXPECT_STREQ("0 0x616c7473 100 0640 root 1 shmem 0", self->out);
	EXPECT_EQ(0, SH_JSON("$altshm ls -j -s id | json '$$_{interrupted} . @{$$_{segments}}'"));
	EXPECT_STREQ("01", self->out);
	EXPECT_EQ(0, SH_JSON("$altshm ls -j -u 7 | json 'scalar @{$$_{segments}}'"));
	EXPECT_STREQ("0", self->out);
	EXPECT_EQ(0, SH_JSON("$altshm show -j 0 | json 'join \" \", sort keys %$_' |\n"
			     "tr -s ' _' '\\n' | sort -u | xargs -n 13"));
	EXPECT_STREQ("atime attachers backing cgid cpid creator ctime cuid dtime gid gone huge id\n"
		     "interrupted key locked lpid mode nattch noreserve orphan page removed rss size swap\n"
		     "thp uid user\n", self->out);
	EXPECT_EQ(0, SH_JSON("$altshm who -j -k 0x616c7473 | json 'my $a = $$_{attachers}[0];\n"
			     "join(\" \", sort keys %$a) . \" $$a{pid} $$a{user} $$a{read_only}\" .\n"
			     "\" $$a{length}\"' | sed \"s/ $PPID / PPID /\""));
	EXPECT_STREQ("comm end length offset pid read_only since start uid user PPID root 0 4096",
		     self->out);
}

#define HOSTILE_COMM	"\033[2J\xff\n\"\\\xc3\xa9]\b"

static void attach_with_hostile_name(int id)
{
	prctl(PR_SET_NAME, HOSTILE_COMM);
	shm.at(id, NULL, 0);
}

TEST_F(cli, names_break_neither_terminal_nor_json)
{
	pid_t pid = child_holds(attach_with_hostile_name, self->id);

	ASSERT_LT(0, pid);
	EXPECT_EQ(0, SH("LC_ALL=C $altshm who 0"));
	EXPECT_SAYS(" \\x1b[2J\\xff\\x0a\"\\\\\\xc3\\xa9]\\x08 ");
	EXPECT_EQ(0, SH("LC_ALL=C.UTF-8 $altshm who 0"));
	EXPECT_SAYS(" \\x1b[2J\\xff\\x0a\"\\\\\xc3\xa9]\\x08 ");
	EXPECT_EQ(0, SH("LC_ALL=C.UTF-8 $altshm show 0 | wc -l"));
	EXPECT_STREQ("18\n", self->out);
	EXPECT_EQ(0, SH_JSON("$altshm who -j 0 | json '$$_{attachers}[0]{comm} eq\n"
			     "\"\\x{1b}[2J\\x{fffd}\\n\\\"\\\\\\x{e9}]\\x{8}\"'"));
	EXPECT_STREQ("1", self->out);
	child_end(pid);
}

static void attach_read_only(int id)
{
	prctl(PR_SET_NAME, "reader");
	if (!become(USER_A, GROUP_G))
		shm.at(id, NULL, SHM_RDONLY);
}

TEST_F(cli, who_tells_attachers_apart)
{
	void *at = ATTACH(self->id, NULL, 0);
	pid_t pid;

	ASSERT_EQ(0, set_perm(self->id, 0, 0, 0644));
	pid = child_holds(attach_read_only, self->id);
	ASSERT_LT(0, pid);
	/* The child has what it inherited, and an attach of its own. */
	EXPECT_EQ(0, SH("$altshm who 0 | awk '{ print $2, $3, $5 }' | sort"));
	EXPECT_STREQ("1001 ro reader\n1001 rw reader\nroot rw cli_list_test\nuser mode command\n",
		     self->out);
	EXPECT_EQ(0, SH("$altshm who 0 | grep -cE ' [0-9]+s .* [0-9a-f]+-[0-9a-f]+$'"));
	EXPECT_STREQ("3\n", self->out);
	IN_CHILD {
		ASSERT_OK(shm.dt(at));
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		EXPECT_EQ(0, SH("$altshm who 0 | awk '{ print $2, $NF ~ /-./ }' | sort -u"));
		EXPECT_STREQ("1001 1\nroot 0\nuser 0\n", self->out);
		EXPECT_EQ(0, SH_JSON("$altshm who -j 0 | json 'join \" \", map {\n"
				     "$$_{user} // $$_{uid}, defined $$_{start} ? 1 : 0 }\n"
				     "sort { $$a{uid} <=> $$b{uid} } @{$$_{attachers}}'"));
		EXPECT_STREQ("root 0 1001 1 1001 1", self->out);
	}
	child_end(pid);
}

TEST_F(cli, who_is_for_those_who_may_read)
{
	ATTACH(self->id, NULL, 0);
	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		EXPECT_EQ(4, SH("$altshm who 0 2>&1"));
		EXPECT_SAYS("permission to read");
		EXPECT_EQ(0, SH("$altshm show 0 2>&1"));
		EXPECT_SAYS("nattch     2\n");
		EXPECT_SAYS("those who may read");
		EXPECT_EQ(0, SH_JSON("$altshm show -j 0 2>/dev/null | json '\n"
				     "exists $$_{attachers} && !defined $$_{attachers}'"));
		EXPECT_STREQ("1", self->out);
	}
}

TEST_F(cli, show_tells_everything)
{
	char *at = ATTACH(self->id, NULL, 0);

	at[0] = 1;
	EXPECT_EQ(0, SH("$altshm show 0 | sed 's/20..-..-.. ..:..:../TIME/; s/ [0-9]*$/ N/' |\n"
			"sed 's/, process [0-9N]*/, process N/' | head -14"));
	EXPECT_STREQ("id         N\n"
		     "key        0x616c7473\n"
		     "owner      root, group N\n"
		     "creator    root, group 0, process N\n"
		     "perms      N\n"
		     "status     -\n"
		     "bytes      100 (100)\n"
		     "in memory  4.0K, 0 of it in huge pages\n"
		     "in swap    N\n"
		     "backing    shmem, pages of 4.0K\n"
		     "changed    TIME\n"
		     "attached   TIME\n"
		     "detached   -\n"
		     "last by    N\n", self->out);
	EXPECT_EQ(0, SH("$altshm show 0 | tail -n +18 | wc -l"));
	EXPECT_STREQ("1\n", self->out);
}

TEST_F(cli, says_when_there_is_no_such_segment)
{
	EXPECT_EQ(0, SH("for c in 'show 77' 'who 77' 'rm 77' 'show -k 77' 'who -k 77' \\\n"
			"'rm -k 0x4d'\n"
			"do $altshm $c 2>&1; echo $?; done"));
	EXPECT_STREQ("altshm: show: no segment has the id 77 in this IPC namespace\n3\n"
		     "altshm: who: no segment has the id 77 in this IPC namespace\n3\n"
		     "altshm: rm: no segment has the id 77 in this IPC namespace\n3\n"
		     "altshm: show: no segment has the key 0x0000004d in this IPC namespace\n3\n"
		     "altshm: who: no segment has the key 0x0000004d in this IPC namespace\n3\n"
		     "altshm: rm: no segment has the key 0x0000004d in this IPC namespace\n3\n",
		     self->out);
}

TEST_F(cli, rm_removes_or_says_why_not)
{
	EXPECT_EQ(2, SH("$altshm rm 0 0x 2>&1"));
	EXPECT_SAYS("'0x'");
	EXPECT_EQ(2, SH("$altshm rm 2>&1"));
	EXPECT_SAYS("Usage: altshm rm");
	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		EXPECT_EQ(4, SH("$altshm rm 0 2>&1"));
		EXPECT_SAYS("somebody else");
		EXPECT_EQ(4, SH_JSON("$altshm rm -j 0 2>/dev/null > /tmp/rm.json; s=$?\n"
				     "json '$$_{segments}[0]{error}' </tmp/rm.json; exit $s"));
		EXPECT_STREQ("EPERM", self->out);
		unlink("/tmp/rm.json");
	}
	EXPECT_OK(shm.ctl(self->id, IPC_STAT, &(struct shmid_ds){ 0 }));
	EXPECT_EQ(3, SH("$altshm rm 77 0 2>&1"));
	EXPECT_SAYS("no segment has the id 77");
	EXPECT_ERR(EINVAL, shm.ctl(self->id, IPC_STAT, &(struct shmid_ds){ 0 }));
}

TEST_F(cli, rm_removes_by_key)
{
	ASSERT_LT(0, new_segment(0600));
	EXPECT_EQ(0, SH("$altshm rm --key 0x616c7473 && $altshm ls -c id | tail -n +2"));
	EXPECT_STREQ("1\n", self->out);
}

TEST_F(cli, rm_shows_first_what_it_would_remove)
{
	int orphan = new_orphan(0600), held = new_orphan(0600), other = new_orphan(0600);

	ASSERT_LT(0, other);
	ASSERT_EQ(0, set_perm(other, USER_A, 0, 0600));
	ATTACH(held, NULL, 0);
	EXPECT_EQ(0, SH("$altshm rm --orphaned 2>&1"));
	EXPECT_STREQ("would remove 1: key 0x00000000, owner root, 4.0K, nattch 0, orphan\n"
		     "would remove 3: key 0x00000000, owner 1001, 4.0K, nattch 0, orphan\n"
		     "altshm: note: rm: nothing was removed; --yes does it\n", self->out);
	EXPECT_EQ(0, SH_JSON("$altshm rm --orphaned -j 2>/dev/null | json '\n"
			     "$$_{preview} . join \" \", map { $$_{id}, $$_{removed} }\n"
			     "@{$$_{segments}}'"));
	EXPECT_STREQ("11 0 3 0", self->out);
	EXPECT_EQ(0, SH("$altshm rm -o -u 1001 --yes && $altshm ls -c id | tail -n +2 | xargs"));
	EXPECT_STREQ("0 1 2\n", self->out);
	EXPECT_EQ(0, SH_JSON("$altshm rm -o -y -j | json '$$_{preview} .\n"
			     "$$_{segments}[0]{removed} . @{$$_{segments}}'"));
	EXPECT_STREQ("011", self->out);
	EXPECT_EQ(0, SH("$altshm rm --owner root --yes 2>&1; $altshm ls -c id,status |\n"
			"tail -n +2 | tr -s ' '"));
	EXPECT_STREQ("2 dest\n", self->out);
	EXPECT_EQ(0, SH("$altshm rm --owner root 2>&1"));
	EXPECT_STREQ("", self->out);
	ASSERT_EQ(-EINVAL, rc(shm.ctl(orphan, IPC_RMID, NULL)));
}

/* However late that is. */
TEST_F(cli, rm_orphaned_leaves_alone_what_was_attached_meanwhile)
{
	int orphan = new_orphan(0600);

	ASSERT_LT(0, orphan);
	EXPECT_EQ(0, SH("LD_PRELOAD=$dir/mnlfault.so MNLFAULT=attach $altshm rm -o --yes 2>&1"));
	EXPECT_STREQ("altshm: note: rm: segment 1 was left alone: somebody has attached it\n",
		     self->out);
	EXPECT_EQ(0, SH_JSON("LD_PRELOAD=$dir/mnlfault.so MNLFAULT=attach\n"
			     "export LD_PRELOAD MNLFAULT; $altshm rm -o -y -j 2>/dev/null >/tmp/rm.json\n"
			     "unset LD_PRELOAD; json '$$_{segments}[0]{removed} .\n"
			     "$$_{segments}[0]{error}' </tmp/rm.json; rm /tmp/rm.json"));
	EXPECT_STREQ("0EBUSY", self->out);
	EXPECT_EQ(0, STAT(orphan).shm_nattch);
	EXPECT_EQ(0, SH("$altshm rm -o --yes 2>&1"));
	EXPECT_ERR(EINVAL, shm.ctl(orphan, IPC_STAT, &(struct shmid_ds){ 0 }));
}

TEST_F(cli, what_changes_meanwhile_is_read_again_and_then_said)
{
	ATTACH(self->id, NULL, 0);
	EXPECT_EQ(0, SH("export LD_PRELOAD=$dir/mnlfault.so\n"
			"for c in 'ls -s id' 'who 0' 'show 0' 'stat' 'rm -u 7'\n"
			"do MNLFAULT=4 $altshm $c 2>&1 >/dev/null; done"));
	EXPECT_STREQ("", self->out);
	EXPECT_EQ(0, SH("export LD_PRELOAD=$dir/mnlfault.so MNLFAULT=5\n"
			"for c in 'ls -s id' 'who 0' 'show 0' 'stat' 'rm -u 7'\n"
			"do $altshm $c 2>&1 >/dev/null || echo $?; done |\n"
			"grep -c 'while it was read'"));
	EXPECT_STREQ("5\n", self->out);
	/* What is printed as it comes can't be taken back. */
	EXPECT_EQ(0, SH("LD_PRELOAD=$dir/mnlfault.so MNLFAULT=1 $altshm ls -c id 2>&1"));
	EXPECT_STREQ("shmid\n0\n"
		     "altshm: note: ls: changed while it was read; what came or went may be missing\n",
		     self->out);
	EXPECT_EQ(0, SH_JSON("LD_PRELOAD=$dir/mnlfault.so MNLFAULT=1 $altshm ls -j 2>/dev/null |\n"
			     "json '$$_{interrupted}'"));
	EXPECT_STREQ("1", self->out);
}

TEST_F(cli, views_are_of_the_own_ipc_namespace)
{
	EXPECT_EQ(0, SH("unshare --ipc sh -c '$altshm ls; $altshm show 0 2>&1; echo $?'"));
	EXPECT_SAYS_NOT("616c7473");
	EXPECT_SAYS("no segment has the id 0 in this IPC namespace\n3\n");
}

TEST_HARNESS_MAIN
