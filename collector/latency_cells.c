#include "collector/latency_cells.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/sum.h"
#include "formats/latency_bin.h"

#define BATCH 256
#define HELD_MAX 65536
#define SERIES_MAX 65536

/* Cells of the map, as it hands them out. */
struct batch {
	struct abi_latency_key keys[BATCH];
	struct abi_latency_cell *values; /* of all CPUs, key after key */
};

/* With batches; false where the kernel has none (before 5.6), or no memory for them. */
static bool take_batches(struct latency_cells *c, struct batch *batch, int fd, uint32_t cpu_cnt)
{
	uint32_t at = 0, next = 0, cnt;
	bool first = true;
	int failed;

	do {
		cnt = BATCH;
		failed = bpf_map_lookup_and_delete_batch(fd, first ? NULL : &at, &next, batch->keys,
							 batch->values, &cnt, NULL);
		if (failed && errno != ENOENT)
			return false;
		for (uint32_t i = 0; i < cnt; i++)
			latency_cells_add(c, &batch->keys[i], batch->values + (size_t)i * cpu_cnt,
					  cpu_cnt);
		at = next;
		first = false;
	} while (!failed);
	return true;
}

static void take_one_by_one(struct latency_cells *c, struct batch *batch, int fd, uint32_t cpu_cnt)
{
	struct abi_latency_key key;

	while (!bpf_map_get_next_key(fd, NULL, &key)) {
		if (bpf_map_lookup_elem(fd, &key, batch->values))
			return;
		latency_cells_add(c, &key, batch->values, cpu_cnt);
		if (bpf_map_delete_elem(fd, &key))
			return;
	}
}

void latency_cells_read(struct latency_cells *c, int fd, uint32_t cpu_cnt)
{
	struct batch *batch = mem_alloc(1, sizeof(*batch));

	batch->values = mem_alloc((size_t)BATCH * cpu_cnt, sizeof(*batch->values));
	if (!take_batches(c, batch, fd, cpu_cnt))
		take_one_by_one(c, batch, fd, cpu_cnt);
	free(batch->values);
	free(batch);
}

static struct latency_cell *cell_of(struct latency_cells *c, const struct latency_cell *like)
{
	uint64_t a = (uint64_t)like->series << 32 | like->slice;
	uint64_t b = (uint64_t)like->bin << 8 | like->scale;
	uint32_t offered = (uint32_t)c->held.cnt;
	uint32_t at = idmap_intern(&c->by_key, a, b, offered);

	if (at == offered)
		*vec_push(&c->held) = *like;
	return &c->held.v[at];
}

/* Of one CPU after the other. */
static struct abi_latency_cell sum_of(const struct abi_latency_cell *values, uint32_t cpu_cnt)
{
	uint64_t cnt = 0, sum = 0;

	for (uint32_t cpu = 0; cpu < cpu_cnt; cpu++) {
		cnt += values[cpu].cnt;
		sum_clipped(&sum, values[cpu].sum);
	}
	return (struct abi_latency_cell){ .cnt = cnt, .sum = sum };
}

static void add_cell(struct latency_cells *c, const struct abi_latency_key *key,
		     const struct abi_latency_cell *all)
{
	struct latency_cell *cell;

	if (c->held.cnt >= HELD_MAX || c->series->entries.cnt >= SERIES_MAX)
		latency_cells_write(c, UINT64_MAX);
	cell = cell_of(c, &(struct latency_cell){
				  .series = latency_series_number(c->series, key->measure,
								  key->what, key->comm),
				  .slice = key->slice,
				  .bin = key->bin,
				  .scale = key->scale,
			  });
	cell->cnt += all->cnt;
	sum_clipped(&cell->sum, all->sum);
}

/* Requests that went to the device at once: their sizes and their times there. */
static void add_parts(struct latency_cells *c, const struct abi_latency_key *key, uint32_t size_bin,
		      const struct abi_latency_cell *all)
{
	struct abi_latency_key part = *key;
	struct abi_latency_cell sizes = { .cnt = all->cnt };

	part.measure = ABI_MEASURE_BLOCK_DEVICE;
	add_cell(c, &part, all);
	part.measure = ABI_MEASURE_BLOCK_BYTES;
	part.bin = (uint16_t)size_bin;
	sizes.sum = all->cnt * latency_bin_first(size_bin);
	add_cell(c, &part, &sizes);
}

void latency_cells_add(struct latency_cells *c, const struct abi_latency_key *key,
		       const struct abi_latency_cell *values, uint32_t cpu_cnt)
{
	struct abi_latency_cell all = sum_of(values, cpu_cnt);
	struct abi_latency_key whole = *key;
	uint32_t size_bin = 0;

	if (key->measure == ABI_MEASURE_BLOCK && key->what != ABI_LATENCY_OTHERS) {
		size_bin = (uint32_t)(key->what >> ABI_BLOCK_BYTES_SHIFT);
		whole.what &= (1ull << ABI_BLOCK_BYTES_SHIFT) - 1;
	}
	if (key->measure >= ABI_MEASURE_CNT || key->bin >= ABI_LATENCY_BINS ||
	    size_bin >= ABI_LATENCY_BINS || key->scale >= ABI_LATENCY_SCALE_CNT) {
		c->unreadable++;
		return;
	}
	add_cell(c, &whole, &all);
	if (size_bin)
		add_parts(c, &whole, size_bin, &all);
}

static void write_cell(struct latency_cells *c, const struct latency_cell *cell,
		       const struct trace_slice *slice)
{
	struct trace_writer *writer = c->series->writer;

	if (!cell->cnt)
		return;
	trace_writer_bin(writer, &(struct trace_bin){
					 .slice = trace_writer_slice(writer, slice),
					 .series = latency_series_put(c->series, cell->series),
					 .bin = cell->bin,
					 .cnt = cell->cnt,
					 .sum = cell->sum,
				 });
	c->written[c->series->entries.v[cell->series].measure] += cell->cnt;
}

void latency_cells_write(struct latency_cells *c, uint64_t until_ns)
{
	size_t held = c->held.cnt;

	c->held.cnt = 0;
	idmap_clear(&c->by_key);
	for (size_t i = 0; i < held; i++) {
		struct latency_cell cell = c->held.v[i];
		struct trace_slice slice = latency_slices_get(c->slices, cell.scale, cell.slice);

		if (slice.end_ns < until_ns)
			write_cell(c, &cell, &slice);
		else
			cell_of(c, &cell);
	}
	if (!c->held.cnt && c->series->entries.cnt >= SERIES_MAX)
		latency_series_forget(c->series);
}

void latency_cells_release(struct latency_cells *c)
{
	vec_release(&c->held);
	idmap_release(&c->by_key);
}
