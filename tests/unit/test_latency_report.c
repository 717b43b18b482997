#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/strtab.h"
#include "formats/name_table.h"
#include "render/latency_list.h"
#include "render/picture_source.h"
#include "render/report.h"
#include "tests/unit/known_latencies.h"
#include "tests/unit/scratch_file.h"

static struct picture_source source;

static int open_known(void **state)
{
	struct err err = { 0 };

	if (scratch_make(state) || known_latencies_write(scratch_path, &err))
		return -1;
	setenv("NO_COLOR", "1", 1);
	source = (struct picture_source){ .path = "known.data" };
	source.names = name_table_new();
	return trace_reader_open(&source.trace, scratch_path, &err);
}

static int close_known(void **state)
{
	trace_reader_close(source.trace);
	name_table_free(source.names);
	return scratch_remove(state);
}

static void make(struct report *r, const struct selection *s)
{
	struct wait_request waits = { 0 };
	struct err err = { 0 };

	assert_int_equal(report_make(r, &source, s, &waits, &err), 0);
	assert_false(r->has_samples);
	assert_false(r->has_waits);
	assert_true(r->has_latencies);
}

static const struct latency_finding *find(const struct report *r, const char *event)
{
	for (size_t i = 0; i < r->latencies.v.cnt; i++) {
		const struct latency_finding *f = &r->latencies.v.v[i];

		if (!strcmp(trace_reader_event(source.trace, f->event)->name, event))
			return f;
	}
	return NULL;
}

static void every_event_is_in_a_percentile_and_in_a_group(void **state)
{
	struct selection all = { 0 };
	struct report r;

	(void)state;
	make(&r, &all);
	assert_int_equal(r.latencies.v.cnt, 5);
	assert_int_equal(find(&r, "block")->values->total_cnt, KNOWN_BLOCK_CNT);
	assert_int_equal(find(&r, "block-bytes")->values->total_cnt, 9600);
	assert_int_equal(find(&r, "runq")->values->total_cnt, 3003);
	for (size_t i = 0; i < r.latencies.v.cnt; i++) {
		const struct latency_finding *f = &r.latencies.v.v[i];

		for (uint32_t by = LATENCY_BY_PROCESS; by < LATENCY_BY_CNT; by++) {
			uint64_t sum = 0;

			for (size_t k = 0; k < f->groups[by].v.cnt; k++)
				sum += f->groups[by].v.v[k].cnt;
			assert_int_equal(sum, f->totals.kept_cnt);
		}
	}
	report_release(&r);
}

/* Of two in the last bin the longer one is known; their mean lies below it. */
static void no_likeliest_value_is_less_than_what_is_certain(void **state)
{
	struct selection block = { .event = "block" };
	uint32_t bin = latency_bin_of(900000000);
	const struct latency_finding *f;
	struct buf text = { 0 };
	const char *max;
	struct report r;
	struct json j;

	(void)state;
	make(&r, &block);
	f = find(&r, "block");
	assert_int_equal(f->values->cnt[bin], 1);
	f->values->cnt[bin]++;
	f->values->sum[bin] += latency_bin_first(bin);
	json_start(&j, &text);
	json_object(&j, NULL);
	latency_report_put_json(&j, &r.latencies, 0);
	json_end(&j, '}');
	max = strstr(buf_text(&text), "\"max\"");
	assert_non_null(max);
	assert_non_null(strstr(max, "\"value\": 900000000,"));
	assert_non_null(strstr(max, "\"first\": 900000000,"));
	assert_true(strstr(max, "\"value\": 900000000,") < strstr(max, "\"first\""));
	buf_release(&text);
	report_release(&r);
}

