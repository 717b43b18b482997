#ifndef RENDER_WAIT_KNOTS_H
#define RENDER_WAIT_KNOTS_H

#include <stdint.h>

#include "base/idmap.h"
#include "base/vec.h"

/*
 * Groups of threads that wait nearly only for one another: ping-pong pairs, pipelines whose
 * ends wait for each other, threads around one lock.
 *
 *	source --> filter --> sink        an edge: who waited, and who answers for how much of
 *	  ^___________________/           it (the "split" times of formats/trace.h)
 *
 * From each thread the heaviest edges are kept, as many as it takes to answer for
 * WAIT_KNOT_EDGES percent of its blocked time, and those equal to the last of them; time that
 * nobody or an interrupt answers for counts as an edge to nowhere. A knot is a strongly
 * connected component of those, of two threads and more, in which at least WAIT_KNOT_INSIDE
 * percent of all its threads' blocked time is for one another.
 *
 * The edges come from the waits that were kept one by one: those alone know who waited.
 */
#define WAIT_KNOT_EDGES 90
#define WAIT_KNOT_INSIDE 75

struct wait_edge {
	uint32_t from; /* the number of the thread that waited */
	uint32_t to;   /* of the one that answers for it; TRACE_NONE: none */
	uint64_t ns;
};

struct wait_knot {
	uint64_t first;	     /* of its members */
	uint64_t cnt;	     /* of threads */
	uint64_t blocked_ns; /* of its threads, in the waits that made the graph */
	uint64_t inside_ns;  /* of that, what its threads answer for */
};

struct wait_knots {
	struct idmap edges_at; /* (from, to) */
	struct {
		VEC(struct wait_edge);
	} edges;
	struct {
		VEC(struct wait_knot); /* the most blocked time first */
	} v;
	struct {
		VEC(uint32_t); /* numbers of threads, ascending within a knot */
	} members;
};

void wait_knots_release(struct wait_knots *k);

void wait_knots_add(struct wait_knots *k, uint32_t from, uint32_t to, uint64_t ns);

/* Among threads with numbers below thread_cnt, those of all edges. */
void wait_knots_find(struct wait_knots *k, uint32_t thread_cnt);

#endif
