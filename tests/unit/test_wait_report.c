#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <errno.h>

#include <cmocka.h>

#include "base/strtab.h"
#include "formats/name_table.h"
#include "render/picture_source.h"
#include "render/report.h"
#include "tests/unit/wait_text.h"

static struct picture_source source;
static struct report report;
static struct selection selection;
static struct buf text;

static int clear(void **state)
{
	(void)state;
	if (report.source)
		report_release(&report);
	name_table_free(source.names);
	trace_reader_close(source.trace);
	source = (struct picture_source){ 0 };
	selection = (struct selection){ 0 };
	buf_release(&text);
	return 0;
}

static int make(const char *trace, struct wait_request request, struct err *err)
{
	setenv("NO_COLOR", "1", 1);
	source = (struct picture_source){ .path = "waits.data", .trace = wait_text(trace) };
	source.names = name_table_new();
	return report_make(&report, &source, &selection, &request, err);
}

static const char *tell(const char *trace)
{
	FILE *stream = fopen("/dev/null", "w");
	struct err err = { 0 };

	assert_int_equal(make(trace, (struct wait_request){ 0 }, &err), 0);
	report_put_text(&text, &report, 10, stream);
	fclose(stream);
	return buf_text(&text);
}

static const char *tell_json(const char *trace)
{
	struct err err = { 0 };

	assert_int_equal(make(trace, (struct wait_request){ 0 }, &err), 0);
	report_put_json(&text, &report, 10);
	return buf_text(&text);
}

/* Each of the lines, up to NULL, stands in what was told. */
static void expect(const char *told, ...)
{
	const char *line;
	va_list lines;

	va_start(lines, told);
	while ((line = va_arg(lines, const char *)))
		if (!strstr(told, line)) {
			fprintf(stderr, "missing: %s\nin: %s\n", line, told);
			fail();
		}
	va_end(lines);
}

#define SLICE "slice 0 1000 0\n"

static void a_process_that_is_held_up_comes_first(void **state)
{
	(void)state;
	expect(tell(SLICE "account lazy/10/10 0 1000 100 10 890 0 9 0 0\n"
			  "account busy/20/20 0 1000 500 300 150 50 9 3 20\n"
			  "account busy/30/30 0 1000 600 100 300 0 9 0 0\n"
			  "account disk/40/40 0 1000 100 0 900 0 9 0 0\n"
			  "sum disk/40 uninterruptible main|io 9 850 0 100\n"
			  "sum lazy/10 interruptible main|poll 9 890 10 100\n"),
	       "4 threads of 4 processes, 4.00 s of their time: 32.5 % on a CPU, 10.3 % runnable, "
	       "56.0 % blocked, 1.3 % unknown.",
	       "  HELD UP  ON CPU RUNNABLE BLOCKED   SHORT     GAP THREADS  PROCESS\n"
	       "   850 ms  10.0 %      0 %  90.0 %     0 %     0 %       1  disk\n"
	       "   400 ms  55.0 %   20.0 %  22.5 %   1.0 %   2.5 %       2  busy (2 processes)\n"
	       "  10.0 ms  10.0 %    1.0 %  89.0 %     0 %     0 %       1  lazy\n",
	       " RUNNABLE     SHARE     WORST  KEPT FROM A CPU\n"
	       "   400 ms    20.0 %            busy\n"
	       "  10.0 ms     1.0 %            lazy\n",
	       NULL);
}

static void a_place_says_how_often_how_long_and_who_ended_it(void **state)
{
	(void)state;
	expect(tell(SLICE
		    "sum web/10 interruptible main;ask|futex;schedule 3 30 2 12 < db/20/21 "
		    "serve;reply|wake 30\n"
		    "sum web/10 interruptible start;main;ask|futex;schedule 1 10 0 10 < [softirq] "
		    "irq;handle_softirqs;net_rx|net_rx 10\n"
		    "sum web/10 interruptible main;sleep|nap 1 5 0 5 waker_unknown\n"),
	       "  40.0 ms         4   10.0 ms   12.0 ms  2.00 ms  web: futex <- ask <- main\n"
	       "                                                    interruptible; 75.0 % ended by "
	       "db "
	       "at reply <- serve\n",
	       "  5.00 ms         1   5.00 ms   5.00 ms     0 ns  web: nap <- sleep <- main\n"
	       "                                                    interruptible; nobody was seen "
	       "to "
	       "end it\n",
	       "47.0 ms of waiting", "Nobody was seen to end 11.1 % of the blocked time.", NULL);
}

