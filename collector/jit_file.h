#ifndef COLLECTOR_JIT_FILE_H
#define COLLECTOR_JIT_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Opens the files in which a runtime names its code. They belong to a stranger, in
 * folders where everybody writes, so one is taken only if it is a regular file of the
 * process's own user, with one name at most, and not too long:
 *
 *	/tmp/perf-PID.map    as the process sees it: in its own root, under the pid of its
 *	                     own namespace
 *	jit-PID.dump         anywhere; the runtime maps it as code once, to tell of it, and
 *	                     that mapping leads to it, whatever its name leads to
 */
#define JIT_MAP_BYTES_MAX ((size_t)64 << 20)
#define JIT_DUMP_BYTES_MAX ((uint64_t)4 << 30) /* mostly the code itself, which is not read */

/* Whose files, as known while the process lived. */
struct jit_owner {
	uint32_t tgid;
	uint32_t namespace_tgid;
	uint32_t uid;
	bool shares_root; /* its root is ours: a map is there when the process is gone */
};

/* Looks at a process that is alive; false if it is gone already. */
bool jit_owner_read(struct jit_owner *out, uint32_t tgid);

/* The map, or -1 if there is none that can be trusted. */
int jit_file_open_map(const struct jit_owner *owner);

/* What is mapped at start to end, likewise, while the process lives. */
int jit_file_open_dump(const struct jit_owner *owner, uint64_t start, uint64_t end);

/* Whether a mapped file's path is that of a dump. */
bool jit_file_is_dump(const char *path);

#endif
