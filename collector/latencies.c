#include "collector/latencies.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "collector/latency_cells.h"
#include "collector/latency_draw.h"
#include "collector/latency_labels.h"
#include "collector/latency_loss.h"
#include "collector/latency_programs.h"
#include "collector/latency_rows.h"
#include "collector/latency_series.h"
#include "collector/latency_singles.h"
#include "collector/latency_slices.h"
#include "collector/rings.h"
#include "collector/wait_copies.h"

#define NS_PER_S 1e9

/* What ended a moment before a flip may be counted in the epoch after it. */
#define LATE_NS 2000000ull

/* STARTs of an epoch, on all CPUs together. */
#define STARTS 256
#define STARTS_OF_CPU_MIN 4

#define USUAL_KEEP_PER_S 2000

/* Of probes nobody knows how often they fire. */
#define PROBE_DRAW (UINT32_MAX / 64)

struct latencies {
	struct latencies_parts parts;
	struct programs_latencies shared;
	struct held_stacks stacks;
	struct latency_labels labels;
	struct latency_series series;
	struct latency_slices slices;
	struct latency_cells cells;
	struct latency_singles singles;
	struct latency_loss losses;
	struct wait_copies copies;
	uint32_t measures;		  /* 1 << enum abi_measure */
	uint32_t most[ABI_MEASURE_CNT];	  /* as of latency_draw_share() */
	uint64_t before[ABI_MEASURE_CNT]; /* generated when the epoch began */
	uint64_t flip_ns;		  /* when the epoch began that is live */
};

static void open_parts(struct latencies *l)
{
	const struct latencies_parts *parts = &l->parts;
	struct trace_writer *writer = parts->ids->writer;

	l->stacks = (struct held_stacks){ .resolver = parts->resolver, .copies = parts->copies };
	l->series = (struct latency_series){
		.writer = writer,
		.events = parts->events,
		.labels = &l->labels,
	};
	l->cells = (struct latency_cells){ .series = &l->series, .slices = &l->slices };
	l->singles = (struct latency_singles){
		.ids = parts->ids,
		.resolver = parts->resolver,
		.stacks = &l->stacks,
		.series = &l->series,
		.slices = &l->slices,
		.starts.stacks = &l->stacks,
	};
	l->losses = (struct latency_loss){
		.writer = writer,
		.events = parts->events,
		.cpus = l->shared.cpus,
		.cpu_cnt = l->shared.cpu_cnt,
	};
}

/* Who wants more than is usual to be kept has the room for it. */
static void choose_draws(struct latencies *l)
{
	uint64_t times = l->parts.options->keep_per_s / USUAL_KEEP_PER_S + 1;

	for (uint32_t m = 0; m < ABI_MEASURE_CNT; m++) {
		const struct latency_row *row = latency_row_of((enum abi_measure)m);
		uint64_t most = (row ? row->draw : PROBE_DRAW) * times;

		if (l->measures >> m & 1)
			l->most[m] = most < UINT32_MAX ? (uint32_t)most : UINT32_MAX;
	}
}

/* At most half of what is kept are the longest, of each slice and measure as many. */
static uint32_t longest_for(uint64_t keep_per_s, uint32_t measures)
{
	uint64_t of_slice = keep_per_s / 2 * latency_slices_length(0) / (uint64_t)NS_PER_S;
	uint64_t longest;

	if (!keep_per_s || !measures)
		return 0;
	longest = of_slice / (uint64_t)__builtin_popcount(measures);
	if (longest > ABI_LATENCY_LONGEST_MAX)
		return ABI_LATENCY_LONGEST_MAX;
	return longest ? (uint32_t)longest : 1;
}

struct latencies *latencies_new(const struct latencies_parts *parts)
{
	struct latencies *l = mem_alloc(1, sizeof(*l));

	l->parts = *parts;
	programs_latencies(parts->programs, &l->shared);
	l->measures = latency_programs_measures(parts->options);
	for (uint32_t i = 0; i < parts->options->probe_cnt; i++)
		if (parts->options->probes[i].key)
			l->labels.probes_keyed |= 1u << i;
	open_parts(l);
	choose_draws(l);
	l->singles.longest_max = longest_for(parts->options->keep_per_s, l->measures);
	return l;
}

void latencies_free(struct latencies *l)
{
	if (!l)
		return;
	latency_singles_release(&l->singles);
	latency_cells_release(&l->cells);
	latency_series_release(&l->series);
	latency_labels_release(&l->labels);
	held_stacks_release(&l->stacks);
	free(l);
}

static void set(uint64_t *shared, uint64_t value)
{
	__atomic_store_n(shared, value, __ATOMIC_RELAXED);
}

static void set_word(uint32_t *shared, uint32_t value)
{
	__atomic_store_n(shared, value, __ATOMIC_RELAXED);
}

static uint64_t get(const uint64_t *shared)
{
	return __atomic_load_n(shared, __ATOMIC_RELAXED);
}

void latencies_start(struct latencies *l, uint64_t start_ns)
{
	uint32_t room = STARTS / l->parts.online_cnt;

	l->copies = wait_copies_of(l->parts.rings->ring_bytes);
	if (!l->parts.shares_copies)
		set_word(l->shared.copy_room, (uint32_t)l->copies.allowance);
	latency_slices_start(&l->slices, start_ns);
	l->flip_ns = start_ns;
	for (uint32_t m = 0; m < ABI_MEASURE_CNT; m++)
		set_word(&l->shared.draw[m], l->parts.options->keep_per_s ? l->most[m] : 0);
	set_word(l->shared.longest, l->singles.longest_max);
	set_word(l->shared.start_room, room < STARTS_OF_CPU_MIN ? STARTS_OF_CPU_MIN : room);
	set(l->shared.slower_ns, l->parts.options->slower_ns);
	set_word(l->shared.scale, 0);
	__atomic_store_n(l->shared.start_ns, start_ns, __ATOMIC_SEQ_CST);
}

