#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "collector/chosen_events.h"
#include "collector/latency_programs.h"

#define NAMES(...)                                                                                 \
	{                                                                                          \
		.v = (const char *[]){ __VA_ARGS__ },                                              \
		.cnt = sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(char *)                    \
	}

static void parts_names_by_who_records_them(void **state)
{
	struct text_list names = NAMES("cpu", "block", "chain", "latency:kprobe:vfs_read",
				       "tracepoint:sched:sched_switch", "syscall", "offcpu");
	struct chosen_events c;

	(void)state;
	assert_int_equal(chosen_events_read(&c, &names, NULL), 0);
	assert_int_equal(c.row_cnt, 1);
	assert_string_equal(c.rows[0]->name, "cpu");
	assert_int_equal(c.way, WAIT_WAY_CHAIN);
	assert_int_equal(c.latency.source_cnt, 2);
	assert_ptr_equal(c.latency.sources[0], &latency_source_block);
	assert_ptr_equal(c.latency.sources[1], &latency_source_syscall);
	assert_int_equal(c.latency.probe_cnt, 1);
	assert_string_equal(c.latency.probes[0].text, "latency:kprobe:vfs_read");
	assert_int_equal(c.sample_cnt, 1);
	assert_string_equal(c.samples[0].text, "tracepoint:sched:sched_switch");
	assert_ptr_equal(chosen_events_latency(&c), &c.latency);
	chosen_events_release(&c);
}

static void measures_are_those_of_the_sources(void **state)
{
	struct text_list names = NAMES("tcp", "latency:kprobe:vfs_read", "runq");
	struct chosen_events c;

	(void)state;
	assert_int_equal(chosen_events_read(&c, &names, NULL), 0);
	assert_int_equal(latency_programs_measures(&c.latency),
			 1u << ABI_MEASURE_RUNQ | 1u << ABI_MEASURE_TCP_CONNECT |
				 1u << ABI_MEASURE_TCP_LIFE | 1u << ABI_MEASURE_TCP_BYTES |
				 1u << ABI_MEASURE_PROBE);
	assert_int_equal(latency_programs_measures(NULL), 0);
	chosen_events_release(&c);
}

static void has_no_latencies_where_none_were_chosen(void **state)
{
	struct text_list names = NAMES("cpu", "offcpu");
	struct chosen_events c;

	(void)state;
	assert_int_equal(chosen_events_read(&c, &names, NULL), 0);
	assert_null(chosen_events_latency(&c));
	chosen_events_release(&c);
}

static void chooses_each_probe_once(void **state)
{
	struct text_list names = NAMES("kprobe:vfs_read", "kprobe:vfs_read", "kprobe:vfs_write");
	struct chosen_events c;

	(void)state;
	assert_int_equal(chosen_events_read(&c, &names, NULL), 0);
	assert_int_equal(c.sample_cnt, 2);
	assert_non_null(chosen_events_latency(&c));
	chosen_events_release(&c);
}

static void refuses_more_than_there_is_room_for(void **state)
{
	struct text_list probes = NAMES("latency:kprobe:a", "latency:kprobe:b", "latency:kprobe:c",
					"latency:kprobe:d", "latency:kprobe:e", "latency:kprobe:f",
					"latency:kprobe:g", "latency:kprobe:h", "latency:kprobe:i");
	struct text_list samples = NAMES("kprobe:a", "kprobe:b", "kprobe:c", "kprobe:d", "kprobe:e",
					 "kprobe:f", "kprobe:g", "cpu", "page-faults");
	struct chosen_events c;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(chosen_events_read(&c, &probes, &err), -EINVAL);
	assert_non_null(strstr(err.text, "latency:kprobe:i"));
	chosen_events_release(&c);
	err = (struct err){ 0 };
	assert_int_equal(chosen_events_read(&c, &samples, &err), -EINVAL);
	assert_non_null(strstr(err.text, "at most 8"));
	chosen_events_release(&c);
}

static void says_which_probe_is_wrong(void **state)
{
	struct text_list names = NAMES("cpu", "tracepoint:sched");
	struct chosen_events c;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(chosen_events_read(&c, &names, &err), -EINVAL);
	assert_non_null(strstr(err.text, "-e: tracepoint:sched: "));
	chosen_events_release(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_names_by_who_records_them),
		cmocka_unit_test(measures_are_those_of_the_sources),
		cmocka_unit_test(has_no_latencies_where_none_were_chosen),
		cmocka_unit_test(chooses_each_probe_once),
		cmocka_unit_test(refuses_more_than_there_is_room_for),
		cmocka_unit_test(says_which_probe_is_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
