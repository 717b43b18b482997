/*
 * Traces whose heat maps are known: make_heatmaps NAME OUT. What each of them shows:
 *
 *	modes    60 s, 10^6 events around 100 us and 8 ms; the slow ones become slower at 40 s;
 *	         one event of 900 ms at 31.4 s
 *	stall    60 s at 200 us; what began in 50 ms from 23.7 s on ended together; nothing
 *	         ended from 40 s to 41 s
 *	one      one event
 *	many     10^9 events in a second, and one that took a second
 *	edges    latencies of 0 and of 2^63 ns, beside usual ones
 *	devices  eight devices, and sizes
 *	slices   slices of 100, then 200, 500 ms and 2 s
 *	hour     3600 slices of a second, each with 60 bins or more
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/latency_trace.h"

#define US 1000ull
#define MS 1000000ull
#define S 1000000000ull
#define ROWS_MAX 800000

struct making {
	struct latency_trace_row rows[ROWS_MAX];
	size_t row_cnt;
	struct latency_trace_single singles[64];
	size_t single_cnt;
	uint64_t random;
	/* Of the slice that is being filled. */
	uint64_t cnt[LATENCY_BINS], sum[LATENCY_BINS];
};

/* Even, 0 to 65535; the same on every machine. */
static uint32_t draw(struct making *m)
{
	m->random = m->random * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(m->random >> 48);
}

static void add(struct making *m, uint64_t value, uint64_t cnt)
{
	m->cnt[latency_bin_of(value)] += cnt;
	m->sum[latency_bin_of(value)] += cnt * value;
}

/* About as a bell on a logarithmic scale, from half of the value to twice of it. */
static uint64_t around(struct making *m, uint64_t value)
{
	uint64_t sum = 0;

	for (int i = 0; i < 6; i++)
		sum += draw(m);
	/* 2^x by a parabola that is right at x = 0 and 1. */
	uint64_t x = sum / 3 % 65536, power = 65536 + x * 2 / 3 + x * x / 65536 / 3;

	return value / (sum < 3 * 65536 ? 2 : 1) * power / 65536;
}

static void add_around(struct making *m, uint64_t value, uint64_t cnt)
{
	while (cnt-- > 0)
		add(m, around(m, value), 1);
}

static void end_slice(struct making *m, const struct latency_trace_row *like)
{
	for (uint32_t bin = 0; bin < LATENCY_BINS; bin++) {
		struct latency_trace_row *row = &m->rows[m->row_cnt];

		if (!m->cnt[bin])
			continue;
		*row = *like;
		row->value = latency_bin_first(bin);
		row->cnt = m->cnt[bin];
		row->sum = m->sum[bin];
		m->row_cnt++;
	}
	memset(m->cnt, 0, sizeof(m->cnt));
	memset(m->sum, 0, sizeof(m->sum));
}

static void keep(struct making *m, uint64_t end_ns, uint64_t value, const char *stack)
{
	m->singles[m->single_cnt++] = (struct latency_trace_single){
		.row = 0, .end_ns = end_ns, .value = value, .stack = stack, .tid = 77, .comm = "db"
	};
}

static void make_modes(struct making *m)
{
	for (uint64_t slice = 0; slice < 600; slice++) {
		add_around(m, 100 * US, 1250);
		add_around(m, slice < 400 ? 8 * MS : 20 * MS, slice % 3 ? 417 : 416);
		if (slice == 314)
			add(m, 900 * MS, 1);
		end_slice(m, &(struct latency_trace_row){
				     .event = "block", .process = "db", .start_ms = slice * 100 });
	}
	keep(m, 31450 * MS, 900 * MS, "main;query;[k]io_schedule");
	keep(m, 50 * MS, 9 * MS, "main;query;[k]io_schedule");
}

static void make_stall(struct making *m)
{
	for (uint64_t slice = 0; slice < 600; slice++) {
		if (slice < 400 || slice >= 410)
			add_around(m, 200 * US, 100);
		for (uint64_t ms = 1; slice == 237 && ms <= 50; ms++)
			add(m, ms * MS, 1);
		end_slice(m, &(struct latency_trace_row){
				     .event = "block", .process = "db", .start_ms = slice * 100 });
	}
	keep(m, 23760 * MS, 50 * MS, "main;query;[k]io_schedule");
}

