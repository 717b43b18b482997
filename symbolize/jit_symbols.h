#ifndef SYMBOLIZE_JIT_SYMBOLS_H
#define SYMBOLIZE_JIT_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"

/*
 * What a runtime wrote about its JIT code: /tmp/perf-PID.map, one function a line,
 * numbers in hexadecimal with or without 0x, the name being the rest of the line.
 *
 *	7f31a0c00100 80 LazyCompile:*sum /app/index.js:3:13
 *	START        SIZE NAME
 *
 * Code memory is used again, and the map is only ever appended to: where lines
 * overlap, the later one has the address. Lines that are not of this form are passed
 * over. The text comes from the process that was recorded, so it is hostile.
 */

struct jit_name {
	const char *v; /* in the text; NULL: no line covers the address */
	size_t len;
};

struct jit_names {
	VEC(struct jit_name);
};

/* The name at each of the addresses, which ascend; in time O(lines + addresses). */
void jit_symbols_find(struct jit_names *out, const char *text, size_t len,
		      const uint64_t *addresses, size_t cnt);
void jit_names_release(struct jit_names *names);

#endif
