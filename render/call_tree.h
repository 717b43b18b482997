#ifndef RENDER_CALL_TREE_H
#define RENDER_CALL_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strtab.h"
#include "formats/trace.h"

/*
 * Stacks merged by name into one tree: what a flame graph draws. Pure: no files,
 * no pixels. Children that are equal in name, kind, module and role are one node.
 *
 *	   all            value 5, self 0
 *	   |-- main       value 5, self 1
 *	       |-- parse  value 3, self 3
 *	       `-- read   value 1, self 1
 *
 * Invariant: value = self + the children's values, at every node, and the root's
 * value is the sum of all that was added. A parent's id is below its children's.
 *
 * The same stacks give the same tree, but not the same ids: what is written walks
 * the links, whose order is that of names.
 */

#define CALL_TREE_DEPTH_MAX 16384 /* rows; deeper frames count for the deepest one */

/*
 * The part that a frame plays in a wait (enum wait_role, formats/wait_stack.h), and for which
 * link of its chain. In pictures of anything else it is 0.
 */
#define CALL_ROLE(role, link) ((uint8_t)((role) | (link) << 4))
#define CALL_ROLE_OF(role) ((role)&15u)
#define CALL_ROLE_LINK(role) ((uint32_t)(role) >> 4)
#define CALL_ROLE_SHORT 15  /* beside those: time of waits that nothing was kept of */
#define CALL_ROLE_ON_CPU 14 /* and time that was none */

struct call_node {
	uint32_t parent;       /* TRACE_NONE: the root, which is node 0 */
	uint32_t name;	       /* id in texts */
	uint32_t module;       /* id in texts; 0: unknown */
	uint8_t kind : 7;      /* enum trace_frame_kind; 0: the root */
	uint8_t unnamed : 1;   /* 1: the name stands for something that has none */
	uint8_t role;	       /* CALL_ROLE() */
	uint16_t depth;	       /* 0: the root */
	uint32_t first_child;  /* TRACE_NONE: none; before call_tree_finish() the newest one */
	uint32_t next_sibling; /* before call_tree_finish() the one made before it */
	uint64_t value;	       /* set by call_tree_finish(), but for the root's */
	uint64_t self;
};

struct call_tree {
	struct strtab *texts; /* not owned */
	struct call_node *nodes;
	uint32_t node_cnt;
	uint32_t depth_cnt; /* rows, the root's among them; set by call_tree_finish() */
	struct call_tree_index *index;
};

void call_tree_init(struct call_tree *t, struct strtab *texts);
void call_tree_release(struct call_tree *t);

/* What makes a child: its place among its siblings, and what it looks like. */
struct call_frame {
	uint32_t name;
	uint32_t module;
	enum trace_frame_kind kind;
	bool unnamed;
	uint8_t role;
};

/* The child of parent that is this frame; made if it is not there. */
uint32_t call_tree_frame(struct call_tree *t, uint32_t parent, const struct call_frame *f);

/* The frame that made a node. */
struct call_frame call_node_frame(const struct call_node *n);

/* The child of parent with this name, module and kind, and no role; likewise. */
uint32_t call_tree_child(struct call_tree *t, uint32_t parent, uint32_t name, uint32_t module,
			 enum trace_frame_kind kind, bool unnamed);

/* The same without making one: TRACE_NONE if it is not there. */
uint32_t call_tree_find(struct call_tree *t, uint32_t parent, uint32_t name, uint32_t module,
			enum trace_frame_kind kind);

/* The same where the caller knows that it is not there. */
uint32_t call_tree_new_child(struct call_tree *t, uint32_t parent, uint32_t name, uint32_t module,
			     enum trace_frame_kind kind, bool unnamed);

/* Adds self value at a node. The sum of a tree ends at UINT64_MAX: more is not added. */
void call_tree_add_at(struct call_tree *t, uint32_t node, uint64_t value);

/* Adds all of a folded text (formats/folded.h); bad lines are counted in out_bad_cnt and
 * the first one's number, from 1, goes to out_bad_line (0: none). The kind of a frame comes
 * from its annotation (_[k] _[j] _[i] _[w]), which is kept out of the name. */
void call_tree_add_folded(struct call_tree *t, const char *text, size_t len, uint64_t *out_bad_cnt,
			  uint64_t *out_bad_line);

/* Whether that text was folded stacks at all: some other file has lines that look like
 * one, but more that do not. */
bool call_tree_has_folded(const struct call_tree *t, uint64_t bad_cnt);

/* Sums values upwards and links children, sorted by name (bytes), then kind, role and
 * module: the order in which they are drawn. Nothing is added after this. */
void call_tree_finish(struct call_tree *t);

#endif
