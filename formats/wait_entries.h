#ifndef FORMATS_WAIT_ENTRIES_H
#define FORMATS_WAIT_ENTRIES_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "formats/trace.h"

/*
 * Slices and accounts as bytes and back, one by one, as formats/TRACE.md lists them, and what
 * a trailer says of waits. Reading checks form and limits; ids are for the tables to check.
 */
void entry_put_slice(struct buf *out, const struct trace_slice *s);
bool entry_take_slice(struct bytes *b, struct trace_slice *out);

/* `before` is the account before it in the section; zeroed for the first. */
void entry_put_account(struct buf *out, const struct trace_account *a,
		       const struct trace_account *before);
bool entry_take_account(struct bytes *b, const struct trace_account *before,
			struct trace_account *out);

void entry_put_wait_totals(struct buf *out, const struct trace_totals *t);
bool entry_take_wait_totals(struct bytes *b, struct trace_totals *out);

#endif
