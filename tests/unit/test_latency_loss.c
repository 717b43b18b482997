#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "collector/latency_loss.h"

struct losses {
	struct abi_latency_cpu cpus[2];
	uint32_t events[ABI_MEASURE_CNT];
	struct trace_writer *writer;
	struct latency_loss log;
};

/* Of a writer whose file has no name yet: it leaves nothing behind. */
static void losses_open(struct losses *l)
{
	const struct trace_event event = { .name = "runq",
					   .source = "sched_switch",
					   .kind = TRACE_EVENT_LATENCY,
					   .unit = TRACE_UNIT_NS };

	*l = (struct losses){ 0 };
	assert_int_equal(trace_writer_open(&l->writer, "/tmp/test_latency_loss", NULL, NULL), 0);
	for (uint32_t m = 0; m < ABI_MEASURE_CNT; m++)
		l->events[m] = TRACE_NONE;
	l->events[ABI_MEASURE_RUNQ] = trace_writer_event(l->writer, &event);
	l->log = (struct latency_loss){
		.writer = l->writer, .events = l->events, .cpus = l->cpus, .cpu_cnt = 2
	};
}

static uint64_t lost(const struct losses *l, enum trace_loss loss)
{
	return trace_writer_totals(l->writer)->lost[loss];
}

static void what_was_generated_is_in_bins_or_lost(void **state)
{
	uint64_t written[ABI_MEASURE_CNT] = { [ABI_MEASURE_RUNQ] = 90 };
	struct losses l;

	(void)state;
	losses_open(&l);
	l.cpus[0].generated[ABI_MEASURE_RUNQ] = 60;
	l.cpus[1].generated[ABI_MEASURE_RUNQ] = 40;
	l.cpus[1].lost[ABI_MEASURE_RUNQ] = 3;
	latency_loss_write(&l.log);
	latency_loss_write(&l.log);
	assert_int_equal(lost(&l, TRACE_LOSS_LATENCIES), 3);
	latency_loss_finish(&l.log, written);
	assert_int_equal(lost(&l, TRACE_LOSS_LATENCIES), 10);
	trace_writer_close(l.writer);
}

static void nothing_is_lost_where_all_is_written(void **state)
{
	uint64_t written[ABI_MEASURE_CNT] = { [ABI_MEASURE_RUNQ] = 97 };
	struct losses l;

	(void)state;
	losses_open(&l);
	l.cpus[0].generated[ABI_MEASURE_RUNQ] = 97;
	latency_loss_finish(&l.log, written);
	for (int loss = 1; loss < TRACE_LOSS_CNT; loss++)
		assert_int_equal(lost(&l, (enum trace_loss)loss), 0);
	trace_writer_close(l.writer);
}

static void requests_that_went_at_once_were_generated_in_three_measures(void **state)
{
	struct abi_latency_cpu sums;
	struct losses l;

	(void)state;
	losses_open(&l);
	l.cpus[0].generated[ABI_MEASURE_BLOCK] = 5;
	l.cpus[0].at_once = 20;
	l.cpus[1].at_once = 3;
	latency_loss_sums(&l.log, &sums);
	assert_int_equal(sums.generated[ABI_MEASURE_BLOCK], 28);
	assert_int_equal(sums.generated[ABI_MEASURE_BLOCK_DEVICE], 23);
	assert_int_equal(sums.generated[ABI_MEASURE_BLOCK_BYTES], 23);
	assert_int_equal(sums.generated[ABI_MEASURE_BLOCK_QUEUE], 0);
	trace_writer_close(l.writer);
}

static void what_is_no_event_is_counted_apart(void **state)
{
	const uint64_t written[ABI_MEASURE_CNT] = { 0 };
	struct losses l;

	(void)state;
	losses_open(&l);
	l.cpus[0].unstarted[ABI_MEASURE_RUNQ] = 2;
	l.cpus[1].unstarted[ABI_MEASURE_RUNQ] = 1;
	l.cpus[0].single_lost = 5;
	l.cpus[1].coarse = 6;
	l.cpus[1].refused = 7;
	latency_loss_finish(&l.log, written);
	assert_int_equal(lost(&l, TRACE_LOSS_UNSTARTED), 3);
	assert_int_equal(lost(&l, TRACE_LOSS_SINGLES), 5);
	assert_int_equal(lost(&l, TRACE_LOSS_COARSE), 6);
	assert_int_equal(lost(&l, TRACE_LOSS_LATENCIES), 0);
	trace_writer_close(l.writer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_generated_is_in_bins_or_lost),
		cmocka_unit_test(nothing_is_lost_where_all_is_written),
		cmocka_unit_test(requests_that_went_at_once_were_generated_in_three_measures),
		cmocka_unit_test(what_is_no_event_is_counted_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
