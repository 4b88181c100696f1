// SPDX-License-Identifier: GPL-2.0-only
/*
 * shmdt: which address it wants, and which pieces of an attach it removes.
 */
#include "common.h"

SHM_FIXTURE(detach);

static bool is_mapped(const void *addr)
{
	return maps_line(addr)[0] != '\0';
}

/* rows: DET-01 */
TEST_F(detach, attached_address_is_detached_and_stamped)
{
	int id = new_segment(0600);
	char *mem = ATTACH(id, NULL, 0);
	time_t before = time(NULL);
	struct shmid_ds ds;

	IN_CHILD {
		EXPECT_OK(shm.dt(mem));
		EXPECT_FALSE(is_mapped(mem));
		EXPECT_EQ(getpid(), STAT(id).shm_lpid);
	}
	EXPECT_OK(shm.dt(mem));
	ds = STAT(id);
	EXPECT_EQ(0, ds.shm_nattch);
	EXPECT_EQ(getpid(), ds.shm_lpid);
	EXPECT_TRUE(is_recent(ds.shm_dtime, before));
	EXPECT_FALSE(is_mapped(mem));
}

/* rows: DET-02 DET-04 */
TEST_F(detach, other_addresses_of_an_attach_are_einval)
{
	int id = new_sized(3 * PAGE, 0600);
	char *mem = ATTACH(id, NULL, 0);

	EXPECT_ERR(EINVAL, shm.dt(mem + 1));
	EXPECT_ERR(EINVAL, shm.dt(mem + PAGE - 1));
	EXPECT_ERR(EINVAL, shm.dt(mem + PAGE));
	EXPECT_ERR(EINVAL, shm.dt(mem + 3 * PAGE));
	EXPECT_NATTCH(1, id);
	EXPECT_EQ(0, STAT(id).shm_dtime);
	mem[0] = 1;
}

