#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "collector/loss_log.h"

struct losses {
	struct abi_cpu cpus[2];
	uint32_t event_id;
	struct trace_writer *writer;
	struct loss_log log;
};

/* Of a writer whose file has no name yet: it leaves nothing behind. */
static void losses_open(struct losses *l)
{
	struct trace_writer_options options = { 0 };
	struct trace_event event = { .name = "cpu",
				     .source = "cpu-clock",
				     .kind = TRACE_EVENT_SAMPLE,
				     .unit = TRACE_UNIT_SAMPLES };

	*l = (struct losses){ 0 };
	assert_int_equal(trace_writer_open(&l->writer, "/tmp/test_loss_log", &options, NULL), 0);
	l->event_id = trace_writer_event(l->writer, &event);
	l->log = (struct loss_log){ .writer = l->writer,
				    .event_ids = &l->event_id,
				    .event_cnt = 1,
				    .cpus = l->cpus,
				    .cpu_cnt = 2 };
}

static uint64_t lost(const struct losses *l, enum trace_loss loss)
{
	return trace_writer_totals(l->writer)->lost[loss];
}

static void what_was_generated_is_kept_or_lost_for_one_reason(void **state)
{
	struct drain_counts counts = { .kept = { 90 } };
	struct losses l;

	(void)state;
	losses_open(&l);
	l.cpus[0].generated[0] = 60;
	l.cpus[1].generated[0] = 40;
	l.cpus[0].lost_full[0] = 3;
	l.cpus[1].lost_ring[0] = 2;
	counts.lost_records = 3;
	loss_log_write(&l.log, &counts, 0);
	loss_log_write(&l.log, &counts, 0);
	loss_log_finish(&l.log, &counts);
	assert_int_equal(lost(&l, TRACE_LOSS_RING_FULL), 3);
	assert_int_equal(lost(&l, TRACE_LOSS_NO_RING), 2);
	assert_int_equal(lost(&l, TRACE_LOSS_UNREADABLE), 5);
	assert_int_equal(lost(&l, TRACE_LOSS_TASK_EVENTS), 0);
	assert_int_equal(lost(&l, TRACE_LOSS_RECURSION), 0);
	trace_writer_close(l.writer);
}

static void records_of_tasks_are_lost_by_full_rings_and_by_what_nobody_understands(void **state)
{
	struct drain_counts counts = { .lost_records = 10, .unreadable_tasks = 1 };
	struct losses l;

	(void)state;
	losses_open(&l);
	l.cpus[0].lost_full[0] = 4;
	l.cpus[0].body_lost = 2;
	loss_log_write(&l.log, &counts, 0);
	assert_int_equal(lost(&l, TRACE_LOSS_TASK_EVENTS), 5);
	trace_writer_close(l.writer);
}

/* A sample whose copy found no room is there all the same, with fewer frames. */
static void copies_that_rings_refused_are_no_loss_of_samples(void **state)
{
	struct drain_counts counts = { .kept = { 10 }, .lost_records = 7 };
	struct losses l;

	(void)state;
	losses_open(&l);
	l.cpus[0].generated[0] = 12;
	l.cpus[0].lost_full[0] = 2;
	l.cpus[0].copy_cnt = 10;
	l.cpus[0].copy_lost = 3;
	l.cpus[1].copy_lost = 2;
	loss_log_write(&l.log, &counts, 0);
	loss_log_finish(&l.log, &counts);
	assert_int_equal(lost(&l, TRACE_LOSS_RING_FULL), 2);
	assert_int_equal(lost(&l, TRACE_LOSS_UNREADABLE), 0);
	assert_int_equal(lost(&l, TRACE_LOSS_TASK_EVENTS), 0);
	trace_writer_close(l.writer);
}

static void children_beyond_all_filters_are_a_loss_of_their_own(void **state)
{
	struct drain_counts counts = { 0 };
	struct losses l;

	(void)state;
	losses_open(&l);
	loss_log_write(&l.log, &counts, 3);
	loss_log_write(&l.log, &counts, 3);
	loss_log_write(&l.log, &counts, 7);
	assert_int_equal(lost(&l, TRACE_LOSS_UNFOLLOWED), 7);
	assert_int_equal(lost(&l, TRACE_LOSS_TASK_EVENTS), 0);
	assert_false(trace_loss_is_samples(TRACE_LOSS_UNFOLLOWED));
	trace_writer_close(l.writer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_generated_is_kept_or_lost_for_one_reason),
		cmocka_unit_test(
			records_of_tasks_are_lost_by_full_rings_and_by_what_nobody_understands),
		cmocka_unit_test(copies_that_rings_refused_are_no_loss_of_samples),
		cmocka_unit_test(children_beyond_all_filters_are_a_loss_of_their_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
