#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "collector/perf_record.h"

static const struct perf_event_header *finish(struct buf *b, uint32_t type, uint16_t misc)
{
	struct perf_event_header *h;

	while (b->len % 8)
		buf_u8(b, 0);
	h = (struct perf_event_header *)b->v;
	h->type = type;
	h->misc = misc;
	h->size = (uint16_t)b->len;
	return h;
}

static void start(struct buf *b)
{
	buf_clear(b);
	buf_u64(b, 0); /* the header, set by finish() */
}

static void put_trailer(struct buf *b)
{
	while (b->len % 8)
		buf_u8(b, 0);
	buf_u32(b, 11);
	buf_u32(b, 12);
	buf_u64(b, 5000);
	buf_u32(b, 3);
	buf_u32(b, 0);
}

static void takes_a_raw_sample_apart(void **state)
{
	struct buf b = { 0 };
	struct perf_record r;

	(void)state;
	start(&b);
	put_trailer(&b); /* the same fields stand in front of raw bytes */
	buf_u32(&b, 4);
	buf_put(&b, "abcd", 4);
	assert_true(perf_record_decode(finish(&b, PERF_RECORD_SAMPLE, 0), &r));
	assert_int_equal(r.pid, 11);
	assert_int_equal(r.tid, 12);
	assert_int_equal(r.time_ns, 5000);
	assert_int_equal(r.cpu, 3);
	assert_int_equal(r.raw.len, 4);
	assert_memory_equal(r.raw.bytes, "abcd", 4);
	buf_release(&b);
}

static void put_mapping(struct buf *b, const char *path, size_t path_len)
{
	start(b);
	buf_u32(b, 21);
	buf_u32(b, 22);
	buf_u64(b, 0x1000);
	buf_u64(b, 0x2000);
	buf_u64(b, 0x3000);
	buf_u32(b, 8);
	buf_u32(b, 1);
	buf_u64(b, 77);
	buf_u64(b, 0);
	buf_u64(b, 0);
	buf_put(b, path, path_len);
}

static void knows_a_mapping_by_its_inode(void **state)
{
	struct buf b = { 0 };
	struct perf_record r;

	(void)state;
	put_mapping(&b, "/lib/x.so", 10);
	put_trailer(&b);
	assert_true(perf_record_decode(finish(&b, PERF_RECORD_MMAP2, 0), &r));
	assert_int_equal(r.pid, 21);
	assert_int_equal(r.map.start, 0x1000);
	assert_int_equal(r.map.len, 0x2000);
	assert_int_equal(r.map.file_offset, 0x3000);
	assert_int_equal(r.map.inode, 77);
	assert_int_equal(r.map.build_id_len, 0);
	assert_string_equal(r.map.path, "/lib/x.so");
	assert_int_equal(r.time_ns, 5000);
	buf_release(&b);
}

static void knows_a_mapping_by_its_build_id(void **state)
{
	struct buf b = { 0 };
	struct perf_record r;

	(void)state;
	put_mapping(&b, "/lib/x.so", 10);
	b.v[40] = 20;
	memset(b.v + 44, 0xab, 20);
	put_trailer(&b);
	assert_true(perf_record_decode(finish(&b, PERF_RECORD_MMAP2, 1 << 14), &r));
	assert_int_equal(r.map.build_id_len, 20);
	assert_int_equal(r.map.build_id[19], 0xab);
	assert_int_equal(r.map.inode, 0);
	b.v[40] = 21;
	assert_false(perf_record_decode((struct perf_event_header *)b.v, &r));
	buf_release(&b);
}

static void refuses_text_without_an_end(void **state)
{
	struct buf b = { 0 };
	struct perf_record r;

	(void)state;
	put_mapping(&b, "12345678", 8);
	put_trailer(&b);
	assert_false(perf_record_decode(finish(&b, PERF_RECORD_MMAP2, 0), &r));
	buf_release(&b);
}

static void refuses_a_mapping_that_wraps_around(void **state)
{
	struct buf b = { 0 };
	struct perf_record r;

	(void)state;
	put_mapping(&b, "/x", 3);
	memset(b.v + 16, 0xff, 16);
	put_trailer(&b);
	assert_false(perf_record_decode(finish(&b, PERF_RECORD_MMAP2, 0), &r));
	buf_release(&b);
}

/* A record in memory of exactly its size, so that a sanitizer sees any step beyond it. */
static struct perf_event_header *alone(const struct buf *b, uint32_t type)
{
	struct perf_event_header *h = (void *)mem_dup((const char *)b->v, b->len);

	h = mem_resize(h, 1, b->len);
	h->type = type;
	h->size = (uint16_t)b->len;
	return h;
}

static void every_cut_is_refused_or_harmless(void **state)
{
	static const uint32_t types[] = { PERF_RECORD_SAMPLE, PERF_RECORD_MMAP2, PERF_RECORD_COMM,
					  PERF_RECORD_FORK,   PERF_RECORD_LOST,	 PERF_RECORD_EXIT,
					  PERF_RECORD_KSYMBOL };
	struct perf_event_header *h;
	struct buf b = { 0 };

	(void)state;
	for (size_t t = 0; t < sizeof(types) / sizeof(*types); t++) {
		for (uint16_t size = sizeof(*h); size < 160; size += 8) {
			struct perf_record r;

			buf_clear(&b);
			for (uint16_t i = 0; i < size; i++)
				buf_u8(&b, (uint8_t)(i * 37));
			h = alone(&b, types[t]);
			if (size < sizeof(*h) + 24)
				assert_false(perf_record_decode(h, &r));
			else
				perf_record_decode(h, &r);
			free(h);
		}
	}
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_a_raw_sample_apart),
		cmocka_unit_test(knows_a_mapping_by_its_inode),
		cmocka_unit_test(knows_a_mapping_by_its_build_id),
		cmocka_unit_test(refuses_text_without_an_end),
		cmocka_unit_test(refuses_a_mapping_that_wraps_around),
		cmocka_unit_test(every_cut_is_refused_or_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
