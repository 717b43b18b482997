#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "render/latency_by.h"
#include "render/latency_groups.h"

static void groups_keep_their_bins_apart(void **state)
{
	struct latency_values v = { 0 }, rest = { 0 };
	struct latency_groups g;

	(void)state;
	latency_groups_start(&g);
	latency_groups_add(&g, "sdb", 20, 1, 24);
	latency_groups_add(&g, "sda", 20, 5, 120);
	latency_groups_add(&g, "sda", 30, 2, 110);
	latency_groups_add(&g, "sda", 20, 5, 120);
	latency_groups_add(&g, "", 20, 3, 72);
	latency_groups_finish(&g, false);
	assert_int_equal(g.v.cnt, 3);
	assert_string_equal(latency_groups_name(&g, 0), "sda");
	assert_string_equal(latency_groups_name(&g, 1), "");
	assert_string_equal(latency_groups_name(&g, 2), "sdb");
	latency_groups_values(&g, 0, &v);
	assert_int_equal(v.cnt[20], 10);
	assert_int_equal(v.sum[20], 240);
	assert_int_equal(v.cnt[30], 2);
	assert_int_equal(v.total_cnt, 12);
	latency_groups_rest(&g, 1, &rest);
	assert_int_equal(rest.total_cnt, 4);
	assert_int_equal(rest.cnt[20], 4);
	latency_groups_release(&g);
}

static void they_are_sorted_by_what_is_asked_for(void **state)
{
	struct latency_groups g;

	(void)state;
	for (int by_sum = 0; by_sum < 2; by_sum++) {
		latency_groups_start(&g);
		latency_groups_add(&g, "many", 1, 100, 100);
		latency_groups_add(&g, "long", 90, 1, 100000);
		latency_groups_add(&g, "also", 90, 1, 100000);
		latency_groups_finish(&g, by_sum);
		assert_string_equal(latency_groups_name(&g, 0), by_sum ? "also" : "many");
		assert_string_equal(latency_groups_name(&g, 1), by_sum ? "long" : "also");
		latency_groups_release(&g);
	}
}

static void nothing_is_no_group(void **state)
{
	struct latency_groups g;

	(void)state;
	latency_groups_start(&g);
	latency_groups_finish(&g, false);
	assert_int_equal(g.v.cnt, 0);
	latency_groups_release(&g);
}

static void words_are_those_of_the_event(void **state)
{
	static const struct trace_event block = { .name = "block",
						  .labels = { "device", "operation" } };
	static const struct trace_event runq = { .name = "runq", .labels = { "", NULL } };
	struct err err = { 0 };
	uint32_t by = 9;

	(void)state;
	assert_int_equal(latency_by_find(&block, NULL, &by, &err), 0);
	assert_int_equal(by, LATENCY_BY_NONE);
	assert_int_equal(latency_by_find(&block, "operation", &by, &err), 0);
	assert_int_equal(by, LATENCY_BY_LABEL + 1);
	assert_int_equal(latency_by_find(&runq, "process", &by, &err), 0);
	assert_int_equal(by, LATENCY_BY_PROCESS);
	assert_true(latency_by_find(&runq, "", &by, &err) < 0);
	assert_string_equal(err.text, "--by : events of 'runq' are told apart by: process");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(groups_keep_their_bins_apart),
		cmocka_unit_test(they_are_sorted_by_what_is_asked_for),
		cmocka_unit_test(nothing_is_no_group),
		cmocka_unit_test(words_are_those_of_the_event),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
