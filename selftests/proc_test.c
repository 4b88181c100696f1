// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of segments as a file, and the sysctls that limit them.
 */
#include <sys/stat.h>

#include "common.h"

SHM_FIXTURE(proc);

static const char *table_path(void)
{
	return on_altshm ? "/proc/altshm/shm" : "/proc/sysvipc/shm";
}

/* Line n of the table (0: the header), or "". */
static const char *table_line(FILE *file, int n)
{
	static char line[512];

	rewind(file);
	for (int i = 0; i <= n; i++) {
		line[0] = '\0';
		if (!fgets(line, sizeof(line), file))
			break;
	}
	return line;
}

#define HEADER \
	"       key      shmid perms                  size  cpid  lpid nattch" \
	"   uid   gid  cuid  cgid      atime      dtime      ctime" \
	"                   rss                  swap\n"
#define ROW \
	"%10d %10d  %4o %21lu %5u %5u  %5lu %5u %5u %5u %5u %10lu %10lu" \
	" %10lu %21lu %21lu\n"

/* rows: PRC-01 PRC-02 */
TEST_F(proc, table_has_the_columns_of_native)
{
	FILE *file = fopen(table_path(), "re");
	key_t key = INT_MIN + 1;
	int id = rc(shm.get(key, 5000, IPC_CREAT | 0640));
	struct shmid_ds ds;
	char row[512];

	ASSERT_NE(NULL, file);
	ATTACH(id, NULL, 0)[0] = 1;
	ASSERT_EQ(0, set_perm(id, USER_A, GROUP_G, 0640));
	ASSERT_OK(shm.ctl(id, SHM_LOCK, NULL));
	ds = STAT(id);
	snprintf(row, sizeof(row), ROW, key, id, 02640, 5000UL,
		 getpid(), getpid(), 1UL, USER_A, GROUP_G, 0, 0,
		 ds.shm_atime, ds.shm_dtime, ds.shm_ctime, PAGE, 0UL);
	EXPECT_STREQ(HEADER, table_line(file, 0));
	EXPECT_STREQ(row, table_line(file, 1));
	EXPECT_STREQ("", table_line(file, 2));
	fclose(file);
}

/* rows: PRC-03 */
TEST_F(proc, rows_are_for_everybody_and_in_order_of_index)
{
	struct stat st;

	for (int i = 0; i < 3; i++) {
		ASSERT_EQ(i, new_segment(0));
	}
	ASSERT_OK(shm.ctl(1, IPC_RMID, NULL));
	ASSERT_EQ(0, stat(table_path(), &st));
	EXPECT_EQ(S_IFREG | 0444, st.st_mode);
	IN_CHILD {
		FILE *file;
		int id = -1;

		ASSERT_EQ(0, become(USER_A, GROUP_G));
		file = fopen(table_path(), "re");
		ASSERT_NE(NULL, file);
		EXPECT_EQ(1, sscanf(table_line(file, 1), "%*d %d", &id));
		EXPECT_EQ(0, id);
		EXPECT_EQ(1, sscanf(table_line(file, 2), "%*d %d", &id));
		EXPECT_EQ(2, id);
		EXPECT_STREQ("", table_line(file, 3));
	}
}

/* rows: PRC-03 */
TEST_F(proc, table_can_be_read_from_anywhere)
{
	static char whole[16384], piece[100];
	int file = open(table_path(), O_RDONLY | O_CLOEXEC);
	size_t length = 0;
	ssize_t got;

	ASSERT_LE(0, file);
	for (int i = 0; i < 60; i++) {
		ASSERT_EQ(i, new_segment(0600));
	}
	for (int i = 0; i < 60; i += 3) {
		ASSERT_OK(shm.ctl(i, IPC_RMID, NULL));
	}
	while ((got = read(file, whole + length, sizeof(whole) - length)) > 0)
		length += got;
	/* The heading and 40 rows. */
	EXPECT_EQ(41 * (sizeof(HEADER) - 1), length);
	for (size_t at = length; at >= 97; at -= 97) {
		size_t left = length - at;

		got = pread(file, piece, sizeof(piece), at);
		ASSERT_EQ(left < sizeof(piece) ? left : sizeof(piece), got);
		EXPECT_EQ(0, memcmp(piece, whole + at, got)) TH_LOG("at %zu", at);
	}
	close(file);
}

/* rows: NSP-06 */
TEST_F(proc, open_table_stays_with_its_namespace)
{
	FILE *file = fopen(table_path(), "re"), *after;

	ASSERT_NE(NULL, file);
	ASSERT_EQ(0, new_segment(0600));
	ASSERT_EQ(0, unshare(CLONE_NEWIPC));
	after = fopen(table_path(), "re");
	ASSERT_NE(NULL, after);
	EXPECT_STRNE("", table_line(file, 1));
	EXPECT_STREQ("", table_line(after, 1));
	fclose(file);
	fclose(after);
}

