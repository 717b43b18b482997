#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "collector/latency_slices.h"

#define MS 1000000ull
#define SECOND (1000 * MS)
#define START (5 * SECOND)

static void expect(const struct latency_slices *s, uint32_t scale, uint32_t slice, uint64_t from_ms,
		   uint64_t to_ms)
{
	struct trace_slice got = latency_slices_get(s, scale, slice);

	assert_int_equal(got.start_ns, START + from_ms * MS);
	assert_int_equal(got.end_ns, START + to_ms * MS);
	assert_int_equal(got.min_block_ns, 0);
}

static void slices_begin_at_multiples_of_their_length(void **state)
{
	struct latency_slices s;

	(void)state;
	latency_slices_start(&s, START);
	expect(&s, 0, 0, 0, 100);
	expect(&s, 0, 7, 700, 800);
}

static void they_get_longer_with_the_recording(void **state)
{
	struct latency_slices s;
	uint64_t cnt = 0, hour = 3600 * SECOND;

	(void)state;
	latency_slices_start(&s, START);
	assert_int_equal(latency_slices_advance(&s, START + 59 * SECOND), 0);
	assert_int_equal(latency_slices_advance(&s, START + 60 * SECOND), 1);
	latency_slices_start(&s, START);
	for (uint64_t ns = 0; ns < hour; cnt++) {
		uint32_t scale = latency_slices_advance(&s, START + ns);

		ns += latency_slices_length(scale);
	}
	assert_int_equal(cnt, 1524);
	assert_int_equal(latency_slices_advance(&s, START + 100 * hour), ABI_LATENCY_SCALE_CNT - 1);
}

static void two_lengths_do_not_overlap(void **state)
{
	struct latency_slices s;

	(void)state;
	latency_slices_start(&s, START);
	latency_slices_advance(&s, START + 60 * SECOND + 350 * MS);
	expect(&s, 0, 602, 60200, 60300);
	expect(&s, 0, 603, 60300, 60350);
	expect(&s, 1, 120, 60350, 60500);
	expect(&s, 1, 121, 60500, 61000);
	/* Stamped before the length changed, and counted after. */
	expect(&s, 1, 119, 59500, 60000);
	expect(&s, 0, 604, 60400, 60500);
}

static void the_last_one_ends_with_the_recording(void **state)
{
	struct latency_slices s;

	(void)state;
	latency_slices_start(&s, START);
	latency_slices_end(&s, START + 250 * MS);
	expect(&s, 0, 1, 100, 200);
	expect(&s, 0, 2, 200, 250);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slices_begin_at_multiples_of_their_length),
		cmocka_unit_test(they_get_longer_with_the_recording),
		cmocka_unit_test(two_lengths_do_not_overlap),
		cmocka_unit_test(the_last_one_ends_with_the_recording),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
