#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/buf.h"
#include "formats/folded_import.h"
#include "formats/trace_reader.h"
#include "tests/unit/scratch_file.h"

#define LINES 1040 /* of nearly as many frames as a stack may have */
#define FRAMES 4080

static void frames_of_few_lines_may_be_more_than_a_group_holds(void **state)
{
	static const struct trace_event event = {
		.name = "cpu", .source = "", .kind = TRACE_EVENT_SAMPLE, .unit = TRACE_UNIT_SAMPLES
	};
	struct folded_counts counts;
	struct trace_record record;
	struct trace_reader *r;
	struct buf text = { 0 };
	struct err err = { 0 };
	unsigned samples = 0;

	(void)state;
	assert_true((uint64_t)LINES * FRAMES > TRACE_FRAMES_MAX);
	for (unsigned i = 0; i < LINES; i++) {
		buf_puts(&text, "p");
		for (unsigned k = 0; k < FRAMES; k++) {
			char name[] = ";aaaaa";

			for (unsigned id = i * FRAMES + k, at = 5; id; id /= 26)
				name[at--] = (char)('a' + id % 26);
			buf_puts(&text, name);
		}
		buf_puts(&text, " 1\n");
	}
	assert_int_equal(folded_import((const char *)text.v, text.len, &event, 1, scratch_path,
				       &counts, &err),
			 0);
	buf_release(&text);
	assert_int_equal(trace_reader_open(&r, scratch_path, &err), 0);
	while (trace_reader_next(r, &record, &err) > 0)
		samples += record.kind == TRACE_RECORD_SAMPLE;
	assert_int_equal(samples, LINES);
	assert_true(trace_reader_is_clean(r));
	trace_reader_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_of_few_lines_may_be_more_than_a_group_holds),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