/* rows: PRC-04 */
TEST_F(proc, sizes_refuse_what_is_no_unsigned_long)
{
	const char *paths[] = { SHMMAX, SHMALL };

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		EXPECT_EQ(-EINVAL, write_file(paths[i], "garbage"));
		EXPECT_EQ(-EINVAL, write_file(paths[i], "-1"));
		EXPECT_EQ(-EINVAL, write_file(paths[i], "99999999999999999999999"));
	}
	EXPECT_EQ(0, write_file(SHMMAX, "8192"));
	EXPECT_EQ(0, write_file(SHMALL, "3"));
	EXPECT_EQ(-EINVAL, new_sized(8193, 0600));
	EXPECT_EQ(0, new_sized(8192, 0600));
	EXPECT_EQ(-ENOSPC, new_sized(8192, 0600));
}

/* rows: PRC-05 */
TEST_F(proc, shmmni_is_at_most_32768)
{
	EXPECT_EQ(-EINVAL, write_ul(SHMMNI, 32769));
	EXPECT_EQ(-EINVAL, write_file(SHMMNI, "-1"));
	EXPECT_EQ(0, write_ul(SHMMNI, 32768));
	EXPECT_EQ(0, new_segment(0600));
	EXPECT_EQ(0, write_ul(SHMMNI, 1));
	EXPECT_EQ(-ENOSPC, new_segment(0600));
	EXPECT_EQ(0, write_ul(SHMMNI, 0));
}

/* rows: PRC-06 */
TEST_F(proc, lowered_limits_leave_what_exists)
{
	int ids[] = { new_sized(4 * PAGE, 0600), new_segment(0600) };

	ASSERT_EQ(0, write_ul(SHMMAX, 1));
	ASSERT_EQ(0, write_ul(SHMALL, 1));
	ASSERT_EQ(0, write_ul(SHMMNI, 1));
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
		ATTACH(ids[i], NULL, 0)[0] = 1;
	EXPECT_EQ(2, shm_info().used_ids);
	EXPECT_EQ(5, shm_info().shm_tot);
}

/* rows: PRC-07 */
TEST_F(proc, rmid_forced_is_0_or_1)
{
	EXPECT_EQ(0, read_ul(SHM_RMID_FORCED));
	EXPECT_EQ(-EINVAL, write_ul(SHM_RMID_FORCED, 2));
	EXPECT_EQ(-EINVAL, write_file(SHM_RMID_FORCED, "-1"));
	EXPECT_EQ(0, write_ul(SHM_RMID_FORCED, 1));
	EXPECT_OK(shm.dt(ATTACH(new_segment(0600), NULL, 0)));
	EXPECT_EQ(0, shm_info().used_ids);
}

/* rows: PRC-09 */
TEST_F(proc, limits_are_written_by_root_only)
{
	const char *paths[] = { SHMMAX, SHMALL, SHMMNI, SHM_RMID_FORCED };
	struct stat st;

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		ASSERT_EQ(0, stat(paths[i], &st));
		EXPECT_EQ(S_IFREG | 0644, st.st_mode);
		EXPECT_EQ(0, st.st_uid);
		IN_CHILD {
			ASSERT_EQ(0, become(USER_A, GROUP_G));
			EXPECT_EQ(-EACCES, write_ul(paths[i], 1));
		}
	}
	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		ASSERT_EQ(0, enter_userns(CLONE_NEWIPC));
		ASSERT_EQ(0, stat(SHMMNI, &st));
		EXPECT_EQ(0, st.st_uid);
		EXPECT_EQ(0, write_ul(SHMMNI, 1));
		EXPECT_EQ(0, new_segment(0600));
		EXPECT_EQ(-ENOSPC, new_segment(0600));
	}
	EXPECT_LT(1, read_ul(SHMMNI));
}

/* rows: PRC-08 */
TEST_F(proc, next_id_is_not_negative_and_for_the_privileged)
{
	const int privileges[] = { CAP_SYS_ADMIN, CAP_CHECKPOINT_RESTORE };
	struct stat st;

	ASSERT_EQ(0, stat(SHM_NEXT_ID, &st));
	EXPECT_EQ(S_IFREG | 0444, st.st_mode);
	EXPECT_EQ(-1, read_long(SHM_NEXT_ID));
	EXPECT_EQ(-EINVAL, write_file(SHM_NEXT_ID, "-1"));
	EXPECT_EQ(-EINVAL, write_ul(SHM_NEXT_ID, 1UL << 31));
	EXPECT_EQ(0, write_ul(SHM_NEXT_ID, INT_MAX));
	EXPECT_EQ(0, write_ul(SHM_NEXT_ID, 12));
	IN_CHILD {
		ASSERT_EQ(0, become(USER_A, GROUP_G));
		EXPECT_EQ(-EACCES, write_ul(SHM_NEXT_ID, 20));
		EXPECT_EQ(12, read_long(SHM_NEXT_ID));
		EXPECT_EQ(12, new_segment(0600));
		EXPECT_EQ(-1, read_long(SHM_NEXT_ID));
	}
	for (size_t i = 0; i < ARRAY_SIZE(privileges); i++) {
		IN_CHILD {
			ASSERT_EQ(0, become_with_cap(USER_A, GROUP_G, privileges[i]));
			EXPECT_EQ(0, write_ul(SHM_NEXT_ID, 30 + i));
			EXPECT_EQ(30 + i, new_segment(0600));
		}
	}
}

TEST_HARNESS_MAIN
