#ifndef COLLECTOR_RECORD_TEXT_H
#define COLLECTOR_RECORD_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "collector/recorder.h"

/*
 * The sentences of `record` about a recording: while it runs and when it is over.
 * Pure: numbers in, lines out, each without "profile: " and line end.
 */

/* "00:12  1,187 samples  0 lost  1.3 MiB" */
void record_text_progress(struct buf *out, const struct recorder_summary *s, uint64_t elapsed_ns);

/* "1,187 samples in 5.02 s, 0 lost, 23.4 KiB -> profile.data", "48,211 waits in ...", or
 * "1,187 samples, 48,211 waits, 187,024 latencies (2,169 one by one) in ..." */
void record_text_result(struct buf *out, const struct recorder_summary *s, const char *output);

/* What else is lost than samples ("some frames may have no name"), or nothing. */
void record_text_other_losses(struct buf *out, const struct recorder_summary *s);

/* What kept user stacks from being whole, and which option would mend it; or nothing. */
void record_text_cut_stacks(struct buf *out, const struct recorder_summary *s);

/* "tables of 84 files, 412,300 rows, 2.1 MiB; 211 stacks copied, 3 of them into the trace" */
void record_text_unwinding(struct buf *out, const struct recorder_summary *s);

/* "waits: 48,300 generated + 402 still open = 48,613 kept + 89 lost; stacks at sched_exit_tp;
 * cost 0.4 % of all CPUs, threshold 1 us", or nothing */
void record_text_waits(struct buf *out, const struct recorder_summary *s);

/* "latencies: 187,030 generated = 187,024 counted + 6 lost; 2,169 kept one by one; 20 more had
 * begun before", or nothing */
void record_text_latencies(struct buf *out, const struct recorder_summary *s);

/* Why there may be no sample at all of an event that is sampled by time. */
void record_text_nothing(struct buf *out, uint64_t frequency_hz);

/* "1,190 generated = 1,187 kept + 3 lost; 402 more on idle CPUs" */
void record_text_account(struct buf *out, const struct recorder_summary *s);

/* "cost: 12 ms of CPU time by the collector, 3.4 ms by its BPF programs; 0.3 % of one CPU" */
void record_text_cost(struct buf *out, const struct recorder_summary *s);

/* Samples that never reached the trace, over all reasons. */
uint64_t record_text_lost(const struct recorder_summary *s);

#endif
