// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unit tests of sizes and limits, at the edges of what a word can say.
 */
#include <kunit/test.h>

#include "sizes.h"

static void pages_are_rounded_up(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, 1UL, altshm_size_pages(1));
	KUNIT_EXPECT_EQ(test, 1UL, altshm_size_pages(PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, 2UL, altshm_size_pages(PAGE_SIZE + 1));
	KUNIT_EXPECT_EQ(test, ULONG_MAX / PAGE_SIZE, altshm_size_pages(ALTSHM_SIZE_MOST));
	KUNIT_EXPECT_EQ(test, ULONG_MAX / PAGE_SIZE, altshm_size_pages(ALTSHM_SIZE_MOST - 1));
}

static void alignment_that_overflows_is_nothing(struct kunit *test)
{
	const size_t huge = 1UL << 21;

	KUNIT_EXPECT_EQ(test, huge, altshm_size_align(1, 21));
	KUNIT_EXPECT_EQ(test, huge, altshm_size_align(huge, 21));
	KUNIT_EXPECT_EQ(test, 2 * huge, altshm_size_align(huge + 1, 21));
	KUNIT_EXPECT_EQ(test, ULONG_MAX - huge + 1, altshm_size_align(ULONG_MAX - huge + 1, 21));
	KUNIT_EXPECT_EQ(test, 0UL, altshm_size_align(ULONG_MAX - huge + 2, 21));
	KUNIT_EXPECT_EQ(test, 0UL, altshm_size_align(ULONG_MAX, 21));
	KUNIT_EXPECT_EQ(test, 0UL, altshm_size_align(ULONG_MAX, 30));
}

static void pages_fit_up_to_the_limit(struct kunit *test)
{
	unsigned long total;

	KUNIT_EXPECT_TRUE(test, altshm_pages_fit(3, 4, 7, &total));
	KUNIT_EXPECT_EQ(test, 7UL, total);
	KUNIT_EXPECT_FALSE(test, altshm_pages_fit(3, 5, 7, &total));
	KUNIT_EXPECT_EQ(test, 8UL, total);
	KUNIT_EXPECT_FALSE(test, altshm_pages_fit(0, 1, 0, &total));
	KUNIT_EXPECT_TRUE(test, altshm_pages_fit(0, 0, 0, &total));
	/* A limit that was lowered below what there is. */
	KUNIT_EXPECT_FALSE(test, altshm_pages_fit(9, 0, 7, &total));
	KUNIT_EXPECT_EQ(test, 9UL, total);
}

static void pages_never_add_up_to_few(struct kunit *test)
{
	unsigned long total;

	KUNIT_EXPECT_TRUE(test, altshm_pages_fit(ULONG_MAX - 1, 1, ULONG_MAX, &total));
	KUNIT_EXPECT_EQ(test, ULONG_MAX, total);
	KUNIT_EXPECT_FALSE(test, altshm_pages_fit(ULONG_MAX, 1, ULONG_MAX, &total));
	KUNIT_EXPECT_FALSE(test, altshm_pages_fit(1UL << 63, 1UL << 63, ULONG_MAX, &total));
	KUNIT_EXPECT_EQ(test, ULONG_MAX, total);
	KUNIT_EXPECT_FALSE(test, altshm_pages_fit(2, ULONG_MAX, 10, &total));
	KUNIT_EXPECT_EQ(test, ULONG_MAX, total);
}

static struct kunit_case sizes_cases[] = {
	KUNIT_CASE(pages_are_rounded_up),
	KUNIT_CASE(alignment_that_overflows_is_nothing),
	KUNIT_CASE(pages_fit_up_to_the_limit),
	KUNIT_CASE(pages_never_add_up_to_few),
	{}
};

static struct kunit_suite sizes_suite = {
	.name = "altshm_sizes",
	.test_cases = sizes_cases,
};

kunit_test_suite(sizes_suite);

MODULE_DESCRIPTION("Unit tests of altshm");
MODULE_LICENSE("GPL");
