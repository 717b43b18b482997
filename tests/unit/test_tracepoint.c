#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <bpf/btf.h>
#include <cmocka.h>

#include "collector/tracepoint.h"

/* What a kernel says of a tracepoint: a typedef of a pointer to a function, whose first
 * argument is the kernel's own. */
static struct btf *made(const char *type, int argument_cnt)
{
	struct btf *btf = btf__new_empty();
	int proto, pointer;

	assert_non_null(btf);
	proto = btf__add_func_proto(btf, 0);
	for (int i = 0; i < argument_cnt; i++)
		assert_return_code(btf__add_func_param(btf, NULL, 0), 0);
	pointer = btf__add_ptr(btf, proto);
	assert_true(btf__add_typedef(btf, type, pointer) > 0);
	return btf;
}

static void counts_the_arguments_that_programs_get(void **state)
{
	struct btf *with_queue = made("btf_trace_block_rq_issue", 3);
	struct btf *without = made("btf_trace_block_rq_issue", 2);

	(void)state;
	assert_int_equal(tracepoint_argument_cnt(with_queue, "block_rq_issue"), 2);
	assert_int_equal(tracepoint_argument_cnt(without, "block_rq_issue"), 1);
	btf__free(with_queue);
	btf__free(without);
}

static void knows_no_tracepoint_by_half_its_name(void **state)
{
	struct btf *btf = made("btf_trace_block_rq_issue", 2);

	(void)state;
	assert_int_equal(tracepoint_argument_cnt(btf, "block_rq"), -1);
	assert_int_equal(tracepoint_argument_cnt(btf, "block_rq_issued"), -1);
	btf__free(btf);
}

static void takes_no_other_type_for_a_tracepoint(void **state)
{
	struct btf *btf = btf__new_empty();
	int number;

	(void)state;
	number = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	assert_true(btf__add_typedef(btf, "btf_trace_number", number) > 0);
	assert_true(btf__add_typedef(btf, "btf_trace_pointer", btf__add_ptr(btf, number)) > 0);
	assert_int_equal(tracepoint_argument_cnt(btf, "number"), -1);
	assert_int_equal(tracepoint_argument_cnt(btf, "pointer"), -1);
	btf__free(btf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_the_arguments_that_programs_get),
		cmocka_unit_test(knows_no_tracepoint_by_half_its_name),
		cmocka_unit_test(takes_no_other_type_for_a_tracepoint),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
