#include "render/call_tree.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/vec.h"

#define NODES_START_CAP 1024
#define SLOTS_START_CAP 2048

/*
 * Finds a child by (parent, name, module, kind, role): open addressing, at most half full;
 * the hash beside the id spares looking at most nodes that are somebody else's. It is
 * brought up to date when something is looked up, so that who only makes new
 * children (stack_fold.c) never pays for it.
 */
struct slot {
	uint32_t node; /* 0: empty; the root is nobody's child */
	uint32_t hash;
};

struct call_tree_index {
	struct slot *slots;
	uint32_t slot_cap; /* a power of two */
	uint32_t node_cap;
	uint32_t indexed_cnt; /* nodes below this are in the table */
};

void call_tree_init(struct call_tree *t, struct strtab *texts)
{
	*t = (struct call_tree){ .texts = texts, .node_cnt = 1 };
	t->index = mem_alloc(1, sizeof(*t->index));
	t->index->node_cap = NODES_START_CAP;
	t->index->indexed_cnt = 1;
	t->nodes = mem_resize(NULL, NODES_START_CAP, sizeof(*t->nodes));
	t->nodes[0] = (struct call_node){
		.parent = TRACE_NONE,
		.first_child = TRACE_NONE,
		.next_sibling = TRACE_NONE,
	};
}

void call_tree_release(struct call_tree *t)
{
	if (t->index)
		free(t->index->slots);
	free(t->index);
	free(t->nodes);
	*t = (struct call_tree){ 0 };
}

static uint32_t new_child(struct call_tree *t, uint32_t parent, const struct call_frame *f)
{
	uint16_t depth = t->nodes[parent].depth;
	uint32_t id = t->node_cnt;

	if (depth == CALL_TREE_DEPTH_MAX - 1)
		return parent;
	if (id == t->index->node_cap) {
		t->index->node_cap *= 2;
		t->nodes = mem_resize(t->nodes, t->index->node_cap, sizeof(*t->nodes));
	}
	t->nodes[id] = (struct call_node){
		.parent = parent,
		.name = f->name,
		.module = f->module,
		.kind = (uint8_t)f->kind & 127,
		.unnamed = f->unnamed,
		.role = f->role,
		.depth = (uint16_t)(depth + 1),
		.first_child = TRACE_NONE,
		.next_sibling = t->nodes[parent].first_child,
	};
	t->nodes[parent].first_child = id;
	t->node_cnt++;
	return id;
}

uint32_t call_tree_new_child(struct call_tree *t, uint32_t parent, uint32_t name, uint32_t module,
			     enum trace_frame_kind kind, bool unnamed)
{
	struct call_frame f = { .name = name, .module = module, .kind = kind, .unnamed = unnamed };

	return new_child(t, parent, &f);
}

struct call_frame call_node_frame(const struct call_node *n)
{
	return (struct call_frame){ .name = n->name,
				    .module = n->module,
				    .kind = n->kind,
				    .unnamed = n->unnamed,
				    .role = n->role };
}

static uint32_t child_hash(uint32_t parent, const struct call_frame *f)
{
	return (uint32_t)hash_pair((uint64_t)parent << 32 | f->module,
				   (uint64_t)f->name << 16 | (uint64_t)f->role << 8 |
					   (uint64_t)f->kind);
}

static void index_node(struct call_tree *t, uint32_t id)
{
	const struct call_node *n = &t->nodes[id];
	struct call_tree_index *index = t->index;
	struct call_frame frame = call_node_frame(n);
	uint32_t hash = child_hash(n->parent, &frame);
	uint32_t at = hash & (index->slot_cap - 1);

	while (index->slots[at].node)
		at = (at + 1) & (index->slot_cap - 1);
	index->slots[at] = (struct slot){ .node = id, .hash = hash };
}

static void catch_up(struct call_tree *t)
{
	struct call_tree_index *index = t->index;
	uint32_t cap = index->slot_cap ? index->slot_cap : SLOTS_START_CAP;

	while (cap / 2 <= t->node_cnt)
		cap *= 2;
	if (cap != index->slot_cap) {
		free(index->slots);
		index->slots = mem_alloc(cap, sizeof(*index->slots));
		index->slot_cap = cap;
		index->indexed_cnt = 1;
	}
	while (index->indexed_cnt < t->node_cnt)
		index_node(t, index->indexed_cnt++);
}

static bool is_child(const struct call_node *n, uint32_t parent, const struct call_frame *f)
{
	return n->parent == parent && n->name == f->name && n->module == f->module &&
	       n->kind == f->kind && n->role == f->role;
}

