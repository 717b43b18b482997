#ifndef COLLECTOR_RING_READER_H
#define COLLECTOR_RING_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "collector/backlog.h"
#include "collector/perf_ring.h"
#include "collector/stack_stores.h"

/*
 * What comes through a ring, to where it waits: bodies of stacks to the stores, all else to
 * the backlog. Records are checked for their size here, and nowhere later.
 */
struct ring_reader {
	struct backlog *backlog;
	struct stack_stores *stores;
	uint32_t event_cnt; /* samples of others are not understood */
	bool reads_waits, reads_latencies;
	uint64_t unreadable_tasks; /* records of tasks that were not understood */
	uint64_t lost_records;	   /* of all kinds, as the kernel reports them */
	uint64_t throttled;	   /* not on idle CPUs */
};

/* Takes all that is in a ring, and frees it. */
void ring_reader_read(struct ring_reader *r, struct perf_ring *ring);

#endif
