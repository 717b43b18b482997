#ifndef FORMATS_CHUNK_RECORDS_H
#define FORMATS_CHUNK_RECORDS_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/vec.h"
#include "formats/bin_column.h"
#include "formats/latency_column.h"
#include "formats/sample_column.h"
#include "formats/trace_reader.h"
#include "formats/wait_column.h"
#include "formats/wait_sum_column.h"

struct trace_tables;

/*
 * The records of one chunk, taken and checked whole before the first of them is
 * handed out: a chunk counts or it does not. Kernel symbols, runtimes' maps and copied
 * stacks come before samples and waits, for who wants names at once.
 */
struct chunk_records {
	struct {
		VEC(struct trace_kernel_symbol);
	} kernel_symbols;
	struct {
		VEC(struct trace_jit_map);
	} jit_maps;
	struct {
		VEC(struct trace_copy);
	} copies;
	struct {
		VEC(uint64_t);
	} registers; /* of the copies, one after the other */
	struct {
		VEC(struct trace_cpu_change);
	} cpu_changes;
	struct {
		VEC(struct trace_loss_count);
	} losses;
	struct sample_column samples;
	struct wait_sum_column wait_sums;
	struct wait_column waits;
	struct {
		VEC(struct trace_account);
	} accounts;
	struct bin_column bins;
	struct latency_column latencies;
	struct buf text; /* of the latency that was handed out last */
	size_t next;	 /* of all, in the order above */
	size_t next_register;
};

void chunk_records_release(struct chunk_records *c);
void chunk_records_clear(struct chunk_records *c);

bool chunk_records_know(uint64_t section);
/* Takes one section; texts of maps and bytes of copies point into b. False: it makes no sense. */
bool chunk_records_take(struct chunk_records *c, struct trace_tables *t, uint64_t section,
			struct bytes b, uint64_t first_us);

/* The next record; false: none is left. */
bool chunk_records_next(struct chunk_records *c, struct trace_record *out);

#endif
