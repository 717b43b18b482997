#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <cmocka.h>

#include "base/options.h"

struct values {
	bool all;
	bool user;
	struct text_list events;
	struct text_list pids;
	uint64_t hz;
	uint64_t rows;
	uint64_t duration_ns;
	uint64_t bytes;
	const char *output;
	const char *unwind;
	struct range time, sizes;
};

#define FIELD(name) offsetof(struct values, name)
static const struct option rows[] = {
	{ 'a', "all", NULL, OPTION_FLAG, FIELD(all), .help = "all" },
	{ 'U', "user", NULL, OPTION_FLAG, FIELD(user), .help = "user" },
	{ 'e', "event", "EVENT", OPTION_LIST, FIELD(events), .fallback = "cpu", .help = "events" },
	{ 'p', "pid", "PID", OPTION_LIST, FIELD(pids), .help = "processes" },
	{ 'F', "frequency", "HZ", OPTION_COUNT, FIELD(hz), .fallback = "99", .help = "rate" },
	{ 'd', "duration", "TIME", OPTION_DURATION, FIELD(duration_ns), .help = "time" },
	{ 'n', "rows", "N", OPTION_COUNT, FIELD(rows), .not_zero = true, .help = "rows" },
	{ 0, "buffer", "SIZE", OPTION_SIZE, FIELD(bytes), .fallback = "1MiB", .help = "size" },
	{ 'o', "output", "FILE", OPTION_TEXT, FIELD(output), .fallback = "x", .help = "file" },
	{ 0, "unwind", "HOW", OPTION_CHOICE, FIELD(unwind), .choices = "auto|fp|copy",
	  .fallback = "auto", .help = "how" },
	{ 0, "time", "RANGE", OPTION_RANGE, FIELD(time), .help = "range" },
	{ 0, "values", "RANGE", OPTION_VALUES, FIELD(sizes), .help = "range" },
	{ 'g', NULL, NULL, OPTION_ACCEPTED, 0, .help = "ignored" },
	{ 0, "call-graph", "HOW", OPTION_ACCEPTED, 0, .help = "ignored" },
	{ 0 },
};

static const struct manual free_order = { .name = "test", .options = rows };
static const struct manual launcher = { .name = "test", .options = rows, .stops_at_operand = true };

/* Arguments are written into: a copy of a line, cut at blanks. */
struct line {
	char text[512];
	char *argv[64];
	int argc;
	struct values values;
	struct operands operands;
	struct err err;
};

static void cut(struct line *l, const char *text)
{
	char *p = l->text;

	memset(l, 0, sizeof(*l));
	strncpy(l->text, text, sizeof(l->text) - 1);
	for (char *word = strtok_r(p, " ", &p); word; word = strtok_r(NULL, " ", &p))
		l->argv[l->argc++] = word;
}

static int parse_by(const struct manual *m, struct line *l, const char *text)
{
	cut(l, text);
	return options_parse(m, l->argc, l->argv, &l->values, &l->operands, &l->err);
}

static int parse(struct line *l, const char *text)
{
	return parse_by(&free_order, l, text);
}

static void done(struct line *l)
{
	options_release(&free_order, &l->values);
	assert_null(l->values.events.v);
}

static void defaults_are_as_a_user_would_write_them(void **state)
{
	struct line l;

	(void)state;
	assert_int_equal(parse(&l, ""), 0);
	assert_false(l.values.all);
	assert_int_equal(l.values.events.cnt, 1);
	assert_string_equal(l.values.events.v[0], "cpu");
	assert_int_equal(l.values.pids.cnt, 0);
	assert_int_equal(l.values.hz, 99);
	assert_int_equal(l.values.duration_ns, 0);
	assert_int_equal(l.values.bytes, 1 << 20);
	assert_string_equal(l.values.output, "x");
	assert_string_equal(l.values.unwind, "auto");
	assert_true(l.values.time.first == 0 && l.values.time.last == UINT64_MAX);
	assert_int_equal(l.operands.cnt, 0);
	done(&l);
}

