// SPDX-License-Identifier: GPL-2.0-only
/*
 * The altshm command's limits, totals, and completion.
 */
#include "cli.h"

TEST_F(cli, limits_are_shown_and_set)
{
	EXPECT_EQ(0, SH("$altshm limits"));
	EXPECT_SAYS("4096 segments   kernel.shmmni\n");
	EXPECT_SAYS("off seconds    own\n");
	EXPECT_EQ(0, SH("$altshm limits --shmmni 40000 --shmmax 12345"));
	EXPECT_SAYS("40000 segments   own\n");
	EXPECT_SAYS("12345 bytes      own\n");
	EXPECT_SAYS("pages      kernel.shmall\n");
	EXPECT_EQ(-EINVAL, new_sized(12346, 0600));
	EXPECT_EQ(0, SH("$altshm limits --shmmax follow"));
	EXPECT_SAYS("40000 segments   own\n");
	EXPECT_SAYS("bytes      kernel.shmmax\n");
	EXPECT_LT(0, new_sized(12346, 0600));
}

TEST_F(cli, limits_set_just_what_was_given)
{
	EXPECT_EQ(0, SH("$altshm limits --shmmni 40000 >/dev/null\n"
			"$altshm limits --orphan-timeout 3600 --shmall 0x10 >/dev/null\n"
			"$altshm limits --shmmax 5 --shmmax follow"));
	EXPECT_SAYS("40000 segments   own\n");
	EXPECT_SAYS(" 16 pages      own\n");
	EXPECT_SAYS("3600 seconds    own\n");
	EXPECT_SAYS("bytes      kernel.shmmax\n");
	EXPECT_EQ(0, SH("$altshm limits --orphan-timeout off --shmall follow --shmmni follow"));
	EXPECT_SAYS("off seconds    own\n");
	EXPECT_SAYS("4096 segments   kernel.shmmni\n");
}

TEST_F(cli, limits_says_what_is_wrong)
{
	EXPECT_EQ(2, SH("$altshm limits --shmmni 4k 2>&1"));
	EXPECT_SAYS("'4k' is neither");
	EXPECT_EQ(2, SH("$altshm limits --shmmax ' -5' 2>&1"));
	EXPECT_EQ(1, SH("$altshm limits --shmmax 5 --shmmni 1048577 2>&1"));
	EXPECT_SAYS("1048576 at most");
	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		EXPECT_EQ(4, SH("$altshm limits --shmmni 5 2>&1"));
		EXPECT_SAYS("CAP_SYS_RESOURCE");
		EXPECT_EQ(0, SH("$altshm limits"));
	}
	EXPECT_EQ(0, SH("$altshm limits"));
	EXPECT_SAYS("4096 segments   kernel.shmmni\n");
	EXPECT_SAYS("bytes      kernel.shmmax\n");
}

TEST_F(cli, limits_are_json_too)
{
	EXPECT_EQ(0, SH_JSON("$altshm limits --shmmni 77 --orphan-timeout 9 -j | json '\n"
			     "my $t = $_; join \" \", map { my $l = $$t{$_};\n"
			     "\"$$l{value} $$l{unit} $$l{own}\" }\n"
			     "\"shmmni\", \"orphan_timeout\"'"));
	EXPECT_STREQ("77 segments 1 9 seconds 1", self->out);
	EXPECT_EQ(0, SH_JSON("$altshm limits -j | json '$$_{shmmax}{value}'; cat " SHMMAX));
	EXPECT_STREQ("1844674407369277439918446744073692774399\n", self->out);
	EXPECT_EQ(0, SH("$altshm limits --orphan-timeout off"));
}

TEST_F(cli, stat_adds_up)
{
	int other = new_sized(3 * PAGE, 0600), orphan = new_orphan(0600);

	ASSERT_EQ(0, set_perm(other, USER_A, 0, 0600));
	memset(ATTACH(other, NULL, 0), 1, 2 * PAGE);
	ATTACH(other, NULL, 0);
	EXPECT_EQ(2, orphan);
	EXPECT_EQ(0, SH("$altshm stat | tr -s ' '"));
	EXPECT_STREQ("segments 3 of 4096: 1 orphans, 0 removed; attaches 2\n"
		     "space 20.0K of any\n"
		     "memory 8.0K, 0 of it in huge pages; swap 0\n"
		     "\n"
		     "owner segments orphans bytes rss swap nattch\n"
		     "1001 1 0 12.0K 8.0K 0 2\n"
		     "root 2 1 4.0K 0 0 0\n"
		     "\n"
		     " shmid key owner bytes rss swap nattch status\n"
		     " 1 0x00000000 1001 12.0K 8.0K 0 2\n"
		     " 2 0x00000000 root 4.0K 0 0 0 orphan\n"
		     " 0 0x616c7473 root 100 0 0 0\n", self->out);
	EXPECT_EQ(0, SH_JSON("$altshm stat -j -n 1 --by bytes | json '\n"
			     "\"$$_{usage}{segments} $$_{usage}{orphans} $$_{usage}{rss} $$_{by} \" .\n"
			     "\"$$_{users}[0]{uid} $$_{users}[0]{size} $$_{limits}{shmmni} \" .\n"
			     "@{$$_{users}} . @{$$_{segments}} . $$_{segments}[0]{id}'"));
	EXPECT_STREQ("3 1 8192 bytes 1001 12288 4096 111", self->out);
}

