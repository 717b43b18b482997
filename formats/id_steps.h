#ifndef FORMATS_ID_STEPS_H
#define FORMATS_ID_STEPS_H

#include "base/buf.h"
#include "base/bytes.h"
#include "formats/trace.h"

/*
 * A column of optional ids: the step of id + 1 (TRACE_NONE: 0) from the one before, as a
 * zigzag; the first is a step from 0. Where ids repeat or rise, steps are small.
 */
struct id_steps {
	uint64_t before;
};

static inline void id_steps_put(struct id_steps *s, struct buf *out, uint32_t id)
{
	uint64_t value = id == TRACE_NONE ? 0 : (uint64_t)id + 1;

	buf_zigzag(out, (int64_t)(value - s->before));
	s->before = value;
}

/* What is not an id makes b fail. */
static inline uint32_t id_steps_take(struct id_steps *s, struct bytes *b)
{
	uint64_t value = s->before + (uint64_t)bytes_zigzag(b);

	if (value > UINT32_MAX) {
		b->failed = true;
		return TRACE_NONE;
	}
	s->before = value;
	return value ? (uint32_t)(value - 1) : TRACE_NONE;
}

#endif
