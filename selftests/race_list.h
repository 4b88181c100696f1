/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A racer that lists the segments in every way there is, while others change
 * them. What it sees of one segment must belong together.
 */
#ifndef _ALTSHM_SELFTESTS_RACE_LIST_H
#define _ALTSHM_SELFTESTS_RACE_LIST_H

#include "nl.h"
#include "race.h"

struct listed {
	int key;
	int id;
	unsigned int mode;
	unsigned long size;
	unsigned long nattch;
	unsigned int uid;
	unsigned int cuid;
};

/*
 * What races with a lister keep to: key KEY + n has n + 1 pages, and IPC_SET
 * gives a segment to its nth user with the nth mode.
 */
static const struct { uid_t uid; unsigned int mode; } owners[] = {
	{ 0, 0600 }, { USER_A, 0640 }, { USER_B, 0604 },
};

enum { LISTED_PAGES = 8, LISTED_ATTACHES = 4096 };

static inline int check_listed(const struct listed *seg)
{
	bool ok = seg->id >= 0 && seg->nattch <= LISTED_ATTACHES && seg->cuid == 0;

	if (seg->key && seg->size != (seg->key - KEY + 1) * PAGE)
		ok = false;
	if (!seg->size || seg->size % PAGE || seg->size > LISTED_PAGES * PAGE)
		ok = false;
	if (seg->key && seg->mode & SHM_DEST)
		ok = false;
	for (unsigned int i = 0; i < ARRAY_SIZE(owners); i++)
		if (seg->uid == owners[i].uid)
			ok = ok && (seg->mode & 0777) == owners[i].mode;
	if (ok)
		return 0;
	fprintf(stderr, "# key %x id %d mode %o size %lu nattch %lu uid %u cuid %u\n", seg->key,
		seg->id, seg->mode, seg->size, seg->nattch, seg->uid, seg->cuid);
	return complain("a segment's fields do not belong together", 0);
}

static inline int list_by_index(void)
{
	struct shm_info info;
	int max = shm.ctl(0, SHM_INFO, (struct shmid_ds *)&info);

	for (int i = 0; i <= max; i++) {
		struct shmid_ds ds;
		struct listed seg;
		long id = rc(shm.ctl(i, SHM_STAT, &ds));

		if (!ALLOWED(id, EINVAL, EIDRM))
			return complain("SHM_STAT", id);
		if (id < 0)
			continue;
		seg = (struct listed) {
			.key = ds.shm_perm.__key,
			.id = id,
			.mode = ds.shm_perm.mode,
			.size = ds.shm_segsz,
			.nattch = ds.shm_nattch,
			.uid = ds.shm_perm.uid,
			.cuid = ds.shm_perm.cuid,
		};
		if (check_listed(&seg))
			return 1;
	}
	return 0;
}

static inline int list_by_proc(void)
{
	FILE *file = fopen(on_altshm ? "/proc/altshm/shm" : "/proc/sysvipc/shm", "re");
	struct listed seg;
	char line[512];
	int last = -1;

	if (!file || !fgets(line, sizeof(line), file))
		return complain("the list in /proc cannot be read", 0);
	while (fgets(line, sizeof(line), file)) {
		int fields = sscanf(line, "%d %d %o %lu %*u %*u %lu %u %*u %u", &seg.key, &seg.id,
				    &seg.mode, &seg.size, &seg.nattch, &seg.uid, &seg.cuid);

		if (fields != 7)
			return complain(line, 0);
		if ((seg.id & 0x7fff) <= last)
			return complain("an index is listed twice", 0);
		last = seg.id & 0x7fff;
		if (check_listed(&seg))
			return 1;
	}
	fclose(file);
	return 0;
}

static inline int list_totals(void)
{
	struct shm_info info;
	struct shminfo limits;
	long ret = rc(shm.ctl(0, SHM_INFO, (struct shmid_ds *)&info));

	if (ret < 0)
		return complain("SHM_INFO", ret);
	ret = rc(shm.ctl(0, IPC_INFO, (struct shmid_ds *)&limits));
	if (ret < 0)
		return complain("IPC_INFO", ret);
	if ((unsigned int)info.used_ids > limits.shmmni || info.shm_tot > 1UL << 20)
		return complain("totals out of all bounds", 0);
	return 0;
}

