#include "render/heatmap.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strtab.h"
#include "base/sum.h"
#include "base/text.h"
#include "formats/trace_reader.h"
#include "render/latency_by.h"
#include "render/latency_groups.h"
#include "render/scene.h"

#define HEIGHT_ALONE (400 * SCENE_PX)
#define HEIGHT_EACH (250 * SCENE_PX)
#define FEW_CNT 10     /* fewer events than this, */
#define FEW_SHARE 1000 /* and than such a part of all, share a map */

/* What the first walk has found out. */
struct survey {
	struct latency_groups groups;
	struct heatmap_slices slices;
	uint32_t own_cnt; /* groups that have a map of their own */
	uint8_t *map_of;  /* by id of a group's name */
};

uint64_t heatmap_weight(const struct heatmap *h, struct heatmap_cell cell)
{
	return h->request.by_time ? cell.sum : cell.cnt;
}

/* Values that --latency does not ask for are drawn, too. */
static struct selection without_latency(const struct selection *s)
{
	struct selection all = *s;

	all.latency = (struct range){ 0 };
	return all;
}

static int survey(struct survey *out, struct heatmap *h, struct trace_reader *r,
		  const struct selection *s, struct err *err)
{
	struct latency_walk walk;
	struct latency_cell cell;
	int status = latency_walk_start(&walk, r, s, err);

	if (status < 0)
		return status;
	h->event = trace_reader_event(r, walk.totals.event);
	status = latency_by_find(h->event, h->request.by, &h->by, err);
	while (status >= 0 && (status = latency_walk_next(&walk, &cell, err)) > 0) {
		latency_groups_add(&out->groups, latency_by_cell(&cell, h->by), cell.bin, cell.cnt,
				   cell.sum);
		heatmap_slices_add(&out->slices, cell.start_ns, cell.end_ns);
	}
	latency_walk_end(&walk, &h->totals);
	latency_groups_finish(&out->groups, h->request.by_time);
	heatmap_slices_finish(&out->slices);
	return status;
}

static char *name_of(const struct heatmap *h, const struct survey *v, uint32_t map)
{
	const char *name;

	if (h->by == LATENCY_BY_NONE)
		return NULL;
	if (map == v->own_cnt)
		return mem_printf("[%zu others]", v->groups.v.cnt - map);
	name = latency_groups_name(&v->groups, map);
	return text_visible_dup(name, strlen(name));
}

/* A handful of events among thousands: as high a map as the others' would hold next to nothing. */
static bool is_few(const struct heatmap *h, const struct latency_group *group)
{
	return group->cnt < FEW_CNT && group->cnt < h->totals.kept_cnt / FEW_SHARE &&
	       (!h->request.by_time || group->sum < h->totals.kept_sum / FEW_SHARE);
}

/* The largest have maps of their own, unless they are few; one other is no others. */
static uint32_t count_own(const struct heatmap *h, const struct latency_groups *groups)
{
	size_t all = groups->v.cnt, cnt = all > HEATMAP_MAPS_MAX ? HEATMAP_MAPS_MAX - 1 : all;

	while (cnt && is_few(h, &groups->v.v[cnt - 1]))
		cnt--;
	return (uint32_t)(cnt + 1 == all ? all : cnt);
}

/* The last map takes all groups for which there is none. */
static void share_out(struct heatmap *h, struct survey *v)
{
	size_t cnt = v->groups.v.cnt;

	v->own_cnt = count_own(h, &v->groups);
	h->map_cnt = v->own_cnt + (v->own_cnt < cnt);
	v->map_of = mem_alloc(strtab_cnt(v->groups.names), 1);
	for (uint32_t group = 0; group < cnt; group++) {
		uint32_t map = group < v->own_cnt ? group : v->own_cnt;

		v->map_of[v->groups.v.v[group].name] = (uint8_t)map;
		latency_groups_values(&v->groups, group, &h->maps[map].values);
	}
	for (uint32_t map = 0; map < h->map_cnt; map++)
		h->maps[map].name = name_of(h, v, map);
	if (!h->map_cnt)
		h->map_cnt = 1;
}

