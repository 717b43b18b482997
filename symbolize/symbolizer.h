#ifndef SYMBOLIZE_SYMBOLIZER_H
#define SYMBOLIZE_SYMBOLIZER_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/vec.h"
#include "formats/name_table.h"
#include "symbolize/copy_count.h"
#include "symbolize/demangle.h"

struct cache_folder;
struct debuginfod;
struct trace_reader;

/*
 * A trace in, the names of its addresses out. Never talks to the kernel, needs no
 * root, and does not need to run where the trace was recorded: kernel symbols and JIT
 * maps come with the trace, everything else from files found by build ID.
 *
 *	trace -> trace_addresses (module: offsets) <- copy_stacks (what copies consist of)
 *	           -> module_file (which files)        in the parent
 *	           -> name_cache                       what earlier runs know
 *	           -> naming -> answer                 a sandboxed child per module or piece
 *	           -> name table, with a note per module
 *
 * What has no name has a reason; a file that breaks its reader costs the names of its
 * module alone. Names that the trace had and that are not found again are kept. The same
 * trace and files give the same table.
 */

/* Bytes of JIT maps of one process; what is beyond is left out, and its note says so. */
#define SYMBOLIZER_JIT_BYTES_MAX ((size_t)256 << 20)

struct symbolizer_options {
	const char *const *debug_dirs;
	size_t debug_dir_cnt;
	enum demangle_style style;	     /* 0: DEMANGLE_SHORT */
	size_t jit_bytes_max;		     /* 0: SYMBOLIZER_JIT_BYTES_MAX */
	struct cache_folder *cache;	     /* of names (symbolize/name_cache.h); NULL: none */
	const struct debuginfod *debuginfod; /* asked for what is missing; NULL: nobody is */
	/* Told once after each module, whether a child had it or not; may be NULL. */
	void (*progress)(void *arg, size_t done, size_t total);
	void *progress_arg;
};

/* What became of one module that had addresses. */
struct symbolizer_module {
	enum trace_module_kind kind;
	char *path;
	uint32_t tgid; /* JIT, UNMAPPED: whose; else 0 */
	size_t address_cnt;
	size_t named_cnt;
	enum name_reason reason; /* why it has none; NONE if it has */
	char *note;		 /* where names came from, or what would bring them */
};

struct symbolizer_report {
	VEC(struct symbolizer_module);
	size_t address_cnt;
	size_t named_cnt;
	uint64_t damaged_chunk_cnt; /* of the trace: skipped, as were ... */
	uint64_t damaged_bytes;	    /* ... bytes between chunks */
	struct copy_counts copies;
};

/* The names of a trace with the default options and the cache of this user; the reader is rewound.
 * The caller frees *out. Fails only if the trace cannot be read. */
int symbolizer_names(struct trace_reader *r, struct name_table **out, struct err *err);

/* The same with options, and a report if out_report is not NULL. */
int symbolizer_run(struct trace_reader *r, const struct symbolizer_options *options,
		   struct name_table **out, struct symbolizer_report *out_report, struct err *err);
void symbolizer_report_release(struct symbolizer_report *report);

#endif
