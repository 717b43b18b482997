#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/io.h"
#include "formats/chunk_walk.h"
#include "tests/unit/scratch_file.h"
#include "tests/unit/trace_sample.h"

static unsigned reads; /* since it was last set to 0 */

/* Stands in for libc's, to count what a walk costs. */
ssize_t pread(int fd, void *out, size_t len, off_t at)
{
	reads++;
	return syscall(SYS_pread64, fd, out, len, at);
}

static void make_trace(struct buf *out)
{
	static const struct trace_shape small = {
		.seed = 3, .seconds = 4, .hz = 99, .cpus = 2, .depth = 12, .unique_pct = 20
	};
	struct trace_maker maker;
	struct io_view view;
	struct err err = { 0 };

	assert_int_equal(maker_write(&maker, &small, scratch_path, &err), 0);
	vec_release(&maker.digests);
	assert_int_equal(io_view_open(&view, scratch_path, &err), 0);
	buf_put(out, view.v, view.len);
	io_view_close(&view);
}

static void write_file(const struct buf *bytes)
{
	struct io_output out;
	struct err err = { 0 };

	assert_int_equal(io_output_open(&out, scratch_path, 0600, &err), 0);
	assert_int_equal(io_output_write(&out, bytes->v, bytes->len, &err), 0);
	assert_int_equal(io_output_keep(&out, &err), 0);
	assert_int_equal(io_output_close(&out, &err), 0);
}

struct walked {
	unsigned chunks;
	uint64_t third_at;
	uint64_t damaged_chunks;
	uint64_t damaged_bytes;
};

static struct walked walk_through(void)
{
	struct trace_source source;
	struct chunk_walk walk;
	struct chunk chunk;
	struct err err = { 0 };
	struct walked got = { 0 };

	assert_int_equal(trace_source_open(&source, scratch_path, &err), 0);
	assert_int_equal(chunk_walk_open(&walk, &source, &err), 0);
	reads = 0;
	while (chunk_walk_find(&walk, &chunk))
		if (++got.chunks == 3)
			got.third_at = chunk.at;
	got.damaged_chunks = walk.damaged_chunks;
	got.damaged_bytes = walk.damaged_bytes;
	chunk_walk_close(&walk);
	trace_source_close(&source);
	return got;
}

/* Writes the trace with `cnt` copies of its first chunk's header before its third chunk. */
static void put_headers_between(unsigned cnt)
{
	struct buf clean = { 0 }, dirty = { 0 };
	uint64_t at;

	make_trace(&clean);
	at = walk_through().third_at;
	buf_put(&dirty, clean.v, at);
	for (unsigned i = 0; i < cnt; i++)
		buf_put(&dirty, clean.v + TRACE_HEADER_BYTES, CHUNK_HEADER_BYTES);
	buf_put(&dirty, clean.v + at, clean.len - at);
	write_file(&dirty);
	buf_release(&clean);
	buf_release(&dirty);
}

static void headers_that_are_passed_over_cost_no_reads(void **state)
{
	struct walked clean, dirty;
	unsigned cnt = 20000;

	(void)state;
	put_headers_between(0);
	clean = walk_through();
	put_headers_between(cnt);
	dirty = walk_through();
	assert_in_range(reads, 1, 100);
	assert_int_equal(dirty.chunks, clean.chunks);
	assert_int_equal(dirty.damaged_bytes, (uint64_t)cnt * CHUNK_HEADER_BYTES);
}

/* Blocks of 64 KiB overlap: a chunk is found wherever one of them ends. */
static void finds_a_chunk_behind_garbage_of_any_length(void **state)
{
	struct buf clean = { 0 };
	struct walked want, got;

	(void)state;
	make_trace(&clean);
	want = walk_through();
	for (size_t len = 65536 - 60; len < 65536 + 20; len++) {
		struct buf dirty = { 0 };

		buf_put(&dirty, clean.v, want.third_at);
		for (size_t i = 0; i < len; i++)
			buf_u8(&dirty, (uint8_t)i);
		buf_put(&dirty, clean.v + want.third_at, clean.len - want.third_at);
		write_file(&dirty);
		buf_release(&dirty);
		got = walk_through();
		assert_int_equal(got.chunks, want.chunks);
		assert_int_equal(got.damaged_bytes, len);
		assert_int_equal(got.damaged_chunks, 0);
	}
	buf_release(&clean);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_that_are_passed_over_cost_no_reads),
		cmocka_unit_test(finds_a_chunk_behind_garbage_of_any_length),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
