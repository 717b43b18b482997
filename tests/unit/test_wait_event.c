#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "formats/sample_event.h"
#include "formats/wait_event.h"
#include "tests/unit/small_trace.h"
#include "tests/unit/wait_text.h"

static void ways_have_their_names(void **state)
{
	(void)state;
	for (unsigned way = 1; way < WAIT_WAY_CNT; way++)
		assert_int_equal(wait_way_find(wait_way_name((enum wait_way)way)), way);
	assert_int_equal(wait_way_find("cpu"), 0);
	assert_int_equal(wait_way_of_event("offwake"), WAIT_WAY_OFFWAKE);
	assert_int_equal(wait_way_of_event("something"), WAIT_WAY_OFFCPU);
}

static void a_trace_is_drawn_in_its_way_and_those_before(void **state)
{
	struct trace_reader *r = wait_text("event offwake\nslice 0 1 0\nsum a/1 1 - 1 1 0 1\n");
	struct err err = { 0 };
	uint32_t event = 7;

	(void)state;
	for (unsigned way = 1; way <= WAIT_WAY_OFFWAKE; way++) {
		assert_int_equal(wait_event_find(r, (enum wait_way)way, &event, &err), 0);
		assert_int_equal(event, 0);
	}
	event = 7;
	assert_int_equal(wait_event_find(r, WAIT_WAY_CHAIN, &event, &err), -ENOTSUP);
	assert_int_equal(event, 7);
	assert_non_null(strstr(err.text, "'offwake', which holds no chains of wakers"));
	trace_reader_close(r);
}

static void a_trace_without_waits_says_what_records_them(void **state)
{
	struct trace_event cpu = {
		.name = "offcpu", .source = "", .kind = TRACE_EVENT_SAMPLE, .unit = TRACE_UNIT_NS
	};
	char path[] = "/tmp/test_wait_event.XXXXXX";
	struct trace_reader *r = NULL;
	struct trace_writer *w;
	struct err err = { 0 };
	uint32_t event;

	(void)state;
	close(mkstemp(path));
	assert_int_equal(trace_writer_open(&w, path, NULL, &err), 0);
	trace_writer_event(w, &cpu);
	trace_writer_finish(w, TRACE_STOP_IMPORTED, 0, &err);
	trace_writer_publish(w, &err);
	trace_writer_close(w);
	assert_int_equal(trace_reader_open(&r, path, &err), 0);
	unlink(path);
	assert_int_equal(wait_event_find(r, WAIT_WAY_CHAIN, &event, &err), -ENOENT);
	assert_non_null(strstr(err.text, "profile record -e chain"));
	/* Samples that were imported under the name of a way are samples. */
	assert_int_equal(wait_way_meant(r, "offcpu"), 0);
	assert_int_equal(wait_way_meant(r, "wakeup"), WAIT_WAY_WAKEUP);
	trace_reader_close(r);
}

static void samples_come_first_unless_waits_are_named(void **state)
{
	struct trace_reader *both = small_trace(1);
	struct trace_reader *waits = wait_text("event wakeup\nslice 0 1 0\nsum a/1 1 - 1 1 0 1\n");
	struct err err = { 0 };
	uint32_t event;

	(void)state;
	assert_int_equal(wait_way_meant(both, NULL), 0);
	assert_int_equal(wait_way_meant(both, "cpu"), 0);
	assert_int_equal(wait_way_meant(both, "offcpu"), WAIT_WAY_OFFCPU);
	assert_int_equal(wait_way_meant(waits, NULL), WAIT_WAY_WAKEUP);
	assert_int_equal(sample_event_find(waits, NULL, &event, &err), -ENOENT);
	assert_non_null(strstr(err.text, "holds no sampled event, but: wakeup"));
	err = (struct err){ 0 };
	assert_int_equal(sample_event_find(waits, "wakeup", &event, &err), -ENOTSUP);
	assert_non_null(strstr(err.text, "event 'wakeup' has waits, no samples"));
	trace_reader_close(both);
	trace_reader_close(waits);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ways_have_their_names),
		cmocka_unit_test(a_trace_is_drawn_in_its_way_and_those_before),
		cmocka_unit_test(a_trace_without_waits_says_what_records_them),
		cmocka_unit_test(samples_come_first_unless_waits_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