void latencies_add(struct latencies *l, const struct abi_latency *latency, uint64_t time_ns,
		   const struct held_source *stacks)
{
	latency_singles_add(&l->singles, latency, time_ns, stacks);
}

/* How many are to be drawn in each slice: what is left by the longest. That is so for long
 * slices, too, so a long recording has fewer a second. */
static double drawn_of_slice(const struct latencies *l)
{
	double of_slice =
		(double)l->parts.options->keep_per_s * (double)latency_slices_length(0) / NS_PER_S;
	double longest = (double)l->singles.longest_max * __builtin_popcount(l->measures);

	return longest < of_slice / 2 ? of_slice - longest : of_slice / 2;
}

static void tune(struct latencies *l, uint64_t epoch_ns)
{
	double wanted = drawn_of_slice(l) * (double)epoch_ns /
			(double)latency_slices_length(l->slices.scale);
	uint32_t draw[ABI_MEASURE_CNT];
	struct abi_latency_cpu now;
	uint64_t cnt[ABI_MEASURE_CNT];

	latency_loss_sums(&l->losses, &now);
	for (uint32_t m = 0; m < ABI_MEASURE_CNT; m++) {
		cnt[m] = now.generated[m] - l->before[m];
		l->before[m] = now.generated[m];
	}
	latency_draw_share(wanted, cnt, l->most, draw);
	for (uint32_t m = 0; m < ABI_MEASURE_CNT; m++)
		set_word(&l->shared.draw[m], draw[m]);
}

/* Bytes, of the CPU that copied most. */
static uint64_t copied_in(const struct latencies *l, uint32_t epoch)
{
	uint64_t most = 0, bytes;

	for (uint32_t i = 0; i < l->shared.cpu_cnt; i++) {
		bytes = get((const uint64_t *)&l->shared.cpus[i].copied[epoch]);
		most = bytes > most ? bytes : most;
	}
	return most;
}

void latencies_flip(struct latencies *l, uint32_t epoch, uint64_t now_ns)
{
	uint64_t epoch_ns = now_ns - l->flip_ns;

	if (now_ns <= l->flip_ns)
		return;
	set_word(l->shared.scale, latency_slices_advance(&l->slices, now_ns));
	tune(l, epoch_ns);
	if (!l->parts.shares_copies)
		set_word(l->shared.copy_room,
			 wait_copies_next(&l->copies, copied_in(l, epoch), epoch_ns));
	l->flip_ns = now_ns;
}

bool latencies_filling(const struct latencies *l, uint32_t live_epoch)
{
	return get(&l->shared.key_cnt[live_epoch]) > l->shared.cell_max / 2;
}

bool latencies_want_tables(const struct latencies *l, uint32_t live_epoch)
{
	return !l->parts.shares_copies &&
	       wait_copies_want_tables(&l->copies, copied_in(l, live_epoch));
}

bool latencies_busy(const struct latencies *l, uint32_t live_epoch)
{
	return get(&l->shared.key_cnt[live_epoch]) > l->shared.cell_max / 8 ||
	       (!l->parts.shares_copies && copied_in(l, live_epoch));
}

/* The epoch after the one that is read began with the last flip: what ended before is known. */
void latencies_round(struct latencies *l, uint32_t epoch, bool last)
{
	uint64_t until = last ? UINT64_MAX : l->flip_ns - LATE_NS;

	if (get(&l->shared.key_cnt[epoch]))
		latency_cells_read(&l->cells, l->shared.cell_fd[epoch], l->shared.cpu_cnt);
	set(&l->shared.key_cnt[epoch], 0);
	for (uint32_t i = 0; i < l->shared.cpu_cnt; i++) {
		set((uint64_t *)&l->shared.cpus[i].cell_cnt[epoch], 0);
		set((uint64_t *)&l->shared.cpus[i].start_cnt[epoch], 0);
		set((uint64_t *)&l->shared.cpus[i].copied[epoch], 0);
	}
	programs_sweep_latencies(l->parts.programs, clock_now_ns());
	latency_cells_write(&l->cells, until);
	latency_singles_write(&l->singles, until);
}

void latencies_end(struct latencies *l, uint64_t end_ns)
{
	__atomic_store_n(l->shared.end_ns, end_ns, __ATOMIC_SEQ_CST);
	latency_slices_end(&l->slices, end_ns);
}

void latencies_forget(struct latencies *l)
{
	held_stacks_forget(&l->stacks);
}

void latencies_write_losses(struct latencies *l, bool last)
{
	if (last)
		latency_loss_finish(&l->losses, l->cells.written);
	else
		latency_loss_write(&l->losses);
}

uint64_t latencies_refused(const struct latencies *l)
{
	struct abi_latency_cpu sums;

	latency_loss_sums(&l->losses, &sums);
	return sums.refused;
}

void latencies_summarize(const struct latencies *l, struct latencies_summary *out)
{
	struct abi_latency_cpu sums;

	latency_loss_sums(&l->losses, &sums);
	*out = (struct latencies_summary){ .recorded = l->measures != 0 };
	for (uint32_t m = 0; m < ABI_MEASURE_CNT; m++)
		out->generated += sums.generated[m];
}
