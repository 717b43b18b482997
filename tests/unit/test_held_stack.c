#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/wait_rig.h"

static void equal_stacks_are_held_once(void **state)
{
	struct wait_rig *r = rig_new(0);
	struct held_source source = rig_source(r, 4), other = rig_source(r, 8);
	struct process *p = rig_process(r, RIG_PID);
	struct held_stack *a = held_stacks_take(&r->stacks, p, &source);
	struct held_stack *b = held_stacks_take(&r->stacks, p, &source);
	struct held_stack *c = held_stacks_take(&r->stacks, p, &other);

	(void)state;
	assert_ptr_equal(a, b);
	assert_ptr_not_equal(a, c);
	held_stacks_drop(&r->stacks, a);
	assert_ptr_equal(held_stacks_take(&r->stacks, p, &source), b);
	held_stacks_drop(&r->stacks, b);
	held_stacks_drop(&r->stacks, b);
	held_stacks_drop(&r->stacks, c);
	assert_int_equal(r->stacks.known.cnt, 0);
	trace_writer_close(r->writer);
	rig_close(r);
}

static void what_another_mapping_means_is_another_stack(void **state)
{
	struct wait_rig *r = rig_new(0);
	struct held_source source = rig_source(r, 4);
	struct held_stack *a, *b;

	(void)state;
	a = held_stacks_take(&r->stacks, rig_process(r, RIG_PID), &source);
	rig_exec(r, RIG_PID, "another");
	rig_map(r, RIG_PID, "/bin/another");
	b = held_stacks_take(&r->stacks, rig_process(r, RIG_PID), &source);
	assert_ptr_not_equal(a, b);
	held_stacks_drop(&r->stacks, a);
	held_stacks_drop(&r->stacks, b);
	trace_writer_close(r->writer);
	rig_close(r);
}

static void void_ids_leave_what_is_held(void **state)
{
	struct wait_rig *r = rig_new(0);
	struct held_source source = rig_source(r, 4);
	struct process *p = rig_process(r, RIG_PID);
	struct held_stack *a = held_stacks_take(&r->stacks, p, &source), *b;

	(void)state;
	held_stacks_forget(&r->stacks);
	b = held_stacks_take(&r->stacks, p, &source);
	assert_ptr_not_equal(a, b);
	held_stacks_drop(&r->stacks, a);
	assert_ptr_equal(held_stacks_take(&r->stacks, p, &source), b);
	held_stacks_drop(&r->stacks, b);
	held_stacks_drop(&r->stacks, b);
	trace_writer_close(r->writer);
	rig_close(r);
}

static struct abi_copy *copy_of(uint32_t len)
{
	struct abi_copy *copy = calloc(1, sizeof(*copy) + len);

	copy->len = len;
	copy->regs[UNWIND_RIP] = RIG_PROGRAM + 4;
	return copy;
}

static void copies_are_held_up_to_a_bound(void **state)
{
	struct wait_rig *r = rig_new(0);
	struct process *p = rig_process(r, RIG_PID);
	struct abi_copy *copy = copy_of(HELD_COPY_BYTES_MAX / 2 - 1000);
	struct held_source source = rig_source(r, 4);
	struct held_stack *held[3];

	(void)state;
	source.copy = copy;
	source.copy_why = TRACE_REASON_UNSUPPORTED;
	for (int i = 0; i < 3; i++)
		held[i] = held_stacks_take(&r->stacks, p, &source);
	assert_true(r->stacks.copy_bytes <= HELD_COPY_BYTES_MAX);
	assert_true(r->stacks.copy_bytes > HELD_COPY_BYTES_MAX / 2);
	for (int i = 0; i < 3; i++)
		held_stacks_drop(&r->stacks, held[i]);
	assert_int_equal(r->stacks.copy_bytes, 0);
	free(copy);
	trace_writer_close(r->writer);
	rig_close(r);
}

static void our_own_programs_are_not_on_top_of_a_wait(void **state)
{
	struct wait_rig *r = rig_new(0);
	const uint64_t frames[] = { RIG_KERNEL + 8, RIG_KERNEL + 256 + 8, RIG_KERNEL + 512 + 8,
				    RIG_KERNEL + 8 };
	struct held_source source = { .user_stack = STACK_ABSENT };
	struct abi_wait wait = { .why = ABI_WAIT_ALONE,
				 .state = ABI_WAIT_STOPPED,
				 .tgid = RIG_PID,
				 .tid = RIG_PID,
				 .blocked_ns = 1000 };

	(void)state;
	if (kernel_log_hidden(r->kernel)) {
		trace_writer_close(r->writer);
		rig_close(r);
		skip();
	}
	rig_program(r, 0, "bpf_prog_1_wait");
	rig_program(r, 1, "bpf_trampoline_7");
	rig_program(r, 2, "bpf_iter_run");
	source.kernel_stack = stack_table_add(r->stack_table, frames, 4, UNWIND_END_NONE);
	wait_log_add(&r->log, &wait, 1000, &source);
	rig_expect(r, "sum sleeper stopped 1x1000+0 max 1000 [10..20] bpf_prog_1_wait+7 "
		      "bpf_iter_run+7\n"
		      "wait 900001 why4 at 0 1000+0 bpf_prog_1_wait+7 bpf_iter_run+7\n");
}

static void what_stands_between_a_program_and_its_hook_is_known_by_name(void **state)
{
	(void)state;
	assert_true(kernel_log_names_program("bpf_prog_6deef7357e7b4530_sched"));
	assert_true(kernel_log_names_program("__traceiter_sched_exit_tp"));
	assert_true(kernel_log_names_program("__bpf_trace_sched_switch"));
	assert_true(kernel_log_names_program("bpf_trace_run4"));
	assert_false(kernel_log_names_program("__schedule"));
	assert_false(kernel_log_names_program("bpf_map_update_value"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_stacks_are_held_once),
		cmocka_unit_test(what_another_mapping_means_is_another_stack),
		cmocka_unit_test(void_ids_leave_what_is_held),
		cmocka_unit_test(copies_are_held_up_to_a_bound),
		cmocka_unit_test(our_own_programs_are_not_on_top_of_a_wait),
		cmocka_unit_test(what_stands_between_a_program_and_its_hook_is_known_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
