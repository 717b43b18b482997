#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "tests/unit/scratch_file.h"
#include "tests/unit/trace_sample.h"

/*
 * A thread that sits in one place has nearly the same stack in each sample, and most of a
 * stack may be zeros: copies of it shrink to a thousandth, and are no less true for that.
 */
#define COPIES 2500
#define COPY_BYTES 61440
#define REGISTERS 17

static void write_copies(struct trace_writer *w)
{
	struct trace_process process = maker_process(1);
	uint64_t registers[REGISTERS] = { 0 };
	uint8_t *bytes = mem_alloc(1, COPY_BYTES);
	struct trace_module module = { .kind = TRACE_MODULE_COPY, .path = "" };
	struct trace_copy copy = { .mappings = TRACE_NONE,
				   .register_cnt = REGISTERS,
				   .registers = registers,
				   .bytes = bytes,
				   .len = COPY_BYTES };
	struct err err = { 0 };

	for (uint64_t i = 0; i < COPIES; i++) {
		module.process = trace_writer_process(w, &process);
		copy.module = trace_writer_module(w, &module);
		copy.id = i + 1;
		memcpy(bytes + 64, &i, sizeof(i));
		trace_writer_copy(w, &copy);
		if (i % 250 == 0)
			assert_int_equal(trace_writer_flush(w, &err), 0);
	}
	free(bytes);
}

static void copies_that_hardly_differ_all_come_back(void **state)
{
	struct trace_writer *w;
	struct trace_reader *r;
	struct trace_record record;
	struct err err = { 0 };
	uint64_t seen = 0;

	(void)state;
	assert_int_equal(
		trace_writer_open(&w, scratch_path, &(struct trace_writer_options){ 0 }, &err), 0);
	maker_facts(w);
	assert_int_equal(trace_writer_publish(w, &err), 0);
	write_copies(w);
	assert_int_equal(trace_writer_finish(w, TRACE_STOP_SIGNAL, 0, &err), 0);
	trace_writer_close(w);
	assert_int_equal(trace_reader_open(&r, scratch_path, &err), 0);
	assert_true(trace_reader_bytes(r) < (uint64_t)COPIES * COPY_BYTES / 300);
	while (trace_reader_next(r, &record, &err) > 0)
		if (record.kind == TRACE_RECORD_COPY)
			assert_int_equal(record.copy.id, ++seen);
	assert_int_equal(seen, COPIES);
	assert_true(trace_reader_is_clean(r));
	trace_reader_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies_that_hardly_differ_all_come_back),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
