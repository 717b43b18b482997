#ifndef COLLECTOR_LATENCY_ROWS_H
#define COLLECTOR_LATENCY_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "bpf/latency.h"
#include "formats/trace.h"

/*
 * What the trace calls each measure of bpf/latency.h. One name after -e records the measures
 * of one source together: `block` is block, block-queue, block-device and block-bytes.
 */
struct latency_row {
	enum abi_measure measure;
	const char *name;   /* of the trace's event */
	const char *source; /* as written after -e */
	enum trace_unit unit;
	const char *labels[TRACE_LABELS_MAX];
	uint32_t draw; /* of 2^32 events, so many are drawn before their rate is known */
};

/* All but those of probes, whose rows are made of what was asked for (collector/probe_spec.h). */
const struct latency_row *latency_row_at(size_t index); /* NULL: there are no more */
const struct latency_row *latency_row_of(enum abi_measure measure);

#endif
