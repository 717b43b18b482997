#include "formats/seen_totals.h"

#include "base/sum.h"
#include "formats/wait_column.h"

/* As a writer sees them: to the microsecond. */
static void saw_time(struct trace_totals *t, uint64_t time_ns)
{
	time_ns -= time_ns % 1000;
	if (time_ns && (!t->first_ns || time_ns < t->first_ns))
		t->first_ns = time_ns;
	if (time_ns > t->last_ns)
		t->last_ns = time_ns;
}

static void add_wait_sum(struct trace_totals *t, const struct trace_wait_sum *sum,
			 const struct trace_slice *slice)
{
	sum_clipped(&t->wait_cnt, sum->cnt);
	sum_clipped(&t->wait_ns, sum->blocked_ns + sum->runnable_ns);
	saw_time(t, slice->start_ns);
	saw_time(t, slice->end_ns);
}

void seen_totals_add(struct trace_totals *t, const struct trace_record *record,
		     const struct trace_slice *slices)
{
	switch (record->kind) {
	case TRACE_RECORD_LOSS:
		sum_clipped(&t->lost[record->loss.loss], record->loss.count);
		break;
	case TRACE_RECORD_SAMPLE:
		t->sample_cnt++;
		sum_clipped(&t->sample_weight, record->sample.weight);
		saw_time(t, record->sample.time_ns);
		break;
	case TRACE_RECORD_CPU_CHANGE:
		saw_time(t, record->cpu_change.time_ns);
		break;
	case TRACE_RECORD_WAIT_SUM:
		add_wait_sum(t, &record->wait_sum, &slices[record->wait_sum.slice]);
		break;
	case TRACE_RECORD_WAIT:
		saw_time(t, wait_end_ns(&record->wait));
		break;
	case TRACE_RECORD_BIN:
		sum_clipped(&t->latency_cnt, record->bin.cnt);
		saw_time(t, slices[record->bin.slice].start_ns);
		saw_time(t, slices[record->bin.slice].end_ns);
		break;
	case TRACE_RECORD_LATENCY:
		t->single_cnt++;
		saw_time(t, record->latency.end_ns);
		break;
	default:
		break;
	}
}
