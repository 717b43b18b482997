#ifndef TESTS_UNIT_MADE_ROWS_H
#define TESTS_UNIT_MADE_ROWS_H

#include "collector/unwind_rows.h"
#include "tests/unit/made_cfi.h"

/*
 * Rows of files made to order, and what is expected of them. Tests include it behind
 * cmocka; a file that was made is given up with its rows.
 */
#define FUNCTION (MADE_CODE + 0x100u)
#define FUNCTION_BYTES 0x80u

#define PROGRAM(...) (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ })
#define CFA(cfa_reg, cfa_offset) .kind = UNWIND_CFA, .reg = (cfa_reg), .offset = (cfa_offset)
#define RULE(...) ((struct unwind_rule){ __VA_ARGS__ })

static inline struct unwind_rows rows_of(struct made_cfi *m)
{
	struct unwind_rows rows;
	struct buf file = { 0 };
	struct err err = { 0 };

	made_cfi_put(&file, m);
	if (unwind_rows_make(&rows, file.v, file.len, &err))
		fail_msg("%s", err.text);
	buf_release(&file);
	made_cfi_release(m);
	return rows;
}

static inline int failure_of(struct made_cfi *m)
{
	struct unwind_rows rows;
	struct buf file = { 0 };
	int ret;

	made_cfi_put(&file, m);
	ret = unwind_rows_make(&rows, file.v, file.len, NULL);
	if (!ret)
		unwind_rows_release(&rows);
	buf_release(&file);
	made_cfi_release(m);
	return ret;
}

static inline void expect(const struct unwind_rows *rows, uint64_t address, struct unwind_rule rule)
{
	struct unwind_rule found = unwind_rows_find(rows, address);

	if (memcmp(&found, &rule, sizeof(rule)))
		fail_msg("0x%llx: kind %u reg %u rbp %u ra %u offset %d rbp %d extra %d",
			 (unsigned long long)address, found.kind, found.reg, found.rbp,
			 found.ra_reg, found.offset, found.rbp_offset, found.extra);
}

static inline void expect_kind(const struct unwind_rows *rows, uint64_t address,
			       enum unwind_kind kind)
{
	assert_int_equal(unwind_rows_find(rows, address).kind, kind);
}

#endif
