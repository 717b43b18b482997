#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "collector/copy_replay.h"

#define PID 900001	/* beyond pid_max of most machines, so /proc knows nothing of it */
#define RUNTIME 0x10000 /* anonymous: left by frame pointers */
#define NOWHERE 0x90000
#define STACK 0x7000
#define SECOND_NS 1000000000ull
#define BYTES 16384

struct judge {
	struct module_log *modules;
	struct task_log *tasks;
	struct stack_table *stacks;
	struct unwind_tables *tables;
	struct copy_replay replay;
	struct abi_copy *copy;
	uint64_t time_ns;
};

static void map_runtime(struct judge *j)
{
	struct perf_record r = { .type = PERF_RECORD_COMM, .pid = PID, .tid = PID };

	r.comm.name = "prog";
	r.comm.exec = true;
	task_log_apply(j->tasks, &r);
	r = (struct perf_record){ .type = PERF_RECORD_MMAP2, .pid = PID, .tid = PID };
	r.map.start = RUNTIME;
	r.map.len = 0x1000;
	r.map.path = "//anon";
	task_log_apply(j->tasks, &r);
}

static struct judge judge_new(void)
{
	struct unwind_arrays arrays = {
		.row_max = 16, .block_max = 16, .rule_max = 16, .mapping_max = 16, .process_fd = -1
	};
	struct judge j = { .modules = module_log_new(), .time_ns = 5 * SECOND_NS };

	j.tasks = task_log_new(j.modules);
	j.stacks = stack_table_new();
	j.tables = unwind_tables_new(&arrays, j.modules, j.tasks, "");
	j.replay = (struct copy_replay){
		.tables = j.tables, .tasks = j.tasks, .stacks = j.stacks, .copy_bytes = BYTES
	};
	j.copy = calloc(1, sizeof(*j.copy) + BYTES);
	*j.copy = (struct abi_copy){
		.record = ABI_RECORD_COPY,
		.end = UNWIND_END_NO_PROCESS,
		.len = BYTES,
		.check = 1,
		.regs = { [UNWIND_RIP] = RUNTIME, [UNWIND_RSP] = STACK, [UNWIND_RBP] = STACK },
	};
	map_runtime(&j);
	return j;
}

static void judge_release(struct judge *j)
{
	free(j->copy);
	unwind_tables_free(j->tables);
	stack_table_free(j->stacks);
	task_log_free(j->tasks);
	module_log_free(j->modules);
}

/* A frame at the stack pointer: the caller's rbp and where it goes on. */
static void set_frame(struct judge *j, uint64_t bp, uint64_t ip)
{
	const uint64_t words[] = { bp, ip };

	memcpy(j->copy->bytes, words, sizeof(words));
}

static struct copy_verdict judge(struct judge *j)
{
	return copy_replay_judge(&j->replay, PID, j->copy, j->time_ns);
}

static void expect_stack(struct judge *j, uint32_t stack, uint32_t cnt, uint32_t end)
{
	uint32_t got;

	assert_int_equal(stack_table_get(j->stacks, stack, &got)[0], RUNTIME);
	assert_int_equal(got, cnt);
	assert_int_equal(stack_table_end(j->stacks, stack), end);
}

static void what_can_be_replayed_is_a_stack_like_any_other(void **state)
{
	struct judge j = judge_new();
	struct copy_verdict v;

	(void)state;
	set_frame(&j, 0, RUNTIME + 9);
	v = judge(&j);
	assert_false(v.keep);
	assert_int_equal(v.why, 0);
	expect_stack(&j, v.stack, 2, UNWIND_END_WHOLE);
	assert_int_equal(j.replay.kept_cnt, 0);
	judge_release(&j);
}