static void the_longest_waits_say_when_who_where_and_who_ended_them(void **state)
{
	(void)state;
	expect(tell(SLICE
		    "sum web/10 interruptible main;ask|futex 4 900 20 420\n"
		    "wait web/10/11 interruptible main;ask|futex 100 400 20 longest < db/20/21 "
		    "serve|wake 300 < [hardirq] |irq;__handle_irq_event_percpu;nvme_irq 100\n"
		    "wait web/10/11 interruptible main;ask|futex 100 400 20 drawn < db/20/21 "
		    "serve|wake 300 < [hardirq] |irq;__handle_irq_event_percpu;nvme_irq 100\n"
		    "wait web/10/10 interruptible main;ask|futex 0 300 0 longest open_start "
		    "open_end\n"
		    "wait web/10/12 interruptible main;ask|futex 700 200 0 drawn deeper < db/20/21 "
		    "serve|wake 200\n"),
	       "    START      TOOK  RUNNABLE  LONGEST WAITS, and who ended them\n"
	       "   100 ms    420 ms   20.0 ms  web/11, interruptible: futex <- ask <- main\n"
	       "                                 ended by db/21 <- [hardirq] nvme_irq\n"
	       "     0 ns    300 ms      0 ns  web/10, interruptible: futex <- ask <- main\n"
	       "                                 since before the recording; still waiting at the "
	       "end\n"
	       "   700 ms    200 ms      0 ns  web/12, interruptible: futex <- ask <- main\n"
	       "                                 ended by db/21 <- ..\n\n",
	       NULL);
}

/* Four threads of one lock, a pair that plays ping-pong, and a pool that is fed. */
#define LOCK "work;mutex_lock|futex"
#define LEAVE "work;mutex_unlock|futex_wake"
#define CROWD                                                                                      \
	SLICE "sum app/10 interruptible " LOCK " 40 400 0 20 < app/10/11 " LEAVE " 400\n"          \
	      "sum app/10 interruptible " LOCK " 40 200 0 20 < app/10/12 " LEAVE " 200\n"          \
	      "sum app/10 interruptible " LOCK " 40 100 0 20 < app/10/13 " LEAVE " 100\n"          \
	      "wait app/10/11 interruptible " LOCK " 10 4 0 drawn < app/10/12 " LEAVE " 4\n"       \
	      "wait app/10/12 interruptible " LOCK " 10 4 0 drawn < app/10/13 " LEAVE " 4\n"       \
	      "wait app/10/13 interruptible " LOCK " 10 4 0 drawn < app/10/11 " LEAVE " 4\n"       \
	      "sum pool/30 interruptible run;take|futex 50 900 0 30 < boss/40/40 main;give|wake "  \
	      "900\n"                                                                              \
	      "wait pool/30/31 interruptible run;take|futex 10 4 0 drawn < boss/40/40 "            \
	      "main;give|wake 4\n"                                                                 \
	      "wait pool/30/32 interruptible run;take|futex 10 4 0 drawn < boss/40/40 "            \
	      "main;give|wake 4\n"                                                                 \
	      "wait pool/30/33 interruptible run;take|futex 10 4 0 drawn < boss/40/40 "            \
	      "main;give|wake 4\n"                                                                 \
	      "sum ping/50 interruptible main|read 9 99 0 20 < pong/60/60 main|write 99\n"         \
	      "sum pong/60 interruptible main|read 9 88 0 20 < ping/50/50 main|write 88\n"         \
	      "wait ping/50/50 interruptible main|read 1 10 0 drawn < pong/60/60 main|write 10\n"  \
	      "wait pong/60/60 interruptible main|read 2 10 0 drawn < ping/50/50 main|write 9 < "  \
	      "[hardirq] |tick 1\n"                                                                \
	      "account app/10/11 0 1000 100 10 890 0 9 0 0\n"                                      \
	      "account ping/50/50 0 1000 100 0 900 0 9 0 0\n"                                      \
	      "account pong/60/60 0 1000 150 0 850 0 9 0 0\n"

static void convoys_pools_and_knots_are_told_apart(void **state)
{
	(void)state;
	expect(tell(CROWD),
	       "     LOST     WAITS  THREADS  CONVOYS: threads that wait for each other at one "
	       "place\n"
	       "   700 ms       120        3  app: futex <- mutex_lock <- work\n"
	       "                                handed over at mutex_unlock <- work (100 %), most "
	       "by "
	       "app/11 (57.1 %)\n\n",
	       "   WAITED     WAITS  THREADS  FED BY ONE: many threads wait for one\n"
	       "   900 ms        50        3  pool: futex <- take <- run\n"
	       "                                ended at give <- main (100 %), most by boss/40 "
	       "(100 "
	       "%)\n\n",
	       "  BLOCKED    INSIDE  THREADS  KNOTS: threads that wait nearly only for one "
	       "another\n"
	       "   1.75 s    95.0 %        2  pong/60, ping/50\n"
	       "   890 ms     100 %        3  app/11, app/12, app/13\n\n",
	       "   710 ms  10.0 %", NULL);
}

