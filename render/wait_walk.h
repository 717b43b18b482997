#ifndef RENDER_WAIT_WALK_H
#define RENDER_WAIT_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "formats/stack_quality.h"
#include "formats/trace.h"
#include "formats/wait_threshold.h"
#include "render/selection.h"
#include "render/wait_drawing.h"
#include "render/wait_times.h"

struct name_table;
struct trace_reader;

/*
 * The waits that a selection of a trace holds, one sum after the other:
 *
 *	if (wait_walk_start(&w, r, names, s, request, &err)) ...
 *	while ((got = wait_walk_next(&w, &sum, &err)) > 0) ...
 *	wait_walk_end(&w, &totals);
 *
 * Sums know their process and slice of time, but neither threads nor the length of each wait.
 * Who asks for those gets the waits that were kept one by one instead, each as a sum of one:
 * the longest ones and a sample of the others, which is_single says.
 *
 * Invariant: kept + idle + kernel + outside = all sums (or single waits) of the trace.
 */
struct wait_totals {
	uint32_t event; /* id */
	bool is_single;
	bool is_whole_system; /* idle sleepers and kernel threads are left out where asked */
	bool has_accounts;    /* of threads that the selection holds */
	uint64_t kept_cnt;    /* waits */
	uint64_t kept_blocked_ns, kept_runnable_ns;
	uint64_t idle_ns, kernel_ns; /* left out */
	uint64_t short_ns; /* of waits that nothing was kept of, of processes not left out */
	uint64_t rest_ns;  /* likewise, of waits that are in no sum, though they should be; once
			    * all were walked */
	uint64_t thread_cnt, wall_ns; /* likewise */
	uint64_t outside_cnt;
	uint64_t unknown_ns;		       /* kept and blocked, and nobody was seen to end it */
	struct wait_threshold threshold;       /* of the slices taken */
	uint64_t slices_from_ns, slices_to_ns; /* from the start of the recording */
	struct stack_quality quality;	       /* of the kept ones */
};

/* Accepts zeroed ones. */
void wait_totals_release(struct wait_totals *t);

enum wait_verdict { WAIT_SHOWN = 1, WAIT_IDLE_SLEEPER = 2, WAIT_KERNEL_THREAD = 3 };

struct wait_walk {
	struct trace_reader *reader;
	const struct selection *selection;
	const struct wait_request *request;
	struct wait_times times; /* of the threads that the selection holds */
	struct wait_totals totals;
	uint64_t start_ns, recorded_ns;
	uint32_t group_cnt; /* key frames passed: ids are of this group */
	uint32_t slice_cnt; /* of the group, looked at */
};

/* What waits of this trace can be drawn so; else a sentence on what there is, and how to
 * record it. */
int wait_walk_start(struct wait_walk *w, struct trace_reader *r, const struct name_table *names,
		    const struct selection *s, const struct wait_request *request, struct err *err);
/* 1: a sum; 0: the end; negative: an error. */
int wait_walk_next(struct wait_walk *w, struct trace_wait_sum *out, struct err *err);
void wait_walk_end(struct wait_walk *w, struct wait_totals *out);

/* Whether a sum, a single wait or an account of the trace is in the selection. An account is of
 * the whole recording: a part of it has none. */
bool wait_walk_holds(const struct wait_walk *w, const struct trace_record *record);

/* The same of a single wait, without a walk: it counts where it ended. */
bool wait_is_selected(const struct trace_wait *wait, const struct trace_reader *r,
		      const struct selection *s);

/* What becomes of all of a process, but the waits of an idle one that cannot be interrupted. */
enum wait_verdict wait_walk_judge(const struct wait_walk *w, const struct process_times *p);

#endif
