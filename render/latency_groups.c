#include "render/latency_groups.h"

#include <stdlib.h>

#include "base/strtab.h"
#include "base/sum.h"

void latency_groups_start(struct latency_groups *g)
{
	*g = (struct latency_groups){ .names = strtab_new() };
}

void latency_groups_release(struct latency_groups *g)
{
	if (g->names)
		strtab_free(g->names);
	vec_release(&g->v);
	vec_release(&g->bins);
	idmap_release(&g->places);
	*g = (struct latency_groups){ 0 };
}

/* Until they are sorted, a group stands at the id of its name. */
static struct latency_group *group_of(struct latency_groups *g, uint32_t name)
{
	while (g->v.cnt <= name) {
		struct latency_group *group = vec_push(&g->v);

		*group = (struct latency_group){ .name = (uint32_t)(g->v.cnt - 1) };
	}
	return &g->v.v[name];
}

void latency_groups_add(struct latency_groups *g, const char *name, uint32_t bin, uint64_t cnt,
			uint64_t sum)
{
	uint32_t id = strtab_intern_text(g->names, name);
	struct latency_group *group = group_of(g, id);
	uint32_t place = idmap_intern(&g->places, id, bin, (uint32_t)g->bins.cnt);

	if (place == g->bins.cnt)
		*vec_push(&g->bins) = (struct latency_group_bin){ .group = id, .bin = bin };
	sum_clipped(&group->cnt, cnt);
	sum_clipped(&group->sum, sum);
	sum_clipped(&g->bins.v[place].cnt, cnt);
	sum_clipped(&g->bins.v[place].sum, sum);
}

static int order(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int compare_bins(const void *a, const void *b)
{
	const struct latency_group_bin *x = a, *y = b;
	int way = order(x->group, y->group);

	return way ? way : order(x->bin, y->bin);
}

struct sorting {
	const struct strtab *names;
	bool by_sum;
};

static int compare_groups(const void *a, const void *b, void *how)
{
	const struct latency_group *x = a, *y = b;
	const struct sorting *s = how;
	int way = s->by_sum ? order(y->sum, x->sum) : order(y->cnt, x->cnt);

	return way ? way : strtab_compare(s->names, x->name, y->name);
}

/* Groups get their bins; ids of names that nothing was added to are no groups. */
static void settle(struct latency_groups *g)
{
	size_t kept = 0, at = 0;

	for (size_t i = 0; i < g->v.cnt; i++) {
		struct latency_group group = g->v.v[i];

		group.first = (uint32_t)at;
		while (at < g->bins.cnt && g->bins.v[at].group == group.name)
			at++;
		group.bin_cnt = (uint32_t)at - group.first;
		if (group.bin_cnt)
			g->v.v[kept++] = group;
	}
	g->v.cnt = kept;
}

void latency_groups_finish(struct latency_groups *g, bool by_sum)
{
	struct sorting how = { .names = g->names, .by_sum = by_sum };

	if (g->bins.cnt)
		qsort(g->bins.v, g->bins.cnt, sizeof(*g->bins.v), compare_bins);
	settle(g);
	if (g->v.cnt)
		qsort_r(g->v.v, g->v.cnt, sizeof(*g->v.v), compare_groups, &how);
}

const char *latency_groups_name(const struct latency_groups *g, size_t group)
{
	return strtab_get(g->names, g->v.v[group].name, NULL);
}

void latency_groups_values(const struct latency_groups *g, size_t group, struct latency_values *out)
{
	const struct latency_group *v = &g->v.v[group];

	for (uint32_t i = v->first; i < v->first + v->bin_cnt; i++)
		latency_values_add(out, g->bins.v[i].bin, g->bins.v[i].cnt, g->bins.v[i].sum);
}

void latency_groups_rest(const struct latency_groups *g, size_t group, struct latency_values *out)
{
	for (; group < g->v.cnt; group++)
		latency_groups_values(g, group, out);
}
