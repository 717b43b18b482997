#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "collector/record_options.h"

/* What `record` says of options that go with events which are not recorded. */
static void check(const char *event, const struct record_options *given, const char *words)
{
	struct text_list names = { .v = &event, .cnt = 1 };
	struct record_options o = *given;
	struct chosen_events chosen;
	struct wait_options waits;
	struct err err = { 0 };
	int code;

	o.max_overhead = "1%";
	assert_int_equal(chosen_events_read(&chosen, &names, &err), 0);
	code = record_options_waits(&o, chosen.way, &waits, &err);
	if (!code)
		code = record_options_latencies(&o, waits.keep_hz, &chosen, &err);
	assert_int_equal(code, words ? -EINVAL : 0);
	if (words)
		assert_non_null(strstr(err.text, words));
	else
		assert_int_equal(chosen.latency.keep_per_s > 0, 1);
	chosen_events_release(&chosen);
}

static void an_option_without_its_event_is_refused(void **state)
{
	(void)state;
	check("cpu", &(struct record_options){ .keep = "10/s" }, "--keep is about waits and");
	check("cpu", &(struct record_options){ .slower_ns = 1 }, "--slower is about latencies");
	check("offcpu", &(struct record_options){ .slower_ns = 1 }, "--slower is about latencies");
	check("open", &(struct record_options){ .with_args = true }, "add -e exec");
	check("block", &(struct record_options){ .min_block_ns = 1 }, "--min-block is about waits");
}

static void an_option_with_its_event_is_taken(void **state)
{
	(void)state;
	check("cpu", &(struct record_options){ 0 }, NULL);
	check("offcpu", &(struct record_options){ .keep = "10/s", .min_block_ns = 1 }, NULL);
	check("block", &(struct record_options){ .keep = "10/s", .slower_ns = 1 }, NULL);
	check("exec", &(struct record_options){ .with_args = true }, NULL);
	check("latency:kprobe:vfs_read", &(struct record_options){ .slower_ns = 1 }, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_option_without_its_event_is_refused),
		cmocka_unit_test(an_option_with_its_event_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
