#include "collector/wait_loss.h"

static uint64_t load(const __u64 *counter)
{
	return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

void wait_loss_sums(const struct wait_loss *l, struct abi_wait_cpu *out)
{
	*out = (struct abi_wait_cpu){ 0 };
	for (uint32_t i = 0; l->cpus && i < l->cpu_cnt; i++) {
		const struct abi_wait_cpu *cpu = &l->cpus[i];

		out->generated += load(&cpu->generated);
		out->summed += load(&cpu->summed);
		out->alone += load(&cpu->alone);
		out->lost_cnt += load(&cpu->lost_cnt);
		out->lost_ns += load(&cpu->lost_ns);
		out->drawn_lost += load(&cpu->drawn_lost);
		out->first_lost += load(&cpu->first_lost);
		out->links_lost += load(&cpu->links_lost);
		out->accounts_lost += load(&cpu->accounts_lost);
		out->untracked += load(&cpu->untracked);
		out->clock_back += load(&cpu->clock_back);
		out->clock_fault += load(&cpu->clock_fault);
		out->gaps += load(&cpu->gaps);
		out->unwoken += load(&cpu->unwoken);
		out->switches += load(&cpu->switches);
		out->wakings += load(&cpu->wakings);
		out->busy_ns += load(&cpu->busy_ns);
		out->refused += load(&cpu->refused);
		out->exits += load(&cpu->exits);
		out->ended += load(&cpu->ended);
	}
}

uint64_t wait_loss_refused(const struct wait_loss *l)
{
	struct abi_wait_cpu sums;

	wait_loss_sums(l, &sums);
	return sums.refused;
}

uint64_t wait_loss_unended(const struct wait_loss *l)
{
	struct abi_wait_cpu sums;

	wait_loss_sums(l, &sums);
	return sums.exits > sums.ended ? sums.exits - sums.ended : 0;
}

/* Writes what `now` is above what was written. */
static void write_more(struct wait_loss *l, enum trace_loss loss, uint64_t now)
{
	if (now <= l->written[loss])
		return;
	trace_writer_loss(l->writer, &(struct trace_loss_count){ .event = l->event,
								 .loss = loss,
								 .count = now - l->written[loss] });
	l->written[loss] = now;
}

void wait_loss_write(struct wait_loss *l, const struct wait_kept *kept)
{
	struct abi_wait_cpu sums;

	wait_loss_sums(l, &sums);
	write_more(l, TRACE_LOSS_WAITS, sums.lost_cnt + kept->nameless_cnt);
	write_more(l, TRACE_LOSS_WAIT_NS, sums.lost_ns + kept->nameless_ns);
	write_more(l, TRACE_LOSS_WAKERS, sums.links_lost + kept->unknown_wakers);
	write_more(l, TRACE_LOSS_UNTRACKED, sums.untracked);
	write_more(l, TRACE_LOSS_CLOCK, sums.clock_back + sums.clock_fault);
	write_more(l, TRACE_LOSS_ACCOUNTS, sums.accounts_lost);
}

void wait_loss_finish(struct wait_loss *l, const struct wait_kept *kept)
{
	struct abi_wait_cpu sums;

	wait_loss_write(l, kept);
	wait_loss_sums(l, &sums);
	if (sums.generated > kept->cnt)
		write_more(l, TRACE_LOSS_WAITS, sums.generated - kept->cnt);
	write_more(l, TRACE_LOSS_ACCOUNTS, sums.accounts_lost + wait_loss_unended(l));
}
