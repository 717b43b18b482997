#ifndef SYMBOLIZE_COPY_STACKS_H
#define SYMBOLIZE_COPY_STACKS_H

#include <stddef.h>

#include "base/err.h"
#include "symbolize/copy_count.h"

struct name_table;
struct trace_addresses;
struct trace_reader;

/*
 * The copied stacks of a trace, unwound: what frames each consists of goes into the name
 * table, and the addresses of those frames join the ones that get names.
 *
 *	trace -> copy_batch (a set of mappings: stacks)     a few tens of MiB at a time
 *	           -> module_file (which files)             in the parent
 *	           -> copy_unwind -> copy_answer            a sandboxed child per 256 stacks
 *	           -> name table, trace_addresses
 *
 * Only files that hold .eh_frame are of use: those that were mapped, no debug files. A file
 * that breaks its reader costs the stacks of that piece. Where a stack was unwound further
 * in an earlier run, where more files were, that is kept. The same trace and files give the
 * same table, in whichever order children end.
 */
struct copy_stacks {
	struct trace_reader *reader; /* is rewound */
	struct trace_addresses *addresses;
	struct name_table *names;
	const struct name_table *earlier; /* those that the trace had before */
	const char *const *debug_dirs;
	size_t debug_dir_cnt;
};

/* Fails only if the trace cannot be read. */
int copy_stacks_unwind(const struct copy_stacks *job, struct copy_counts *out, struct err *err);

#endif
