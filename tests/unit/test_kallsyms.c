#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "collector/kallsyms.h"

static const char listing[] = "0000000000000000 A fixed_percpu\n"
			      "ffffffff81000000 T _stext\n"
			      "ffffffff81000000 T _text\n"
			      "ffffffff81000100 t second\n"
			      "ffffffff81000180 d not_code\n"
			      "ffffffff81000200 W third\n"
			      "ffffffffc0000000 t in_module\t[ext4]\n"
			      "ffffffffa0000000 t bpf_prog_1234_x\t[bpf]\n";

static struct kallsyms *parsed(void)
{
	struct kallsyms *s = kallsyms_new();

	assert_int_equal(kallsyms_parse(s, listing, strlen(listing)), strlen(listing));
	kallsyms_sort(s);
	return s;
}

static void a_symbol_reaches_to_the_next(void **state)
{
	struct kallsyms *s = parsed();
	struct kallsyms_symbol found;

	(void)state;
	assert_true(kallsyms_find(s, 0xffffffff810001ff, &found));
	assert_string_equal(found.name, "second");
	assert_int_equal(found.address, 0xffffffff81000100);
	assert_int_equal(found.size, 0x100);
	assert_string_equal(found.owner, "");
	assert_true(kallsyms_find(s, 0xffffffff81000200, &found));
	assert_string_equal(found.name, "third");
	kallsyms_free(s);
}

static void of_two_names_the_first_is_taken(void **state)
{
	struct kallsyms *s = parsed();
	struct kallsyms_symbol found;

	(void)state;
	assert_true(kallsyms_find(s, 0xffffffff81000010, &found));
	assert_string_equal(found.name, "_stext");
	kallsyms_free(s);
}

static void owners_are_known(void **state)
{
	struct kallsyms *s = parsed();
	struct kallsyms_symbol found;

	(void)state;
	assert_true(kallsyms_find(s, 0xffffffffc0000004, &found));
	assert_string_equal(found.owner, "ext4");
	assert_true(kallsyms_find(s, 0xffffffffa0000004, &found));
	assert_string_equal(found.owner, "bpf");
	kallsyms_free(s);
}

static void a_line_without_end_waits(void **state)
{
	struct kallsyms *s = kallsyms_new();

	(void)state;
	assert_int_equal(kallsyms_parse(s, "ffffffff81000000 T a\nffff", 25), 21);
	assert_int_equal(kallsyms_parse(s, "", 0), 0);
	kallsyms_free(s);
}

static void nonsense_is_skipped(void **state)
{
	static const char text[] = "\n \nxyz T a\nffffffff81000000\nffffffff81000000 T\n"
				   "ffffffff81000000 T \nffffffff81000000 t n\t[\n";
	struct kallsyms *s = kallsyms_new();
	struct kallsyms_symbol found;

	(void)state;
	assert_int_equal(kallsyms_parse(s, text, strlen(text)), strlen(text));
	kallsyms_sort(s);
	assert_true(kallsyms_find(s, UINT64_MAX, &found));
	assert_string_equal(found.name, "n");
	kallsyms_free(s);
}

static void takes_what_the_kernel_prints(void **state)
{
	struct kallsyms *s = kallsyms_new();
	struct kallsyms_symbol found;

	(void)state;
	assert_true(kallsyms_add_printed(s, 0x1010, "vfs_read+0x10/0x40"));
	assert_true(kallsyms_add_printed(s, 0x5004, "ext4_x+0x4/0x20 [ext4]"));
	assert_true(kallsyms_find(s, 0x103f, &found));
	assert_string_equal(found.name, "vfs_read");
	assert_int_equal(found.address, 0x1000);
	assert_int_equal(found.size, 0x40);
	assert_false(kallsyms_find(s, 0x1040, &found));
	assert_false(kallsyms_find(s, 0xfff, &found));
	assert_true(kallsyms_find(s, 0x5000, &found));
	assert_string_equal(found.owner, "ext4");
	kallsyms_free(s);
}

static void refuses_what_is_no_name(void **state)
{
	struct kallsyms *s = kallsyms_new();

	(void)state;
	assert_false(kallsyms_add_printed(s, 0x1010, "0xffffffff81000000"));
	assert_false(kallsyms_add_printed(s, 0x1010, "+0x1/0x2"));
	assert_false(kallsyms_add_printed(s, 0x1010, "a+0x10"));
	assert_false(kallsyms_add_printed(s, 0x10, "a+0x11/0x20"));
	assert_false(kallsyms_add_printed(s, 0x1010, "a+0x20/0x20"));
	assert_false(kallsyms_add_printed(s, 0x1010, ""));
	kallsyms_free(s);
}

static void what_came_last_to_a_place_is_there(void **state)
{
	struct kallsyms *s = kallsyms_new();
	struct kallsyms_symbol found;

	(void)state;
	kallsyms_add(s, 0x2000, 0x10, "later", "");
	kallsyms_add(s, 0x1000, 0x10, "old", "bpf");
	kallsyms_add(s, 0x1000, 0x20, "new", "bpf");
	assert_true(kallsyms_find(s, 0x1018, &found));
	assert_string_equal(found.name, "new");
	kallsyms_free(s);
}

static void what_began_in_the_place_of_a_new_one_is_gone(void **state)
{
	struct kallsyms *s = kallsyms_new();
	struct kallsyms_symbol found;

	(void)state;
	kallsyms_add(s, 0x1000, 0x100, "before", "bpf");
	kallsyms_add(s, 0x2040, 0x10, "old", "bpf");
	kallsyms_add(s, 0x20ff, 0x10, "older", "bpf");
	kallsyms_add(s, 0x2100, 0x10, "behind", "bpf");
	kallsyms_add(s, 0x2000, 0x100, "new", "bpf");
	assert_true(kallsyms_find(s, 0x2044, &found));
	assert_string_equal(found.name, "new");
	assert_true(kallsyms_find(s, 0x20ff, &found));
	assert_string_equal(found.name, "new");
	assert_true(kallsyms_find(s, 0x2100, &found));
	assert_string_equal(found.name, "behind");
	assert_true(kallsyms_find(s, 0x1000, &found));
	assert_string_equal(found.name, "before");
	kallsyms_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_symbol_reaches_to_the_next),
		cmocka_unit_test(of_two_names_the_first_is_taken),
		cmocka_unit_test(owners_are_known),
		cmocka_unit_test(a_line_without_end_waits),
		cmocka_unit_test(nonsense_is_skipped),
		cmocka_unit_test(takes_what_the_kernel_prints),
		cmocka_unit_test(refuses_what_is_no_name),
		cmocka_unit_test(what_came_last_to_a_place_is_there),
		cmocka_unit_test(what_began_in_the_place_of_a_new_one_is_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
