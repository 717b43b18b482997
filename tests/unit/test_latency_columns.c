#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "formats/bin_column.h"
#include "formats/chunk.h"
#include "formats/latency_bin.h"
#include "formats/latency_column.h"
#include "formats/latency_entries.h"
#include "formats/trace_layout.h"
#include "tests/unit/spec_block.h"

/* Sections of latencies as bytes and back: what is specified, and what is refused. */

static const struct trace_event example_event = { .name = "block",
						  .source = "",
						  .kind = TRACE_EVENT_LATENCY,
						  .unit = TRACE_UNIT_NS,
						  .labels = { "device", "operation" } };

static const struct trace_series example_series[] = {
	{ .event = 0, .process = "db", .labels = { "sda", "read" } },
	{ .event = 0, .process = "db", .labels = { "sda", "write" } },
};

static const struct event_bin example_bins[] = {
	{ .bin = { .slice = 0, .series = 0, .bin = 159, .cnt = 7, .sum = 28000000 } },
	{ .bin = { .slice = 0, .series = 0, .bin = 161, .cnt = 1, .sum = 4800000 } },
	{ .bin = { .slice = 0, .series = 1, .bin = 5, .cnt = 3, .sum = 15 } },
};

static const struct event_latency example_latencies[] = {
	{ .latency = { .series = 0,
		       .thread = 1,
		       .stack = 7,
		       .why = TRACE_LATENCY_LONGEST,
		       .cpu = 3,
		       .end_ns = 5050000000,
		       .value = 4800000,
		       .bytes = 4096,
		       .queued_ns = 800000,
		       .text = "/a" },
	  .text_len = 2 },
	{ .latency = { .series = 0,
		       .thread = TRACE_NONE,
		       .stack = TRACE_NONE,
		       .why = TRACE_LATENCY_DRAWN,
		       .cpu = TRACE_NONE,
		       .end_ns = 5060000000,
		       .value = 4000000,
		       .text = "" } },
};
#define EXAMPLE_FIRST_US 5000000

static void put_section(struct buf *out, enum trace_section type, struct buf *content)
{
	chunk_section_put(out, type, true, content);
	buf_clear(content);
}

/* All sections of latencies, as a chunk and a trailer have them. */
static void put_example(struct buf *out)
{
	const struct trace_totals totals = { .latency_cnt = 11, .single_cnt = 2 };
	struct buf content = { 0 };

	entry_put_labels(&content, 0, &example_event);
	put_section(out, SECTION_EVENT_LABELS, &content);
	buf_varint(&content, 0);
	entry_put_series(&content, &example_series[0]);
	entry_put_series(&content, &example_series[1]);
	put_section(out, SECTION_SERIES, &content);
	bin_column_put(&content, example_bins, 3);
	put_section(out, SECTION_BINS, &content);
	latency_column_put(&content, EXAMPLE_FIRST_US, example_latencies, 2);
	put_section(out, SECTION_LATENCIES, &content);
	entry_put_latency_totals(&content, &totals);
	put_section(out, SECTION_LATENCY_TOTALS, &content);
	buf_release(&content);
}

static void sections_are_as_specified(void **state)
{
	struct buf block = { 0 }, content = { 0 };

	(void)state;
	put_example(&content);
	spec_block("latencies", &block);
	assert_int_equal(block.len, content.len);
	assert_memory_equal(block.v, content.v, content.len);
	buf_release(&block);
	buf_release(&content);
}

static bool take_bins(const void *content, size_t len, struct bin_column *out)
{
	struct bytes b = bytes_of(content, len);

	return bin_column_take(&b, out);
}

static bool take_latencies(const void *content, size_t len, struct latency_column *out)
{
	struct bytes b = bytes_of(content, len);

	return latency_column_take(&b, EXAMPLE_FIRST_US, out);
}

static void expect_bin(const struct event_bin *a, const struct event_bin *b)
{
	assert_int_equal(a->event, b->event);
	assert_int_equal(a->bin.slice, b->bin.slice);
	assert_int_equal(a->bin.series, b->bin.series);
	assert_int_equal(a->bin.bin, b->bin.bin);
	assert_int_equal(a->bin.cnt, b->bin.cnt);
	assert_int_equal(a->bin.sum, b->bin.sum);
}

static void expect_latency(const struct event_latency *left, const struct event_latency *right)
{
	const struct trace_latency *a = &left->latency, *b = &right->latency;

	assert_int_equal(left->event, right->event);
	assert_int_equal(a->series, b->series);
	assert_int_equal(a->thread, b->thread);
	assert_int_equal(a->stack, b->stack);
	assert_int_equal(a->why, b->why);
	assert_int_equal(a->cpu, b->cpu);
	assert_int_equal(a->end_ns, b->end_ns);
	assert_int_equal(a->value, b->value);
	assert_int_equal(a->bytes, b->bytes);
	assert_int_equal(a->queued_ns, b->queued_ns);
	assert_int_equal(left->text_len, right->text_len);
	assert_memory_equal(a->text, b->text, left->text_len);
}

