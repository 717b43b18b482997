#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <cmocka.h>

#include "base/units.h"

static void assert_duration(const char *text, uint64_t want_ns)
{
	uint64_t ns = 99;

	if (!units_parse_duration(text, &ns))
		fail_msg("'%s' was refused", text);
	if (ns != want_ns)
		fail_msg("'%s' is %llu ns", text, (unsigned long long)ns);
}

static void reads_durations(void **state)
{
	(void)state;
	assert_duration("0", 0);
	assert_duration("1", 1000000000);
	assert_duration("7ns", 7);
	assert_duration("99us", 99000);
	assert_duration("10ms", 10000000);
	assert_duration("1.5s", 1500000000);
	assert_duration("2m", 120000000000);
	assert_duration("1h", 3600000000000);
	assert_duration("0.000000001s", 1);
	assert_duration("0.1us", 100);
	assert_duration("0.5ns", 0);
	assert_duration("18446744073709551615ns", UINT64_MAX);
	assert_duration("18446744073.709551615s", UINT64_MAX);
}

static void reads_sizes(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} rows[] = {
		{ "64", 64 },	   { "64B", 64 },	   { "64KiB", 65536 },
		{ "64K", 65536 },  { "64k", 65536 },	   { "1.5MiB", 1572864 },
		{ "2M", 2097152 }, { "2GiB", 2147483648 }, { "1TiB", 1ull << 40 },
		{ "0", 0 },	   { "0.5K", 512 },	   { "16777215TiB", 0xffffffull << 40 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t bytes = 99;

		assert_true(units_parse_size(rows[i].text, &bytes));
		assert_true(bytes == rows[i].bytes);
	}
}

static void reads_counts(void **state)
{
	uint64_t count = 0;

	(void)state;
	assert_true(units_parse_count("1000", &count) && count == 1000);
	assert_true(units_parse_count("1k", &count) && count == 1000);
	assert_true(units_parse_count("1.5k", &count) && count == 1500);
	assert_true(units_parse_count("2M", &count) && count == 2000000);
	assert_true(units_parse_count("18446744073709551615", &count) && count == UINT64_MAX);
	assert_false(units_parse_count("1.5", &count));
	assert_false(units_parse_count("1.0001k", &count));
	assert_true(count == UINT64_MAX);
}

static void refuses_what_is_not_whole_and_leaves_the_result(void **state)
{
	static const char *const bad[] = {
		"",
		" ",
		"s",
		"ms",
		"-1s",
		"+1s",
		" 1s",
		"1s ",
		"1 s",
		"1.s",
		".5s",
		"1.5.5s",
		"1e3",
		"0x10",
		"1,5s",
		"1sec",
		"1ss",
		"1S",
		"nan",
		"inf",
		"..",
		"1..2",
		"1s2ms",
		"1.",
		"1\n",
		"1KiBs",
		"1kb",
		"18446744073709551616ns",
		"99999999999999999999999999999999999999999999999999999999999999999999",
		"0.0000000000000000000000000000000000000000000001s",
		"18446744073.709551616s",
		"99999999999999999999999999999999999999999.9h",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		uint64_t value = 99;

		if (units_parse_duration(bad[i], &value) || value != 99)
			fail_msg("duration '%s' was taken", bad[i]);
		if (units_parse_size(bad[i], &value) || value != 99)
			fail_msg("size '%s' was taken", bad[i]);
		if (units_parse_count(bad[i], &value) || value != 99)
			fail_msg("count '%s' was taken", bad[i]);
	}
}

static void reads_ranges_with_open_ends(void **state)
{
	uint64_t first = 9, last = 9;

	(void)state;
	assert_true(units_parse_range("1.5s..3s", &first, &last));
	assert_true(first == 1500000000 && last == 3000000000);
	assert_true(units_parse_range("10ms..", &first, &last));
	assert_true(first == 10000000 && last == UINT64_MAX);
	assert_true(units_parse_range("..3", &first, &last));
	assert_true(first == 0 && last == 3000000000);
	assert_true(units_parse_range("2s..2s", &first, &last));
	assert_true(first == 2000000000 && last == 2000000000);
}

static void reads_ranges_of_sizes_where_values_may_be_sizes(void **state)
{
	uint64_t first = 9, last = 9;

	(void)state;
	assert_true(units_parse_values("4KiB..64KiB", &first, &last));
	assert_true(first == 4096 && last == 65536);
	assert_true(units_parse_values("7B..", &first, &last));
	assert_true(first == 7 && last == UINT64_MAX);
	assert_true(units_parse_values("..2m", &first, &last));
	assert_true(first == 0 && last == 120000000000);
	assert_false(units_parse_values("1s..1KiB", &first, &last));
	assert_false(units_parse_range("4KiB..64KiB", &first, &last));
}

static void refuses_ranges_without_sense(void **state)
{
	static const char *const bad[] = {
		"",	   "..",
		"1s",	   "3s..1s",
		"1s...2s", "1s..2s..3s",
		"a..2s",   "1s..b",
		"1s-2s",   "00000000000000000000000000000000000001s..2s"
	};
	uint64_t first = 9, last = 9;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (units_parse_range(bad[i], &first, &last) || first != 9 || last != 9)
			fail_msg("'%s' was taken", bad[i]);
}

