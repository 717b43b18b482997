#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/io.h"
#include "formats/chunk_walk.h"
#include "tests/unit/scratch_file.h"
#include "tests/unit/wait_text.h"

/* What is left of waits where a chunk of their group is missing. */

/* The bytes of the trace in scratch_path, with chunk `number` broken. */
static void break_chunk(uint32_t number, struct buf *out)
{
	struct trace_source source;
	struct chunk_walk walk;
	struct chunk chunk;
	struct io_view view;
	struct err err = { 0 };

	assert_int_equal(io_view_open(&view, scratch_path, &err), 0);
	buf_put(out, view.v, view.len);
	io_view_close(&view);
	trace_source_open_bytes(&source, out->v, out->len, "broken");
	assert_int_equal(chunk_walk_open(&walk, &source, &err), 0);
	while (chunk_walk_find(&walk, &chunk))
		if (chunk.header.number == number)
			out->v[chunk.at + CHUNK_HEADER_BYTES + 8] ^= 0xff;
	chunk_walk_close(&walk);
	trace_source_close(&source);
}

/* The last sum of a reader, and the reader after its end. */
static struct trace_wait_sum last_sum(struct trace_reader *r)
{
	struct trace_wait_sum sum = { 0 };
	struct trace_record record;
	struct err err = { 0 };
	int got;

	while ((got = trace_reader_next(r, &record, &err)) > 0)
		if (record.kind == TRACE_RECORD_WAIT_SUM)
			sum = record.wait_sum;
	assert_int_equal(got, 0);
	assert_int_equal(trace_reader_totals(r)->lost[TRACE_LOSS_DAMAGED_CHUNKS], 1);
	return sum;
}

static struct trace_reader *open_broken(uint32_t number, struct buf *bytes)
{
	struct trace_reader *r = NULL;
	struct err err = { 0 };

	break_chunk(number, bytes);
	assert_int_equal(trace_reader_open_bytes(&r, bytes->v, bytes->len, "broken", &err), 0);
	return r;
}

static void write_text(const char *text)
{
	struct err err = { 0 };

	assert_int_equal(wait_text_write(scratch_path, text, &err), 0);
}

static void links_that_were_lost_are_somebody(void **state)
{
	struct buf bytes = { 0 };
	struct trace_reader *r;
	struct trace_wait_sum s;
	const struct trace_link *link;

	(void)state;
	write_text("slice 0 1 0\n"
		   "sum web/10 1 a|b 1 6 0 6 < db/20/20 c 6\n"
		   "chunk\n"
		   "sum web/10 1 a|b 1 6 0 6 < db/20/20 c 2 < db/20/20 d 4\n"
		   "chunk\n"
		   "sum web/10 1 a|b 1 6 0 6 < db/20/20 c 1 < db/20/20 d 2 < db/20/20 a 3\n");
	r = open_broken(1, &bytes);
	s = last_sum(r);
	assert_int_equal(s.chain, 2);
	link = trace_reader_link(r, 2);
	assert_int_equal(link->parent, 1);
	link = trace_reader_link(r, 1);
	assert_int_equal(link->context, TRACE_CONTEXT_LOST);
	assert_int_equal(link->parent, TRACE_NONE);
	assert_int_equal(s.link_ns[0], 3000000); /* of both that the lost one stands for */
	assert_int_equal(s.link_ns[1], 3000000);
	assert_int_equal(s.link_ns[2], 0);
	assert_int_equal(trace_reader_totals(r)->wait_cnt, 2);
	trace_reader_close(r);
	buf_release(&bytes);
}

static void slices_that_were_lost_have_no_times(void **state)
{
	struct buf bytes = { 0 };
	struct trace_reader *r;
	struct trace_wait_sum s;

	(void)state;
	write_text("slice 0 1000 0\n"
		   "sum web/10 1 - 1 6 0 6\n"
		   "chunk\n"
		   "slice 1000 2000 0\n"
		   "sum web/10 1 - 1 6 0 6\n"
		   "chunk\n"
		   "sum db/20 1 - 1 6 0 6\n");
	r = open_broken(1, &bytes);
	s = last_sum(r);
	assert_int_equal(s.slice, 1);
	assert_int_equal(trace_reader_slice(r, 1)->end_ns, 0);
	assert_string_equal(trace_reader_process(r, s.process)->comm, "db");
	assert_int_equal(trace_reader_totals(r)->first_ns, WAIT_TEXT_START_NS);
	trace_reader_close(r);
	buf_release(&bytes);
}

