#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "formats/folded.h"
#include "render/call_tree.h"
#include "render/function_sums.h"
#include "render/stack_fold.h"

/* A tree as text: what call_tree_finish() promises is all in it. */
static void put_tree(struct buf *out, const struct call_tree *t, uint32_t node)
{
	const struct call_node *n = &t->nodes[node];

	buf_printf(out, "%*s%s kind %u unnamed %u value %llu self %llu\n", n->depth, "",
		   node ? strtab_get(t->texts, n->name, NULL) : "all", n->kind, n->unnamed,
		   (unsigned long long)n->value, (unsigned long long)n->self);
	for (uint32_t c = n->first_child; c != TRACE_NONE; c = t->nodes[c].next_sibling) {
		assert_int_equal(t->nodes[c].parent, node);
		assert_int_equal(t->nodes[c].depth, n->depth + 1);
		assert_true(c > node);
		put_tree(out, t, c);
	}
}

static char *tree_text(const struct call_tree *t)
{
	struct buf out = { 0 };

	buf_printf(&out, "%u rows\n", t->depth_cnt);
	put_tree(&out, t, 0);
	return (char *)buf_text(&out);
}

static void add_plainly(struct call_tree *t, const char *text, size_t len)
{
	struct folded_reader r;
	const struct folded_line *line;

	folded_reader_start(&r, text, len);
	while ((line = folded_reader_next(&r))) {
		uint32_t node = 0;

		for (uint32_t i = 0; i < line->frame_cnt; i++) {
			const char *name = line->text + line->frames[i].at;
			uint32_t name_len = line->frames[i].len, id;
			enum trace_frame_kind kind = folded_kind(name, &name_len);

			id = name_len ? strtab_intern(t->texts, name, name_len)
				      : strtab_intern_text(t->texts, "[unknown]");
			node = call_tree_child(
				t, node, id, 0, kind,
				!strcmp(strtab_get(t->texts, id, NULL), "[unknown]"));
		}
		call_tree_add_at(t, node, line->value);
	}
	folded_reader_release(&r);
}

static char *plain_text(const char *text, size_t len)
{
	struct strtab *texts = strtab_new();
	struct call_tree t;
	char *out;

	call_tree_init(&t, texts);
	add_plainly(&t, text, len);
	call_tree_finish(&t);
	out = tree_text(&t);
	call_tree_release(&t);
	strtab_free(texts);
	return out;
}

static char *folded_text(const char *text, size_t len, size_t parts, size_t times)
{
	struct strtab *texts = strtab_new();
	struct call_tree t;
	uint64_t bad_cnt, bad_line;
	char *out;

	call_tree_init(&t, texts);
	while (times-- > 0)
		stack_fold_add(&t, text, len, parts, &bad_cnt, &bad_line);
	call_tree_finish(&t);
	out = tree_text(&t);
	call_tree_release(&t);
	strtab_free(texts);
	return out;
}

static uint64_t chance_state;

static uint32_t chance(uint32_t below)
{
	chance_state = chance_state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(chance_state >> 33) % below;
}

/* Frames that are prefixes of one another, have annotations, are empty, or are spelled in
 * two ways; few near the root, many near the leaf. */
