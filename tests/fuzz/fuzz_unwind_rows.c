#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "collector/row_file.h"
#include "collector/unwind_rows.h"

int fuzz_one(const uint8_t *bytes, size_t len);

static void expect(bool holds)
{
	if (!holds)
		abort();
}

/* What bpf/unwind.h promises to those who search: BPF does not check it again. */
static void check_blocks(const struct unwind_rows *r)
{
	expect(r->row_cnt && r->block_cnt && r->rule_cnt && r->rule_cnt <= UNWIND_RULES_MAX);
	expect(!r->blocks[0] && r->blocks[1] && !(r->rows[0] & UNWIND_BLOCK_MASK));
	expect(r->blocks[r->block_cnt] == r->row_cnt);
	for (uint32_t block = 0; block < r->block_cnt; block++) {
		expect(r->blocks[block] <= r->blocks[block + 1]);
		for (uint32_t i = r->blocks[block]; i < r->blocks[block + 1]; i++) {
			expect(r->rows[i] >> UNWIND_BLOCK_BITS < r->rule_cnt);
			expect(i == r->blocks[block] ||
			       (r->rows[i] & UNWIND_BLOCK_MASK) >
				       (r->rows[i - 1] & UNWIND_BLOCK_MASK));
		}
	}
}

static void check_segments(const struct unwind_rows *r)
{
	uint64_t address;

	for (uint32_t i = 0; i < r->segment_cnt; i++) {
		const struct unwind_segment *s = &r->segments[i];

		expect(s->address >= r->start && s->size);
		expect((s->address + s->size - 1 - r->start) >> UNWIND_BLOCK_BITS < r->block_cnt);
		expect(unwind_rows_address(r, s->offset, &address));
	}
}

static void check_rules(const struct unwind_rows *r)
{
	for (uint32_t i = 0; i < r->rule_cnt; i++) {
		const struct unwind_rule *rule = &r->rules[i];

		expect(rule->kind <= UNWIND_LEAF && rule->rbp <= UNWIND_RBP_LOST);
		expect(rule->reg < UNWIND_RIP && rule->ra_reg <= UNWIND_RIP);
	}
}

/* As a cache file they are the same. */
static void check_kept(const struct unwind_rows *r)
{
	struct unwind_rows again;
	struct buf file = { 0 };

	row_file_put(&file, r);
	expect(row_file_get(&again, file.v, file.len));
	expect(again.row_cnt == r->row_cnt && !memcmp(again.rows, r->rows, r->row_cnt * 4u));
	unwind_rows_release(&again);
	buf_release(&file);
}

int fuzz_one(const uint8_t *bytes, size_t len)
{
	/* Of exactly this size, so that a sanitizer sees a step outside. */
	uint8_t *copy = mem_alloc(len ? len : 1, 1);
	struct unwind_rows rows;

	memcpy(copy, bytes, len);
	if (!unwind_rows_make(&rows, copy, len, NULL)) {
		check_blocks(&rows);
		check_segments(&rows);
		check_rules(&rows);
		check_kept(&rows);
		for (uint64_t i = 1; i; i <<= 1)
			(void)unwind_rows_find(&rows, rows.start + i);
		unwind_rows_release(&rows);
	}
	free(copy);
	return 0;
}
