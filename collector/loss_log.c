#include "collector/loss_log.h"

#include <string.h>

static uint64_t load(const __u64 *counter)
{
	return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

void loss_log_sums(const struct loss_log *log, struct loss_sums *out)
{
	memset(out, 0, sizeof(*out));
	for (uint32_t c = 0; c < log->cpu_cnt; c++) {
		const struct abi_cpu *cpu = &log->cpus[c];

		out->idle += load(&cpu->idle);
		out->others += load(&cpu->body_lost) + load(&cpu->copy_lost);
		for (uint32_t e = 0; e < log->event_cnt; e++) {
			out->generated[e] += load(&cpu->generated[e]);
			out->full[e] += load(&cpu->lost_full[e]);
			out->no_ring[e] += load(&cpu->lost_ring[e]);
		}
	}
}

/* Writes what `now` is above `written`. */
static void write_more(struct loss_log *log, uint32_t event, enum trace_loss loss, uint64_t now,
		       uint64_t *written)
{
	if (now <= *written)
		return;
	trace_writer_loss(log->writer, &(struct trace_loss_count){ .event = event,
								   .loss = loss,
								   .count = now - *written });
	*written = now;
}

/*
 * Of the records that the kernel could not put into a ring, those that our programs
 * did not count are the kernel's own. Their report comes with the next record that
 * finds room, so the difference may be behind for a while, and is never below 0. At
 * the end the events themselves are asked; before Linux 6.0 they do not know, and what
 * no later record reported stays unknown. (Not asked earlier: while programs run, a loss
 * is in that count a moment before it is in theirs.)
 */
static uint64_t lost_task_events(const struct loss_log *log, const struct loss_sums *sums,
				 const struct drain_counts *counts)
{
	uint64_t all = counts->lost_records, ours = sums->others + log->others_refused;

	for (uint32_t e = 0; e < log->event_cnt; e++)
		ours += sums->full[e];
	if (all < log->lost_records)
		all = log->lost_records;
	return all > ours ? all - ours : 0;
}

void loss_log_write(struct loss_log *log, const struct drain_counts *counts, uint64_t unfollowed)
{
	struct loss_sums sums;

	loss_log_sums(log, &sums);
	for (uint32_t e = 0; e < log->event_cnt; e++) {
		write_more(log, log->event_ids[e], TRACE_LOSS_RING_FULL, sums.full[e],
			   &log->full[e]);
		write_more(log, log->event_ids[e], TRACE_LOSS_NO_RING, sums.no_ring[e],
			   &log->no_ring[e]);
	}
	write_more(log, TRACE_NONE, TRACE_LOSS_TASK_EVENTS,
		   lost_task_events(log, &sums, counts) + counts->unreadable_tasks,
		   &log->task_events);
	write_more(log, TRACE_NONE, TRACE_LOSS_UNFOLLOWED, unfollowed, &log->unfollowed);
	write_more(log, TRACE_NONE, TRACE_LOSS_THROTTLED, counts->throttled, &log->throttled);
}

void loss_log_finish(struct loss_log *log, const struct drain_counts *counts)
{
	struct loss_sums sums;

	loss_log_sums(log, &sums);
	for (uint32_t e = 0; e < log->event_cnt; e++) {
		uint64_t known = counts->kept[e] + sums.full[e] + sums.no_ring[e];

		if (sums.generated[e] > known)
			write_more(log, log->event_ids[e], TRACE_LOSS_UNREADABLE,
				   sums.generated[e] - known, &log->unreadable[e]);
	}
}
