#include "render/wait_knots.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/sum.h"
#include "formats/trace.h"

#define NOT_VISITED 0 /* orders of visits begin with 1 */

/* The graph while it is searched. Edges of a thread stand together, the kept ones first. */
struct graph {
	struct wait_edge *edges;
	uint32_t thread_cnt;
	size_t *first;	/* by thread, and one more: of its edges */
	size_t *kept;	/* by thread: behind the last edge that is kept */
	uint64_t *all;	/* by thread: its blocked time */
	uint32_t *part; /* by thread: number of its component; the root's visit */
};

/*
 * Tarjan's search for strongly connected components, with a stack of its own instead of
 * recursion: a trace may hold a million threads in a row.
 */
struct search {
	struct graph *g;
	uint32_t *visit; /* by thread: when it was first met */
	uint32_t *low;	 /* the earliest visit that can be reached from it */
	bool *is_open;	 /* it is in no component yet */
	size_t *next;	 /* by thread: the edge to look at next */
	uint32_t *path, *open;
	uint32_t path_cnt, open_cnt, visit_cnt;
};

void wait_knots_release(struct wait_knots *k)
{
	idmap_release(&k->edges_at);
	vec_release(&k->edges);
	vec_release(&k->v);
	vec_release(&k->members);
	*k = (struct wait_knots){ 0 };
}

void wait_knots_add(struct wait_knots *k, uint32_t from, uint32_t to, uint64_t ns)
{
	uint32_t made = (uint32_t)k->edges.cnt, at;

	if (!ns)
		return;
	at = idmap_intern(&k->edges_at, from, to, made);
	if (at == made)
		*vec_push(&k->edges) = (struct wait_edge){ .from = from, .to = to };
	sum_clipped(&k->edges.v[at].ns, ns);
}

/* By who waited, the heaviest first. */
static int compare_edges(const void *a, const void *b)
{
	const struct wait_edge *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	if (x->ns != y->ns)
		return x->ns < y->ns ? 1 : -1;
	return (x->to > y->to) - (x->to < y->to);
}

static bool is_percent(uint64_t part, uint64_t whole, unsigned percent)
{
	return (unsigned __int128)part * 100 >= (unsigned __int128)whole * percent;
}

/* Behind the heaviest edges, up to `end`, that say nearly all; equal ones are kept alike. */
static size_t kept_of(const struct graph *g, size_t first, size_t end, uint64_t all)
{
	uint64_t told = 0;
	size_t at = first;

	while (at < end && (!told || !is_percent(told, all, WAIT_KNOT_EDGES) ||
			    g->edges[at].ns == g->edges[at - 1].ns))
		sum_clipped(&told, g->edges[at++].ns);
	return at;
}

/* Where the edges of a thread begin, and how many of them count. */
static void lay_out(struct graph *g, size_t edge_cnt)
{
	size_t at = 0;

	for (uint32_t thread = 0; thread < g->thread_cnt; thread++) {
		g->first[thread] = at;
		for (; at < edge_cnt && g->edges[at].from == thread; at++)
			sum_clipped(&g->all[thread], g->edges[at].ns);
		g->kept[thread] = kept_of(g, g->first[thread], at, g->all[thread]);
	}
	g->first[g->thread_cnt] = at;
}

static void enter(struct search *s, uint32_t thread)
{
	s->visit[thread] = s->low[thread] = ++s->visit_cnt;
	s->next[thread] = s->g->first[thread];
	s->is_open[thread] = true;
	s->path[s->path_cnt++] = thread;
	s->open[s->open_cnt++] = thread;
}

static void lower(uint32_t *low, uint32_t visit)
{
	if (visit < *low)
		*low = visit;
}

/* All of its edges were looked at: it may be the root of a component, which is what is open
 * from it on. */
static void leave(struct search *s, uint32_t thread)
{
	uint32_t member;

	s->path_cnt--;
	if (s->path_cnt)
		lower(&s->low[s->path[s->path_cnt - 1]], s->low[thread]);
	if (s->low[thread] != s->visit[thread])
		return;
	do {
		member = s->open[--s->open_cnt];
		s->is_open[member] = false;
		s->g->part[member] = s->visit[thread];
	} while (member != thread);
}

