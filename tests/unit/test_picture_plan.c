#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "formats/trace_reader.h"
#include "formats/trace_writer.h"
#include "render/picture_plan.h"
#include "render/picture_source.h"
#include "render/picture_use.h"
#include "render/render_options.h"
#include "tests/unit/latency_trace.h"
#include "tests/unit/scratch_file.h"

static struct picture_source source;

/* Events named after their kinds; ends with NULL. */
static void open_trace(const char *const *names)
{
	struct trace_writer *w;
	struct err err = { 0 };

	assert_int_equal(trace_writer_open(&w, scratch_path, NULL, &err), 0);
	trace_writer_fact(w, TRACE_FACT_CLOCK_START_NS, "7000000000");
	for (; *names; names++) {
		bool is_wait = !strcmp(*names, "chain"), is_sample = !strcmp(*names, "cpu");
		struct trace_event event = { .name = *names,
					     .source = "it",
					     .kind = is_sample ? TRACE_EVENT_SAMPLE
						     : is_wait ? TRACE_EVENT_WAIT
							       : TRACE_EVENT_LATENCY,
					     .unit = is_sample ? TRACE_UNIT_SAMPLES
							       : TRACE_UNIT_NS };

		trace_writer_event(w, &event);
	}
	assert_int_equal(trace_writer_publish(w, &err), 0);
	assert_int_equal(trace_writer_finish(w, TRACE_STOP_DURATION, 8000000000, &err), 0);
	trace_writer_close(w);
	source = (struct picture_source){ .path = "some.data" };
	assert_int_equal(trace_reader_open(&source.trace, scratch_path, &err), 0);
}

static void close_trace(void)
{
	trace_reader_close(source.trace);
}

/* "block.heatmap block.histogram" */
static void expect_all(const char *event, enum view view, const char *pictures)
{
	struct selection s = { .event = event };
	struct picture_plan plan = { 0 };
	struct buf text = { 0 };
	struct err err = { 0 };

	assert_int_equal(picture_plan_all(&plan, &source, &s, view, &err), 0);
	for (size_t i = 0; i < plan.cnt; i++)
		buf_printf(&text, "%s%s.%s", i ? " " : "", plan.v[i].event,
			   view_name(plan.v[i].view));
	assert_string_equal(buf_text(&text), pictures);
	buf_release(&text);
	picture_plan_release(&plan);
}

static struct planned_picture one(const char *event, enum view view)
{
	struct selection s = { .event = event };
	struct planned_picture p;
	struct err err = { 0 };

	assert_int_equal(picture_plan_one(&p, &source, &s, view, &err), 0);
	return p;
}

static void latencies_are_heat_maps_and_histograms(void **state)
{
	static const char *const names[] = { "cpu", "block", "chain", NULL };

	(void)state;
	open_trace(names);
	expect_all(NULL, 0,
		   "cpu.flame cpu.subsecond block.heatmap block.histogram offcpu.flame "
		   "wakeup.flame offwake.chain chain.chain wall.flame");
	expect_all("block", 0, "block.heatmap block.histogram");
	expect_all("cpu", 0, "cpu.flame cpu.subsecond");
	expect_all("block", VIEW_FLAME, "block.flame");
	expect_all(NULL, VIEW_HISTOGRAM, "block.histogram");
	expect_all("offcpu", VIEW_HEATMAP, "offcpu.heatmap");
	expect_all("offcpu", VIEW_SUBSECOND, "offcpu.subsecond");
	close_trace();
}

static void stacks_of_latencies_are_those_of_single_ones(void **state)
{
	static const char *const names[] = { "cpu", "block", NULL };

	(void)state;
	open_trace(names);
	assert_true(one("block", VIEW_FLAME).is_latency);
	assert_true(one("block", VIEW_SUBSECOND).is_latency);
	assert_false(one("cpu", VIEW_FLAME).is_latency);
	assert_false(one(NULL, VIEW_FLAME).is_latency);
	assert_int_equal(one("block", 0).view, VIEW_HEATMAP);
	close_trace();
}

