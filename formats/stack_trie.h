#ifndef FORMATS_STACK_TRIE_H
#define FORMATS_STACK_TRIE_H

#include "base/buf.h"
#include "base/idmap.h"
#include "base/vec.h"
#include "formats/trace.h"

/*
 * The writer's tree of stacks. Callers get a node's id at once; the file numbers the
 * nodes of each chunk depth first, which is what makes them small (node_column.h).
 * As with frames, one numbering is a permutation of the other within a chunk.
 */
struct stack_trie {
	struct idmap by_place; /* (parent, frame) to node */
	struct {
		VEC(struct trace_node);
	} nodes; /* all, with the caller's ids of parent and frame */
	struct {
		VEC(uint16_t);
	} depths; /* 1: a root */
	struct {
		VEC(uint32_t);
	} file_ids; /* by caller's id, of nodes that are in a chunk */
};

void stack_trie_release(struct stack_trie *t);
/* Forgets all, keeps the memory. */
void stack_trie_clear(struct stack_trie *t);

/* The node of a frame below parent (TRACE_NONE: a root); parent itself at TRACE_DEPTH_MAX. */
uint32_t stack_trie_intern(struct stack_trie *t, uint32_t parent, uint32_t frame);

/* True if there are nodes that are in no chunk yet. */
int stack_trie_is_fresh(const struct stack_trie *t);

/* The content of a section. frame_ids: ids in the file by the caller's. */
void stack_trie_put(struct stack_trie *t, const uint32_t *frame_ids, struct buf *out);

#endif
