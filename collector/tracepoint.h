#ifndef COLLECTOR_TRACEPOINT_H
#define COLLECTOR_TRACEPOINT_H

#include <stddef.h>

#include "base/err.h"

/*
 * Tracepoints of the running kernel, asked of its type information: never of its version.
 */

struct btf;

/* The arguments that programs get; -1: there is no such tracepoint. */
int tracepoint_argument_cnt(const struct btf *btf, const char *name);

/* The arguments that programs of each get, for out_cnts; -1: there is no such tracepoint.
 * Fails if the kernel has no type information, or may not be asked. */
int tracepoint_arguments(const char *const *names, size_t name_cnt, int *out_cnts, struct err *err);

/* Whether programs on all of them can be loaded by us, and if not why. */
int tracepoint_probe(const char *const *names, size_t name_cnt, struct err *err);

#endif
