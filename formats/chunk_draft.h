#ifndef FORMATS_CHUNK_DRAFT_H
#define FORMATS_CHUNK_DRAFT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/vec.h"
#include "formats/chunk.h"
#include "formats/entry_table.h"
#include "formats/frame_table.h"
#include "formats/latency_draft.h"
#include "formats/sample_column.h"
#include "formats/stack_trie.h"
#include "formats/trace.h"
#include "formats/wait_draft.h"

/*
 * The chunk that gathers while a trace is written: records that are in no chunk yet,
 * and the tables of the group, which know what is in one. All in memory: it turns
 * into bytes at once, and knows nothing of files.
 */
struct chunk_draft {
	char *facts[TRACE_FACT_CNT];
	struct buf events; /* as they stand in a section, without the base */
	struct buf labels; /* of events; likewise */
	uint32_t event_cnt;

	struct entry_table processes;
	struct entry_table threads;
	struct entry_table modules;
	struct entry_table mappings;
	struct frame_table frames;
	struct stack_trie nodes;

	struct sample_column samples;	/* with the caller's ids */
	struct wait_draft waits;	/* likewise */
	struct latency_draft latencies; /* likewise */
	struct buf kernel_symbols;	/* content of a section */
	struct buf jit_maps;		/* whole sections */
	struct buf copies;		/* content of a section */
	uint64_t copy_id;		/* of the last one in it */
	struct {
		VEC(struct trace_cpu_change);
	} cpu_changes;
	struct {
		VEC(struct trace_loss_count);
	} losses;
	bool has_later_values;	 /* of enumerations: see formats/TRACE.md, "Copies" */
	bool has_later_losses;	 /* likewise, "Waits" */
	bool has_latency_losses; /* likewise, "Latencies" */
	struct buf scratch;
};

#define CHUNK_DRAFT_FACT_MAX 4096 /* bytes of a fact; the rest is cut */

void chunk_draft_start(struct chunk_draft *d);
void chunk_draft_release(struct chunk_draft *d);

void chunk_draft_fact(struct chunk_draft *d, enum trace_fact fact, const char *text);
uint32_t chunk_draft_event(struct chunk_draft *d, const struct trace_event *event);

/* True if there is anything to write but facts and events. */
bool chunk_draft_has_records(const struct chunk_draft *d);

/* Bytes that facts, events and the heads of sections may take. */
size_t chunk_draft_heads_room(const struct chunk_draft *d);

/* The sections of facts and events. */
void chunk_draft_put_heads(struct chunk_draft *d, struct buf *raw);

/* All sections (with `heads`: also facts and events); fills in the times of h. */
void chunk_draft_put(struct chunk_draft *d, bool heads, struct chunk_header *h, struct buf *raw);

/* Forgets the records, once they are written or lost; the tables stay. */
void chunk_draft_forget(struct chunk_draft *d);

/* Empties the tables: a group begins. No records may be waiting. */
void chunk_draft_restart(struct chunk_draft *d);

#endif
