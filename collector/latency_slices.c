#include "collector/latency_slices.h"

#define SECOND_NS 1000000000ull
#define MINUTE_NS (60 * SECOND_NS)

static const uint64_t lengths[ABI_LATENCY_SCALE_CNT] = ABI_LATENCY_SCALES;

/* How long a recording is when each begins. */
static const uint64_t begins[ABI_LATENCY_SCALE_CNT] = {
	0,
	1 * MINUTE_NS,
	3 * MINUTE_NS,
	8 * MINUTE_NS,
	20 * MINUTE_NS,
	60 * MINUTE_NS,
	6 * 60 * MINUTE_NS,
	24 * 60 * MINUTE_NS,
};

void latency_slices_start(struct latency_slices *s, uint64_t start_ns)
{
	*s = (struct latency_slices){ .start_ns = start_ns };
	s->scales[0].since_ns = start_ns;
}

uint32_t latency_slices_advance(struct latency_slices *s, uint64_t now_ns)
{
	while (s->scale + 1 < ABI_LATENCY_SCALE_CNT &&
	       now_ns - s->start_ns >= begins[s->scale + 1]) {
		s->scales[s->scale].until_ns = now_ns;
		s->scale++;
		s->scales[s->scale].since_ns = now_ns;
	}
	return s->scale;
}

void latency_slices_end(struct latency_slices *s, uint64_t end_ns)
{
	s->scales[s->scale].until_ns = end_ns;
}

uint64_t latency_slices_length(uint32_t scale)
{
	return lengths[scale];
}

struct trace_slice latency_slices_get(const struct latency_slices *s, uint32_t scale,
				      uint32_t slice)
{
	uint64_t start = s->start_ns + slice * lengths[scale], end = start + lengths[scale];
	uint64_t since = s->scales[scale].since_ns, until = s->scales[scale].until_ns;

	/* What was stamped a moment before the length changed lies a moment outside. */
	if (since > start && since < end)
		start = since;
	if (until && until > start && until < end)
		end = until;
	return (struct trace_slice){ .start_ns = start, .end_ns = end };
}
