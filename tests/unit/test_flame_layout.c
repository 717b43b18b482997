#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "render/flame_layout.h"
#include "render/picture.h"

struct drawn {
	struct strtab *texts;
	struct call_tree tree;
	struct caption caption;
	struct scene scene;
};

static const struct flame_options usual = { .width = 1200 * SCENE_PX,
					    .min_width = FLAME_MIN_WIDTH,
					    .max_frames = 5000,
					    .has_detail = true };

static void draw(struct drawn *d, const char *folded, const struct flame_options *options)
{
	struct measure measure = { .unit = TRACE_UNIT_SAMPLES,
				   .frequency_hz = 100,
				   .period_ns = 10000000 };
	uint64_t bad_cnt, bad_line;

	*d = (struct drawn){ .texts = strtab_new() };
	d->caption.title = strdup("title");
	caption_about(&d->caption, "about %s", "it");
	caption_note(&d->caption, "a note");
	call_tree_init(&d->tree, d->texts);
	call_tree_add_folded(&d->tree, folded, strlen(folded), &bad_cnt, &bad_line);
	call_tree_finish(&d->tree);
	flame_layout(&d->scene, &d->tree, &measure, &d->caption, options);
}

static void release(struct drawn *d)
{
	scene_release(&d->scene);
	call_tree_release(&d->tree);
	strtab_free(d->texts);
	caption_release(&d->caption);
}

static const struct scene_mark *frame(const struct drawn *d, const char *label)
{
	for (size_t i = 0; i < d->scene.marks.cnt; i++) {
		const struct scene_mark *m = &d->scene.marks.v[i];

		if (m->kind == SCENE_FRAME && m->text.len == strlen(label) &&
		    !memcmp(scene_span_text(&d->scene, m->text), label, m->text.len))
			return m;
	}
	fail_msg("no frame '%s'", label);
	return NULL;
}

static bool says(const struct drawn *d, const char *text)
{
	return memmem(d->scene.texts.v, d->scene.texts.len, text, strlen(text)) != NULL;
}

static void a_share_is_a_width(void **state)
{
	struct drawn d;

	(void)state;
	draw(&d, "a;b 25\na 25\nc 50\n", &usual);
	int32_t room = usual.width - 2 * PICTURE_MARGIN;
	assert_in_range(frame(&d, "all")->box.w, room - SCENE_PX, room);
	assert_in_range(frame(&d, "a")->box.w, room / 2 - SCENE_PX, room / 2);
	assert_in_range(frame(&d, "b")->box.w, room / 4 - SCENE_PX, room / 4);
	assert_int_equal(frame(&d, "c")->box.x, PICTURE_MARGIN + room / 2);
	assert_int_equal(frame(&d, "b")->box.x, frame(&d, "a")->box.x);
	release(&d);
}

static void the_root_is_below_or_on_top(void **state)
{
	struct flame_options icicle = usual;
	struct drawn d;

	(void)state;
	icicle.root_on_top = true;
	draw(&d, "a;b 1\n", &usual);
	assert_true(frame(&d, "all")->box.y > frame(&d, "a")->box.y);
	assert_true(frame(&d, "a")->box.y > frame(&d, "b")->box.y);
	assert_int_equal(frame(&d, "b")->box.y, 0);
	release(&d);
	draw(&d, "a;b 1\n", &icicle);
	assert_int_equal(frame(&d, "all")->box.y, 0);
	assert_int_equal(frame(&d, "b")->box.y, 2 * FLAME_ROW);
	release(&d);
}

static void a_tip_has_time_samples_and_share(void **state)
{
	struct drawn d;

	(void)state;
	draw(&d, "a;b_[k] 25\nc 75\n", &usual);
	assert_true(says(&d, "b (kernel): 250 ms, 25 samples, 25.0 %"));
	assert_true(says(&d, "a note"));
	assert_true(says(&d, "about it"));
	release(&d);
}

static void legend_has_the_families_that_occur(void **state)
{
	struct drawn d;

	(void)state;
	draw(&d, "a;b_[k] 25\nc 75\n", &usual);
	assert_true(says(&d, "userkernel")); /* neighbours in the scene's texts */
	assert_false(says(&d, "JIT"));
	release(&d);
	draw(&d, "a_[j] 1\n", &usual);
	assert_true(says(&d, "JIT"));
	release(&d);
}

static void what_is_left_out_is_said(void **state)
{
	struct flame_options few = usual;
	struct drawn d;

	(void)state;
	few.max_frames = 3;
	draw(&d, "a 50\nb 45\nc 3\nd 2\n", &few);
	assert_true(says(&d, "2 frames under "));
	assert_true(says(&d, " hold 5.0 %; zooming in shows them"));
	release(&d);
	few.has_detail = false;
	draw(&d, "a 50\nb 45\nc 3\nd 2\n", &few);
	assert_true(says(&d, " hold 5.0 %"));
	assert_false(says(&d, "zooming"));
	release(&d);
}