/* Who has a segment attached that may go meanwhile. */
static inline int list_attachers(struct nl *nl, int id)
{
	struct nl_attrs attrs;
	uint16_t flags = 0;
	int ret = nl_dump(nl, ALTSHM_CMD_ATTACHER_GET, id);

	if (!ret)
		do
			ret = nl_dump_next(nl, &attrs, &flags);
		while (ret > 0);
	return ALLOWED(ret, EINVAL, EIDRM) ? 0 : complain("attachers by netlink", ret);
}

/* Only altshm has it. */
static inline int list_by_netlink(void)
{
	static struct nl *nl;
	struct nl_attrs attrs;
	uint16_t flags = 0;
	int ret, last = -1;

	if (!on_altshm)
		return list_by_index();
	if (!nl)
		nl = nl_open();
	if (!nl)
		return complain("netlink", -errno);
	ret = nl_dump(nl, ALTSHM_CMD_SEGMENT_GET, 0);
	if (!ret)
		ret = nl_dump_next(nl, &attrs, &flags);
	for (; ret > 0; ret = nl_dump_next(nl, &attrs, &flags)) {
		const uint64_t *num = attrs.num;
		const struct listed seg = {
			.key = num[ALTSHM_A_SEGMENT_KEY],
			.id = num[ALTSHM_A_SEGMENT_ID],
			.mode = num[ALTSHM_A_SEGMENT_MODE],
			.size = num[ALTSHM_A_SEGMENT_SIZE],
			.nattch = num[ALTSHM_A_SEGMENT_NATTCH],
			.uid = num[ALTSHM_A_SEGMENT_UID],
			.cuid = num[ALTSHM_A_SEGMENT_CUID],
		};

		if (check_listed(&seg))
			return 1;
		last = seg.id;
	}
	if (ret)
		return complain("segments by netlink", ret);
	return last < 0 ? 0 : list_attachers(nl, last);
}

/* What is looked at by one listener at most; it may begin and end at any event. */
enum { LISTED_EVENTS = 200 };

/* Only altshm has them. No number is left out, but after a notice that some were lost. */
static inline int list_events(void)
{
	struct nl_attrs event;
	struct nlmsghdr *head;
	uint64_t last = 0;
	bool lost = false;
	struct nl *nl;
	int ret;

	if (!on_altshm)
		return list_totals();
	nl = nl_open();
	if (!nl)
		return complain("netlink", -errno);
	nl_request(nl, ALTSHM_CMD_EVENTS_GET, 0);
	ret = nl_send(nl);
	for (int i = 0; !ret && i < LISTED_EVENTS && race_goes_on(); i++) {
		head = nl_receive(nl, 10);
		if (!head) {
			lost |= errno == ENOBUFS;
			ret = errno == ENOBUFS || errno == EAGAIN ? 0 : -errno;
			continue;
		}
		if (head->nlmsg_type == NLMSG_ERROR) {
			ret = nl_error(nl, head);
			break;
		}
		nl_parse(&event, head);
		if (i && !lost && event.num[ALTSHM_A_EVENT_SEQ] != last + 1)
			ret = -EPROTO;
		last = event.num[ALTSHM_A_EVENT_SEQ];
	}
	nl_close(nl);
	return ret ? complain("events by netlink", ret) : 0;
}

/* A new way to list segments joins here. */
static int (*const listings[])(void) = {
	list_by_index, list_by_proc, list_totals, list_by_netlink, list_events,
};

static inline int list_segments(unsigned int seed)
{
	int failed;

	do
		failed = listings[rand_r(&seed) % ARRAY_SIZE(listings)]();
	while (!failed && race_goes_on());
	return failed;
}

#endif /* _ALTSHM_SELFTESTS_RACE_LIST_H */
