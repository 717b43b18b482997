#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "render/flame_text.h"
#include "render/caption.h"

static const struct measure samples = { .unit = TRACE_UNIT_SAMPLES };
static const char folded[] = "main;run;parse 30\nmain;run;read_[k] 50\nmain 20\n";

static void make_tree(struct call_tree *t, struct strtab *texts)
{
	uint64_t bad_cnt, bad_line;

	call_tree_init(t, texts);
	call_tree_add_folded(t, folded, sizeof(folded) - 1, &bad_cnt, &bad_line);
	call_tree_finish(t);
}

static void assert_text(void (*write)(struct buf *out, const struct call_tree *t),
			const char *expected)
{
	struct strtab *texts = strtab_new();
	struct call_tree t;
	struct buf out = { 0 };

	make_tree(&t, texts);
	write(&out, &t);
	assert_string_equal(buf_text(&out), expected);
	buf_release(&out);
	call_tree_release(&t);
	strtab_free(texts);
}

static void write_summary(struct buf *out, const struct call_tree *t)
{
	flame_text_summary(out, t, &samples);
}

static void write_tree(struct buf *out, const struct call_tree *t)
{
	flame_text_tree(out, t, &samples, 25);
}

static void the_largest_own_shares_come_first(void **state)
{
	(void)state;
	assert_text(write_summary, "\nLargest own shares:"
				   "\n1. read: 50.0 %, 50 samples"
				   "\n2. parse: 30.0 %, 30 samples"
				   "\n3. main: 20.0 %, 20 samples");
}

static void the_tree_is_indented_and_cut_at_the_least_value(void **state)
{
	(void)state;
	assert_text(write_tree, "   100 %  all  (100 samples)\n"
				"   100 %    main  (100 samples)\n"
				"  80.0 %      run  (80 samples)\n"
				"  50.0 %        read  (50 samples)\n"
				"  30.0 %        parse  (30 samples)\n");
}

static void write_folded(struct buf *out, const struct call_tree *t)
{
	flame_text_folded(out, t, &samples);
}

static void folded_stacks_come_in_the_order_of_the_picture(void **state)
{
	(void)state;
	assert_text(write_folded, "main 20\nmain;run;parse 30\nmain;run;read 50\n");
}

static void folded_time_is_in_microseconds(void **state)
{
	static const struct measure time = { .unit = TRACE_UNIT_NS };
	struct strtab *texts = strtab_new();
	struct buf out = { 0 };
	struct call_tree t;

	(void)state;
	call_tree_init(&t, texts);
	call_tree_add_at(
		&t,
		call_tree_child(&t, 0, strtab_intern_text(texts, "a"), 0, TRACE_FRAME_USER, false),
		1499);
	call_tree_add_at(
		&t,
		call_tree_child(&t, 0, strtab_intern_text(texts, "b"), 0, TRACE_FRAME_USER, false),
		1500);
	call_tree_finish(&t);
	flame_text_folded(&out, &t, &time);
	assert_string_equal(buf_text(&out), "a 1\nb 2\n");
	buf_release(&out);
	call_tree_release(&t);
	strtab_free(texts);
}

static void a_page_says_what_a_picture_does(void **state)
{
	struct strtab *texts = strtab_new();
	struct caption c = { .title = strdup("a title") };
	struct call_tree t;
	struct buf out = { 0 };

	(void)state;
	caption_about(&c, "100 samples");
	caption_about(&c, "in 2 s");
	caption_note(&c, "no samples lost");
	make_tree(&t, texts);
	flame_text_page(&out, &t, &samples, &c, 4);
	assert_string_equal(buf_text(&out),
			    "a title\n100 samples, in 2 s\n\n"
			    "   100 %  all  (100 samples)\n"
			    "   100 %    main  (100 samples)\n"
			    "  80.0 %      run  (80 samples)\n"
			    "  50.0 %        read  (50 samples)\n"
			    "\n1 frame is left out, below 31 samples: 30.0 % in all\n\n"
			    "no samples lost\n");
	buf_release(&out);
	call_tree_release(&t);
	call_tree_init(&t, texts);
	call_tree_finish(&t);
	flame_text_page(&out, &t, &samples, &c, 4);
	assert_string_equal(buf_text(&out), "a title\n100 samples, in 2 s\n\n"
					    "nothing was recorded\n\nno samples lost\n");
	buf_release(&out);
	call_tree_release(&t);
	caption_release(&c);
	strtab_free(texts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_largest_own_shares_come_first),
		cmocka_unit_test(the_tree_is_indented_and_cut_at_the_least_value),
		cmocka_unit_test(folded_stacks_come_in_the_order_of_the_picture),
		cmocka_unit_test(folded_time_is_in_microseconds),
		cmocka_unit_test(a_page_says_what_a_picture_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
