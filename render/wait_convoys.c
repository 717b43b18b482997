#include "render/wait_convoys.h"

#include <stdlib.h>

#include "base/idmap.h"
#include "base/sum.h"

/* Time by thread, or by gist. */
struct tally {
	struct idmap places; /* (key, 0) */
	struct {
		VEC(struct tally_row {
			uint32_t key;
			uint64_t ns;
		});
	} rows;
};

static void tally_add(struct tally *t, uint32_t key, uint64_t ns)
{
	uint32_t made = (uint32_t)t->rows.cnt;
	uint32_t at = idmap_intern(&t->places, key, 0, made);

	if (at == made)
		*vec_push(&t->rows) = (struct tally_row){ .key = key };
	sum_clipped(&t->rows.v[at].ns, ns);
}

/* The largest, of equal ones the first. */
static struct tally_row tally_top(const struct tally *t)
{
	struct tally_row top = { .key = TRACE_NONE };

	for (size_t i = 0; i < t->rows.cnt; i++)
		if (top.key == TRACE_NONE || t->rows.v[i].ns > top.ns)
			top = t->rows.v[i];
	return top;
}

static void tally_release(struct tally *t)
{
	idmap_release(&t->places);
	vec_release(&t->rows);
}

/* What the endings of a site that are of one kind come to: by which threads, and where those
 * stood. */
struct enders {
	uint64_t cnt, ns;
	struct tally threads;
	struct tally gists;
};

static void enders_add(struct enders *e, const struct wait_ending *ending)
{
	sum_clipped(&e->cnt, ending->cnt);
	sum_clipped(&e->ns, ending->blocked_ns);
	tally_add(&e->threads, ending->thread, ending->blocked_ns);
	tally_add(&e->gists, ending->gist, ending->blocked_ns);
}

static void enders_release(struct enders *e)
{
	tally_release(&e->threads);
	tally_release(&e->gists);
}

static bool may_be(const struct wait_site *site)
{
	bool is_blocked = site->state == TRACE_WAIT_INTERRUPTIBLE ||
			  site->state == TRACE_WAIT_UNINTERRUPTIBLE;

	return is_blocked && site->blocked_ns && site->waiter_cnt >= WAIT_CONVOY_THREADS_MIN &&
	       site->cnt / WAIT_CONVOY_WAITS_EACH >= site->waiter_cnt;
}

static void push(struct wait_convoys *out, const struct wait_sites *sites, uint32_t site,
		 enum wait_convoy_kind kind, const struct enders *e)
{
	struct tally_row holder = tally_top(&e->threads), gist = tally_top(&e->gists);

	*vec_push(out) = (struct wait_convoy){ .kind = kind,
					       .site = site,
					       .waiter_cnt = sites->v.v[site].waiter_cnt,
					       .cnt = e->cnt,
					       .lost_ns = e->ns,
					       .holder = holder.key,
					       .holder_ns = holder.ns,
					       .gist = gist.key,
					       .gist_ns = gist.ns };
}

static void add_enders(const struct wait_sites *sites, uint32_t site, uint32_t only,
		       struct enders *out, bool of_waiters)
{
	const struct wait_site *s = &sites->v.v[site];

	for (size_t i = 0; i < s->ending_cnt; i++) {
		const struct wait_ending *e = &sites->endings.v[s->first_ending + i];
		bool is_thread = e->thread != TRACE_NONE && e->context == TRACE_CONTEXT_TASK;

		if (is_thread && (only == TRACE_NONE || e->thread == only) &&
		    wait_sites_has_waiter(sites, site, e->thread) == of_waiters)
			enders_add(out, e);
	}
}

/* Half of a site's time and more, and often enough. */
static bool is_most(uint64_t ns, uint64_t cnt, const struct wait_site *site)
{
	return ns && ns <= site->blocked_ns && ns >= site->blocked_ns - ns &&
	       cnt / WAIT_CONVOY_WAITS_EACH >= site->waiter_cnt;
}

/* Whether one of those who wait here has ended a wait of the thread by the same functions. */
static bool waits_for_them(const struct wait_sites *sites, uint32_t site, uint32_t thread)
{
	const struct wait_site *s = &sites->v.v[site];

	for (size_t i = 0; i < s->waiter_cnt; i++)
		if (wait_sites_let_in(sites, site, thread,
				      sites->waiters.v[s->first_waiter + i].thread))
			return true;
	return false;
}

static void judge(struct wait_convoys *out, const struct wait_sites *sites, uint32_t site)
{
	const struct wait_site *s = &sites->v.v[site];
	struct enders handed = { 0 }, others = { 0 }, one = { 0 };
	uint32_t thread = TRACE_NONE;

	add_enders(sites, site, TRACE_NONE, &handed, true);
	add_enders(sites, site, TRACE_NONE, &others, false);
	if (others.ns) {
		thread = tally_top(&others.threads).key;
		add_enders(sites, site, thread, &one, false);
	}
	if (is_most(handed.ns, handed.cnt, s))
		push(out, sites, site, WAIT_CONVOY_HANDED, &handed);
	else if (is_most(one.ns, one.cnt, s))
		push(out, sites, site,
		     waits_for_them(sites, site, thread) ? WAIT_CONVOY_HELD : WAIT_CONVOY_FED,
		     &one);
	enders_release(&handed);
	enders_release(&others);
	enders_release(&one);
}

static int compare(const void *a, const void *b)
{
	const struct wait_convoy *x = a, *y = b;

	if (wait_convoy_is_one(x) != wait_convoy_is_one(y))
		return wait_convoy_is_one(x) ? -1 : 1;
	if (x->lost_ns != y->lost_ns)
		return x->lost_ns < y->lost_ns ? 1 : -1;
	return (x->site > y->site) - (x->site < y->site);
}

void wait_convoys_find(struct wait_convoys *out, const struct wait_sites *sites)
{
	*out = (struct wait_convoys){ 0 };
	for (size_t site = 0; site < sites->v.cnt; site++)
		if (may_be(&sites->v.v[site]))
			judge(out, sites, (uint32_t)site);
	if (out->cnt)
		qsort(out->v, out->cnt, sizeof(*out->v), compare);
}

bool wait_convoy_is_one(const struct wait_convoy *c)
{
	return c->kind != WAIT_CONVOY_FED;
}

const char *wait_convoy_text(enum wait_convoy_kind kind)
{
	return kind == WAIT_CONVOY_HANDED ? "handed over"
	       : kind == WAIT_CONVOY_HELD ? "held"
					  : "fed";
}

void wait_convoys_release(struct wait_convoys *c)
{
	vec_release(c);
}
