#ifndef COLLECTOR_TRACE_FORMAT_H
#define COLLECTOR_TRACE_FORMAT_H

#include "base/err.h"
#include "bpf/probe.h"

/*
 * A tracepoint as tracefs describes it: that there is one, and where the fields of its records
 * lie. Fields that are texts, arrays or structures are no numbers.
 */

/* Whether the kernel has it. */
int trace_format_check(const char *group, const char *name, struct err *err);

/* A field of it, as a number. -ENOENT with the fields that it has. */
int trace_format_field(const char *group, const char *name, const char *field,
		       struct abi_probe_value *out, struct err *err);

/* In the text of a `format` file. 0, -ENOENT, or -EINVAL: it is no number. */
int trace_format_find(const char *text, const char *field, struct abi_probe_value *out);

#endif
