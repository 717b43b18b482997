#ifndef FORMATS_SAMPLE_EVENT_H
#define FORMATS_SAMPLE_EVENT_H

#include <stdint.h>

#include "base/err.h"

struct trace_reader;

/*
 * The event that a user means by its name, among those of a trace; NULL means the first
 * one that is sampled. -ENOENT with a sentence that names those there are; -ENOTSUP for
 * one that is not sampled.
 */
int sample_event_find(const struct trace_reader *r, const char *name, uint32_t *out,
		      struct err *err);

#endif
