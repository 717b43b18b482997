#ifndef SYMBOLIZE_TRACE_ADDRESSES_H
#define SYMBOLIZE_TRACE_ADDRESSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/idmap.h"
#include "base/vec.h"
#include "formats/trace.h"

struct name_table;
struct trace_reader;

/*
 * What a trace asks names for: by module, each offset once, ascending, over all
 * groups of the file; and what the trace itself knows about names: the kernel
 * symbols and JIT maps that were copied when it was recorded. Modules are told
 * apart as the name table tells them apart, so the index of a module here is its
 * id there.
 *
 * A copied stack is no address: what it consists of, symbolize/copy_stacks.h finds out.
 */

struct module_symbol {
	uint64_t offset;
	uint64_t size; /* 0: unknown, reaches to the next */
	char *name;
};

struct module_addresses {
	struct trace_module module; /* as it came first; path is the first of paths */
	struct {
		VEC(char *);
	} paths;		    /* each that it was mapped from, in the order of the trace */
	struct trace_process owner; /* JIT, UNMAPPED: whose, without its texts */
	bool has_owner;
	struct {
		VEC(uint64_t);
	} offsets;	   /* while they are collected, in any order and some of them twice ... */
	size_t settle_cnt; /* ... until there are so many */
	struct {
		VEC(struct module_symbol);
	} symbols;
	struct buf jit_map;  /* the texts of all maps, in the order of the trace ... */
	bool jit_map_is_cut; /* ... but for those that would have made it too long */
};

struct trace_addresses {
	VEC(struct module_addresses);
	struct idmap paths_seen;    /* (module, hash of the path) */
	bool has_copies;	    /* of stacks, which bring more addresses once unwound */
	uint64_t damaged_chunk_cnt; /* of the trace, which were skipped ... */
	uint64_t damaged_bytes;	    /* ... and bytes between chunks */
};

/* Reads the whole trace and rewinds it; modules become known to `names`. jit_bytes_max:
 * the longest jit_map of a module. */
int trace_addresses_collect(struct trace_addresses *out, struct trace_reader *r,
			    struct name_table *names, size_t jit_bytes_max, struct err *err);
void trace_addresses_release(struct trace_addresses *a);

/* More addresses, where stacks were copied. The module's index; owner NULL: nobody's. */
uint32_t trace_addresses_module(struct trace_addresses *a, struct name_table *names,
				const struct trace_module *module,
				const struct trace_process *owner);
void trace_addresses_add(struct trace_addresses *a, uint32_t module, uint64_t offset);
/* Once all are in. */
void trace_addresses_sort(struct trace_addresses *a);

#endif
