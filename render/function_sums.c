#include "render/function_sums.h"

#include <stdlib.h>

#include "base/idmap.h"
#include "base/mem.h"

static struct function_sum sum_of(const struct call_node *n)
{
	return (struct function_sum){
		.name = n->name,
		.module = n->module,
		.kind = n->kind,
		.unnamed = n->unnamed,
	};
}

/*
 * A function that was inlined here and called there is one. What else has its name is told
 * apart by the module, and only where none is known by the kind.
 */
static uint8_t kind_of_function(const struct call_node *n)
{
	bool is_code = n->kind == TRACE_FRAME_USER || n->kind == TRACE_FRAME_KERNEL ||
		       n->kind == TRACE_FRAME_INLINED;

	if (is_code && n->module)
		return 0;
	return n->kind == TRACE_FRAME_INLINED ? TRACE_FRAME_USER : n->kind;
}

/* Which function each node is of: places in out. The root and processes are of none. */
static uint32_t *number_functions(struct function_sums *out, const struct call_tree *t)
{
	uint32_t *function = mem_alloc(t->node_cnt, sizeof(*function));
	struct idmap known = { 0 };

	for (uint32_t i = 1; i < t->node_cnt; i++) {
		const struct call_node *n = &t->nodes[i];

		if (n->depth < 2)
			continue;
		function[i] = idmap_intern(&known, (uint64_t)n->name << 32 | n->module,
					   kind_of_function(n), (uint32_t)out->cnt);
		if (function[i] == out->cnt)
			*vec_push(out) = sum_of(n);
		if (out->v[function[i]].kind == TRACE_FRAME_INLINED)
			out->v[function[i]].kind = n->kind;
		out->v[function[i]].self += n->self;
	}
	idmap_release(&known);
	return function;
}

/*
 * Walks down and up the tree, with how often each function stands on the way from the
 * root: only the outermost one adds to the total.
 */
static void add_totals(struct function_sums *out, const struct call_tree *t,
		       const uint32_t *function)
{
	uint32_t *open = mem_alloc(out->cnt, sizeof(*open));
	uint32_t at = t->nodes[0].first_child;

	while (at != TRACE_NONE && at != 0) {
		const struct call_node *n = &t->nodes[at];

		if (n->depth > 1 && !open[function[at]]++)
			out->v[function[at]].total += n->value;
		if (n->first_child != TRACE_NONE) {
			at = n->first_child;
			continue;
		}
		for (; at != 0; at = t->nodes[at].parent) {
			if (t->nodes[at].depth > 1)
				open[function[at]]--;
			if (t->nodes[at].next_sibling != TRACE_NONE)
				break;
		}
		at = at ? t->nodes[at].next_sibling : 0;
	}
	free(open);
}

void function_sums_make(struct function_sums *out, const struct call_tree *t)
{
	uint32_t *function;

	*out = (struct function_sums){ 0 };
	function = number_functions(out, t);
	add_totals(out, t, function);
	free(function);
}

void process_sums_make(struct function_sums *out, const struct call_tree *t)
{
	*out = (struct function_sums){ 0 };
	for (uint32_t i = t->nodes[0].first_child; i != TRACE_NONE; i = t->nodes[i].next_sibling) {
		struct function_sum *sum = vec_push(out);

		*sum = sum_of(&t->nodes[i]);
		sum->self = t->nodes[i].self;
		sum->total = t->nodes[i].value;
	}
}

void function_sums_release(struct function_sums *s)
{
	vec_release(s);
}

static int compare_functions(const struct function_sum *a, const struct function_sum *b,
			     const struct strtab *texts)
{
	int order = a->name == b->name ? 0 : strtab_compare(texts, a->name, b->name);

	if (!order && a->module != b->module)
		order = strtab_compare(texts, a->module, b->module);
	return order ? order : (int)a->kind - (int)b->kind;
}

static int larger(uint64_t a, uint64_t b)
{
	return (a < b) - (a > b);
}

static int compare_self(const void *a, const void *b, void *texts)
{
	const struct function_sum *x = a, *y = b;
	int order = larger(x->self, y->self);

	order = order ? order : larger(x->total, y->total);
	return order ? order : compare_functions(x, y, texts);
}

static int compare_total(const void *a, const void *b, void *texts)
{
	const struct function_sum *x = a, *y = b;
	int order = larger(x->total, y->total);

	order = order ? order : larger(x->self, y->self);
	return order ? order : compare_functions(x, y, texts);
}

void function_sums_sort_by_self(struct function_sums *s, const struct strtab *texts)
{
	if (s->cnt)
		qsort_r(s->v, s->cnt, sizeof(*s->v), compare_self, (void *)texts);
}

void function_sums_sort_by_total(struct function_sums *s, const struct strtab *texts)
{
	if (s->cnt)
		qsort_r(s->v, s->cnt, sizeof(*s->v), compare_total, (void *)texts);
}
