#ifndef FORMATS_LINK_COLUMN_H
#define FORMATS_LINK_COLUMN_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/vec.h"
#include "formats/trace.h"

/*
 * The links of a chunk in the order of their ids, as columns and back:
 *
 *	base id, count
 *	parents   how far each is before the link itself; 0: none
 *	contexts  as they are
 *	threads   steps of ids (formats/id_steps.h)
 *	stacks    likewise
 */
struct link_column {
	VEC(struct trace_link);
};

/* Links, the first of which has the id `base`; parents have lower ids. */
void link_column_put(struct buf *out, uint32_t base, const struct trace_link *v, size_t cnt);

/* Appends. Parents are lower than their links; threads and stacks are not checked. False: not
 * in this form. */
bool link_column_take(struct bytes *b, uint32_t *out_base, struct link_column *out);

#endif
