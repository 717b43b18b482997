#include "render/measure.h"

#include "base/units.h"

/* The time that a value stands for; 0 where it stands for none. */
static uint64_t time_of(const struct measure *m, uint64_t value)
{
	uint64_t ns;

	if (m->unit == TRACE_UNIT_NS)
		return value;
	if (m->unit != TRACE_UNIT_SAMPLES)
		return 0;
	return __builtin_mul_overflow(value, m->period_ns, &ns) ? UINT64_MAX : ns;
}

const char *measure_noun(const struct measure *m)
{
	if (m->unit == TRACE_UNIT_SAMPLES)
		return "samples";
	return m->noun ? m->noun : "events";
}

static void put_count(struct buf *out, const struct measure *m, uint64_t value)
{
	char text[UNITS_TEXT_MAX];

	if (m->unit == TRACE_UNIT_BYTES) {
		buf_puts(out, units_size(text, value));
		return;
	}
	buf_puts(out, units_count(text, value));
	buf_u8(out, ' ');
	if (m->unit == TRACE_UNIT_SAMPLES && value == 1)
		buf_puts(out, "sample");
	else if (!m->noun && value == 1)
		buf_puts(out, "event");
	else
		buf_puts(out, measure_noun(m));
}

void measure_text(struct buf *out, const struct measure *m, uint64_t value)
{
	char text[UNITS_TEXT_MAX];
	uint64_t ns = time_of(m, value);

	if (ns || m->unit == TRACE_UNIT_NS)
		buf_puts(out, units_duration(text, ns));
	if (m->unit == TRACE_UNIT_NS)
		return;
	if (ns)
		buf_puts(out, ", ");
	put_count(out, m, value);
}

void measure_total(struct buf *out, const struct measure *m, uint64_t value)
{
	char text[UNITS_TEXT_MAX];
	uint64_t ns = time_of(m, value);

	if (m->unit != TRACE_UNIT_SAMPLES || !ns) {
		measure_text(out, m, value);
		return;
	}
	buf_puts(out, units_duration(text, ns));
	buf_puts(out, " of CPU (");
	put_count(out, m, value);
	if (m->frequency_hz)
		buf_printf(out, " at %llu Hz", (unsigned long long)m->frequency_hz);
	buf_u8(out, ')');
}
