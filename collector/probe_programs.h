#ifndef COLLECTOR_PROBE_PROGRAMS_H
#define COLLECTOR_PROBE_PROGRAMS_H

#include <stdint.h>

#include "base/err.h"
#include "bpf/abi.h"
#include "bpf/latency.h"
#include "collector/probe_setup.h"
#include "collector/probe_spec.h"

struct bpf_link;
struct profile_bpf;

/*
 * The programs behind probes (bpf/probe.bpf.c): samples, by the index of the recording's sample
 * event, like those of perf events; and latencies, by the number of their measure. Both count
 * between latency_start_ns and latency_end_ns, and their user stacks that cannot be walked are
 * copied within stack_copy_room.
 */
#define PROBE_LINKS_MAX ((ABI_EVENTS_MAX + 2 * ABI_LATENCY_PROBES) * ABI_PROBE_PLACES)

struct probe_programs {
	const struct probe_spec *samples[ABI_EVENTS_MAX]; /* NULL: not of a probe */
	const struct probe_spec
		*latencies[ABI_LATENCY_PROBES]; /* likewise; ABI_MEASURE_PROBE + i */
	/* Below is filled in by these functions. */
	struct probe_setup sample_setups[ABI_EVENTS_MAX];
	struct probe_setup latency_setups[ABI_LATENCY_PROBES];
	struct bpf_link *links[PROBE_LINKS_MAX];
	uint32_t link_cnt;
	uint64_t swept;	   /* what had found no room when sweeping was done last */
	uint64_t swept_ns; /* when that was */
};

/* Before loading; the specs outlive the programs. */
int probe_programs_choose(struct probe_programs *p, struct profile_bpf *skel, uint32_t cpu_cnt,
			  struct err *err);
int probe_programs_attach(struct probe_programs *p, struct profile_bpf *skel, struct err *err);

/*
 * Makes room where latencies began that never end: of threads that have ended and, where they
 * are joined by a key, older than a minute. Does nothing but read a word while there is room;
 * to be called in every round.
 */
void probe_programs_sweep(struct probe_programs *p, struct profile_bpf *skel, uint64_t now_ns);

/* Detaches all. */
void probe_programs_release(struct probe_programs *p);

#endif
