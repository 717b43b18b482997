#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/mem.h"
#include "symbolize/known_code.h"

#define BYTES(...) (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ })
#define BY_EAX 0xb8, 15, 0, 0, 0, 0x0f, 0x05
#define BY_RAX 0x48, 0xc7, 0xc0, 15, 0, 0, 0, 0x0f, 0x05
#define CLONE 0x0f, 0x05, 0x48, 0x85, 0xc0, 0x7c, 0x13

static struct known_code at(const uint8_t *v, size_t len, size_t rip)
{
	return (struct known_code){ v + rip, rip, len - rip };
}

static bool is_restorer(const uint8_t *v, size_t len, size_t rip, bool is_exact)
{
	const struct known_code code = at(v, len, rip);

	return known_code_is_restorer(&code, is_exact);
}

static void handlers_return_to_the_first_byte_of_a_restorer(void **state)
{
	(void)state;
	assert_true(is_restorer(BYTES(BY_EAX), 0, false));
	assert_true(is_restorer(BYTES(0x90, BY_RAX), 1, false));
	assert_false(is_restorer(BYTES(0x90, BY_RAX), 0, false));
	assert_false(is_restorer(BYTES(0x48, 0xc7, 0xc0, 16, 0, 0, 0, 0x0f, 0x05), 0, false));
}

static void a_thread_stands_before_in_or_behind_the_system_call(void **state)
{
	(void)state;
	for (size_t rip = 0; rip <= 9; rip++) {
		assert_int_equal(is_restorer(BYTES(BY_RAX), rip, true),
				 rip == 0 || rip == 7 || rip == 9);
		assert_int_equal(is_restorer(BYTES(BY_EAX, 0x90, 0x90), rip, true),
				 rip == 0 || rip == 5 || rip == 7);
	}
	assert_false(is_restorer(BYTES(BY_RAX), 9, false)); /* a caller is not in there */
}

static int behind_clone(const uint8_t *v, size_t len, size_t rip)
{
	const struct known_code code = at(v, len, rip);

	return known_code_behind_clone(&code);
}

static void clone_is_known_from_its_system_call_on(void **state)
{
	uint8_t far[80] = { CLONE };

	(void)state;
	for (size_t rip = 0; rip < 9; rip++)
		assert_int_equal(behind_clone(BYTES(0x90, CLONE, 0xc3), rip),
				 rip ? (int)rip - 1 : -1);
	assert_int_equal(behind_clone(far, sizeof(far), 63), 63);
	assert_int_equal(behind_clone(far, sizeof(far), 64), -1);
	assert_int_equal(behind_clone(BYTES(0x0f, 0x05, 0x48, 0x85, 0xc8, 0x7c), 2), -1);
}

static void first_functions_of_go_are_known_by_all_of_their_bytes(void **state)
{
	(void)state;
	assert_true(known_code_is_first_of_go(BYTES(0x90, 0xe8, 1, 2, 3, 4, 0x90)));
	assert_true(known_code_is_first_of_go(BYTES(0xe8, 1, 2, 3, 4, 0xc3)));
	assert_false(known_code_is_first_of_go(BYTES(0xe8, 1, 2, 3, 4, 0xc3, 0x90)));
	assert_false(known_code_is_first_of_go(BYTES(0x90, 0xe8, 1, 2, 3, 0x90)));
	assert_false(known_code_is_first_of_go(BYTES(0xe8)));
}

/* A sanitizer sees what is read beyond them. */
static void reads_only_bytes_that_are_there(void **state)
{
	static const uint8_t all[] = { CLONE, BY_RAX, BY_EAX, BY_RAX, CLONE };

	(void)state;
	for (size_t from = 0; from < sizeof(all); from++)
		for (size_t end = from + 1; end <= sizeof(all); end++) {
			const size_t len = end - from;
			uint8_t *v = mem_alloc(len, 1);

			memcpy(v, all + from, len);
			for (size_t rip = 0; rip <= len; rip++) {
				const struct known_code code = at(v, len, rip);

				assert_true(known_code_behind_clone(&code) <= (int)rip);
				if (known_code_is_restorer(&code, true))
					assert_true(len >= 7);
				if (known_code_is_behind_syscall(&code))
					assert_true(rip >= 2);
			}
			free(v);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(handlers_return_to_the_first_byte_of_a_restorer),
		cmocka_unit_test(a_thread_stands_before_in_or_behind_the_system_call),
		cmocka_unit_test(clone_is_known_from_its_system_call_on),
		cmocka_unit_test(first_functions_of_go_are_known_by_all_of_their_bytes),
		cmocka_unit_test(reads_only_bytes_that_are_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
