// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Getting hold of the facility, and what is said when it refuses.
 */
#include "cli.h"

#include <errno.h>
#include <string.h>

#include "altshm.h"
#include "fmt.h"
#include "nl/nl.h"

int cli_need_device(void)
{
	int err = altshm_open();

	switch (err) {
	case 0:
		return CLI_OK;
	case -ENOENT:
	case -ENXIO:
	case -ENODEV:
		cli_error("%s: %s: the module is not loaded here; load it with: modprobe altshm",
			  ALTSHM_DEVICE, strerror(-err));
		return CLI_ABSENT;
	case -EACCES:
	case -EPERM:
		cli_error("%s: %s: it is for everybody to read and write (mode 0666), but not here",
			  ALTSHM_DEVICE, strerror(-err));
		return CLI_DENIED;
	default:
		cli_error("%s: %s", ALTSHM_DEVICE, strerror(-err));
		return CLI_FAILED;
	}
}

int cli_need_nl(void)
{
	int err = nl_open(), status;

	if (!err)
		return CLI_OK;
	if (err != -ENOENT)
		return cli_fail("netlink", err);
	status = cli_need_device();
	if (status != CLI_OK)
		return status;
	cli_error("no netlink family '%s': the loaded module is too old for this command",
		  ALTSHM_FAMILY_NAME);
	return CLI_ABSENT;
}

int cli_fail(const char *command, int err)
{
	const char *message = nl_message();

	if (err == -ENOENT) {
		cli_error("%s: the module was unloaded meanwhile", command);
		return CLI_ABSENT;
	}
	cli_error("%s: %s%s%s", command, strerror(-err), *message ? ": " : "", message);
	return err == -EPERM || err == -EACCES ? CLI_DENIED : CLI_FAILED;
}

int cli_fail_id(const char *command, int id, int err)
{
	switch (err) {
	case -EINVAL:
	case -EIDRM:
		cli_error("%s: no segment has the id %d in this IPC namespace", command, id);
		return CLI_NOT_FOUND;
	case -EPERM:
		cli_error("%s: segment %d belongs to somebody else", command, id);
		return CLI_DENIED;
	case -EACCES:
		cli_error("%s: segment %d: this takes permission to read it", command, id);
		return CLI_DENIED;
	default:
		return cli_fail(command, err);
	}
}

void cli_note_interrupted(const char *command, int err)
{
	if (err == 1)
		cli_note("%s: changed while it was read; what came or went may be missing",
			 command);
}

int cli_find_id(const char *command, const char *text, int *id)
{
	if (fmt_parse_id(text, id))
		return CLI_OK;
	cli_error("%s: '%s' is not a segment id", command, text);
	return CLI_USAGE;
}

int cli_find_key(const char *command, const char *text, int *id)
{
	int32_t key;
	int status;

	/* IPC_PRIVATE is no segment's; to ask for it makes a new one. */
	if (!fmt_parse_key(text, &key) || !key) {
		cli_error("%s: '%s' is not a key", command, text);
		return CLI_USAGE;
	}
	status = cli_need_device();
	if (status != CLI_OK)
		return status;
	*id = altshm_get(key, 0, 0);
	if (*id >= 0)
		return CLI_OK;
	if (*id != -ENOENT)
		return cli_fail(command, *id);
	cli_error("%s: no segment has the key 0x%08x in this IPC namespace", command,
		  (unsigned int)key);
	return CLI_NOT_FOUND;
}
