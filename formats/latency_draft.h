#ifndef FORMATS_LATENCY_DRAFT_H
#define FORMATS_LATENCY_DRAFT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/idmap.h"
#include "base/strtab.h"
#include "base/vec.h"
#include "formats/bin_column.h"
#include "formats/entry_table.h"
#include "formats/latency_column.h"
#include "formats/trace.h"

/*
 * What a chunk that gathers holds of latencies: bins, equal ones added up, and single events
 * that are in no chunk yet, and the table of series of the group. Their slices are those of
 * struct wait_draft. A part of struct chunk_draft.
 */
struct latency_draft {
	struct entry_table series;
	struct {
		VEC(uint32_t);
	} series_events;       /* by id */
	struct idmap by_place; /* (slice and series, range) to bin */
	struct bin_column bins;
	struct latency_column latencies; /* texts are in `texts` */
	struct strtab *texts;		 /* NULL: there are none */
};

void latency_draft_start(struct latency_draft *d);
void latency_draft_release(struct latency_draft *d);
/* Empties the table: a group begins. */
void latency_draft_restart(struct latency_draft *d);
/* Forgets bins and latencies, not the table. */
void latency_draft_forget(struct latency_draft *d);

/* entry: the series' bytes. */
uint32_t latency_draft_series(struct latency_draft *d, const struct trace_series *series,
			      const struct buf *entry);

/* Kept with numbers that fit together. */
void latency_draft_bin(struct latency_draft *d, const struct trace_bin *bin);
void latency_draft_latency(struct latency_draft *d, const struct trace_latency *latency);

bool latency_draft_has_records(const struct latency_draft *d);

/* Adds the time that the records span to what is there; slices are by id. True if there is
 * one. */
bool latency_draft_times(const struct latency_draft *d, const struct trace_slice *slices,
			 uint64_t *first_ns, uint64_t *last_ns);

/* The sections, of the table and of records. stack_ids: ids in the file by the caller's. */
void latency_draft_put_table(struct latency_draft *d, struct buf *raw);
void latency_draft_put_records(struct latency_draft *d, const uint32_t *stack_ids,
			       uint64_t first_us, struct buf *raw);

#endif