static void columns_come_back(void **state)
{
	struct latency_column latencies = { 0 };
	struct bin_column bins = { 0 };
	struct buf content = { 0 };

	(void)state;
	bin_column_put(&content, example_bins, 3);
	assert_true(take_bins(content.v, content.len, &bins));
	assert_int_equal(bins.cnt, 3);
	for (size_t i = 0; i < 3; i++)
		expect_bin(&bins.v[i], &example_bins[i]);
	buf_clear(&content);
	latency_column_put(&content, EXAMPLE_FIRST_US, example_latencies, 2);
	assert_true(take_latencies(content.v, content.len, &latencies));
	assert_int_equal(latencies.cnt, 2);
	for (size_t i = 0; i < 2; i++)
		expect_latency(&latencies.v[i], &example_latencies[i]);
	vec_release(&latencies);
	vec_release(&bins);
	buf_release(&content);
}

/* Whether this bin alone is taken; it comes back as it was then. */
static bool is_taken(struct event_bin bin)
{
	struct bin_column bins = { 0 };
	struct buf content = { 0 };
	bool taken;

	bin_column_put(&content, &bin, 1);
	taken = take_bins(content.v, content.len, &bins);
	if (taken)
		expect_bin(&bins.v[0], &bin);
	vec_release(&bins);
	buf_release(&content);
	return taken;
}

static struct event_bin bin_with(uint32_t bin, uint64_t cnt, uint64_t sum)
{
	return (struct event_bin){ .bin = { .bin = bin, .cnt = cnt, .sum = sum } };
}

static void sums_that_their_counts_cannot_have_are_refused(void **state)
{
	uint64_t first = latency_bin_first(100), last = latency_bin_last(100);

	(void)state;
	assert_true(is_taken(bin_with(100, 1000, 1000 * first)));
	assert_true(is_taken(bin_with(100, 1000, 1000 * last)));
	assert_false(is_taken(bin_with(100, 1000, 1000 * first - 1)));
	assert_false(is_taken(bin_with(100, 1000, 1000 * last + 1)));
	assert_false(is_taken(bin_with(100, 1, 0)));
	assert_false(is_taken(bin_with(100, 1, UINT64_MAX)));
}

static void sums_beyond_64_bits_end_there(void **state)
{
	uint64_t first = latency_bin_first(495);

	(void)state;
	assert_true(is_taken(bin_with(495, 1, UINT64_MAX)));
	assert_true(is_taken(bin_with(495, 1, first)));
	assert_false(is_taken(bin_with(495, 1, first - 1)));
	assert_true(is_taken(bin_with(495, UINT64_MAX, UINT64_MAX)));
	assert_true(is_taken(bin_with(0, UINT64_MAX, 0)));
	assert_true(is_taken(bin_with(1, UINT64_MAX, UINT64_MAX)));
	assert_true(is_taken(bin_with(16, UINT64_MAX / 16, UINT64_MAX / 16 * 16)));
	assert_true(is_taken(bin_with(16, UINT64_MAX / 16, UINT64_MAX)));
}

static void counts_and_ranges_that_cannot_be_are_refused(void **state)
{
	struct event_bin bin = bin_with(100, 0, 0);

	(void)state;
	assert_false(is_taken(bin)); /* as written: one less than none */
	assert_false(is_taken(bin_with(LATENCY_BINS, 1, UINT64_MAX)));
	bin = bin_with(5, 1, 5);
	bin.event = TRACE_EVENTS_MAX;
	assert_false(is_taken(bin));
}

/* Two bins of a run, the second of which would lie beyond the last. */
static void ranges_end_with_the_last(void **state)
{
	static const uint8_t steps[] = { 1, 0, 2, 2, 1, 0xee, 3, 0, 0, 0 };
	struct event_bin pair[2] = { bin_with(494, 1, latency_bin_first(494)),
				     bin_with(495, 1, latency_bin_first(495)) };
	struct bin_column bins = { 0 };
	struct buf content = { 0 };

	(void)state;
	bin_column_put(&content, pair, 2);
	assert_memory_equal(content.v, steps, 8); /* run, and the step behind 494 */
	assert_true(take_bins(content.v, content.len, &bins));
	content.v[7] = 1;
	assert_false(take_bins(content.v, content.len, &bins));
	vec_release(&bins);
	buf_release(&content);
}

