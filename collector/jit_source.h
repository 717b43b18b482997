#ifndef COLLECTOR_JIT_SOURCE_H
#define COLLECTOR_JIT_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "collector/jit_code.h"
#include "collector/jit_dump.h"
#include "collector/jit_file.h"
#include "collector/module_log.h"
#include "collector/task_log.h"

/*
 * The files in which one process names its code, read as they grow: each reading takes
 * what is new, so many bytes at most. They stay open, so that what is written while the
 * process ends can still be read when it is gone.
 */
struct jit_source {
	struct jit_owner owner;
	bool known; /* the owner could be read */
	int map_fd, dump_fd;
	uint64_t map_at, dump_at;
	struct jit_dump dump;
	uint64_t read_ns;      /* when it was read last; 0: never */
	uint64_t maps_version; /* of the process, in which a dump was looked for */
};

#define JIT_SOURCE_ROUND_BYTES ((uint64_t)8 << 20)

void jit_source_open(struct jit_source *s, uint32_t tgid);
void jit_source_close(struct jit_source *s);

/* Reads what is new. False when there is more, beyond JIT_SOURCE_ROUND_BYTES. */
bool jit_source_read(struct jit_source *s, const struct process *p,
		     const struct module_log *modules, struct jit_code *out);

/* The lines of the map that hold one of the sorted addresses. */
void jit_source_copy_map(struct jit_source *s, const uint64_t *addresses, size_t cnt,
			 struct buf *out);

#endif