static void put_frame(struct buf *out, uint32_t depth)
{
	static const char *const stems[] = { "f", "foo",       "foo.cold", "foo(int)", "bar",
					     "",  "[unknown]", "f_[k]",	   "foo_[j]" };

	buf_puts(out, stems[chance(9)]);
	if (depth > 2 && chance(2))
		buf_printf(out, "%u", chance(depth * 20));
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *make_text(uint32_t line_cnt, bool sorted, size_t *out_len)
{
	char **lines = calloc(line_cnt, sizeof(*lines));
	struct buf text = { 0 };

	for (uint32_t i = 0; i < line_cnt; i++) {
		struct buf line = { 0 };
		uint32_t depth = 1 + chance(9);

		for (uint32_t d = 0; d < depth; d++) {
			buf_puts(&line, d ? ";" : "");
			put_frame(&line, d);
		}
		buf_printf(&line, " %u\n", chance(100));
		lines[i] = (char *)buf_text(&line);
	}
	if (sorted)
		qsort(lines, line_cnt, sizeof(*lines), compare_lines);
	for (uint32_t i = 0; i < line_cnt; i++) {
		buf_puts(&text, lines[i]);
		free(lines[i]);
	}
	free(lines);
	*out_len = text.len;
	return (char *)buf_text(&text);
}

static void folded_path_makes_the_same_tree_as_the_plain_one(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 60; seed++) {
		size_t len;
		char *text, *plain;

		chance_state = seed;
		text = make_text(1 + chance(600), seed % 2, &len);
		plain = plain_text(text, len);
		for (size_t parts = 1; parts <= 5; parts += 2) {
			char *fast = folded_text(text, len, parts, 1);

			assert_string_equal(fast, plain);
			free(fast);
		}
		free(plain);
		free(text);
	}
}

static void folded_text_adds_to_a_tree_that_has_stacks(void **state)
{
	char *once, *twice;
	static const char text[] = "a;b 1\na;c 2\n", doubled[] = "a;b 2\na;c 4\n";

	(void)state;
	once = plain_text(doubled, sizeof(doubled) - 1);
	twice = folded_text(text, sizeof(text) - 1, 1, 2);
	assert_string_equal(twice, once);
	free(once);
	free(twice);
}

static void more_parts_than_lines_are_no_harm(void **state)
{
	static const char text[] = "a;b 1\na;c 2\nx";
	uint64_t bad_cnt, bad_line;
	struct strtab *texts = strtab_new();
	struct call_tree t;

	(void)state;
	call_tree_init(&t, texts);
	stack_fold_add(&t, text, sizeof(text) - 1, STACK_FOLD_PARTS_MAX, &bad_cnt, &bad_line);
	call_tree_finish(&t);
	assert_int_equal(t.nodes[0].value, 3);
	assert_int_equal(bad_cnt, 1);
	assert_int_equal(bad_line, 3);
	call_tree_release(&t);
	strtab_free(texts);
}

static void a_part_may_bring_far_more_than_was_there(void **state)
{
	struct buf text = { 0 };
	char *once, *parted;

	(void)state;
	buf_puts(&text, "a;");
	for (int i = 0; i < 40000; i++)
		buf_puts(&text, "longname");
	buf_puts(&text, " 1\n");
	for (int i = 0; i < 20000; i++)
		buf_printf(&text, "b;x%05d;y 1\n", i);
	buf_puts(&text, "c 1\nd 1\n");
	once = folded_text(buf_text(&text), text.len, 1, 1);
	parted = folded_text(buf_text(&text), text.len, 2, 1);
	assert_string_equal(parted, once);
	free(once);
	free(parted);
	buf_release(&text);
}

static void the_first_bad_line_of_an_unsorted_text_is_told(void **state)
{
	struct buf text = { 0 };

	(void)state;
	buf_puts(&text, "# header\n\n");
	for (int i = 0; i < 2000; i++)
		buf_printf(&text, i == 700 || i == 1400 ? "bad%d\n" : "f%04d 1\n", i * 7919 % 2000);
	for (size_t parts = 1; parts <= STACK_FOLD_PARTS_MAX; parts++) {
		struct strtab *texts = strtab_new();
		uint64_t bad_cnt, bad_line;
		struct call_tree t;

		call_tree_init(&t, texts);
		stack_fold_add(&t, buf_text(&text), text.len, parts, &bad_cnt, &bad_line);
		call_tree_finish(&t);
		assert_int_equal(t.nodes[0].value, 1998);
		assert_int_equal(bad_cnt, 2);
		assert_int_equal(bad_line, 703);
		call_tree_release(&t);
		strtab_free(texts);
	}
	buf_release(&text);
}

