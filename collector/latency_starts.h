#ifndef COLLECTOR_LATENCY_STARTS_H
#define COLLECTOR_LATENCY_STARTS_H

#include <stdint.h>

#include "base/idmap.h"
#include "base/vec.h"
#include "collector/held_stack.h"
#include "collector/task_ids.h"

/*
 * Who began what will end in an interrupt, and where: by the serial that the event will have
 * which ends it. Several events may have it. Most never come as single ones, so the oldest go
 * when there are LATENCY_STARTS_MAX.
 */
#define LATENCY_STARTS_MAX 8192

struct latency_start {
	uint64_t serial;
	struct task_memory who; /* tgid 0: nobody's that is known */
	struct held_stack *stack;
};

struct latency_starts {
	struct held_stacks *stacks;
	struct {
		VEC(struct latency_start);
	} ring;
	size_t oldest; /* of a full ring */
	struct idmap by_serial;
};

/* The start is the log's from here on. */
void latency_starts_add(struct latency_starts *s, const struct latency_start *start);

/* NULL: it did not come, or went. Valid until one is added. */
const struct latency_start *latency_starts_find(const struct latency_starts *s, uint64_t serial);

/* Before the stacks are. */
void latency_starts_release(struct latency_starts *s);

#endif
