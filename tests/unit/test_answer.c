#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "symbolize/answer.h"

static const uint64_t offsets[] = { 0x10, 0x20, 0x30 };

/* The first has one name, the second two frames, the third none. */
static void put_answer(struct buf *out)
{
	static const struct name_frame frames[] = {
		{ TRACE_FRAME_INLINED, "inner", "a.c", 7 },
		{ TRACE_FRAME_USER, "outer", "a.c", 70 },
	};
	struct answer a;

	answer_start(&a, out, NAME_REASON_NONE, ANSWER_UNUSED_NONE, "");
	answer_function(&a, TRACE_FRAME_USER, "outer");
	answer_frames(&a, frames, 2);
	answer_unnamed(&a, NAME_REASON_NO_MATCH);
	answer_end(&a);
}

static int read_answer(struct name_table *names, struct answer_summary *out, const struct buf *said,
		       size_t offset_cnt)
{
	struct trace_module module = { .kind = TRACE_MODULE_FILE,
				       .path = "/a",
				       .process = TRACE_NONE };
	struct answer_target target = { .names = names,
					.offsets = offsets,
					.offset_cnt = offset_cnt };

	target.module = name_table_module(names, &module, NULL);
	return answer_read(out, said->v, said->len, &target, NULL);
}

static void frames_cross_the_pipe_as_they_were(void **state)
{
	struct name_table *names = name_table_new();
	struct answer_summary summary;
	struct buf said = { 0 };
	const struct name_frame *frames;
	enum name_reason reason;
	size_t cnt;

	(void)state;
	put_answer(&said);
	assert_int_equal(read_answer(names, &summary, &said, 3), 0);
	assert_int_equal(summary.named_cnt, 2);
	assert_int_equal(summary.reason, NAME_REASON_NONE);
	frames = name_table_find(names, 0, 0x20, &cnt, &reason);
	assert_int_equal(cnt, 2);
	assert_string_equal(frames[0].function, "inner");
	assert_int_equal(frames[0].kind, TRACE_FRAME_INLINED);
	assert_int_equal(frames[0].line, 7);
	assert_string_equal(frames[1].function, "outer");
	assert_string_equal(frames[1].file, "a.c");
	assert_null(name_table_find(names, 0, 0x30, &cnt, &reason));
	assert_int_equal(reason, NAME_REASON_NO_MATCH);
	free(summary.why);
	buf_release(&said);
	name_table_free(names);
}

static void cut_or_longer_answer_adds_nothing(void **state)
{
	struct name_table *names = name_table_new();
	struct answer_summary summary;
	struct buf said = { 0 };
	size_t whole;

	(void)state;
	put_answer(&said);
	whole = said.len;
	for (said.len = 0; said.len < whole; said.len++)
		assert_int_equal(read_answer(names, &summary, &said, 3), -EBADMSG);
	said.len = whole;
	buf_u8(&said, 0);
	assert_int_equal(read_answer(names, &summary, &said, 3), -EBADMSG);
	said.len = whole;
	assert_int_equal(read_answer(names, &summary, &said, 2), -EBADMSG);
	assert_int_equal(name_table_cnt(names), 0);
	buf_release(&said);
	name_table_free(names);
}

/* What the name table would cut is refused, not cut. */
static void answer_beyond_the_limits_of_the_table_is_refused(void **state)
{
	for (size_t over = 0; over < 2; over++) {
		struct name_table *names = name_table_new();
		struct answer_summary summary;
		struct buf text = { 0 };
		struct buf said = { 0 };
		int expected = over ? -EBADMSG : 0;

		while (text.len < NAME_TEXT_BYTES + over)
			buf_u8(&text, 'a');
		buf_put(&said, "\0\0\0\1\2\1", 6); /* read; one user frame, named by text 1 */
		buf_blob(&said, text.v, text.len);
		buf_put(&said, "\0\0", 2);
		assert_int_equal(read_answer(names, &summary, &said, 1), expected);
		if (!over)
			free(summary.why);
		buf_clear(&said);
		buf_put(&said, "\0\0\0", 3);
		buf_varint(&said, NAME_FRAMES_MAX + over);
		for (size_t i = 0; i < NAME_FRAMES_MAX + over; i++) {
			buf_put(&said, "\2\1", 2);
			if (!i)
				buf_blob(&said, "f", 1);
			buf_put(&said, "\0\0", 2);
		}
		assert_int_equal(read_answer(names, &summary, &said, 1), expected);
		if (!over)
			free(summary.why);
		buf_release(&text);
		buf_release(&said);
		name_table_free(names);
	}
	(void)state;
}

static void expect_well_formed(const struct name_table *names, const struct answer_summary *summary)
{
	assert_int_equal(name_table_cnt(names), 3);
	assert_in_range(summary->reason, 0, NAME_REASON_CNT - 1);
	assert_in_range(summary->unused, 0, ANSWER_UNUSED_DEBUG);
	for (size_t i = 0; i < 3; i++) {
		const struct name_frame *frames;
		enum name_reason reason;
		size_t cnt;

		frames = name_table_find(names, 0, offsets[i], &cnt, &reason);
		if (!cnt)
			assert_in_range(reason, 1, NAME_REASON_CNT - 1);
		else
			assert_int_equal(reason, NAME_REASON_NONE);
		for (size_t k = 0; k < cnt; k++) {
			assert_true(frames[k].kind == TRACE_FRAME_USER ||
				    frames[k].kind == TRACE_FRAME_INLINED ||
				    frames[k].kind == TRACE_FRAME_KERNEL ||
				    frames[k].kind == TRACE_FRAME_JIT);
			assert_int_not_equal(frames[k].function[0], '\0');
		}
	}
}

/* The bytes of the three texts, of which none may be NUL. */
static bool is_in_a_text(const struct buf *said, size_t at)
{
	static const char *const texts[] = { "inner", "outer", "a.c" };

	for (size_t i = 0; i < 3; i++) {
		const uint8_t *text = memmem(said->v, said->len, texts[i], strlen(texts[i]));

		assert_non_null(text);
		if (said->v + at >= text && said->v + at < text + strlen(texts[i]))
			return true;
	}
	return false;
}

/* Whatever a captured child says: refused, or three good entries. */
static void any_changed_byte_is_refused_or_well_formed(void **state)
{
	struct buf said = { 0 };

	(void)state;
	put_answer(&said);
	for (size_t at = 0; at < said.len; at++)
		for (unsigned value = 0; value < 256; value++) {
			struct name_table *names = name_table_new();
			struct answer_summary summary;
			bool is_cut = !value && is_in_a_text(&said, at);
			uint8_t kept = said.v[at];

			said.v[at] = (uint8_t)value;
			if (read_answer(names, &summary, &said, 3) == 0) {
				assert_false(is_cut);
				expect_well_formed(names, &summary);
				free(summary.why);
			} else {
				assert_int_equal(name_table_cnt(names), 0);
			}
			said.v[at] = kept;
			name_table_free(names);
		}
	buf_release(&said);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_cross_the_pipe_as_they_were),
		cmocka_unit_test(cut_or_longer_answer_adds_nothing),
		cmocka_unit_test(answer_beyond_the_limits_of_the_table_is_refused),
		cmocka_unit_test(any_changed_byte_is_refused_or_well_formed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
