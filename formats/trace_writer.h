#ifndef FORMATS_TRACE_WRITER_H
#define FORMATS_TRACE_WRITER_H

#include <stdbool.h>

#include "base/err.h"
#include "formats/trace.h"

/*
 * Records in, a trace file out (formats/TRACE.md). Records gather in memory and
 * leave as one chunk, with one write, at trace_writer_flush() or when the chunk
 * is full; nothing that was written is touched again, so the file may be a pipe
 * and whatever was flushed survives a SIGKILL.
 *
 * The writer interns: equal modules, processes, threads, frames and nodes get
 * the id they had. At a key frame all tables start again; that happens only within
 * trace_writer_flush(), which says so through trace_writer_group(): when that number
 * changes, all ids that the caller holds are void. Who never flushes fills the tables
 * up to their limits, and then gets an error.
 *
 * Errors stick: after the first one every call returns it. On a full disk the
 * room that was reserved takes the trailer, with TRACE_STOP_DISK_FULL, and the
 * sticking code is -ENOSPC.
 */
struct trace_writer;

struct trace_writer_options {
	int level;		/* of zstd; 0: the default for live traces */
	uint64_t group_bytes;	/* raw bytes after which a key frame comes; 0: default */
	const uint8_t *file_id; /* 16 bytes, for tests that want the same file; NULL: random */
};

/* Opens `path` ("-": stdout) beside its place; see trace_writer_publish(). */
int trace_writer_open(struct trace_writer **out, const char *path,
		      const struct trace_writer_options *options, struct err *err);

/* Facts and events are repeated at each key frame; set them before the first record. */
void trace_writer_fact(struct trace_writer *w, enum trace_fact fact, const char *text);
uint32_t trace_writer_event(struct trace_writer *w, const struct trace_event *event);

/*
 * Writes the first chunk and gives the file its name, over an older trace: from
 * here on what is flushed is there for everybody, whatever happens to us.
 */
int trace_writer_publish(struct trace_writer *w, struct err *err);

/* Changes when all ids have become void. */
uint32_t trace_writer_group(const struct trace_writer *w);

uint32_t trace_writer_module(struct trace_writer *w, const struct trace_module *module);
uint32_t trace_writer_process(struct trace_writer *w, const struct trace_process *process);
uint32_t trace_writer_thread(struct trace_writer *w, const struct trace_thread *thread);
uint32_t trace_writer_frame(struct trace_writer *w, const struct trace_frame *frame);
/* Their modules are of this group. What is beyond TRACE_MAPPINGS_MAX, empty or overlaps
 * what stands before it is left out. */
uint32_t trace_writer_mappings(struct trace_writer *w, const struct trace_mappings *mappings);
/* Parent TRACE_NONE makes a root. Deeper than TRACE_DEPTH_MAX returns the parent. */
uint32_t trace_writer_node(struct trace_writer *w, uint32_t parent, uint32_t frame);

/* Samples may come in any order; within a chunk they are sorted by CPU and time. */
void trace_writer_sample(struct trace_writer *w, const struct trace_sample *sample);
void trace_writer_kernel_symbol(struct trace_writer *w, const struct trace_kernel_symbol *symbol);
void trace_writer_jit_map(struct trace_writer *w, const struct trace_jit_map *map);
/* In the group of the samples that have it in their stacks; `mappings` TRACE_NONE: none
 * are known. Bytes beyond TRACE_COPY_BYTES_MAX are left out. */
void trace_writer_copy(struct trace_writer *w, const struct trace_copy *copy);
void trace_writer_cpu_change(struct trace_writer *w, const struct trace_cpu_change *change);
void trace_writer_loss(struct trace_writer *w, const struct trace_loss_count *loss);

/* Waits (formats/trace.h). Links and slices are interned like nodes; a parent is of this group,
 * and a chain of more than TRACE_CHAIN_MAX links returns the parent. */
uint32_t trace_writer_link(struct trace_writer *w, const struct trace_link *link);
uint32_t trace_writer_slice(struct trace_writer *w, const struct trace_slice *slice);
void trace_writer_wait_sum(struct trace_writer *w, const struct trace_wait_sum *sum);
void trace_writer_wait(struct trace_writer *w, const struct trace_wait *wait);
void trace_writer_account(struct trace_writer *w, const struct trace_account *account);

/* Latencies (formats/trace.h). Series are interned; equal bins of a chunk add up. */
uint32_t trace_writer_series(struct trace_writer *w, const struct trace_series *series);
void trace_writer_bin(struct trace_writer *w, const struct trace_bin *bin);
void trace_writer_latency(struct trace_writer *w, const struct trace_latency *latency);

/* Writes what has gathered, if anything has. */
int trace_writer_flush(struct trace_writer *w, struct err *err);

/* What has been written so far, in bytes, and the totals so far. */
uint64_t trace_writer_bytes(const struct trace_writer *w);
const struct trace_totals *trace_writer_totals(const struct trace_writer *w);

/* Flushes, writes index and trailer, syncs. The totals are filled in by the writer. */
int trace_writer_finish(struct trace_writer *w, enum trace_stop stop, uint64_t end_ns,
			struct err *err);

/* Accepts NULL. Without trace_writer_finish() the file ends at the last flush;
 * without trace_writer_publish() nothing is left. */
void trace_writer_close(struct trace_writer *w);

#endif
