#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <cmocka.h>

#include "base/err.h"

static void is_clear_when_zeroed(void **state)
{
	struct err err = { 0 };

	(void)state;
	assert_int_equal(err.code, 0);
	err_prefix(&err, "nothing");
	assert_string_equal(err.text, "");
}

static void keeps_the_first_cause(void **state)
{
	struct err err = { 0 };

	(void)state;
	assert_int_equal(err_set(&err, -ENOENT, "first %d", 1), -ENOENT);
	assert_int_equal(err_set(&err, -EIO, "second"), -ENOENT);
	assert_string_equal(err.text, "first 1");
}

static void prefixes_stand_outermost_first(void **state)
{
	struct err err = { 0 };

	(void)state;
	err_set(&err, -EBADMSG, "bad checksum");
	err_prefix(&err, "chunk %d", 7);
	err_prefix(&err, "a.data");
	assert_string_equal(err.text, "a.data: chunk 7: bad checksum");
}

static void cuts_texts_that_are_too_long(void **state)
{
	char text[2 * ERR_TEXT_MAX];
	struct err err = { 0 };

	(void)state;
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	err_set(&err, -EIO, "%s", text);
	assert_int_equal(strlen(err.text), ERR_TEXT_MAX - 1);
	err_prefix(&err, "before");
	assert_memory_equal(err.text, "before: xxx", 11);
	assert_int_equal(strlen(err.text), ERR_TEXT_MAX - 1);
	err_prefix(&err, "%s", text);
	assert_int_equal(strlen(err.text), ERR_TEXT_MAX - 1);
}

static void long_paths_leave_room_for_the_cause(void **state)
{
	static const char cause[] = ": cannot open: No such file";
	char path[4096];

	(void)state;
	memset(path, 'p', sizeof(path));
	for (size_t len = 400; len < sizeof(path); len += 7) {
		struct err err = { 0 };
		size_t whole = len + strlen(cause);

		path[len] = '\0';
		err_set(&err, -ENOENT, "%s%s", path, cause);
		path[len] = 'p';
		assert_int_equal(strlen(err.text), whole < ERR_TEXT_MAX ? whole : ERR_TEXT_MAX - 1);
		assert_memory_equal(err.text, path, 200);
		assert_string_equal(err.text + strlen(err.text) - strlen(cause), cause);
	}
}

static void every_prefix_length_fits(void **state)
{
	char prefix[ERR_TEXT_MAX + 8];

	(void)state;
	for (size_t len = 0; len < sizeof(prefix); len++) {
		struct err err = { 0 };

		memset(prefix, 'p', len);
		prefix[len < sizeof(prefix) ? len : 0] = '\0';
		err_set(&err, -EIO, "cause");
		err_prefix(&err, "%s", prefix);
		assert_true(strnlen(err.text, ERR_TEXT_MAX) < ERR_TEXT_MAX);
		assert_string_equal(err.text + strlen(err.text) - 7, ": cause");
	}
}

static void callers_may_want_only_the_code(void **state)
{
	(void)state;
	assert_int_equal(err_set(NULL, -EPERM, "no"), -EPERM);
	err_prefix(NULL, "no");
}

static void can_be_used_again_once_cleared(void **state)
{
	struct err err = { 0 };

	(void)state;
	err_set(&err, -EIO, "first");
	err_clear(&err);
	assert_int_equal(err.code, 0);
	assert_int_equal(err_set(&err, -ENOSPC, "second"), -ENOSPC);
	assert_string_equal(err.text, "second");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_clear_when_zeroed),
		cmocka_unit_test(keeps_the_first_cause),
		cmocka_unit_test(prefixes_stand_outermost_first),
		cmocka_unit_test(cuts_texts_that_are_too_long),
		cmocka_unit_test(long_paths_leave_room_for_the_cause),
		cmocka_unit_test(every_prefix_length_fits),
		cmocka_unit_test(callers_may_want_only_the_code),
		cmocka_unit_test(can_be_used_again_once_cleared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