static void the_longest_stand_first(void **state)
{
	struct selection block = { .event = "block" };
	const struct latency_finding *f;
	struct stack_gist gist;
	struct report r;

	(void)state;
	make(&r, &block);
	assert_int_equal(r.latencies.v.cnt, 1);
	f = find(&r, "block");
	assert_int_equal(f->single_cnt, 5);
	assert_int_equal(f->longest.v.cnt, 5);
	assert_int_equal(f->longest.v.v[0].value, 900000000);
	assert_int_equal(f->longest.v.v[0].end_ns, 6500000000);
	assert_int_equal(f->longest.v.v[0].queued_ns, 850000000);
	assert_int_equal(f->longest.v.v[0].tid, 21);
	assert_string_equal(strtab_get(r.texts, f->longest.v.v[0].comm, NULL), "db-log");
	gist = stack_gists_get(&r.latencies.gists, f->longest.v.v[0].gist);
	assert_string_equal(strtab_get(r.texts, gist.kernel, NULL), "ext4_sync_file");
	/* Two are equally long: the first one first. */
	assert_int_equal(f->longest.v.v[1].end_ns, 2100000000);
	assert_int_equal(f->longest.v.v[2].tid, 0);
	report_release(&r);
}

static void losses_are_those_of_their_event(void **state)
{
	struct selection all = { 0 };
	struct report r;

	(void)state;
	make(&r, &all);
	assert_int_equal(find(&r, "block")->totals.lost[TRACE_LOSS_LATENCIES], 3);
	assert_int_equal(find(&r, "runq")->totals.lost[TRACE_LOSS_LATENCIES], 0);
	report_release(&r);
}

static void a_part_is_told_of_with_what_is_outside(void **state)
{
	struct selection slow = { .latency = { 1000000, UINT64_MAX }, .process = "db" };
	const struct latency_finding *f;
	struct report r;

	(void)state;
	make(&r, &slow);
	f = find(&r, "block");
	assert_int_equal(f->totals.kept_cnt, 11);
	assert_int_equal(f->totals.kept_cnt + f->totals.outside_cnt, KNOWN_BLOCK_CNT);
	assert_int_equal(f->single_cnt, 1);
	assert_int_equal(find(&r, "runq")->totals.kept_cnt, 0);
	assert_int_equal(find(&r, "syscall")->totals.kept_cnt, 60);
	report_release(&r);
}

/* Each of the lines, up to NULL, stands in the text. */
static void expect_lines(const char *text, ...)
{
	const char *line;
	va_list lines;

	va_start(lines, text);
	while ((line = va_arg(lines, const char *)))
		if (!strstr(text, line)) {
			print_message("missing: %s\nin: %s\n", line, text);
			fail();
		}
	va_end(lines);
}

static char *text_of(const struct selection *selection, size_t rows)
{
	FILE *stream = fopen("/dev/null", "w");
	struct buf text = { 0 };
	struct report r;

	make(&r, selection);
	report_put_text(&text, &r, rows, stream);
	report_release(&r);
	fclose(stream);
	buf_u8(&text, '\0');
	return (char *)text.v;
}

static void the_text_says_what_is_certain(void **state)
{
	char *text = text_of(&(struct selection){ 0 }, 10);

	(void)state;
	expect_lines(text, "known.data: 42,288 latency events, in 10.0 s",
		     "p50 115..123 us, p90 7.86..8.39 ms, p99 11.5..12.6 ms, p99.9 11.5..12.6 ms, "
		     "max 900 ms\n",
		     "p50 4.0 KiB, p90 64.0 KiB", "; 3 lost\n",
		     "kept one by one (profile report --list): 10 of the events.\n",
		     "3 latency events lost (0.01 %) in the whole recording: ", NULL);
	free(text);
	text = text_of(&(struct selection){ .event = "block" }, 10);
	expect_lines(text, "  block by device\n",
		     " ENDED AT      TOOK    QUEUED    BYTES  LONGEST of block, one by one\n",
		     "   6.50 s    900 ms    850 ms 16.0 KiB  db-log/21: sda, write\n",
		     "  at ext4_sync_file <- fsync <- commit\n", NULL);
	free(text);
	text = text_of(&(struct selection){ .event = "open" }, 10);
	expect_lines(text, " ENDED AT      TOOK  LONGEST of open, one by one\n", NULL);
	expect_lines(text, "/etc/db.d/none\\x0a;rm\n", "No events lost.\n", NULL);
	free(text);
}

