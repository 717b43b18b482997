#ifndef COLLECTOR_STACK_TABLE_H
#define COLLECTOR_STACK_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/unwind.h"
#include "formats/trace.h"

/*
 * Stacks as they were walked: raw addresses, leaf first, and how the walk ended, each
 * different one once. Callers are return addresses where the kernel walked (end NONE), else
 * return addresses - 1. Which store and epoch a stack came from is forgotten here, so that the
 * same path of calls is one entry however it travelled.
 *
 * An entry is named by a dense id. The last ids are not entries but statuses: a
 * stack that does not exist, or that was lost for a reason.
 */
struct stack_table;

#define STACK_ABSENT (UINT32_MAX - 1)
#define STACK_LOST_FIRST (UINT32_MAX - 64)

static inline uint32_t stack_lost(enum trace_reason reason)
{
	return STACK_LOST_FIRST + reason;
}

static inline bool stack_is_lost(uint32_t stack)
{
	return stack > STACK_LOST_FIRST && stack < STACK_LOST_FIRST + TRACE_REASON_CNT;
}

static inline enum trace_reason stack_lost_reason(uint32_t stack)
{
	return stack - STACK_LOST_FIRST;
}

struct stack_table *stack_table_new(void);
void stack_table_free(struct stack_table *t);

/* The id of the stack with these frames and this end; it is added if it is new. */
uint32_t stack_table_add(struct stack_table *t, const uint64_t *frames, uint32_t cnt, uint32_t end);

/* The frames of an entry; valid until the next change. */
const uint64_t *stack_table_get(const struct stack_table *t, uint32_t stack, uint32_t *out_cnt);

/* How its walk ended: enum unwind_end. */
uint32_t stack_table_end(const struct stack_table *t, uint32_t stack);

/* Forgets all entries, and the memory beyond a small rest. */
void stack_table_clear(struct stack_table *t);

/* Bytes that the table holds. */
size_t stack_table_bytes(const struct stack_table *t);

#endif
