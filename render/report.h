#ifndef RENDER_REPORT_H
#define RENDER_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "base/buf.h"
#include "render/call_tree.h"
#include "render/function_sums.h"
#include "render/latency_report.h"
#include "render/line_sums.h"
#include "render/measure.h"
#include "render/picture_source.h"
#include "render/selection.h"
#include "render/unnamed_reasons.h"
#include "render/wait_report.h"

/*
 * The findings of a trace in numbers, ready to be told: where the time went, by function
 * and by process, and how far that can be trusted, which is what has no name and why,
 * and what was lost; and of waits and latencies, whatever render/wait_report.h and
 * render/latency_report.h say.
 * report_text.c and report_json.c tell them.
 */
struct report {
	const struct picture_source *source;
	const struct selection *selection;
	struct strtab *texts;
	bool has_samples; /* all down to bad_line is of them */
	bool has_waits;
	bool has_latencies;
	struct call_tree tree;
	struct measure measure;
	struct selection_totals totals; /* zero for folded stacks */
	struct function_sums by_self;
	struct function_sums by_total;
	struct function_sums processes;
	struct line_sums lines;
	struct function_sums unnamed;	/* those of the functions that stand for no name */
	struct unnamed_reasons reasons; /* why those have none */
	uint64_t seconds_ns;		/* wall time that the selection covers; 0: unknown */
	uint64_t bad_cnt;		/* lines of folded stacks that are none */
	uint64_t bad_line;
	struct wait_report waits;
	struct latency_report latencies;
};

/*
 * Samples, waits and latencies, as far as the trace holds them; with the name of an event only
 * those of it, and with one of the names of waits (render/wait_drawing.h) only these. Of `waits`,
 * what is left out counts.
 */
int report_make(struct report *out, const struct picture_source *source,
		const struct selection *selection, const struct wait_request *waits,
		struct err *err);
void report_release(struct report *r);

/* CPU time of the samples per wall time: how many CPUs were busy, in thousandths; 0: unknown. */
uint64_t report_busy_cpus(const struct report *r);

/* What a loss means for the reader of the report; static. */
const char *report_loss_meaning(enum trace_loss loss);

/* For people: at most `rows` lines a table; styles and width are those of stream, whose
 * lines are not cut if it is no terminal. */
void report_put_text(struct buf *out, const struct report *r, size_t rows, FILE *stream);
void report_put_json(struct buf *out, const struct report *r, size_t rows);

#endif
