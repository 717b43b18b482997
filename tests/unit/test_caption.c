#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "formats/trace_reader.h"
#include "formats/trace_writer.h"
#include "render/caption.h"
#include "render/picture.h"
#include "render/scene.h"
#include "tests/unit/scratch_file.h"

#define S 1000000000ull

static const struct trace_event cpu = { .name = "cpu",
					.source = "cpu-clock",
					.kind = TRACE_EVENT_SAMPLE,
					.unit = TRACE_UNIT_SAMPLES,
					.frequency_hz = 100,
					.period_ns = 10000000 };

static void make_trace(uint64_t lost, enum trace_stop stop)
{
	struct trace_writer *w;
	struct err err = { 0 };

	assert_int_equal(trace_writer_open(&w, scratch_path, NULL, &err), 0);
	trace_writer_fact(w, TRACE_FACT_HOST, "db\x1b[31m");
	trace_writer_fact(w, TRACE_FACT_KERNEL, "6.12.1-amd64 #1 SMP PREEMPT_DYNAMIC");
	trace_writer_fact(w, TRACE_FACT_CPU_CNT, "1");
	trace_writer_fact(w, TRACE_FACT_TARGET, "process 7");
	trace_writer_fact(w, TRACE_FACT_CLOCK_START_NS, "1000000000");
	trace_writer_fact(w, TRACE_FACT_CLOCK_REALTIME_NS, "1700000000000000000");
	uint32_t id = trace_writer_event(w, &cpu);
	assert_int_equal(trace_writer_publish(w, &err), 0);
	if (lost) {
		struct trace_loss_count loss = { id, TRACE_LOSS_RING_FULL, lost };

		trace_writer_loss(w, &loss);
	}
	assert_int_equal(trace_writer_finish(w, stop, 11 * S, &err), 0);
	trace_writer_close(w);
}

static void make_caption(struct caption *c, const struct selection *s,
			 const struct selection_totals *totals)
{
	struct measure measure = measure_of_event(&cpu);
	struct trace_reader *r;
	struct err err = { 0 };

	*c = (struct caption){ .title = strdup("title") };
	assert_int_equal(trace_reader_open(&r, scratch_path, &err), 0);
	caption_of_trace(c, r, &measure, s, totals);
	trace_reader_close(r);
}

static void assert_says(char *const *texts, size_t cnt, const char *text)
{
	for (size_t i = 0; i < cnt; i++)
		if (!strcmp(texts[i], text))
			return;
	for (size_t i = 0; i < cnt; i++)
		print_message("%s\n", texts[i]);
	fail_msg("nothing says '%s'", text);
}

static void tells_what_was_measured_where_and_when(void **state)
{
	static const char *const wanted[] = { "2.00 s of CPU (200 samples at 100 Hz)",
					      "in 10.0 s",
					      "event cpu (cpu-clock)",
					      "process 7",
					      "db\\x1b[31m",
					      "Linux 6.12.1-amd64",
					      "1 CPU",
					      "2023-11-14 22:13:20 UTC" };
	struct selection all = { .time.last = UINT64_MAX };
	struct selection_totals totals = { .kept_weight = 200, .start_ns = S };
	struct caption c;

	(void)state;
	make_trace(0, TRACE_STOP_DURATION);
	make_caption(&c, &all, &totals);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		assert_says(c.about.v, c.about.cnt, wanted[i]);
	assert_int_equal(c.about.cnt, sizeof(wanted) / sizeof(wanted[0]));
	assert_int_equal(c.notes.cnt, 1);
	assert_says(c.notes.v, c.notes.cnt, "no samples lost");
	caption_release(&c);
}

