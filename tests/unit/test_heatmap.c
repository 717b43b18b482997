#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "render/heatmap.h"
#include "render/heatmap_axis.h"
#include "tests/unit/latency_trace.h"
#include "tests/unit/scratch_file.h"

#define MS LATENCY_TRACE_MS
#define DEVICES 9

static const char *const names[DEVICES] = { "a", "b", "c", "d", "e", "f", "g", "h", "i" };

/* Device n has n + 1 events of n + 1 ms in each of ten slices. */
static struct trace_reader *open_trace(void)
{
	static struct latency_trace_row rows[10 * DEVICES];
	const struct latency_trace trace = { .rows = rows, .row_cnt = 10 * DEVICES };
	struct trace_reader *r = NULL;
	struct err err = { 0 };

	for (size_t i = 0; i < 10 * DEVICES; i++)
		rows[i] = (struct latency_trace_row){ .event = "block",
						      .process = i % 2 ? "odd" : "even",
						      .labels = { names[i % DEVICES], "read" },
						      .start_ms = i / DEVICES * 100,
						      .value = (i % DEVICES + 1) * MS,
						      .cnt = i % DEVICES + 1 };
	assert_int_equal(latency_trace_write(scratch_path, &trace, &err), 0);
	assert_int_equal(trace_reader_open(&r, scratch_path, &err), 0);
	return r;
}

static struct heatmap heat;
static struct err problem;

static int read_map(struct selection s, struct heatmap_request request, uint32_t columns)
{
	struct trace_reader *r = open_trace();
	int status;

	problem = (struct err){ 0 };
	status = heatmap_read(&heat, r, &s, &request, columns, &problem);
	trace_reader_close(r);
	return status;
}

/* Events in all cells of the picture's rows. */
static uint64_t drawn(void)
{
	uint64_t cnt = 0;

	for (uint32_t map = 0; map < heat.map_cnt; map++)
		for (uint32_t col = 0; col < heat.columns.cnt; col++)
			for (uint32_t row = 0; row < heat.rows.cnt; row++)
				cnt += heatmap_bins_row(&heat.maps[map].bins, col,
							&heat.rows.v[row])
					       .cnt;
	return cnt;
}

static void cells_and_what_is_outside_are_all_events(void **state)
{
	static const struct selection selections[] = {
		{ 0 },
		{ .time = { 200 * MS, 500 * MS } },
		{ .latency = { 3 * MS, 5 * MS } },
		{ .time = { 5000 * MS, 6000 * MS } },
		{ .process = "odd", .latency = { 100 * MS, UINT64_MAX } },
	};
	static const char *const by[] = { NULL, "process", "device", "operation" };

	(void)state;
	for (size_t i = 0; i < sizeof(selections) / sizeof(*selections); i++)
		for (size_t k = 0; k < 4; k++)
			for (uint32_t columns = 1; columns <= 16; columns *= 4) {
				struct heatmap_request request = { .by = by[k],
								   .is_linear = k == 2,
								   .by_time = k == 1 };

				assert_int_equal(read_map(selections[i], request, columns), 0);
				assert_int_equal(drawn() + heat.totals.outside_cnt, 450);
				assert_true(heat.columns.cnt <= columns);
				heatmap_release(&heat);
			}
}

static void what_latency_cuts_stands_in_rows_of_its_own(void **state)
{
	(void)state;
	assert_int_equal(read_map((struct selection){ .latency = { 3 * MS, 5 * MS } },
				  (struct heatmap_request){ 0 }, 100),
			 0);
	assert_int_equal(heat.totals.outside_cnt, 0);
	assert_int_equal(heat.below_cnt, 10 + 20);
	assert_int_equal(heat.above_cnt, 60 + 70 + 80 + 90);
	heatmap_release(&heat);
}

static void the_largest_have_maps_and_the_last_one_all_others(void **state)
{
	(void)state;
	assert_int_equal(
		read_map((struct selection){ 0 }, (struct heatmap_request){ .by = "device" }, 100),
		0);
	assert_int_equal(heat.map_cnt, HEATMAP_MAPS_MAX);
	for (uint32_t map = 0; map < 5; map++) {
		assert_string_equal(heat.maps[map].name, names[8 - map]);
		assert_int_equal(heat.maps[map].bins.total.cnt, 10 * (9 - map));
	}
	assert_string_equal(heat.maps[5].name, "[4 others]");
	assert_int_equal(heat.maps[5].bins.total.cnt, 100);
	assert_int_equal(heat.maps[5].values.total_cnt, 100);
	heatmap_release(&heat);
}

