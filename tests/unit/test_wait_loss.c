#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "collector/wait_loss.h"

struct losses {
	struct abi_wait_cpu cpus[2];
	struct trace_writer *writer;
	struct wait_loss log;
};

/* Of a writer whose file has no name yet: it leaves nothing behind. */
static void losses_open(struct losses *l)
{
	const struct trace_event event = { .name = "offcpu",
					   .source = "sched_switch",
					   .kind = TRACE_EVENT_WAIT,
					   .unit = TRACE_UNIT_NS };

	*l = (struct losses){ 0 };
	assert_int_equal(trace_writer_open(&l->writer, "/tmp/test_wait_loss", NULL, NULL), 0);
	l->log = (struct wait_loss){ .writer = l->writer,
				     .event = trace_writer_event(l->writer, &event),
				     .cpus = l->cpus,
				     .cpu_cnt = 2 };
}

static uint64_t lost(const struct losses *l, enum trace_loss loss)
{
	return trace_writer_totals(l->writer)->lost[loss];
}

static void what_was_generated_is_in_sums_or_lost(void **state)
{
	struct wait_kept kept = { .cnt = 90, .nameless_cnt = 2, .nameless_ns = 20 };
	struct losses l;

	(void)state;
	losses_open(&l);
	l.cpus[0].generated = 60;
	l.cpus[1].generated = 40;
	l.cpus[1].lost_cnt = 3;
	l.cpus[1].lost_ns = 30;
	wait_loss_write(&l.log, &kept);
	wait_loss_write(&l.log, &kept);
	assert_int_equal(lost(&l, TRACE_LOSS_WAITS), 5);
	assert_int_equal(lost(&l, TRACE_LOSS_WAIT_NS), 50);
	wait_loss_finish(&l.log, &kept);
	assert_int_equal(lost(&l, TRACE_LOSS_WAITS), 10);
	trace_writer_close(l.writer);
}

/* What is more is taken for mappings and names that the kernel could not tell. */
static void a_refused_record_is_one_whatever_was_lost_with_it(void **state)
{
	struct losses l;

	(void)state;
	losses_open(&l);
	l.cpus[0].refused = 2;
	l.cpus[0].first_lost = l.cpus[0].drawn_lost = 2; /* of the same two records */
	l.cpus[1].refused = 1;
	l.cpus[1].links_lost = 1;
	l.cpus[1].lost_cnt = 5; /* that did not come to their hook */
	assert_int_equal(wait_loss_refused(&l.log), 3);
	trace_writer_close(l.writer);
}

static void examples_and_names_of_keys_are_no_waits(void **state)
{
	struct wait_kept kept = { .cnt = 5 };
	struct losses l;

	(void)state;
	losses_open(&l);
	l.cpus[0].generated = 5;
	l.cpus[0].drawn_lost = 7;
	l.cpus[0].first_lost = 8;
	wait_loss_finish(&l.log, &kept);
	assert_int_equal(lost(&l, TRACE_LOSS_WAITS), 0);
	trace_writer_close(l.writer);
}

static void each_other_loss_has_its_own_count(void **state)
{
	struct wait_kept kept = { .unknown_wakers = 1 };
	struct losses l;

	(void)state;
	losses_open(&l);
	l.cpus[0].links_lost = 2;
	l.cpus[0].untracked = 4;
	l.cpus[0].clock_back = 5;
	l.cpus[1].clock_fault = 6;
	l.cpus[1].accounts_lost = 7;
	wait_loss_write(&l.log, &kept);
	assert_int_equal(lost(&l, TRACE_LOSS_WAKERS), 3);
	assert_int_equal(lost(&l, TRACE_LOSS_UNTRACKED), 4);
	assert_int_equal(lost(&l, TRACE_LOSS_CLOCK), 11);
	assert_int_equal(lost(&l, TRACE_LOSS_ACCOUNTS), 7);
	trace_writer_close(l.writer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_generated_is_in_sums_or_lost),
		cmocka_unit_test(a_refused_record_is_one_whatever_was_lost_with_it),
		cmocka_unit_test(examples_and_names_of_keys_are_no_waits),
		cmocka_unit_test(each_other_loss_has_its_own_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
