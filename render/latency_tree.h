#ifndef RENDER_LATENCY_TREE_H
#define RENDER_LATENCY_TREE_H

#include <stdbool.h>

#include "base/err.h"

struct call_tree;
struct latency_kept;
struct name_table;

/*
 * Adds the stacks of single latency events to a started, empty tree, which is finished
 * afterwards: first the process, then user frames root first, then kernel frames, and last what
 * it was by its labels. Each weighs its value, or 1. One without a stack is a frame that says so.
 */
int latency_tree_gather(struct call_tree *tree, struct latency_kept *singles,
			const struct name_table *names, bool by_count, struct err *err);

#endif
