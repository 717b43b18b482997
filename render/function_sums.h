#ifndef RENDER_FUNCTION_SUMS_H
#define RENDER_FUNCTION_SUMS_H

#include <stdint.h>

#include "base/vec.h"
#include "render/call_tree.h"

/*
 * A call tree summed by function, wherever in it the function stands:
 *
 *	self   value of the stacks that end in it
 *	total  value of the stacks that it is in, each counted once: a function that
 *	       calls itself does not count twice
 *
 * The first level of a tree is processes, not functions: it is summed apart.
 */
struct function_sum {
	uint32_t name;	 /* id in the tree's texts */
	uint32_t module; /* likewise; 0: unknown */
	uint8_t kind;	 /* enum trace_frame_kind; INLINED: wherever it stands */
	uint8_t unnamed; /* 1: it stands for all addresses of the module without a name */
	uint64_t self;
	uint64_t total;
};

struct function_sums {
	VEC(struct function_sum);
};

void function_sums_make(struct function_sums *out, const struct call_tree *finished);
void process_sums_make(struct function_sums *out, const struct call_tree *finished);
void function_sums_release(struct function_sums *s);

/* Largest first; equal ones in the order of their names' bytes. */
void function_sums_sort_by_self(struct function_sums *s, const struct strtab *texts);
void function_sums_sort_by_total(struct function_sums *s, const struct strtab *texts);

#endif