static void make_one(struct making *m)
{
	add(m, 1234567, 1);
	end_slice(m, &(struct latency_trace_row){
			     .event = "block", .process = "db", .start_ms = 400 });
	keep(m, 450 * MS, 1234567, NULL);
}

static void make_many(struct making *m)
{
	for (uint64_t slice = 0; slice < 10; slice++) {
		for (int i = 0; i < 1000; i++)
			add(m, around(m, US), 100000);
		if (slice == 7)
			add(m, S, 1);
		end_slice(m, &(struct latency_trace_row){
				     .event = "runq", .process = "busy", .start_ms = slice * 100 });
	}
}

static void make_edges(struct making *m)
{
	for (uint64_t slice = 0; slice < 20; slice++) {
		add_around(m, 100 * US, 50);
		if (slice == 4)
			add(m, 0, 1);
		if (slice == 11)
			add(m, 1ull << 63, 1);
		end_slice(m, &(struct latency_trace_row){
				     .event = "runq", .process = "odd", .start_ms = slice * 100 });
	}
}

static void make_devices(struct making *m)
{
	static const char *const names[] = { "sda",  "sdb",  "nvme0n1", "md0",
					     "dm-0", "dm-1", "loop7",	"<&\"'\033[31m" };
	static const uint64_t sizes[] = { 4096, 16384, 65536, 1 << 20 };

	for (uint64_t slice = 0; slice < 50; slice++)
		for (uint64_t i = 0; i < 8; i++) {
			add_around(m, (50 << i) * US, 80 / (i + 1) + 1);
			end_slice(m, &(struct latency_trace_row){
					     .event = "block",
					     .process = i % 2 ? "db" : "backup",
					     .labels = { names[i], i % 3 ? "read" : "write" },
					     .start_ms = slice * 100 });
			for (int k = 0; k < 4; k++)
				add(m, sizes[k], (slice + i) % (unsigned)(4 + k) + 1);
			end_slice(m, &(struct latency_trace_row){ .event = "block-bytes",
								  .process = "db",
								  .labels = { names[i], "read" },
								  .start_ms = slice * 100 });
		}
	for (size_t row = 0; row < m->row_cnt && m->single_cnt < 4; row += 7)
		if (!strcmp(m->rows[row].event, "block"))
			keep(m, 40 * MS, 100 * US, "main;[k]io_schedule");
}

static void make_slices(struct making *m)
{
	static const struct {
		uint64_t ms, until_ms;
	} parts[] = { { 100, 2000 }, { 200, 5000 }, { 500, 10000 }, { 2000, 30000 } };
	uint64_t at = 0;

	for (int i = 0; i < 4; i++)
		for (; at < parts[i].until_ms; at += parts[i].ms) {
			add_around(m, (100 + at / 30) * US, parts[i].ms / 10);
			end_slice(m, &(struct latency_trace_row){ .event = "syscall",
								  .process = "srv",
								  .labels = { "read" },
								  .start_ms = at,
								  .end_ms = at + parts[i].ms });
		}
}

static void make_hour(struct making *m)
{
	for (uint64_t slice = 0; slice < 3600; slice++) {
		for (int i = 0; i < 300; i++)
			add(m, (1000ull << draw(m) % 20) * (8 + draw(m) % 8) / 8, draw(m) % 50 + 1);
		end_slice(m, &(struct latency_trace_row){ .event = "syscall",
							  .process = "srv",
							  .labels = { "read" },
							  .start_ms = slice * 1000,
							  .end_ms = slice * 1000 + 1000 });
	}
}

static const struct {
	const char *name;
	void (*make)(struct making *m);
} cases[] = {
	{ "modes", make_modes },   { "stall", make_stall }, { "one", make_one },
	{ "many", make_many },	   { "edges", make_edges }, { "devices", make_devices },
	{ "slices", make_slices }, { "hour", make_hour },
};

int main(int argc, char **argv)
{
	struct making *m = calloc(1, sizeof(*m));
	struct err err = { 0 };

	if (argc != 3 || !m)
		return 2;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		if (strcmp(cases[i].name, argv[1]))
			continue;
		cases[i].make(m);
		struct latency_trace trace = { .rows = m->rows,
					       .row_cnt = m->row_cnt,
					       .singles = m->singles,
					       .single_cnt = m->single_cnt };

		if (latency_trace_write(argv[2], &trace, &err)) {
			fprintf(stderr, "%s\n", err.text);
			return 1;
		}
		return 0;
	}
	fprintf(stderr, "no such case\n");
	return 2;
}
