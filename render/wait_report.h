#ifndef RENDER_WAIT_REPORT_H
#define RENDER_WAIT_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/vec.h"
#include "render/stack_gists.h"
#include "render/wait_convoys.h"
#include "render/wait_drawing.h"
#include "render/wait_knots.h"
#include "render/wait_longest.h"
#include "render/wait_processes.h"
#include "render/wait_sites.h"
#include "render/wait_threads.h"
#include "render/wait_walk.h"

struct json;
struct page;
struct picture_source;
struct selection;

/*
 * What a trace says of waits, ready to be told:
 *
 *	accounts ------> processes   how their time was spent, who was held up
 *	sums ----------> sites       where threads waited, and who ended that
 *	single waits --> longest     one by one
 *	      |     `--> knots       who waits for whom
 *	      `--------> convoys     with the sites: how many threads wait for one another there
 *
 * Two passes over the trace: sums first, and then single waits, which are told of where their
 * sums were not left out. wait_report_text.c and wait_report_json.c tell it.
 */
struct wait_report {
	const struct picture_source *source;
	const struct selection *selection;
	struct wait_request request;
	struct strtab *texts; /* of the report */
	struct wait_totals totals;
	struct stack_gists gists;
	struct wait_threads threads;
	struct wait_sites sites;
	struct {
		VEC(uint32_t); /* numbers of sites: the most blocked time first */
	} by_blocked;
	struct wait_processes processes;
	struct wait_longest longest;
	struct wait_convoys convoys;
	struct wait_knots knots;
	uint64_t single_cnt; /* waits kept one by one, of those that are told of */
};

/* Of request only what is left out counts, and the drawing that the trace has to hold. */
int wait_report_make(struct wait_report *out, const struct picture_source *source,
		     const struct selection *selection, const struct wait_request *request,
		     struct strtab *texts, struct err *err);
/* Accepts zeroed ones. */
void wait_report_release(struct wait_report *r);

/* The members of a knot: numbers of threads. */
const uint32_t *wait_report_members(const struct wait_report *r, const struct wait_knot *knot);
/* How long those were blocked by their accounts; if there are none, by their single waits. */
uint64_t wait_report_knot_ns(const struct wait_report *r, const struct wait_knot *knot);

void wait_report_put_text(const struct page *p, const struct wait_report *r);
/* An object of its own, under "waits". */
void wait_report_put_json(struct json *j, const struct wait_report *r, size_t rows);

#endif
