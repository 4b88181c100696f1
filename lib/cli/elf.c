// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What kind of program is to be run.
 */
#include "cli.h"

#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Program headers are searched up to here; there are about ten. */
#define ELF_HEADERS	64

/* Opens what execvp(3) would execute; -1 if there is no such file. */
static int elf_open(const char *name)
{
	const char *path = getenv("PATH") ?: "/bin:/usr/bin", *end;
	char file[PATH_MAX];

	if (strchr(name, '/'))
		return open(name, O_RDONLY | O_CLOEXEC);
	for (;; path = end + 1) {
		end = strchrnul(path, ':');
		if (snprintf(file, sizeof(file), "%.*s%s%s", (int)(end - path), path,
			     end == path ? "" : "/", name) < (int)sizeof(file) &&
		    !access(file, X_OK))
			return open(file, O_RDONLY | O_CLOEXEC);
		if (!*end)
			return -1;
	}
}

static bool elf_segment(int fd, off_t at, bool wide, bool *dynamic)
{
	Elf64_Phdr phdr;

	/* Both classes begin with the type. */
	if (pread(fd, &phdr, wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr), at) <= 0)
		return false;
	*dynamic = phdr.p_type == PT_INTERP;
	return true;
}

bool elf_is_static(const char *name)
{
	union {
		unsigned char ident[EI_NIDENT];
		Elf32_Ehdr narrow;
		Elf64_Ehdr wide;
	} head;
	bool wide, dynamic = false, readable = true;
	int fd = elf_open(name), count, i;
	off_t at;

	if (fd < 0)
		return false;
	if (pread(fd, &head, sizeof(head), 0) != sizeof(head) ||
	    memcmp(head.ident, ELFMAG, SELFMAG)) {
		close(fd);
		return false;
	}
	wide = head.ident[EI_CLASS] == ELFCLASS64;
	at = wide ? (off_t)head.wide.e_phoff : head.narrow.e_phoff;
	count = wide ? head.wide.e_phnum : head.narrow.e_phnum;
	for (i = 0; i < count && i < ELF_HEADERS && readable && !dynamic; i++) {
		readable = elf_segment(fd, at, wide, &dynamic);
		at += wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
	}
	close(fd);
	return readable && !dynamic;
}
