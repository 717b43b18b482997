#ifndef RENDER_SELECTION_H
#define RENDER_SELECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/options.h"
#include "formats/stack_quality.h"
#include "formats/trace.h"

struct call_tree;
struct name_table;
struct trace_reader;

/*
 * Which records of a trace a picture or a report is made of, and the two ways to
 * get at them: one by one (sample_walk), or merged by name (selection_gather).
 * A zeroed selection is everything of the trace's first sample event.
 *
 *	trace --> sample_walk --> samples that the selection holds
 *	               |              `--> named once for each stack --> call_tree
 *	               `--> selection_totals: what was kept, what was not
 *
 * Invariant: kept + outside = all samples of the event in the trace.
 */
struct selection {
	const char *event;    /* name; NULL: the first sample event of the trace */
	struct range time;    /* ns from the trace's start; zeroed: all */
	struct range latency; /* values of latency events and samples, ns of waits; zeroed: all */
	const char *process;  /* glob over the process's comm; NULL: all */
	uint32_t thread;      /* tid; 0: all */
};

struct selection_totals {
	uint32_t event;	   /* id */
	uint64_t start_ns; /* the moment that --time counts from */
	uint64_t kept_cnt; /* samples that the selection holds */
	uint64_t kept_weight;
	uint64_t outside_cnt; /* samples of the event that it does not hold */
	uint64_t outside_weight;
	uint64_t unnamed_weight;      /* kept, and the leaf has no name (selection_gather) */
	uint64_t lost_weight;	      /* kept, and a part of the stack is lost (selection_gather) */
	struct stack_quality quality; /* of the kept ones */
};

/* Accepts zeroed ones. */
void selection_totals_release(struct selection_totals *t);

/* Whether a range leaves nothing out. */
bool selection_range_is_all(struct range r);

/* True for a thread of this tid in a process of this comm. */
bool selection_holds_thread(const struct selection *s, uint32_t tid, const char *comm);

/* How much of the recording the selection's time takes, in ns: what it asks for may reach
 * beyond. 0 where times are unknown. */
uint64_t selection_covers_ns(const struct selection *s, const struct trace_reader *r);

/* The id of the sample event meant; -ENOENT with a sentence that names those there are, -EINVAL
 * for a range of values if its samples have none, and for times where there are none. */
int selection_event(const struct selection *s, const struct trace_reader *r, uint32_t *out,
		    struct err *err);

/*
 * The samples that a selection holds, in file order:
 *
 *	if (sample_walk_start(&w, r, names, s, &err)) ...
 *	while ((got = sample_walk_next(&w, &sample, &err)) > 0) ...
 *	sample_walk_end(&w, &totals);
 *
 * The walk begins with the first record; the totals are exact once it has ended. What
 * it is told of names serves to judge the stacks. sample_walk_end() hands out the totals
 * (the caller's to release) and releases the walk.
 */
struct sample_walk {
	struct trace_reader *reader;
	const struct selection *selection;
	struct selection_totals totals;
	uint32_t group_cnt;    /* key frames passed: ids of samples are of this group */
	uint8_t *thread_holds; /* by thread id of the group: 0 not asked yet, 1 no, 2 yes */
	uint32_t thread_cap;
};

int sample_walk_start(struct sample_walk *w, struct trace_reader *r, const struct name_table *names,
		      const struct selection *s, struct err *err);
/* 1: a sample; 0: the end; negative: an error. */
int sample_walk_next(struct sample_walk *w, struct trace_sample *out, struct err *err);
void sample_walk_end(struct sample_walk *w, struct selection_totals *out);

/*
 * Adds the stacks of all samples that s holds to a started, empty tree, which is
 * finished afterwards. The first level is the process's comm (kind USER), then
 * user frames root first, then kernel frames. The totals are the caller's to release.
 */
int selection_gather(const struct selection *s, struct trace_reader *r,
		     const struct name_table *names, struct call_tree *tree,
		     struct selection_totals *out, struct err *err);

#endif
