#include "collector/latency_cells.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/sum.h"

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

void latency_cells_add(struct latency_cells *c, const struct abi_latency_key *key,
		       const struct abi_latency_cell *values, uint32_t cpu_cnt)
{
	struct latency_cell *cell;

	if (key->measure >= ABI_MEASURE_CNT || key->bin >= ABI_LATENCY_BINS ||
	    key->scale >= ABI_LATENCY_SCALE_CNT) {
		c->unreadable++;
		return;
	}
	if (c->held.cnt >= HELD_MAX || c->series->entries.cnt >= SERIES_MAX)
		latency_cells_write(c, UINT64_MAX);
	cell = cell_of(c, &(struct latency_cell){
				  .series = latency_series_number(c->series, key->measure,
								  key->what, key->comm),
				  .slice = key->slice,
				  .bin = key->bin,
				  .scale = key->scale,
			  });
	for (uint32_t cpu = 0; cpu < cpu_cnt; cpu++) {
		cell->cnt += values[cpu].cnt;
		sum_clipped(&cell->sum, values[cpu].sum);
	}
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
