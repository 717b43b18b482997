#ifndef COLLECTOR_CGROUP_H
#define COLLECTOR_CGROUP_H

#include "base/err.h"

/*
 * Folders of the unified cgroup hierarchy (version 2), wherever it is mounted:
 * /sys/fs/cgroup, /sys/fs/cgroup/unified beside version 1, or elsewhere.
 */

/* Where it is mounted, by the text of /proc/self/mounts; NULL: nowhere. The caller frees it. */
char *cgroup_mount_in(const char *mounts);

/* The same for this machine. */
char *cgroup_mount(void);

/*
 * The absolute path of a cgroup that a user names by its path on disk or by its
 * path below the mount, as /proc/PID/cgroup shows it ("/system.slice/x.service").
 * The caller frees *out.
 */
int cgroup_resolve(const char *name, char **out, struct err *err);

#endif
