#include "render/flame_text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "base/units.h"
#include "base/vec.h"
#include "render/flame_sizes.h"

#define TOP_CNT 10
#define NS_PER_US 1000
#define SHARE_LEAST 1000 /* frames of less than such a part are left out of a page */

struct own_value {
	uint32_t name;
	uint64_t value;
};

/* By value, then by text: ids depend on the order in which names were met. */
static bool comes_before(const struct call_tree *t, const struct own_value *a,
			 const struct own_value *b)
{
	if (a->value != b->value)
		return a->value > b->value;
	return strtab_compare(t->texts, a->name, b->name) < 0;
}

/* Puts v into the list of the largest, if it is one. */
static void offer(const struct call_tree *t, struct own_value top[TOP_CNT], struct own_value v)
{
	size_t at = TOP_CNT;

	while (at > 0 && comes_before(t, &v, &top[at - 1]))
		at--;
	for (size_t i = TOP_CNT - 1; i > at && at < TOP_CNT; i--)
		top[i] = top[i - 1];
	if (at < TOP_CNT)
		top[at] = v;
}

static void find_top(struct own_value top[TOP_CNT], const struct call_tree *t)
{
	uint32_t name_cnt = strtab_cnt(t->texts);
	uint64_t *own = mem_alloc(name_cnt ? name_cnt : 1, sizeof(*own));

	for (uint32_t i = 1; i < t->node_cnt; i++)
		own[t->nodes[i].name] += t->nodes[i].self;
	for (uint32_t name = 0; name < name_cnt; name++)
		offer(t, top, (struct own_value){ .name = name, .value = own[name] });
	free(own);
}

static void put_share(struct buf *out, const struct call_tree *t, const struct measure *m,
		      uint64_t value)
{
	char share[UNITS_TEXT_MAX];

	buf_puts(out, units_percent(share, value, t->nodes[0].value));
	buf_puts(out, ", ");
	measure_text(out, m, value);
}

void flame_text_summary(struct buf *out, const struct call_tree *t, const struct measure *m)
{
	struct own_value top[TOP_CNT] = { 0 };

	if (!t->node_cnt || !t->nodes[0].value)
		return;
	find_top(top, t);
	buf_puts(out, "\nLargest own shares:");
	for (size_t i = 0; i < TOP_CNT && top[i].value; i++) {
		size_t len;
		const char *name = strtab_get(t->texts, top[i].name, &len);

		buf_printf(out, "\n%zu. ", i + 1);
		text_visible(out, name, len);
		buf_puts(out, ": ");
		put_share(out, t, m, top[i].value);
	}
}

/* A frame still to be written. */
struct open_node {
	uint32_t node;
	uint32_t place; /* among its siblings */
	uint64_t value;
};

/* Children of one node, largest first, on a stack that all open parents share. */
struct text_walk {
	const struct call_tree *tree;
	uint64_t min_value;
	struct {
		VEC(struct open_node);
	} open;
};

static int larger_last(const void *left, const void *right)
{
	const struct open_node *a = left, *b = right;

	if (a->value != b->value)
		return a->value > b->value ? 1 : -1;
	return (a->place < b->place) - (a->place > b->place);
}

static void open_children(struct text_walk *w, uint32_t node)
{
	size_t start = w->open.cnt;
	uint32_t place = 0;

	for (uint32_t c = w->tree->nodes[node].first_child; c != TRACE_NONE;
	     c = w->tree->nodes[c].next_sibling) {
		uint64_t value = w->tree->nodes[c].value;

		if (value >= w->min_value)
			*vec_push(&w->open) =
				(struct open_node){ .node = c, .place = place++, .value = value };
	}
	if (w->open.cnt > start)
		qsort(w->open.v + start, w->open.cnt - start, sizeof(*w->open.v), larger_last);
}

static void put_line(struct buf *out, const struct call_tree *t, const struct measure *m,
		     uint32_t node)
{
	const struct call_node *n = &t->nodes[node];
	char share[UNITS_TEXT_MAX];
	size_t len = 3;
	const char *name = node ? strtab_get(t->texts, n->name, &len) : "all";

	buf_printf(out, "%8s  ", units_percent(share, n->value, t->nodes[0].value));
	for (unsigned i = 0; i < n->depth; i++)
		buf_puts(out, "  ");
	text_visible(out, name, len);
	buf_puts(out, "  (");
	measure_text(out, m, n->value);
	buf_puts(out, ")\n");
}

