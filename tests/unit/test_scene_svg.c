#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "render/scene_svg.h"

static struct buf words(const char *text)
{
	struct buf b = { 0 };

	buf_puts(&b, text);
	return b;
}

static void make_scene(struct scene *s)
{
	struct scene_type type = { .size = 12 * SCENE_PX,
				   .anchor = SCENE_END,
				   .paint = scene_tone(SCENE_TONE_INK) };
	struct buf label = words("a<b"), tip = words("a<b>: 3 %"), none = { 0 };
	struct scene_box box = { 100, 200, 3050, 1700 };

	scene_init(s, "flame", 40000);
	s->height = 20000;
	buf_puts(&s->title, "T & t");
	buf_puts(&s->description, "one\ntwo");
	scene_open(s, SCENE_PART_FRAMES, 1000);
	scene_frame(s, box, scene_rgb(0x112233), 12 * SCENE_PX, &label, &tip);
	scene_frame(s, box, scene_rgb(0x445566), 12 * SCENE_PX, &none, &none);
	scene_frame(s, box, scene_rgb(0x445566), 12 * SCENE_PX, &none, &none);
	scene_text(s, 100, 100, &type, "end", 3);
	scene_close(s);
	buf_release(&label);
	buf_release(&tip);
}

static char *draw(const struct scene *s)
{
	struct buf out = { 0 };

	scene_svg(&out, s);
	buf_text(&out);
	return (char *)out.v;
}

static void assert_has(const char *svg, const char *part)
{
	if (!strstr(svg, part))
		fail_msg("no '%s' in:\n%s", part, svg);
}

static void is_complete_without_a_script(void **state)
{
	struct scene s;

	(void)state;
	make_scene(&s);
	char *svg = draw(&s);
	assert_has(svg, "width=\"400\" height=\"200\" viewBox=\"0 0 400 200\" role=\"img\"");
	assert_has(svg, ">\n<title>T &amp; t</title>\n<desc>one\ntwo</desc>");
	assert_has(svg, "<g class=\"frames\" transform=\"translate(0 10)\">");
	assert_has(svg, "<g><title>a&lt;b&gt;: 3 %</title><rect x=\"1\" y=\"2\" width=\"30.5\" "
			"height=\"17\" fill=\"#123\"/><text x=\"4\" y=\"14\">a&lt;b</text></g>");
	assert_has(svg, "text-anchor=\"end\"");
	assert_null(strstr(svg, "<script"));
	assert_null(strstr(svg, "<metadata"));
	assert_null(strstr(svg, "style=\""));
	free(svg);
	scene_release(&s);
}

static void boxes_of_one_colour_are_one_path(void **state)
{
	struct scene s;

	(void)state;
	make_scene(&s);
	char *svg = draw(&s);
	assert_has(svg, "<path fill=\"#456\" d=\"M1 2h30.5v17H1zM1 2h30.5v17H1z\"/>");
	free(svg);
	scene_release(&s);
}

static void script_and_detail_come_last(void **state)
{
	static const char script[] = "if (1 < 2 && 3) x();\n";
	struct scene s;

	(void)state;
	make_scene(&s);
	s.script = script;
	s.script_len = sizeof(script) - 1;
	buf_puts(&s.detail, "names &lt;1");
	char *svg = draw(&s);
	assert_has(svg, "<metadata>names &lt;1</metadata>\n<script><![CDATA[\n"
			"if (1 < 2 && 3) x();\n]]></script>\n</svg>\n");
	free(svg);
	scene_release(&s);
}

static void same_scene_gives_the_same_bytes_and_another_another_id(void **state)
{
	struct scene a, b;

	(void)state;
	make_scene(&a);
	make_scene(&b);
	char *first = draw(&a), *second = draw(&b);
	assert_string_equal(first, second);
	buf_puts(&b.title, "!");
	char *third = draw(&b);
	assert_memory_not_equal(strstr(first, " id="), strstr(third, " id="), 20);
	free(first);
	free(second);
	free(third);
	scene_release(&a);
	scene_release(&b);
}

static void dark_theme_touches_this_picture_alone(void **state)
{
	struct scene s;
	char id[32];

	(void)state;
	make_scene(&s);
	char *svg = draw(&s);
	assert_int_equal(sscanf(strstr(svg, " id=\"") + 5, "%31[^\"]", id), 1);
	const char *style = strstr(svg, "dark){") + 6;
	while (*style != '}') {
		assert_int_equal(*style, '#');
		assert_memory_equal(style + 1, id, strlen(id));
		style = strchr(style, '}') + 1;
	}
	free(svg);
	scene_release(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_complete_without_a_script),
		cmocka_unit_test(boxes_of_one_colour_are_one_path),
		cmocka_unit_test(script_and_detail_come_last),
		cmocka_unit_test(same_scene_gives_the_same_bytes_and_another_another_id),
		cmocka_unit_test(dark_theme_touches_this_picture_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
