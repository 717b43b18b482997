#ifndef RENDER_HEATMAP_SHADES_H
#define RENDER_HEATMAP_SHADES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/vec.h"
#include "render/heatmap_request.h"

/*
 * Which colour a cell gets by what is in it: a step from 0 to HEATMAP_STEPS - 1, each darker
 * than the one before. By rank, the cells are laid out evenly over the steps, in order of what
 * is in them, so that neither a few full cells nor many nearly empty ones take all of them, and
 * equal ones are in the middle of their places; else a value's share of the greatest decides.
 * Whatever is in a cell, it is seen: there is no step for none.
 */
#define HEATMAP_STEPS 10

struct heatmap_value {
	uint64_t value;
	uint64_t below_cnt, cnt; /* cells with less, and with as much */
};

struct heatmap_shades {
	enum heatmap_shade how;
	uint64_t greatest;
	struct {
		VEC(struct heatmap_value); /* sorted, and each once, when finished */
	} values;
	uint64_t cell_cnt;
	struct {
		uint64_t least, most; /* values that have the step; none: least is greater */
	} steps[HEATMAP_STEPS];
};

void heatmap_shades_init(struct heatmap_shades *s, enum heatmap_shade how);
/* Accepts zeroed ones. */
void heatmap_shades_release(struct heatmap_shades *s);

void heatmap_shades_add(struct heatmap_shades *s, uint64_t value);
void heatmap_shades_finish(struct heatmap_shades *s);

/* Of a value that was added. */
unsigned heatmap_shades_step(const struct heatmap_shades *s, uint64_t value);

/* Whether cells have the step. */
bool heatmap_shades_has(const struct heatmap_shades *s, unsigned step);

/* 0xRRGGBB: the least is plainly not nothing. */
uint32_t heatmap_shades_rgb(unsigned step);

#endif
