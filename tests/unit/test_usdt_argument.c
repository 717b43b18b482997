#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "collector/usdt_argument.h"

#if defined(__x86_64__)
#include <asm/ptrace.h>

#define AT(field) offsetof(struct pt_regs, field)

static struct abi_probe_value argument(const char *arguments, uint32_t number)
{
	struct abi_probe_value v = { 0 };

	if (!usdt_argument_parse(arguments, number, &v))
		fail_msg("%s: %u is refused", arguments, number);
	return v;
}

static void registers_have_a_name_for_each_size(void **state)
{
	static const char *const texts[] = { "8@%rdi", "-4@%edi", "2@%di", "1@%dil" };
	static const uint8_t sizes[] = { 8, 4, 2, 1 };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct abi_probe_value v = argument(texts[i], 1);

		assert_int_equal(v.from, ABI_PROBE_CONTEXT);
		assert_int_equal(v.at, AT(rdi));
		assert_int_equal(v.size, sizes[i]);
		assert_int_equal(v.is_signed, i == 1);
	}
	assert_int_equal(argument("4@%r11d", 1).at, AT(r11));
}

static void memory_is_found_by_a_register(void **state)
{
	struct abi_probe_value v;

	(void)state;
	v = argument("-4@-20(%rbp)", 1);
	assert_int_equal(v.from, ABI_PROBE_MEMORY);
	assert_int_equal(v.at, AT(rbp));
	assert_int_equal(v.offset, -20);
	assert_int_equal(v.index_at, ABI_PROBE_NO_INDEX);
	v = argument("8@(%rsp)", 1);
	assert_int_equal(v.at, AT(rsp));
	assert_int_equal(v.offset, 0);
	v = argument("8@16(%rax,%rdx,8)", 1);
	assert_int_equal(v.at, AT(rax));
	assert_int_equal(v.index_at, AT(rdx));
	assert_int_equal(v.shift, 3);
	assert_int_equal(argument("8@(%rax,%rdx)", 1).shift, 0);
}

static void constants_have_their_value(void **state)
{
	struct abi_probe_value v;

	(void)state;
	v = argument("-4@$-17", 1);
	assert_int_equal(v.from, ABI_PROBE_CONSTANT);
	assert_int_equal(v.offset, -17);
}

static void arguments_are_counted_from_one(void **state)
{
	const char *text = "8@%rdi  4@%esi -1@3(%rbx)";
	struct abi_probe_value v;

	(void)state;
	assert_int_equal(argument(text, 1).at, AT(rdi));
	assert_int_equal(argument(text, 2).at, AT(rsi));
	assert_int_equal(argument(text, 3).at, AT(rbx));
	assert_false(usdt_argument_parse(text, 0, &v));
	assert_false(usdt_argument_parse(text, 4, &v));
	assert_false(usdt_argument_parse("", 1, &v));
}

static void refuses_what_programs_cannot_reach(void **state)
{
	static const char *const texts[] = {
		"8@name(%rip)",
		"8@%xmm0",
		"8@",
		"@%rdi",
		"8",
		"3@%rdi",
		"16@%rdi",
		"-128@%rdi",
		"8@%rdix",
		"8@%",
		"8@(%rdi",
		"8@(%rdi,%rsi",
		"8@(%rdi,%rsi,3)",
		"8@(%rdi,,8)",
		"8@(%rdi))",
		"8@$",
		"8@$99999999999999999999",
		"8@4",
		"8@%ah",
		"8@4(rdi)",
		"99999999999999999999@%rdi",
		"8@%rdi,%rsi",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct abi_probe_value v = { .at = 77 };

		if (usdt_argument_parse(texts[i], 1, &v))
			fail_msg("%s is taken", texts[i]);
		assert_int_equal(v.at, 77);
	}
}

static void functions_have_six_arguments(void **state)
{
	struct abi_probe_value v;

	(void)state;
	assert_true(function_argument(1, &v));
	assert_int_equal(v.at, AT(rdi));
	assert_true(function_argument(6, &v));
	assert_int_equal(v.at, AT(r9));
	assert_false(function_argument(0, &v));
	assert_false(function_argument(7, &v));
	assert_true(function_result(&v));
	assert_int_equal(v.at, AT(rax));
	assert_true(v.is_signed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(registers_have_a_name_for_each_size),
		cmocka_unit_test(memory_is_found_by_a_register),
		cmocka_unit_test(constants_have_their_value),
		cmocka_unit_test(arguments_are_counted_from_one),
		cmocka_unit_test(refuses_what_programs_cannot_reach),
		cmocka_unit_test(functions_have_six_arguments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
#else
static void knows_no_operands_of_this_machine(void **state)
{
	struct abi_probe_value v;

	(void)state;
	assert_false(usdt_argument_parse("8@%rdi", 1, &v));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(knows_no_operands_of_this_machine) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
#endif
