#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "formats/folded.h"

/* A line as text again: frames in brackets, then the value. */
static const char *shown(const struct folded_line *line)
{
	static char out[4096];
	size_t len = 0;

	if (!line)
		return "end";
	for (uint32_t i = 0; i < line->frame_cnt; i++)
		len += (size_t)snprintf(out + len, sizeof(out) - len, "[%.*s]",
					(int)line->frames[i].len, line->text + line->frames[i].at);
	snprintf(out + len, sizeof(out) - len, " %llu", (unsigned long long)line->value);
	return out;
}

static void expect_line(const char *text, const char *expected)
{
	struct folded_reader r;
	/* Exactly as large as the text, so that a sanitizer sees a read beyond it. */
	char *copy = malloc(strlen(text) + 1);

	memcpy(copy, text, strlen(text));
	copy = realloc(copy, strlen(text) ? strlen(text) : 1);
	folded_reader_start(&r, copy, strlen(text));
	assert_string_equal(shown(folded_reader_next(&r)), expected);
	folded_reader_release(&r);
	free(copy);
}

static void splits_frames_and_takes_last_number(void **state)
{
	(void)state;
	expect_line("a;b;c 5\n", "[a][b][c] 5");
	expect_line("a 5", "[a] 5");
	expect_line("a;operator new(int);c d 12\n", "[a][operator new(int)][c d] 12");
	expect_line("a_very_long_first_frame_name;and_a_longer_second_one;c 123456\n",
		    "[a_very_long_first_frame_name][and_a_longer_second_one][c] 123456");
	expect_line("a;b\t7\n", "[a][b] 7");
}

static void passes_over_header_and_blank_lines(void **state)
{
	(void)state;
	expect_line("# one\n# two 5\n\n\r\na;b 1\n", "[a][b] 1");
	expect_line("#include;b 1\n", "[#include][b] 1");
	expect_line("# nothing else", "end");
	expect_line("", "end");
}

static void takes_a_comment_behind_the_header_as_stack(void **state)
{
	struct folded_reader r;
	const char text[] = "a 1\n# b 2\n";

	(void)state;
	folded_reader_start(&r, text, sizeof(text) - 1);
	assert_string_equal(shown(folded_reader_next(&r)), "[a] 1");
	assert_string_equal(shown(folded_reader_next(&r)), "[# b] 2");
	folded_reader_release(&r);
}

static void ends_lines_at_cr_lf_and_blanks(void **state)
{
	(void)state;
	expect_line("a;b 5\r\n", "[a][b] 5");
	expect_line("a;b   5  \n", "[a][b] 5");
	expect_line("a;b 5 \r\n", "[a][b] 5");
}

static void truncates_fractions(void **state)
{
	(void)state;
	expect_line("a;b 2.99\n", "[a][b] 2");
	expect_line("a;b 2.\n", "[a][b] 2");
	expect_line("a;b 0.9\n", "[a][b] 0");
}

static void takes_second_of_two_numbers(void **state)
{
	(void)state;
	expect_line("w;thread 12 34\n", "[w][thread] 34");
	expect_line("w;t 1.5 2.5\n", "[w][t] 2");
	expect_line("w;t x12 34\n", "[w][t x12] 34");
	expect_line("w;3 4\n", "[w][3] 4");
}

static void keeps_empty_frames(void **state)
{
	(void)state;
	expect_line("a;;b 1\n", "[a][][b] 1");
	expect_line(";a; 1\n", "[][a][] 1");
	expect_line("; 1\n", "[][] 1");
}

static void counts_lines_that_are_no_stacks(void **state)
{
	static const char text[] = "a;b 1\nno number\na;b -1\na;b 1e3\n 7\na;5\na .5\n1\na;b 2\n";
	struct folded_reader r;

	(void)state;
	folded_reader_start(&r, text, sizeof(text) - 1);
	assert_string_equal(shown(folded_reader_next(&r)), "[a][b] 1");
	assert_string_equal(shown(folded_reader_next(&r)), "[a][b] 2");
	assert_null(folded_reader_next(&r));
	assert_int_equal(r.bad_cnt, 7);
	assert_int_equal(r.bad_line, 2);
	assert_int_equal(r.line_cnt, 9);
	folded_reader_release(&r);
}

static void clips_values_beyond_64_bits(void **state)
{
	static const char text[] = "a 18446744073709551615\nb 18446744073709551616\n"
				   "c 99999999999999999999999999999\n";
	struct folded_reader r;

	(void)state;
	folded_reader_start(&r, text, sizeof(text) - 1);
	for (int i = 0; i < 3; i++)
		assert_true(folded_reader_next(&r)->value == UINT64_MAX);
	assert_int_equal(r.clipped_cnt, 2);
	folded_reader_release(&r);
}

static void cuts_stacks_beyond_the_depth_limit(void **state)
{
	size_t len = 2 * (TRACE_DEPTH_MAX + 10);
	char *text = malloc(len + 4);
	struct folded_reader r;
	const struct folded_line *line;

	(void)state;
	for (size_t i = 0; i < len; i += 2)
		memcpy(text + i, "f;", 2);
	memcpy(text + len, "g 3\n", 4);
	folded_reader_start(&r, text, len + 4);
	line = folded_reader_next(&r);
	assert_int_equal(line->frame_cnt, TRACE_DEPTH_MAX);
	assert_int_equal(line->value, 3);
	assert_int_equal(r.cut_cnt, 1);
	folded_reader_release(&r);
	free(text);
}