static void every_way_to_write_a_value_works(void **state)
{
	static const char *const lines[] = { "-F997",		"-F 997",  "--frequency=997",
					     "--frequency 997", "-aUF997", "-aUF 997",
					     "-F 1 -F 997" };
	struct line l;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		assert_int_equal(parse(&l, lines[i]), 0);
		assert_int_equal(l.values.hz, 997);
		assert_int_equal(l.values.all, lines[i][1] == 'a');
		assert_int_equal(l.operands.cnt, 0);
		done(&l);
	}
}

static void kinds_read_their_units(void **state)
{
	struct line l;

	(void)state;
	assert_int_equal(parse(&l, "-d 250ms --buffer=64KiB --time=1s..2s --unwind fp -o -"), 0);
	assert_int_equal(l.values.duration_ns, 250000000);
	assert_int_equal(l.values.bytes, 65536);
	assert_int_equal(l.values.time.first, 1000000000);
	assert_int_equal(l.values.time.last, 2000000000);
	assert_string_equal(l.values.unwind, "fp");
	assert_string_equal(l.values.output, "-");
	done(&l);
}

static void lists_grow_by_commas_and_repetition(void **state)
{
	struct line l;

	(void)state;
	assert_int_equal(parse(&l, "-e a,b --event=c -p 1"), 0);
	assert_int_equal(l.values.events.cnt, 3);
	assert_string_equal(l.values.events.v[0], "a");
	assert_string_equal(l.values.events.v[1], "b");
	assert_string_equal(l.values.events.v[2], "c");
	assert_int_equal(l.values.pids.cnt, 1);
	done(&l);
	assert_int_equal(parse(&l, "-e cpu"), 0);
	assert_int_equal(l.values.events.cnt, 1);
	done(&l);
}

static void operands_stand_anywhere(void **state)
{
	struct line l;

	(void)state;
	assert_int_equal(parse(&l, "one -a two --output=f - -- -U --all"), 0);
	assert_int_equal(l.operands.cnt, 5);
	assert_string_equal(l.operands.v[0], "one");
	assert_string_equal(l.operands.v[1], "two");
	assert_string_equal(l.operands.v[2], "-");
	assert_string_equal(l.operands.v[3], "-U");
	assert_string_equal(l.operands.v[4], "--all");
	assert_true(l.values.all);
	assert_false(l.values.user);
	done(&l);
}

static void a_launched_command_keeps_its_options(void **state)
{
	struct line l;

	(void)state;
	assert_int_equal(parse_by(&launcher, &l, "-a make -U --jobs=4 -- -x"), 0);
	assert_int_equal(l.operands.cnt, 5);
	assert_string_equal(l.operands.v[0], "make");
	assert_string_equal(l.operands.v[3], "--");
	assert_string_equal(l.operands.v[4], "-x");
	assert_false(l.operands.announced);
	assert_false(l.values.user);
	done(&l);
	assert_int_equal(parse_by(&launcher, &l, "-a -- -odd-name -U"), 0);
	assert_int_equal(l.operands.cnt, 2);
	assert_string_equal(l.operands.v[0], "-odd-name");
	assert_true(l.operands.announced);
	done(&l);
	assert_int_equal(parse_by(&launcher, &l, "-a --"), 0);
	assert_int_equal(l.operands.cnt, 0);
	assert_true(l.operands.announced);
	done(&l);
}

static void arguments_are_reordered_and_none_is_lost(void **state)
{
	struct line l;

	(void)state;
	assert_int_equal(parse(&l, "one -F 5 two -a"), 0);
	assert_string_equal(l.argv[0], "-F");
	assert_string_equal(l.argv[1], "5");
	assert_string_equal(l.argv[2], "-a");
	assert_string_equal(l.argv[3], "one");
	assert_string_equal(l.argv[4], "two");
	assert_ptr_equal(l.operands.v, &l.argv[3]);
	done(&l);
}

static void accepted_options_are_ignored_with_their_values(void **state)
{
	struct line l;

	(void)state;
	assert_int_equal(parse(&l, "-ag --call-graph dwarf file"), 0);
	assert_true(l.values.all);
	assert_int_equal(l.operands.cnt, 1);
	assert_string_equal(l.operands.v[0], "file");
	done(&l);
}

