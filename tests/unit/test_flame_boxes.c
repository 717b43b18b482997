#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "render/flame_boxes.h"
#include "render/flame_sizes.h"

/* all 10 { a 6 { x 5 }, b 1, c 1, d 2 } */
static void make_tree(struct call_tree *t, struct strtab *texts)
{
	static const char text[] = "a;x 5\na 1\nb 1\nc 1\nd 2\n";
	uint64_t bad_cnt, bad_line;

	call_tree_init(t, texts);
	call_tree_add_folded(t, text, sizeof(text) - 1, &bad_cnt, &bad_line);
	call_tree_finish(t);
}

static void assert_box(const struct flame_boxes *b, size_t at, bool is_strip, uint32_t depth,
		       uint64_t first, uint64_t value)
{
	const struct flame_box *box = &b->boxes.v[at];

	assert_int_equal(box->node == FLAME_BOX_STRIP, is_strip);
	assert_int_equal(box->depth, depth);
	assert_int_equal(box->first, first);
	assert_int_equal(box->value, value);
}

static void every_frame_has_its_place(void **state)
{
	struct strtab *texts = strtab_new();
	struct call_tree t;
	struct flame_boxes b;

	(void)state;
	make_tree(&t, texts);
	flame_boxes_choose(&b, &t, 1);
	assert_int_equal(b.boxes.cnt, 6);
	assert_box(&b, 0, false, 0, 0, 10);
	assert_box(&b, 1, false, 1, 0, 6);
	assert_box(&b, 2, false, 2, 0, 5);
	assert_box(&b, 3, false, 1, 6, 1);
	assert_box(&b, 4, false, 1, 7, 1);
	assert_box(&b, 5, false, 1, 8, 2);
	assert_int_equal(b.depth_cnt, 3);
	assert_int_equal(b.hidden_cnt, 0);
	flame_boxes_release(&b);
	call_tree_release(&t);
	strtab_free(texts);
}

static void small_siblings_are_one_strip_and_the_rest_stays(void **state)
{
	struct strtab *texts = strtab_new();
	struct call_tree t;
	struct flame_boxes b;

	(void)state;
	make_tree(&t, texts);
	flame_boxes_choose(&b, &t, 2);
	assert_int_equal(b.boxes.cnt, 5);
	assert_box(&b, 3, true, 1, 6, 2);
	assert_box(&b, 4, false, 1, 8, 2);
	assert_int_equal(b.frame_cnt, 4);
	assert_int_equal(b.hidden_cnt, 2);
	assert_int_equal(b.hidden_value, 2);
	flame_boxes_release(&b);
	flame_boxes_choose(&b, &t, 7);
	assert_int_equal(b.boxes.cnt, 2);
	assert_box(&b, 1, true, 1, 0, 10);
	assert_int_equal(b.hidden_cnt, 5);
	flame_boxes_release(&b);
	call_tree_release(&t);
	strtab_free(texts);
}

static void an_empty_tree_is_its_root(void **state)
{
	struct strtab *texts = strtab_new();
	struct call_tree t;
	struct flame_boxes b;

	(void)state;
	call_tree_init(&t, texts);
	call_tree_finish(&t);
	flame_boxes_choose(&b, &t, 1);
	assert_int_equal(b.frame_cnt, 1);
	assert_int_equal(b.boxes.cnt, 1);
	flame_boxes_release(&b);
	call_tree_release(&t);
	strtab_free(texts);
}

/* A tree of one row whose frames have these values. */
static void make_row(struct call_tree *t, struct strtab *texts, const uint64_t *values, size_t cnt)
{
	call_tree_init(t, texts);
	for (size_t i = 0; i < cnt; i++) {
		char name[24];
		int len = snprintf(name, sizeof(name), "f%zu", i);
		uint32_t id = strtab_intern(texts, name, (size_t)len);

		call_tree_add_at(t, call_tree_child(t, 0, id, 0, TRACE_FRAME_USER, false),
				 values[i]);
	}
	call_tree_finish(t);
}

static void takes_no_more_frames_than_allowed(void **state)
{
	static const uint64_t values[] = { 1, 1, 2, 15, 16, 17, 33, 1000, 1000000, 1ull << 40 };
	struct strtab *texts = strtab_new();
	struct flame_sizes sizes;
	struct call_tree t;

	(void)state;
	make_row(&t, texts, values, 10);
	flame_sizes_count(&sizes, &t, 200);
	for (uint32_t most = 1; most <= 11; most++) {
		uint64_t least = flame_sizes_min_value(&sizes, 1, most);
		uint32_t reached = 1;

		for (size_t i = 0; i < 10; i++)
			reached += values[i] >= least;
		assert_true(reached <= most || (most == 1 && least > values[9]));
		assert_true(most - reached <= 2); /* equal ones come together */
	}
	assert_int_equal(flame_sizes_min_value(&sizes, 1, 11), 1);
	assert_int_equal(flame_sizes_min_value(&sizes, 500, 11), 500);
	flame_sizes_release(&sizes);
	call_tree_release(&t);
	strtab_free(texts);
}

