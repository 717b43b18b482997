#include "render/heatmap_shades.h"

#include <math.h>
#include <stdlib.h>

#include "render/palette.h"

#define PALEST 3 /* the palette's first steps are too near to paper for a single small cell */

void heatmap_shades_init(struct heatmap_shades *s, enum heatmap_shade how)
{
	*s = (struct heatmap_shades){ .how = how };
}

void heatmap_shades_release(struct heatmap_shades *s)
{
	if (s)
		vec_release(&s->values);
}

/* Neighbours are often equal: one entry stands for several. */
void heatmap_shades_add(struct heatmap_shades *s, uint64_t value)
{
	struct heatmap_value *last = s->values.cnt ? &s->values.v[s->values.cnt - 1] : NULL;

	s->cell_cnt++;
	if (last && last->value == value)
		last->cnt++;
	else
		*vec_push(&s->values) = (struct heatmap_value){ .value = value, .cnt = 1 };
}

static int compare(const void *left, const void *right)
{
	const struct heatmap_value *a = left, *b = right;

	return (a->value > b->value) - (a->value < b->value);
}

static void sort_values(struct heatmap_shades *s)
{
	size_t kept = 0;
	uint64_t below = 0;

	if (s->values.cnt)
		qsort(s->values.v, s->values.cnt, sizeof(*s->values.v), compare);
	for (size_t i = 0; i < s->values.cnt; i++) {
		struct heatmap_value value = s->values.v[i];

		if (kept && s->values.v[kept - 1].value == value.value) {
			s->values.v[kept - 1].cnt += value.cnt;
		} else {
			value.below_cnt = below;
			s->values.v[kept++] = value;
		}
		below += value.cnt;
	}
	s->values.cnt = kept;
	s->greatest = kept ? s->values.v[kept - 1].value : 0;
}

void heatmap_shades_finish(struct heatmap_shades *s)
{
	sort_values(s);
	for (unsigned step = 0; step < HEATMAP_STEPS; step++) {
		s->steps[step].least = UINT64_MAX;
		s->steps[step].most = 0;
	}
	for (size_t i = 0; i < s->values.cnt; i++) {
		uint64_t value = s->values.v[i].value;
		unsigned step = heatmap_shades_step(s, value);

		if (value < s->steps[step].least)
			s->steps[step].least = value;
		if (value >= s->steps[step].most)
			s->steps[step].most = value;
	}
}

static size_t place_of(const struct heatmap_shades *s, uint64_t value)
{
	size_t low = 0, high = s->values.cnt;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (s->values.v[middle].value < value)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static unsigned by_rank(const struct heatmap_shades *s, uint64_t value)
{
	size_t place = place_of(s, value);

	if (place == s->values.cnt)
		return HEATMAP_STEPS - 1;
	const struct heatmap_value *v = &s->values.v[place];

	return (unsigned)((2 * v->below_cnt + v->cnt) * HEATMAP_STEPS / (2 * s->cell_cnt));
}

static unsigned by_share(double share)
{
	unsigned step = (unsigned)(share * HEATMAP_STEPS);

	return step < HEATMAP_STEPS ? step : HEATMAP_STEPS - 1;
}

unsigned heatmap_shades_step(const struct heatmap_shades *s, uint64_t value)
{
	double share = s->greatest ? (double)value / (double)s->greatest : 0;

	switch (s->how) {
	case HEATMAP_RANK:
		return by_rank(s, value);
	case HEATMAP_SQRT:
		return by_share(sqrt(share));
	case HEATMAP_LINEAR:
		break;
	}
	return by_share(share);
}

bool heatmap_shades_has(const struct heatmap_shades *s, unsigned step)
{
	return s->steps[step].least <= s->steps[step].most;
}

uint32_t heatmap_shades_rgb(unsigned step)
{
	return palette_heat(PALEST +
			    step * (PALETTE_HEAT_STEPS - 1 - PALEST) / (HEATMAP_STEPS - 1));
}
