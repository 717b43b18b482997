#ifndef COLLECTOR_JIT_MAP_H
#define COLLECTOR_JIT_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * The names that a runtime gives its code: /tmp/perf-PID.map, a line for each piece,
 *
 *	START SIZE name of the function	(hexadecimal, without 0x)
 *
 * as the process sees it: in its own root, under the pid of its own namespace. The file
 * belongs to a stranger in a folder where everybody writes, so it is taken only if it
 * is a regular file of the process's user with one name, and not too long.
 */

#define JIT_MAP_BYTES_MAX ((size_t)64 << 20)
#define JIT_MAP_LINE_MAX 4096 /* a longer line is skipped */

/* Whose map, as known while the process lived. */
struct jit_map_owner {
	uint32_t tgid;
	uint32_t namespace_tgid;
	uint32_t uid;
	bool shares_root; /* its root is ours: the map is there when the process is gone */
};

/* Looks at a process that is alive; false if it is gone already. */
bool jit_map_owner_read(struct jit_map_owner *out, uint32_t tgid);

/* Opens the map, or -1 if there is none that can be trusted. */
int jit_map_open(const struct jit_map_owner *owner);

/* Appends those lines of an open map that hold one of the sorted addresses. */
void jit_map_read(int fd, const uint64_t *addresses, size_t cnt, struct buf *out);

#endif