/* Counts of one slice, a device each; by_time: the last one took long. */
static void expect_maps(const uint64_t *cnts, size_t cnt, bool by_time, const char *last)
{
	struct latency_trace_row rows[DEVICES];
	const struct latency_trace trace = { .rows = rows, .row_cnt = cnt };
	struct heatmap_request request = { .by = "device", .by_time = by_time };
	struct selection all = { 0 };
	struct trace_reader *r = NULL;
	struct err err = { 0 };

	for (size_t i = 0; i < cnt; i++)
		rows[i] = (struct latency_trace_row){ .event = "block",
						      .labels = { names[i], "read" },
						      .value = i + 1 < cnt ? MS : 9000 * MS,
						      .cnt = cnts[i] };
	assert_int_equal(latency_trace_write(scratch_path, &trace, &err), 0);
	assert_int_equal(trace_reader_open(&r, scratch_path, &err), 0);
	assert_int_equal(heatmap_read(&heat, r, &all, &request, 100, &err), 0);
	assert_string_equal(heat.maps[heat.map_cnt - 1].name, last);
	heatmap_release(&heat);
	trace_reader_close(r);
}

static void a_handful_of_events_has_no_map_of_its_own(void **state)
{
	static const uint64_t counts[] = { 9000, 10, 9, 2 };

	(void)state;
	expect_maps(counts, 4, false, "d"); /* 0.1 %: 9 are no less */
	expect_maps((const uint64_t[]){ 90000, 10, 9, 2 }, 4, false, "[2 others]");
	expect_maps((const uint64_t[]){ 90000, 10, 2 }, 3, false, "c");
	expect_maps((const uint64_t[]){ 90000, 9, 8, 7, 6, 5, 4 }, 7, false, "[6 others]");
	expect_maps((const uint64_t[]){ 90000, 9, 8, 7, 6, 5, 4 }, 7, true, "[5 others]");
}

static void time_weighs_cells_by_their_sums(void **state)
{
	(void)state;
	assert_int_equal(
		read_map((struct selection){ 0 }, (struct heatmap_request){ .by_time = true }, 100),
		0);
	assert_true(heat.shades.greatest == 81 * MS);
	assert_int_equal(heat.columns.cnt, 10);
	heatmap_release(&heat);
}

static void a_label_that_there_is_not_is_refused(void **state)
{
	(void)state;
	assert_int_equal(
		read_map((struct selection){ 0 }, (struct heatmap_request){ .by = "colour" }, 100),
		-EINVAL);
	assert_non_null(strstr(problem.text, "process, device, operation"));
}

static void marks_are_round_and_apart(void **state)
{
	uint64_t cnt[LATENCY_BINS] = { 0 };
	struct heatmap_rows rows;
	struct heatmap_marks marks;

	(void)state;
	for (uint32_t bin = latency_bin_of(1000); bin <= latency_bin_of(1000 * MS); bin++)
		cnt[bin] = 1;
	heatmap_rows_choose(&rows, cnt, (struct range){ 0 }, false, 40000);
	heatmap_marks_choose(&marks, &rows, TRACE_UNIT_NS);
	assert_int_equal(marks.cnt, 7);
	assert_string_equal(marks.v[0].text, "1 us");
	assert_string_equal(marks.v[2].text, "100 us");
	assert_string_equal(marks.v[6].text, "1 s");
	for (uint32_t i = 1; i < marks.cnt; i++)
		assert_true(marks.v[i].y >= marks.v[i - 1].y + 1500);
}

static void times_are_said_in_few_characters(void **state)
{
	char text[UNITS_TEXT_MAX];

	(void)state;
	assert_string_equal(heatmap_time_text(text, 250 * MS, 50 * MS), "0.25 s");
	assert_string_equal(heatmap_time_text(text, 90000 * MS, 30000 * MS), "1:30");
	assert_int_equal(heatmap_time_step(1000 * MS, 10), 100 * MS);
	assert_int_equal(heatmap_time_step(60000 * MS, 13), 5000 * MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cells_and_what_is_outside_are_all_events),
		cmocka_unit_test(what_latency_cuts_stands_in_rows_of_its_own),
		cmocka_unit_test(the_largest_have_maps_and_the_last_one_all_others),
		cmocka_unit_test(a_handful_of_events_has_no_map_of_its_own),
		cmocka_unit_test(time_weighs_cells_by_their_sums),
		cmocka_unit_test(a_label_that_there_is_not_is_refused),
		cmocka_unit_test(marks_are_round_and_apart),
		cmocka_unit_test(times_are_said_in_few_characters),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
