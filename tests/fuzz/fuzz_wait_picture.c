#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "formats/name_table.h"
#include "formats/trace_reader.h"
#include "render/flame_layout.h"
#include "render/flame_picture.h"
#include "render/picture_source.h"
#include "render/scene_svg.h"
#include "render/wait_folded.h"
#include "render/wait_picture.h"
#include "tests/fuzz/chunk_trace.h"

int fuzz_one(const uint8_t *bytes, size_t len);

/*
 * Whatever a trace says of waits can be drawn and folded: in all ways, whole and of one thread,
 * and the tree adds up.
 */
static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_tree(const struct call_tree *t)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < t->node_cnt; i++)
		require(!__builtin_add_overflow(sum, t->nodes[i].self, &sum));
	require(t->nodes[0].value == sum);
	for (uint32_t i = 1; i < t->node_cnt; i++) {
		require(t->nodes[i].parent < i);
		require(t->nodes[i].value <= t->nodes[t->nodes[i].parent].value);
	}
}

static void draw(struct flame_picture *p)
{
	struct flame_options options = { .width = 80000, .min_width = 10, .max_frames = 1000 };
	struct scene scene;
	struct buf svg = { 0 };

	flame_layout(&scene, &p->tree, &p->measure, &p->caption, &options);
	scene_svg(&svg, &scene);
	require(svg.len > 0);
	scene_release(&scene);
	buf_release(&svg);
}

static void draw_all(const struct picture_source *source, const struct selection *s, bool is_split)
{
	struct wait_request request = {
		.weight = is_split ? WAIT_WEIGHT_SPLIT : WAIT_WEIGHT_FULL,
		.with_idle = is_split,
	};
	struct flame_picture p;

	for (int i = 1; i < WAIT_DRAWING_CNT; i++) {
		request.drawing = i;
		if (wait_picture_open(&p, source, s, &request, NULL, NULL) < 0)
			continue;
		check_tree(&p.tree);
		if (is_split)
			flame_picture_reverse(&p);
		check_tree(&p.tree);
		draw(&p);
		flame_picture_close(&p);
	}
}

static void fold_all(const struct picture_source *source, const struct selection *s)
{
	struct wait_request request = { .weight = WAIT_WEIGHT_SPLIT };

	for (int i = 1; i < WAIT_DRAWING_WALL; i++) {
		struct buf text = { 0 };

		request.drawing = i;
		if (!wait_folded_write(&text, source, s, &request, NULL) && text.len)
			require(text.v[text.len - 1] == '\n');
		buf_release(&text);
	}
}

int fuzz_one(const uint8_t *bytes, size_t len)
{
	struct selection all = { 0 }, one = { .thread = 1000, .time = { 1, 1000000000 } };
	struct picture_source source = { .path = "fuzz" };
	struct buf trace = { 0 };

	chunk_trace_make(&trace, bytes_of(bytes, len));
	if (!trace_reader_open_bytes(&source.trace, trace.v, trace.len, "fuzz", NULL)) {
		if (name_table_read(&source.names, source.trace, NULL) < 0)
			source.names = name_table_new();
		draw_all(&source, &all, false);
		draw_all(&source, &all, true);
		draw_all(&source, &one, false);
		fold_all(&source, &all);
		fold_all(&source, &one);
		name_table_free(source.names);
		trace_reader_close(source.trace);
	}
	buf_release(&trace);
	return 0;
}
