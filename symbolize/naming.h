#ifndef SYMBOLIZE_NAMING_H
#define SYMBOLIZE_NAMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "symbolize/demangle.h"
#include "symbolize/trace_addresses.h"

/*
 * One module's naming: what a child does between its birth and its answer. Files come
 * as open descriptors or, for the vdso, as bytes; the answer is that of
 * symbolize/answer.h. Later sources of frames (DWARF functions, inlines and lines,
 * .gnu_debugdata) add to the answer here and nowhere else.
 */

struct naming_file {
	int fd;		   /* or -1 */
	const void *bytes; /* where fd is -1; NULL: there is no such file */
	uint64_t len;
};

struct naming {
	const struct module_addresses *asked;
	struct naming_file file;  /* what was mapped */
	struct naming_file debug; /* its separate debug file */
	struct naming_file alt;	  /* what the DWARF of either leans on (.gnu_debugaltlink) */
	enum demangle_style style;
	bool without_dwarf; /* a child that read it has died */
};

/* For struct worker_task: `work` is a struct naming. */
void naming_run(const void *work, struct buf *out);

#endif
