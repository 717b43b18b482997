#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/strtab.h"
#include "render/wait_processes.h"
#include "render/wait_walk.h"

#define SECOND 1000000000ull

/* What a walk over a whole system knows of its processes; each lived for a second. */
static struct wait_request request;
static struct wait_walk walk;
static struct wait_processes processes;
static struct strtab *texts;

static int start(void **state)
{
	(void)state;
	walk = (struct wait_walk){ .request = &request };
	walk.totals.is_whole_system = true;
	walk.times.comms = strtab_new();
	texts = strtab_new();
	return 0;
}

static int clear(void **state)
{
	(void)state;
	wait_processes_release(&processes);
	wait_times_release(&walk.times);
	strtab_free(texts);
	return 0;
}

static void process(const char *comm, uint64_t on_ns, uint64_t runnable_ns, bool is_kernel)
{
	*vec_push(&walk.times.processes) = (struct process_times){
		.comm = strtab_intern_text(walk.times.comms, comm),
		.is_kernel = is_kernel,
		.to_ns = SECOND,
		.wall_ns = 2 * SECOND,
		.on_ns = on_ns,
		.runnable_ns = runnable_ns,
		.blocked_ns = 2 * SECOND - on_ns - runnable_ns,
		.thread_cnt = 2,
		.account_cnt = 2,
	};
}

static uint32_t name(const char *comm)
{
	return strtab_intern_text(texts, comm);
}

static void processes_of_one_name_are_one(void **state)
{
	(void)state;
	process("web", SECOND, 10, false);
	process("db", SECOND, 30, false);
	process("web", SECOND, 25, false);
	wait_processes_take(&processes, &walk, texts);
	wait_processes_finish(&processes, texts);
	assert_int_equal(processes.v.cnt, 2);
	assert_int_equal(processes.v.v[0].comm, name("web"));
	assert_int_equal(processes.v.v[0].split.process_cnt, 2);
	assert_int_equal(processes.v.v[0].split.thread_cnt, 4);
	assert_int_equal(processes.v.v[0].held_ns, 35);
	assert_int_equal(processes.all.wall_ns, 6 * SECOND);
	assert_int_equal(processes.all.on_ns + processes.all.runnable_ns + processes.all.blocked_ns,
			 processes.all.wall_ns);
}

static void who_is_held_up_most_comes_first(void **state)
{
	(void)state;
	process("spins", SECOND, 300, false);
	process("locks", SECOND, 0, false);
	process("reads", SECOND, 100, false);
	wait_processes_take(&processes, &walk, texts);
	wait_processes_add_held(&processes, name("reads"), 250, 0);
	wait_processes_add_held(&processes, name("locks"), 0, 400);
	wait_processes_add_held(&processes, name("nobody"), 999, 999);
	wait_processes_finish(&processes, texts);
	assert_int_equal(processes.v.cnt, 3);
	assert_int_equal(processes.v.v[0].comm, name("locks"));
	assert_int_equal(processes.v.v[1].comm, name("reads"));
	assert_int_equal(processes.v.v[1].held_ns, 350);
	assert_int_equal(processes.by_runnable.cnt, 2);
	assert_int_equal(processes.v.v[processes.by_runnable.v[0]].comm, name("spins"));
}

static void sleepers_and_kernel_threads_are_left_out(void **state)
{
	(void)state;
	process("sleeps", 10, 20, false);
	process("kworker", SECOND, 20, true);
	process("web", SECOND, 1, false);
	wait_processes_take(&processes, &walk, texts);
	wait_processes_finish(&processes, texts);
	assert_int_equal(processes.v.cnt, 1);
	assert_int_equal(processes.all.process_cnt, 1);
	assert_int_equal(processes.all.runnable_ns, 1);
}

/* It hardly runs, because it waits for a disk. */
static void who_hangs_is_no_sleeper(void **state)
{
	(void)state;
	process("hangs", 10, 20, false);
	process("sleeps", 10, 20, false);
	wait_processes_take(&processes, &walk, texts);
	wait_processes_add_held(&processes, name("hangs"), 2 * SECOND / WAIT_HANGING_PART, 0);
	wait_processes_add_held(&processes, name("sleeps"), 2 * SECOND / WAIT_HANGING_PART - 1, 0);
	wait_processes_finish(&processes, texts);
	assert_int_equal(processes.v.cnt, 1);
	assert_int_equal(processes.v.v[0].comm, name("hangs"));
}

static void the_worst_is_the_longest_that_one_was_kept(void **state)
{
	(void)state;
	process("web", SECOND, 300, false);
	wait_processes_take(&processes, &walk, texts);
	wait_processes_offer_worst(&processes, name("web"), 20, 7);
	wait_processes_offer_worst(&processes, name("web"), 90, 8);
	wait_processes_offer_worst(&processes, name("web"), 90, 9);
	wait_processes_offer_worst(&processes, name("other"), 99, 9);
	wait_processes_finish(&processes, texts);
	assert_int_equal(processes.v.v[0].worst_ns, 90);
	assert_int_equal(processes.v.v[0].worst_thread, 8);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, clear)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(processes_of_one_name_are_one),
		TEST(who_is_held_up_most_comes_first),
		TEST(sleepers_and_kernel_threads_are_left_out),
		TEST(who_hangs_is_no_sleeper),
		TEST(the_worst_is_the_longest_that_one_was_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
