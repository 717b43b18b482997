#ifndef FORMATS_WAIT_TABLES_H
#define FORMATS_WAIT_TABLES_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/vec.h"
#include "formats/link_column.h"
#include "formats/trace.h"

struct trace_tables;

/*
 * The reader's links and slices of the current group: a part of struct trace_tables, by
 * whose rules ids that damage took become placeholders. A link like that is the first of its
 * chain, by somebody of whom nothing is known (TRACE_CONTEXT_LOST); a slice has no times.
 */
struct link_place {
	uint8_t depth; /* links of the chain that ends there; 1: the waker itself */
	bool is_cut;   /* its first one is a placeholder, and stands for one link or more */
};

struct wait_tables {
	struct link_column links;
	struct {
		VEC(struct link_place);
	} places; /* of links */
	struct {
		VEC(struct trace_slice);
	} slices;
};

void wait_tables_release(struct wait_tables *w);
void wait_tables_restart(struct wait_tables *w);

/* The contents of two sections. False: they make no sense. */
bool wait_tables_take_links(struct trace_tables *t, struct bytes *b);
bool wait_tables_take_slices(struct trace_tables *t, struct bytes *b);

/* As trace_tables_has_node(). */
bool wait_tables_has_slice(struct trace_tables *t, uint32_t id);
bool wait_tables_has_link(struct trace_tables *t, uint32_t id);

/*
 * Whether a chain (TRACE_NONE: none) can be that of a wait with times of so many links; it is
 * there by wait_tables_has_link(). What was said of links that damage took goes to the
 * placeholder that stands for them.
 */
bool wait_tables_fit_links(const struct wait_tables *w, uint32_t chain, uint32_t link_cnt,
			   uint64_t link_ns[TRACE_CHAIN_MAX]);

#endif