/* rows: DET-03 */
TEST_F(detach, what_is_no_attach_is_einval)
{
	char *mem = ATTACH(new_segment(0600), NULL, 0);
	int fd = memfd_create("file", MFD_CLOEXEC);
	char *file, *anon;

	ASSERT_EQ(0, ftruncate(fd, PAGE));
	file = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	anon = mmap(NULL, PAGE, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	EXPECT_ERR(EINVAL, shm.dt(NULL));
	EXPECT_ERR(EINVAL, shm.dt(file));
	EXPECT_ERR(EINVAL, shm.dt(anon));
	EXPECT_ERR(EINVAL, shm.dt((void *)0xffffffff81000000));
	EXPECT_ERR(EINVAL, shm.dt((void *)-PAGE));
	EXPECT_ERR(EINVAL, shm.dt((void *)-1));
	EXPECT_OK(shm.dt(mem));
	EXPECT_ERR(EINVAL, shm.dt(mem));
	EXPECT_TRUE(is_mapped(file));
	EXPECT_TRUE(is_mapped(anon));
}

/* rows: DET-05 DET-07 */
TEST_F(detach, head_may_be_gone)
{
	int id = new_sized(4 * PAGE, 0600);
	char *mem = ATTACH(id, NULL, 0);

	ASSERT_OK(munmap(mem, PAGE));
	EXPECT_NATTCH(1, id);
	EXPECT_ERR(EINVAL, shm.dt(mem + PAGE));
	EXPECT_OK(shm.dt(mem));
	EXPECT_NATTCH(0, id);
	EXPECT_FALSE(is_mapped(mem + PAGE));
}

/* rows: DET-06 LIF-06 */
TEST_F(detach, all_pieces_go)
{
	int id = new_sized(8 * PAGE, 0600);
	char *mem = ATTACH(id, NULL, 0);

	ASSERT_OK(munmap(mem + PAGE, PAGE));
	ASSERT_OK(munmap(mem + 4 * PAGE, 2 * PAGE));
	EXPECT_NATTCH(3, id);
	EXPECT_OK(shm.dt(mem));
	EXPECT_NATTCH(0, id);
	for (int i = 0; i < 8; i++) {
		EXPECT_FALSE(is_mapped(mem + i * PAGE));
	}
}

/* rows: DET-08 */
TEST_F(detach, mappings_in_the_holes_are_left_alone)
{
	int id = new_sized(6 * PAGE, 0600), other = new_segment(0600);
	char *mem = ATTACH(id, NULL, 0), *anon;

	ASSERT_OK(munmap(mem + PAGE, PAGE));
	ASSERT_OK(munmap(mem + 3 * PAGE, PAGE));
	anon = mmap(mem + PAGE, PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	ASSERT_EQ(mem + PAGE, anon);
	anon[0] = 4;
	ASSERT_EQ(mem + 3 * PAGE, ATTACH(other, mem + 3 * PAGE, 0));
	EXPECT_OK(shm.dt(mem));
	EXPECT_NATTCH(0, id);
	EXPECT_NATTCH(1, other);
	EXPECT_EQ(4, anon[0]);
	EXPECT_FALSE(is_mapped(mem + 4 * PAGE));
	EXPECT_OK(shm.dt(mem + 3 * PAGE));
}

/* rows: DET-05 DET-09 LIF-14 */
TEST_F(detach, moved_piece_is_found_by_address_minus_offset)
{
	int id = new_sized(4 * PAGE, 0600);
	char *mem = ATTACH(id, NULL, 0), *space, *moved;

	space = mmap(NULL, 8 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
		     -1, 0);
	ASSERT_OK(munmap(space, 8 * PAGE));
	moved = mremap(mem + 2 * PAGE, PAGE, PAGE,
		       MREMAP_MAYMOVE | MREMAP_FIXED, space + 4 * PAGE);
	ASSERT_EQ(space + 4 * PAGE, moved);
	EXPECT_NATTCH(3, id);
	EXPECT_FALSE(is_mapped(space + 2 * PAGE));
	EXPECT_ERR(EINVAL, shm.dt(moved));
	EXPECT_OK(shm.dt(space + 2 * PAGE));
	EXPECT_FALSE(is_mapped(moved));
	EXPECT_NATTCH(2, id);
	EXPECT_OK(shm.dt(mem));
	EXPECT_NATTCH(0, id);
}

/* rows: DET-10 ATT-09 */
TEST_F(detach, overlaid_attaches_go_by_their_own_address)
{
	int under = new_sized(4 * PAGE, 0600), over = new_segment(0600);
	char *mem = ATTACH(under, NULL, 0);

	ASSERT_EQ(mem, ATTACH(over, mem, SHM_REMAP));
	EXPECT_NATTCH(1, under);
	EXPECT_OK(shm.dt(mem));
	EXPECT_NATTCH(0, over);
	EXPECT_NATTCH(1, under);
	EXPECT_OK(shm.dt(mem));
	EXPECT_NATTCH(0, under);
	EXPECT_ERR(EINVAL, shm.dt(mem));
}

/* rows: DET-10 DET-06 */
TEST_F(detach, overlay_of_the_same_segment_is_another_attach)
{
	int id = new_sized(4 * PAGE, 0600);
	char *mem = ATTACH(id, NULL, 0), *addr;

	addr = mmap(NULL, 8 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
		    -1, 0);
	ASSERT_OK(munmap(addr, 8 * PAGE));
	ASSERT_EQ(addr, ATTACH(id, addr, 0));
	ASSERT_EQ(addr + 2 * PAGE, ATTACH(id, addr + 2 * PAGE, SHM_REMAP));
	EXPECT_NATTCH(3, id);
	EXPECT_OK(shm.dt(addr));
	EXPECT_FALSE(is_mapped(addr));
	EXPECT_TRUE(is_mapped(addr + 2 * PAGE));
	EXPECT_TRUE(is_mapped(addr + 5 * PAGE));
	EXPECT_NATTCH(2, id);
	EXPECT_OK(shm.dt(addr + 2 * PAGE));
	EXPECT_NATTCH(1, id);
	EXPECT_OK(shm.dt(mem));
}

/* rows: DET-06 */
TEST_F(detach, piece_of_another_attach_in_a_hole)
{
	int id = new_sized(3 * PAGE, 0600);
	char *mem = ATTACH(id, NULL, 0), *other = ATTACH(id, NULL, 0);

	ASSERT_OK(munmap(mem + PAGE, PAGE));
	ASSERT_EQ(mem + PAGE, mremap(other + PAGE, PAGE, PAGE,
				     MREMAP_MAYMOVE | MREMAP_FIXED,
				     mem + PAGE));
	EXPECT_OK(shm.dt(mem));
	/* A difference: in altshm all attaches of a segment share a file. */
	EXPECT_EQ(!on_altshm, is_mapped(mem + PAGE));
	EXPECT_FALSE(is_mapped(mem + 2 * PAGE));
	EXPECT_OK(shm.dt(other));
}

/* rows: DET-11 LIF-09 */
TEST_F(detach, protection_does_not_matter)
{
	int id = new_sized(3 * PAGE, 0600);
	char *mem = ATTACH(id, NULL, 0);

	ASSERT_OK(mprotect(mem, PAGE, PROT_NONE));
	ASSERT_OK(mprotect(mem + 2 * PAGE, PAGE, PROT_READ));
	EXPECT_NATTCH(3, id);
	EXPECT_OK(shm.dt(mem));
	EXPECT_NATTCH(0, id);
	EXPECT_FALSE(is_mapped(mem));
	EXPECT_FALSE(is_mapped(mem + 2 * PAGE));
}

/* rows: DET-12 NSP-03 */
TEST_F(detach, works_from_another_ipc_namespace)
{
	int id = rc(shm.get(KEY, PAGE, IPC_CREAT | 0600));
	char *mem = ATTACH(id, NULL, 0);

	IN_CHILD {
		EXPECT_NATTCH(2, id);
		ASSERT_EQ(0, unshare(CLONE_NEWIPC));
		EXPECT_ERR(EINVAL, shm.at(id, NULL, 0));
		mem[0] = 6;
		EXPECT_OK(shm.dt(mem));
		EXPECT_ERR(EINVAL, shm.dt(mem));
	}
	EXPECT_NATTCH(1, id);
	EXPECT_EQ(6, mem[0]);
}

TEST_HARNESS_MAIN
