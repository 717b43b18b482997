#include "formats/bin_column.h"

#include "formats/id_steps.h"
#include "formats/latency_bin.h"

#define COLUMNS_LEAST 2 /* columns that have at least a byte of each bin */
#define RUN_LEAST 4	/* bytes of a run */

static int order(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static bool is_same_run(const struct event_bin *a, const struct event_bin *b)
{
	return a->event == b->event && a->bin.slice == b->bin.slice &&
	       a->bin.series == b->bin.series;
}

int bin_column_compare(const struct event_bin *a, const struct event_bin *b)
{
	int by = order(a->event, b->event);

	if (!by)
		by = order(a->bin.slice, b->bin.slice);
	if (!by)
		by = order(a->bin.series, b->bin.series);
	return by ? by : order(a->bin.bin, b->bin.bin);
}

static uint64_t clipped_product(uint64_t a, uint64_t b)
{
	uint64_t product;

	return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

/* What the sum of so many values of a bin can be. */
struct sum_room {
	uint64_t least, middle, most;
};

static struct sum_room room_of(const struct trace_bin *bin)
{
	struct sum_room room = { .least = clipped_product(bin->cnt, latency_bin_first(bin->bin)),
				 .most = clipped_product(bin->cnt, latency_bin_last(bin->bin)) };

	room.middle = room.least + (room.most - room.least) / 2;
	return room;
}

void bin_settle(struct trace_bin *bin)
{
	struct sum_room room = room_of(bin);

	if (bin->sum < room.least)
		bin->sum = room.least;
	if (bin->sum > room.most)
		bin->sum = room.most;
}

static size_t run_end(const struct event_bin *v, size_t cnt, size_t at)
{
	size_t end = at + 1;

	while (end < cnt && is_same_run(&v[at], &v[end]))
		end++;
	return end;
}

/* The columns of runs, one after the other. */
static void put_runs(struct buf *out, const struct event_bin *v, size_t cnt)
{
	struct buf slices = { 0 }, series = { 0 }, cnts = { 0 }, events = { 0 };
	struct id_steps slice_steps = { 0 }, series_steps = { 0 };
	size_t run_cnt = 0;

	for (size_t at = 0, end; at < cnt; at = end, run_cnt++) {
		end = run_end(v, cnt, at);
		buf_varint(&events, v[at].event);
		id_steps_put(&slice_steps, &slices, v[at].bin.slice);
		id_steps_put(&series_steps, &series, v[at].bin.series);
		buf_varint(&cnts, end - at - 1);
	}
	buf_varint(out, run_cnt);
	buf_put(out, events.v, events.len);
	buf_put(out, slices.v, slices.len);
	buf_put(out, series.v, series.len);
	buf_put(out, cnts.v, cnts.len);
	buf_release(&events);
	buf_release(&slices);
	buf_release(&series);
	buf_release(&cnts);
}

void bin_column_put(struct buf *out, const struct event_bin *v, size_t cnt)
{
	put_runs(out, v, cnt);
	for (size_t i = 0; i < cnt; i++) {
		bool is_first = !i || !is_same_run(&v[i - 1], &v[i]);

		buf_varint(out, is_first ? v[i].bin.bin : v[i].bin.bin - v[i - 1].bin.bin - 1);
	}
	for (size_t i = 0; i < cnt; i++)
		buf_varint(out, v[i].bin.cnt - 1);
	for (size_t i = 0; i < cnt; i++) {
		struct sum_room room = room_of(&v[i].bin);

		if (room.least < room.most)
			buf_zigzag(out, (int64_t)(v[i].bin.sum - room.middle));
	}
}

/* A run on its way in: its first bin, and how many it has. */
struct bin_run {
	struct event_bin first;
	uint64_t cnt;
};

struct bin_runs {
	VEC(struct bin_run);
};

static bool take_runs(struct bytes *b, struct bin_runs *runs)
{
	struct id_steps slices = { 0 }, series = { 0 };
	uint64_t cnt = bytes_varint_max(b, bytes_left(b) / RUN_LEAST);

	for (uint64_t i = 0; i < cnt; i++) {
		struct bin_run run = { 0 };

		run.first.event = (uint32_t)bytes_varint_max(b, TRACE_EVENTS_MAX - 1);
		*vec_push(runs) = run;
	}
	for (uint64_t i = 0; i < cnt; i++)
		runs->v[i].first.bin.slice = id_steps_take(&slices, b);
	for (uint64_t i = 0; i < cnt; i++)
		runs->v[i].first.bin.series = id_steps_take(&series, b);
	for (uint64_t i = 0; i < cnt; i++)
		runs->v[i].cnt = bytes_varint_max(b, LATENCY_BINS - 1) + 1;
	return !b->failed;
}

/* Makes the bins of all runs, with what they share. */
static bool make_bins(const struct bytes *b, const struct bin_runs *runs, struct bin_column *out)
{
	size_t left = bytes_left(b) / COLUMNS_LEAST;

	for (size_t i = 0; i < runs->cnt; i++) {
		if (runs->v[i].cnt > left)
			return false;
		left -= runs->v[i].cnt;
		for (uint64_t cnt = runs->v[i].cnt; cnt; cnt--)
			*vec_push(out) = runs->v[i].first;
	}
	return true;
}

static bool take_bins(struct bytes *b, struct event_bin *v, size_t cnt)
{
	for (size_t i = 0; i < cnt; i++) {
		bool is_first = !i || !is_same_run(&v[i - 1], &v[i]);
		uint64_t from = is_first ? 0 : (uint64_t)v[i - 1].bin.bin + 1;

		if (from >= LATENCY_BINS)
			return false;
		v[i].bin.bin = (uint32_t)(from + bytes_varint_max(b, LATENCY_BINS - 1 - from));
	}
	return !b->failed;
}

static bool take_sum(struct bytes *b, struct trace_bin *bin)
{
	struct sum_room room = room_of(bin);
	uint64_t step;

	bin->sum = room.least;
	if (room.least == room.most)
		return true;
	step = (uint64_t)bytes_zigzag(b);
	bin->sum = room.middle + step;
	return !b->failed && ((int64_t)step < 0 ? -step <= room.middle - room.least
						: step <= room.most - room.middle);
}

bool bin_column_take(struct bytes *b, struct bin_column *out)
{
	size_t before = out->cnt, cnt;
	struct bin_runs runs = { 0 };
	struct event_bin *v;
	bool good;

	good = take_runs(b, &runs) && make_bins(b, &runs, out);
	vec_release(&runs);
	v = out->v + before;
	cnt = out->cnt - before;
	if (!good || !take_bins(b, v, cnt))
		return false;
	for (size_t i = 0; i < cnt; i++)
		v[i].bin.cnt = bytes_varint_max(b, UINT64_MAX - 1) + 1;
	for (size_t i = 0; i < cnt; i++)
		if (!take_sum(b, &v[i].bin))
			return false;
	return !b->failed && !bytes_left(b);
}
