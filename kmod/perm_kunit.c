// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unit tests of the permission rule: every mode with every request, for every
 * kind of caller, against the rule said in another way.
 */
#include <kunit/test.h>
#include <linux/cred.h>
#include <linux/user_namespace.h>

#include "perm.h"
#include "refuse.h"

/* What the rule said of the last call, in place of those who would be told. */
static struct {
	enum altshm_rule rule;
	u64 limit, wanted;
} refusal;

int altshm_refuse(int err, enum altshm_rule rule, u64 limit, u64 wanted)
{
	refusal.rule = rule;
	refusal.limit = limit;
	refusal.wanted = wanted;
	return err;
}

enum { OWNER = 1001, CREATOR, GROUP, CREATOR_GROUP, STRANGER };

static const struct altshm_perm someones = {
	.uid = KUIDT_INIT(OWNER),
	.cuid = KUIDT_INIT(CREATOR),
	.gid = KGIDT_INIT(GROUP),
	.cgid = KGIDT_INIT(CREATOR_GROUP),
};

struct caller {
	const char *name;
	unsigned int uid, gid;
	unsigned int class;	/* which digit of the mode counts, from the left */
};

static const struct caller callers[] = {
	{ "owner", OWNER, STRANGER, 0 },
	{ "creator", CREATOR, STRANGER, 0 },
	{ "owner in the group", OWNER, GROUP, 0 },
	{ "member", STRANGER, GROUP, 1 },
	{ "member of the creator's group", STRANGER, CREATOR_GROUP, 1 },
	{ "stranger", STRANGER, STRANGER, 2 },
	/* Numbers of users are none of groups. */
	{ "group named as the owner", GROUP, OWNER, 2 },
};

static void caller_describe(const struct caller *caller, char *text)
{
	strscpy(text, caller->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(caller, callers, caller_describe);

/* The caller's credentials, with @cap or without any capability, if negative. */
static const struct cred *become(struct kunit *test, unsigned int uid, unsigned int gid, int cap)
{
	struct cred *cred = prepare_creds();
	const struct cred *saved;

	KUNIT_ASSERT_NOT_NULL(test, cred);
	/* The real user and the group for files have to play no part. */
	cred->euid = KUIDT_INIT(uid);
	cred->uid = KUIDT_INIT(OWNER);
	cred->fsgid = KGIDT_INIT(gid);
	cred->egid = KGIDT_INIT(gid);
	cap_clear(cred->cap_effective);
	if (cap >= 0)
		cap_raise(cred->cap_effective, cap);
	saved = override_creds(cred);
	put_cred(cred);
	return saved;
}

static void class_alone_decides(struct kunit *test)
{
	const struct caller *caller = test->param_value;
	const struct cred *saved = become(test, caller->uid, caller->gid, -1);
	struct altshm_perm perm = someones;
	unsigned int wanted, place;

	for (perm.mode = 0; perm.mode <= 0777; perm.mode++) {
		unsigned int granted = perm.mode / (caller->class == 0 ? 64 :
						    caller->class == 1 ? 8 : 1) % 8;

		for (wanted = 0; wanted < 8; wanted++) {
			int expected = (wanted | granted) == granted ? 0 : -EACCES;

			for (place = 1; place <= 64; place *= 8) {
				KUNIT_ASSERT_EQ_MSG(test, expected,
						    altshm_perm_access(&perm, &init_user_ns,
								       wanted * place),
						    "mode %03o, wanted %03o", perm.mode,
						    wanted * place);
				KUNIT_ASSERT_EQ_MSG(test, !caller->class && !expected,
						    altshm_perm_grants_owner(&perm,
									     wanted * place),
						    "mode %03o, wanted %03o", perm.mode,
						    wanted * place);
			}
		}
	}
	revert_creds(saved);
}

/* Read in one position and write in another are both asked for. */
static void requests_in_several_positions_add_up(struct kunit *test)
{
	const struct cred *saved = become(test, OWNER, STRANGER, -1);
	struct altshm_perm perm = someones;

	perm.mode = 0400;
	KUNIT_EXPECT_EQ(test, 0, altshm_perm_access(&perm, &init_user_ns, 0444));
	KUNIT_EXPECT_EQ(test, -EACCES, altshm_perm_access(&perm, &init_user_ns, 0402));
	KUNIT_EXPECT_EQ(test, ALTSHM_RULE_MODE, refusal.rule);
	KUNIT_EXPECT_EQ(test, 4, refusal.limit);
	KUNIT_EXPECT_EQ(test, 6, refusal.wanted);
	perm.mode = 0600;
	KUNIT_EXPECT_EQ(test, 0, altshm_perm_access(&perm, &init_user_ns, 0402));
	KUNIT_EXPECT_EQ(test, 0, altshm_perm_access(&perm, &init_user_ns, 0066));
	KUNIT_EXPECT_EQ(test, -EACCES, altshm_perm_access(&perm, &init_user_ns, 0667));
	/* Bits that are no permissions, as in shmflg. */
	KUNIT_EXPECT_EQ(test, 0, altshm_perm_access(&perm, &init_user_ns, 07000));
	revert_creds(saved);
}

static void capability_of_ipc_owners_opens_all(struct kunit *test)
{
	const struct cred *saved = become(test, STRANGER, STRANGER, CAP_IPC_OWNER);
	struct altshm_perm perm = someones;

	KUNIT_EXPECT_EQ(test, 0, altshm_perm_access(&perm, &init_user_ns, 0777));
	KUNIT_EXPECT_EQ(test, -EPERM, altshm_perm_control(&perm, &init_user_ns));
	revert_creds(saved);
}

static void control_is_for_owner_creator_and_admin(struct kunit *test)
{
	static const struct {
		unsigned int uid, gid;
		int cap, expected;
	} cases[] = {
		{ OWNER, STRANGER, -1, 0 },
		{ CREATOR, STRANGER, -1, 0 },
		{ STRANGER, GROUP, -1, -EPERM },
		{ STRANGER, CREATOR_GROUP, -1, -EPERM },
		{ STRANGER, STRANGER, CAP_SYS_ADMIN, 0 },
		{ STRANGER, STRANGER, CAP_IPC_LOCK, -EPERM },
	};
	struct altshm_perm perm = someones;
	unsigned int i;

	perm.mode = 0777;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct cred *saved = become(test, cases[i].uid, cases[i].gid, cases[i].cap);

		KUNIT_EXPECT_EQ_MSG(test, cases[i].expected,
				    altshm_perm_control(&perm, &init_user_ns), "case %u", i);
		if (cases[i].expected)
			KUNIT_EXPECT_EQ(test, ALTSHM_RULE_OWNER, refusal.rule);
		KUNIT_EXPECT_EQ_MSG(test, i < 2, altshm_perm_is_owner(&perm), "case %u", i);
		revert_creds(saved);
	}
}

static struct kunit_case perm_cases[] = {
	KUNIT_CASE_PARAM(class_alone_decides, caller_gen_params),
	KUNIT_CASE(requests_in_several_positions_add_up),
	KUNIT_CASE(capability_of_ipc_owners_opens_all),
	KUNIT_CASE(control_is_for_owner_creator_and_admin),
	{}
};

static struct kunit_suite perm_suite = {
	.name = "altshm_perm",
	.test_cases = perm_cases,
};

kunit_test_suite(perm_suite);
