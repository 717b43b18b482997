#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/sum.h"
#include "formats/name_table.h"
#include "formats/trace_reader.h"
#include "render/heatmap.h"
#include "render/heatmap_picture.h"
#include "render/picture_source.h"
#include "render/scene_svg.h"
#include "tests/fuzz/chunk_trace.h"

int fuzz_one(const uint8_t *bytes, size_t len);

/*
 * Whatever a trace says of latencies becomes a heat map that holds all of its events: in the
 * rows that are drawn, in as many columns as were asked for, and within the picture.
 */
static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_cells(struct trace_reader *r, const struct selection *s,
			const struct heatmap_request *request)
{
	struct heatmap *h = mem_alloc(1, sizeof(*h));
	uint64_t cnt = 0;

	if (heatmap_read(h, r, s, request, 100, NULL) >= 0) {
		require(h->columns.cnt >= 1 && h->columns.cnt <= 100);
		for (uint32_t map = 0; map < h->map_cnt; map++) {
			require(!h->maps[map].bins.outside);
			for (uint32_t col = 0; col < h->columns.cnt; col++)
				for (uint32_t row = 0; row < h->rows.cnt; row++)
					sum_clipped(&cnt, heatmap_bins_row(&h->maps[map].bins, col,
									   &h->rows.v[row])
								  .cnt);
		}
		require(cnt == h->totals.kept_cnt);
		heatmap_release(h);
	}
	free(h);
}

static void draw(const struct picture_source *source, const struct selection *s,
		 const struct heatmap_request *request)
{
	struct buf svg = { 0 };
	struct scene scene;

	check_cells(source->trace, s, request);
	if (heatmap_picture(&scene, source, s, request, NULL, 400 * SCENE_PX, NULL) < 0)
		return;
	for (size_t i = 0; i < scene.marks.cnt; i++) {
		const struct scene_mark *m = &scene.marks.v[i];

		if (m->kind == SCENE_RECT)
			require(m->box.x >= 0 && m->box.w > 0 && m->box.h > 0 &&
				m->box.x + m->box.w <= scene.width);
	}
	scene_svg(&svg, &scene);
	buf_release(&svg);
	scene_release(&scene);
}

int fuzz_one(const uint8_t *bytes, size_t len)
{
	struct selection all = { 0 }, thread = { .thread = 10 };
	struct selection part = { .time = { 1, 1000000000 }, .latency = { 100000, 3000000 } };
	struct heatmap_request by = { .by = "process", .is_linear = true, .shade = HEATMAP_SQRT };
	struct heatmap_request by_time = { .by_time = true, .by = "device" };
	struct heatmap_request plain = { 0 };
	struct picture_source source = { .path = "fuzz" };
	struct buf trace = { 0 };

	chunk_trace_make(&trace, bytes_of(bytes, len));
	if (!trace_reader_open_bytes(&source.trace, trace.v, trace.len, "fuzz", NULL)) {
		if (name_table_read(&source.names, source.trace, NULL) < 0)
			source.names = name_table_new();
		draw(&source, &all, &plain);
		draw(&source, &all, &by);
		draw(&source, &part, &plain);
		draw(&source, &part, &by);
		draw(&source, &all, &by_time);
		draw(&source, &thread, &plain);
		name_table_free(source.names);
		trace_reader_close(source.trace);
	}
	buf_release(&trace);
	return 0;
}
