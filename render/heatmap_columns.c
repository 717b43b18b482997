#include "render/heatmap_columns.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"

#define MOMENT_NS 1000u /* times are known to the microsecond */
#define TRIES 12	/* lengths beyond the shortest that are looked at */

void heatmap_slices_add(struct heatmap_slices *s, uint64_t start_ns, uint64_t end_ns)
{
	if (end_ns < start_ns)
		end_ns = start_ns;
	if (s->cnt && s->v[s->cnt - 1].start_ns == start_ns && s->v[s->cnt - 1].end_ns == end_ns)
		return;
	*vec_push(s) = (struct heatmap_slice){ start_ns, end_ns };
}

static int compare(const void *left, const void *right)
{
	const struct heatmap_slice *a = left, *b = right;
	int order = (a->start_ns > b->start_ns) - (a->start_ns < b->start_ns);

	return order ? order : (a->end_ns > b->end_ns) - (a->end_ns < b->end_ns);
}

void heatmap_slices_finish(struct heatmap_slices *s)
{
	size_t kept = 0;

	if (s->cnt)
		qsort(s->v, s->cnt, sizeof(*s->v), compare);
	for (size_t i = 0; i < s->cnt; i++)
		if (!kept || compare(&s->v[kept - 1], &s->v[i]))
			s->v[kept++] = s->v[i];
	s->cnt = kept;
}

static uint64_t length(const struct heatmap_slice *s)
{
	return s->end_ns - s->start_ns;
}

static int compare_lengths(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a < b) - (a > b);
}

/* The longest length that two slices have: the last one of a recording, or before a change of
 * length, may be cut short. Without any such, the longest. */
static uint64_t usual_length(const struct heatmap_slices *slices)
{
	uint64_t *lengths = mem_alloc(slices->cnt + 1, sizeof(*lengths)), found;

	for (size_t i = 0; i < slices->cnt; i++)
		lengths[i] = length(&slices->v[i]);
	qsort(lengths, slices->cnt + 1, sizeof(*lengths), compare_lengths);
	found = lengths[0];
	for (size_t i = 1; i < slices->cnt && lengths[i]; i++)
		if (lengths[i] == lengths[i - 1]) {
			found = lengths[i];
			break;
		}
	free(lengths);
	return found;
}

/* The earliest of that length; NULL: there are only moments, or none. */
static const struct heatmap_slice *find_usual(const struct heatmap_slices *slices)
{
	uint64_t usual = usual_length(slices);

	for (size_t i = 0; i < slices->cnt && usual; i++)
		if (length(&slices->v[i]) == usual)
			return &slices->v[i];
	return NULL;
}

static uint64_t number_of(const struct heatmap_columns *c, uint64_t ns)
{
	return (uint64_t)(((unsigned __int128)ns + c->lead_ns) / c->column_ns);
}

static uint64_t cut_cnt(const struct heatmap_columns *c, const struct heatmap_slices *slices)
{
	uint64_t cnt = 0;

	for (size_t i = 0; i < slices->cnt; i++) {
		const struct heatmap_slice *s = &slices->v[i];

		cnt += length(s) && number_of(c, s->start_ns) != number_of(c, s->end_ns - 1);
	}
	return cnt;
}

/* Each time is counted from where a column would begin if they reached back that far. */
static void align(struct heatmap_columns *c, const struct heatmap_slice *with)
{
	uint64_t phase = with ? with->start_ns % c->column_ns : 0;

	c->lead_ns = phase ? c->column_ns - phase : 0;
}

/* 1, 2, 3 ... 8, 10, 12, 15, 20 ... 80, 100, 120 ...: the next one after `step`. */
static uint64_t next_step(uint64_t step)
{
	static const uint8_t tens[] = { 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100 };
	uint64_t scale = 1;

	if (step < 8)
		return step == 6 ? 8 : step + 1;
	while (step / scale >= 100)
		scale *= 10;
	for (size_t i = 0; i < sizeof(tens); i++)
		if (tens[i] * scale > step)
			return tens[i] * scale;
	return step * 2;
}

