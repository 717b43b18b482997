#include <stdint.h>
#include <stdlib.h>

#include "symbolize/jit_symbols.h"

int fuzz_one(const uint8_t *bytes, size_t len);

/* A perf-PID.map: every name lies within the text and follows the later line. */
int fuzz_one(const uint8_t *bytes, size_t len)
{
	static const uint64_t addresses[] = {
		0,	1,	0x1000,		0x1001,		0x101f,
		0x1fff, 0x2000, 0x7fffffffffff, UINT64_MAX - 1, UINT64_MAX
	};
	const size_t cnt = sizeof(addresses) / sizeof(addresses[0]);
	const char *text = (const char *)bytes;
	struct jit_names names;

	jit_symbols_find(&names, text, len, addresses, cnt);
	if (names.cnt != cnt)
		abort();
	for (size_t i = 0; i < cnt; i++)
		if (names.v[i].v && (names.v[i].v < text || !names.v[i].len ||
				     names.v[i].len > (size_t)(text + len - names.v[i].v)))
			abort();
	jit_names_release(&names);
	return 0;
}
