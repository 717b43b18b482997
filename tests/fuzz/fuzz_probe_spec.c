#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "collector/probe_spec.h"
#include "collector/trace_format.h"
#include "collector/usdt_argument.h"

int fuzz_one(const uint8_t *bytes, size_t len);

/* A text as somebody writes it behind -e: what is taken is whole, what is refused says why. */
static void parse(const char *text)
{
	struct probe_spec s;
	struct err err = { 0 };

	if (probe_spec_parse(&s, text, &err)) {
		if (!*err.text)
			abort();
		return;
	}
	if (!probe_spec_is(text) || strcmp(s.text, text) || !s.begin.name || !*s.begin.name ||
	    (s.joins_by_key && (!s.key || !s.end.name)) || (s.key && !s.is_latency))
		abort();
	probe_spec_release(&s);
}

int fuzz_one(const uint8_t *bytes, size_t len)
{
	char *text = mem_dup((const char *)bytes, len);
	struct abi_probe_value value;

	parse(text);
	for (uint32_t i = 0; i < 14; i++)
		if (usdt_argument_parse(text, i, &value) &&
		    (value.size > 8 || value.from == ABI_PROBE_NOTHING || value.shift > 3))
			abort();
	if (!trace_format_find(text, "field", &value) && (value.size > 8 || value.at < 8))
		abort();
	free(text);
	return 0;
}
