#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "collector/ending.h"

#define SECOND 1000000000ull
#define START (100 * SECOND)

static struct ending with_command(uint64_t duration_ns)
{
	struct ending e;

	ending_start(&e, true, duration_ns, START);
	return e;
}

static void goes_on_until_something_happens(void **state)
{
	struct ending e = with_command(0);

	(void)state;
	assert_false(ending_due(&e, START));
	assert_false(ending_due(&e, UINT64_MAX));
}

static void ends_when_duration_has_passed(void **state)
{
	struct ending e = with_command(2 * SECOND);

	(void)state;
	assert_false(ending_due(&e, START + 2 * SECOND - 1));
	assert_true(ending_due(&e, START + 2 * SECOND));
	assert_int_equal(e.why, TRACE_STOP_DURATION);
}

static void takes_a_duration_beyond_the_clock_as_forever(void **state)
{
	struct ending e = with_command(UINT64_MAX);

	(void)state;
	assert_false(ending_due(&e, START + 1000000 * SECOND));
}

static void ends_with_the_command(void **state)
{
	struct ending e = with_command(2 * SECOND);

	(void)state;
	ending_command_ended(&e);
	assert_true(ending_due(&e, START));
	assert_int_equal(e.why, TRACE_STOP_COMMAND_ENDED);
}

static void keeps_the_first_reason(void **state)
{
	struct ending e = with_command(2 * SECOND);

	(void)state;
	ending_target_gone(&e);
	ending_command_ended(&e);
	assert_true(ending_due(&e, START + 3 * SECOND));
	assert_int_equal(e.why, TRACE_STOP_TARGET_GONE);
}

static void any_signal_ends_at_once_without_a_command(void **state)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct ending e;

		ending_start(&e, false, 0, START);
		assert_int_equal(ending_signal(&e, signals[i], true, START), 0);
		assert_true(ending_due(&e, START));
		assert_int_equal(e.why, TRACE_STOP_SIGNAL);
	}
}

static void leaves_ctrl_c_to_the_command(void **state)
{
	struct ending e = with_command(0);

	(void)state;
	assert_int_equal(ending_signal(&e, SIGINT, false, START), 0);
	assert_false(ending_due(&e, START + 3600 * SECOND));
	ending_command_ended(&e);
	assert_true(ending_due(&e, START + 3600 * SECOND));
	assert_int_equal(e.why, TRACE_STOP_COMMAND_ENDED);
}

static void second_ctrl_c_ends_at_once(void **state)
{
	struct ending e = with_command(0);

	(void)state;
	ending_signal(&e, SIGINT, false, START);
	ending_signal(&e, SIGINT, false, START + SECOND);
	assert_true(ending_due(&e, START + SECOND));
	assert_int_equal(e.why, TRACE_STOP_SIGNAL);
}

static void takes_an_echo_of_the_same_signal_as_one(void **state)
{
	struct ending e = with_command(0);

	(void)state;
	ending_signal(&e, SIGINT, true, START);
	ending_signal(&e, SIGINT, true, START + SECOND / 1000);
	assert_false(ending_due(&e, START + SECOND));
}

static void passes_on_what_the_command_did_not_get(void **state)
{
	struct ending e = with_command(0);

	(void)state;
	assert_int_equal(ending_signal(&e, SIGTERM, true, START), SIGTERM);
	assert_int_equal(ending_signal(&e, SIGINT, true, START), SIGINT);
	assert_int_equal(ending_signal(&e, SIGHUP, false, START), 0);
}

static void loses_patience_with_a_command_that_ignores_sigterm(void **state)
{
	struct ending e = with_command(0);

	(void)state;
	ending_signal(&e, SIGTERM, true, START);
	assert_false(ending_due(&e, START + ENDING_GRACE_NS - 1));
	assert_true(ending_due(&e, START + ENDING_GRACE_NS));
	assert_int_equal(e.why, TRACE_STOP_SIGNAL);
	assert_int_equal(e.signal, SIGTERM);
}

static void more_sigterms_do_not_lengthen_the_patience(void **state)
{
	struct ending e = with_command(0);

	(void)state;
	ending_signal(&e, SIGTERM, true, START);
	ending_signal(&e, SIGTERM, true, START + SECOND);
	assert_true(ending_due(&e, START + ENDING_GRACE_NS));
}

static void never_waits_beyond_the_next_decision(void **state)
{
	struct ending e = with_command(2 * SECOND);

	(void)state;
	assert_int_equal(ending_wait_ms(&e, START, 250), 250);
	assert_int_equal(ending_wait_ms(&e, START + 2 * SECOND - 10000000, 250), 10);
	assert_int_equal(ending_wait_ms(&e, START + 2 * SECOND - 1, 250), 1);
	assert_int_equal(ending_wait_ms(&e, START + 3 * SECOND, 250), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(goes_on_until_something_happens),
		cmocka_unit_test(ends_when_duration_has_passed),
		cmocka_unit_test(takes_a_duration_beyond_the_clock_as_forever),
		cmocka_unit_test(ends_with_the_command),
		cmocka_unit_test(keeps_the_first_reason),
		cmocka_unit_test(any_signal_ends_at_once_without_a_command),
		cmocka_unit_test(leaves_ctrl_c_to_the_command),
		cmocka_unit_test(second_ctrl_c_ends_at_once),
		cmocka_unit_test(takes_an_echo_of_the_same_signal_as_one),
		cmocka_unit_test(passes_on_what_the_command_did_not_get),
		cmocka_unit_test(loses_patience_with_a_command_that_ignores_sigterm),
		cmocka_unit_test(more_sigterms_do_not_lengthen_the_patience),
		cmocka_unit_test(never_waits_beyond_the_next_decision),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
