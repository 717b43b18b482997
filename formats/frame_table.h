#ifndef FORMATS_FRAME_TABLE_H
#define FORMATS_FRAME_TABLE_H

#include "base/buf.h"
#include "base/idmap.h"
#include "base/strtab.h"
#include "base/vec.h"
#include "formats/trace.h"

/*
 * The writer's table of frames. Callers get their ids at once, in the order in
 * which frames come; the file has them sorted chunk by chunk. Both numberings give the
 * frames of one chunk the same range of ids, so one is a permutation of the other
 * within it, and file_ids holds it.
 */
struct frame_table {
	struct idmap by_offset; /* (module and kind, offset) to id */
	struct idmap by_name;	/* (id in known, 0) to id */
	struct strtab *known;	/* named frames as bytes, and their texts */
	struct {
		VEC(struct trace_frame);
	} fresh; /* in no chunk yet; caller's ids from file_ids.cnt on */
	struct {
		VEC(uint32_t);
	} file_ids; /* by caller's id, of frames that are in a chunk */
};

void frame_table_start(struct frame_table *t);
void frame_table_release(struct frame_table *t);
void frame_table_restart(struct frame_table *t);

/* The id; texts are copied. */
uint32_t frame_table_intern(struct frame_table *t, const struct trace_frame *frame);
uint32_t frame_table_cnt(const struct frame_table *t);

/* The content of a section; what was fresh then has its id in the file. */
void frame_table_put(struct frame_table *t, struct buf *out);

#endif
