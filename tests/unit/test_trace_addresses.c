#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "formats/name_table.h"
#include "formats/trace_reader.h"
#include "formats/trace_writer.h"
#include "symbolize/trace_addresses.h"
#include "tests/unit/scratch_file.h"

/* What a trace asks names for, where it holds nothing but waits. */

#define BLOCKED_OFFSET 0x1000
#define WAKER_OFFSET 0x2000
#define SINGLE_OFFSET 0x3000

static const struct trace_module module = { .kind = TRACE_MODULE_FILE,
					    .path = "/usr/bin/app",
					    .build_id = { 0xa9, 0x90 },
					    .build_id_len = 2,
					    .process = TRACE_NONE };

static uint32_t stack_at(struct trace_writer *w, uint64_t offset)
{
	const struct trace_frame frame = { .kind = TRACE_FRAME_USER,
					   .module = trace_writer_module(w, &module),
					   .offset = offset,
					   .name = "",
					   .file = "" };

	return trace_writer_node(w, TRACE_NONE, trace_writer_frame(w, &frame));
}

static void write_waits(struct trace_writer *w, uint32_t event)
{
	const struct trace_process process = { .comm = "app", .executable = "", .cgroup = "" };
	const struct trace_slice slice = { 1000, 2000, 0 };
	struct trace_thread thread = { .tid = 1, .comm = "app" };
	struct trace_link link = { .parent = TRACE_NONE, .context = TRACE_CONTEXT_TASK };
	struct trace_wait_sum sum = { .event = event, .state = TRACE_WAIT_INTERRUPTIBLE, .cnt = 1 };
	struct trace_wait wait = { .event = event,
				   .state = TRACE_WAIT_INTERRUPTIBLE,
				   .why = TRACE_WAIT_ALONE,
				   .chain = TRACE_NONE };

	sum.process = thread.process = trace_writer_process(w, &process);
	wait.thread = link.thread = trace_writer_thread(w, &thread);
	link.stack = stack_at(w, WAKER_OFFSET);
	sum.slice = trace_writer_slice(w, &slice);
	sum.stack = stack_at(w, BLOCKED_OFFSET);
	sum.chain = trace_writer_link(w, &link);
	trace_writer_wait_sum(w, &sum);
	wait.stack = stack_at(w, SINGLE_OFFSET);
	trace_writer_wait(w, &wait);
}

static void addresses_of_waits_and_wakers_are_asked_for(void **state)
{
	const struct trace_event event = {
		.name = "chain", .source = "", .kind = TRACE_EVENT_WAIT, .unit = TRACE_UNIT_NS
	};
	struct name_table *names = name_table_new();
	struct trace_addresses found;
	struct trace_reader *r = NULL;
	struct trace_writer *w;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(trace_writer_open(&w, scratch_path, NULL, &err), 0);
	write_waits(w, trace_writer_event(w, &event));
	assert_int_equal(trace_writer_finish(w, TRACE_STOP_DURATION, 3000, &err), 0);
	assert_int_equal(trace_writer_publish(w, &err), 0);
	trace_writer_close(w);
	assert_int_equal(trace_reader_open(&r, scratch_path, &err), 0);
	assert_int_equal(trace_addresses_collect(&found, r, names, 1 << 20, &err), 0);
	assert_int_equal(found.cnt, 1);
	assert_int_equal(found.v[0].offsets.cnt, 3);
	assert_int_equal(found.v[0].offsets.v[0], BLOCKED_OFFSET);
	assert_int_equal(found.v[0].offsets.v[1], WAKER_OFFSET);
	assert_int_equal(found.v[0].offsets.v[2], SINGLE_OFFSET);
	trace_addresses_release(&found);
	trace_reader_close(r);
	name_table_free(names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_of_waits_and_wakers_are_asked_for),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
