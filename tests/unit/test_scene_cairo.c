#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "render/cairo_library.h"
#include "render/scene_cairo.h"

#if __has_include(<cairo-pdf.h>)
#include <cairo-pdf.h>
_Static_assert(CAIRO_GOOD == (int)CAIRO_STATUS_SUCCESS, "status");
_Static_assert(CAIRO_RGB24 == (int)CAIRO_FORMAT_RGB24, "format");
_Static_assert(CAIRO_UPRIGHT == (int)CAIRO_FONT_SLANT_NORMAL, "slant");
_Static_assert(CAIRO_REGULAR == (int)CAIRO_FONT_WEIGHT_NORMAL, "weight");
_Static_assert(CAIRO_BOLD == (int)CAIRO_FONT_WEIGHT_BOLD, "bold");
_Static_assert(CAIRO_PDF_TITLE == (int)CAIRO_PDF_METADATA_TITLE, "title");
_Static_assert(CAIRO_PDF_DATE == (int)CAIRO_PDF_METADATA_CREATE_DATE, "date");
_Static_assert(sizeof(struct cairo_extents) == sizeof(cairo_text_extents_t), "extents");
_Static_assert(offsetof(struct cairo_extents, x_advance) ==
		       offsetof(cairo_text_extents_t, x_advance),
	       "x_advance");
#endif

const char *__lsan_default_suppressions(void);

/* Fontconfig keeps what it has read until the process ends. */
const char *__lsan_default_suppressions(void)
{
	return "leak:libfontconfig";
}

static void make_scene(struct scene *s)
{
	struct buf label = { 0 };
	struct scene_box box = { 100, 100, 5000, 1700 };
	struct scene_type type = { .size = 12 * SCENE_PX,
				   .anchor = SCENE_MIDDLE,
				   .paint = scene_tone(SCENE_TONE_INK) };

	scene_init(s, "flame", 10000);
	s->height = 6000;
	buf_puts(&s->title, "title");
	buf_puts(&label, "label");
	scene_open(s, SCENE_PART_FRAMES, 500);
	scene_frame(s, box, scene_rgb(0xff0000), 12 * SCENE_PX, &label, &label);
	scene_text(s, 5000, 4000, &type, "middle", 6);
	scene_close(s);
	buf_release(&label);
}

static void skip_without_cairo(void)
{
	struct err err = { 0 };

	if (!cairo_library_get(&err))
		skip();
}

static uint32_t big_endian(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void a_png_has_the_scene_s_size_times_the_scale(void **state)
{
	struct scene s;

	(void)state;
	skip_without_cairo();
	make_scene(&s);
	for (unsigned scale = 1; scale <= 3; scale++) {
		struct buf out = { 0 };
		struct err err = { 0 };

		assert_int_equal(scene_cairo_png(&out, &s, scale, &err), 0);
		assert_true(out.len > 100);
		assert_memory_equal(out.v, "\x89PNG\r\n\x1a\n", 8);
		assert_int_equal(big_endian(out.v + 16), 100 * scale);
		assert_int_equal(big_endian(out.v + 20), 60 * scale);
		buf_release(&out);
	}
	scene_release(&s);
}

static void a_picture_too_large_for_png_says_what_to_do(void **state)
{
	struct scene s;
	struct buf out = { 0 };
	struct err err = { 0 };

	(void)state;
	skip_without_cairo();
	make_scene(&s);
	s.height = 20000 * SCENE_PX;
	assert_int_equal(scene_cairo_png(&out, &s, 2, &err), -EFBIG);
	assert_non_null(strstr(err.text, "--scale"));
	assert_int_equal(out.len, 0);
	scene_release(&s);
}

static void a_pdf_is_one_page_and_the_same_each_time(void **state)
{
	struct buf out[2] = { 0 };
	struct scene s;

	(void)state;
	skip_without_cairo();
	make_scene(&s);
	for (int i = 0; i < 2; i++) {
		struct err err = { 0 };

		assert_int_equal(scene_cairo_pdf(&out[i], &s, &err), 0);
	}
	assert_memory_equal(out[0].v, "%PDF-", 5);
	assert_int_equal(out[0].len, out[1].len);
	assert_memory_equal(out[0].v, out[1].v, out[0].len);
	assert_non_null(memmem(out[0].v, out[0].len, "/Count 1", 8));
	buf_release(&out[0]);
	buf_release(&out[1]);
	scene_release(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_png_has_the_scene_s_size_times_the_scale),
		cmocka_unit_test(a_picture_too_large_for_png_says_what_to_do),
		cmocka_unit_test(a_pdf_is_one_page_and_the_same_each_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
