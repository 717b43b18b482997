#ifndef SYMBOLIZE_COPY_ANSWER_H
#define SYMBOLIZE_COPY_ANSWER_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "symbolize/copy_unwind.h"

/*
 * What a child says about the stacks it was given, in their order:
 *
 *	u8 root | varint place count | per place, leaf first:
 *		varint mapping | varint address - its start
 *
 * As with names (symbolize/answer.h), the child may be in a stranger's hands: the reader
 * takes all of an answer or none of it, and no place lies outside of its mapping.
 */

void copy_answer_put(struct buf *out, const struct copy_piece *piece,
		     const struct copy_place *places, size_t cnt, enum trace_reason root);

/* Told of each stack; `places` are valid until it returns. */
struct copy_answer_sink {
	void (*take)(void *owner, size_t stack, const struct copy_place *places, size_t cnt,
		     enum trace_reason root);
	void *owner;
};

/* -EBADMSG: not an answer to this piece; then nothing was told. */
int copy_answer_read(const void *said, size_t len, const struct copy_piece *piece,
		     const struct copy_answer_sink *sink, struct err *err);

#endif
