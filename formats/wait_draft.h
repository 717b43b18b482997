#ifndef FORMATS_WAIT_DRAFT_H
#define FORMATS_WAIT_DRAFT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/vec.h"
#include "formats/entry_table.h"
#include "formats/link_table.h"
#include "formats/trace.h"
#include "formats/wait_column.h"
#include "formats/wait_sum_column.h"

/*
 * What a chunk that gathers holds of waits: records that are in no chunk yet, and the tables
 * of links and slices of the group. A part of struct chunk_draft.
 */
struct wait_draft {
	struct link_table links;
	struct entry_table slices;
	struct {
		VEC(struct trace_slice);
	} slice_times; /* by id */
	struct wait_sum_column sums;
	struct wait_column waits;
	struct {
		VEC(struct trace_account);
	} accounts;
};

void wait_draft_start(struct wait_draft *d);
void wait_draft_release(struct wait_draft *d);
/* Empties the tables: a group begins. */
void wait_draft_restart(struct wait_draft *d);
/* Forgets the records, not the tables. */
void wait_draft_forget(struct wait_draft *d);

uint32_t wait_draft_slice(struct wait_draft *d, const struct trace_slice *slice,
			  const struct buf *entry);

/* Likewise for waits and accounts: kept with numbers that fit together, and returned so. */
const struct trace_wait_sum *wait_draft_sum(struct wait_draft *d, const struct trace_wait_sum *sum);
const struct trace_wait *wait_draft_wait(struct wait_draft *d, const struct trace_wait *wait);
void wait_draft_account(struct wait_draft *d, const struct trace_account *account);

bool wait_draft_has_records(const struct wait_draft *d);

/* The time that the records span; false: none of them has one. */
bool wait_draft_times(const struct wait_draft *d, uint64_t *out_first_ns, uint64_t *out_last_ns);

/* The sections, of tables and of records. stack_ids: ids in the file by the caller's. */
void wait_draft_put_tables(struct wait_draft *d, const uint32_t *stack_ids, struct buf *raw);
void wait_draft_put_records(struct wait_draft *d, const uint32_t *stack_ids, uint64_t first_us,
			    struct buf *raw);

#endif
