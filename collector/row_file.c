#include "collector/row_file.h"

#include <endian.h>
#include <string.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "formats/checksum.h"

#define MARK "rows 06\n"
#define MARK_BYTES 8
#define SUMMED_AT 16 /* behind the mark and the checksum */
#define COUNTS_BYTES 36

static size_t rest_bytes(const struct unwind_rows *r)
{
	return r->segment_cnt * sizeof(r->segments[0]) + r->rule_cnt * sizeof(r->rules[0]) +
	       (size_t)r->row_cnt * sizeof(r->rows[0]) +
	       ((size_t)r->block_cnt + 1) * sizeof(r->blocks[0]);
}

/* The checksum's place is left for last: large rows are there once, not twice. */
void row_file_put(struct buf *out, const struct unwind_rows *r)
{
	size_t at = out->len;
	uint64_t sum = 0;

	buf_reserve(out, SUMMED_AT + COUNTS_BYTES + rest_bytes(r));
	buf_put(out, MARK, MARK_BYTES);
	buf_u64(out, sum);
	buf_u64(out, r->start);
	buf_u32(out, r->block_cnt);
	buf_u32(out, r->row_cnt);
	buf_u32(out, r->rule_cnt);
	buf_u32(out, r->segment_cnt);
	buf_u32(out, r->fde_cnt);
	buf_u32(out, r->bad_cnt);
	buf_u32(out, r->unsupported_cnt);
	buf_put(out, r->segments, r->segment_cnt * sizeof(r->segments[0]));
	buf_put(out, r->rules, r->rule_cnt * sizeof(r->rules[0]));
	buf_put(out, r->rows, (size_t)r->row_cnt * sizeof(r->rows[0]));
	buf_put(out, r->blocks, ((size_t)r->block_cnt + 1) * sizeof(r->blocks[0]));
	sum = htole64(checksum_long(out->v + at + SUMMED_AT, out->len - at - SUMMED_AT, 0));
	memcpy(out->v + at + MARK_BYTES, &sum, sizeof(sum));
}

static bool rule_is_good(const struct unwind_rule *r)
{
	return r->kind <= UNWIND_LEAF && r->reg < UNWIND_RIP && r->rbp <= UNWIND_RBP_LOST &&
	       r->ra_reg <= UNWIND_RIP;
}

static bool segment_is_good(const struct unwind_rows *r, const struct unwind_segment *s)
{
	uint64_t size = (uint64_t)r->block_cnt << UNWIND_BLOCK_BITS;

	return s->address >= r->start && s->size <= size &&
	       s->address - r->start <= size - s->size && s->size <= UINT64_MAX - s->offset;
}

static bool block_is_good(const struct unwind_rows *r, uint32_t block)
{
	uint32_t first = r->blocks[block], end = r->blocks[block + 1];

	if (first > end || end > r->row_cnt)
		return false;
	for (uint32_t i = first; i < end; i++) {
		if (r->rows[i] >> UNWIND_BLOCK_BITS >= r->rule_cnt)
			return false;
		if (i > first &&
		    (r->rows[i] & UNWIND_BLOCK_MASK) <= (r->rows[i - 1] & UNWIND_BLOCK_MASK))
			return false;
	}
	return true;
}

static bool is_good(const struct unwind_rows *r)
{
	for (uint32_t i = 0; i < r->rule_cnt; i++)
		if (!rule_is_good(&r->rules[i]))
			return false;
	for (uint32_t i = 0; i < r->segment_cnt; i++)
		if (!segment_is_good(r, &r->segments[i]))
			return false;
	for (uint32_t i = 0; i < r->block_cnt; i++)
		if (!block_is_good(r, i))
			return false;
	/* A row at the first address, so that there is always one before. */
	return !r->blocks[0] && r->blocks[1] && !(r->rows[0] & UNWIND_BLOCK_MASK) &&
	       r->blocks[r->block_cnt] == r->row_cnt;
}

static bool read_counts(struct unwind_rows *r, struct bytes *b)
{
	r->start = bytes_u64(b);
	r->block_cnt = bytes_u32(b);
	r->row_cnt = bytes_u32(b);
	r->rule_cnt = bytes_u32(b);
	r->segment_cnt = bytes_u32(b);
	r->fde_cnt = bytes_u32(b);
	r->bad_cnt = bytes_u32(b);
	r->unsupported_cnt = bytes_u32(b);
	return !b->failed && r->block_cnt && r->block_cnt <= UNWIND_BLOCKS_MAX && r->row_cnt &&
	       r->row_cnt <= UNWIND_ROWS_MAX && r->rule_cnt && r->rule_cnt <= UNWIND_RULES_MAX &&
	       r->segment_cnt <= UNWIND_SEGMENTS_MAX && !(r->start & UNWIND_BLOCK_MASK) &&
	       r->start <= UINT64_MAX - ((uint64_t)UNWIND_BLOCKS_MAX << UNWIND_BLOCK_BITS) &&
	       bytes_left(b) == rest_bytes(r);
}

static void *take_array(struct bytes *b, size_t cnt, size_t size)
{
	void *copy = mem_alloc(cnt, size);

	memcpy(copy, bytes_take(b, cnt * size), cnt * size);
	return copy;
}

bool row_file_get(struct unwind_rows *out, const uint8_t *v, size_t len)
{
	struct bytes b = bytes_of(v, len);
	const uint8_t *mark = bytes_take(&b, MARK_BYTES);
	uint64_t sum = bytes_u64(&b);
	struct unwind_rows r = { 0 };

	if (b.failed || memcmp(mark, MARK, MARK_BYTES) ||
	    sum != checksum_long(v + SUMMED_AT, len - SUMMED_AT, 0) || !read_counts(&r, &b))
		return false;
	if (r.segment_cnt)
		memcpy(r.segments, bytes_take(&b, r.segment_cnt * sizeof(r.segments[0])),
		       r.segment_cnt * sizeof(r.segments[0]));
	r.rules = take_array(&b, r.rule_cnt, sizeof(r.rules[0]));
	r.rows = take_array(&b, r.row_cnt, sizeof(r.rows[0]));
	r.blocks = take_array(&b, (size_t)r.block_cnt + 1, sizeof(r.blocks[0]));
	if (!is_good(&r)) {
		unwind_rows_release(&r);
		return false;
	}
	*out = r;
	return true;
}
