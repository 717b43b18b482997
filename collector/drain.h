#ifndef COLLECTOR_DRAIN_H
#define COLLECTOR_DRAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "collector/latency_options.h"
#include "collector/rings.h"
#include "collector/stack_stores.h"
#include "collector/task_log.h"
#include "collector/unwind_tables.h"
#include "collector/wait_options.h"
#include "formats/trace_writer.h"

/*
 * From rings and maps to the trace, in order of time:
 *
 *	rings --read--> backlog --resolve--> backlog --by time--> task log, samples, waits,
 *	                                                          latencies
 *
 * Reading can be done at any moment and frees the rings. A round is done when the
 * stores were flipped and have settled: it resolves what refers to the idle half and
 * puts everything before the first unresolved sample into the trace. The only place
 * where a stack's name becomes addresses is stack_stores_resolve().
 *
 * Every record ends in one of the counts of struct drain_counts or in the trace, but for
 * samples that were not understood: those are what the programs counted beyond the rest.
 */
struct drain;
struct latencies;
struct programs;
struct waits;

struct drain_counts {
	uint64_t kept[ABI_EVENTS_MAX]; /* samples put into the trace */
	uint64_t unreadable_tasks;     /* records of tasks that were not understood */
	uint64_t lost_records;	       /* of all kinds, as the kernel reports them */
	uint64_t throttled;	       /* not on idle CPUs */

	/* Of copied stacks; see copy_replay.h and backlog.h. */
	uint64_t copies;
	uint64_t copies_kept, copies_kept_bytes; /* put into the trace */
	uint64_t copies_cut;			 /* had to be unwound beyond their end */
	uint64_t copies_dropped; /* that no table could serve, and no room was left for */
	struct unwind_tables_counts tables;
};

struct drain_options {
	struct trace_writer *writer;
	const uint32_t *event_ids; /* the writer's, by the programs' index */
	uint32_t event_cnt;
	uint32_t sampled_cnt; /* the first of these are of perf events, others of programs */
	bool weighs_one[ABI_EVENTS_MAX]; /* a sample counts 1, whatever its period was */
	struct programs *programs;
	enum abi_unwind unwind;
	uint64_t unwind_bytes; /* of tables that only we walk by */
	uint32_t copy_bytes;
	const struct wait_options *waits;      /* NULL: none are recorded */
	uint32_t wait_event;		       /* the writer's */
	const struct latency_options *latency; /* NULL: neither latencies nor probes */
	const uint32_t *latency_events;	       /* the writer's, by measure */
	uint32_t online_cnt;		       /* CPUs */
	struct rings *rings; /* also read while a round goes on, so that they do not fill up */
};

struct drain *drain_new(const struct drain_options *options);
void drain_free(struct drain *d);

/* Moves what is in the rings to the backlog. */
void drain_read(struct drain *d);

/* Records that wait. */
size_t drain_waiting(const struct drain *d);

/* True when stacks wait that were copied for want of tables, which a round would make. */
bool drain_copies_wait(const struct drain *d);

/* The same of waits and latencies, and soon: they come thick where a process has just begun. And
 * whether any such are recorded. */
bool drain_looks_for_tables(const struct drain *d);
bool drain_wants_tables(const struct drain *d);

/* True when something fills so fast that it should be looked at often. */
bool drain_busy(const struct drain *d);

/* True when something fills up that a round would empty. */
bool drain_filling(const struct drain *d);

/* Programs fill the other half of the stores from now on; and whether the half before is
 * theirs no more. */
void drain_flip(struct drain *d, uint64_t now_ns);
bool drain_settled(struct drain *d);

/* The tasks, to read one before anything is recorded. */
struct task_log *drain_tasks(struct drain *d);

/* NULL: none are recorded. */
struct waits *drain_waits(struct drain *d);

/* NULL: neither latencies nor probes are recorded. */
struct latencies *drain_latencies(struct drain *d);

/* True if the kernel hides its addresses. */
bool drain_kernel_hidden(const struct drain *d);

/* A round; all: nothing more can come, so there is no horizon. The caller flushes. */
int drain_round(struct drain *d, bool all, struct err *err);

/* After a round of all: what threads still waited for. Another round of all has to follow, with
 * what they tell meanwhile. Without waits there is nothing to do: false. */
bool drain_has_open(const struct drain *d);
int drain_open(struct drain *d, struct err *err);

/* After the last round: the names that runtimes left. */
void drain_finish(struct drain *d);

void drain_get_counts(const struct drain *d, struct drain_counts *out);

#endif
