#include "render/heatmap_rows.h"

#include "render/selection.h"

#define PX 100
#define EDGE (10 * PX)	/* height of the rows below and above */
#define CRACK (14 * PX) /* of a break */
#define GAP (3 * PX)	/* between those and the others */
#define ROW_MOST (16 * PX)
#define BREAK_BINS 80 /* ten powers of two: three decades */
#define FEW_BINS 16

/* The bins that are drawn, from first to last, and whether there are some beyond. */
struct extent {
	uint32_t first, last;
	bool is_empty;
	bool has_below, has_above;
	uint32_t below_last, above_first;
};

static struct extent extent_of(const uint64_t cnt[LATENCY_BINS], struct range shown)
{
	struct extent e = { .is_empty = true };
	bool is_all = selection_range_is_all(shown);

	for (uint32_t bin = 0; bin < LATENCY_BINS; bin++) {
		if (!cnt[bin])
			continue;
		if (!is_all && latency_bin_last(bin) < shown.first) {
			e.has_below = true;
			e.below_last = bin;
		} else if (!is_all && latency_bin_first(bin) > shown.last) {
			e.above_first = e.has_above ? e.above_first : bin;
			e.has_above = true;
		} else {
			e.first = e.is_empty ? bin : e.first;
			e.last = bin;
			e.is_empty = false;
		}
	}
	if (e.is_empty && !is_all) {
		e.first = latency_bin_of(shown.first);
		e.last = e.first;
	}
	return e;
}

/* A single mode gets room around it, as far as other rows leave it. */
static void widen(struct extent *e)
{
	uint32_t least = e->has_below ? e->below_last + 1 : 0;
	uint32_t most = e->has_above ? e->above_first - 1 : LATENCY_BINS - 1;

	for (int side = 0; e->last - e->first + 1 < FEW_BINS && side < 2 * FEW_BINS; side++) {
		if (side % 2 && e->first > least)
			e->first--;
		else if (!(side % 2) && e->last < most)
			e->last++;
	}
}

static void add(struct heatmap_rows *r, enum heatmap_row_kind kind, uint32_t first, uint32_t last,
		int32_t h)
{
	r->v[r->cnt] = (struct heatmap_row){ kind, first, last, r->height, h };
	for (uint32_t bin = first; bin <= last; bin++)
		r->of[bin] = (uint16_t)r->cnt;
	r->height += h;
	r->cnt++;
}

/* How many bins from `bin` on hold nothing, up to the last one. */
static uint32_t empty_run(const uint64_t cnt[LATENCY_BINS], uint32_t bin, uint32_t last)
{
	uint32_t run = 0;

	while (bin + run <= last && !cnt[bin + run])
		run++;
	return run;
}

/* A row begins where its bins do in every picture; the outermost ones may be cut off. */
static uint32_t row_last(uint32_t bin, uint32_t bins, uint32_t last)
{
	uint32_t end = (bin / bins + 1) * bins - 1;

	return end < last ? end : last;
}

static void add_log(struct heatmap_rows *r, const uint64_t cnt[LATENCY_BINS],
		    const struct extent *e, int32_t h)
{
	for (uint32_t bin = e->first; bin <= e->last;) {
		uint32_t run = empty_run(cnt, bin, e->last);
		uint32_t last = row_last(bin, r->bins_a_row, e->last);

		if (run >= BREAK_BINS && bin > e->first && bin + run <= e->last) {
			last = bin + run - 1;
			add(r, HEATMAP_ROW_BREAK, bin, last, CRACK);
			r->is_broken = true;
		} else {
			add(r, HEATMAP_ROW_VALUES, bin, last, h);
		}
		bin = last + 1;
	}
}

static void choose_log(struct heatmap_rows *r, const uint64_t cnt[LATENCY_BINS],
		       const struct extent *e, int32_t height)
{
	struct heatmap_rows tried;
	int32_t h;

	for (uint32_t bins = 1;; bins *= 2) {
		tried = (struct heatmap_rows){ .bins_a_row = bins };
		add_log(&tried, cnt, e, HEATMAP_ROW_LEAST);
		if (tried.height <= height || bins == 8)
			break;
	}
	h = height / (int32_t)tried.cnt / PX * PX;
	if (h < HEATMAP_ROW_LEAST)
		h = HEATMAP_ROW_LEAST;
	r->bins_a_row = tried.bins_a_row;
	add_log(r, cnt, e, h < ROW_MOST ? h : ROW_MOST);
}

/* Where the upper edge of a bin stands on a linear axis, in whole pixels. */
static int32_t linear_y(uint64_t value, uint64_t from, uint64_t to, int32_t height)
{
	unsigned __int128 y = (unsigned __int128)(value - from) * (uint32_t)(height / PX);

	return (int32_t)(y / (to - from ? to - from : 1)) * PX;
}

static void choose_linear(struct heatmap_rows *r, const struct extent *e, int32_t height)
{
	uint32_t first = e->first, bin;
	uint64_t to = latency_bin_last(e->last), from = latency_bin_first(first);
	int32_t base = r->height;

	if (from < to / 2) {
		first = e->has_below ? e->below_last + 1 : 0;
		from = latency_bin_first(first);
	}
	for (bin = first; bin <= e->last; bin++) {
		int32_t top = linear_y(latency_bin_last(bin), from, to, height);
		int32_t rest = height - top;

		if (base + top - r->height < HEATMAP_ROW_LEAST && bin < e->last)
			continue;
		if (bin < e->last && rest < HEATMAP_ROW_LEAST)
			continue;
		add(r, HEATMAP_ROW_VALUES, first, bin, base + top - r->height);
		first = bin + 1;
	}
}

void heatmap_rows_choose(struct heatmap_rows *out, const uint64_t cnt[LATENCY_BINS],
			 struct range shown, bool is_linear, int32_t height)
{
	struct extent e = extent_of(cnt, shown);

	*out = (struct heatmap_rows){ 0 };
	if (e.has_below) {
		add(out, HEATMAP_ROW_BELOW, 0, e.below_last, EDGE);
		out->height += GAP;
	}
	widen(&e);
	if (is_linear)
		choose_linear(out, &e, height);
	else
		choose_log(out, cnt, &e, height);
	if (e.has_above) {
		out->height += GAP;
		add(out, HEATMAP_ROW_ABOVE, e.above_first, LATENCY_BINS - 1, EDGE);
	}
}

/* How high a value stands in its row: all of its bins are spread evenly. */
static int32_t height_in(const struct heatmap_row *row, uint64_t value)
{
	uint64_t first = latency_bin_first(row->first);
	unsigned __int128 whole = (unsigned __int128)latency_bin_last(row->last) - first + 1;

	return (int32_t)((unsigned __int128)(value - first) * (uint32_t)row->h / whole);
}

bool heatmap_rows_y(const struct heatmap_rows *r, uint64_t value, int32_t *out)
{
	uint32_t bin = latency_bin_of(value);

	for (uint32_t i = 0; i < r->cnt; i++) {
		const struct heatmap_row *row = &r->v[i];

		if (row->kind != HEATMAP_ROW_VALUES || bin < row->first || bin > row->last)
			continue;
		*out = row->y + height_in(row, value);
		return true;
	}
	return false;
}

int32_t heatmap_rows_bin_y(const struct heatmap_rows *r, uint32_t bin)
{
	const struct heatmap_row *row = &r->v[r->of[bin]];
	uint64_t first = latency_bin_first(bin), last = latency_bin_last(bin);

	if (row->kind != HEATMAP_ROW_VALUES)
		return row->y + row->h / 2;
	return row->y + (height_in(row, first) + height_in(row, last)) / 2;
}
