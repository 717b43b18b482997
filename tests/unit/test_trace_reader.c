#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/io.h"
#include "formats/chunk_walk.h"
#include "tests/unit/scratch_file.h"
#include "tests/unit/trace_sample.h"

static const struct trace_shape small = {
	.seed = 7, .seconds = 5, .hz = 99, .cpus = 2, .depth = 20, .unique_pct = 30
};

static void digests_of(const char *file, struct digests *out, unsigned *out_damaged)
{
	struct trace_reader *r;
	struct trace_record record;
	struct err err = { 0 };
	int got;

	*out = (struct digests){ 0 };
	assert_int_equal(trace_reader_open(&r, file, &err), 0);
	while ((got = trace_reader_next(r, &record, &err)) > 0) {
		bool damaged;

		if (record.kind != TRACE_RECORD_SAMPLE)
			continue;
		*vec_push(out) = digest_sample(r, &record.sample, &damaged);
		*out_damaged += damaged;
	}
	assert_int_equal(got, 0);
	assert_true(trace_reader_is_clean(r));
	assert_int_equal(trace_reader_totals(r)->sample_cnt, out->cnt);
	trace_reader_close(r);
}

static void round_trip(const struct trace_shape *shape)
{
	struct trace_maker maker;
	struct digests got;
	unsigned damaged = 0;
	struct err err = { 0 };

	assert_int_equal(maker_write(&maker, shape, scratch_path, &err), 0);
	digests_of(scratch_path, &got, &damaged);
	assert_int_equal(damaged, 0);
	assert_int_equal(got.cnt, maker.digests.cnt);
	qsort(got.v, got.cnt, sizeof(*got.v), digest_compare);
	qsort(maker.digests.v, maker.digests.cnt, sizeof(*got.v), digest_compare);
	assert_memory_equal(got.v, maker.digests.v, got.cnt * sizeof(*got.v));
	vec_release(&got);
	vec_release(&maker.digests);
}

static void reads_every_sample_as_it_was_written(void **state)
{
	(void)state;
	round_trip(&small);
}

static void reads_a_trace_of_many_groups(void **state)
{
	struct trace_shape shape = small;

	(void)state;
	shape.group_bytes = 2000;
	round_trip(&shape);
}

static void reads_seconds_that_need_many_chunks(void **state)
{
	struct trace_shape shape = small;

	(void)state;
	shape.hz = 20000;
	shape.seconds = 2;
	shape.unique_pct = 75;
	round_trip(&shape);
}

/* The bytes of a small trace, and where its chunks begin. */
struct specimen {
	struct buf bytes;
	struct {
		VEC(struct chunk);
	} chunks;
};

static void specimen_make(struct specimen *s, const struct trace_shape *shape)
{
	struct trace_maker maker;
	struct trace_source source;
	struct chunk_walk walk;
	struct chunk chunk;
	struct io_view view;
	struct err err = { 0 };

	*s = (struct specimen){ 0 };
	assert_int_equal(maker_write(&maker, shape, scratch_path, &err), 0);
	vec_release(&maker.digests);
	assert_int_equal(io_view_open(&view, scratch_path, &err), 0);
	buf_put(&s->bytes, view.v, view.len);
	io_view_close(&view);
	trace_source_open_bytes(&source, s->bytes.v, s->bytes.len, "specimen");
	assert_int_equal(chunk_walk_open(&walk, &source, &err), 0);
	while (chunk_walk_find(&walk, &chunk))
		*vec_push(&s->chunks) = chunk;
	chunk_walk_close(&walk);
	trace_source_close(&source);
}

static void specimen_release(struct specimen *s)
{
	buf_release(&s->bytes);
	vec_release(&s->chunks);
}

struct counts {
	unsigned samples;
	unsigned damaged;
	unsigned key_frames;
	struct trace_totals totals;
	bool is_clean;
	char arch[16];
	char event[16];
};

static struct counts read_counts(const struct buf *bytes)
{
	struct trace_reader *r;
	struct trace_record record;
	struct counts c = { 0 };
	struct err err = { 0 };

