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

void heatmap_shades_add(struct heatmap_shades *s, uint64_t value)
{
	if (!s->values.cnt || s->values.v[s->values.cnt - 1] != value)
		*vec_push(&s->values) = value;
}

static int compare(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

static void sort_values(struct heatmap_shades *s)
{
	size_t kept = 0;

	if (s->values.cnt)
		qsort(s->values.v, s->values.cnt, sizeof(*s->values.v), compare);
	for (size_t i = 0; i < s->values.cnt; i++)
		if (!kept || s->values.v[kept - 1] != s->values.v[i])
			s->values.v[kept++] = s->values.v[i];
	s->values.cnt = kept;
	s->greatest = kept ? s->values.v[kept - 1] : 0;
}

void heatmap_shades_finish(struct heatmap_shades *s)
{
	sort_values(s);
	for (unsigned step = 0; step < HEATMAP_STEPS; step++) {
		s->steps[step].least = UINT64_MAX;
		s->steps[step].most = 0;
	}
	for (size_t i = 0; i < s->values.cnt; i++) {
		uint64_t value = s->values.v[i];
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

		if (s->values.v[middle] < value)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static unsigned by_rank(const struct heatmap_shades *s, uint64_t value)
{
	size_t last = s->values.cnt - 1;

	if (!last)
		return HEATMAP_STEPS / 2;
	if (last < HEATMAP_STEPS)
		return (unsigned)(place_of(s, value) * (HEATMAP_STEPS - 1) / last);
	return (unsigned)(place_of(s, value) * HEATMAP_STEPS / (last + 1));
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
		return s->values.cnt ? by_rank(s, value) : 0;
	case HEATMAP_SQRT:
		return by_share(sqrt(share));
	case HEATMAP_LINEAR:
		break;
	}
	return by_share(share);
}

int heatmap_shades_has(const struct heatmap_shades *s, unsigned step)
{
	return s->steps[step].least <= s->steps[step].most;
}

uint32_t heatmap_shades_rgb(unsigned step)
{
	return palette_heat(PALEST +
			    step * (PALETTE_HEAT_STEPS - 1 - PALEST) / (HEATMAP_STEPS - 1));
}