static uint32_t put_sum(struct trace_writer *w, uint32_t event, uint32_t parent)
{
	struct trace_link link = { .parent = parent,
				   .thread = TRACE_NONE,
				   .stack = TRACE_NONE,
				   .context = TRACE_CONTEXT_IDLE };
	struct trace_wait_sum sum = { .event = event,
				      .stack = TRACE_NONE,
				      .state = TRACE_WAIT_INTERRUPTIBLE,
				      .cnt = 1,
				      .blocked_ns = 5 };
	const struct trace_process process = { .comm = "x", .executable = "", .cgroup = "" };
	const struct trace_slice slice = { 1000, 2000, 0 };
	struct err err;

	sum.chain = trace_writer_link(w, &link);
	sum.process = trace_writer_process(w, &process);
	sum.slice = trace_writer_slice(w, &slice);
	trace_writer_wait_sum(w, &sum);
	trace_writer_flush(w, &err);
	return sum.chain;
}

static void a_chunk_that_makes_no_sense_leaves_nothing_behind(void **state)
{
	const struct trace_event event = {
		.name = "offcpu", .source = "", .kind = TRACE_EVENT_WAIT, .unit = TRACE_UNIT_NS
	};
	struct trace_reader *r = NULL;
	struct trace_writer *w;
	struct trace_wait_sum s;
	struct err err = { 0 };
	uint32_t chain;

	(void)state;
	assert_int_equal(trace_writer_open(&w, scratch_path, NULL, &err), 0);
	trace_writer_event(w, &event);
	chain = put_sum(w, 0, TRACE_NONE);
	chain = put_sum(w, 77, chain); /* no such event */
	chain = put_sum(w, 0, chain);
	assert_int_equal(trace_writer_finish(w, TRACE_STOP_DURATION, 3000, &err), 0);
	assert_int_equal(trace_writer_publish(w, &err), 0);
	trace_writer_close(w);
	assert_int_equal(trace_reader_open(&r, scratch_path, &err), 0);
	s = last_sum(r);
	assert_int_equal(s.chain, chain);
	assert_int_equal(trace_reader_link(r, 0)->context, TRACE_CONTEXT_IDLE);
	assert_int_equal(trace_reader_link(r, 1)->context, TRACE_CONTEXT_LOST);
	assert_int_equal(trace_reader_link(r, 2)->parent, 1);
	assert_int_equal(s.link_ns[0] + s.link_ns[1], 5);
	assert_int_equal(trace_reader_totals(r)->wait_cnt, 2);
	trace_reader_close(r);
}

/* Whether the first chunk has an empty section of links before its tables. */
static bool is_warned(void)
{
	struct trace_source source;
	struct chunk_walk walk;
	struct bytes content;
	struct chunk chunk;
	struct err err = { 0 };
	uint64_t type;
	bool required, warned = false;

	assert_int_equal(trace_source_open(&source, scratch_path, &err), 0);
	assert_int_equal(chunk_walk_open(&walk, &source, &err), 0);
	assert_true(chunk_walk_next(&walk, &chunk));
	while (chunk_section_take(&chunk.raw, &type, &required, &content) &&
	       type != SECTION_PROCESSES)
		warned |= type == SECTION_LINKS && required && !bytes_left(&content);
	chunk_walk_close(&walk);
	trace_source_close(&source);
	return warned;
}

static void readers_before_waits_are_told_of_later_losses(void **state)
{
	struct trace_reader *r = NULL;
	struct err err = { 0 };

	(void)state;
	write_text("account a/1/1 0 1 1 0 0 0 0 0 0\nloss 10 3\n");
	assert_false(is_warned());
	write_text("account a/1/1 0 1 1 0 0 0 0 0 0\nloss 16 3\n");
	assert_true(is_warned());
	assert_int_equal(trace_reader_open(&r, scratch_path, &err), 0);
	assert_int_equal(trace_reader_totals(r)->lost[TRACE_LOSS_ACCOUNTS], 3);
	assert_true(trace_reader_is_clean(r));
	trace_reader_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(links_that_were_lost_are_somebody),
		cmocka_unit_test(slices_that_were_lost_have_no_times),
		cmocka_unit_test(a_chunk_that_makes_no_sense_leaves_nothing_behind),
		cmocka_unit_test(readers_before_waits_are_told_of_later_losses),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
