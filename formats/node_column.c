#include "formats/node_column.h"

#include <stdlib.h>

#include "base/mem.h"

/* The walk's way down: the last node seen at each level below the old parent. */
struct walk {
	struct trace_node *level; /* the node there: its own id in `parent`, and its frame */
	size_t depth;		  /* levels in use */
	uint64_t old;		  /* id + 1 of the old parent; 0: TRACE_NONE */
	bool started;
};

static void walk_start(struct walk *w)
{
	*w = (struct walk){ .level = mem_alloc(TRACE_DEPTH_MAX, sizeof(*w->level)) };
}

static uint32_t old_parent(const struct walk *w)
{
	return w->old ? (uint32_t)(w->old - 1) : TRACE_NONE;
}

/* How many of the levels the parent of a new node is deep; -1: it is another old one. */
static long parent_depth(const struct walk *w, uint32_t parent)
{
	size_t depth = w->depth;

	while (depth && w->level[depth - 1].parent != parent)
		depth--;
	if (depth)
		return (long)depth;
	return w->started && old_parent(w) == parent ? 0 : -1;
}

struct columns {
	struct buf pops;
	struct buf frames;
	struct buf olds;
};

static void put_node(struct columns *c, struct walk *w, uint32_t id, const struct trace_node *n)
{
	long depth = parent_depth(w, n->parent);

	buf_varint(&c->pops, (uint64_t)((long)w->depth - depth));
	if (depth < 0) {
		uint64_t old = n->parent == TRACE_NONE ? 0 : (uint64_t)n->parent + 1;

		buf_varint(&c->olds, old - w->old);
		w->old = old;
		w->started = true;
		w->depth = 0;
		depth = 0;
	}
	buf_varint(&c->frames,
		   (size_t)depth < w->depth ? n->frame - w->level[depth].frame - 1 : n->frame);
	w->level[depth] = (struct trace_node){ .parent = id, .frame = n->frame };
	w->depth = (size_t)depth + 1;
}

void node_column_put(struct buf *out, uint32_t base, const struct trace_node *v, size_t cnt)
{
	struct columns c = { 0 };
	struct walk w;

	walk_start(&w);
	for (size_t i = 0; i < cnt; i++)
		put_node(&c, &w, base + (uint32_t)i, &v[i]);
	buf_varint(out, base);
	buf_blob(out, c.pops.v, c.pops.len);
	buf_blob(out, c.frames.v, c.frames.len);
	buf_put(out, c.olds.v, c.olds.len);
	buf_release(&c.pops);
	buf_release(&c.frames);
	buf_release(&c.olds);
	free(w.level);
}

struct cursors {
	struct bytes pops;
	struct bytes frames;
	struct bytes olds;
};

static bool take_node(struct cursors *c, struct walk *w, uint32_t id, struct trace_node *out)
{
	uint64_t pops = bytes_varint_max(&c->pops, w->depth + 1);
	size_t depth = w->depth + 1 - (size_t)pops; /* one more than the parent's depth */
	uint64_t frame = bytes_varint_max(&c->frames, TRACE_IDS_MAX);

	if (depth == 0) {
		w->old += bytes_varint_max(&c->olds, TRACE_IDS_MAX);
		w->started = true;
		w->depth = 0;
		depth = 1;
	}
	if (!w->started || w->old > id || depth > TRACE_DEPTH_MAX)
		return false;
	if (depth <= w->depth)
		frame += (uint64_t)w->level[depth - 1].frame + 1;
	if (frame >= TRACE_IDS_MAX)
		return false;
	out->parent = depth > 1 ? w->level[depth - 2].parent : old_parent(w);
	out->frame = (uint32_t)frame;
	w->level[depth - 1] = (struct trace_node){ .parent = id, .frame = out->frame };
	w->depth = depth;
	return !c->pops.failed && !c->frames.failed && !c->olds.failed;
}

bool node_column_take(struct bytes *b, uint32_t *out_base, struct node_column *out)
{
	uint32_t base = (uint32_t)bytes_varint_max(b, TRACE_IDS_MAX);
	struct cursors c;
	struct walk w;
	bool good = true;
	size_t before = out->cnt;

	c.pops = bytes_sub(b, (size_t)bytes_varint_max(b, TRACE_CHUNK_RAW_MAX));
	c.frames = bytes_sub(b, (size_t)bytes_varint_max(b, TRACE_CHUNK_RAW_MAX));
	c.olds = bytes_sub(b, bytes_left(b));
	if (b->failed)
		return false;
	walk_start(&w);
	while (good && bytes_left(&c.pops)) {
		uint32_t id = base + (uint32_t)(out->cnt - before);

		good = take_node(&c, &w, id, vec_push(out));
	}
	free(w.level);
	*out_base = base;
	return good && !bytes_left(&c.frames) && !bytes_left(&c.olds);
}
