#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/units.h"
#include "formats/name_table.h"
#include "render/histogram.h"
#include "render/histogram_layout.h"
#include "render/histogram_text.h"
#include "render/picture_source.h"
#include "render/value_axis.h"
#include "tests/unit/known_latencies.h"
#include "tests/unit/scratch_file.h"

static struct picture_source source;

static void open_trace(const char *path)
{
	struct err err = { 0 };

	source = (struct picture_source){ .path = "known.data" };
	assert_int_equal(trace_reader_open(&source.trace, path, &err), 0);
	source.names = name_table_new();
}

static void close_trace(void)
{
	trace_reader_close(source.trace);
	name_table_free(source.names);
}

static void make_known(struct histogram *h, const struct selection *selection,
		       const struct histogram_request *request)
{
	struct err err = { 0 };

	assert_int_equal(known_latencies_write(scratch_path, &err), 0);
	open_trace(scratch_path);
	assert_int_equal(histogram_make(h, &source, selection, request, NULL, &err), 0);
}

/* A trace of one event with such values, so many of each. */
static void make_of(struct histogram *h, const struct latency_trace_row *rows, size_t cnt,
		    const struct histogram_request *request)
{
	struct latency_trace trace = { .rows = rows, .row_cnt = cnt };
	struct selection all = { .event = "runq" };
	struct err err = { 0 };

	assert_int_equal(latency_trace_write(scratch_path, &trace, &err), 0);
	open_trace(scratch_path);
	assert_int_equal(histogram_make(h, &source, &all, request, NULL, &err), 0);
}

static void release(struct histogram *h)
{
	histogram_release(h);
	close_trace();
}

static uint64_t sum_of_bars(const struct histogram *h, int32_t least)
{
	uint32_t first = latency_values_bin(&h->all, 0);
	uint32_t last = latency_values_bin(&h->all, LATENCY_GREATEST);
	struct histogram_bars bars = { 0 };
	struct value_axis axis;
	uint64_t sum = 0;
	int32_t end = 0;

	value_axis_init(&axis, h->request.is_linear, h->unit, first, last, 110000);
	histogram_bars_make(&bars, &h->all, &axis, least);
	for (size_t i = 0; i < bars.cnt; i++) {
		sum += bars.v[i].cnt;
		assert_true(bars.v[i].x >= end);
		end = bars.v[i].x + bars.v[i].width;
		assert_true(end <= axis.length);
	}
	vec_release(&bars);
	return sum;
}

static void bars_are_all_events_however_wide_they_are(void **state)
{
	static const int32_t widths[] = { 1, 300, 5000, 200000 };
	struct selection all = { .event = "block" };

	(void)state;
	for (int is_linear = 0; is_linear < 2; is_linear++)
		for (size_t i = 0; i < 4; i++) {
			struct histogram_request request = { .is_linear = is_linear };
			struct histogram h;

			make_known(&h, &all, &request);
			assert_int_equal(sum_of_bars(&h, widths[i]), KNOWN_BLOCK_CNT);
			release(&h);
		}
}

/* The sum of the counts in a text: what stands between ": " and the bar. */
static uint64_t sum_of_rows(const char *text)
{
	uint64_t sum = 0;

	for (const char *line = text; (line = strstr(line, " -> ")); line++)
		sum += strtoull(strchr(line, ':') + 1, NULL, 10);
	return sum;
}

static void expect_80_columns(const char *text)
{
	const char *first = strstr(text, "distribution");

	for (const char *line = first; line && *line == 'd'; line = NULL)
		for (const char *row = strchr(line, '\n') + 1; strstr(row, " -> ") == row + 10;
		     row = strchr(row, '\n') + 1)
			assert_true(strchr(row, '\n') - row <= 80);
}

static void rows_of_the_text_are_all_events(void **state)
{
	static const struct histogram_request requests[] = {
		{ 0 },
		{ .is_linear = true },
		{ .by = "device" },
		{ .by = "process" },
	};
	struct selection all = { .event = "block" };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct buf text = { 0 };
		struct histogram h;

		make_known(&h, &all, &requests[i]);
		histogram_text(&text, &h);
		assert_int_equal(sum_of_rows(buf_text(&text)), KNOWN_BLOCK_CNT);
		expect_80_columns(buf_text(&text));
		buf_release(&text);
		release(&h);
	}
}

static void expect_text(struct histogram *h, const char *line)
{
	struct buf text = { 0 };

	histogram_text(&text, h);
	if (!strstr(buf_text(&text), line)) {
		print_message("missing: %s\nin: %s\n", line, buf_text(&text));
		fail();
	}
	buf_release(&text);
	release(h);
}

static void rows_have_the_edges_that_people_know(void **state)
{
	static const struct latency_trace_row us[] = { { "runq", .value = 1500, .cnt = 6 },
						       { "runq", .value = 100000, .cnt = 3 } };
	static const struct latency_trace_row small[] = { { "runq", .value = 0, .cnt = 1 },
							  { "runq", .value = 3, .cnt = 5 } };
	struct selection sizes = { .event = "block-bytes" };
	struct histogram_request request = { 0 };
	struct histogram h;

	(void)state;
	make_of(&h, us, 2, &request);
	expect_text(&h, "        65 -> 130        : 3         |********************             "
			"       |\n");
	make_of(&h, us, 2, &request);
	expect_text(&h, "         1 -> 1          : 6         |*******");
	make_of(&h, small, 2, &request);
	expect_text(&h, "          nsecs          : count     distribution\n"
			"         0 -> 0          : 1         |********  ");
	make_of(&h, small, 2, &request);
	expect_text(&h, "         2 -> 3          : 5         |*****");
	make_known(&h, &sizes, &request);
	expect_text(&h, "        64 -> 127        : 1600      |********  ");
}

