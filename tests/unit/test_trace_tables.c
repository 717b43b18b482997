#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "formats/entries.h"
#include "formats/frame_column.h"
#include "formats/trace_layout.h"
#include "formats/trace_tables.h"

/* Takes a section that begins at id `base`; what is missing before it may be made up. */
static bool takes(uint64_t section, const struct buf *content)
{
	struct trace_tables t;
	bool good;

	trace_tables_start(&t);
	t.is_lossy = true;
	t.gap_budget = UINT64_MAX;
	good = trace_tables_take(&t, section, bytes_of(content->v, content->len));
	trace_tables_release(&t);
	return good;
}

static bool takes_process(uint64_t base)
{
	struct trace_process process = {
		.uid = TRACE_NONE, .comm = "x", .executable = "", .cgroup = ""
	};
	struct buf content = { 0 };
	bool good;

	buf_varint(&content, base);
	entry_put_process(&content, &process);
	good = takes(SECTION_PROCESSES, &content);
	buf_release(&content);
	return good;
}

static bool takes_frame(uint32_t base)
{
	struct trace_frame frame = { .kind = TRACE_FRAME_USER,
				     .module = TRACE_NONE,
				     .name = "f",
				     .name_len = 1,
				     .file = "" };
	struct buf content = { 0 };
	bool good;

	frame_column_put(&content, base, &frame, 1);
	good = takes(SECTION_FRAMES, &content);
	buf_release(&content);
	return good;
}

static void as_many_as_a_writer_may_write_are_taken(void **state)
{
	(void)state;
	assert_true(takes_process(TRACE_ENTRIES_MAX - 1));
	assert_true(takes_frame(TRACE_FRAMES_MAX - 1));
}

static void one_more_is_not(void **state)
{
	(void)state;
	assert_false(takes_process(TRACE_ENTRIES_MAX));
	assert_false(takes_frame(TRACE_FRAMES_MAX));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_many_as_a_writer_may_write_are_taken),
		cmocka_unit_test(one_more_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
