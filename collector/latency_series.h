#ifndef COLLECTOR_LATENCY_SERIES_H
#define COLLECTOR_LATENCY_SERIES_H

#include <stdint.h>

#include "base/idmap.h"
#include "base/vec.h"
#include "collector/latency_labels.h"
#include "formats/trace_writer.h"

/*
 * Series as the programs name them (measure, what, comm), by small numbers of our own, and as
 * the trace has them: with words, and an id in the writer's present group.
 */
struct latency_series_entry {
	uint64_t what;
	enum abi_measure measure;
	char comm[ABI_COMM_LEN]; /* not always with a NUL */
	uint32_t group, id;	 /* the writer's */
	size_t host_cnt;	 /* that had names then: of a host, the name may have come since */
};

struct latency_series {
	struct trace_writer *writer;
	const uint32_t *events; /* of the writer, by measure */
	struct latency_labels *labels;
	struct {
		VEC(struct latency_series_entry);
	} entries;
	struct idmap comms;   /* its 16 bytes to a number */
	struct idmap numbers; /* (what, comm's number and measure) to index in entries */
};

/* Valid until latency_series_forget(). */
uint32_t latency_series_number(struct latency_series *s, enum abi_measure measure, uint64_t what,
			       const char comm[ABI_COMM_LEN]);

/* The writer's id in its present group. */
uint32_t latency_series_put(struct latency_series *s, uint32_t number);

void latency_series_forget(struct latency_series *s);
void latency_series_release(struct latency_series *s);

#endif
