#ifndef SYMBOLIZE_NAME_ANSWERS_H
#define SYMBOLIZE_NAME_ANSWERS_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"
#include "formats/name_table.h"
#include "symbolize/answer.h"

/*
 * What is known of the offsets of one module, put together from several answers: that of
 * an earlier run, and those of the children that were asked for the rest.
 *
 *	asked  - known  ->  missing  ->  children  ->  known
 *
 * Invariant: offsets are ascending, each once, and each has frames or a reason.
 */
struct name_offsets {
	VEC(uint64_t);
};

struct name_known {
	uint64_t offset;
	uint32_t first; /* of its frames, innermost first */
	uint16_t cnt;	/* 0: no name, for ... */
	uint8_t reason; /* ... enum name_reason */
};

struct name_answers {
	struct {
		VEC(struct name_known);
	} known;
	struct {
		VEC(struct name_frame);
	} frames;
	struct strtab *texts; /* of the frames */
};

void name_answers_release(struct name_answers *a);

/* Of ascending offsets those that are not known, behind what is in out. */
void name_answers_missing(const struct name_answers *a, const uint64_t *offsets, size_t cnt,
			  struct name_offsets *out);

/* An answer to ascending offsets of which none is known yet. -EBADMSG: it is none, and
 * nothing has changed. */
int name_answers_take(struct name_answers *a, struct answer_summary *out, const struct buf *said,
		      const uint64_t *offsets, size_t cnt, struct err *err);

/* What is known of an offset: NULL and 0 if it has no name, or is not known at all. */
const struct name_frame *name_answers_find(const struct name_answers *a, uint64_t offset,
					   size_t *out_cnt, enum name_reason *out_reason);

/* All that is known, as one answer, behind what is in out. */
void name_answers_say(const struct name_answers *a, struct buf *out);

/*
 * Puts ascending offsets, all of them known, into a module of another table; returns how many have
 * a name. *out_reason: of the module as a whole, NONE if any has one, else why the first has none.
 */
size_t name_answers_copy(const struct name_answers *a, const uint64_t *offsets, size_t cnt,
			 struct name_table *names, uint32_t module, enum name_reason *out_reason);

#endif