static void reads_a_line_of_ten_megabytes(void **state)
{
	size_t len = (size_t)10 << 20;
	char *text = malloc(len);
	struct folded_reader r;
	const struct folded_line *line;

	(void)state;
	memset(text, 'x', len);
	memcpy(text, "a;", 2);
	memcpy(text + len - 3, " 9\n", 3);
	folded_reader_start(&r, text, len);
	line = folded_reader_next(&r);
	assert_int_equal(line->frame_cnt, 2);
	assert_int_equal(line->frames[1].len, len - 5);
	assert_int_equal(line->value, 9);
	folded_reader_release(&r);
	free(text);
}

static void tells_which_frames_are_shared(void **state)
{
	static const struct {
		const char *line;
		uint32_t shared;
	} lines[] = {
		{ "a;b;c 1\n", 0 },   { "a;b;c 1\n", 3 },      { "a;b;d 1\n", 2 },
		{ "a;b;d;e 1\n", 3 }, { "a;b 1\n", 2 },	       { "a;bb;d 1\n", 1 },
		{ "a;bb;d 12\n", 3 }, { "a;bb;d 1;x 1\n", 2 }, { "b 1\n", 0 },
		{ "b;c 1\n", 1 },     { "bad\n", 0 },	       { "b;c 1\n", 0 },
	};
	char text[256] = "";
	struct folded_reader r;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		strcat(text, lines[i].line);
	folded_reader_start(&r, text, strlen(text));
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (strcmp(lines[i].line, "bad\n") != 0)
			assert_int_equal(folded_reader_next(&r)->shared_cnt, lines[i].shared);
	assert_null(folded_reader_next(&r));
	folded_reader_release(&r);
}

static uint32_t chance(uint32_t below)
{
	static uint64_t state = 1;

	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(state >> 33) % below;
}

#define MODEL_FRAMES 12

/* A line of frames from few letters, so that lines share much; returns its length. */
static size_t make_line(char *out, char frames[MODEL_FRAMES][20], uint32_t *cnt)
{
	size_t len = 0;

	*cnt = chance(4) ? *cnt : 1 + chance(MODEL_FRAMES);
	for (uint32_t i = 0; i < *cnt; i++) {
		if (!frames[i][0] || !chance(3 + i)) {
			uint32_t letters = 1 + chance(18);

			memset(frames[i], 0, sizeof(frames[i]));
			while (letters-- > 0)
				frames[i][letters] = "ab c"[chance(letters ? 4 : 2)];
			frames[i][strlen(frames[i]) - 1] = 'z';
		}
		len += (size_t)sprintf(out + len, "%s%s", i ? ";" : "", frames[i]);
	}
	return len + (size_t)sprintf(out + len, " %u\n", chance(2000));
}

static void agrees_with_a_plain_splitter(void **state)
{
	char frames[MODEL_FRAMES][20] = { { 0 } };
	char *text = malloc(1 << 20), before[512] = "", now[512];
	uint32_t cnts[2000], cnt = 1;
	size_t len = 0;
	struct folded_reader r;

	(void)state;
	for (int i = 0; i < 2000; i++) {
		len += make_line(text + len, frames, &cnt);
		cnts[i] = cnt;
	}
	folded_reader_start(&r, text, len);
	for (const char *at = text; at < text + len; at = strchr(at, '\n') + 1) {
		const struct folded_line *line = folded_reader_next(&r);
		uint32_t end;

		assert_ptr_equal(line->text, at);
		assert_int_equal(line->frame_cnt, cnts[r.line_cnt - 1]);
		snprintf(now, sizeof(now), "%.*s", (int)strcspn(at, "\n"), at);
		*strrchr(now, ' ') = '\0';
		for (uint32_t i = 0; i < line->frame_cnt; i++) {
			end = line->frames[i].at + line->frames[i].len;
			assert_int_equal(now[end], i + 1 == line->frame_cnt ? '\0' : ';');
			if (i)
				assert_int_equal(now[line->frames[i].at - 1], ';');
			if (i < line->shared_cnt)
				assert_memory_equal(now, before, end);
		}
		strcpy(before, now);
	}
	assert_null(folded_reader_next(&r));
	folded_reader_release(&r);
	free(text);
}

static void takes_kinds_from_annotations(void **state)
{
	static const struct {
		const char *name;
		uint32_t len;
		enum trace_frame_kind kind;
	} names[] = {
		{ "read_[k]", 4, TRACE_FRAME_KERNEL }, { "x_[j]", 1, TRACE_FRAME_JIT },
		{ "x_[i]", 1, TRACE_FRAME_INLINED },   { "x_[w]", 1, TRACE_FRAME_WAKER },
		{ "x_[q]", 5, TRACE_FRAME_USER },      { "_[k]", 4, TRACE_FRAME_USER },
		{ "x[k]", 4, TRACE_FRAME_USER },       { "k]", 2, TRACE_FRAME_USER },
		{ "", 0, TRACE_FRAME_USER },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		uint32_t len = (uint32_t)strlen(names[i].name);

		assert_int_equal(folded_kind(names[i].name, &len), names[i].kind);
		assert_int_equal(len, names[i].len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(splits_frames_and_takes_last_number),
		cmocka_unit_test(passes_over_header_and_blank_lines),
		cmocka_unit_test(takes_a_comment_behind_the_header_as_stack),
		cmocka_unit_test(ends_lines_at_cr_lf_and_blanks),
		cmocka_unit_test(truncates_fractions),
		cmocka_unit_test(takes_second_of_two_numbers),
		cmocka_unit_test(keeps_empty_frames),
		cmocka_unit_test(counts_lines_that_are_no_stacks),
		cmocka_unit_test(clips_values_beyond_64_bits),
		cmocka_unit_test(cuts_stacks_beyond_the_depth_limit),
		cmocka_unit_test(reads_a_line_of_ten_megabytes),
		cmocka_unit_test(tells_which_frames_are_shared),
		cmocka_unit_test(agrees_with_a_plain_splitter),
		cmocka_unit_test(takes_kinds_from_annotations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
