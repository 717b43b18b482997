#ifndef FORMATS_INFO_JSON_H
#define FORMATS_INFO_JSON_H

#include "base/buf.h"

struct trace_reader;
struct trace_summary;

/* What `profile info` tells, for programs. Fields are added, never renamed. */
void info_put_json(struct buf *out, const struct trace_reader *r, const struct trace_summary *s);

#endif
