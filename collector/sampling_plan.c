#include "collector/sampling_plan.h"

#include <linux/perf_event.h>
#include <string.h>

#define NS_PER_S 1000000000ull

static bool is_clock(const struct event_row *row)
{
	return row->source == EVENT_SOURCE_PERF && row->perf_type == PERF_TYPE_SOFTWARE &&
	       (row->perf_config == PERF_COUNT_SW_CPU_CLOCK ||
		row->perf_config == PERF_COUNT_SW_TASK_CLOCK);
}

static void sample_by_time(struct sampler_event *out, uint64_t hz)
{
	out->perf_type = PERF_TYPE_SOFTWARE;
	out->perf_config = PERF_COUNT_SW_CPU_CLOCK;
	out->period = NS_PER_S / hz;
	out->by_time = true;
}

static void sample_cycles(struct sampler_event *out, uint64_t hz)
{
	out->perf_type = PERF_TYPE_HARDWARE;
	out->perf_config = PERF_COUNT_HW_CPU_CYCLES;
	out->frequency_hz = hz;
	out->dithered = true;
}

void sampling_plan_make(struct sampling_plan *out, const struct event_row *row, const char *source,
			uint64_t frequency_hz)
{
	uint64_t hz = frequency_hz ? frequency_hz : SAMPLING_DEFAULT_HZ;
	bool cpu = row->source == EVENT_SOURCE_CPU;
	bool cycles = cpu && strcmp(source, "cpu-clock");
	struct sampler_event *sampled = &out->sampled;

	*out = (struct sampling_plan){ .source = source };
	sampled->perf_type = row->perf_type;
	sampled->perf_config = row->perf_config;
	if (cycles)
		sample_cycles(sampled, hz);
	else if (cpu || is_clock(row))
		sample_by_time(sampled, hz);
	else if (row->perf_type == PERF_TYPE_SOFTWARE && !frequency_hz)
		sampled->period = 1;
	else
		sampled->frequency_hz = hz;
	out->weighs_one = cpu || sampled->by_time;
	out->event = (struct trace_event){
		.name = row->name,
		.source = source,
		.kind = row->kind,
		.unit = row->unit,
		.frequency_hz = sampled->by_time ? hz : sampled->frequency_hz,
		.period_ns = out->weighs_one ? NS_PER_S / hz : 0,
	};
	out->seldom = out->event.frequency_hz && out->event.frequency_hz <= SAMPLING_SELDOM_HZ;
}