	assert_int_equal(trace_reader_open_bytes(&r, bytes->v, bytes->len, "specimen", &err), 0);
	while (trace_reader_next(r, &record, &err) > 0) {
		bool damaged = false;

		c.key_frames += record.kind == TRACE_RECORD_KEY_FRAME;
		if (record.kind != TRACE_RECORD_SAMPLE)
			continue;
		digest_sample(r, &record.sample, &damaged);
		c.samples++;
		c.damaged += damaged;
	}
	c.totals = *trace_reader_totals(r);
	c.is_clean = trace_reader_is_clean(r);
	snprintf(c.arch, sizeof(c.arch), "%s", trace_reader_fact(r, TRACE_FACT_ARCH));
	if (trace_reader_event_cnt(r))
		snprintf(c.event, sizeof(c.event), "%s", trace_reader_event(r, 0)->name);
	trace_reader_close(r);
	return c;
}

static void damaged_chunk_costs_its_own_samples_and_marks_what_needed_it(void **state)
{
	struct specimen s;
	struct counts c;

	(void)state;
	specimen_make(&s, &small);
	s.bytes.v[s.chunks.v[1].at + 100] ^= 4; /* the first second, with most of the tables */
	c = read_counts(&s.bytes);
	assert_int_equal(c.samples, 990 - 198);
	assert_true(c.damaged > 0 && c.damaged <= c.samples);
	assert_false(c.is_clean);
	assert_int_equal(c.totals.lost[TRACE_LOSS_DAMAGED_CHUNKS], 1);
	assert_int_equal(c.totals.lost[TRACE_LOSS_DAMAGED_BYTES],
			 chunk_bytes(&s.chunks.v[1].header));
	specimen_release(&s);
}

static void damage_ends_with_its_group(void **state)
{
	struct trace_shape shape = small;
	struct specimen s;
	struct counts c;

	(void)state;
	shape.group_bytes = 1; /* each second is a group */
	specimen_make(&s, &shape);
	s.bytes.v[s.chunks.v[2].at + 100] ^= 4;
	c = read_counts(&s.bytes);
	assert_int_equal(c.samples, 990 - 198);
	assert_int_equal(c.damaged, 0);
	specimen_release(&s);
}

static void facts_and_events_survive_the_only_key_frame(void **state)
{
	struct specimen s;
	struct counts c;

	(void)state;
	specimen_make(&s, &small);
	s.bytes.v[s.chunks.v[0].at + 3] ^= 1; /* its sync mark: not even its header is found */
	c = read_counts(&s.bytes);
	assert_string_equal(c.arch, "x86_64");
	assert_string_equal(c.event, "cpu");
	assert_int_equal(c.samples, 990);
	assert_int_equal(c.totals.lost[TRACE_LOSS_DAMAGED_CHUNKS], 1);
	specimen_release(&s);
}

static void damaged_header_of_the_file_is_done_without(void **state)
{
	struct specimen s;
	struct counts c;

	(void)state;
	specimen_make(&s, &small);
	memset(s.bytes.v, 0, TRACE_HEADER_BYTES);
	c = read_counts(&s.bytes);
	assert_int_equal(c.samples, 990);
	assert_int_equal(c.damaged, 0);
	assert_false(c.is_clean);
	specimen_release(&s);
}

static void chunk_that_comes_twice_counts_once(void **state)
{
	struct specimen s;
	struct counts c;
	struct buf twice = { 0 };
	size_t end;

	(void)state;
	specimen_make(&s, &small);
	end = s.chunks.v[3].at;
	buf_put(&twice, s.bytes.v, end);
	buf_put(&twice, s.bytes.v + s.chunks.v[2].at, end - s.chunks.v[2].at);
	buf_put(&twice, s.bytes.v + end, s.bytes.len - end);
	c = read_counts(&twice);
	assert_int_equal(c.samples, 990);
	assert_false(c.is_clean);
	buf_release(&twice);
	specimen_release(&s);
}

