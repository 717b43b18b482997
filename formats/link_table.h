#ifndef FORMATS_LINK_TABLE_H
#define FORMATS_LINK_TABLE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/idmap.h"
#include "base/vec.h"
#include "formats/link_column.h"
#include "formats/trace.h"

/*
 * The writer's links of a group. Equal ones are one link; an id is the same for the caller
 * and in the file, but stacks are renumbered when they leave (stack_trie.h).
 */
struct link_table {
	struct idmap by_place; /* (parent and thread, stack and context) to link */
	struct link_column links;
	struct {
		VEC(uint8_t);
	} depths; /* 1: the waker itself */
	size_t written_cnt;
};

void link_table_release(struct link_table *t);
/* Forgets all, keeps the memory. */
void link_table_clear(struct link_table *t);

/* The parent itself below a chain of TRACE_CHAIN_MAX links. */
uint32_t link_table_intern(struct link_table *t, const struct trace_link *link);

/* Links of a chain; 0: TRACE_NONE. */
uint32_t link_table_depth(const struct link_table *t, uint32_t chain);

/* True if there are links that are in no chunk yet. */
bool link_table_is_fresh(const struct link_table *t);

/* The content of a section. stack_ids: ids in the file by the caller's. */
void link_table_put(struct link_table *t, const uint32_t *stack_ids, struct buf *out);

#endif