/* As all have where a trace holds more than two of their own. */
static void other_measures_of_an_event_have_a_row_and_no_parts(void **state)
{
	char *text = text_of(&(struct selection){ 0 }, 10);

	(void)state;
	expect_lines(text, "  block-bytes: ",
		     "Of one event alone, profile report -e block tells by label and process",
		     NULL);
	assert_null(strstr(text, "block by "));
	assert_null(strstr(text, "one by one\n"));
	free(text);
	text = text_of(&(struct selection){ 0 }, 11);
	expect_lines(text, "block by device\n", "syscall by syscall\n",
		     "Of one event alone, profile report -e block-bytes tells", NULL);
	assert_null(strstr(text, "block-bytes by "));
	free(text);
	text = text_of(&(struct selection){ .event = "block-bytes" }, 10);
	expect_lines(text, "block-bytes by device\n", NULL);
	assert_null(strstr(text, "Of one event alone"));
	free(text);
}

static void more_rows_than_usual_are_shown_where_they_are_asked_for(void **state)
{
	char *few = text_of(&(struct selection){ 0 }, 10);
	char *all = text_of(&(struct selection){ 0 }, 11);

	(void)state;
	assert_null(strstr(few, "/etc/db.d/none"));
	assert_non_null(strstr(all, "/etc/db.d/none"));
	free(few);
	free(all);
}

static void events_that_did_not_happen_share_a_line(void **state)
{
	char *text = text_of(&(struct selection){ .process = "fio" }, 10);

	(void)state;
	expect_lines(text, "          0                               open\n", NULL);
	assert_null(strstr(text, "open: "));
	assert_null(strstr(text, "open by "));
	free(text);
}

/* One event in a slice of its own, in a chunk of its own. */
static void write_chunk(struct latency_trace_writer *t, const char *event, uint64_t start_ms)
{
	struct latency_trace_row row = {
		event, "db", { "", "" }, .start_ms = start_ms, .value = 5000
	};
	struct latency_trace_single single = { .end_ns = start_ms * LATENCY_TRACE_MS,
					       .value = 5000 };
	struct err err = { 0 };

	latency_trace_bin(t, &row);
	latency_trace_single(t, &row, &single);
	assert_int_equal(trace_writer_flush(t->w, &err), 0);
}

/* A recording that was killed: only its chunks tell which events there are. */
static void events_that_come_up_later_are_no_part_and_no_harm(void **state)
{
	struct trace_reader *known = source.trace;
	struct latency_trace_writer t = { 0 };
	struct selection all = { 0 };
	struct latency_list list;
	struct err err = { 0 };
	struct report r;

	(void)state;
	assert_int_equal(trace_writer_open(&t.w, scratch_path, NULL, &err), 0);
	trace_writer_fact(t.w, TRACE_FACT_CLOCK_START_NS, "5000000000");
	write_chunk(&t, "runq", 100);
	write_chunk(&t, "late", 200);
	assert_int_equal(trace_writer_publish(t.w, &err), 0);
	trace_writer_close(t.w);
	assert_int_equal(trace_reader_open(&source.trace, scratch_path, &err), 0);
	assert_int_equal(trace_reader_event_cnt(source.trace), 1);
	make(&r, &all);
	assert_int_equal(find(&r, "runq")->totals.kept_cnt, 1);
	report_release(&r);
	trace_reader_close(source.trace);
	assert_int_equal(trace_reader_open(&source.trace, scratch_path, &err), 0);
	assert_int_equal(latency_list_make(&list, &source, &all, &err), 0);
	assert_int_equal(list.v.cnt, 1);
	latency_list_release(&list);
	trace_reader_close(source.trace);
	source.trace = known;
}

