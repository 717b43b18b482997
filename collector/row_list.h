#ifndef COLLECTOR_ROW_LIST_H
#define COLLECTOR_ROW_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"
#include "collector/rule_table.h"

/*
 * Rows as they come from the tables: functions, each a run of rows that ends in one of
 * kind NONE, in any order. Then in the order of addresses, each address once:
 *
 *	as they come   | f: 40 45 4a (60) | g: 10 12 (30) | h: 60 61 (70) |
 *	in order       | 0 (0) | 10 12 (30) | 40 45 4a | 60 61 (70) |      (): NONE
 *
 * Linkers keep the order of the files they link, which is nearly that of addresses. Where
 * functions overlap, which makes no sense, the one that begins later holds, and of two
 * at one address the one that came last.
 *
 * Addresses are relative to the first one that the list is made for, below 2^31.
 */
struct row_list {
	VEC(uint64_t);	     /* row_list_row() */
	size_t function;     /* index of the first row of the one that is being added */
	uint32_t last_begin; /* address of the function before it */
	size_t settled_cnt;  /* rows that are in order; others may have come behind them */
	bool is_unsorted;
};

static inline uint64_t row_list_row(uint64_t address, uint32_t rule)
{
	return address << 32 | rule;
}

static inline uint32_t row_list_address(uint64_t row)
{
	return (uint32_t)(row >> 32);
}

static inline uint32_t row_list_rule(uint64_t row)
{
	return (uint32_t)row;
}

/* A list with one row, of kind NONE, at 0. */
void row_list_init(struct row_list *l);
void row_list_release(struct row_list *l);

/* The rows of one function, in order and none of kind NONE; then its end, or nothing of it. */
void row_list_add(struct row_list *l, uint64_t address, uint32_t rule);
void row_list_end(struct row_list *l, uint64_t address);
void row_list_drop(struct row_list *l);

/* Puts all in order, each address once, without rows that change nothing. */
void row_list_settle(struct row_list *l);

/* The address is in a function that was there when it was settled last. */
bool row_list_holds(const struct row_list *l, uint64_t address);

#endif
