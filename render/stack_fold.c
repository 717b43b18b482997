#include "render/stack_fold.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define SLOTS_START_CAP 16384
#define ORIGINS_START_CAP 4096
#define LINES_AHEAD 4
#define CHILDREN_LOOKED_AT 16 /* before a table is made for them */

void stack_fold_init(struct stack_fold *f, struct strtab *texts, const char *text, size_t len)
{
	*f = (struct stack_fold){ .origin_cap = ORIGINS_START_CAP };
	folded_reader_start(&f->reader, text, len);
	call_tree_init(&f->tree, texts);
	fold_names_init(&f->names, texts);
	f->origins = mem_resize(NULL, f->origin_cap, sizeof(*f->origins));
	f->origins[0] = (struct fold_origin){ 0 };
	f->path = mem_alloc(TRACE_DEPTH_MAX + 1, sizeof(*f->path));
	f->path[0] = (struct fold_step){ .path_hash = fold_seed[0] };
}

void stack_fold_release(struct stack_fold *f)
{
	folded_reader_release(&f->reader);
	call_tree_release(&f->tree);
	fold_names_release(&f->names);
	free(f->slots);
	free(f->origins);
	free(f->path);
	vec_release(&f->lines);
	*f = (struct stack_fold){ 0 };
}

static uint32_t tag_of(uint64_t hash)
{
	return (uint32_t)(hash >> 32);
}

static void slot_put(struct stack_fold *f, uint32_t node)
{
	uint64_t hash = f->origins[node].hash;
	uint32_t mask = f->slot_cap - 1, at = (uint32_t)hash & mask;

	while (f->slots[at].node)
		at = (at + 1) & mask;
	f->slots[at] = (struct fold_slot){ .node = node, .tag = tag_of(hash) };
}

/* Brings all nodes below cnt into the table. */
static void catch_up(struct stack_fold *f, uint32_t cnt)
{
	uint32_t cap = f->slot_cap ? f->slot_cap : SLOTS_START_CAP;

	while (cap / 4 * 3 <= cnt)
		cap *= 2;
	if (cap != f->slot_cap) {
		free(f->slots);
		f->slots = mem_alloc(cap, sizeof(*f->slots));
		f->slot_cap = cap;
		f->indexed_cnt = 1;
	}
	while (f->indexed_cnt < cnt)
		slot_put(f, f->indexed_cnt++);
}

/* A node whose path has this hash, most likely; 0: surely none. */
static uint32_t slot_find(const struct stack_fold *f, uint64_t hash)
{
	uint32_t mask = f->slot_cap - 1, at = (uint32_t)hash & mask;

	while (f->slots[at].node && f->slots[at].tag != tag_of(hash))
		at = (at + 1) & mask;
	return f->slots[at].node;
}

enum sight { SIGHT_NONE, SIGHT_CHILD, SIGHT_UNSURE };

/*
 * Whether a parent has a child of this name, as far as the newest ones tell. The newest
 * is the last in order, unless the parent is mixed.
 */
static enum sight look_at_children(const struct stack_fold *f, uint32_t parent, uint32_t name,
				   uint32_t *out)
{
	uint32_t child = f->tree.nodes[parent].first_child;
	const struct fold_name *names = f->names.v;

	if (child == TRACE_NONE)
		return SIGHT_NONE;
	if (!f->origins[parent].is_mixed && f->origins[child].name != name &&
	    fold_names_compare(&names[name], &names[f->origins[child].name]) > 0)
		return SIGHT_NONE;
	for (int i = 0; i < CHILDREN_LOOKED_AT; i++, child = f->tree.nodes[child].next_sibling) {
		if (child == TRACE_NONE)
			return SIGHT_NONE;
		if (f->origins[child].name == name) {
			*out = child;
			return SIGHT_CHILD;
		}
	}
	return SIGHT_UNSURE;
}

static uint32_t make_child(struct stack_fold *f, uint32_t parent, uint32_t place,
			   struct fold_origin origin)
{
	const struct fold_name *name = &f->names.v[place];
	uint32_t sibling = f->tree.nodes[parent].first_child, node;

	node = call_tree_new_child(&f->tree, parent, name->id, 0, name->kind, name->unnamed);
	if (node >= f->origin_cap) {
		while (node >= f->origin_cap)
			f->origin_cap *= 2;
		f->origins = mem_resize(f->origins, f->origin_cap, sizeof(*f->origins));
	}
	origin.name = place;
	f->origins[node] = origin;
	if (sibling != TRACE_NONE && !f->origins[parent].is_mixed)
		f->origins[parent].is_mixed =
			fold_names_compare(name, &f->names.v[f->origins[sibling].name]) < 0;
	return node;
}

