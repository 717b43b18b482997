#ifndef BASE_SUDO_USER_H
#define BASE_SUDO_USER_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * The user behind root: who called sudo. A command that is recorded runs as that
 * user, and files that are written belong to that user, who may read whatever root
 * may and should not need root to look at it again.
 */

/* False unless we are root by sudo, called by somebody who is not root. */
bool sudo_user(uid_t *out_uid, gid_t *out_gid);

#endif
