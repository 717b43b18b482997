#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "formats/trace_reader.h"
#include "formats/wait_threshold.h"
#include "tests/unit/wait_text.h"

static void says_what_was_not_kept(void **state)
{
	static const struct {
		uint64_t first_ns, then_ns;
		const char *name;
	} cases[] = {
		{ 1000000, 1000000, "[waits below 1 ms]" },
		{ 1000000, 4000000, "[waits below 1 ms to 4 ms]" },
		{ 4000000, 1000000, "[waits below 1 ms to 4 ms]" },
		{ 0, 4000000, "[waits below a threshold of up to 4 ms]" },
		{ 4000000, 0, "[waits below a threshold of up to 4 ms]" },
		{ 0, 0, "[waits not asked for]" },
	};
	struct trace_reader *r = wait_text("slice 0 1 0\n");

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct trace_slice first = { .min_block_ns = cases[i].first_ns };
		struct trace_slice then = { .min_block_ns = cases[i].then_ns };
		struct wait_threshold t = { 0 };
		struct buf name = { 0 };

		wait_threshold_take(&t, &first);
		wait_threshold_take(&t, &then);
		wait_threshold_put_name(&t, r, &name);
		assert_string_equal(buf_text(&name), cases[i].name);
		buf_release(&name);
	}
	trace_reader_close(r);
}

static void names_of(const char *facts, uint64_t min_ns, const char *name)
{
	struct trace_slice slice = { .min_block_ns = min_ns };
	struct trace_reader *r = wait_text(facts);
	struct wait_threshold t = { 0 };
	struct buf said = { 0 };

	wait_threshold_take(&t, &slice);
	wait_threshold_put_name(&t, r, &said);
	assert_string_equal(buf_text(&said), name);
	buf_release(&said);
	trace_reader_close(r);
}

/* Waits of other states may be of any length. */
static void short_waits_are_not_blamed_for_other_states(void **state)
{
	(void)state;
	names_of("fact 16 uninterruptible\nslice 0 1 0\n", 1000000,
		 "[waits below 1 ms or of other states]");
	names_of("fact 15 2000000\nfact 16 uninterruptible\nslice 0 1 0\n", 0,
		 "[waits above 2 ms or of other states]");
	names_of("fact 16 uninterruptible\nslice 0 1 0\n", 0, "[waits not asked for]");
}

static void what_somebody_chose_is_said_as_it_was_chosen(void **state)
{
	char text[UNITS_TEXT_MAX];

	(void)state;
	assert_string_equal(wait_threshold_text(text, 1), "1 ns");
	assert_string_equal(wait_threshold_text(text, 500000), "500 us");
	assert_string_equal(wait_threshold_text(text, 1000000), "1 ms");
	assert_string_equal(wait_threshold_text(text, 30000000000), "30 s");
	assert_string_equal(wait_threshold_text(text, 1234567), "1.23 ms");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_was_not_kept),
		cmocka_unit_test(short_waits_are_not_blamed_for_other_states),
		cmocka_unit_test(what_somebody_chose_is_said_as_it_was_chosen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
