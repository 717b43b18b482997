#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "collector/comm_pattern.h"

static bool matches(const char *glob, const char *comm)
{
	struct comm_pattern p;

	assert_true(comm_pattern_compile(&p, glob));
	return comm_pattern_matches(&p, comm);
}

static void matches_the_whole_name(void **state)
{
	(void)state;
	assert_true(matches("nginx", "nginx"));
	assert_false(matches("nginx", "nginx2"));
	assert_false(matches("nginx", "ngin"));
	assert_false(matches("", "x"));
	assert_true(matches("", ""));
}

static void star_matches_any_run_of_characters(void **state)
{
	(void)state;
	assert_true(matches("*", ""));
	assert_true(matches("a**b", "ab"));
	assert_true(matches("*a*a*", "banana"));
	assert_true(matches("ng*", "ng"));
	assert_false(matches("*a*b", "ba"));
}

static void sets_may_be_ranges_and_negated(void **state)
{
	(void)state;
	assert_true(matches("worker-[0-9]", "worker-7"));
	assert_false(matches("worker-[0-9]", "worker-x"));
	assert_true(matches("[!0-9]*", "x1"));
	assert_false(matches("[!0-9]*", "1x"));
	assert_true(matches("a[x", "a[x"));
}

static void refuses_more_than_a_name_can_match(void **state)
{
	struct comm_pattern p;

	(void)state;
	assert_true(comm_pattern_compile(&p, "???????????????????????????????"));
	assert_false(comm_pattern_compile(&p, "????????????????????????????????"));
}

/* Random patterns over a small alphabet, so that many of them match. */
static void agrees_with_the_glob_of_all_other_places(void **state)
{
	static const char *const parts[] = { "a", "b", "*", "?", "[ab]", "[!a]", "[a-b]" };
	unsigned matched = 0;

	(void)state;
	srand(7);
	for (int round = 0; round < 20000; round++) {
		char glob[64] = "", comm[16] = "";
		bool expected;

		for (int i = rand() % 7; i > 0; i--)
			strcat(glob, parts[rand() % 7]);
		for (int i = rand() % 9, at = 0; at < i; at++)
			comm[at] = (char)('a' + rand() % 3);
		expected = text_glob(glob, comm, strlen(comm));
		matched += expected;
		if (matches(glob, comm) != expected)
			fail_msg("%s and %s: text_glob says %d", glob, comm, expected);
	}
	assert_in_range(matched, 1000, 19000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(matches_the_whole_name),
		cmocka_unit_test(star_matches_any_run_of_characters),
		cmocka_unit_test(sets_may_be_ranges_and_negated),
		cmocka_unit_test(refuses_more_than_a_name_can_match),
		cmocka_unit_test(agrees_with_the_glob_of_all_other_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
