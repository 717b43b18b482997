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
 * Invariant: offsets are ascending, each once, and each has frames or a reason in `names`.
 */
struct name_offsets {
	VEC(uint64_t);
};

struct name_answers {
	struct name_table *names; /* module 0; NULL: nothing is known */
	struct name_offsets offsets;
};

void name_answers_release(struct name_answers *a);

/* Of ascending offsets those that are not known, behind what is in out. */
void name_answers_missing(const struct name_answers *a, const uint64_t *offsets, size_t cnt,
			  struct name_offsets *out);

/* An answer to ascending offsets of which none is known yet. -EBADMSG as answer_read(). */
int name_answers_take(struct name_answers *a, struct answer_summary *out, const struct buf *said,
		      const uint64_t *offsets, size_t cnt, struct err *err);

/* All that is known, as one answer, behind what is in out. */
void name_answers_say(const struct name_answers *a, struct buf *out);

/*
 * Puts offsets, all of them known, into a module of another table; returns how many have a
 * name. *out_reason: of the module as a whole, NONE if any has one, else why the first has none.
 */
size_t name_answers_copy(const struct name_answers *a, const uint64_t *offsets, size_t cnt,
			 struct name_table *names, uint32_t module, enum name_reason *out_reason);

#endif