static uint32_t end_of(const struct folded_line *line, uint32_t depth)
{
	return line->frames[depth - 1].at + line->frames[depth - 1].len;
}

/* Hashes the frames that the line before did not have. */
static void hash_frames(struct stack_fold *f, const struct folded_line *line)
{
	uint64_t hash = f->path[line->shared_cnt].path_hash;

	for (uint32_t i = line->shared_cnt; i < line->frame_cnt; i++) {
		struct folded_frame frame = line->frames[i];
		uint64_t name_hash = frame.len ? fold_hash(line->text + frame.at, frame.len)
					       : fold_hash(FOLD_UNKNOWN, FOLD_UNKNOWN_LEN);

		hash = fold_mix(hash ^ name_hash, fold_seed[1]);
		f->path[i + 1] = (struct fold_step){ .path_hash = hash,
						     .name_hash = name_hash,
						     .node = TRACE_NONE };
	}
}

/* The path to `depth` is the one that made the node. */
static bool is_proven(const struct stack_fold *f, const struct folded_line *line, uint32_t depth,
		      uint32_t node)
{
	const struct fold_origin *origin = &f->origins[node];
	uint32_t len = end_of(line, depth);

	return origin->len == len && !memcmp(origin->text, line->text, len);
}

static uint32_t place_of(struct stack_fold *f, const struct folded_line *line, uint32_t depth)
{
	struct folded_frame frame = line->frames[depth - 1];
	uint64_t hash = f->path[depth].name_hash;

	return frame.len ? fold_names_intern(&f->names, line->text + frame.at, frame.len, hash)
			 : fold_names_intern(&f->names, FOLD_UNKNOWN, FOLD_UNKNOWN_LEN, hash);
}

/*
 * The depth of the deepest place of the line that is in the tree, by the table; its node
 * is then in the path. TRACE_NONE: the hashes do not tell.
 */
static uint32_t deepest_in_table(struct stack_fold *f, const struct folded_line *line)
{
	uint32_t kept = line->shared_cnt, depth = line->frame_cnt, node;

	catch_up(f, f->tree.node_cnt);
	if (depth > kept && !slot_find(f, f->path[kept + 1].path_hash))
		depth = kept;
	for (; depth > 0; depth--) {
		if (f->path[depth].node != TRACE_NONE)
			return depth;
		node = slot_find(f, f->path[depth].path_hash);
		if (!node)
			continue;
		if (!is_proven(f, line, depth, node))
			return TRACE_NONE;
		f->path[depth].node = node;
		return depth;
	}
	return 0;
}

/* The same, by looking at the children of the last shared place where that is enough. */
static uint32_t deepest_known(struct stack_fold *f, const struct folded_line *line)
{
	uint32_t depth = line->shared_cnt;

	if (f->slot_cap)
		return deepest_in_table(f, line);
	for (; depth < line->frame_cnt; depth++)
		switch (look_at_children(f, f->path[depth].node, place_of(f, line, depth + 1),
					 &f->path[depth + 1].node)) {
		case SIGHT_NONE:
			return depth;
		case SIGHT_CHILD:
			break;
		case SIGHT_UNSURE:
			return deepest_in_table(f, line);
		}
	return depth;
}

static uint32_t make_step(struct stack_fold *f, const struct folded_line *line, uint32_t depth)
{
	struct fold_origin origin = {
		.text = line->text,
		.hash = f->path[depth].path_hash,
		.len = end_of(line, depth),
	};

	return make_child(f, f->path[depth - 1].node, place_of(f, line, depth), origin);
}

static void make_path(struct stack_fold *f, const struct folded_line *line, uint32_t depth)
{
	while (depth++ < line->frame_cnt)
		f->path[depth].node = make_step(f, line, depth);
}

/* The plain way, which is always right. */
static void walk_path(struct stack_fold *f, const struct folded_line *line)
{
	uint32_t depth = line->shared_cnt;

	while (f->path[depth].node == TRACE_NONE)
		depth--;
	while (depth++ < line->frame_cnt) {
		const struct fold_name *name = &f->names.v[place_of(f, line, depth)];
		uint32_t node =
			call_tree_find(&f->tree, f->path[depth - 1].node, name->id, 0, name->kind);

		f->path[depth].node = node != TRACE_NONE ? node : make_step(f, line, depth);
	}
}

