#ifndef COLLECTOR_LATENCY_TEXT_H
#define COLLECTOR_LATENCY_TEXT_H

#include <stddef.h>

#include "base/buf.h"
#include "bpf/latency.h"

/*
 * What stands behind a single latency, as the trace has it: a path, a command line with blanks
 * between its arguments, a host, or "10.0.0.1:40112 -> 10.0.0.2:443", [IPv6]:port likewise.
 */
void latency_text_put(struct buf *out, enum abi_measure measure, const void *bytes, size_t len);

#endif