static void json_says_the_same(void **state)
{
	(void)state;
	expect(tell_json(CROWD), "\"waits\": {\n    \"event\": \"chain\"",
	       "\"kind\": \"handed over\"", "\"kind\": \"fed\"", "\"lost_ns\": 700000000",
	       "\"blocked_ns\": 1750000000,\n        \"single_blocked_ns\": 20000000,\n"
	       "        \"single_inside_ns\": 19000000",
	       "\"held_up_ns\": 710000000,\n        \"uninterruptible_ns\": 0,\n"
	       "        \"convoy_ns\": 700000000",
	       "\"name\": \"ping\",\n            \"pid\": 50,\n            \"tid\": 50", NULL);
	assert_null(strstr(buf_text(&text), "by_self"));
}

/* Ids of processes, stacks and links start again with each group. */
static void groups_make_no_difference(void **state)
{
	struct buf other = { 0 };

	(void)state;
	tell(CROWD);
	buf_put(&other, text.v, text.len);
	clear(NULL);
	tell("slice 0 1000 0\n"
	     "sum ping/50 interruptible main|read 1 0.000001 0 0.000001 < pong/60/60 main|write "
	     "0.000001\ngroup\n" CROWD);
	assert_non_null(strstr(buf_text(&text), "CONVOYS"));
	assert_string_equal(strstr(buf_text(&text), "CONVOYS"),
			    strstr(buf_text(&other), "CONVOYS"));
	buf_release(&other);
}

/* Names are bytes of strangers: what a terminal would obey is shown instead. */
static void hostile_names_are_made_visible(void **state)
{
	const char *told =
		tell(SLICE "sum \033[2Jx/10 interruptible a\033]0;b|k\007 9 90 0 10 < "
			   "\033y/20/20 c\033|d 90\n"
			   "wait \033[2Jx/10/11 interruptible a\033]0;b|k\007 10 4 0 drawn < "
			   "\033y/20/20 c\033|d 4\n"
			   "account \033[2Jx/10/11 0 1000 100 10 890 0 9 0 0\n");

	(void)state;
	assert_null(strchr(told, '\033'));
	assert_null(strchr(told, '\007'));
	expect(told, "\\x1b[2Jx: k\\x07 <- b <- a\\x1b]0", "ended by \\x1by at c\\x1b",
	       "ended by \\x1by/20", NULL);
}

static void samples_and_waits_of_one_trace_are_both_told(void **state)
{
	static const char trace[] = SLICE "sum web/10 interruptible main|poll 9 90 0 10\n"
					  "sample web/10/10 main;work 5 7\n";

	(void)state;
	expect(tell(trace), "FUNCTION alone\n", "WHERE THREADS WAITED", NULL);
	assert_true(strstr(buf_text(&text), "FUNCTION alone") <
		    strstr(buf_text(&text), "WHERE THREADS WAITED"));
	clear(NULL);
	selection.event = "cpu";
	assert_null(strstr(tell(trace), "WHERE THREADS WAITED"));
	clear(NULL);
	selection.event = "offwake";
	assert_null(strstr(tell(trace), "FUNCTION alone"));
}

static void what_was_not_recorded_is_refused(void **state)
{
	struct err err = { 0 };

	(void)state;
	selection.event = "chain";
	assert_int_equal(make("event offcpu\n" SLICE
			      "sum web/10 interruptible main|poll 9 90 0 10\n",
			      (struct wait_request){ 0 }, &err),
			 -ENOTSUP);
	assert_null(report.source);
}

static void a_part_of_the_time_has_its_own_waits(void **state)
{
	(void)state;
	selection.time = (struct range){ 1500000000, 1900000000 };
	expect(tell("slice 0 1000 0\n"
		    "sum web/10 interruptible main;early|poll 9 90 0 30\n"
		    "wait web/10/10 interruptible main;early|poll 10 30 0 longest\n"
		    "slice 1000 2000 0\n"
		    "sum web/10 interruptible main;late|poll 9 40 0 20\n"
		    "wait web/10/10 interruptible main;late|poll 1600 20 0 longest\n"
		    "wait web/10/10 interruptible main;late|poll 1950 5 0 drawn\n"
		    "account web/10/10 0 2000 100 0 1900 0 9 0 0\n"),
	       "PROCESS, in the whole recording\n", "  40.0 ms         9 ", "   1.60 s   20.0 ms",
	       NULL);
	assert_null(strstr(buf_text(&text), "early"));
	assert_int_equal(report.waits.single_cnt, 1);
}

