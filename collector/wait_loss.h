#ifndef COLLECTOR_WAIT_LOSS_H
#define COLLECTOR_WAIT_LOSS_H

#include <stdint.h>

#include "bpf/wait.h"
#include "formats/trace_writer.h"

/*
 * Writes what was lost of waits since the last time, so that
 *
 *	generated = in the trace's sums + lost
 *
 * but for the waits that were still open at the end, which programs do not count. What the
 * programs do not say is lost is what is missing when all is over.
 */
struct wait_loss {
	struct trace_writer *writer;
	uint32_t event;			 /* of the writer */
	const struct abi_wait_cpu *cpus; /* NULL: no waits are recorded */
	uint32_t cpu_cnt;
	uint64_t written[TRACE_LOSS_CNT];
};

/* What became of waits on our side. */
struct wait_kept {
	uint64_t cnt;			    /* in sums of the trace, without open ones */
	uint64_t nameless_cnt, nameless_ns; /* in sums that nobody said the meaning of */
	uint64_t unknown_wakers;	    /* links whose record did not come */
};

/* Sums over all CPUs; reserved fields and those by epoch stay 0. */
void wait_loss_sums(const struct wait_loss *l, struct abi_wait_cpu *out);

/* Records that rings refused for want of room: fewer than what the other counters say, for one
 * can be of two uses, and a wait can be lost without a record. */
uint64_t wait_loss_refused(const struct wait_loss *l);

/* Threads that have begun to exit, and whose account is not told yet. */
uint64_t wait_loss_unended(const struct wait_loss *l);

void wait_loss_write(struct wait_loss *l, const struct wait_kept *kept);

/* The last time: programs have stopped, rings and maps are empty. */
void wait_loss_finish(struct wait_loss *l, const struct wait_kept *kept);

#endif
