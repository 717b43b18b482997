#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "render/palette.h"
#include "render/subsecond_layout.h"

#define S 1000000000ull

static void draw_from(struct scene *s, const struct subsecond_bins *b, uint64_t first)
{
	struct measure measure = { .unit = TRACE_UNIT_SAMPLES, .period_ns = 10000000 };
	struct subsecond_options options = { .width = 1200 * SCENE_PX,
					     .first = first,
					     .cpu_cnt = 4,
					     .command = "profile render flame x -e cpu" };
	struct caption caption = { .title = strdup("title") };

	subsecond_layout(s, b, &measure, &caption, &options);
	caption_release(&caption);
}

static void draw(struct scene *s, const struct subsecond_bins *b)
{
	draw_from(s, b, 0);
}

static bool is_heat(const struct scene_mark *m)
{
	if (m->kind != SCENE_RECT || m->paint.tone != SCENE_TONE_RGB || m->box.h > 8 * SCENE_PX)
		return false;
	return true;
}

static void every_cell_that_holds_something_is_drawn(void **state)
{
	struct subsecond_bins b;
	struct scene s;
	size_t cells = 0;

	(void)state;
	subsecond_bins_init(&b, 0, subsecond_layout_columns(1200 * SCENE_PX), SUBSECOND_ROWS);
	for (uint64_t i = 0; i < 30; i++)
		subsecond_bins_add(&b, i * (S + 20000000), i * i * i + 1);
	draw(&s, &b);
	for (size_t i = 0; i < s.marks.cnt; i++)
		cells += is_heat(&s.marks.v[i]);
	assert_int_equal(cells, 30);
	scene_release(&s);
	subsecond_bins_release(&b);
}

static void offset_zero_is_at_the_bottom(void **state)
{
	struct subsecond_bins b;
	struct scene s;
	const struct scene_mark *first = NULL, *last = NULL;

	(void)state;
	subsecond_bins_init(&b, 0, 300, SUBSECOND_ROWS);
	subsecond_bins_add(&b, 0, 1);
	subsecond_bins_add(&b, S - 1, 100);
	draw(&s, &b);
	for (size_t i = 0; i < s.marks.cnt; i++) {
		if (!is_heat(&s.marks.v[i]))
			continue;
		first = first ? first : &s.marks.v[i];
		last = &s.marks.v[i];
	}
	assert_int_equal(first->paint.rgb, palette_heat(0));
	assert_int_equal(last->paint.rgb, palette_heat(PALETTE_HEAT_STEPS - 1));
	assert_true(first->box.y > last->box.y);
	assert_int_equal(last->box.y, 0);
	scene_release(&s);
	subsecond_bins_release(&b);
}

static void one_sample_and_two_are_no_opposites(void **state)
{
	struct subsecond_bins b;
	struct scene s;
	unsigned darkest = 0;

	(void)state;
	subsecond_bins_init(&b, 0, 300, SUBSECOND_ROWS);
	subsecond_bins_add(&b, 0, 1);
	subsecond_bins_add(&b, S / 2, 2);
	draw(&s, &b);
	for (size_t i = 0; i < s.marks.cnt; i++)
		for (unsigned step = 0; is_heat(&s.marks.v[i]) && step < PALETTE_HEAT_STEPS; step++)
			if (s.marks.v[i].paint.rgb == palette_heat(step) && step > darkest)
				darkest = step;
	assert_in_range(darkest, 2, PALETTE_HEAT_STEPS / 2);
	assert_non_null(memmem(s.texts.v, s.texts.len, "4 samples in a cell", 19));
	scene_release(&s);
	subsecond_bins_release(&b);
}

static void nothing_leaves_the_picture(void **state)
{
	(void)state;
	for (uint64_t seconds = 1; seconds < 5000; seconds = seconds * 3 + 1) {
		struct subsecond_bins b;
		struct scene s;

		subsecond_bins_init(&b, 0, subsecond_layout_columns(1200 * SCENE_PX),
				    SUBSECOND_ROWS);
		for (uint64_t i = 0; i < seconds; i++)
			subsecond_bins_add(&b, i * S + i * 7919 % S, 1);
		draw(&s, &b);
		for (size_t i = 0; i < s.marks.cnt; i++)
			assert_true(s.marks.v[i].box.x + s.marks.v[i].box.w <= s.width);
		scene_release(&s);
		subsecond_bins_release(&b);
	}
}

static void a_part_begins_at_its_own_second(void **state)
{
	struct subsecond_bins b;
	struct scene s;

	(void)state;
	subsecond_bins_init(&b, 63 * S, 300, SUBSECOND_ROWS);
	for (uint64_t second = 63; second < 70; second++)
		subsecond_bins_add(&b, second * S, 1);
	draw_from(&s, &b, 63);
	assert_non_null(memmem(s.texts.v, s.texts.len, "1:031:04", 8));
	assert_non_null(memmem(s.texts.v, s.texts.len, "--time 63s..64s", 15));
	assert_non_null(strstr(buf_text(&s.detail), "\nfirst 63\n"));
	scene_release(&s);
	subsecond_bins_release(&b);
}

static void an_empty_trace_is_a_picture_too(void **state)
{
	struct subsecond_bins b;
	struct scene s;

	(void)state;
	subsecond_bins_init(&b, 0, 300, SUBSECOND_ROWS);
	draw(&s, &b);
	assert_non_null(memmem(s.texts.v, s.texts.len, "nothing was recorded", 20));
	scene_release(&s);
	subsecond_bins_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_cell_that_holds_something_is_drawn),
		cmocka_unit_test(offset_zero_is_at_the_bottom),
		cmocka_unit_test(one_sample_and_two_are_no_opposites),
		cmocka_unit_test(nothing_leaves_the_picture),
		cmocka_unit_test(a_part_begins_at_its_own_second),
		cmocka_unit_test(an_empty_trace_is_a_picture_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
