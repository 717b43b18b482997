#include "formats/stack_trie.h"

#include <stdlib.h>

#include "base/mem.h"
#include "formats/node_column.h"

void stack_trie_release(struct stack_trie *t)
{
	idmap_release(&t->by_place);
	vec_release(&t->nodes);
	vec_release(&t->depths);
	vec_release(&t->file_ids);
}

void stack_trie_clear(struct stack_trie *t)
{
	idmap_clear(&t->by_place);
	t->nodes.cnt = 0;
	t->depths.cnt = 0;
	t->file_ids.cnt = 0;
}

uint32_t stack_trie_intern(struct stack_trie *t, uint32_t parent, uint32_t frame)
{
	uint32_t next = (uint32_t)t->nodes.cnt, id;
	uint16_t depth = parent == TRACE_NONE ? 0 : t->depths.v[parent];

	if (depth >= TRACE_DEPTH_MAX)
		return parent;
	id = idmap_intern(&t->by_place, parent, frame, next);
	if (id == next) {
		*vec_push(&t->nodes) = (struct trace_node){ .parent = parent, .frame = frame };
		*vec_push(&t->depths) = (uint16_t)(depth + 1);
	}
	return id;
}

int stack_trie_is_fresh(const struct stack_trie *t)
{
	return t->nodes.cnt > t->file_ids.cnt;
}

/*
 * A fresh node on its way to its place: `group` is the parent: the id in the file of an
 * old one + 1 (0: none), or, above all of those, the number of a fresh one.
 */
#define GROUP_FRESH ((uint64_t)1 << 32)

struct leaving {
	uint64_t group;
	uint32_t frame; /* in the file */
	uint32_t node;	/* the caller's id */
};

static int compare(const void *a, const void *b)
{
	const struct leaving *x = a, *y = b;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	return (x->frame > y->frame) - (x->frame < y->frame);
}

static uint64_t group_of(const struct stack_trie *t, uint32_t parent)
{
	if (parent == TRACE_NONE)
		return 0;
	if (parent >= t->file_ids.cnt)
		return GROUP_FRESH + parent;
	return (uint64_t)t->file_ids.v[parent] + 1;
}

struct order {
	struct leaving *v; /* siblings together, sorted */
	size_t cnt;
	uint32_t *first_child; /* index in v by fresh node; cnt: none */
};

static void sort_fresh(struct order *o, const struct stack_trie *t, const uint32_t *frame_ids)
{
	size_t base = t->file_ids.cnt;

	o->cnt = t->nodes.cnt - base;
	o->v = mem_resize(NULL, o->cnt, sizeof(*o->v));
	o->first_child = mem_resize(NULL, o->cnt, sizeof(*o->first_child));
	for (size_t i = 0; i < o->cnt; i++) {
		const struct trace_node *n = &t->nodes.v[base + i];

		o->v[i] = (struct leaving){ .group = group_of(t, n->parent),
					    .frame = frame_ids[n->frame],
					    .node = (uint32_t)(base + i) };
		o->first_child[i] = (uint32_t)o->cnt;
	}
	qsort(o->v, o->cnt, sizeof(*o->v), compare);
	for (size_t i = o->cnt; i-- > 0 && o->v[i].group >= GROUP_FRESH;)
		o->first_child[o->v[i].group - GROUP_FRESH - base] = (uint32_t)i;
}

/* Where the walk stands: an index in the order for each level. */
struct way {
	VEC(uint32_t);
};

/* The id of the node where the walk stands, and what it is in the file. */
static void number(const struct leaving *at, struct stack_trie *t, uint32_t id,
		   struct trace_node *out)
{
	uint32_t parent = t->nodes.v[at->node].parent;

	t->file_ids.v[at->node] = id;
	out->parent = parent == TRACE_NONE ? TRACE_NONE : t->file_ids.v[parent];
	out->frame = at->frame;
}

/* On to the next sibling, of the node or the nearest ancestor that has one. */
static void step_over(const struct order *o, struct way *way)
{
	for (; way->cnt; way->cnt--) {
		uint32_t at = way->v[way->cnt - 1];

		if (at + 1 < o->cnt && o->v[at + 1].group == o->v[at].group) {
			way->v[way->cnt - 1]++;
			return;
		}
	}
}

/* Below one old parent: depth first from its first new child. Returns how many came. */
static uint32_t walk(const struct order *o, struct stack_trie *t, uint32_t first, uint32_t id,
		     struct trace_node *out)
{
	uint32_t base = (uint32_t)t->file_ids.cnt, start = id;
	struct way way = { 0 };

	*vec_push(&way) = first;
	while (way.cnt) {
		const struct leaving *at = &o->v[way.v[way.cnt - 1]];
		uint32_t below = o->first_child[at->node - base];

		number(at, t, id, &out[id - base]);
		id++;
		if (below < o->cnt)
			*vec_push(&way) = below;
		else
			step_over(o, &way);
	}
	vec_release(&way);
	return id - start;
}

static void number_all(const struct order *o, struct stack_trie *t, struct trace_node *out)
{
	uint32_t base = (uint32_t)t->file_ids.cnt, done = 0;

	vec_reserve(&t->file_ids, o->cnt);
	for (uint32_t at = 0; at < o->cnt && o->v[at].group < GROUP_FRESH; at++)
		if (at == 0 || o->v[at - 1].group != o->v[at].group)
			done += walk(o, t, at, base + done, out);
	t->file_ids.cnt += o->cnt;
}

void stack_trie_put(struct stack_trie *t, const uint32_t *frame_ids, struct buf *out)
{
	uint32_t base = (uint32_t)t->file_ids.cnt;
	struct order o;
	struct trace_node *v;

	sort_fresh(&o, t, frame_ids);
	v = mem_resize(NULL, o.cnt, sizeof(*v));
	number_all(&o, t, v);
	node_column_put(out, base, v, o.cnt);
	free(v);
	free(o.v);
	free(o.first_child);
}