/* The time that columns are needed for. */
struct span {
	uint64_t from_ns, to_ns; /* the last one lies before to_ns */
};

static struct span span_of(const struct heatmap_slices *slices, uint64_t from_ns, uint64_t to_ns)
{
	struct span span = { from_ns, to_ns };

	for (size_t i = 0; i < slices->cnt; i++) {
		const struct heatmap_slice *s = &slices->v[i];

		if (s->start_ns < span.from_ns)
			span.from_ns = s->start_ns;
		if (s->end_ns > span.to_ns)
			span.to_ns = s->end_ns;
		if (!length(s) && s->start_ns >= span.to_ns && s->start_ns < UINT64_MAX)
			span.to_ns = s->start_ns + 1;
	}
	if (span.to_ns <= span.from_ns)
		span.to_ns = span.from_ns < UINT64_MAX ? span.from_ns + 1 : UINT64_MAX;
	return span;
}

/* How many columns the span takes. */
static uint64_t lay(struct heatmap_columns *c, const struct span *span)
{
	c->first = number_of(c, span->from_ns);
	return number_of(c, span->to_ns - 1) - c->first + 1;
}

static void lay_out(struct heatmap_columns *c, const struct heatmap_slices *slices,
		    const struct heatmap_slice *with, const struct span *span, uint64_t column_ns,
		    uint32_t max)
{
	c->column_ns = column_ns;
	align(c, with);
	uint64_t cnt = lay(c, span);

	c->cnt = cnt <= max ? (uint32_t)cnt : 0;
	c->cut_cnt = cut_cnt(c, slices);
}

/* All, but the last one if the time ends in its first half. */
static uint32_t count_whole(const struct heatmap_columns *c, const struct span *span)
{
	uint64_t start_ns = heatmap_columns_start(c, c->cnt - 1);
	uint64_t took_ns = span->to_ns > start_ns ? span->to_ns - start_ns : 0;

	return c->cnt > 1 && took_ns < c->column_ns / 2 ? c->cnt - 1 : c->cnt;
}

void heatmap_columns_choose(struct heatmap_columns *out, const struct heatmap_slices *slices,
			    uint64_t from_ns, uint64_t to_ns, uint32_t max)
{
	const struct heatmap_slice *with = find_usual(slices);
	struct span span = span_of(slices, from_ns, to_ns);
	uint64_t unit = with ? length(with) : MOMENT_NS, step = 1, least = 0;
	struct heatmap_columns c = { .slice_ns = with ? unit : 0 }, kept = { 0 };

	assert(max >= 1);
	/* Beyond this all the time there is fits into a column or two. */
	for (int tries = 0; tries < TRIES && step <= UINT64_MAX / 4 / unit;) {
		lay_out(&c, slices, with, &span, unit * step, max);
		if (c.cnt && !least)
			least = step, kept = c;
		if (c.cnt && (!c.cut_cnt || ++tries == TRIES))
			break;
		step = next_step(step);
	}
	*out = c.cnt && !c.cut_cnt ? c : kept;
	if (out->cnt) {
		out->whole_cnt = count_whole(out, &span);
		return;
	}
	*out = (struct heatmap_columns){
		.column_ns = UINT64_MAX, .cnt = 1, .whole_cnt = 1, .slice_ns = c.slice_ns
	};
}

uint32_t heatmap_columns_of(const struct heatmap_columns *c, uint64_t start_ns)
{
	uint64_t number = number_of(c, start_ns);

	number = number > c->first ? number - c->first : 0;
	return number < c->cnt ? (uint32_t)number : c->cnt - 1;
}

uint64_t heatmap_columns_start(const struct heatmap_columns *c, uint32_t column)
{
	unsigned __int128 ns = (unsigned __int128)(c->first + column) * c->column_ns;

	if (ns <= c->lead_ns)
		return 0;
	ns -= c->lead_ns;
	return ns < UINT64_MAX ? (uint64_t)ns : UINT64_MAX;
}
