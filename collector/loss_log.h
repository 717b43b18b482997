#ifndef COLLECTOR_LOSS_LOG_H
#define COLLECTOR_LOSS_LOG_H

#include <stdint.h>

#include "bpf/abi.h"
#include "collector/drain.h"
#include "formats/trace_writer.h"

/*
 * Writes what was lost since the last time, by event and reason, beside the samples
 * that came through, so that for each event
 *
 *	generated = kept + ring full + no ring + unreadable
 *
 * The programs count the first, the drain the second; whatever is still missing
 * when all is over was unreadable, and is written as that. A sample that the kernel
 * withholds from the programs, because one was running already, is counted by nobody.
 */
struct loss_log {
	struct trace_writer *writer;
	const uint32_t *event_ids;
	uint32_t event_cnt;
	const struct abi_cpu *cpus;
	uint32_t cpu_cnt;
	uint64_t others_refused; /* by rings: records of waits; set before each writing */
	uint64_t lost_records;	 /* of all kinds, as the rings' events count them: set at the end */
	/* As written so far. */
	uint64_t full[ABI_EVENTS_MAX], no_ring[ABI_EVENTS_MAX], unreadable[ABI_EVENTS_MAX];
	uint64_t task_events, unfollowed, throttled;
};

/* Sums over all CPUs. */
struct loss_sums {
	uint64_t generated[ABI_EVENTS_MAX];
	uint64_t full[ABI_EVENTS_MAX];
	uint64_t no_ring[ABI_EVENTS_MAX];
	uint64_t others; /* refused by rings: bodies and copies, which are no samples */
	uint64_t idle;
};

void loss_log_sums(const struct loss_log *log, struct loss_sums *out);

/* unfollowed: children that no filter had room for, in all. */
void loss_log_write(struct loss_log *log, const struct drain_counts *counts, uint64_t unfollowed);

/* The last time: programs have stopped, rings are empty. */
void loss_log_finish(struct loss_log *log, const struct drain_counts *counts);

#endif
