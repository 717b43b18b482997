#ifndef FORMATS_TRACE_READER_H
#define FORMATS_TRACE_READER_H

#include <stdbool.h>

#include "base/err.h"
#include "formats/trace.h"

/*
 * A trace file in, records out, in file order, in memory for the widest table
 * and not for the trace. Nothing in a file is believed before it is checked: a
 * chunk that does not hold is skipped and counted (TRACE_LOSS_DAMAGED_*), what
 * refers to it becomes a TRACE_FRAME_LOST frame with TRACE_REASON_DAMAGED, and
 * the rest is read. Every id that the reader hands out is valid.
 *
 *	while ((got = trace_reader_next(r, &record, &err)) > 0)
 *		switch (record.kind) ...
 *
 * The tables of the current group are asked by id; texts in them stay valid
 * until the next TRACE_RECORD_KEY_FRAME, the text of a JIT map and what a copy points to until
 * the next call.
 * Frame 0 and process 0 are in no file: they stand for what damage took.
 */
struct trace_reader;
struct trace_source;

enum trace_record_kind {
	TRACE_RECORD_KEY_FRAME = 1, /* tables start again; ids before it are void */
	TRACE_RECORD_NODES = 2,	    /* tables have grown; see the _cnt functions */
	TRACE_RECORD_SAMPLE = 3,
	TRACE_RECORD_KERNEL_SYMBOL = 4,
	TRACE_RECORD_JIT_MAP = 5,
	TRACE_RECORD_CPU_CHANGE = 6,
	TRACE_RECORD_LOSS = 7,
	TRACE_RECORD_COPY = 8, /* before the samples of its chunk */
	TRACE_RECORD_WAIT_SUM = 9,
	TRACE_RECORD_WAIT = 10,
	TRACE_RECORD_ACCOUNT = 11,
	TRACE_RECORD_BIN = 12,
	TRACE_RECORD_LATENCY = 13,
};

struct trace_record {
	enum trace_record_kind kind;
	union {
		struct trace_sample sample;
		struct trace_kernel_symbol kernel_symbol;
		struct trace_jit_map jit_map;
		struct trace_copy copy;
		struct trace_cpu_change cpu_change;
		struct trace_loss_count loss;
		struct trace_wait_sum wait_sum;
		struct trace_wait wait;
		struct trace_account account;
		struct trace_bin bin;
		struct trace_latency latency; /* its text: until the next call */
	};
};

/* "-" reads stdin (whole, into memory). -EBADMSG: not a trace; -ENOTSUP: a newer one,
 * naming what it needs. The facts, events and, with a trailer, the totals are known. */
int trace_reader_open(struct trace_reader **out, const char *path, struct err *err);
/* The same on bytes that stay valid and unchanged until close; `name` is for messages. */
int trace_reader_open_bytes(struct trace_reader **out, const void *bytes, size_t len,
			    const char *name, struct err *err);
void trace_reader_close(struct trace_reader *r);

/* 1: a record; 0: the end; negative: an error that is not damage. */
int trace_reader_next(struct trace_reader *r, struct trace_record *out, struct err *err);
/* Back to the first record. */
void trace_reader_rewind(struct trace_reader *r);

/* As given, for messages. */
const char *trace_reader_path(const struct trace_reader *r);
uint64_t trace_reader_bytes(const struct trace_reader *r);

/* "" where the trace does not say. */
const char *trace_reader_fact(const struct trace_reader *r, enum trace_fact fact);
uint64_t trace_reader_fact_number(const struct trace_reader *r, enum trace_fact fact);

uint32_t trace_reader_event_cnt(const struct trace_reader *r);
const struct trace_event *trace_reader_event(const struct trace_reader *r, uint32_t id);

uint32_t trace_reader_module_cnt(const struct trace_reader *r);
uint32_t trace_reader_process_cnt(const struct trace_reader *r);
uint32_t trace_reader_thread_cnt(const struct trace_reader *r);
uint32_t trace_reader_mappings_cnt(const struct trace_reader *r);
uint32_t trace_reader_frame_cnt(const struct trace_reader *r);
uint32_t trace_reader_node_cnt(const struct trace_reader *r);
const struct trace_module *trace_reader_module(const struct trace_reader *r, uint32_t id);
const struct trace_process *trace_reader_process(const struct trace_reader *r, uint32_t id);
const struct trace_thread *trace_reader_thread(const struct trace_reader *r, uint32_t id);
/* Valid until the next call: rows are unpacked when they are asked for. */
const struct trace_mappings *trace_reader_mappings(const struct trace_reader *r, uint32_t id);
const struct trace_frame *trace_reader_frame(const struct trace_reader *r, uint32_t id);
const struct trace_node *trace_reader_node(const struct trace_reader *r, uint32_t id);
uint32_t trace_reader_link_cnt(const struct trace_reader *r);
uint32_t trace_reader_slice_cnt(const struct trace_reader *r);
const struct trace_link *trace_reader_link(const struct trace_reader *r, uint32_t id);
const struct trace_slice *trace_reader_slice(const struct trace_reader *r, uint32_t id);

uint32_t trace_reader_series_cnt(const struct trace_reader *r);
const struct trace_series *trace_reader_series(const struct trace_reader *r, uint32_t id);

/* False for an import of a format without times: all of its records say 0. */
bool trace_reader_has_times(const struct trace_reader *r);
/* True: a trailer was there and everything before it was whole so far. */
bool trace_reader_is_clean(const struct trace_reader *r);
/* It was read to its end once, and all of it held. */
bool trace_reader_was_whole(const struct trace_reader *r);
/* From the trailer; without one, or after damage, exact only once the end was reached. */
const struct trace_totals *trace_reader_totals(const struct trace_reader *r);

/* The bytes behind it, for who reads other chunks than those of records. */
const struct trace_source *trace_reader_source(const struct trace_reader *r);

/* What the trailer itself says; false: there is none. */
bool trace_reader_recorded_totals(const struct trace_reader *r, struct trace_totals *out);

/* True: the file carries names (name_table_read() gets them). */
bool trace_reader_has_names(const struct trace_reader *r);

#endif
