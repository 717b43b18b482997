#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "collector/events.h"
#include "collector/latency_programs.h"
#include "collector/latency_rows.h"

static void every_row_is_found_by_its_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < event_row_cnt(); i++)
		assert_ptr_equal(event_row_find(event_row_at(i)->name, NULL), event_row_at(i));
}

static void every_row_is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < event_row_cnt(); i++) {
		assert_true(strlen(event_row_at(i)->measures) > 0);
		assert_true(strlen(event_row_at(i)->cost) > 0);
	}
	assert_null(event_row_at(event_row_cnt()));
}

static void no_two_rows_ask_the_kernel_for_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < event_row_cnt(); i++)
		for (size_t k = i + 1; k < event_row_cnt(); k++) {
			const struct event_row *a = event_row_at(i), *b = event_row_at(k);

			if (a->source == EVENT_SOURCE_PERF && b->source == EVENT_SOURCE_PERF)
				assert_false(a->perf_type == b->perf_type &&
					     a->perf_config == b->perf_config);
		}
}

static void takes_the_short_names_of_perf(void **state)
{
	(void)state;
	assert_string_equal(event_row_find("faults", NULL)->name, "page-faults");
	assert_string_equal(event_row_find("cs", NULL)->name, "context-switches");
	assert_string_equal(event_row_find("branch-instructions", NULL)->name, "branches");
}

static void names_the_nearest_of_an_unknown_event(void **state)
{
	struct err err = { 0 };

	(void)state;
	assert_null(event_row_find("page-fault", &err));
	assert_int_equal(err.code, -EINVAL);
	assert_non_null(strstr(err.text, "did you mean \"page-faults\""));
}

static void says_what_brings_an_event_that_is_not_alone(void **state)
{
	static const struct {
		const char *name, *words;
	} cases[] = {
		{ "block-bytes", "-e block brings it" },
		{ "tcp-life", "-e tcp brings it" },
		{ "tcp-retransmit", "-e tcp brings it" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct err err = { 0 };

		assert_null(event_row_find(cases[i].name, &err));
		assert_non_null(strstr(err.text, cases[i].words));
	}
}

static void does_not_advertise_what_is_not_there(void **state)
{
	static const char *const later[] = { "jank", "block-cost", "", "*" };

	(void)state;
	for (size_t i = 0; i < sizeof(later) / sizeof(later[0]); i++) {
		struct err err = { 0 };

		assert_null(event_row_find(later[i], &err));
		assert_non_null(strstr(err.text, "profile list"));
	}
}

static void chooses_each_event_once(void **state)
{
	struct text_list names = { .v = (const char *[]){ "cpu", "faults", "cpu", "page-faults" },
				   .cnt = 4 };
	const struct event_row *rows[2];
	uint32_t cnt = 0;

	(void)state;
	assert_int_equal(event_rows_choose(&names, rows, 2, &cnt, NULL), 0);
	assert_int_equal(cnt, 2);
	assert_string_equal(rows[0]->name, "cpu");
	assert_string_equal(rows[1]->name, "page-faults");
}

static void refuses_more_events_than_there_is_room_for(void **state)
{
	struct text_list names = { .v = (const char *[]){ "cpu", "faults", "cs" }, .cnt = 3 };
	const struct event_row *rows[2];
	uint32_t cnt = 7;

	(void)state;
	assert_int_equal(event_rows_choose(&names, rows, 2, &cnt, NULL), -EINVAL);
	assert_int_equal(cnt, 7);
}

static void ways_to_draw_waits_are_one_recording_of_the_widest(void **state)
{
	struct text_list names = {
		.v = (const char *[]){ "wakeup", "cpu", "offcpu", "faults", "offwake" }, .cnt = 5
	};
	const struct event_row *rows[5];
	uint32_t cnt = 0;

	(void)state;
	assert_int_equal(event_rows_choose(&names, rows, 5, &cnt, NULL), 0);
	assert_int_equal(event_rows_part(rows, &cnt), WAIT_WAY_OFFWAKE);
	assert_int_equal(cnt, 2);
	assert_string_equal(rows[0]->name, "cpu");
	assert_string_equal(rows[1]->name, "page-faults");
	assert_int_equal(event_rows_part(rows, &cnt), 0);
	assert_int_equal(cnt, 2);
}

static void each_row_of_waits_is_a_way_to_draw_them(void **state)
{
	unsigned cnt = 0;

	(void)state;
	for (size_t i = 0; i < event_row_cnt(); i++)
		if (event_row_at(i)->source == EVENT_SOURCE_SCHED) {
			assert_int_not_equal(wait_way_find(event_row_at(i)->name), 0);
			cnt++;
		}
	assert_int_equal(cnt, WAIT_WAY_CNT - 1);
}

static void each_row_of_latencies_is_a_source(void **state)
{
	unsigned cnt = 0;

	(void)state;
	for (size_t i = 0; i < event_row_cnt(); i++)
		if (event_row_at(i)->source == EVENT_SOURCE_LATENCY) {
			assert_non_null(latency_source_find(event_row_at(i)->name));
			cnt++;
		}
	assert_int_equal(cnt, LATENCY_SOURCE_CNT);
	assert_null(latency_source_at(LATENCY_SOURCE_CNT));
	assert_null(latency_source_find("tcp-life"));
}

static void each_measure_is_of_a_source(void **state)
{
	const struct latency_row *row;
	size_t cnt = 0;

	(void)state;
	while ((row = latency_row_at(cnt))) {
		assert_int_equal(row->measure, cnt);
		assert_ptr_equal(latency_row_of(row->measure), row);
		assert_non_null(latency_source_find(row->source));
		cnt++;
	}
	assert_int_equal(cnt, ABI_MEASURE_PROBE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_is_found_by_its_name),
		cmocka_unit_test(every_row_is_told),
		cmocka_unit_test(no_two_rows_ask_the_kernel_for_the_same),
		cmocka_unit_test(takes_the_short_names_of_perf),
		cmocka_unit_test(names_the_nearest_of_an_unknown_event),
		cmocka_unit_test(says_what_brings_an_event_that_is_not_alone),
		cmocka_unit_test(does_not_advertise_what_is_not_there),
		cmocka_unit_test(chooses_each_event_once),
		cmocka_unit_test(refuses_more_events_than_there_is_room_for),
		cmocka_unit_test(ways_to_draw_waits_are_one_recording_of_the_widest),
		cmocka_unit_test(each_row_of_waits_is_a_way_to_draw_them),
		cmocka_unit_test(each_row_of_latencies_is_a_source),
		cmocka_unit_test(each_measure_is_of_a_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
