#ifndef FORMATS_LATENCY_EXPORT_H
#define FORMATS_LATENCY_EXPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct trace_reader;

/*
 * The latencies of an event as text (formats/TEXT.md): lines `end_ns value`, each event once.
 *
 *	all of them were kept one by one    with their own times and values
 *	else                                all from their bins: times spread over the slice,
 *	                                    values so that the sum of each bin holds
 *	only the single ones asked for      those that were kept
 */
struct latency_export {
	uint32_t event;
	bool singles_only;
	/* What is known of it, before anything is written. */
	uint64_t latency_cnt; /* in bins */
	uint64_t single_cnt;
	uint64_t longest_slice_ns;
	bool from_bins;
	uint64_t untimed_cnt; /* left out: damage took the slices of their bins */
};

/* More lines than that are never what somebody wants. */
#define LATENCY_EXPORT_MAX ((uint64_t)1 << 32)

/* Finds the event (NULL: the first of latencies), reads r to its end and rewinds it. -EINVAL: it
 * has more than LATENCY_EXPORT_MAX events. */
int latency_export_start(struct latency_export *e, struct trace_reader *r, const char *event,
			 bool singles_only, struct err *err);

/* Writes the lines ("-": to stdout). */
int latency_export_write(const struct latency_export *e, struct trace_reader *r, const char *path,
			 struct err *err);

#endif