static void the_list_is_in_order_of_time(void **state)
{
	struct selection all = { 0 };
	struct latency_list list;
	struct buf text = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_int_equal(latency_list_make(&list, &source, &all, &err), 0);
	assert_int_equal(list.v.cnt, 10);
	assert_int_equal(list.event_cnt, 42288);
	for (size_t i = 1; i < list.v.cnt; i++)
		assert_true(list.v.v[i - 1].end_ns <= list.v.v[i].end_ns);
	latency_list_put_text(&text, &list);
	expect_lines(buf_text(&text),
		     "   6.500000 db-log          21      21      block         sda,write        "
		     "16.0 KiB    850 ms    900 ms\n",
		     "   2.900000 fio             0       0       block         sda,read         "
		     "64.0 KiB         -   12.1 ms\n",
		     "ENOENT                  -         -   9.00 us  /etc/db.d/none\\x0a;rm\n",
		     "\n10 of 42,288 events were kept one by one; the longest are among them.\n",
		     NULL);
	buf_release(&text);
	latency_list_release(&list);
}

static void expect_end(struct selection *s, const char *end)
{
	struct latency_list list;
	struct buf text = { 0 };
	struct err err = { 0 };

	assert_int_equal(latency_list_make(&list, &source, s, &err), 0);
	latency_list_put_text(&text, &list);
	expect_lines(buf_text(&text), end, NULL);
	buf_release(&text);
	latency_list_release(&list);
}

/* Bins are counted whole, and single events are compared exactly: nothing lacks for all that. */
static void a_range_that_cuts_bins_may_lack_nothing(void **state)
{
	struct selection s = { .event = "block", .latency = { 890000000, UINT64_MAX } };

	(void)state;
	expect_end(&s, "\n1 event: all of the selection that were counted.\n");
	s.latency.first = 905000000;
	expect_end(&s, "\n0 events: all of the selection that were counted.\n");
	s.latency.first = 12000000;
	expect_end(&s, "\n3 of about ");
}

static void a_list_of_all_says_so(void **state)
{
	struct selection open = { .event = "open" };
	struct latency_list list;
	struct buf text = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_int_equal(latency_list_make(&list, &source, &open, &err), 0);
	latency_list_put_text(&text, &list);
	expect_lines(buf_text(&text), "\n4 events: all that were counted.\n", NULL);
	assert_null(strstr(buf_text(&text), "QUEUED"));
	assert_null(strstr(buf_text(&text), "BYTES"));
	buf_release(&text);
	latency_list_release(&list);
	open.event = "nothing";
	assert_true(latency_list_make(&list, &source, &open, &err) < 0);
	assert_non_null(strstr(err.text, "the trace holds no event 'nothing', but: block, "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_event_is_in_a_percentile_and_in_a_group),
		cmocka_unit_test(no_likeliest_value_is_less_than_what_is_certain),
		cmocka_unit_test(the_longest_stand_first),
		cmocka_unit_test(losses_are_those_of_their_event),
		cmocka_unit_test(a_part_is_told_of_with_what_is_outside),
		cmocka_unit_test(the_text_says_what_is_certain),
		cmocka_unit_test(other_measures_of_an_event_have_a_row_and_no_parts),
		cmocka_unit_test(more_rows_than_usual_are_shown_where_they_are_asked_for),
		cmocka_unit_test(events_that_did_not_happen_share_a_line),
		cmocka_unit_test(the_list_is_in_order_of_time),
		cmocka_unit_test(a_range_that_cuts_bins_may_lack_nothing),
		cmocka_unit_test(a_list_of_all_says_so),
		cmocka_unit_test(events_that_come_up_later_are_no_part_and_no_harm),
	};

	return cmocka_run_group_tests(tests, open_known, close_known);
}
