#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bpf/latency.h"
#include "bpf/value_bin.h"
#include "formats/latency_bin.h"

static void programs_and_traces_have_the_same_bins(void **state)
{
	(void)state;
	assert_int_equal(ABI_LATENCY_BINS, LATENCY_BINS);
	for (uint64_t value = 0; value < 100000; value++)
		assert_int_equal(value_bin(value), latency_bin_of(value));
	for (uint32_t bin = 0; bin < LATENCY_BINS; bin++) {
		assert_int_equal(value_bin(latency_bin_first(bin)), bin);
		assert_int_equal(value_bin(latency_bin_last(bin)), bin);
	}
	assert_int_equal(value_bin(UINT64_MAX), LATENCY_BINS - 1);
}

static void each_value_is_in_one_bin_that_an_eighth_spans(void **state)
{
	uint64_t next = 0;

	(void)state;
	for (uint32_t bin = 0; bin < LATENCY_BINS; bin++) {
		uint64_t first = latency_bin_first(bin), last = latency_bin_last(bin);

		assert_true(first == next && last >= first);
		assert_true(last - first <= first / 8);
		next = last + 1;
	}
	assert_true(next == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(programs_and_traces_have_the_same_bins),
		cmocka_unit_test(each_value_is_in_one_bin_that_an_eighth_spans),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
