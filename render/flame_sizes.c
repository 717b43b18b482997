#include "render/flame_sizes.h"

#include <stdlib.h>

#define POWER_BITS 4 /* of FLAME_SIZES_POWER */

static unsigned step_of(uint64_t value)
{
	if (value < FLAME_SIZES_POWER)
		return (unsigned)value;
	unsigned power = 63 - (unsigned)__builtin_clzll(value);
	unsigned part = (unsigned)(value >> (power - POWER_BITS)) - FLAME_SIZES_POWER;

	return (power - POWER_BITS + 1) * FLAME_SIZES_POWER + part;
}

/* The smallest value of a step. */
static uint64_t step_value(unsigned step)
{
	if (step < FLAME_SIZES_POWER)
		return step;
	return (uint64_t)(FLAME_SIZES_POWER + step % FLAME_SIZES_POWER)
	       << (step / FLAME_SIZES_POWER - 1);
}

/* The lowest step, but not below `lowest`, that may be shown whole with all above it; how
 * many more frames there is room for goes to *out_room. */
static unsigned lowest_whole(const struct flame_sizes *s, unsigned lowest, uint32_t max_frames,
			     uint32_t *out_room)
{
	unsigned step = FLAME_SIZES_CNT;

	for (; step > lowest && s->cnt[step - 1] <= max_frames; step--)
		max_frames -= s->cnt[step - 1];
	*out_room = max_frames;
	return step;
}

void flame_sizes_count(struct flame_sizes *out, const struct call_tree *t, uint32_t max_frames)
{
	uint32_t room;
	unsigned step;

	*out = (struct flame_sizes){ 0 };
	for (uint32_t i = 0; i < t->node_cnt; i++)
		out->cnt[step_of(t->nodes[i].value)]++;
	step = lowest_whole(out, 0, max_frames, &room);
	flame_boxes_choose(&out->large, t, step_value(step > FLAME_SIZES_POWER ? step - 1 : step));
}

void flame_sizes_release(struct flame_sizes *s)
{
	flame_boxes_release(&s->large);
}

static int larger_first(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a < b) - (a > b);
}

/* The smallest value of one step that at most `most` of its frames reach; `above`, a value
 * beyond the step, if not even the largest may. */
static uint64_t divide_step(const struct flame_sizes *s, unsigned step, uint32_t most,
			    uint64_t above)
{
	struct {
		VEC(uint64_t);
	} values = { 0 };

	for (size_t i = 0; i < s->large.boxes.cnt; i++) {
		const struct flame_box *box = &s->large.boxes.v[i];

		if (box->node != FLAME_BOX_STRIP && step_of(box->value) == step)
			*vec_push(&values) = box->value;
	}
	qsort(values.v, values.cnt, sizeof(*values.v), larger_first);
	for (size_t i = 0; i < values.cnt && i < most; i++)
		if (i + 1 == values.cnt || values.v[i + 1] != values.v[i])
			above = values.v[i];
	vec_release(&values);
	return above;
}

uint64_t flame_sizes_min_value(const struct flame_sizes *s, uint64_t at_least, uint32_t max_frames)
{
	uint64_t least;
	uint32_t room;
	unsigned lowest = step_of(at_least);
	unsigned step = lowest_whole(s, lowest, max_frames, &room);

	if (step <= lowest)
		return at_least;
	least = step < FLAME_SIZES_CNT ? step_value(step) : UINT64_MAX;
	if (step > FLAME_SIZES_POWER)
		least = divide_step(s, step - 1, room, least);
	return least > at_least ? least : at_least;
}