static void a_step_is_divided_to_the_last_frame(void **state)
{
	uint64_t values[100];
	struct strtab *texts = strtab_new();
	struct flame_sizes sizes;
	struct call_tree t;

	(void)state;
	for (size_t i = 0; i < 100; i++)
		values[i] = 10000 + i; /* two steps at most */
	make_row(&t, texts, values, 100);
	flame_sizes_count(&sizes, &t, 200);
	for (uint32_t most = 2; most <= 100; most++)
		assert_int_equal(flame_sizes_min_value(&sizes, 1, most), 10101 - most);
	assert_int_equal(flame_sizes_min_value(&sizes, 10050, 90), 10050);
	flame_sizes_release(&sizes);
	call_tree_release(&t);
	strtab_free(texts);
}

static void values_near_the_limit_are_sized(void **state)
{
	static const uint64_t values[] = { UINT64_MAX - 5, 5 };
	struct strtab *texts = strtab_new();
	struct flame_sizes sizes;
	struct call_tree t;

	(void)state;
	make_row(&t, texts, values, 2);
	flame_sizes_count(&sizes, &t, 200);
	assert_true(flame_sizes_min_value(&sizes, 1, 2) <= values[0]);
	assert_true(flame_sizes_min_value(&sizes, 1, 2) > 5);
	flame_sizes_release(&sizes);
	call_tree_release(&t);
	strtab_free(texts);
}

/* A tree of some thousand nodes, a few of them large, some without a value. */
static void make_wild_tree(struct call_tree *t, struct strtab *texts)
{
	uint32_t state = 7, name = strtab_intern_text(texts, "f");

	call_tree_init(t, texts);
	for (uint32_t i = 0; i < 4000; i++) {
		uint32_t node;

		state = state * 1664525 + 1013904223;
		node = call_tree_new_child(t, (uint32_t)((uint64_t)i * (state >> 8) >> 25), name, 0,
					   TRACE_FRAME_USER, false);
		if (state >> 30)
			call_tree_add_at(t, node, 1ull << (state >> 27));
	}
	call_tree_finish(t);
}

static void narrowed_boxes_are_those_chosen_anew(void **state)
{
	struct strtab *texts = strtab_new();
	struct flame_boxes all, narrow, anew;
	struct call_tree t;

	(void)state;
	make_wild_tree(&t, texts);
	flame_boxes_choose(&all, &t, 1);
	for (uint64_t least = 1; least <= t.nodes[0].value; least += least / 3 + 1) {
		flame_boxes_choose(&anew, &t, least);
		flame_boxes_narrow(&narrow, &all, least);
		assert_int_equal(narrow.boxes.cnt, anew.boxes.cnt);
		assert_memory_equal(narrow.boxes.v, anew.boxes.v,
				    anew.boxes.cnt * sizeof(*anew.boxes.v));
		assert_int_equal(narrow.frame_cnt, anew.frame_cnt);
		assert_int_equal(narrow.hidden_cnt, anew.hidden_cnt);
		assert_int_equal(narrow.hidden_value, anew.hidden_value);
		assert_int_equal(narrow.depth_cnt, anew.depth_cnt);
		flame_boxes_release(&anew);
		flame_boxes_release(&all);
		all = narrow;
	}
	flame_boxes_release(&all);
	call_tree_release(&t);
	strtab_free(texts);
}

static void what_may_be_asked_for_has_its_boxes(void **state)
{
	struct strtab *texts = strtab_new();
	struct call_tree t;

	(void)state;
	make_wild_tree(&t, texts);
	for (uint32_t most = 1; most < 5000; most += most / 4 + 1) {
		struct flame_boxes narrow, anew;
		struct flame_sizes sizes;

		flame_sizes_count(&sizes, &t, most);
		uint64_t least = flame_sizes_min_value(&sizes, 1, most);
		flame_boxes_narrow(&narrow, &sizes.large, least);
		flame_boxes_choose(&anew, &t, least);
		assert_int_equal(narrow.frame_cnt, anew.frame_cnt);
		assert_int_equal(narrow.hidden_cnt, anew.hidden_cnt);
		assert_int_equal(narrow.boxes.cnt, anew.boxes.cnt);
		flame_boxes_release(&narrow);
		flame_boxes_release(&anew);
		flame_sizes_release(&sizes);
	}
	call_tree_release(&t);
	strtab_free(texts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_frame_has_its_place),
		cmocka_unit_test(small_siblings_are_one_strip_and_the_rest_stays),
		cmocka_unit_test(an_empty_tree_is_its_root),
		cmocka_unit_test(takes_no_more_frames_than_allowed),
		cmocka_unit_test(a_step_is_divided_to_the_last_frame),
		cmocka_unit_test(values_near_the_limit_are_sized),
		cmocka_unit_test(narrowed_boxes_are_those_chosen_anew),
		cmocka_unit_test(what_may_be_asked_for_has_its_boxes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
