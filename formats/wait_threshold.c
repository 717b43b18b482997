#include "formats/wait_threshold.h"

#include <stdio.h>

#include "base/buf.h"
#include "formats/trace_reader.h"

void wait_threshold_take(struct wait_threshold *t, const struct trace_slice *slice)
{
	if (!t->has_slices || slice->min_block_ns < t->least_ns)
		t->least_ns = slice->min_block_ns;
	if (slice->min_block_ns > t->most_ns)
		t->most_ns = slice->min_block_ns;
	t->has_slices = true;
}

void wait_threshold_put_name(const struct wait_threshold *t, const struct trace_reader *r,
			     struct buf *out)
{
	uint64_t max_ns = trace_reader_fact_number(r, TRACE_FACT_MAX_BLOCK_NS);
	bool has_limits = t->most_ns || max_ns;
	char least[UNITS_TEXT_MAX], most[UNITS_TEXT_MAX];

	buf_puts(out, "[waits");
	if (t->most_ns) {
		wait_threshold_text(most, t->most_ns);
		if (t->least_ns == t->most_ns)
			buf_printf(out, " below %s", most);
		else if (t->least_ns)
			buf_printf(out, " below %s to %s", wait_threshold_text(least, t->least_ns),
				   most);
		else
			buf_printf(out, " below a threshold of up to %s", most);
	}
	if (max_ns)
		buf_printf(out, "%s above %s", t->most_ns ? " or" : "",
			   wait_threshold_text(most, max_ns));
	if (has_limits && *trace_reader_fact(r, TRACE_FACT_WAIT_STATES))
		buf_puts(out, " or of other states");
	buf_puts(out, has_limits ? "]" : " not asked for]");
}

const char *wait_threshold_text(char out[UNITS_TEXT_MAX], uint64_t ns)
{
	static const struct {
		uint64_t ns;
		const char *name;
	} units[] = { { 1000000000, "s" }, { 1000000, "ms" }, { 1000, "us" }, { 1, "ns" } };
	size_t i = 0;

	while (ns % units[i].ns)
		i++;
	if (ns / units[i].ns >= 1000)
		return units_duration(out, ns);
	snprintf(out, UNITS_TEXT_MAX, "%u %s", (unsigned)(ns / units[i].ns), units[i].name);
	return out;
}
