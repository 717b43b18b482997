#ifndef SYMBOLIZE_COPY_BATCH_H
#define SYMBOLIZE_COPY_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/idmap.h"
#include "base/vec.h"
#include "formats/trace.h"
#include "symbolize/copy_unwind.h"

/*
 * Copied stacks, gathered from a trace until there are enough to unwind them: stacks and
 * the sets of mappings that they need, held in memory within a limit, and handed out in
 * pieces of one set each.
 */

#define COPY_BATCH_BYTES ((size_t)32 << 20) /* a batch is full then */
#define COPY_PIECE_MAX 256		    /* stacks of one child */

struct copy_entry {
	uint32_t set;	 /* index; TRACE_NONE: its mappings are not known */
	uint32_t module; /* of copies: whose it is */
	uint64_t id;
	struct copy_stack stack;
};

struct copy_set {
	struct trace_mapping *v; /* `module`: as the caller numbers them */
	size_t cnt;
};

struct copy_batch {
	struct {
		VEC(struct copy_entry);
	} entries;
	struct {
		VEC(struct copy_set);
	} sets;
	struct idmap set_of; /* id of mappings in the trace's group -> set */
	size_t bytes;
};

/* TRACE_NONE: these mappings of the group are not here yet. */
uint32_t copy_batch_find_set(const struct copy_batch *b, uint32_t group_id);
/* The caller fills in the modules of the rows. */
struct copy_set *copy_batch_add_set(struct copy_batch *b, const struct trace_mappings *mappings,
				    uint32_t group_id);
/* The registers must be COPY_REGISTER_CNT. */
void copy_batch_add(struct copy_batch *b, const struct trace_copy *copy, uint32_t module,
		    uint32_t set);
/* The ids of the trace's group are void. */
void copy_batch_end_group(struct copy_batch *b);
bool copy_batch_is_full(const struct copy_batch *b);

/* Those of a set next to one another, in the order they came. */
void copy_batch_sort(struct copy_batch *b);
/* How many entries from `first` on, all of one set, are the next piece. */
size_t copy_batch_piece(const struct copy_batch *b, size_t first);

/* Empties it. */
void copy_batch_release(struct copy_batch *b);

#endif