static void a_waker_without_a_stack_has_no_place(void **state)
{
	(void)state;
	expect(tell(SLICE "sum web/10 interruptible main|poll 3 90 0 30 < db/20/21 - 90\n"),
	       "interruptible; 100 % ended by db\n", NULL);
}

static void held_up_is_of_the_same_time_as_its_row(void **state)
{
	(void)state;
	selection.time = (struct range){ 1000000000, 2000000000 };
	expect(tell("slice 0 1000 0\n"
		    "sum web/10 uninterruptible main|read 9 90 0 30\n"
		    "slice 1000 2000 0\n"
		    "sum web/10 uninterruptible main|read 9 40 0 20\n"
		    "account web/10/10 0 2000 1800 70 130 0 9 0 0\n"),
	       "\n  70.0 ms  90.0 %    3.5 %   6.5 %       1  web\n", "\n  40.0 ms         9 ",
	       NULL);
}

static void a_trace_that_was_cut_off_has_no_accounts(void **state)
{
	(void)state;
	expect(tell(SLICE "sum web/10 interruptible main|poll 9 90 0 10\nloss 11 3\n"),
	       "Where the time of threads went is not known: there are no accounts of them.\n",
	       "3 waits lost (25.0 %)", NULL);
}

static void who_is_not_there_does_not_lack_accounts(void **state)
{
	(void)state;
	selection.process = "nobody";
	expect(tell(SLICE "sum web/10 interruptible main|poll 9 90 0 10\n"
			  "account web/10/10 0 1000 910 0 90 0 9 0 0\n"),
	       "\nNo waits.\n", NULL);
	assert_null(strstr(buf_text(&text), "accounts"));
}

static void what_accounts_have_and_sums_have_not_is_said(void **state)
{
	(void)state;
	expect(tell(SLICE "sum web/10 interruptible main|poll 9 90 0 10\n"
			  "account web/10/10 0 1000 210 0 790 0 90 10 300\n"),
	       "\n400 ms more of waiting has no record; render -e wall shows whose.\n", NULL);
}

static void lost_waits_are_no_lost_samples(void **state)
{
	(void)state;
	expect(tell(SLICE "sum web/10 interruptible main|poll 9 90 0 10\n"
			  "sample web/10/10 main 10 1\nloss 11 3\nloss 12 4000000\n"),
	       "\nNo samples were lost.\n", "\n3 waits lost (25.0 %), 4.00 ms in all.\n",
	       "\nLost waits: there was no room for them", NULL);
	assert_null(strstr(buf_text(&text), "ns of lost waits"));
	assert_null(strstr(buf_text(&text), "Nothing was lost"));
}

static void a_wait_from_before_the_recording_is_told_in_clauses(void **state)
{
	(void)state;
	expect(tell(SLICE "sum web/10 interruptible main|poll 3 900 0 300 open_start\n"
			  "wait web/10/10 interruptible main|poll 0 300 0 longest open_start\n"
			  "wait web/10/11 interruptible main|poll 0 290 0 longest open_start "
			  "< db/20/21 serve|wake 290\n"),
	       "                                 since before the recording\n",
	       "                                 since before the recording; ended by db/21\n",
	       NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_process_that_is_held_up_comes_first, clear),
		cmocka_unit_test_teardown(a_place_says_how_often_how_long_and_who_ended_it, clear),
		cmocka_unit_test_teardown(the_longest_waits_say_when_who_where_and_who_ended_them,
					  clear),
		cmocka_unit_test_teardown(convoys_pools_and_knots_are_told_apart, clear),
		cmocka_unit_test_teardown(json_says_the_same, clear),
		cmocka_unit_test_teardown(groups_make_no_difference, clear),
		cmocka_unit_test_teardown(hostile_names_are_made_visible, clear),
		cmocka_unit_test_teardown(samples_and_waits_of_one_trace_are_both_told, clear),
		cmocka_unit_test_teardown(what_was_not_recorded_is_refused, clear),
		cmocka_unit_test_teardown(a_part_of_the_time_has_its_own_waits, clear),
		cmocka_unit_test_teardown(a_waker_without_a_stack_has_no_place, clear),
		cmocka_unit_test_teardown(held_up_is_of_the_same_time_as_its_row, clear),
		cmocka_unit_test_teardown(a_trace_that_was_cut_off_has_no_accounts, clear),
		cmocka_unit_test_teardown(who_is_not_there_does_not_lack_accounts, clear),
		cmocka_unit_test_teardown(what_accounts_have_and_sums_have_not_is_said, clear),
		cmocka_unit_test_teardown(lost_waits_are_no_lost_samples, clear),
		cmocka_unit_test_teardown(a_wait_from_before_the_recording_is_told_in_clauses,
					  clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
