#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/manual.h"

static const struct option rows[] = {
	{ 'a', "all", NULL, OPTION_FLAG, 0, .help = "record every thread" },
	{ 'F', "frequency", "HZ", OPTION_COUNT, 0, .fallback = "99",
	  .help = "samples per second and CPU, which is more than enough words for one line" },
	{ 0, "unwind", "HOW", OPTION_CHOICE, 0, .choices = "auto|fp|copy", .fallback = "auto",
	  .help = "how it's done" },
	{ 'g', NULL, NULL, OPTION_ACCEPTED, 0, .help = "accepted and ignored" },
	{ 0, "a-very-long-option-name", "WITH-A-VALUE", OPTION_TEXT, 0, .help = "long" },
	{ 0 },
};

static const struct example examples[] = {
	{ "profile record -a 'x\\n'", "the whole machine" },
	{ NULL, NULL },
};

static const struct exit_row exits[] = {
	{ "128+N", "the command was killed by signal N" },
	{ NULL, NULL },
};

static const struct manual record = {
	.name = "record",
	.summary = "record where No time goes",
	.synopsis = "[options] [-- COMMAND ARG...]",
	.description = "First sentence. Second sentence, e.g. this one.\n\n.dotted paragraph.",
	.options = rows,
	.examples = examples,
	.exits = exits,
	.see_also = "profile-render(1), perf(1), bpf(2)",
};

static const struct manual list = {
	.name = "list",
	.summary = "list what's there",
	.synopsis = "",
	.description = "Lists.",
};

static const struct manual *const commands[] = { &record, &list };

static void assert_has(struct buf *b, const char *want)
{
	if (!strstr(buf_text(b), want))
		fail_msg("no '%s' in:\n%s", want, buf_text(b));
}

static void assert_lacks(struct buf *b, const char *unwanted)
{
	if (strstr(buf_text(b), unwanted))
		fail_msg("'%s' in:\n%s", unwanted, buf_text(b));
}

static void help_shows_every_part_of_the_table(void **state)
{
	struct buf out = { 0 };

	(void)state;
	manual_help(&out, &record, 80);
	assert_string_equal(
		buf_text(&out),
		"profile record: record where No time goes\n"
		"\n"
		"Usage:\n"
		"  profile record [options] [-- COMMAND ARG...]\n"
		"\n"
		"Examples:\n"
		"  profile record -a 'x\\n'\n"
		"      the whole machine\n"
		"\n"
		"First sentence. Second sentence, e.g. this one.\n"
		"\n"
		".dotted paragraph.\n"
		"\n"
		"Options:\n"
		"  -a, --all               record every thread\n"
		"  -F, --frequency HZ      samples per second and CPU, which is more than enough\n"
		"                          words for one line (default: 99)\n"
		"      --unwind HOW        how it's done: auto|fp|copy (default: auto)\n"
		"  -g                      accepted and ignored\n"
		"      --a-very-long-option-name WITH-A-VALUE\n"
		"                          long\n"
		"  -h, --help              show this text\n"
		"\n"
		"Exit status:\n"
		"  128+N                   the command was killed by signal N\n"
		"\n"
		"See also: profile-render(1), perf(1), bpf(2)\n");
	buf_release(&out);
}

static void help_of_a_bare_command_is_short(void **state)
{
	struct buf out = { 0 };

	(void)state;
	manual_help(&out, &list, 80);
	assert_string_equal(buf_text(&out), "profile list: list what's there\n"
					    "\n"
					    "Usage:\n"
					    "  profile list\n"
					    "\n"
					    "Lists.\n"
					    "\n"
					    "Options:\n"
					    "  -h, --help              show this text\n");
	buf_release(&out);
}

static size_t longest_line(struct buf *b)
{
	size_t longest = 0, len;

	for (const char *p = buf_text(b); *p; p += len + (p[len] == '\n')) {
		len = strcspn(p, "\n");
		longest = len > longest ? len : longest;
	}
	return longest;
}

