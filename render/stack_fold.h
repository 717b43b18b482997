#ifndef RENDER_STACK_FOLD_H
#define RENDER_STACK_FOLD_H

#include <stdbool.h>
#include <stdint.h>

#include "formats/folded.h"
#include "render/call_tree.h"
#include "render/fold_names.h"
#include "render/line_order.h"

/*
 * One run of folded lines made into a tree, at the speed of memory. A file has tens
 * of millions of frames and a million places in its tree, so the work is per new
 * place, not per frame:
 *
 *	main;run;parse;read        the line before: its nodes are remembered
 *	main;run;parse;skip;next   shared with it: nothing to do, not even a hash
 *	               ^^^^ new below a known node: so is everything behind it
 *
 * In a sorted file that frame comes behind its siblings, which shows that it is new
 * without a look-up. When lines come in no order, they share little with the line
 * before, but their way down is mostly there already. A table of whole paths finds how
 * far: the hash of a path comes from the text alone, so the deepest known place is
 * found from the leaf upwards in a few look-ups that do not wait for one another,
 * whatever the depth. One comparison with the text that made the place proves the find.
 *
 * Where the proof fails (two paths with one hash, or two spellings of one path), the
 * line goes the plain way, frame by frame through call_tree_child().
 */
struct fold_origin {
	const char *text;      /* the line that made the node */
	uint64_t hash;	       /* of the path */
	uint32_t len;	       /* of the line, to the end of the node's frame */
	uint32_t name : 31;    /* place in names */
	uint32_t is_mixed : 1; /* its children were not made in the order of their texts */
};

struct fold_slot {
	uint32_t node; /* 0: empty */
	uint32_t tag;  /* the upper half of the path's hash; the lower one gives the place */
};

struct fold_step {
	uint64_t path_hash;
	uint64_t name_hash;
	uint32_t node; /* TRACE_NONE: not asked for */
};

struct stack_fold {
	struct folded_reader reader;
	struct call_tree tree;
	struct fold_names names;
	struct fold_origin *origins; /* by node */
	uint32_t origin_cap;
	struct fold_slot *slots;
	uint32_t slot_cap;	 /* a power of two; 0: no look-up was needed yet */
	uint32_t indexed_cnt;	 /* nodes below this are in the table */
	struct fold_step *path;	 /* by depth, of the line before; 0: the root */
	struct line_order lines; /* to be read in this order; none: as they stand */
	size_t line_at;
};

/* Names become ids in texts; without texts, places in f->names. */
void stack_fold_init(struct stack_fold *f, struct strtab *texts, const char *text, size_t len);
void stack_fold_release(struct stack_fold *f);

/* Reads all lines, or all of f->lines: sorted lines are the faster ones. */
void stack_fold_run(struct stack_fold *f);

/* Adds a part that was folded without texts; nothing is added after the last one. */
void stack_fold_merge(struct stack_fold *f, const struct stack_fold *part, bool is_last);

#define STACK_FOLD_PARTS_MAX 8

/* call_tree_add_folded() in so many parts, each in a thread: the same tree. */
void stack_fold_add(struct call_tree *t, const char *text, size_t len, size_t part_cnt,
		    uint64_t *out_bad_cnt, uint64_t *out_bad_line);

#endif
