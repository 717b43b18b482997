#ifndef RENDER_LATENCY_REPORT_H
#define RENDER_LATENCY_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/vec.h"
#include "render/latency_by.h"
#include "render/latency_groups.h"
#include "render/latency_longest.h"
#include "render/latency_values.h"
#include "render/latency_walk.h"
#include "render/selection.h"
#include "render/stack_gists.h"

struct json;
struct page;
struct picture_source;
struct strtab;

/*
 * What a trace says of latencies, ready to be told: for each event
 *
 *	bins ----> values    how many, and their percentiles
 *	      `--> groups    the same by process and by each of its labels, the most time first
 *	singles -> longest   one by one, with where their thread stood
 *
 * One pass over the trace for all events. latency_report_text.c and latency_report_json.c tell
 * it.
 */
struct latency_finding {
	uint32_t event; /* id */
	struct selection selection;
	struct latency_walk walk;
	struct latency_totals totals;
	struct latency_values *values;
	struct latency_groups groups[LATENCY_BY_CNT]; /* by LATENCY_BY_*; of NONE: nothing */
	struct latency_longest longest;
	uint64_t single_cnt; /* kept one by one, of the selection */
};

struct latency_report {
	const struct picture_source *source;
	const struct selection *selection;
	struct strtab *texts; /* of the report */
	struct stack_gists gists;
	struct {
		VEC(struct latency_finding);
	} v;		     /* in the order of the trace's events */
	uint32_t *places;    /* by event id: which of them; TRACE_NONE: none */
	uint32_t place_cnt;  /* a damaged trace may come up with more events */
	uint64_t covered_ns; /* of the recording; 0: unknown */
};

/* Of the selection's event, or of all events of latencies if it names none. */
int latency_report_make(struct latency_report *out, const struct picture_source *source,
			const struct selection *selection, struct strtab *texts, struct err *err);
/* Accepts zeroed ones. */
void latency_report_release(struct latency_report *r);

/* What is certain of a percentile (render/latency_values.h): of the greatest value also that it is
 * no less than the longest event that was kept. */
void latency_finding_range(const struct latency_finding *f, uint32_t percent_thousandths,
			   uint64_t *out_first, uint64_t *out_last);

/* False: but another measure of the events that an earlier finding tells of, by a name that begins
 * as its one and the same source: "block-bytes" of "block". Findings without an event are no
 * such. */
bool latency_report_is_main(const struct latency_report *r, size_t finding);

/* What of a loss is of the findings' events, or of none by name. */
uint64_t latency_report_lost(const struct latency_report *r, enum trace_loss loss);

/* Whether the trace says of any event what it is told apart by. */
bool latency_finding_has(const struct latency_finding *f, uint32_t by);

/* Events a second, in thousandths; 0 where times are unknown. */
uint64_t latency_report_rate(const struct latency_report *r, const struct latency_finding *f);

void latency_report_put_text(const struct page *p, const struct latency_report *r);
/* An array of its own, "latencies": an object for each event. */
void latency_report_put_json(struct json *j, const struct latency_report *r, size_t rows);

#endif