void flame_text_tree(struct buf *out, const struct call_tree *t, const struct measure *m,
		     uint64_t min_value)
{
	struct text_walk w = { .tree = t, .min_value = min_value ? min_value : 1 };

	if (!t->node_cnt || !t->nodes[0].value)
		return;
	put_line(out, t, m, 0);
	open_children(&w, 0);
	while (w.open.cnt) {
		uint32_t node = w.open.v[--w.open.cnt].node;

		put_line(out, t, m, node);
		open_children(&w, node);
	}
	vec_release(&w.open);
}

/* "1,204 frames are left out, each below 12 ms: 3.1 % in all": what the list lacks. */
static void put_hidden(struct buf *out, const struct call_tree *t, const struct flame_sizes *sizes,
		       const struct measure *m, uint64_t least)
{
	char count[UNITS_TEXT_MAX], share[UNITS_TEXT_MAX];
	struct flame_boxes boxes;

	flame_boxes_narrow(&boxes, &sizes->large, least);
	if (boxes.hidden_cnt) {
		buf_printf(out,
			   boxes.hidden_cnt == 1 ? "\n%s frame is left out, below "
						 : "\n%s frames are left out, each below ",
			   units_count(count, boxes.hidden_cnt));
		measure_text(out, m, least);
		buf_printf(out, ": %s in all\n",
			   units_percent(share, boxes.hidden_value, t->nodes[0].value));
	}
	flame_boxes_release(&boxes);
}

static void put_frames(struct buf *out, const struct call_tree *t, const struct measure *m,
		       uint32_t max_frames)
{
	struct flame_sizes sizes;
	uint64_t least;

	flame_sizes_count(&sizes, t, max_frames);
	least = flame_sizes_min_value(&sizes, t->nodes[0].value / SHARE_LEAST + 1, max_frames);
	flame_text_tree(out, t, m, least);
	put_hidden(out, t, &sizes, m, least);
	flame_sizes_release(&sizes);
}

void flame_text_page(struct buf *out, const struct call_tree *t, const struct measure *m,
		     const struct caption *c, uint32_t max_frames)
{
	buf_printf(out, "%s\n", c->title);
	for (size_t i = 0; i < c->about.cnt; i++)
		buf_printf(out, "%s%s", i ? ", " : "", c->about.v[i]);
	buf_puts(out, c->about.cnt ? "\n\n" : "\n");
	if (t->nodes[0].value)
		put_frames(out, t, m, max_frames);
	else
		buf_printf(out, "%s\n", caption_nothing(c));
	for (size_t i = 0; i < c->notes.cnt; i++)
		buf_printf(out, "%s%s\n", i ? "" : "\n", c->notes.v[i]);
}

/* One stack: the frames from the root to node, and its own value. */
static void put_folded(struct buf *out, const struct call_tree *t, const struct measure *m,
		       const uint32_t *path, size_t depth)
{
	uint64_t value = t->nodes[path[depth - 1]].self;

	if (m->unit == TRACE_UNIT_NS)
		value = value / NS_PER_US + (value % NS_PER_US >= NS_PER_US / 2);
	for (size_t i = 0; i < depth; i++) {
		size_t len;
		const char *name = strtab_get(t->texts, t->nodes[path[i]].name, &len);

		if (i)
			buf_u8(out, ';');
		text_folded(out, name, len, i + 1 == depth);
	}
	buf_printf(out, " %llu\n", (unsigned long long)value);
}

void flame_text_folded(struct buf *out, const struct call_tree *t, const struct measure *m)
{
	struct {
		VEC(uint32_t);
	} path = { 0 };
	uint32_t next = t->node_cnt ? t->nodes[0].first_child : TRACE_NONE;

	for (;;) {
		while (next != TRACE_NONE) {
			*vec_push(&path) = next;
			if (t->nodes[next].self)
				put_folded(out, t, m, path.v, path.cnt);
			next = t->nodes[next].first_child;
		}
		if (!path.cnt)
			break;
		next = t->nodes[path.v[--path.cnt]].next_sibling;
	}
	vec_release(&path);
}
