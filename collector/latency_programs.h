#ifndef COLLECTOR_LATENCY_PROGRAMS_H
#define COLLECTOR_LATENCY_PROGRAMS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "collector/latency_options.h"
#include "collector/probe_programs.h"
#include "collector/programs.h"

/*
 * The sources of latencies among all programs: those that were asked for are loaded, and their
 * maps are as large as they need be; of the others nothing is there. Probes of samples, and
 * retransmits, come with them, because they begin and end to count with them.
 */
struct profile_bpf;

#define LATENCY_SOURCE_CNT 8

struct latency_programs {
	const struct latency_options *options; /* NULL: nothing of all this is recorded */
	struct probe_programs probes;
	struct programs_latencies shared;
};

/* All there are; NULL behind the last. */
const struct latency_source *latency_source_at(size_t index);
const struct latency_source *latency_source_find(const char *name);

/* What is recorded, as 1 << enum abi_measure. */
uint32_t latency_programs_measures(const struct latency_options *options);

/* Before loading, after wait_programs_choose(). */
int latency_programs_choose(struct latency_programs *l, struct profile_bpf *skel,
			    const struct programs_options *options, uint32_t cpu_cnt,
			    struct err *err);

/* After loading. */
int latency_programs_attach(struct latency_programs *l, struct profile_bpf *skel, struct err *err);

/* In every round: makes room where latencies began that never end. */
void latency_programs_sweep(struct latency_programs *l, struct profile_bpf *skel, uint64_t now_ns);

void latency_programs_release(struct latency_programs *l, struct profile_bpf *skel);

#endif
