// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fuzzer for a short time: sequences that were worth keeping, and new ones
 * of a seed that it prints. The model has to agree with the kernel's own
 * facility before it may judge another.
 */
#include "command.h"

FIXTURE(fuzz) {
	char out[16384];
};

FIXTURE_VARIANT(fuzz) {
	const char *facility;
	bool altshm;
};

FIXTURE_VARIANT_ADD(fuzz, sysv) {
	.facility = "--native",
};

FIXTURE_VARIANT_ADD(fuzz, altshm) {
	.facility = "",
	.altshm = true,
};

FIXTURE_SETUP(fuzz)
{
	if (geteuid() != 0)
		SKIP(_exit(SKIP_STATUS), "needs root");
	if (variant->altshm && access("/dev/altshm", R_OK | W_OK))
		SETUP_SKIP("no /dev/altshm: module not loaded");
	setenv("facility", variant->facility, 1);
	/* Only a machine of our own may have its clock set. */
	if (altshm_required())
		setenv("clock", "--set-clock", 1);
}

FIXTURE_TEARDOWN(fuzz)
{
}

/* All that the fuzzer prints is diagnostics of this test. */
#define EXPECT_FUZZER_OK(arguments) do {				\
	int status_ = SH("$dir/fuzzer $facility $clock " arguments);	\
									\
	EXPECT_EQ(0, status_);						\
	for (char *line_ = strtok(self->out, "\n"); line_; line_ = strtok(NULL, "\n")) \
		if (status_ || !strncmp(line_, "# ", 2))		\
			fprintf(stderr, "# %s\n", line_);		\
} while (0)

TEST_F_TIMEOUT(fuzz, kept_sequences_are_answered_as_the_model_says, 120)
{
	EXPECT_FUZZER_OK("$dir/corpus");
}

TEST_F_TIMEOUT(fuzz, random_sequences_are_answered_as_the_model_says, 120)
{
	EXPECT_FUZZER_OK("--seconds 3");
}

TEST_HARNESS_MAIN
