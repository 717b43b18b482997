#ifndef COLLECTOR_UNWIND_MODULES_H
#define COLLECTOR_UNWIND_MODULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/unwind.h"
#include "collector/mappings.h"
#include "collector/module_log.h"

/*
 * The rows of files in the arrays of bpf/unwind.h, each file's once:
 *
 *	unseen --want--> table            rows, blocks, rules lie in the arrays
 *	          |----> frame pointer    the file has no tables, or is no ELF file of ours
 *	          |----> refused          no room; asked again once room was made
 *	          '----> unreadable       the file cannot be reached; asked again a few times
 *
 * Whoever publishes mappings holds the modules in them. Rows that nobody holds stay until
 * room is needed; those that were not held for longest go first. Rules are the whole
 * recording's and stay: a machine has some thousands of them.
 */
struct unwind_modules;
struct unwind_arrays;
struct unwind_tables_counts;

#define UNWIND_PIECES_MAX 3

/* The arrays outlive the modules. cache_dir as in row_cache.h. */
struct unwind_modules *unwind_modules_new(const struct unwind_arrays *arrays,
					  struct module_log *files, const char *cache_dir);
void unwind_modules_free(struct unwind_modules *m);

/* Seeks the rows of a module. True if what unwind_modules_place() says is now final. */
bool unwind_modules_want(struct unwind_modules *m, uint32_t module,
			 const struct module_place *place);

/*
 * How a mapping is unwound, as 1 to UNWIND_PIECES_MAX pieces that follow each other: where its
 * table ends, frame pointers are tried. *out_held: the module to hold, or MODULE_JIT.
 */
size_t unwind_modules_place(const struct unwind_modules *m, const struct mapping *mapping,
			    struct unwind_mapping out[UNWIND_PIECES_MAX], uint32_t *out_held);

void unwind_modules_hold(struct unwind_modules *m, uint32_t module);
void unwind_modules_drop(struct unwind_modules *m, uint32_t module);

/* The rule that holds at an address within a piece of kind TABLE. */
struct unwind_rule unwind_modules_rule(const struct unwind_modules *m,
				       const struct unwind_mapping *piece, uint64_t address);

/* As range_heap_settle(). */
void unwind_modules_settle(struct unwind_modules *m);

void unwind_modules_counts(const struct unwind_modules *m, struct unwind_tables_counts *out);

#endif