static void a_walk_beyond_a_full_copy_was_cut_by_its_size(void **state)
{
	struct judge j = judge_new();
	struct copy_verdict v;

	(void)state;
	set_frame(&j, STACK + BYTES, RUNTIME + 9);
	v = judge(&j);
	assert_false(v.keep);
	expect_stack(&j, v.stack, 2, UNWIND_END_COPY_CUT);
	assert_int_equal(v.why, TRACE_REASON_COPY_CUT);
	assert_int_equal(j.replay.cut_cnt, 1);
	j.copy->len = BYTES - 4096; /* the rest was not readable */
	v = judge(&j);
	expect_stack(&j, v.stack, 2, UNWIND_END_FAULT);
	assert_int_equal(j.replay.cut_cnt, 1);
	j.copy->len = 0; /* there was no memory to keep it in */
	j.copy->end = UNWIND_END_COPY_CUT;
	v = judge(&j);
	expect_stack(&j, v.stack, 1, UNWIND_END_COPY_CUT);
	assert_int_equal(j.replay.cut_cnt, 1); /* a longer copy would not help */
	assert_int_equal(j.replay.dropped_cnt, 1);
	judge_release(&j);
}

/* A leaf that no mapping holds. */
static void lead_nowhere(struct judge *j)
{
	j->copy->regs[UNWIND_RIP] = NOWHERE;
}

static void what_needs_more_than_rows_is_kept_within_a_rate(void **state)
{
	struct judge j = judge_new();
	struct copy_verdict v;
	uint64_t in_one_second = 0, in_four = 0;

	(void)state;
	set_frame(&j, 0, RUNTIME + 9);
	judge(&j); /* the new program runs */
	task_log_process(j.tasks, PID)->exec_goes_on = false;
	lead_nowhere(&j);
	v = judge(&j);
	assert_true(v.keep);
	assert_int_equal(v.why, TRACE_REASON_NO_MAPPING);
	for (int i = 0; i < 1000; i++)
		in_one_second += judge(&j).keep;
	assert_in_range(in_one_second * BYTES, COPY_REPLAY_BYTES_PER_S - 2 * BYTES,
			COPY_REPLAY_BYTES_PER_S);
	assert_int_equal(j.replay.dropped_cnt, 1000 - in_one_second);
	for (int i = 0; i < 4000; i++) {
		j.time_ns += SECOND_NS / 1000;
		in_four += judge(&j).keep;
	}
	assert_in_range(in_four * BYTES, 4 * COPY_REPLAY_BYTES_PER_S - 2 * BYTES,
			4 * COPY_REPLAY_BYTES_PER_S + 2 * BYTES);
	judge_release(&j);
}

static void the_old_program_of_an_exec_is_not_kept(void **state)
{
	struct judge j = judge_new();

	(void)state;
	lead_nowhere(&j);
	assert_false(judge(&j).keep);
	assert_int_equal(j.replay.dropped_cnt, 0);
	judge_release(&j);
}

static void without_tables_all_are_kept(void **state)
{
	struct judge j = judge_new();

	(void)state;
	j.replay.tables = NULL;
	j.copy->end = UNWIND_END_NONE;
	for (int i = 0; i < 1000; i++) {
		struct copy_verdict v = judge(&j);

		assert_true(v.keep);
		assert_int_equal(v.why, 0);
	}
	assert_int_equal(j.replay.kept_bytes, 1000 * BYTES);
	judge_release(&j);
}

static void without_tables_a_copy_of_no_bytes_says_why(void **state)
{
	struct judge j = judge_new();
	struct copy_verdict v;

	(void)state;
	j.replay.tables = NULL;
	j.copy->end = UNWIND_END_NONE;
	j.copy->len = 0;
	v = judge(&j); /* its page was not there */
	assert_false(v.keep);
	expect_stack(&j, v.stack, 1, UNWIND_END_FAULT);
	assert_int_equal(j.replay.dropped_cnt, 0);
	j.copy->end = UNWIND_END_COPY_CUT; /* the backlog was full */
	v = judge(&j);
	assert_false(v.keep);
	expect_stack(&j, v.stack, 1, UNWIND_END_COPY_CUT);
	assert_int_equal(j.replay.dropped_cnt, 1);
	assert_int_equal(j.replay.cut_cnt, 0);
	judge_release(&j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_can_be_replayed_is_a_stack_like_any_other),
		cmocka_unit_test(a_walk_beyond_a_full_copy_was_cut_by_its_size),
		cmocka_unit_test(what_needs_more_than_rows_is_kept_within_a_rate),
		cmocka_unit_test(the_old_program_of_an_exec_is_not_kept),
		cmocka_unit_test(without_tables_all_are_kept),
		cmocka_unit_test(without_tables_a_copy_of_no_bytes_says_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