TEST_F(cli, top_runs_in_batches)
{
	EXPECT_EQ(0, SH("$altshm top -b -n 2 -d 1 -c 5 -s nattch | grep -c '0x616c7473'"));
	EXPECT_STREQ("2\n", self->out);
	EXPECT_EQ(0, SH_JSON("$altshm top -j -n 1 | json '$$_{segments}[0]{key}'"));
	EXPECT_STREQ("0x616c7473", self->out);
	EXPECT_EQ(2, SH("$altshm top 2>&1"));
	EXPECT_SAYS("--batch");
	EXPECT_EQ(2, SH("$altshm top -b --delay 0.5 2>&1"));
	EXPECT_SAYS("'0.5' is no number of seconds from 1 to 86400\n");
	EXPECT_EQ(0, SH("f=$(mktemp -u); mkfifo $f; $altshm top -b >$f & exec 3<$f; rm $f\n"
			"read line <&3; kill $!; cat <&3 >/dev/null; wait $!"));
}

TEST_F(cli, top_takes_keys_and_leaves_the_terminal_as_it_was)
{
	EXPECT_EQ(0, SH("printf nbsxrq | script -qec \"stty rows 12 cols 60; stty -a >/tmp/before\n"
			"$altshm top; s=\\$?; stty -a | cmp - /tmp/before && exit \\$s\" /dev/null |\n"
			"tr -d '\\r'; rm /tmp/before"));
	EXPECT_SAYS("\033[?1049h");
	EXPECT_SAYS("by nattch");
	EXPECT_SAYS("by swap");
	EXPECT_SAYS("0x616c7473");
	EXPECT_STREQ("\033[?25h\033[?1049l", strrchr(self->out, 'l') ?
		     self->out + strlen(self->out) - strlen("\033[?25h\033[?1049l") : "");
	/* All that it says of its keys fits a terminal of the usual width. */
	EXPECT_EQ(0, SH("printf q | script -qec \"stty rows 24 cols 80; $altshm top -s nattch\"\\\n"
			" /dev/null"));
	EXPECT_SAYS("by nattch; q quit, r rss, b bytes, s swap, n nattch\r\n");
	/* One that does not know its size. */
	EXPECT_EQ(0, SH("printf q | script -qec \"stty rows 0 cols 0; $altshm top\" /dev/null"));
	EXPECT_SAYS("0x616c7473");
	/* The key may have come before echo was off. */
	EXPECT_EQ(0, SH("printf q | script -qec \"stty rows 3 cols 20; $altshm top\" /dev/null |\n"
			"tr -d '\\r' | sed 's/^q//; s/\\x1b\\[?*[0-9]*[A-Za-z]//g' |\n"
			"awk 'length > 20'"));
	EXPECT_STREQ("", self->out);
}

#define COMPLETE								\
	"bash -c '. $dir/../completion/altshm.bash; PATH=$dir/..:$PATH\n"	\
	"compopt() { :; }\n"							\
	"t() { COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); _altshm; echo ${COMPREPLY[*]}; }\n"

TEST_F(cli, bash_completes_commands_options_and_what_exists)
{
	EXPECT_EQ(0, SH(COMPLETE "t altshm \"\"; t altshm l; t altshm --v'"));
	EXPECT_STREQ("run ls show who rm monitor limits stat top --help --version\n"
		     "ls limits\n--version\n", self->out);
	EXPECT_EQ(0, SH(COMPLETE "t altshm ls --o; t altshm ls -s n; t altshm ls -c key,b\n"
			"t altshm run --str; t altshm run ech; t altshm run ls --; t altshm monitor --type get,at\n"
			"t altshm limits --shmmax f; t altshm top --by s'"));
	EXPECT_STREQ("--owner --orphaned\nnattch\nkey,bytes key,backing\n--strict\necho\n\n"
		     "get,attach\nfollow\nswap\n", self->out);
	EXPECT_EQ(0, SH(COMPLETE "for c in $(t altshm \"\"); do [[ $c == -* ]] || t altshm $c --h\n"
			"done' | uniq -c | tr -s ' '"));
	EXPECT_STREQ(" 9 --help\n", self->out);
	EXPECT_EQ(0, SH(COMPLETE "t altshm show \"\"; t altshm rm -k 0x; t altshm rm -u roo'"));
	EXPECT_STREQ("0\n0x616c7473\nroot\n", self->out);
}

TEST_HARNESS_MAIN
