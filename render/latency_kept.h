#ifndef RENDER_LATENCY_KEPT_H
#define RENDER_LATENCY_KEPT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "formats/trace.h"
#include "render/caption.h"
#include "render/latency_walk.h"
#include "render/selection.h"

struct trace_reader;

/*
 * The latency events that were kept one by one and that a selection holds: what flame graphs,
 * subsecond maps and lists are made of. Counted first, so that each of these can say what part
 * of all events it shows.
 *
 *	all events of the selection, by their bins
 *	`-- kept one by one: the longest, some drawn evenly, those that were asked for
 *	    `-- with a stack
 */
struct latency_kept {
	struct trace_reader *reader;
	const struct selection *selection;
	struct latency_totals totals; /* of the bins; where is_whole, of the events kept */
	uint64_t kept_cnt, drawn_cnt, stack_cnt;
	bool is_whole;	    /* those are all there are (render/latency_coverage.h) */
	uint32_t group_cnt; /* key frames passed: ids are of this group */
};

/* Errors as latency_walk_start() has them. */
int latency_kept_start(struct latency_kept *s, struct trace_reader *r,
		       const struct selection *selection, struct err *err);
/* 1: one, in file order; 0: the end; negative: an error. */
int latency_kept_next(struct latency_kept *s, struct trace_latency *out, struct err *err);

/* Whether all events of the selection were kept one by one. */
bool latency_kept_are_all(const struct latency_kept *s);

/* Which of all events are among those kept: "the longest are among them". */
void latency_kept_put_among(struct buf *out, const struct trace_reader *r);

/* The process whose it was: a raw comm, "" where unknown. */
const char *latency_process(const struct trace_latency *latency, const struct trace_reader *r);

#endif