static void one_in_a_million_is_seen(void **state)
{
	static const struct latency_trace_row rows[] = {
		{ "runq", .value = 100000, .cnt = 1000000 },
		{ "runq", .value = 3000000000, .cnt = 1 }
	};
	struct histogram_request request = { 0 };
	struct histogram h;
	struct scene scene;
	bool is_seen = false;

	(void)state;
	make_of(&h, rows, 2, &request);
	histogram_layout(&scene, &h, 1200 * SCENE_PX);
	for (size_t i = 0; i < scene.marks.cnt; i++) {
		const struct scene_mark *m = &scene.marks.v[i];
		struct buf tip = { 0 };

		buf_put(&tip, scene_span_text(&scene, m->tip), m->tip.len);
		if (m->paint.tone == SCENE_TONE_RGB && strstr(buf_text(&tip), ": 1 event ("))
			is_seen = m->box.h >= SCENE_PX && m->box.w >= SCENE_PX;
		buf_release(&tip);
	}
	assert_true(is_seen);
	scene_release(&scene);
	expect_text(&h, ": 1         |.   ");
}

static void the_least_and_the_greatest_values_have_their_place(void **state)
{
	static const struct latency_trace_row rows[] = {
		{ "runq", .value = 0, .cnt = 2 },
		{ "runq", .value = 1ull << 63, .cnt = 3 },
		{ "runq", .value = UINT64_MAX, .cnt = 1000000000 },
	};

	(void)state;
	for (int is_linear = 0; is_linear < 2; is_linear++) {
		struct histogram_request request = { .is_linear = is_linear };
		struct buf text = { 0 };
		struct histogram h;
		struct scene scene;

		make_of(&h, rows, 3, &request);
		assert_int_equal(sum_of_bars(&h, 300), 1000000005);
		histogram_text(&text, &h);
		assert_int_equal(sum_of_rows(buf_text(&text)), 1000000005);
		histogram_layout(&scene, &h, 400 * SCENE_PX);
		scene_release(&scene);
		buf_release(&text);
		release(&h);
	}
}

static void nothing_is_said_to_be_nothing(void **state)
{
	struct selection none = { .event = "block", .process = "nobody" };
	struct histogram_request request = { .by = "device" };
	struct histogram h;
	struct scene scene;

	(void)state;
	make_known(&h, &none, &request);
	histogram_layout(&scene, &h, 1200 * SCENE_PX);
	assert_non_null(memmem(scene.texts.v, scene.texts.len,
			       "nothing was recorded of what was selected", 41));
	scene_release(&scene);
	expect_text(&h, "nothing was recorded of what was selected");
}

static void groups_beyond_those_shown_are_one(void **state)
{
	static char names[20][4];
	struct latency_trace_row rows[20];
	struct histogram_request request = { .by = "process" };
	struct latency_values values;
	struct histogram h;
	uint64_t sum = 0;

	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		snprintf(names[i], sizeof(names[i]), "p%u", i);
		rows[i] = (struct latency_trace_row){
			.event = "runq", .process = names[i], .value = 1000, .cnt = 100 - i
		};
	}
	make_of(&h, rows, 20, &request);
	assert_int_equal(histogram_group_cnt(&h), HISTOGRAM_GROUPS);
	for (size_t i = 0; i < HISTOGRAM_GROUPS; i++) {
		struct buf name = { 0 };

		histogram_group(&h, i, &name, &values);
		sum += values.total_cnt;
		assert_string_equal(buf_text(&name), i < 11 ? names[i] : "[9 others]");
		buf_release(&name);
	}
	assert_int_equal(sum, 20 * 100 - 190);
	release(&h);
}

static void a_label_that_is_not_there_is_refused(void **state)
{
	struct selection all = { .event = "block" };
	struct histogram_request request = { .by = "host" };
	struct err err = { 0 };
	struct histogram h;

	(void)state;
	assert_int_equal(known_latencies_write(scratch_path, &err), 0);
	open_trace(scratch_path);
	assert_true(histogram_make(&h, &source, &all, &request, NULL, &err) < 0);
	assert_string_equal(err.text, "--by host: events of 'block' are told apart by: process, "
				      "device, operation");
	close_trace();
}

static void ranges_say_what_they_took(void **state)
{
	struct selection some = { .event = "block",
				  .time = { 1500000000, 4500000000 },
				  .latency = { 8100000, 8200000 } };
	struct histogram_request request = { 0 };
	struct histogram h;

	(void)state;
	make_known(&h, &some, &request);
	/* The middle of three seconds' slow modes: 40 each, in slices that begin from 2 s on. */
	assert_int_equal(h.totals.kept_cnt, 3 * 40);
	assert_int_equal(h.totals.kept_cnt + h.totals.outside_cnt, KNOWN_BLOCK_CNT);
	expect_text(&h, "of the values, ranges are taken whole: 7.86..8.39 ms\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bars_are_all_events_however_wide_they_are),
		cmocka_unit_test(rows_of_the_text_are_all_events),
		cmocka_unit_test(rows_have_the_edges_that_people_know),
		cmocka_unit_test(one_in_a_million_is_seen),
		cmocka_unit_test(the_least_and_the_greatest_values_have_their_place),
		cmocka_unit_test(nothing_is_said_to_be_nothing),
		cmocka_unit_test(groups_beyond_those_shown_are_one),
		cmocka_unit_test(a_label_that_is_not_there_is_refused),
		cmocka_unit_test(ranges_say_what_they_took),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