static void a_header_longer_than_a_part_is_a_header(void **state)
{
	static const char text[] = "# one 1\n\n# two 2\n# three 3\n# four 4\na;b 5\n";

	(void)state;
	for (size_t parts = 1; parts <= 6; parts++) {
		char *out = folded_text(text, sizeof(text) - 1, parts, 1);

		assert_non_null(strstr(out, "all kind 0 unnamed 0 value 5 self 0"));
		free(out);
	}
}

static void sum_of_values_ends_at_64_bits(void **state)
{
	static const char text[] = "a;b 18446744073709551615\na;c 5\nd 7\n";

	(void)state;
	for (size_t parts = 1; parts <= 2; parts++) {
		char *out = folded_text(text, sizeof(text) - 1, parts, 1);

		assert_non_null(strstr(out, "all kind 0 unnamed 0 value 18446744073709551615"));
		assert_non_null(strstr(out, "c kind 2 unnamed 0 value 0 self 0"));
		free(out);
	}
}

static void children_are_sorted_by_name_then_kind(void **state)
{
	static const char text[] = "r;b 1\nr;a_[k] 1\nr;ab 1\nr;a 1\nr;\x80 1\n";
	char *out = folded_text(text, sizeof(text) - 1, 1, 1);

	(void)state;
	assert_string_equal(out, "3 rows\nall kind 0 unnamed 0 value 5 self 0\n"
				 " r kind 2 unnamed 0 value 5 self 0\n"
				 "  a kind 1 unnamed 0 value 1 self 1\n"
				 "  a kind 2 unnamed 0 value 1 self 1\n"
				 "  ab kind 2 unnamed 0 value 1 self 1\n"
				 "  b kind 2 unnamed 0 value 1 self 1\n"
				 "  \x80 kind 2 unnamed 0 value 1 self 1\n");
	free(out);
}

static void frames_beyond_the_deepest_row_count_for_it(void **state)
{
	struct strtab *texts = strtab_new();
	struct call_tree t;
	uint32_t node = 0;

	(void)state;
	call_tree_init(&t, texts);
	for (uint32_t i = 0; i < CALL_TREE_DEPTH_MAX + 5; i++)
		node = call_tree_child(&t, node, 0, 0, TRACE_FRAME_USER, false);
	call_tree_add_at(&t, node, 3);
	call_tree_finish(&t);
	assert_int_equal(t.depth_cnt, CALL_TREE_DEPTH_MAX);
	assert_int_equal(t.nodes[0].value, 3);
	call_tree_release(&t);
	strtab_free(texts);
}

static void totals_count_a_stack_once_however_a_function_recurs(void **state)
{
	struct strtab *texts = strtab_new();
	struct call_tree t;
	struct function_sums sums;
	uint64_t self = 0;

	(void)state;
	chance_state = 7;
	call_tree_init(&t, texts);
	for (int i = 0; i < 500; i++) {
		uint32_t node = call_tree_child(&t, 0, 0, 0, TRACE_FRAME_USER, false);

		for (uint32_t depth = chance(12); depth > 0; depth--)
			node = call_tree_child(&t, node, strtab_intern_text(texts, "f") + chance(3),
					       0, TRACE_FRAME_USER, false);
		call_tree_add_at(&t, node, 1 + chance(9));
		strtab_intern_text(texts, "g");
		strtab_intern_text(texts, "h");
	}
	call_tree_finish(&t);
	function_sums_make(&sums, &t);
	for (size_t f = 0; f < sums.cnt; f++) {
		uint64_t total = 0;

		/* Every node whose way up meets the function gives its own value once. */
		for (uint32_t i = 1; i < t.node_cnt; i++)
			for (uint32_t at = i; t.nodes[at].depth > 1; at = t.nodes[at].parent)
				if (t.nodes[at].name == sums.v[f].name) {
					total += t.nodes[i].self;
					break;
				}
		assert_int_equal(sums.v[f].total, total);
		self += sums.v[f].self;
	}
	assert_int_equal(self + t.nodes[1].self, t.nodes[0].value);
	function_sums_release(&sums);
	call_tree_release(&t);
	strtab_free(texts);
}

