#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "collector/jit_dump.h"

int fuzz_one(const uint8_t *bytes, size_t len);

/* Reads a dump as it is tailed, in views of at most `view` bytes. */
static struct jit_code *read_all(const uint8_t *bytes, size_t len, size_t view)
{
	struct jit_code *c = jit_code_new();
	struct jit_dump d = { 0 };
	size_t at = 0;
	uint64_t more = 1;

	while (more && at < len) {
		size_t left = len - at, seen = left < view ? left : view;

		more = jit_dump_take(&d, bytes + at, seen, left, c);
		if (more > left || (d.refused && !*d.refused))
			abort();
		at += more;
	}
	return c;
}

/* A jit-PID.dump: names and paths are bounded, and it does not matter in how many pieces
 * it is read. */
int fuzz_one(const uint8_t *bytes, size_t len)
{
	static const uint64_t addresses[] = {
		0, 1, 0x1000, 0x1008, 0x2000, 0x7f0000001000, UINT64_MAX - 1, UINT64_MAX
	};
	struct jit_code *whole = read_all(bytes, len, JIT_DUMP_BLOCK);
	struct jit_code *parts = read_all(bytes, len, 8192);

	for (uint64_t t = 0; t < 64; t += 4) {
		jit_code_reach(whole, t);
		jit_code_reach(parts, t);
		for (size_t i = 0; i < sizeof(addresses) / sizeof(*addresses); i++) {
			struct jit_place a, b;

			if (!jit_code_find(whole, addresses[i], &a))
				continue;
			if (a.name_len > JIT_NAME_MAX || strlen(a.file) > JIT_NAME_MAX)
				abort();
			if (len <= 8192 && (!jit_code_find(parts, addresses[i], &b) ||
					    strcmp(a.name, b.name) || a.line != b.line))
				abort();
		}
	}
	jit_code_free(whole);
	jit_code_free(parts);
	return 0;
}