static void help_is_not_an_error(void **state)
{
	static const char *const lines[] = { "--help", "-h", "-ah", "x --help",
					     "-a -h --nonsense" };
	struct line l;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		assert_int_equal(parse(&l, lines[i]), -ECANCELED);
		assert_string_equal(l.err.text, "");
		done(&l);
	}
	assert_int_equal(parse_by(&launcher, &l, "make --help"), 0);
	done(&l);
}

static void wrong_usage_gets_one_sentence(void **state)
{
	static const struct {
		const char *line;
		const char *text;
	} table[] = {
		{ "--freqency 3", "unknown option '--freqency'; did you mean '--frequency'?" },
		{ "--dur=3", "unknown option '--dur'; did you mean '--duration'?" },
		{ "--hlep", "unknown option '--hlep'; did you mean '--help'?" },
		{ "--zebra", "unknown option '--zebra'; see 'profile help test'" },
		{ "-f", "unknown option '-f'; did you mean '-F'?" },
		{ "-x", "unknown option '-x'; see 'profile help test'" },
		{ "-ax", "unknown option '-x'; see 'profile help test'" },
		{ "--all=yes", "--all takes no value, but got 'yes'" },
		{ "-F", "--frequency needs a value (HZ)" },
		{ "--frequency", "--frequency needs a value (HZ)" },
		{ "-F fast", "--frequency: 'fast' is not a count; write it as 99 or 10k" },
		{ "--frequency=", "--frequency: '' is not a count; write it as 99 or 10k" },
		{ "--rows 0", "--rows: '0' is not more than 0" },
		{ "-d 1x", "--duration: '1x' is not a duration; write it as 10s, 250ms or 2m" },
		{ "--buffer 1z", "--buffer: '1z' is not a size; write it as 512KiB or 64MiB" },
		{ "--unwind dwarf", "--unwind: 'dwarf' is none of auto, fp, copy" },
		{ "--unwind auto|fp", "--unwind: 'auto|fp' is none of auto, fp, copy" },
		{ "-e a,,b", "--event: '' is not a value; a list is written A,B,C" },
		{ "-e ,", "--event: '' is not a value; a list is written A,B,C" },
		{ "--time ..0s", "--time: '..0s' is not a range that ends after 0" },
		{ "--time 3s..1s", "--time: '3s..1s' is not a range; write it as 1.5s..3s, 10ms.. "
				   "or ..2m, the less first" },
	};
	struct line l;

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		assert_int_equal(parse(&l, table[i].line), -EINVAL);
		assert_string_equal(l.err.text, table[i].text);
		done(&l);
	}
}

static void a_table_may_be_empty(void **state)
{
	static const struct manual none = { .name = "none" };
	struct line l;

	(void)state;
	assert_int_equal(parse_by(&none, &l, "a b"), 0);
	assert_int_equal(l.operands.cnt, 2);
	assert_int_equal(parse_by(&none, &l, "-a"), -EINVAL);
	assert_int_equal(parse_by(&none, &l, "--help"), -ECANCELED);
}

static void the_nearest_name_is_near(void **state)
{
	static const char *const names[] = { "record", "report", "render", "list" };

	(void)state;
	assert_string_equal(options_nearest("recrod", names, 4), "record");
	assert_string_equal(options_nearest("reprot", names, 4), "report");
	assert_string_equal(options_nearest("rendr", names, 4), "render");
	assert_string_equal(options_nearest("ls", names, 4) ? "near" : "none", "none");
	assert_string_equal(options_nearest("lst", names, 4), "list");
	assert_string_equal(options_nearest("rec", names, 4), "record");
	assert_null(options_nearest("", names, 4));
	assert_null(options_nearest("q", names, 4));
	assert_null(options_nearest("frobnicate", names, 4));
	assert_null(options_nearest("record", names, 0));
}

static void a_swap_of_neighbours_is_one_slip(void **state)
{
	static const char *const names[] = { "ls" };

	(void)state;
	assert_string_equal(options_nearest("sl", names, 1), "ls");
	assert_null(options_nearest("xy", names, 1));
}

