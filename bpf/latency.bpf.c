/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What all sources of latencies share, and the parts of bpf/latency_count.bpf.h that are
 * verified once for all of them.
 *
 * current	of no interest
 * stacks	none
 * lost		nothing: shorter ones give way
 * since	5.10
 */
#include "bpf/latency.bpf.h"
#include "bpf/bit.h"
#include "bpf/unwind.bpf.h"

struct latency_cell_map latency_cells_0 SEC(".maps");
struct latency_cell_map latency_cells_1 SEC(".maps");
struct latency_cpu_map latency_cpus SEC(".maps");
struct latency_desk_map latency_desks SEC(".maps");
struct latency_sheet_map latency_sheets SEC(".maps");

const volatile __u32 latency_wanted = 0;

__u64 latency_start_ns = 0;
__u64 latency_end_ns = 0;
__u64 latency_slower_ns = 0;
__u32 latency_scale = 0;
__u32 latency_draw[ABI_MEASURE_CNT] = {};
__u32 latency_longest = ABI_LATENCY_LONGEST_MAX;
__u32 latency_start_room = 0;
__u64 latency_key_cnt[2] = {};

/* Of a slice: once so many have been among the greatest, others must exceed all of them by an
 * eighth. Values that rise all the time would make every event a single one. */
#define LATENCY_TOP_MOST 64
#define LATENCY_TOP_FULL (~0ULL >> 1) /* beyond all values */

struct latency_extremes {
	u64 least, least_at, greatest;
};

static __always_inline void latency_find(const struct latency_top *top,
					 struct latency_extremes *out)
{
	u64 least = LATENCY_TOP_FULL, at = 0, greatest = 0;

#pragma clang loop unroll(full)
	for (u32 i = 0; i < ABI_LATENCY_LONGEST_MAX; i++) {
		u64 value = top->kept[i], less = bit_less(value, least);

		least = bit_choose(less, value, least);
		at = bit_choose(less, i, at);
		greatest = bit_choose(bit_less(greatest, value) & bit_less(value, LATENCY_TOP_FULL),
				      value, greatest);
	}
	out->least = least;
	out->least_at = at;
	out->greatest = greatest;
}

/* What a value must exceed. */
static __always_inline u64 latency_floor(const struct latency_top *top,
					 const struct latency_extremes *e)
{
	u64 floor = e->least < top->seed ? top->seed : e->least;

	return floor > e->greatest && e->least < LATENCY_TOP_FULL ? e->greatest : floor;
}

static __always_inline void latency_clear(struct latency_top *top, u64 slice)
{
	struct latency_extremes e;
	u32 longest = latency_longest;

	latency_find(top, &e);
	if (e.least && e.least < LATENCY_TOP_FULL)
		top->seed = e.least - e.least / 8;
	else
		top->seed -= top->seed / 4;
	top->cnt = 0;
	top->bar = longest ? 0 : LATENCY_TOP_FULL;
#pragma clang loop unroll(full)
	for (u32 i = 0; i < ABI_LATENCY_LONGEST_MAX; i++)
		top->kept[i] = bit_choose(bit_less(i, longest), 0, LATENCY_TOP_FULL);
	*(volatile u64 *)&top->slice = slice + 1;
}

/* Returns whether the value is among the greatest. The caller owns the top. */
static __always_inline int latency_top_enter(struct latency_top *top, u64 slice, u64 value)
{
	struct latency_extremes e;

	if (top->slice != slice + 1)
		latency_clear(top, slice);
	latency_find(top, &e);
	if (value <= latency_floor(top, &e) ||
	    (top->cnt >= LATENCY_TOP_MOST && value - e.greatest / 8 <= e.greatest))
		return 0;
	top->cnt++;
	top->kept[e.least_at & (ABI_LATENCY_LONGEST_MAX - 1)] = value;
	latency_find(top, &e);
	top->bar = latency_floor(top, &e);
	return 1;
}

/*
 * Whether a value is among the greatest of this CPU, measure and slice so far; if it is, it is
 * noted. A program that interrupts another here gets a yes: one single more, and none less.
 */
__noinline int latency_top_put(u32 measure, u64 slice, u64 value)
{
	u32 cpu = bpf_get_smp_processor_id();
	struct latency_desk *desk = bpf_map_lookup_elem(&latency_desks, &cpu);
	struct latency_top *top;
	int entered;

	if (!desk || measure >= ABI_MEASURE_CNT)
		return 0;
	top = &desk->tops[measure];
	if (!unwind_own(&top->busy))
		return 1;
	if (value > LATENCY_TOP_FULL - 2)
		value = LATENCY_TOP_FULL - 2;
	entered = latency_top_enter(top, slice, value + 1);
	unwind_disown(&top->busy);
	return entered;
}
