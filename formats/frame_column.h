#ifndef FORMATS_FRAME_COLUMN_H
#define FORMATS_FRAME_COLUMN_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/strtab.h"
#include "base/vec.h"
#include "formats/trace.h"

/*
 * The frames of a chunk, sorted so that neighbours differ by little, as bytes and
 * back. A run is frames of one kind in one module: their offsets rise, and only
 * the steps are written, which are one or two bytes where addresses are eight.
 * Frames with a given name make runs without a module.
 */
struct frame_column {
	VEC(struct trace_frame);
};

/* The order of a section: runs of modules by kind, module and offset; then named frames. */
int frame_column_compare(const struct trace_frame *a, const struct trace_frame *b);

/* Frames in that order, the first of which gets the id `base`. */
void frame_column_put(struct buf *out, uint32_t base, const struct trace_frame *v, size_t cnt);

/* Appends; texts are interned. Modules are not checked. False: not in this form. */
bool frame_column_take(struct bytes *b, struct strtab *texts, uint32_t *out_base,
		       struct frame_column *out);

#endif
