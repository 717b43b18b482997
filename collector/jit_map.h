#ifndef COLLECTOR_JIT_MAP_H
#define COLLECTOR_JIT_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "collector/jit_code.h"

/*
 * The names that a runtime gives its code in /tmp/perf-PID.map, a line for each piece,
 *
 *	START SIZE name of the function	(hexadecimal, with or without 0x)
 *
 * appended when the code was made, so that a later line has the address. It does not say
 * when that was: only that it was before the line was read.
 */
#define JIT_MAP_LINE_MAX 4096 /* a longer line is skipped */

/* Takes the whole lines of a text, read at time_ns, behind which a NUL stands. Returns how
 * many bytes they are. */
size_t jit_map_take(const char *text, size_t len, uint64_t time_ns, struct jit_code *out);

/* Appends those lines of an open map that hold one of the sorted addresses. */
void jit_map_read(int fd, const uint64_t *addresses, size_t cnt, struct buf *out);

#endif