static void help_fits_the_terminal(void **state)
{
	static const struct manual wordy = {
		.name = "x",
		.summary = "y",
		.synopsis = "",
		.description = "a bb ccc dddd eeeee ffffff ggggggg hhhhhhhh iiiiiiiii jjjjjjjjjj "
			       "a bb ccc dddd eeeee ffffff ggggggg hhhhhhhh iiiiiiiii jjjjjjjjjj "
			       "a bb ccc dddd eeeee ffffff ggggggg hhhhhhhh iiiiiiiii jjjjjjjjjj",
		.options = rows,
	};

	(void)state;
	for (size_t columns = 50; columns <= 100; columns++) {
		struct buf out = { 0 };

		manual_help(&out, &wordy, columns);
		assert_true(longest_line(&out) <= columns);
		assert_true(longest_line(&out) > columns - 11);
		buf_release(&out);
	}
}

static void the_overview_names_every_command(void **state)
{
	struct buf out = { 0 };

	(void)state;
	manual_overview(&out, commands, 2, 80);
	assert_has(&out, "\n  record                  record where No time goes\n");
	assert_has(&out, "\n  list                    list what's there\n");
	buf_release(&out);
}

static void pages_hide_text_from_mdoc(void **state)
{
	struct buf out = { 0 };

	(void)state;
	manual_page(&out, &record, commands, 2);
	assert_has(&out, "\n.Nd \\&record \\&where \\&No \\&time \\&goes\n");
	assert_has(&out, "First sentence.\nSecond sentence, e.g. this one.\n.Pp\n\\&.dotted");
	assert_has(&out, "\\&'x\\en'");
	assert_has(&out, ".It Fl F , Fl \\-frequency Ar \\&HZ\n");
	assert_has(&out, ".It Fl g\nAccepted and ignored.\n");
	assert_has(&out, "[options] [\\-\\- COMMAND ARG...]\n");
	assert_lacks(&out, "\n\n");
	assert_lacks(&out, " \n");
	assert_true(out.v[out.len - 1] == '\n' && out.v[out.len - 2] != '\n');
	buf_release(&out);
}

static void references_are_sorted_by_section_and_name(void **state)
{
	struct buf out = { 0 };

	(void)state;
	manual_page(&out, &record, commands, 2);
	assert_has(&out, ".Xr perf 1 ,\n.Xr profile-render 1 ,\n.Xr bpf 2\n");
	buf_clear(&out);
	manual_page(&out, NULL, commands, 2);
	assert_has(&out, ".Xr profile-list 1 ,\n.Xr profile-record 1\n");
	buf_release(&out);
}

static void completions_know_commands_options_and_choices(void **state)
{
	static const char *const shells[] = { "bash", "zsh", "fish" };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct buf out = { 0 };

		assert_true(manual_completion(&out, shells[i], commands, 2));
		assert_has(&out, "record");
		assert_has(&out, "list");
		assert_has(&out, "frequency");
		assert_has(&out, "auto fp copy");
		assert_has(&out, "help");
		buf_release(&out);
	}
}

static void quotes_in_texts_do_not_end_them(void **state)
{
	struct buf out = { 0 };

	(void)state;
	manual_completion(&out, "zsh", commands, 2);
	assert_has(&out, "[how it'\\''s done]");
	buf_clear(&out);
	manual_completion(&out, "fish", commands, 2);
	assert_has(&out, "-d 'how it\\'s done'");
	buf_release(&out);
}

static void an_unknown_shell_is_refused(void **state)
{
	struct buf out = { 0 };

	(void)state;
	assert_false(manual_completion(&out, "tcsh", commands, 2));
	assert_int_equal(out.len, 0);
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(help_shows_every_part_of_the_table),
		cmocka_unit_test(help_of_a_bare_command_is_short),
		cmocka_unit_test(help_fits_the_terminal),
		cmocka_unit_test(the_overview_names_every_command),
		cmocka_unit_test(pages_hide_text_from_mdoc),
		cmocka_unit_test(references_are_sorted_by_section_and_name),
		cmocka_unit_test(completions_know_commands_options_and_choices),
		cmocka_unit_test(quotes_in_texts_do_not_end_them),
		cmocka_unit_test(an_unknown_shell_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
