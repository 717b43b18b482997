#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/wait_rig.h"

static struct abi_wait wait_of(uint8_t why)
{
	return (struct abi_wait){
		.why = why,
		.epoch = 1,
		.state = ABI_WAIT_PREEMPTED,
		.tgid = RIG_PID,
		.tid = RIG_PID + 3,
		.key = 5,
		.out_ns = 7000,
		.runnable_ns = 2000,
	};
}

static void a_first_wait_only_says_what_its_key_means(void **state)
{
	struct wait_rig *r = rig_new(0);
	struct held_source stacks = rig_source(r, 4);
	struct abi_wait wait = wait_of(ABI_WAIT_FIRST);

	(void)state;
	assert_null(wait_log_find(&r->log, 1, 5));
	wait_log_add(&r->log, &wait, 9000, &stacks);
	assert_non_null(wait_log_find(&r->log, 1, 5));
	assert_null(wait_log_find(&r->log, 0, 5));
	wait_log_forget(&r->log, 1);
	assert_null(wait_log_find(&r->log, 1, 5));
	rig_expect(r, "");
}

static void a_wait_alone_is_a_sum_and_a_single_one(void **state)
{
	struct wait_rig *r = rig_new(0);
	struct held_source stacks = rig_source(r, 4);
	struct abi_wait wait = wait_of(ABI_WAIT_ALONE);

	(void)state;
	wait_log_add(&r->log, &wait, 9000, &stacks);
	assert_int_equal(r->log.alone_cnt, 1);
	assert_int_equal(r->log.alone_ns, 2000);
	rig_expect(r, "sum sleeper preempted 1x0+2000 max 2000 [20..30] /bin/sleeper+5 "
		      "/bin/sleeper+4\n"
		      "wait 900004 why4 at 7000 0+2000 /bin/sleeper+5 /bin/sleeper+4\n");
}

static void a_drawn_wait_is_in_no_sum_of_its_own(void **state)
{
	struct wait_rig *r = rig_new(0);
	struct held_source stacks = rig_source(r, 4);
	struct abi_wait wait = wait_of(ABI_WAIT_DRAWN | ABI_WAIT_FIRST);

	(void)state;
	wait_log_add(&r->log, &wait, 9000, &stacks);
	assert_non_null(wait_log_find(&r->log, 1, 5));
	assert_int_equal(r->log.alone_cnt, 0);
	rig_expect(r, "wait 900004 why2 at 7000 0+2000 /bin/sleeper+5 /bin/sleeper+4\n");
}

static void what_no_program_says_is_no_harm(void **state)
{
	struct wait_rig *r = rig_new(0);
	struct held_source stacks = { stack_lost(TRACE_REASON_BUSY),
				      stack_lost(TRACE_REASON_FAULT) };
	struct abi_wait wait = wait_of(ABI_WAIT_ALONE);

	(void)state;
	wait.epoch = 255;
	wait.state = 200;
	wait.link_cnt = 255;
	wait_log_add(&r->log, &wait, 9000, &stacks);
	assert_int_equal(r->wakers.unknown_cnt, 2 * ABI_CHAIN_MAX);
	trace_writer_close(r->writer);
	rig_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_first_wait_only_says_what_its_key_means),
		cmocka_unit_test(a_wait_alone_is_a_sum_and_a_single_one),
		cmocka_unit_test(a_drawn_wait_is_in_no_sum_of_its_own),
		cmocka_unit_test(what_no_program_says_is_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
