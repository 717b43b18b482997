#include "collector/latency_loss.h"

static uint64_t load(const __u64 *counter)
{
	return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

void latency_loss_sums(const struct latency_loss *l, struct abi_latency_cpu *out)
{
	*out = (struct abi_latency_cpu){ 0 };
	for (uint32_t i = 0; i < l->cpu_cnt; i++) {
		const struct abi_latency_cpu *cpu = &l->cpus[i];

		for (int m = 0; m < ABI_MEASURE_CNT; m++) {
			out->generated[m] += load(&cpu->generated[m]);
			out->lost[m] += load(&cpu->lost[m]);
			out->unstarted[m] += load(&cpu->unstarted[m]);
			out->singles[m] += load(&cpu->singles[m]);
		}
		out->generated[ABI_MEASURE_BLOCK] += load(&cpu->at_once);
		out->generated[ABI_MEASURE_BLOCK_DEVICE] += load(&cpu->at_once);
		out->generated[ABI_MEASURE_BLOCK_BYTES] += load(&cpu->at_once);
		out->single_lost += load(&cpu->single_lost);
		out->coarse += load(&cpu->coarse);
		out->refused += load(&cpu->refused);
	}
}

/* Writes what `now` is above `written`. */
static void write_more(struct latency_loss *l, uint32_t event, enum trace_loss loss, uint64_t now,
		       uint64_t *written)
{
	if (now <= *written)
		return;
	trace_writer_loss(l->writer, &(struct trace_loss_count){ .event = event,
								 .loss = loss,
								 .count = now - *written });
	*written = now;
}

void latency_loss_write(struct latency_loss *l)
{
	struct abi_latency_cpu sums;

	latency_loss_sums(l, &sums);
	for (int m = 0; m < ABI_MEASURE_CNT; m++) {
		write_more(l, l->events[m], TRACE_LOSS_LATENCIES, sums.lost[m], &l->lost[m]);
		write_more(l, l->events[m], TRACE_LOSS_UNSTARTED, sums.unstarted[m],
			   &l->unstarted[m]);
	}
	write_more(l, TRACE_NONE, TRACE_LOSS_SINGLES, sums.single_lost, &l->singles);
	write_more(l, TRACE_NONE, TRACE_LOSS_COARSE, sums.coarse, &l->coarse);
}

void latency_loss_finish(struct latency_loss *l, const uint64_t written[ABI_MEASURE_CNT])
{
	struct abi_latency_cpu sums;

	latency_loss_write(l);
	latency_loss_sums(l, &sums);
	for (int m = 0; m < ABI_MEASURE_CNT; m++)
		if (sums.generated[m] > written[m])
			write_more(l, l->events[m], TRACE_LOSS_LATENCIES,
				   sums.generated[m] - written[m], &l->lost[m]);
}
