#ifndef FORMATS_SEEN_TOTALS_H
#define FORMATS_SEEN_TOTALS_H

#include "formats/trace_reader.h"

/*
 * The totals of a trace as its reader adds them up, record by record, where no trailer says
 * them. `slices` are those of the group, for the times of sums and bins.
 */
void seen_totals_add(struct trace_totals *t, const struct trace_record *record,
		     const struct trace_slice *slices);

#endif