static void endless_names_are_near_to_nothing(void **state)
{
	char name[4096];
	const char *const names[] = { name };

	(void)state;
	memset(name, 'r', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	assert_null(options_nearest("rrr", names, 1));
}

static void endless_words_are_near_to_nothing(void **state)
{
	static const char *const names[] = { "record" };
	char word[4096];
	struct line l;

	(void)state;
	memset(word, 'r', sizeof(word));
	word[sizeof(word) - 1] = '\0';
	assert_null(options_nearest(word, names, 1));
	memset(word, '-', 2);
	word[500] = '\0';
	assert_int_equal(parse(&l, word), -EINVAL);
	assert_non_null(strstr(l.err.text, "profile help test"));
	done(&l);
}

static uint32_t chance_state;

static uint32_t chance(uint32_t below)
{
	chance_state = chance_state * 1664525u + 1013904223u;
	return (chance_state >> 8) % below;
}

/* Pieces of command lines, glued at random: each is taken or refused with a sentence. */
static void any_arguments_are_taken_or_refused(void **state)
{
	static const char *const pieces[] = {
		"-", "--", "a", "e",	"F",	"9",	  "99",	  "=",	       "all",
		",", "..", "1", "s",	"g",	"output", "h",	  "unwind",    "fp",
		" ", " ",  " ", "\x1b", "\xff", "event",  "time", "call-graph"
	};
	char text[512];
	struct line l;

	(void)state;
	for (int round = 0; round < 100000; round++) {
		size_t len = 0;
		int status;

		for (uint32_t left = chance(24); left; left--) {
			const char *piece = pieces[chance(sizeof(pieces) / sizeof(pieces[0]))];

			memcpy(text + len, piece, strlen(piece));
			len += strlen(piece);
		}
		text[len] = '\0';
		status = parse_by(round & 1 ? &free_order : &launcher, &l, text);
		if (status == -EINVAL)
			assert_true(l.err.code == -EINVAL && l.err.text[0]);
		else
			assert_true(!l.err.code && (status == 0 || status == -ECANCELED));
		if (!status)
			for (size_t i = 0; i < l.operands.cnt; i++)
				assert_non_null(l.operands.v[i]);
		done(&l);
	}
}

static void values_may_be_0_alone(void **state)
{
	struct line l;

	(void)state;
	assert_int_equal(parse(&l, "--values ..0ns"), 0);
	assert_true(l.values.sizes.is_zero);
	done(&l);
	assert_int_equal(parse(&l, "--values ..0ns --values 4KiB.. --time 1s.."), 0);
	assert_false(l.values.sizes.is_zero);
	assert_int_equal(l.values.sizes.first, 4096);
	done(&l);
	assert_int_equal(parse(&l, "--rows 1"), 0);
	assert_false(l.values.sizes.is_zero);
	assert_true(l.values.sizes.last == UINT64_MAX);
	done(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_as_a_user_would_write_them),
		cmocka_unit_test(every_way_to_write_a_value_works),
		cmocka_unit_test(kinds_read_their_units),
		cmocka_unit_test(lists_grow_by_commas_and_repetition),
		cmocka_unit_test(operands_stand_anywhere),
		cmocka_unit_test(a_launched_command_keeps_its_options),
		cmocka_unit_test(arguments_are_reordered_and_none_is_lost),
		cmocka_unit_test(accepted_options_are_ignored_with_their_values),
		cmocka_unit_test(help_is_not_an_error),
		cmocka_unit_test(wrong_usage_gets_one_sentence),
		cmocka_unit_test(a_table_may_be_empty),
		cmocka_unit_test(the_nearest_name_is_near),
		cmocka_unit_test(a_swap_of_neighbours_is_one_slip),
		cmocka_unit_test(endless_names_are_near_to_nothing),
		cmocka_unit_test(endless_words_are_near_to_nothing),
		cmocka_unit_test(any_arguments_are_taken_or_refused),
		cmocka_unit_test(values_may_be_0_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
