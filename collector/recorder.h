#ifndef COLLECTOR_RECORDER_H
#define COLLECTOR_RECORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "bpf/abi.h"
#include "collector/drain.h"
#include "collector/events.h"
#include "collector/latencies.h"
#include "collector/target.h"
#include "collector/waits.h"
#include "formats/trace.h"

/*
 * One recording: BPF programs, perf events and the trace that they fill.
 *
 *	open     loads BPF, opens the sampler, writes the first chunk
 *	start    everything fires from here on
 *	publish  the trace gets its name, over an older one: from here on what poll
 *		 has written is there whatever happens to us
 *	poll     moves what has come into the trace; call it until it is time to stop
 *	stop     nothing fires any more; the rest is drained, the trailer written
 *	close    frees; a trace that was never published leaves nothing behind
 *
 * poll never waits longer than wait_ms and returns early when a ring fills up.
 * Whatever BPF was asked for and is lost is counted with its reason; kept + lost =
 * generated. What the kernel withheld from BPF, because a program was running on that
 * CPU, is in none of them.
 */
struct recorder;

struct recorder_options {
	const struct event_row *const *events;
	uint32_t event_cnt;
	const struct probe_spec *probes; /* of samples; they outlive the recorder */
	uint32_t probe_cnt;
	const struct wait_options *waits;      /* NULL: none are recorded */
	const struct latency_options *latency; /* NULL: neither latencies nor probes; outlives
						* the recorder */
	uint64_t frequency_hz;		       /* 0: each event's default */
	bool user_only;			       /* -U */
	bool kernel_only;		       /* -K */
	enum abi_unwind unwind;
	uint64_t unwind_bytes; /* limit of the tables */
	uint32_t copy_bytes;   /* of a copied stack */
	const char *output;    /* "-": stdout */
	const char *command;   /* name of the launched command, or NULL */
};

/* The target outlives the recorder; a command that waits to be launched is in its tgids. */
int recorder_open(struct recorder **out, const struct target *target,
		  const struct recorder_options *options, struct err *err);

int recorder_start(struct recorder *r, struct err *err);

/* Needs the rights that opening the trace needed: it renames a file. */
int recorder_publish(struct recorder *r, struct err *err);

int recorder_poll(struct recorder *r, int wait_ms, struct err *err);

/* True once none of the chosen processes or threads is left (never with `all`). */
bool recorder_target_gone(const struct recorder *r);

int recorder_stop(struct recorder *r, enum trace_stop why, struct err *err);
void recorder_close(struct recorder *r);

/* What the last line of `record` says. */
struct recorder_summary {
	struct trace_totals totals;
	uint64_t bytes; /* of the trace */
	uint64_t wall_ns;
	uint64_t generated; /* samples that BPF counted: kept + lost */
	struct drain_counts counts;
	struct waits_summary waits;
	struct latencies_summary latencies;
	uint64_t idle_cnt;    /* fired on an idle CPU: not samples */
	uint64_t bpf_run_ns;  /* run time of our BPF programs, 0 if the kernel does not count it */
	uint64_t self_cpu_ns; /* CPU time of the collector, start-up included */
};

void recorder_summary(const struct recorder *r, struct recorder_summary *out);

/* What fires for an event: "cycles", "cpu-clock"; valid after open. */
const char *recorder_event_source(const struct recorder *r, uint32_t event);

#endif
