#ifndef RENDER_LATENCY_WALK_H
#define RENDER_LATENCY_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/units.h"
#include "formats/trace.h"
#include "render/selection.h"

struct trace_reader;
struct trace_record;

/*
 * The values of an event that a selection holds, as counts of ranges:
 *
 *	latency events   their bins, which are all of them
 *	samples          each one's weight as a value, where it is one (bytes, arguments of probes)
 *	waits            the single ones that were kept: blocked and runnable
 *
 * A bin belongs to the selection if its slice begins within --time, whole: what --time cuts, it
 * takes or leaves, and one that begins where --time ends is left; and if its range touches
 * --latency. So a picture says which it took. Bins know no threads: who asks for one gets the
 * single events that were kept.
 *
 * Invariant: kept + outside = all events in the trace.
 */
struct latency_totals {
	uint32_t event;		     /* id */
	uint64_t kept_cnt, kept_sum; /* sum: UINT64_MAX if that or more */
	uint64_t outside_cnt;
	uint64_t counted_cnt; /* of a latency event, whatever was selected: all its bins hold */
	uint64_t lost[TRACE_LOSS_CNT];	      /* of the event, in the whole recording */
	uint64_t lost_others[TRACE_LOSS_CNT]; /* of other events; what is left is of none */
	uint64_t least, most;	 /* first value of the lowest bin kept, last of the highest */
	uint64_t from_ns, to_ns; /* of the slices taken, since the recording began */
	uint64_t slice_ns;	 /* the longest slice */
	uint64_t stack_cnt;	 /* single events in the selection that have a stack */
	bool is_exact;		 /* all values are known one by one: samples */
	bool is_sample; /* only those kept one by one are here: waits, and what is asked for
			 * by thread */
};

struct latency_cell {
	uint64_t start_ns, end_ns; /* of its slice, since the recording began; equal: a moment */
	uint32_t bin;
	uint64_t cnt, sum;
	const char *process;
	const char *labels[TRACE_LABELS_MAX]; /* until the next key frame */
	uint32_t key_frame;		      /* how many there were */
};

struct latency_walk {
	struct trace_reader *reader;
	const struct selection *selection;
	struct latency_totals totals;
	uint64_t start_ns;
	uint32_t key_frame;
};

/* The event that is meant by a name; NULL: the first of kind LATENCY, or if
 * there is none, of samples that have values. Waits answer to each name
 * that they can be drawn by. -ENOENT with a sentence on what there is and how to record it;
 * -ENOTSUP for one whose samples have no values. */
int latency_event_find(const struct trace_reader *r, const char *name, uint32_t *out,
		       struct err *err);

int latency_walk_start(struct latency_walk *w, struct trace_reader *r, const struct selection *s,
		       struct err *err);
/* The same walk once more, whatever events the trace has come up with since. */
void latency_walk_again(struct latency_walk *w, struct trace_reader *r, const struct selection *s,
			const struct latency_totals *before);
/* 1: a cell; 0: the end; negative: an error. */
int latency_walk_next(struct latency_walk *w, struct latency_cell *out, struct err *err);
/* The same for who reads the trace itself, for several events in one pass: true: the record is a
 * cell of this walk. */
bool latency_walk_take(struct latency_walk *w, const struct trace_record *record,
		       struct latency_cell *out);
void latency_walk_end(struct latency_walk *w, struct latency_totals *out);

/* Whether a single event is in the selection, by time, value, process and thread. */
bool latency_is_selected(const struct trace_latency *latency, const struct trace_reader *r,
			 const struct selection *s);

#endif
