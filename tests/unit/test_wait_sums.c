#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "collector/wait_sums.h"
#include "tests/unit/wait_rig.h"

static void add_first(struct wait_rig *r, uint32_t epoch, uint64_t key, uint64_t offset)
{
	const struct held_source stacks = rig_source(r, offset);
	const struct abi_wait wait = {
		.why = ABI_WAIT_FIRST,
		.epoch = (uint8_t)epoch,
		.state = ABI_WAIT_INTERRUPTIBLE,
		.tgid = RIG_PID,
		.tid = RIG_PID,
		.key = key,
		.blocked_ns = 3,
	};

	wait_log_add(&r->log, &wait, 1000, &stacks);
}

static const struct abi_wait_sum sum_of_5 = {
	.cnt = 5, .blocked_ns = 50, .runnable_ns = 6, .longest_ns = 20, .named = 1
};

static void sums_are_what_their_key_says(void **state)
{
	struct wait_rig *r = rig_new(0);
	struct wait_sums s = { .log = &r->log };

	(void)state;
	add_first(r, 1, 77, 4);
	wait_sums_add(&s, 1, 77, &sum_of_5);
	wait_sums_write(&s, 1, false);
	assert_int_equal(s.written_cnt, 5);
	wait_sums_release(&s);
	rig_expect(r, "sum sleeper interruptible 5x50+6 max 20 [20..30] /bin/sleeper+5 "
		      "/bin/sleeper+4\n");
}

static void a_key_may_come_one_round_late(void **state)
{
	struct wait_rig *r = rig_new(0);
	struct wait_sums s = { .log = &r->log };

	(void)state;
	wait_sums_add(&s, 0, 77, &sum_of_5);
	wait_sums_write(&s, 0, false);
	assert_int_equal(s.written_cnt + s.lost_cnt, 0);
	add_first(r, 0, 77, 4);
	wait_sums_write(&s, 1, false);
	assert_int_equal(s.written_cnt, 5);
	assert_int_equal(s.lost_cnt, 0);
	wait_sums_release(&s);
	rig_expect(r, "sum sleeper interruptible 5x50+6 max 20 [10..20] /bin/sleeper+5 "
		      "/bin/sleeper+4\n");
}

static void what_nobody_names_is_lost_and_counted(void **state)
{
	struct wait_rig *r = rig_new(0);
	struct wait_sums s = { .log = &r->log };

	(void)state;
	add_first(r, 1, 77, 4); /* of the other epoch */
	wait_sums_add(&s, 0, 77, &sum_of_5);
	wait_sums_write(&s, 0, false);
	wait_sums_write(&s, 1, false);
	assert_int_equal(s.lost_cnt, 5);
	assert_int_equal(s.lost_ns, 56);
	wait_sums_add(&s, 0, 78, &sum_of_5);
	wait_sums_write(&s, 0, true);
	assert_int_equal(s.lost_cnt, 10);
	wait_sums_release(&s);
	rig_expect(r, "");
}

static void keys_hold_for_one_epoch(void **state)
{
	struct wait_rig *r = rig_new(0);
	struct wait_sums s = { .log = &r->log };

	(void)state;
	add_first(r, 0, 77, 4);
	wait_sums_write(&s, 0, false);
	wait_sums_write(&s, 1, false);
	add_first(r, 0, 77, 8);
	wait_sums_add(&s, 0, 77, &sum_of_5);
	wait_sums_write(&s, 0, true);
	wait_sums_release(&s);
	rig_expect(r, "sum sleeper interruptible 5x50+6 max 20 [10..20] /bin/sleeper+9 "
		      "/bin/sleeper+8\n");
}

static void the_longest_are_single_waits_of_their_key(void **state)
{
	const struct abi_long_wait longest = { .key = 77,
					       .out_ns = 12000,
					       .blocked_ns = 20000,
					       .runnable_ns = 1000,
					       .tgid = RIG_PID,
					       .tid = RIG_PID + 5 };
	const struct abi_long_wait nameless = { .key = 78 };
	struct wait_rig *r = rig_new(0);
	struct wait_sums s = { .log = &r->log };

	(void)state;
	add_first(r, 0, 77, 4);
	wait_sums_add_longest(&s, 0, &longest);
	wait_sums_add_longest(&s, 0, &nameless);
	wait_sums_write(&s, 0, false);
	wait_sums_write(&s, 1, true);
	wait_sums_release(&s);
	rig_expect(r, "wait 900006 why1 at 12000 20000+1000 /bin/sleeper+5 /bin/sleeper+4\n");
}

static void one_that_was_drawn_is_written_once(void **state)
{
	const struct abi_long_wait longest = { .key = 77,
					       .out_ns = 12000,
					       .blocked_ns = 20000,
					       .tgid = RIG_PID,
					       .tid = RIG_PID };
	struct wait_rig *r = rig_new(0);
	const struct held_source stacks = rig_source(r, 4);
	const struct abi_wait drawn = {
		.why = ABI_WAIT_FIRST | ABI_WAIT_DRAWN,
		.state = ABI_WAIT_INTERRUPTIBLE,
		.tgid = RIG_PID,
		.tid = RIG_PID,
		.key = 77,
		.out_ns = 12000,
		.blocked_ns = 20000,
	};
	struct wait_sums s = { .log = &r->log };

	(void)state;
	wait_log_add(&r->log, &drawn, 32000, &stacks);
	wait_sums_add_longest(&s, 0, &longest);
	wait_sums_write(&s, 0, false);
	wait_sums_write(&s, 1, true);
	wait_sums_release(&s);
	rig_expect(r, "wait 900001 why2 at 12000 20000+0 /bin/sleeper+5 /bin/sleeper+4\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_are_what_their_key_says),
		cmocka_unit_test(a_key_may_come_one_round_late),
		cmocka_unit_test(what_nobody_names_is_lost_and_counted),
		cmocka_unit_test(keys_hold_for_one_epoch),
		cmocka_unit_test(the_longest_are_single_waits_of_their_key),
		cmocka_unit_test(one_that_was_drawn_is_written_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
