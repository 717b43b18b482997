#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "render/picture_file.h"
#include "render/scripts.h"

static void the_ending_decides_the_kind(void **state)
{
	static const struct {
		const char *path;
		enum picture_kind kind;
	} cases[] = {
		{ "a.svg", PICTURE_SVG },   { "b/c.png", PICTURE_PNG },
		{ "x.y.pdf", PICTURE_PDF }, { "s.folded", PICTURE_FOLDED },
		{ "t.txt", PICTURE_TEXT },  { "-", PICTURE_SVG },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum picture_kind kind = 0;
		struct err err = { 0 };

		assert_int_equal(picture_kind_of(cases[i].path, &kind, &err), 0);
		assert_int_equal(kind, cases[i].kind);
	}
}

static void other_endings_are_refused_by_name(void **state)
{
	static const char *const paths[] = { "a.jpg", "svg", "", "a.svg/b", "a.SVG " };

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		enum picture_kind kind = PICTURE_PDF;
		struct err err = { 0 };

		assert_true(picture_kind_of(paths[i], &kind, &err) < 0);
		assert_int_equal(kind, PICTURE_PDF);
		assert_non_null(strstr(err.text, ".svg, .png, .pdf"));
	}
}

/* They stand in CDATA, and hold to what DESIGN.md forbids them. */
static void assert_clean(const char *start, const char *end)
{
	static const char *const never[] = {
		"]]>",		 "eval(",	 "innerHTML",	   "outerHTML", "fetch(",
		"XMLHttp",	 "localStorage", "sessionStorage", "import(",	"document.write",
		"setTimeout(\"", "new Function", "insertAdjacent"
	};
	size_t len = (size_t)(end - start);

	assert_true(len > 1000);
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		assert_null(memmem(start, len, never[i], strlen(never[i])));
}

static void scripts_do_nothing_that_they_may_not(void **state)
{
	(void)state;
	assert_clean(flame_script, flame_script_end);
	assert_clean(subsecond_script, subsecond_script_end);
	assert_clean(heatmap_script, heatmap_script_end);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_ending_decides_the_kind),
		cmocka_unit_test(other_endings_are_refused_by_name),
		cmocka_unit_test(scripts_do_nothing_that_they_may_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
