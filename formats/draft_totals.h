#ifndef FORMATS_DRAFT_TOTALS_H
#define FORMATS_DRAFT_TOTALS_H

#include "formats/chunk_draft.h"
#include "formats/trace.h"

/* What a writer says of all records so far, while some of them are still in its draft. */

/* A record has that time; it is kept to the microsecond. */
void draft_totals_saw_time(struct trace_totals *t, uint64_t time_ns);

/* What could not be written is lost: takes the records of a draft off the totals that counted
 * them, and counts them as that. */
void draft_totals_drop(const struct chunk_draft *d, struct trace_totals *t);

#endif
