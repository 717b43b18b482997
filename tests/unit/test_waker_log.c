#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/wait_rig.h"

static void add(struct wait_rig *r, uint32_t generation, uint64_t id, uint64_t offset)
{
	const struct held_source stacks = rig_source(r, offset);
	const struct abi_link link = {
		.context = ABI_CONTEXT_TASK,
		.tgid = RIG_WAKER,
		.tid = RIG_WAKER,
		.generation = generation,
		.id = id,
	};

	waker_log_add(&r->wakers, &link, rig_process(r, RIG_WAKER), &stacks);
}

static void add_interrupt(struct wait_rig *r, uint64_t id)
{
	const struct held_source nothing = { STACK_ABSENT, STACK_ABSENT };
	const struct abi_link link = { .context = ABI_CONTEXT_HARDIRQ, .id = id };

	waker_log_add(&r->wakers, &link, NULL, &nothing);
}

/* A wait with this chain, alone. */
static void wait_for(struct wait_rig *r, uint64_t nearest, uint64_t next)
{
	const struct held_source nothing = { STACK_ABSENT, STACK_ABSENT };
	const struct abi_wait wait = {
		.why = ABI_WAIT_ALONE,
		.state = ABI_WAIT_UNINTERRUPTIBLE,
		.tgid = RIG_PID,
		.tid = RIG_PID,
		.blocked_ns = 1000,
		.link_cnt = next ? 2 : 1,
		.links = { nearest, next },
		.link_ns = { next ? 400 : 1000, next ? 600 : 0 },
	};

	wait_log_add(&r->log, &wait, 1000, &nothing);
}

#define SUM "sum sleeper uninterruptible 1x1000+0 max 1000 [10..20]"
#define WAIT "wait 900001 why4 at 0 1000+0"

static void a_chain_names_the_nearest_waker_first(void **state)
{
	struct wait_rig *r = rig_new(0);

	(void)state;
	add(r, 0, 1, 4);
	add_interrupt(r, 2);
	wait_for(r, 1, 2);
	rig_expect(r, SUM " <waker:900002 /bin/waker+5 /bin/waker+4 <hardirq\n" WAIT
			  " <waker:900002 /bin/waker+5 /bin/waker+4 <hardirq\n");
}

static void an_unknown_link_is_lost_and_counted(void **state)
{
	struct wait_rig *r = rig_new(0);

	(void)state;
	add_interrupt(r, 2);
	wait_for(r, 9, 2);
	assert_int_equal(r->wakers.unknown_cnt, 2); /* in the sum, and in the single wait */
	rig_expect(r, SUM " <lost <hardirq\n" WAIT " <lost <hardirq\n");
}

static void links_are_known_for_two_generations_more(void **state)
{
	struct wait_rig *r = rig_new(0);

	(void)state;
	add(r, 0, 1, 4);
	add(r, 1, 2, 8);
	wait_for(r, 1, 2);
	assert_int_equal(r->wakers.unknown_cnt, 0);
	add(r, 2, 3, 12);
	wait_for(r, 1, 3);
	assert_int_equal(r->wakers.unknown_cnt, 0);
	add(r, 1, 4, 16); /* told late */
	add(r, 3, 5, 20);
	wait_for(r, 4, 5);
	assert_int_equal(r->wakers.unknown_cnt, 0);
	wait_for(r, 1, 0);
	assert_int_equal(r->wakers.unknown_cnt, 2);
	trace_writer_close(r->writer);
	rig_close(r);
}

static void a_waker_keeps_the_name_that_it_had(void **state)
{
	struct wait_rig *r = rig_new(0);

	(void)state;
	add(r, 0, 1, 4);
	rig_exec(r, RIG_WAKER, "another");
	rig_map(r, RIG_WAKER, "/bin/another");
	wait_for(r, 1, 0);
	rig_expect(r, SUM " <waker:900002 /bin/waker+5 /bin/waker+4\n" WAIT
			  " <waker:900002 /bin/waker+5 /bin/waker+4\n");
}

static void links_outlive_the_groups_of_a_trace(void **state)
{
	struct wait_rig *r = rig_new(1);
	uint32_t group = trace_writer_group(r->writer);

	(void)state;
	add(r, 0, 1, 4);
	wait_for(r, 1, 0);
	assert_int_equal(trace_writer_publish(r->writer, NULL), 0);
	assert_int_equal(trace_writer_flush(r->writer, NULL), 0);
	assert_int_not_equal(trace_writer_group(r->writer), group);
	wait_for(r, 1, 0);
	rig_expect(r, SUM " <waker:900002 /bin/waker+5 /bin/waker+4\n" WAIT
			  " <waker:900002 /bin/waker+5 /bin/waker+4\n" SUM
			  " <waker:900002 /bin/waker+5 /bin/waker+4\n" WAIT
			  " <waker:900002 /bin/waker+5 /bin/waker+4\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_chain_names_the_nearest_waker_first),
		cmocka_unit_test(an_unknown_link_is_lost_and_counted),
		cmocka_unit_test(links_are_known_for_two_generations_more),
		cmocka_unit_test(a_waker_keeps_the_name_that_it_had),
		cmocka_unit_test(links_outlive_the_groups_of_a_trace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
