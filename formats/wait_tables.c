#include "formats/wait_tables.h"

#include "formats/trace_tables.h"
#include "formats/wait_entries.h"

static const struct trace_link damaged_link = { .parent = TRACE_NONE,
						.thread = TRACE_NONE,
						.stack = TRACE_NONE,
						.context = TRACE_CONTEXT_LOST };

void wait_tables_release(struct wait_tables *w)
{
	vec_release(&w->links);
	vec_release(&w->places);
	vec_release(&w->slices);
}

void wait_tables_restart(struct wait_tables *w)
{
	w->links.cnt = 0;
	w->places.cnt = 0;
	w->slices.cnt = 0;
}

static bool fill_links(struct trace_tables *t, size_t to)
{
	struct wait_tables *w = &t->waits;

	if (!trace_tables_may_fill(t, w->links.cnt, to, TRACE_LINKS_MAX))
		return false;
	while (w->links.cnt < to) {
		*vec_push(&w->links) = damaged_link;
		*vec_push(&w->places) = (struct link_place){ .depth = 1, .is_cut = true };
	}
	return true;
}

static bool fill_slices(struct trace_tables *t, size_t to)
{
	struct wait_tables *w = &t->waits;

	if (!trace_tables_may_fill(t, w->slices.cnt, to, TRACE_ENTRIES_MAX))
		return false;
	while (w->slices.cnt < to)
		*vec_push(&w->slices) = (struct trace_slice){ 0 };
	return true;
}

bool wait_tables_has_slice(struct trace_tables *t, uint32_t id)
{
	return fill_slices(t, (size_t)id + 1);
}

bool wait_tables_has_link(struct trace_tables *t, uint32_t id)
{
	return id == TRACE_NONE || fill_links(t, (size_t)id + 1);
}

/* Depths of links that were just read, and what they refer to. */
static bool check_links(struct trace_tables *t, size_t at)
{
	struct wait_tables *w = &t->waits;

	for (; at < w->links.cnt; at++) {
		const struct trace_link *link = &w->links.v[at];
		struct link_place place = { 0 };

		if (link->parent != TRACE_NONE)
			place = w->places.v[link->parent];
		if (place.depth++ >= TRACE_CHAIN_MAX || !trace_tables_has_node(t, link->stack) ||
		    (link->thread != TRACE_NONE && !trace_tables_has_thread(t, link->thread)))
			return false;
		*vec_push(&w->places) = place;
	}
	return true;
}

/* An empty section is there only to tell readers before it that they cannot go on. */
bool wait_tables_take_links(struct trace_tables *t, struct bytes *b)
{
	struct wait_tables *w = &t->waits;
	struct bytes peek = *b;
	size_t base, at;
	uint32_t ignored;

	if (!bytes_left(b))
		return true;
	if (!trace_tables_take_base(&peek, w->links.cnt, &base) || !fill_links(t, base))
		return false;
	at = w->links.cnt;
	return link_column_take(b, &ignored, &w->links) && w->links.cnt <= TRACE_LINKS_MAX &&
	       check_links(t, at);
}

bool wait_tables_take_slices(struct trace_tables *t, struct bytes *b)
{
	struct wait_tables *w = &t->waits;
	size_t base;

	if (!trace_tables_take_base(b, w->slices.cnt, &base) || !fill_slices(t, base))
		return false;
	while (bytes_left(b)) {
		struct trace_slice slice;

		if (!entry_take_slice(b, &slice) || w->slices.cnt >= TRACE_ENTRIES_MAX)
			return false;
		*vec_push(&w->slices) = slice;
	}
	return true;
}

bool wait_tables_fit_links(const struct wait_tables *w, uint32_t chain, uint32_t link_cnt,
			   uint64_t link_ns[TRACE_CHAIN_MAX])
{
	struct link_place place = { 0 };
	uint32_t taken;

	if (chain != TRACE_NONE)
		place = w->places.v[chain];
	if (place.is_cut ? place.depth > link_cnt : place.depth != link_cnt)
		return false;
	taken = link_cnt - place.depth;
	if (!taken)
		return true;
	for (uint32_t i = 1; i <= taken; i++)
		link_ns[0] += link_ns[i];
	for (uint32_t i = 1; i < TRACE_CHAIN_MAX; i++)
		link_ns[i] = i + taken < TRACE_CHAIN_MAX ? link_ns[i + taken] : 0;
	return true;
}
