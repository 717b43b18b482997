#ifndef FORMATS_NODE_COLUMN_H
#define FORMATS_NODE_COLUMN_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/vec.h"
#include "formats/trace.h"

/*
 * The nodes of a chunk as bytes and back. New nodes hang below nodes of earlier
 * chunks (or below nothing: TRACE_NONE), those `old` parents rising; below each, trees
 * are walked depth first with siblings by rising frame:
 *
 *	old 7          pops  frame column                 old column
 *	 +- a  (12)    1     12                           7 + 1
 *	 |  +- b (3)   0      3         child: as it is
 *	 |  +- d (9)   1      9 - 3 - 1 sibling: the step
 *	 +- c  (20)    2     20 - 12 - 1
 *	old 31
 *	 +- e  (4)     2      4         one pop beyond     31 - 7
 *
 * `pops` is how many levels the walk goes up before it goes down to the node; one
 * more than there are moves on to the next old parent.
 */
struct node_column {
	VEC(struct trace_node);
};

/* Nodes in that order, the first of which gets the id `base`; parents are ids. */
void node_column_put(struct buf *out, uint32_t base, const struct trace_node *v, size_t cnt);

/*
 * Appends. A parent is TRACE_NONE or lower than its node; frames are not checked. False:
 * not in this form, or deeper than TRACE_DEPTH_MAX.
 */
bool node_column_take(struct bytes *b, uint32_t *out_base, struct node_column *out);

#endif