static void where_there_is_nothing_else_latencies_are_meant(void **state)
{
	static const char *const names[] = { "runq", "block", NULL };

	(void)state;
	open_trace(names);
	assert_string_equal(one(NULL, VIEW_FLAME).event, "runq");
	assert_true(one(NULL, VIEW_FLAME).is_latency);
	assert_int_equal(one(NULL, 0).view, VIEW_HEATMAP);
	close_trace();
}

/* Of block and open something was counted, and all of dns was lost. */
static void what_did_not_happen_is_left_out_unless_it_is_named(void **state)
{
	static const struct latency_trace_row rows[] = {
		{ "block", "db", { "sda", "read" }, .value = 1000 },
		{ "open", "db", { "ok" }, .value = 0 },
	};
	static const struct trace_event events[] = {
		{ .name = "dns", .kind = TRACE_EVENT_LATENCY, .unit = TRACE_UNIT_NS },
		{ .name = "tcp-life", .kind = TRACE_EVENT_LATENCY, .unit = TRACE_UNIT_NS },
		{ .name = "cpu", .kind = TRACE_EVENT_SAMPLE, .unit = TRACE_UNIT_SAMPLES },
	};
	const struct latency_trace trace = {
		.rows = rows, .row_cnt = 2, .events = events, .event_cnt = 3, .lost = 5
	};
	struct picture_plan plan = { 0 };
	struct selection all = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_int_equal(latency_trace_write(scratch_path, &trace, &err), 0);
	source = (struct picture_source){ .path = "some.data" };
	assert_int_equal(trace_reader_open(&source.trace, scratch_path, &err), 0);
	expect_all(NULL, 0,
		   "dns.heatmap dns.histogram block.heatmap block.histogram open.heatmap "
		   "open.histogram");
	expect_all("tcp-life", 0, "tcp-life.heatmap tcp-life.histogram");
	assert_int_equal(picture_plan_all(&plan, &source, &all, 0, &err), 0);
	assert_int_equal(plan.silent.cnt, 2);
	assert_string_equal(plan.silent.v[0], "tcp-life");
	assert_string_equal(plan.silent.v[1], "cpu");
	picture_plan_release(&plan);
	close_trace();
}

static void expect_use(const struct render_options *o, const struct planned_picture *p,
		       const char *refusal)
{
	struct err err = { 0 };
	int status = picture_use_check(o, p, 1, &err);

	assert_int_equal(status < 0, *refusal != '\0');
	assert_string_equal(err.text, refusal);
}

static void what_no_picture_uses_is_refused(void **state)
{
	struct planned_picture heat = { .view = VIEW_HEATMAP, .is_latency = true };
	struct planned_picture histogram = { .view = VIEW_HISTOGRAM, .is_latency = true };
	struct planned_picture singles = { .view = VIEW_FLAME, .is_latency = true };
	struct planned_picture cpu = { .view = VIEW_FLAME };

	(void)state;
	expect_use(&(struct render_options){ .shade = "rank" }, &heat, "");
	expect_use(&(struct render_options){ .shade = "rank" }, &histogram,
		   "--shade is for latencies: profile render heatmap --shade rank");
	expect_use(&(struct render_options){ .by = "device" }, &histogram, "");
	expect_use(&(struct render_options){ .by = "device" }, &singles,
		   "--by is for latencies: profile render histogram --by device");
	expect_use(&(struct render_options){ .weight = "count" }, &singles, "");
	expect_use(&(struct render_options){ .weight = "full" }, &cpu, "");
	expect_use(&(struct render_options){ .weight = "count" }, &cpu,
		   "--weight count is for latencies: profile render histogram --weight count");
	expect_use(&(struct render_options){ .weight = "full" }, &heat,
		   "--weight full is for chains of wakers; latencies have count and time");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(latencies_are_heat_maps_and_histograms),
		cmocka_unit_test(stacks_of_latencies_are_those_of_single_ones),
		cmocka_unit_test(where_there_is_nothing_else_latencies_are_meant),
		cmocka_unit_test(what_did_not_happen_is_left_out_unless_it_is_named),
		cmocka_unit_test(what_no_picture_uses_is_refused),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
