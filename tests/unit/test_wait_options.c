#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "bpf/wait.h"
#include "collector/wait_options.h"

static const struct text_list no_states;

static int read_words(struct wait_options *out, const char *overhead, const char *keep)
{
	const struct wait_words words = { &no_states, overhead, keep, 0, 0 };

	return wait_options_read(out, &words, NULL);
}

static void reads_a_percentage(void **state)
{
	struct wait_options o;

	(void)state;
	assert_int_equal(read_words(&o, "1%", "1000/s"), 0);
	assert_int_equal(o.overhead_ppm, 10000);
	assert_int_equal(read_words(&o, "0.5 %", "0"), 0);
	assert_int_equal(o.overhead_ppm, 5000);
	assert_int_equal(read_words(&o, "0", "0"), 0);
	assert_int_equal(o.overhead_ppm, 0);
	assert_int_equal(read_words(&o, "100", "0"), 0);
	assert_int_equal(read_words(&o, "101%", "0"), -EINVAL);
	assert_int_equal(read_words(&o, "-1%", "0"), -EINVAL);
	assert_int_equal(read_words(&o, "1%%", "0"), -EINVAL);
	assert_int_equal(read_words(&o, "nan", "0"), -EINVAL);
	assert_int_equal(read_words(&o, "", "0"), -EINVAL);
}

static void reads_a_rate(void **state)
{
	struct wait_options o;

	(void)state;
	assert_int_equal(read_words(&o, "1%", "1000/s"), 0);
	assert_int_equal(o.keep_hz, 1000);
	assert_int_equal(read_words(&o, "1%", "2k"), 0);
	assert_int_equal(o.keep_hz, 2000);
	assert_int_equal(read_words(&o, "1%", "10/m"), -EINVAL);
	assert_int_equal(read_words(&o, "1%", "/s"), -EINVAL);
	assert_int_equal(read_words(&o, "1%", "2M"), -EINVAL);
}

static void states_are_all_unless_some_are_named(void **state)
{
	struct text_list some = { .v = (const char *[]){ "idle", "preempted" }, .cnt = 2 };
	struct text_list wrong = { .v = (const char *[]){ "asleep" }, .cnt = 1 };
	struct wait_words words = { &no_states, "1%", "0", 0, 0 };
	struct wait_options o;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(wait_options_read(&o, &words, NULL), 0);
	assert_int_equal(o.states, 0x7e);
	words.states = &some;
	assert_int_equal(wait_options_read(&o, &words, NULL), 0);
	assert_int_equal(o.states, 1 << ABI_WAIT_IDLE | 1 << ABI_WAIT_PREEMPTED);
	words.states = &wrong;
	assert_int_equal(wait_options_read(&o, &words, &err), -EINVAL);
	assert_non_null(strstr(err.text, "asleep"));
}

static void refuses_limits_that_no_wait_passes(void **state)
{
	struct wait_words words = { &no_states, "1%", "0", 2000, 1000 };
	struct wait_options o;

	(void)state;
	assert_int_equal(wait_options_read(&o, &words, NULL), -EINVAL);
	words.max_ns = 2000;
	assert_int_equal(wait_options_read(&o, &words, NULL), 0);
}

static void only_ways_with_wakers_have_links(void **state)
{
	(void)state;
	assert_int_equal(wait_options_depth(WAIT_WAY_OFFCPU), 0);
	assert_int_equal(wait_options_depth(WAIT_WAY_WAKEUP), 1);
	assert_int_equal(wait_options_depth(WAIT_WAY_OFFWAKE), 1);
	assert_int_equal(wait_options_depth(WAIT_WAY_CHAIN), ABI_CHAIN_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_percentage),
		cmocka_unit_test(reads_a_rate),
		cmocka_unit_test(states_are_all_unless_some_are_named),
		cmocka_unit_test(refuses_limits_that_no_wait_passes),
		cmocka_unit_test(only_ways_with_wakers_have_links),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