static void garbage_between_chunks_is_counted_and_passed_over(void **state)
{
	struct specimen s;
	struct counts c;
	struct buf dirty = { 0 };
	size_t at;

	(void)state;
	specimen_make(&s, &small);
	at = s.chunks.v[2].at;
	buf_put(&dirty, s.bytes.v, at);
	for (unsigned i = 0; i < 100; i++)
		buf_put(&dirty, CHUNK_SYNC, CHUNK_SYNC_BYTES);
	buf_put(&dirty, s.bytes.v + at, s.bytes.len - at);
	c = read_counts(&dirty);
	assert_int_equal(c.samples, 990);
	assert_int_equal(c.damaged, 0);
	assert_int_equal(c.totals.lost[TRACE_LOSS_DAMAGED_BYTES], 400);
	buf_release(&dirty);
	specimen_release(&s);
}

/* A trace of one chunk with this content. */
static int open_content(const struct buf *raw, uint8_t type, uint8_t flags, struct err *err)
{
	struct chunk_packer *packer = chunk_packer_new(1);
	struct chunk_header h = { .type = type, .flags = flags };
	struct trace_reader *r;
	struct trace_record record;
	struct specimen s;
	int got;

	specimen_make(&s, &small);
	h.file_id = s.chunks.v[0].header.file_id;
	s.bytes.len = TRACE_HEADER_BYTES;
	chunk_pack(packer, &h, raw->v, raw->len, &s.bytes);
	chunk_packer_free(packer);
	assert_int_equal(trace_reader_open_bytes(&r, s.bytes.v, s.bytes.len, "made", err), 0);
	while ((got = trace_reader_next(r, &record, err)) > 0)
		;
	trace_reader_close(r);
	specimen_release(&s);
	return got;
}

static void refuses_by_name_what_it_must_know_and_skips_the_rest(void **state)
{
	struct buf raw = { 0 }, content = { 0 };
	struct err err = { 0 };

	(void)state;
	buf_puts(&content, "from the future");
	chunk_section_put(&raw, 99, false, &content);
	assert_int_equal(open_content(&raw, CHUNK_RECORDS, CHUNK_KEY_FRAME, &err), 0);
	assert_int_equal(open_content(&raw, 77, 0, &err), 0);
	assert_int_equal(open_content(&raw, 77, CHUNK_REQUIRED, &err), -ENOTSUP);
	assert_non_null(strstr(err.text, "type 77"));
	err_clear(&err);
	chunk_section_put(&raw, 98, true, &content);
	assert_int_equal(open_content(&raw, CHUNK_RECORDS, CHUNK_KEY_FRAME, &err), -ENOTSUP);
	assert_non_null(strstr(err.text, "type 98"));
	buf_release(&raw);
	buf_release(&content);
}

static void refuses_what_is_no_trace(void **state)
{
	static const char text[] = "#!/bin/sh\necho this is not a trace at all, by no means\n";
	struct trace_reader *r;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(trace_reader_open_bytes(&r, text, sizeof(text), "script", &err), -EBADMSG);
	assert_non_null(strstr(err.text, "script"));
	assert_int_equal(trace_reader_open_bytes(&r, "", 0, "empty", NULL), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_every_sample_as_it_was_written),
		cmocka_unit_test(reads_a_trace_of_many_groups),
		cmocka_unit_test(reads_seconds_that_need_many_chunks),
		cmocka_unit_test(damaged_chunk_costs_its_own_samples_and_marks_what_needed_it),
		cmocka_unit_test(damage_ends_with_its_group),
		cmocka_unit_test(facts_and_events_survive_the_only_key_frame),
		cmocka_unit_test(damaged_header_of_the_file_is_done_without),
		cmocka_unit_test(chunk_that_comes_twice_counts_once),
		cmocka_unit_test(garbage_between_chunks_is_counted_and_passed_over),
		cmocka_unit_test(refuses_by_name_what_it_must_know_and_skips_the_rest),
		cmocka_unit_test(refuses_what_is_no_trace),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