static void search_from(struct search *s, uint32_t root)
{
	enter(s, root);
	while (s->path_cnt) {
		uint32_t thread = s->path[s->path_cnt - 1], to;

		if (s->next[thread] == s->g->kept[thread]) {
			leave(s, thread);
			continue;
		}
		to = s->g->edges[s->next[thread]++].to;
		if (to == TRACE_NONE)
			continue;
		if (s->visit[to] == NOT_VISITED)
			enter(s, to);
		else if (s->is_open[to])
			lower(&s->low[thread], s->visit[to]);
	}
}

static void find_parts(struct graph *g)
{
	struct search s = {
		.g = g,
		.visit = mem_alloc(g->thread_cnt, sizeof(*s.visit)),
		.low = mem_alloc(g->thread_cnt, sizeof(*s.low)),
		.is_open = mem_alloc(g->thread_cnt, sizeof(*s.is_open)),
		.next = mem_alloc(g->thread_cnt, sizeof(*s.next)),
		.path = mem_alloc(g->thread_cnt, sizeof(*s.path)),
		.open = mem_alloc(g->thread_cnt, sizeof(*s.open)),
	};

	for (uint32_t thread = 0; thread < g->thread_cnt; thread++)
		if (s.visit[thread] == NOT_VISITED)
			search_from(&s, thread);
	free(s.visit);
	free(s.low);
	free(s.is_open);
	free(s.next);
	free(s.path);
	free(s.open);
}

static void add_member(struct wait_knots *k, const struct graph *g, struct wait_knot *knot,
		       uint32_t thread)
{
	*vec_push(&k->members) = thread;
	knot->cnt++;
	sum_clipped(&knot->blocked_ns, g->all[thread]);
	for (size_t i = g->first[thread]; i < g->first[thread + 1]; i++)
		if (g->edges[i].to != TRACE_NONE && g->part[g->edges[i].to] == g->part[thread])
			sum_clipped(&knot->inside_ns, g->edges[i].ns);
}

struct numbered {
	uint32_t part, thread;
};

static int compare_numbered(const void *a, const void *b)
{
	const struct numbered *x = a, *y = b;

	if (x->part != y->part)
		return x->part < y->part ? -1 : 1;
	return (x->thread > y->thread) - (x->thread < y->thread);
}

static int compare_knots(const void *a, const void *b)
{
	const struct wait_knot *x = a, *y = b;

	if (x->blocked_ns != y->blocked_ns)
		return x->blocked_ns < y->blocked_ns ? 1 : -1;
	return (x->first > y->first) - (x->first < y->first);
}

/* Components one after the other; those that are no knots give their members back. */
static void judge_parts(struct wait_knots *k, const struct graph *g)
{
	struct numbered *order = mem_alloc(g->thread_cnt, sizeof(*order));

	for (uint32_t thread = 0; thread < g->thread_cnt; thread++)
		order[thread] = (struct numbered){ g->part[thread], thread };
	qsort(order, g->thread_cnt, sizeof(*order), compare_numbered);
	for (uint32_t at = 0; at < g->thread_cnt;) {
		struct wait_knot knot = { .first = k->members.cnt };
		uint32_t part = order[at].part;

		for (; at < g->thread_cnt && order[at].part == part; at++)
			add_member(k, g, &knot, order[at].thread);
		if (knot.cnt > 1 && is_percent(knot.inside_ns, knot.blocked_ns, WAIT_KNOT_INSIDE))
			*vec_push(&k->v) = knot;
		else
			k->members.cnt = knot.first;
	}
	free(order);
}

void wait_knots_find(struct wait_knots *k, uint32_t thread_cnt)
{
	struct graph g = { .edges = k->edges.v, .thread_cnt = thread_cnt };

	if (!thread_cnt || !k->edges.cnt)
		return;
	idmap_clear(&k->edges_at);
	qsort(k->edges.v, k->edges.cnt, sizeof(*k->edges.v), compare_edges);
	g.first = mem_alloc((size_t)thread_cnt + 1, sizeof(*g.first));
	g.kept = mem_alloc(thread_cnt, sizeof(*g.kept));
	g.all = mem_alloc(thread_cnt, sizeof(*g.all));
	g.part = mem_alloc(thread_cnt, sizeof(*g.part));
	lay_out(&g, k->edges.cnt);
	find_parts(&g);
	judge_parts(k, &g);
	if (k->v.cnt)
		qsort(k->v.v, k->v.cnt, sizeof(*k->v.v), compare_knots);
	free(g.first);
	free(g.kept);
	free(g.all);
	free(g.part);
}
