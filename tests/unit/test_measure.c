#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "render/measure.h"

static void assert_both(const struct measure *m, uint64_t value, const char *text,
			const char *total)
{
	struct buf out = { 0 };

	measure_text(&out, m, value);
	assert_string_equal(buf_text(&out), text);
	buf_clear(&out);
	measure_total(&out, m, value);
	assert_string_equal(buf_text(&out), total);
	buf_release(&out);
}

static void samples_of_a_timed_event_are_time(void **state)
{
	struct measure m = { .unit = TRACE_UNIT_SAMPLES,
			     .frequency_hz = 99,
			     .period_ns = 10101010 };

	(void)state;
	assert_both(&m, 1234, "12.5 s, 1,234 samples", "12.5 s of CPU (1,234 samples at 99 Hz)");
	assert_both(&m, 1, "10.1 ms, 1 sample", "10.1 ms of CPU (1 sample at 99 Hz)");
}

static void others_are_what_they_count(void **state)
{
	struct measure plain = { .unit = TRACE_UNIT_SAMPLES };
	struct measure faults = { .unit = TRACE_UNIT_EVENTS, .noun = "page-faults" };
	struct measure bytes = { .unit = TRACE_UNIT_BYTES };
	struct measure wait = { .unit = TRACE_UNIT_NS };

	(void)state;
	assert_both(&plain, 17, "17 samples", "17 samples");
	assert_both(&faults, 2000, "2,000 page-faults", "2,000 page-faults");
	assert_both(&bytes, 1536, "1.5 KiB", "1.5 KiB");
	assert_both(&wait, 1500000, "1.50 ms", "1.50 ms");
	assert_both(&wait, 0, "0 ns", "0 ns");
}

static void time_beyond_counting_stays_the_largest(void **state)
{
	struct measure m = { .unit = TRACE_UNIT_SAMPLES, .period_ns = 1000000000 };
	struct buf out = { 0 };

	(void)state;
	measure_text(&out, &m, UINT64_MAX);
	assert_non_null(strstr(buf_text(&out), "18,446,744,073,709,551,615 samples"));
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples_of_a_timed_event_are_time),
		cmocka_unit_test(others_are_what_they_count),
		cmocka_unit_test(time_beyond_counting_stays_the_largest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
