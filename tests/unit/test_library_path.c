#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "collector/library_path.h"

#if defined(__x86_64__)
#define OURS 0x0303
#elif defined(__aarch64__)
#define OURS 0x0a03
#else
#define OURS 0x3
#endif

#define HEADER 48
#define ENTRY 24
#define CACHE_MAX 512

struct cache {
	char v[CACHE_MAX];
	uint32_t len;
};

static void put_word(struct cache *c, uint32_t at, uint32_t word)
{
	memcpy(c->v + at, &word, sizeof(word));
}

static uint32_t put_text(struct cache *c, const char *text)
{
	uint32_t at = c->len;

	memcpy(c->v + at, text, strlen(text) + 1);
	c->len += (uint32_t)strlen(text) + 1;
	return at;
}

/* A library of another machine's, and two of ours. */
static struct cache made(void)
{
	static const char *const files[] = { "libc.so.6", "libc.so.6", "libssl.so.3" };
	static const char *const paths[] = { "/lib32/libc.so.6", "/lib/libc.so.6",
					     "/opt/libssl.so.3" };
	struct cache c = { .v = "glibc-ld.so.cache1.1", .len = HEADER + 3 * ENTRY };

	put_word(&c, 20, 3);
	for (uint32_t i = 0; i < 3; i++) {
		put_word(&c, HEADER + i * ENTRY, i ? OURS : 0x0803);
		put_word(&c, HEADER + i * ENTRY + 4, put_text(&c, files[i]));
		put_word(&c, HEADER + i * ENTRY + 8, put_text(&c, paths[i]));
	}
	return c;
}

static void finds_libraries_of_this_machine(void **state)
{
	struct cache c = made();

	(void)state;
	assert_string_equal(library_path_in_cache(c.v, c.len, "libc.so.6"), "/lib/libc.so.6");
	assert_string_equal(library_path_in_cache(c.v, c.len, "libssl.so.3"), "/opt/libssl.so.3");
	assert_null(library_path_in_cache(c.v, c.len, "libm.so.6"));
}

static void short_names_are_libraries(void **state)
{
	struct cache c = made();

	(void)state;
	assert_string_equal(library_path_in_cache(c.v, c.len, "c"), "/lib/libc.so.6");
	assert_string_equal(library_path_in_cache(c.v, c.len, "ssl"), "/opt/libssl.so.3");
	assert_null(library_path_in_cache(c.v, c.len, "s"));
	assert_null(library_path_in_cache(c.v, c.len, ""));
}

static void an_older_table_may_stand_before_it(void **state)
{
	struct cache c = made(), both = { .v = "ld.so-1.7.0" };

	(void)state;
	memcpy(both.v + 64, c.v, c.len);
	assert_string_equal(library_path_in_cache(both.v, 64 + c.len, "c"), "/lib/libc.so.6");
}

/* In memory of its own size, where reading beyond it is seen. */
static void caches_that_are_cut_are_read_to_their_end(void **state)
{
	struct cache c = made();

	(void)state;
	for (uint32_t len = 0; len < c.len; len++) {
		char *cut = malloc(len + 1);
		const char *found;

		assert_non_null(cut);
		memcpy(cut, c.v, len);
		found = library_path_in_cache(cut, len, "ssl");
		assert_true(!found || (found > cut && found + strlen(found) < cut + len));
		free(cut);
	}
}

static void counts_and_places_that_lie_are_refused(void **state)
{
	struct cache c = made();

	(void)state;
	put_word(&c, 20, UINT32_MAX);
	assert_null(library_path_in_cache(c.v, c.len, "c"));
	c = made();
	put_word(&c, HEADER + ENTRY + 4, UINT32_MAX);
	put_word(&c, HEADER + 2 * ENTRY + 8, c.len);
	assert_null(library_path_in_cache(c.v, c.len, "c"));
	assert_null(library_path_in_cache(c.v, c.len, "ssl"));
}

static void paths_stand_for_themselves(void **state)
{
	struct err err = { 0 };
	char *path;

	(void)state;
	assert_int_equal(library_path_find("/proc/self/exe", &path, &err), 0);
	assert_string_equal(path, "/proc/self/exe");
	free(path);
	assert_true(library_path_find("/no/such", &path, &err) < 0);
	err_clear(&err);
	assert_true(library_path_find("/proc", &path, &err) < 0);
	err_clear(&err);
	assert_true(library_path_find("no such library", &path, &err) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_libraries_of_this_machine),
		cmocka_unit_test(short_names_are_libraries),
		cmocka_unit_test(an_older_table_may_stand_before_it),
		cmocka_unit_test(caches_that_are_cut_are_read_to_their_end),
		cmocka_unit_test(counts_and_places_that_lie_are_refused),
		cmocka_unit_test(paths_stand_for_themselves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