/* mix inlined into p's main 3 times, called there twice; the kernel has one, too. */
static void a_function_is_one_wherever_it_is_inlined(void **state)
{
	struct strtab *texts = strtab_new();
	uint32_t mix = strtab_intern_text(texts, "mix"), prog = strtab_intern_text(texts, "prog");
	uint32_t kernel = strtab_intern_text(texts, "[kernel]"), process;
	struct call_tree t;
	struct function_sums sums;

	(void)state;
	for (unsigned module = 0; module < 2; module++) {
		call_tree_init(&t, texts);
		process = call_tree_child(&t, 0, prog, 0, TRACE_FRAME_USER, false);
		call_tree_add_at(&t,
				 call_tree_child(&t, process, mix, module ? prog : 0,
						 TRACE_FRAME_INLINED, false),
				 3);
		call_tree_add_at(&t,
				 call_tree_child(&t, process, mix, module ? prog : 0,
						 TRACE_FRAME_USER, false),
				 2);
		call_tree_add_at(&t,
				 call_tree_child(&t, process, mix, module ? kernel : 0,
						 TRACE_FRAME_KERNEL, false),
				 1);
		call_tree_finish(&t);
		function_sums_make(&sums, &t);
		function_sums_sort_by_self(&sums, texts);
		assert_int_equal(sums.cnt, 2);
		assert_int_equal(sums.v[0].self, 5);
		assert_int_equal(sums.v[0].total, 5);
		assert_int_equal(sums.v[0].kind, TRACE_FRAME_USER);
		assert_int_equal(sums.v[1].self, 1);
		function_sums_release(&sums);
		call_tree_release(&t);
	}
	strtab_free(texts);
}

static void one_name_of_two_modules_is_two_functions(void **state)
{
	struct strtab *texts = strtab_new();
	uint32_t start = strtab_intern_text(texts, "_start");
	uint32_t modules[2] = { strtab_intern_text(texts, "prog"),
				strtab_intern_text(texts, "ld.so") };
	struct call_tree t;
	struct function_sums sums;
	uint32_t process, first;

	(void)state;
	call_tree_init(&t, texts);
	process =
		call_tree_child(&t, 0, strtab_intern_text(texts, "p"), 0, TRACE_FRAME_USER, false);
	for (int i = 0; i < 4; i++)
		call_tree_add_at(&t,
				 call_tree_child(&t, process, start, modules[i % 2],
						 TRACE_FRAME_USER, false),
				 i % 2 ? 5 : 95);
	call_tree_finish(&t);
	assert_int_equal(t.node_cnt, 4);
	first = t.nodes[process].first_child;
	assert_int_equal(t.nodes[first].module, modules[1]); /* by their names, not their ids */
	function_sums_make(&sums, &t);
	function_sums_sort_by_self(&sums, texts);
	assert_int_equal(sums.cnt, 2);
	assert_int_equal(sums.v[0].module, modules[0]);
	assert_int_equal(sums.v[0].self, 190);
	assert_int_equal(sums.v[1].self, 10);
	function_sums_release(&sums);
	call_tree_release(&t);
	strtab_free(texts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(folded_path_makes_the_same_tree_as_the_plain_one),
		cmocka_unit_test(folded_text_adds_to_a_tree_that_has_stacks),
		cmocka_unit_test(more_parts_than_lines_are_no_harm),
		cmocka_unit_test(a_part_may_bring_far_more_than_was_there),
		cmocka_unit_test(the_first_bad_line_of_an_unsorted_text_is_told),
		cmocka_unit_test(a_header_longer_than_a_part_is_a_header),
		cmocka_unit_test(sum_of_values_ends_at_64_bits),
		cmocka_unit_test(children_are_sorted_by_name_then_kind),
		cmocka_unit_test(frames_beyond_the_deepest_row_count_for_it),
		cmocka_unit_test(totals_count_a_stack_once_however_a_function_recurs),
		cmocka_unit_test(a_function_is_one_wherever_it_is_inlined),
		cmocka_unit_test(one_name_of_two_modules_is_two_functions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