static void a_part_of_a_section_is_refused(void **state)
{
	struct latency_column latencies = { 0 };
	struct bin_column bins = { 0 };
	struct buf content = { 0 };

	(void)state;
	bin_column_put(&content, example_bins, 3);
	for (size_t len = 0; len < content.len; len++)
		assert_false(take_bins(content.v, len, &bins));
	buf_u8(&content, 0);
	assert_false(take_bins(content.v, content.len, &bins));
	buf_clear(&content);
	latency_column_put(&content, EXAMPLE_FIRST_US, example_latencies, 2);
	for (size_t len = 0; len < content.len; len++)
		assert_false(take_latencies(content.v, len, &latencies));
	buf_u8(&content, 0);
	assert_false(take_latencies(content.v, content.len, &latencies));
	vec_release(&latencies);
	vec_release(&bins);
	buf_release(&content);
}

static bool is_latency_taken(struct event_latency e)
{
	struct latency_column latencies = { 0 };
	struct buf content = { 0 };
	bool taken;

	latency_column_put(&content, EXAMPLE_FIRST_US, &e, 1);
	taken = take_latencies(content.v, content.len, &latencies);
	vec_release(&latencies);
	buf_release(&content);
	return taken;
}

static void latencies_that_make_no_sense_are_refused(void **state)
{
	struct event_latency e = example_latencies[0];
	char *text = calloc(1, TRACE_LATENCY_TEXT_MAX + 1);

	(void)state;
	assert_true(is_latency_taken(e));
	e.latency.why = 0;
	assert_false(is_latency_taken(e));
	e = example_latencies[0];
	e.latency.why = TRACE_LATENCY_WHYS;
	assert_true(is_latency_taken(e));
	e.latency.why = 64 + TRACE_LATENCY_DRAWN;
	assert_false(is_latency_taken(e));
	e = example_latencies[0];
	e.latency.queued_ns = e.latency.value;
	assert_true(is_latency_taken(e));
	e.latency.queued_ns++;
	assert_false(is_latency_taken(e));
	e = example_latencies[0];
	e.latency.cpu = TRACE_CPUS_MAX;
	assert_false(is_latency_taken(e));
	e = example_latencies[0];
	e.latency.series = TRACE_SERIES_MAX;
	assert_false(is_latency_taken(e));
	e = example_latencies[0];
	e.latency.text = text;
	e.text_len = TRACE_LATENCY_TEXT_MAX;
	assert_true(is_latency_taken(e));
	e.text_len++;
	assert_false(is_latency_taken(e));
	free(text);
}

/* Times beyond what microseconds can say. */
static void ends_beyond_64_bits_are_refused(void **state)
{
	struct event_latency e = example_latencies[0];
	struct latency_column latencies = { 0 };
	struct buf content = { 0 };
	struct bytes b;

	(void)state;
	e.latency.end_ns = UINT64_MAX;
	latency_column_put(&content, 0, &e, 1);
	b = bytes_of(content.v, content.len);
	assert_true(latency_column_take(&b, 0, &latencies));
	assert_int_equal(latencies.v[0].latency.end_ns, UINT64_MAX / 1000 * 1000);
	b = bytes_of(content.v, content.len);
	assert_false(latency_column_take(&b, 1, &latencies));
	vec_release(&latencies);
	buf_release(&content);
}

/* Between 100 ns and 40 us, where most are; longer ones take a byte more for a finer sum. */
static void a_bin_takes_five_bytes(void **state)
{
	struct buf content = { 0 };
	struct event_bin bins[64];

	(void)state;
	for (uint32_t i = 0; i < 64; i++) {
		uint64_t cnt = 1 + i % 7;

		bins[i] = bin_with(40 + i, cnt, cnt * latency_bin_first(40 + i));
		bins[i].bin.series = i / 4;
		bin_settle(&bins[i].bin);
	}
	bin_column_put(&content, bins, 64);
	assert_in_range(content.len, 64, 64 * 5 + 2);
	buf_release(&content);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sections_are_as_specified),
		cmocka_unit_test(columns_come_back),
		cmocka_unit_test(sums_that_their_counts_cannot_have_are_refused),
		cmocka_unit_test(sums_beyond_64_bits_end_there),
		cmocka_unit_test(counts_and_ranges_that_cannot_be_are_refused),
		cmocka_unit_test(ranges_end_with_the_last),
		cmocka_unit_test(a_part_of_a_section_is_refused),
		cmocka_unit_test(latencies_that_make_no_sense_are_refused),
		cmocka_unit_test(ends_beyond_64_bits_are_refused),
		cmocka_unit_test(a_bin_takes_five_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