/* The next line of f->lines, with the beginnings of those behind it on their way. */
static const struct folded_line *next_in_order(struct stack_fold *f)
{
	const struct folded_line *line = NULL;

	while (!line && f->line_at < f->lines.cnt) {
		size_t ahead = f->line_at + LINES_AHEAD;

		if (ahead < f->lines.cnt)
			__builtin_prefetch(f->lines.v[ahead].line);
		line = folded_reader_line(&f->reader, f->lines.v[f->line_at++].line);
	}
	return line;
}

void stack_fold_run(struct stack_fold *f)
{
	const struct folded_line *line;

	while ((line = f->lines.cnt ? next_in_order(f) : folded_reader_next(&f->reader))) {
		uint32_t depth;

		hash_frames(f, line);
		depth = deepest_known(f, line);
		if (depth == TRACE_NONE)
			walk_path(f, line);
		else
			make_path(f, line, depth);
		call_tree_add_at(&f->tree, f->path[line->frame_cnt].node, line->value);
	}
}

/* A part on its way into f, whose nodes below before_cnt were there already. */
struct merge {
	struct stack_fold *f;
	uint32_t before_cnt;
	bool is_last;
};

/* The child of this name, by the table; TRACE_NONE if there is none. */
static uint32_t child_in_table(const struct merge *m, uint32_t parent, uint32_t place,
			       uint64_t hash)
{
	struct stack_fold *f = m->f;
	const struct fold_name *name = &f->names.v[place];
	uint32_t node;

	catch_up(f, m->before_cnt);
	node = slot_find(f, hash);
	if (!node)
		return TRACE_NONE;
	if (f->tree.nodes[node].parent == parent && f->origins[node].name == place)
		return node;
	return call_tree_find(&f->tree, parent, name->id, 0, name->kind);
}

/* The node for one of the part, below a parent that was there before. */
static uint32_t merge_node(const struct merge *m, uint32_t parent, uint32_t place,
			   const struct fold_origin *origin)
{
	struct stack_fold *f = m->f;
	enum sight sight = SIGHT_UNSURE;
	uint32_t node = TRACE_NONE;

	if (!f->slot_cap)
		sight = look_at_children(f, parent, place, &node);
	if (sight == SIGHT_UNSURE)
		node = child_in_table(m, parent, place, origin->hash);
	return node != TRACE_NONE ? node : make_child(f, parent, place, *origin);
}

/* The same below a parent that the merge itself made: nothing can be there yet. Where
 * nothing will be merged with it either, nobody will ask where it comes from. */
static uint32_t adopt(const struct merge *m, uint32_t parent, uint32_t place,
		      const struct fold_origin *origin)
{
	const struct fold_name *name = &m->f->names.v[place];

	if (!m->is_last)
		return make_child(m->f, parent, place, *origin);
	return call_tree_new_child(&m->f->tree, parent, name->id, 0, name->kind, name->unnamed);
}

static uint32_t *merge_names(struct stack_fold *f, const struct fold_names *names)
{
	uint32_t *places = mem_resize(NULL, names->cnt, sizeof(*places));

	for (uint32_t i = 0; i < names->cnt; i++)
		places[i] = fold_names_intern(&f->names, names->v[i].text, names->v[i].len,
					      names->v[i].hash);
	return places;
}

void stack_fold_merge(struct stack_fold *f, const struct stack_fold *part, bool is_last)
{
	struct merge m = { .f = f, .before_cnt = f->tree.node_cnt, .is_last = is_last };
	uint32_t *places = merge_names(f, &part->names);
	uint32_t *nodes = mem_resize(NULL, part->tree.node_cnt, sizeof(*nodes));

	nodes[0] = 0;
	for (uint32_t i = 1; i < part->tree.node_cnt; i++) {
		const struct call_node *n = &part->tree.nodes[i];
		uint32_t parent = nodes[n->parent], place = places[n->name];

		nodes[i] = parent < m.before_cnt ? merge_node(&m, parent, place, &part->origins[i])
						 : adopt(&m, parent, place, &part->origins[i]);
		if (n->self)
			call_tree_add_at(&f->tree, nodes[i], n->self);
	}
	free(nodes);
	free(places);
}
