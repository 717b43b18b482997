#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <fcntl.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/text.h"
#include "render/caption.h"
#include "render/report.h"
#include "tests/unit/small_trace.h"

#define GROUPS 3

static struct picture_source source;

static int open_source(void **state)
{
	(void)state;
	setenv("NO_COLOR", "1", 1);
	source = (struct picture_source){ .path = "small.data", .trace = small_trace(GROUPS) };
	source.names = small_names();
	return 0;
}

static int close_source(void **state)
{
	(void)state;
	trace_reader_close(source.trace);
	name_table_free(source.names);
	return 0;
}

static char *report_text(const struct selection *selection, FILE *stream)
{
	struct report report;
	struct buf text = { 0 };
	struct err err = { 0 };

	assert_int_equal(report_make(&report, &source, selection, &(struct wait_request){ 0 }, &err), 0);
	report_put_text(&text, &report, 10, stream);
	report_release(&report);
	return (char *)buf_text(&text);
}

static FILE *no_terminal(void)
{
	return fopen("/dev/null", "w");
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

static void tells_shares_names_and_losses(void **state)
{
	struct selection all = { 0 };
	FILE *stream = no_terminal();
	char *text = report_text(&all, stream);

	(void)state;
	expect_lines(text, "small.data: 450 ms of CPU (45 samples at 100 Hz), in 3.00 s",
		     "0.15 CPUs busy on average, 7.5 % of 2.\n", " 80.0 %        36  db\n",
		     " 20.0 %         9  web\n", " 26.7 %        12   26.7 %  [stack lost: busy]",
		     "  6.7 %         3    6.7 %  copy", " 46.7 %        21      0 %  main",
		     "0 %         0   13.3 %  [libz.so.1.2.13]\n", "install zlib1g-dbgsym\n",
		     "15 samples lost (50.0 %), ring full: the collector could not keep up;",
		     "All user stacks are whole.\n",
		     "25.0 % of the samples lack a part of their kernel stack.\n", NULL);
	free(text);
	fclose(stream);
}

static void busy_cpus_are_those_of_the_selected_time(void **state)
{
	/* The second second: 15 samples of 10 ms. */
	struct selection s = { .time = { 1000000000, 2000000000 } };
	struct report report;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(report_make(&report, &source, &s, &(struct wait_request){ 0 }, &err), 0);
	assert_int_equal(report.seconds_ns, 1000000000);
	assert_int_equal(report_busy_cpus(&report), 150);
	report_release(&report);
}

static void values_of_events_have_no_time(void **state)
{
	struct selection s = { .event = "page-faults" };
	FILE *stream = no_terminal();
	char *text = report_text(&s, stream);

	(void)state;
	expect_lines(text, "48 page-faults", "  SHARE    EVENTS  PROCESS", NULL);
	assert_null(strstr(text, "busy"));
	free(text);
	fclose(stream);
}

/* Of what is inlined the innermost line counts, and only of the stacks selected. */
static void source_lines_are_summed_where_they_are_known(void **state)
{
	const struct line_sum *line;
	struct selection second = { .time = { 1000000000, 2000000000 } };
	struct selection db = { .process = "db" };
	struct report report;
	struct buf json = { 0 };
	struct err err = { 0 };
	FILE *stream = no_terminal();
	char *text = report_text(&(struct selection){ 0 }, stream);

	(void)state;
	expect_lines(text, "   SELF   SAMPLES  LINE alone\n  6.7 %         3  zutil.c:12  copy\n",
		     NULL);
	free(text);
	text = report_text(&db, stream);
	assert_null(strstr(text, "LINE alone"));
	free(text);
	fclose(stream);
	assert_int_equal(report_make(&report, &source, &second, &(struct wait_request){ 0 }, &err), 0);
	assert_int_equal(report.lines.cnt, 1);
	line = &report.lines.v[0];
	assert_int_equal(line->self, 1);
	assert_string_equal(strtab_get(report.texts, line->module, NULL), "libz.so.1.2.13");
	report_put_json(&json, &report, 1);
	expect_lines(buf_text(&json), "\"file\": \"zutil.c\"", "\"line\": 12", NULL);
	buf_release(&json);
	report_release(&report);
}

static void lines_are_cut_to_the_terminal(void **state)
{
	struct selection all = { 0 };
	int terminal = posix_openpt(O_RDWR | O_NOCTTY);
	FILE *stream;
	char *text;

	(void)state;
	if (terminal < 0 || grantpt(terminal) || unlockpt(terminal) ||
	    !(stream = fopen(ptsname(terminal), "w")))
		skip();
	setenv("COLUMNS", "56", 1);
	text = report_text(&all, stream);
	for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
		assert_true(text_columns(line, strcspn(line, "\n")) <= 56);
	assert_non_null(strstr(text, "small.data"));
	free(text);
	fclose(stream);
	close(terminal);
}

static void json_has_the_same_numbers(void **state)
{
	struct selection all = { 0 };
	struct report report;
	struct buf text = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_int_equal(report_make(&report, &source, &all, &(struct wait_request){ 0 }, &err), 0);
	report_put_json(&text, &report, 1);
	expect_lines(buf_text(&text), "\"version\": 1", "\"value\": 45", "\"samples\": 12",
		     "\"busy_cpus_thousandths\": 150", "\"value_stack_lost\": 12", "\"count\": 15",
		     "\"note\": \"install zlib1g-dbgsym\"", NULL);
	buf_release(&text);
	report_release(&report);
}

static const struct trace_module own_libz = { .kind = TRACE_MODULE_FILE,
					      .path = "/opt/libz.so.1.2.13",
					      .process = TRACE_NONE };

/* Through the libz of /opt, which has all its names, and then through the system's. */
static void write_two_libz(struct small_writer *s)
{
	uint32_t web = small_thread(s, 10, 10, "web");
	uint32_t node = small_addressed(s, TRACE_NONE, &own_libz, 0x10);

	small_sample(s, s->cpu, web, small_addressed(s, node, &small_libz, 0x99), 1, 1);
}

static void a_missing_name_is_not_explained_by_a_namesake(void **state)
{
	static const struct name_frame inflate = { TRACE_FRAME_USER, "inflate", "", 0 };
	struct picture_source all_small = source;
	uint32_t own;
	char *text;

	(void)state;
	source = (struct picture_source){ .path = "two.data", .names = small_names() };
	source.trace = small_trace_of(1, write_two_libz);
	own = name_table_module(source.names, &own_libz, NULL);
	name_table_add(source.names, own, 0x10, &inflate, 1, 0);
	name_table_set_module_note(source.names, own, 0, "all symbols");
	text = report_text(&(struct selection){ 0 }, no_terminal());
	expect_lines(text, "[libz.so.1.2.13]", "install zlib1g-dbgsym", NULL);
	assert_null(strstr(text, "all symbols"));
	free(text);
	close_source(NULL);
	source = all_small;
}

static const struct trace_module jit_of_web = { .kind = TRACE_MODULE_JIT, .path = "" };
static const struct trace_module jit_of_db = { .kind = TRACE_MODULE_JIT, .path = "", .process = 1 };

/* One sample in the JIT code of web, which comes first, and two in that of db. */
static void write_two_runtimes(struct small_writer *s)
{
	uint32_t web = small_thread(s, 10, 10, "web"), db = small_thread(s, 20, 20, "db");

	small_sample(s, s->cpu, web, small_addressed(s, TRACE_NONE, &jit_of_web, 0x10), 1, 1);
	small_sample(s, s->cpu, db, small_addressed(s, TRACE_NONE, &jit_of_db, 0x10), 1, 2);
	small_sample(s, s->cpu, db, small_addressed(s, TRACE_NONE, &jit_of_db, 0x20), 1, 3);
}

static void add_runtime(struct name_table *t, const struct trace_module *m, uint32_t tgid,
			const char *note)
{
	const struct trace_process owner = { .tgid = tgid };

	name_table_set_module_note(t, name_table_module(t, m, &owner), NAME_REASON_NO_JIT_MAP,
				   note);
}

static void namesakes_are_explained_each_the_heaviest_first(void **state)
{
	struct selection web = { .process = "web" };
	struct picture_source all_small = source;
	char *text;

	(void)state;
	source = (struct picture_source){ .path = "two.data", .names = small_names() };
	source.trace = small_trace_of(2, write_two_runtimes);
	add_runtime(source.names, &jit_of_web, 10, "process 10 left no map");
	add_runtime(source.names, &jit_of_db, 20, "process 20 left no map");
	text = report_text(&(struct selection){ 0 }, no_terminal());
	assert_non_null(strstr(strstr(text, "process 20 left"), "process 10 left"));
	free(text);
	text = report_text(&web, no_terminal());
	assert_non_null(strstr(text, "process 10 left"));
	assert_null(strstr(text, "process 20 left"));
	free(text);
	close_source(NULL);
	source = all_small;
}

/* Of three samples one was kept, and an error ended it. */
static void write_losses_and_stop(struct small_writer *s)
{
	struct trace_loss_count full = { s->cpu, TRACE_LOSS_RING_FULL, 1 };
	struct trace_loss_count no_ring = { s->cpu, TRACE_LOSS_NO_RING, 1 };

	trace_writer_loss(s->w, &full);
	trace_writer_loss(s->w, &no_ring);
	small_sample(s, s->cpu, small_thread(s, 10, 10, "web"), TRACE_NONE, 1, 1);
	s->stop = TRACE_STOP_ERROR;
}

static void says_of_losses_and_endings_what_the_picture_says(void **state)
{
	struct selection all = { 0 };
	struct picture_source all_small = source;
	struct caption caption = { .title = strdup("title") };
	struct report report;
	struct buf json = { 0 };
	struct err err = { 0 };
	char *text;

	(void)state;
	source = (struct picture_source){ .path = "stopped.data", .names = small_names() };
	source.trace = small_trace_of(1, write_losses_and_stop);
	text = report_text(&all, no_terminal());
	expect_lines(text, "1 sample lost (33.3 %), ring full",
		     "1 sample lost (33.3 %), CPU not open yet",
		     "Recording stopped early: error.\n", NULL);
	free(text);
	assert_int_equal(report_make(&report, &source, &all, &(struct wait_request){ 0 }, &err), 0);
	report_put_json(&json, &report, 1);
	expect_lines(buf_text(&json), "\"clean\": true", "\"stop\": \"error\"", NULL);
	buf_release(&json);
	caption_of_trace(&caption, source.trace, &report.measure, &all, &report.totals);
	assert_string_equal(caption.notes.v[0], "1 sample lost (33.3 %): ring full");
	assert_string_equal(caption.notes.v[caption.notes.cnt - 1],
			    "recording stopped early: error");
	caption_release(&caption);
	report_release(&report);
	close_source(NULL);
	source = all_small;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_shares_names_and_losses),
		cmocka_unit_test(busy_cpus_are_those_of_the_selected_time),
		cmocka_unit_test(values_of_events_have_no_time),
		cmocka_unit_test(source_lines_are_summed_where_they_are_known),
		cmocka_unit_test(lines_are_cut_to_the_terminal),
		cmocka_unit_test(json_has_the_same_numbers),
		cmocka_unit_test(a_missing_name_is_not_explained_by_a_namesake),
		cmocka_unit_test(namesakes_are_explained_each_the_heaviest_first),
		cmocka_unit_test(says_of_losses_and_endings_what_the_picture_says),
	};

	return cmocka_run_group_tests(tests, open_source, close_source);
}
