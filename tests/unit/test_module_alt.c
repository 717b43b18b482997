#include "tests/unit/elf_tree.h"

/* The file that DWARF leans on, which several packages share (dwz). */

static const struct made_elf leaning = { CODE, .build_id = "right!!!", .is_debug_file = true,
					 .has_dwarf = true, .alt_build_id = "shared!!" };
static const struct made_elf shared = { CODE, .build_id = "shared!!", .is_debug_file = true,
					.has_dwarf = true };

static void put_leaning(const char *alt_link)
{
	struct made_elf debug = leaning;

	debug.alt_link = alt_link;
	put_elf("/lib/liba.so",
		(struct made_elf){ CODE, .exports = functions, .build_id = "right!!!" });
	put_elf("/debug/.build-id/72/69676874212121.debug", debug);
}

static void expect_alt(const char *where)
{
	struct module_file f;

	search(&f, "right!!!", "/debug");
	assert_true(f.debug_fd >= 0);
	assert_true(f.has_dwarf);
	assert_int_equal(f.alt_build_id_len, 8);
	assert_int_equal(f.alt_fd >= 0, where != NULL);
	expect_path(f.alt_path, where);
	module_file_close(&f);
}

static void alternate_file_is_found_in_each_of_its_places(void **state)
{
	static const char *const places[] = {
		"/debug/.build-id/73/68617265642121.debug",
		"/debug/.dwz/arch/liba.debug",
		"/debug/usr/lib/debug/.dwz/arch/liba.debug",
		"/debug/.build-id/72/liba.debug",
	};

	(void)state;
	for (size_t i = sizeof(places) / sizeof(places[0]); i-- > 0;) {
		put_elf(places[i], shared);
		put_leaning("/usr/lib/debug/.dwz/arch/liba.debug");
		expect_alt(places[i]);
		put_leaning("../../.dwz/arch/liba.debug");
		expect_alt(places[i]);
	}
}

static void alternate_file_of_another_build_is_never_used(void **state)
{
	struct made_elf other = shared;

	(void)state;
	other.build_id = "shared?!";
	put_elf("/debug/.dwz/arch/liba.debug", other);
	put_leaning("../../.dwz/arch/liba.debug");
	expect_alt(NULL);
	other.build_id = NULL;
	put_elf("/debug/.dwz/arch/liba.debug", other);
	expect_alt(NULL);
}

static void alternate_link_does_not_lead_out_of_its_folders(void **state)
{
	(void)state;
	put_elf("/outside/liba.debug", shared);
	put_leaning("../../.dwz/../../outside/liba.debug");
	expect_alt(NULL);
	put_leaning("../../../outside/liba.debug");
	expect_alt(NULL);
	put_leaning("/outside/liba.debug");
	expect_alt(NULL);
	put_symlink("/debug/.dwz", "../outside");
	put_leaning("/usr/lib/debug/.dwz/liba.debug");
	expect_alt(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		promise(alternate_file_is_found_in_each_of_its_places),
		promise(alternate_file_of_another_build_is_never_used),
		promise(alternate_link_does_not_lead_out_of_its_folders),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