static void choose_axes(struct heatmap *h, const struct survey *v, const struct trace_reader *r,
			const struct selection *s, uint32_t col_max)
{
	struct latency_values all = { 0 };
	uint64_t from_ns = s->time.first, took_ns = selection_covers_ns(s, r);
	int32_t height = h->map_cnt > 1 ? HEIGHT_EACH : HEIGHT_ALONE;
	uint32_t first = LATENCY_BINS - 1, last = 0;

	latency_groups_rest(&v->groups, 0, &all);
	heatmap_rows_choose(&h->rows, all.cnt, s->latency, h->request.is_linear, height);
	heatmap_columns_choose(&h->columns, &v->slices, from_ns, from_ns + took_ns, col_max);
	for (uint32_t bin = 0; bin < LATENCY_BINS; bin++) {
		if (!all.cnt[bin])
			continue;
		first = bin < first ? bin : first;
		last = bin;
	}
	for (uint32_t map = 0; map < h->map_cnt; map++)
		heatmap_bins_init(&h->maps[map].bins, h->columns.cnt, first <= last ? first : 0,
				  last);
}

static void count(struct heatmap *h, const struct survey *v, const struct latency_cell *cell)
{
	const char *name = latency_by_cell(cell, h->by);
	uint32_t id = strtab_find(v->groups.names, name, strlen(name));
	const struct heatmap_row *row = &h->rows.v[h->rows.of[cell->bin]];
	struct heatmap_cell value = { cell->cnt, cell->sum };

	if (id == UINT32_MAX) /* the file has changed since */
		return;
	heatmap_bins_add(&h->maps[v->map_of[id]].bins,
			 heatmap_columns_of(&h->columns, cell->start_ns), cell->bin, value);
	if (row->kind == HEATMAP_ROW_BELOW)
		sum_clipped(&h->below_cnt, cell->cnt);
	if (row->kind == HEATMAP_ROW_ABOVE)
		sum_clipped(&h->above_cnt, cell->cnt);
}

/* The same records come again, in the same order. */
static int count_all(struct heatmap *h, const struct survey *v, struct trace_reader *r,
		     const struct selection *s, struct err *err)
{
	struct latency_walk walk;
	struct latency_cell cell;
	int got;

	latency_walk_again(&walk, r, s, &h->totals);
	while ((got = latency_walk_next(&walk, &cell, err)) > 0)
		count(h, v, &cell);
	latency_walk_end(&walk, &h->totals);
	h->event = trace_reader_event(r, h->totals.event);
	return got;
}

static void choose_shades(struct heatmap *h)
{
	heatmap_shades_init(&h->shades, h->request.shade);
	for (uint32_t map = 0; map < h->map_cnt; map++)
		for (uint32_t col = 0; col < h->columns.cnt; col++)
			for (uint32_t row = 0; row < h->rows.cnt; row++) {
				struct heatmap_cell cell =
					heatmap_bins_row(&h->maps[map].bins, col, &h->rows.v[row]);

				if (cell.cnt)
					heatmap_shades_add(&h->shades, heatmap_weight(h, cell));
			}
	heatmap_shades_finish(&h->shades);
}

int heatmap_read(struct heatmap *out, struct trace_reader *r, const struct selection *selection,
		 const struct heatmap_request *request, uint32_t col_max, struct err *err)
{
	struct selection walked = without_latency(selection);
	struct survey v = { 0 };
	int status;

	*out = (struct heatmap){ .request = *request };
	latency_groups_start(&v.groups);
	status = survey(&v, out, r, &walked, err);
	if (status >= 0) {
		share_out(out, &v);
		choose_axes(out, &v, r, selection, col_max);
		status = count_all(out, &v, r, &walked, err);
	}
	if (status >= 0)
		choose_shades(out);
	else
		heatmap_release(out);
	latency_groups_release(&v.groups);
	vec_release(&v.slices);
	free(v.map_of);
	return status;
}

void heatmap_release(struct heatmap *h)
{
	if (!h)
		return;
	for (uint32_t map = 0; map < HEATMAP_MAPS_MAX; map++) {
		heatmap_bins_release(&h->maps[map].bins);
		free(h->maps[map].name);
	}
	heatmap_shades_release(&h->shades);
	*h = (struct heatmap){ 0 };
}
