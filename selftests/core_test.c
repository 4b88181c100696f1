// SPDX-License-Identifier: GPL-2.0-only
/*
 * What of an attach a core dump holds.
 */
#include <elf.h>

#include "common.h"

#define CORE_PATTERN	"/proc/sys/kernel/core_pattern"
#define CORE_FILE	"/root/altshm-core"
#define PAGES		8

SHM_FIXTURE(core);

/* Bytes that the core file has of the mapping at an address; -1: no mapping. */
static long dumped(const void *addr)
{
	FILE *file = fopen(CORE_FILE, "re");
	Elf64_Ehdr head;
	Elf64_Phdr part;
	long size = -1;

	if (!file)
		return -ENOENT;
	if (fread(&head, sizeof(head), 1, file) != 1 ||
	    memcmp(head.e_ident, ELFMAG, SELFMAG) || head.e_type != ET_CORE)
		size = -EINVAL;
	for (int i = 0; size == -1 && i < head.e_phnum; i++) {
		fseek(file, head.e_phoff + i * sizeof(part), SEEK_SET);
		if (fread(&part, sizeof(part), 1, file) != 1)
			break;
		if (part.p_type == PT_LOAD && part.p_vaddr == (Elf64_Addr)addr)
			size = part.p_filesz;
	}
	fclose(file);
	return size;
}

/* rows: MEM-17 */
TEST_F(core, has_writable_attaches_and_a_page_of_read_only_ones)
{
	int id = new_sized(PAGES * PAGE, 0600), status;
	char *mem = ATTACH(id, NULL, 0), *view = ATTACH(id, NULL, SHM_RDONLY);
	char old[256];
	pid_t pid;

	mem[0] = 1;
	snprintf(old, sizeof(old), "%s", read_line(CORE_PATTERN));
	ASSERT_EQ(0, write_file(CORE_PATTERN, CORE_FILE));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		write_file("/proc/self/coredump_filter", "0x33");
		set_limit(RLIMIT_CORE, RLIM_INFINITY);
		signal(SIGQUIT, SIG_DFL);
		raise(SIGQUIT);
		_exit(0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, write_file(CORE_PATTERN, old));
	EXPECT_TRUE(WIFSIGNALED(status) && WCOREDUMP(status));
	EXPECT_EQ(PAGES * PAGE, dumped(mem));
	EXPECT_EQ(PAGE, dumped(view));
	unlink(CORE_FILE);
}

TEST_HARNESS_MAIN
