#include "base/sudo_user.h"

#include <errno.h>
#include <pwd.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

/* SUDO_UID or SUDO_GID; false where it is absent or not a plain number. */
static bool read_id(const char *variable, uint32_t *out)
{
	const char *text = getenv(variable);
	unsigned long value;
	char *end;

	if (!text || *text < '0' || *text > '9')
		return false;
	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || *end || value >= UINT32_MAX)
		return false;
	*out = (uint32_t)value;
	return true;
}

bool sudo_user(uid_t *out_uid, gid_t *out_gid)
{
	uint32_t uid, gid;

	if (geteuid() != 0 || !read_id("SUDO_UID", &uid) || uid == 0)
		return false;
	if (!read_id("SUDO_GID", &gid)) {
		const struct passwd *user = getpwuid(uid);

		gid = user ? user->pw_gid : uid;
	}
	*out_uid = uid;
	*out_gid = gid;
	return true;
}