static uint32_t find_frame(struct call_tree *t, uint32_t parent, const struct call_frame *f)
{
	uint32_t hash = child_hash(parent, f), mask, at;
	const struct slot *slots;

	catch_up(t);
	mask = t->index->slot_cap - 1;
	slots = t->index->slots;
	for (at = hash & mask; slots[at].node; at = (at + 1) & mask)
		if (slots[at].hash == hash && is_child(&t->nodes[slots[at].node], parent, f))
			return slots[at].node;
	return TRACE_NONE;
}

uint32_t call_tree_find(struct call_tree *t, uint32_t parent, uint32_t name, uint32_t module,
			enum trace_frame_kind kind)
{
	struct call_frame f = { .name = name, .module = module, .kind = kind };

	return find_frame(t, parent, &f);
}

uint32_t call_tree_frame(struct call_tree *t, uint32_t parent, const struct call_frame *f)
{
	uint32_t node = find_frame(t, parent, f);

	return node != TRACE_NONE ? node : new_child(t, parent, f);
}

uint32_t call_tree_child(struct call_tree *t, uint32_t parent, uint32_t name, uint32_t module,
			 enum trace_frame_kind kind, bool unnamed)
{
	struct call_frame f = { .name = name, .module = module, .kind = kind, .unnamed = unnamed };

	return call_tree_frame(t, parent, &f);
}

void call_tree_add_at(struct call_tree *t, uint32_t node, uint64_t value)
{
	uint64_t room = UINT64_MAX - t->nodes[0].value;

	if (value > room)
		value = room;
	t->nodes[0].value += value;
	t->nodes[node].self += value;
}

/* Order of children: by their names, then by kind, role and module. */
static int compare_nodes(const struct call_tree *t, uint32_t a, uint32_t b)
{
	const struct call_node *x = &t->nodes[a], *y = &t->nodes[b];

	if (x->name != y->name)
		return strtab_compare(t->texts, x->name, y->name);
	if (x->kind != y->kind)
		return (int)x->kind - (int)y->kind;
	if (x->role != y->role)
		return (int)x->role - (int)y->role;
	return x->module != y->module ? strtab_compare(t->texts, x->module, y->module) : 0;
}

static int compare_ids(const void *a, const void *b, void *tree)
{
	return compare_nodes(tree, *(const uint32_t *)a, *(const uint32_t *)b);
}

struct id_list {
	VEC(uint32_t);
};

static void sort_children(struct call_tree *t, uint32_t parent, struct id_list *ids)
{
	uint32_t next = TRACE_NONE;

	ids->cnt = 0;
	for (uint32_t i = t->nodes[parent].first_child; i != TRACE_NONE;
	     i = t->nodes[i].next_sibling)
		*vec_push(ids) = i;
	qsort_r(ids->v, ids->cnt, sizeof(*ids->v), compare_ids, t);
	for (size_t i = ids->cnt; i-- > 0; next = ids->v[i])
		t->nodes[ids->v[i]].next_sibling = next;
	t->nodes[parent].first_child = next;
}

/*
 * Children have higher ids than their parents: one pass from the last node to the
 * first gives each node its sum, and links it in front of its later siblings. Where
 * that is not the order of names, the parent is marked: stacks that came sorted,
 * as folded files mostly do, have nothing left to sort.
 */
static void link_nodes(struct call_tree *t, bool *unsorted)
{
	uint16_t deepest = 0;

	t->nodes[0].value = 0;
	for (uint32_t i = t->node_cnt; i-- > 1;) {
		struct call_node *n = &t->nodes[i], *parent = &t->nodes[n->parent];

		n->value += n->self;
		parent->value += n->value;
		/* The newest child begins the list: until here that is all the parent knows. */
		n->next_sibling = parent->first_child == i ? TRACE_NONE : parent->first_child;
		if (n->next_sibling != TRACE_NONE && compare_nodes(t, i, n->next_sibling) > 0)
			unsorted[n->parent] = true;
		parent->first_child = i;
		if (n->depth > deepest)
			deepest = n->depth;
	}
	t->nodes[0].value += t->nodes[0].self;
	t->depth_cnt = deepest + 1u;
}

void call_tree_finish(struct call_tree *t)
{
	bool *unsorted = mem_alloc(t->node_cnt, sizeof(*unsorted));
	struct id_list ids = { 0 };

	link_nodes(t, unsorted);
	for (uint32_t i = 0; i < t->node_cnt; i++)
		if (unsorted[i])
			sort_children(t, i, &ids);
	vec_release(&ids);
	free(unsorted);
}
