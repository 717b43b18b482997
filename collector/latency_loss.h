#ifndef COLLECTOR_LATENCY_LOSS_H
#define COLLECTOR_LATENCY_LOSS_H

#include <stdint.h>

#include "bpf/latency.h"
#include "formats/trace_writer.h"

/*
 * Writes what was lost of latencies since the last time, so that for each measure
 *
 *	generated = in the trace's bins + lost
 *
 * What the programs do not say is lost is what is missing when all is over. Singles that a ring
 * refused are in their bins; events that began before the recording are none.
 */
struct latency_loss {
	struct trace_writer *writer;
	const uint32_t *events; /* of the writer, by measure */
	const struct abi_latency_cpu *cpus;
	uint32_t cpu_cnt;
	uint64_t lost[ABI_MEASURE_CNT], unstarted[ABI_MEASURE_CNT]; /* as written so far */
	uint64_t singles, coarse;
};

/* Sums over all CPUs; reserved fields and those by epoch stay 0. */
void latency_loss_sums(const struct latency_loss *l, struct abi_latency_cpu *out);

void latency_loss_write(struct latency_loss *l);

/* The last time: programs have stopped, rings and maps are empty. written: events in bins. */
void latency_loss_finish(struct latency_loss *l, const uint64_t written[ABI_MEASURE_CNT]);

#endif