static void writes_durations_with_three_digits(void **state)
{
	static const struct {
		uint64_t ns;
		const char *text;
	} rows[] = {
		{ 0, "0 ns" },
		{ 999, "999 ns" },
		{ 1000, "1.00 us" },
		{ 1234, "1.23 us" },
		{ 9994, "9.99 us" },
		{ 9995, "10.0 us" },
		{ 45600000, "45.6 ms" },
		{ 99949999, "99.9 ms" },
		{ 99950000, "100 ms" },
		{ 999499, "999 us" },
		{ 999500, "1.00 ms" },
		{ 999999999, "1.00 s" },
		{ 12300000000, "12.3 s" },
		{ 59949999999, "59.9 s" },
		{ 59950000000, "1 min 0 s" },
		{ 60000000000, "1 min 0 s" },
		{ 123000000000, "2 min 3 s" },
		{ 3599400000000, "59 min 59 s" },
		{ 3599500000000, "1 h 0 min" },
		{ 7380000000000, "2 h 3 min" },
		{ UINT64_MAX, "5124095 h 35 min" },
	};
	char out[UNITS_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(units_duration(out, rows[i].ns), rows[i].text);
}

static void writes_sizes(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} rows[] = {
		{ 0, "0 B" },		{ 1023, "1023 B" },	   { 1024, "1.0 KiB" },
		{ 1258291, "1.2 MiB" }, { 102348, "99.9 KiB" },	   { 102399, "100 KiB" },
		{ 1048575, "1.0 MiB" }, { 1ull << 62, "4.0 EiB" }, { UINT64_MAX, "16.0 EiB" },
	};
	char out[UNITS_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(units_size(out, rows[i].bytes), rows[i].text);
}

static void writes_counts_in_groups(void **state)
{
	char out[UNITS_TEXT_MAX];

	(void)state;
	assert_string_equal(units_count(out, 0), "0");
	assert_string_equal(units_count(out, 999), "999");
	assert_string_equal(units_count(out, 1000), "1,000");
	assert_string_equal(units_count(out, 1234567), "1,234,567");
	assert_string_equal(units_count(out, UINT64_MAX), "18,446,744,073,709,551,615");
}

static void percentages_claim_neither_nothing_nor_everything(void **state)
{
	static const struct {
		uint64_t part, whole;
		const char *text;
	} rows[] = {
		{ 0, 0, "0 %" },
		{ 5, 0, "0 %" },
		{ 0, 7, "0 %" },
		{ 7, 7, "100 %" },
		{ 1, 1000000, "<0.01 %" },
		{ 3, 10000, "0.03 %" },
		{ 31, 1000, "3.1 %" },
		{ 314, 1000, "31.4 %" },
		{ 9994, 10000, "99.9 %" },
		{ 9996, 10000, ">99.9 %" },
		{ 999999, 1000000, ">99.9 %" },
		{ 3, 2, "150 %" },
		{ UINT64_MAX - 1, UINT64_MAX, ">99.9 %" },
		{ UINT64_MAX, UINT64_MAX, "100 %" },
		{ 1, UINT64_MAX, "<0.01 %" },
	};
	char out[UNITS_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(units_percent(out, rows[i].part, rows[i].whole), rows[i].text);
}

static uint64_t scattered(uint64_t i)
{
	uint64_t value = i * 0x9e3779b97f4a7c15u;

	return value >> (i % 64);
}

/* What one writes the other reads, and no text is longer than promised. */
static void texts_fit_for_any_number(void **state)
{
	char out[UNITS_TEXT_MAX];

	(void)state;
	for (uint64_t i = 0; i < 200000; i++) {
		uint64_t value = scattered(i);

		assert_true(strlen(units_duration(out, value)) < UNITS_TEXT_MAX);
		assert_true(strlen(units_size(out, value)) < UNITS_TEXT_MAX);
		assert_true(strlen(units_count(out, value)) < UNITS_TEXT_MAX);
		assert_true(strlen(units_percent(out, value, scattered(i + 1))) < UNITS_TEXT_MAX);
	}
	assert_string_equal(units_percent(out, UINT64_MAX, 1), "184467440737095516 %");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_durations),
		cmocka_unit_test(reads_sizes),
		cmocka_unit_test(reads_counts),
		cmocka_unit_test(refuses_what_is_not_whole_and_leaves_the_result),
		cmocka_unit_test(reads_ranges_with_open_ends),
		cmocka_unit_test(reads_ranges_of_sizes_where_values_may_be_sizes),
		cmocka_unit_test(refuses_ranges_without_sense),
		cmocka_unit_test(writes_durations_with_three_digits),
		cmocka_unit_test(writes_sizes),
		cmocka_unit_test(writes_counts_in_groups),
		cmocka_unit_test(percentages_claim_neither_nothing_nor_everything),
		cmocka_unit_test(texts_fit_for_any_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