static void a_lone_deep_stack_does_not_make_the_picture_tall(void **state)
{
	struct buf folded = { 0 };
	struct drawn d;

	(void)state;
	buf_puts(&folded, "wide;wider 100000\nwide");
	for (int i = 0; i < 200; i++)
		buf_printf(&folded, ";deep%d", i);
	buf_puts(&folded, " 50\n");
	draw(&d, buf_text(&folded), &usual);
	assert_true(says(&d, "162 more rows of frames under 3 px are cut off; zooming in"));
	assert_true(d.scene.height < 50 * FLAME_ROW);
	assert_int_equal(frame(&d, "all")->box.y, (FLAME_ROWS_ALWAYS - 1) * FLAME_ROW);
	release(&d);
	buf_release(&folded);
}

static void nothing_recorded_is_a_picture_too(void **state)
{
	struct drawn d;

	(void)state;
	draw(&d, "", &usual);
	assert_true(says(&d, "nothing was recorded"));
	assert_int_equal(d.scene.detail.len, 0);
	release(&d);
}

static void a_budget_draws_fewer_frames(void **state)
{
	struct flame_options tight = usual;
	struct buf folded = { 0 };
	struct drawn all, few;

	(void)state;
	for (int i = 0; i < 1000; i++)
		buf_printf(&folded, "a_rather_long_name_for_a_function_%d %d\n", i, i + 10);
	tight.has_detail = false;
	tight.budget = 40000;
	draw(&all, buf_text(&folded), &usual);
	draw(&few, buf_text(&folded), &tight);
	assert_true(few.scene.marks.cnt < all.scene.marks.cnt / 2);
	assert_true(few.scene.texts.len < 40000);
	assert_true(says(&few, " frames under "));
	release(&all);
	release(&few);
	buf_release(&folded);
}

/* No label leaves its box; no box leaves the picture. */
static void labels_stay_in_their_boxes(void **state)
{
	struct buf folded = { 0 };
	struct drawn d;

	(void)state;
	for (int i = 0; i < 300; i++)
		buf_printf(&folded, "r;name_number_%d;deeper%d %d\n", i, i % 7, 1 + i * i % 97);
	draw(&d, buf_text(&folded), &usual);
	for (size_t i = 0; i < d.scene.marks.cnt; i++) {
		const struct scene_mark *m = &d.scene.marks.v[i];

		if (m->kind != SCENE_FRAME)
			continue;
		int32_t wide = (int32_t)m->text.len * SCENE_COLUMN(m->size);
		assert_true(SCENE_LABEL_X + wide <= m->box.w);
		assert_true(m->box.x >= 0 && m->box.x + m->box.w <= d.scene.width);
	}
	release(&d);
	buf_release(&folded);
}

static void an_empty_selection_is_not_called_an_empty_recording(void **state)
{
	struct measure measure = { .unit = TRACE_UNIT_SAMPLES };
	struct drawn d = { .texts = strtab_new(), .caption.is_outside = true };

	(void)state;
	d.caption.title = strdup("title");
	call_tree_init(&d.tree, d.texts);
	call_tree_finish(&d.tree);
	flame_layout(&d.scene, &d.tree, &measure, &d.caption, &usual);
	assert_true(says(&d, "nothing was recorded of what was selected"));
	release(&d);
}

/* With all frames the only JIT frame, the smallest, would be drawn; in the budget it is not. */
static void the_legend_forgets_what_no_longer_fits(void **state)
{
	struct flame_options tight = usual;
	struct buf folded = { 0 };
	struct drawn all, few;

	(void)state;
	for (int i = 0; i < 1000; i++)
		buf_printf(&folded, "a_rather_long_name_for_a_function_%d %d\n", i, i + 100);
	buf_puts(&folded, "small_[j] 90\n");
	tight.has_detail = false;
	tight.budget = 40000;
	draw(&all, buf_text(&folded), &usual);
	draw(&few, buf_text(&folded), &tight);
	assert_true(says(&all, "JIT"));
	assert_false(says(&few, "JIT"));
	release(&all);
	release(&few);
	buf_release(&folded);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_share_is_a_width),
		cmocka_unit_test(the_root_is_below_or_on_top),
		cmocka_unit_test(a_tip_has_time_samples_and_share),
		cmocka_unit_test(legend_has_the_families_that_occur),
		cmocka_unit_test(what_is_left_out_is_said),
		cmocka_unit_test(a_lone_deep_stack_does_not_make_the_picture_tall),
		cmocka_unit_test(nothing_recorded_is_a_picture_too),
		cmocka_unit_test(a_budget_draws_fewer_frames),
		cmocka_unit_test(labels_stay_in_their_boxes),
		cmocka_unit_test(an_empty_selection_is_not_called_an_empty_recording),
		cmocka_unit_test(the_legend_forgets_what_no_longer_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