static void tells_what_is_missing(void **state)
{
	struct selection all = { 0 };
	struct selection_totals totals = {
		.kept_cnt = 200,
		.kept_weight = 200,
		.unnamed_weight = 20,
		.lost_weight = 2,
		.quality = { .stack_cnt = 50,
			     .whole_cnt = 49,
			     .cut = { [TRACE_REASON_STUCK] = 1 },
			     .kernel_cut_cnt = 1 },
		.start_ns = S,
	};
	struct caption c;

	(void)state;
	make_trace(12, TRACE_STOP_DISK_FULL);
	make_caption(&c, &all, &totals);
	assert_says(c.notes.v, c.notes.cnt, "12 samples lost (100 %): ring full");
	assert_says(c.notes.v, c.notes.cnt, "10.0 % of the samples end in a frame without a name");
	assert_says(c.notes.v, c.notes.cnt,
		    "0.50 % of the samples lack a part of their kernel stack");
	assert_says(c.notes.v, c.notes.cnt, "98.0 % of user stacks are whole");
	assert_says(c.notes.v, c.notes.cnt, "stacks cut: frames do not ascend 2.0 %");
	assert_int_equal(c.notes.cnt, 6);
	assert_says(c.notes.v, c.notes.cnt, "recording stopped early: disk full");
	caption_release(&c);
}

static void tells_that_a_trace_was_cut(void **state)
{
	struct selection all = { 0 };
	struct selection_totals totals = { .kept_weight = 1 };
	struct caption c;

	(void)state;
	make_trace(0, TRACE_STOP_DURATION);
	assert_int_equal(truncate(scratch_path, 900), 0);
	make_caption(&c, &all, &totals);
	assert_says(c.notes.v, c.notes.cnt,
		    "the trace was cut short or damaged: this is what could be read");
	caption_release(&c);
}

static void tells_what_was_selected(void **state)
{
	struct selection part = { .time = { .first = S, .last = 2 * S },
				  .process = "my*",
				  .thread = 42 };
	struct selection_totals totals = { .kept_weight = 1, .start_ns = S };
	struct caption c;

	(void)state;
	make_trace(0, TRACE_STOP_DURATION);
	make_caption(&c, &part, &totals);
	assert_says(c.about.v, c.about.cnt, "only 1.00 s to 2.00 s");
	assert_says(c.about.v, c.about.cnt, "only processes my*");
	assert_says(c.about.v, c.about.cnt, "only thread 42");
	assert_says(c.about.v, c.about.cnt, "in 1.00 s");
	caption_release(&c);
	part.time.last = UINT64_MAX;
	make_caption(&c, &part, &totals);
	assert_says(c.about.v, c.about.cnt, "only from 1.00 s");
	assert_says(c.about.v, c.about.cnt, "in 9.00 s");
	caption_release(&c);
}

static void long_captions_wrap_inside_the_picture(void **state)
{
	struct caption c = { .title = strdup(
				     "a title that is far too long for so small a picture") };
	struct scene s;

	(void)state;
	for (int i = 0; i < 20; i++)
		caption_about(&c, "part number %d", i);
	scene_init(&s, "flame", 400 * SCENE_PX);
	int32_t y = caption_draw_head(&c, &s);
	assert_true(y > 5 * PICTURE_LINE);
	for (size_t i = 0; i < s.marks.cnt; i++) {
		const struct scene_mark *m = &s.marks.v[i];

		assert_true(m->box.x + (int32_t)m->text.len * SCENE_COLUMN(m->size) <=
			    s.width + 40 * SCENE_PX); /* the dots between parts are two bytes */
		assert_true(m->box.y <= y);
	}
	scene_release(&s);
	caption_release(&c);
}

static void tells_an_empty_selection_from_an_empty_trace(void **state)
{
	struct selection some = { .process = "nobody" };
	struct selection_totals outside = { .outside_cnt = 7 }, none = { 0 };
	struct caption c;

	(void)state;
	make_trace(0, TRACE_STOP_DURATION);
	make_caption(&c, &some, &outside);
	assert_string_equal(caption_nothing(&c), "nothing was recorded of what was selected");
	caption_release(&c);
	make_caption(&c, &some, &none);
	assert_string_equal(caption_nothing(&c), "nothing was recorded");
	caption_release(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_what_was_measured_where_and_when),
		cmocka_unit_test(tells_what_is_missing),
		cmocka_unit_test(tells_that_a_trace_was_cut),
		cmocka_unit_test(tells_what_was_selected),
		cmocka_unit_test(long_captions_wrap_inside_the_picture),
		cmocka_unit_test(tells_an_empty_selection_from_an_empty_trace),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
