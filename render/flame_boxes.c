#include "render/flame_boxes.h"

#include <stdbool.h>

static void push_box(struct flame_boxes *b, struct flame_box box)
{
	*vec_push(&b->boxes) = box;
	if (box.node == FLAME_BOX_STRIP) {
		b->hidden_value += box.value;
		return;
	}
	b->frame_cnt++;
	if (b->depth_cnt <= box.depth)
		b->depth_cnt = box.depth + 1;
}

/* One parent's children on their way into boxes. */
struct row {
	uint32_t depth;
	uint64_t at;	/* value to the left of the next child */
	uint64_t strip; /* of the small siblings just passed */
};

static void end_strip(struct flame_boxes *b, struct row *row)
{
	if (!row->strip)
		return;
	push_box(b, (struct flame_box){ .node = FLAME_BOX_STRIP,
					.depth = row->depth,
					.first = row->at - row->strip,
					.value = row->strip });
	row->strip = 0;
}

/*
 * Parents before children without recursion, and without a look at what lies below a
 * frame that is left out: the way down keeps one row for each open parent.
 */
struct walk {
	const struct call_tree *tree;
	uint64_t min_value;
	struct {
		VEC(struct row);
	} rows;
};

static void enter(struct walk *w, struct flame_boxes *b, uint32_t node, uint64_t first)
{
	uint32_t depth = (uint32_t)w->rows.cnt;

	push_box(b, (struct flame_box){ .node = node,
					.depth = depth,
					.first = first,
					.value = w->tree->nodes[node].value });
	*vec_push(&w->rows) = (struct row){ .depth = depth + 1, .at = first };
}

/* The next frame with a box among `node` and its right siblings, strips being closed on
 * the way; TRACE_NONE if there is none. */
static uint32_t pass_small(struct walk *w, struct flame_boxes *b, uint32_t node)
{
	struct row *row = &w->rows.v[w->rows.cnt - 1];

	for (; node != TRACE_NONE; node = w->tree->nodes[node].next_sibling) {
		uint64_t value = w->tree->nodes[node].value;

		if (value >= w->min_value)
			break;
		row->at += value;
		row->strip += value;
	}
	end_strip(b, row);
	return node;
}

void flame_boxes_choose(struct flame_boxes *out, const struct call_tree *t, uint64_t min_value)
{
	struct walk w = { .tree = t, .min_value = min_value ? min_value : 1 };
	uint32_t node = 0;

	*out = (struct flame_boxes){ 0 };
	if (!t->node_cnt)
		return;
	enter(&w, out, 0, 0);
	uint32_t next = t->nodes[0].first_child;
	while (w.rows.cnt) {
		next = pass_small(&w, out, next);
		if (next != TRACE_NONE) {
			struct row *row = &w.rows.v[w.rows.cnt - 1];
			uint64_t first = row->at;

			row->at += t->nodes[next].value;
			enter(&w, out, next, first);
			node = next;
			next = t->nodes[node].first_child;
			continue;
		}
		w.rows.cnt--;
		if (node == 0)
			break;
		next = t->nodes[node].next_sibling;
		node = t->nodes[node].parent;
	}
	out->hidden_cnt = t->node_cnt - out->frame_cnt;
	vec_release(&w.rows);
}

void flame_boxes_release(struct flame_boxes *b)
{
	if (!b)
		return;
	vec_release(&b->boxes);
}

/* What is too small becomes a strip, or part of the one at its left; what lies below it
 * is passed over. */
void flame_boxes_narrow(struct flame_boxes *out, const struct flame_boxes *from, uint64_t min_value)
{
	struct flame_box strip = { .node = FLAME_BOX_STRIP };

	*out = (struct flame_boxes){ 0 };
	for (size_t i = 0; i < from->boxes.cnt; i++) {
		const struct flame_box *box = &from->boxes.v[i];
		bool is_small = box->node == FLAME_BOX_STRIP || (i && box->value < min_value);

		if (strip.value && box->depth > strip.depth)
			continue;
		if (strip.value && (!is_small || box->depth < strip.depth)) {
			push_box(out, strip);
			strip.value = 0;
		}
		if (!is_small) {
			push_box(out, *box);
			continue;
		}
		if (!strip.value) {
			strip.depth = box->depth;
			strip.first = box->first;
		}
		strip.value += box->value;
	}
	if (strip.value)
		push_box(out, strip);
	out->hidden_cnt = from->hidden_cnt + from->frame_cnt - out->frame_cnt;
}
