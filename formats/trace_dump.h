#ifndef FORMATS_TRACE_DUMP_H
#define FORMATS_TRACE_DUMP_H

#include <stdio.h>

#include "base/err.h"

struct trace_source;

/*
 * Every chunk of a trace and every record in it as text, as they lie in the file: ids
 * are those of the file, and nothing is resolved, so that a damaged trace shows
 * what is there. For people and for comparing; formats/TRACE.md explains each line.
 */
int trace_dump(const struct trace_source *source, FILE *out, struct err *err);

#endif
