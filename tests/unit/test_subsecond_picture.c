#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "formats/name_table.h"
#include "formats/stages.h"
#include "formats/trace_writer.h"
#include "render/picture_source.h"
#include "render/subsecond_picture.h"
#include "tests/unit/scratch_file.h"

#define S 1000000000ull

static int no_names(struct trace_reader *r, struct name_table **out, struct err *err)
{
	(void)r;
	(void)err;
	*out = name_table_new();
	return 0;
}

static const struct stages stages = { .names = no_names };

static unsigned early_cnt; /* samples from before the start */
static enum trace_unit unit = TRACE_UNIT_EVENTS;

/* Ten seconds with second + 1 samples each, of an event with such a name. */
static void make_trace(const char *event_name)
{
	struct trace_event event = { .name = event_name,
				     .source = "it",
				     .kind = TRACE_EVENT_SAMPLE,
				     .unit = unit };
	struct trace_process process = { .tgid = 1, .comm = "one", .executable = "", .cgroup = "" };
	struct trace_writer *w;
	struct err err = { 0 };

	assert_int_equal(trace_writer_open(&w, scratch_path, NULL, &err), 0);
	trace_writer_fact(w, TRACE_FACT_CLOCK_START_NS, "7000000000");
	uint32_t id = trace_writer_event(w, &event);
	assert_int_equal(trace_writer_publish(w, &err), 0);
	struct trace_thread thread = { .process = trace_writer_process(w, &process),
				       .tid = 1,
				       .comm = "one" };
	struct trace_sample sample = { .weight = 1, .event = id, .stack = TRACE_NONE };
	sample.thread = trace_writer_thread(w, &thread);
	for (unsigned i = 0; i < early_cnt; i++) {
		sample.time_ns = 6 * S;
		trace_writer_sample(w, &sample);
	}
	for (uint64_t second = 0; second < 10; second++)
		for (uint64_t i = 0; i <= second; i++) {
			sample.time_ns = 7 * S + second * S + i * 1000000;
			trace_writer_sample(w, &sample);
		}
	assert_int_equal(trace_writer_finish(w, TRACE_STOP_DURATION, 17 * S, &err), 0);
	trace_writer_close(w);
}

static void draw(struct scene *s, const struct selection *selection)
{
	struct picture_source source;
	struct err err = { 0 };

	assert_int_equal(picture_source_open(&source, scratch_path, &stages, &err), 0);
	assert_int_equal(subsecond_picture(s, &source, selection, NULL, 1200 * SCENE_PX, &err), 0);
	picture_source_close(&source);
}

/* The sum of the cells that the script is told of. */
static uint64_t sum_of(struct scene *s)
{
	const char *line = strstr(buf_text(&s->detail), "\ncounts\n") + 8;
	uint64_t sum = 0;

	for (; *line; line = strchr(line, '\n') + 1) {
		const char *count = strchr(strchr(line, ' ') + 1, ' ');

		sum += strtoul(count, NULL, 10);
	}
	return sum;
}

static void all_cells_are_all_samples(void **state)
{
	struct selection all = { .time.last = UINT64_MAX };
	struct selection part = { .time = { 3 * S, 5 * S - 1 } };
	struct scene s;

	(void)state;
	make_trace("cpu");
	draw(&s, &all);
	assert_int_equal(sum_of(&s), 55);
	scene_release(&s);
	draw(&s, &part);
	assert_int_equal(sum_of(&s), 4 + 5);
	assert_non_null(strstr(buf_text(&s.detail), "\nfirst 3\n"));
	scene_release(&s);
}

static void cells_are_told_in_the_words_of_their_event(void **state)
{
	struct selection all = { .time.last = UINT64_MAX };
	struct scene s;

	(void)state;
	make_trace("page-faults");
	draw(&s, &all);
	assert_non_null(strstr(buf_text(&s.detail), "\nnoun page-faults\n"));
	assert_non_null(memmem(s.texts.v, s.texts.len, " page-faults in a cell", 22));
	scene_release(&s);
}

static void the_command_is_safe_to_paste(void **state)
{
	struct selection some = { .time.last = UINT64_MAX, .process = "o*", .thread = 1 };
	struct scene s;

	(void)state;
	make_trace("$(touch x)`y`");
	draw(&s, &some);
	const char *text = buf_text(&s.detail);
	assert_non_null(strstr(text, "command profile render flame &#39;/tmp/profile"
				     "&#39;\\&#39;&#39;s test."));
	assert_non_null(strstr(text, " -e &#39;$(touch x)`y`&#39; --process &#39;o*&#39; "
				     "--thread 1\n"));
	scene_release(&s);
}

static void folded_stacks_have_no_times(void **state)
{
	struct picture_source source = { .path = "stacks" };
	struct selection all = { 0 };
	struct err err = { 0 };
	struct scene s;

	(void)state;
	assert_true(subsecond_picture(&s, &source, &all, NULL, 1200 * SCENE_PX, &err) < 0);
	assert_string_equal(err.text, "stacks: folded stacks have no times; record a trace");
}

static void ranges_are_of_weights_that_are_values(void **state)
{
	struct selection slow = { .time.last = UINT64_MAX, .latency = { 1, 1 } };
	struct picture_source source;
	struct err err = { 0 };
	struct scene s;

	(void)state;
	make_trace("page-faults");
	draw(&s, &slow);
	assert_int_equal(sum_of(&s), 55);
	scene_release(&s);
	slow.latency = (struct range){ 2, 9 };
	draw(&s, &slow);
	assert_int_equal(sum_of(&s), 0);
	scene_release(&s);
	unit = TRACE_UNIT_SAMPLES;
	make_trace("cpu");
	unit = TRACE_UNIT_EVENTS;
	assert_int_equal(picture_source_open(&source, scratch_path, &stages, &err), 0);
	assert_int_equal(subsecond_picture(&s, &source, &slow, NULL, 1200 * SCENE_PX, &err),
			 -EINVAL);
	assert_non_null(strstr(err.text, ": no event of this trace has latencies"));
	picture_source_close(&source);
}

static void what_lies_before_the_start_is_told_in_its_unit(void **state)
{
	struct selection late = { .time.last = UINT64_MAX };
	struct scene s;

	(void)state;
	make_trace("page-faults");
	draw(&s, &late);
	assert_null(memmem(s.texts.v, s.texts.len, "before the start", 16));
	scene_release(&s);
	early_cnt = 3;
	make_trace("page-faults");
	early_cnt = 0;
	draw(&s, &late);
	assert_non_null(memmem(s.texts.v, s.texts.len,
			       "not drawn, from before the start: 3 page-faults", 47));
	scene_release(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_cells_are_all_samples),
		cmocka_unit_test(cells_are_told_in_the_words_of_their_event),
		cmocka_unit_test(the_command_is_safe_to_paste),
		cmocka_unit_test(folded_stacks_have_no_times),
		cmocka_unit_test(ranges_are_of_weights_that_are_values),
		cmocka_unit_test(what_lies_before_the_start_is_told_in_its_unit),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
