#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/sum.h"
#include "base/text.h"
#include "formats/name_table.h"
#include "formats/trace_reader.h"
#include "render/flame_text.h"
#include "render/histogram.h"
#include "render/histogram_layout.h"
#include "render/histogram_text.h"
#include "render/latency_flame.h"
#include "render/latency_list.h"
#include "render/latency_subsecond.h"
#include "render/picture_source.h"
#include "render/report.h"
#include "render/value_axis.h"
#include "tests/fuzz/chunk_trace.h"

int fuzz_one(const uint8_t *bytes, size_t len);

/*
 * Whatever a trace says of latencies can be drawn and told: as text that a terminal obeys
 * nowhere; the bars of a histogram are all of its events, and lie within the picture.
 */
static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_text(struct buf *text)
{
	size_t step;

	for (size_t at = 0; at < text->len; at += step) {
		uint32_t code = text_code_point((const char *)text->v + at, text->len - at, &step);

		require(code != TEXT_INVALID);
		require(code == '\n' || (code >= 0x20 && (code < 0x7f || code > 0x9f)));
	}
	buf_clear(text);
}

static void check_bars(const struct histogram *h)
{
	uint32_t least = latency_values_bin(&h->all, 0);
	uint32_t most = latency_values_bin(&h->all, LATENCY_GREATEST);
	struct histogram_bars bars = { 0 };
	struct value_axis axis;
	uint64_t cnt = 0;

	if (most == LATENCY_BINS)
		return;
	value_axis_init(&axis, h->request.is_linear, h->unit, least, most, 30000);
	histogram_bars_make(&bars, &h->all, &axis, 300);
	for (size_t i = 0; i < bars.cnt; i++) {
		sum_clipped(&cnt, bars.v[i].cnt);
		require(bars.v[i].x >= 0 && bars.v[i].width >= 0);
		require(bars.v[i].x + bars.v[i].width <= axis.length);
	}
	require(cnt == h->all.total_cnt);
	vec_release(&bars);
}

static void check_scene(struct scene *s)
{
	for (size_t i = 0; i < s->marks.cnt; i++)
		if (s->marks.v[i].kind == SCENE_RECT)
			require(s->marks.v[i].box.x >= 0 && s->marks.v[i].box.h >= 0 &&
				s->marks.v[i].box.x + s->marks.v[i].box.w <= s->width);
	scene_release(s);
}

static void draw(const struct picture_source *source, const struct selection *s,
		 const struct histogram_request *request)
{
	struct histogram h;
	struct scene scene;
	struct buf text = { 0 };

	if (histogram_make(&h, source, s, request, NULL, NULL) < 0)
		return;
	check_bars(&h);
	histogram_text(&text, &h);
	check_text(&text);
	histogram_layout(&scene, &h, 400 * SCENE_PX);
	check_scene(&scene);
	histogram_release(&h);
	buf_release(&text);
}

static void draw_stacks(const struct picture_source *source, const struct selection *s,
			bool by_count)
{
	struct flame_picture p;
	struct scene scene;
	struct buf text = { 0 };

	if (!latency_subsecond_picture(&scene, source, s, NULL, 400 * SCENE_PX, NULL))
		check_scene(&scene);
	if (latency_flame_open(&p, source, s, by_count, NULL, NULL) < 0)
		return;
	flame_text_page(&text, &p.tree, &p.measure, &p.caption, 100);
	check_text(&text);
	flame_picture_close(&p);
	buf_release(&text);
}

static void tell(const struct picture_source *source, const struct selection *s, FILE *stream)
{
	struct wait_request request = { 0 };
	struct latency_list list;
	struct report report;
	struct buf text = { 0 };

	if (!report_make(&report, source, s, &request, NULL)) {
		report_put_text(&text, &report, 5, stream);
		report_put_json(&text, &report, 5);
		check_text(&text);
		report_release(&report);
	}
	if (!latency_list_make(&list, source, s, NULL)) {
		latency_list_put_text(&text, &list);
		latency_list_put_json(&text, &list);
		check_text(&text);
		latency_list_release(&list);
	}
	buf_release(&text);
}

int fuzz_one(const uint8_t *bytes, size_t len)
{
	static FILE *stream;
	struct selection all = { 0 }, block = { .event = "block" };
	struct selection part = { .time = { 1, 1000000000 }, .latency = { 100000, UINT64_MAX } };
	struct histogram_request by = { .by = "process", .is_linear = true };
	struct histogram_request by_time = { .by_time = true };
	struct picture_source source = { .path = "fuzz" };
	struct buf trace = { 0 };

	if (!stream)
		stream = fopen("/dev/null", "w");
	chunk_trace_make(&trace, bytes_of(bytes, len));
	if (!trace_reader_open_bytes(&source.trace, trace.v, trace.len, "fuzz", NULL)) {
		if (name_table_read(&source.names, source.trace, NULL) < 0)
			source.names = name_table_new();
		draw(&source, &all, &by_time);
		draw(&source, &part, &by);
		draw_stacks(&source, &all, true);
		draw_stacks(&source, &part, false);
		tell(&source, &all, stream);
		tell(&source, &block, stream);
		name_table_free(source.names);
		trace_reader_close(source.trace);
	}
	buf_release(&trace);
	return 0;
}
