#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "collector/latency_text.h"
#include "tests/unit/latency_rig.h"

/* A record and the text behind it, as the backlog has them. */
struct told {
	struct abi_latency record;
	char text[ABI_LATENCY_TEXT];
};

static struct told told_of(enum abi_measure measure, uint64_t value, uint32_t why)
{
	return (struct told){
		.record = { .measure = (uint8_t)measure,
			    .why = (uint8_t)why,
			    .tgid = RIG_PID,
			    .tid = RIG_PID,
			    .value = value,
			    .comm = "sleeper" },
	};
}

static void add(struct latency_rig *r, const struct told *told, uint64_t offset)
{
	const struct held_source stacks = rig_source(r->waits, offset);

	latency_singles_add(&r->singles, &told->record, 1000, &stacks);
}

static void add_call(struct latency_rig *r, uint64_t value, uint32_t why)
{
	struct told told = told_of(ABI_MEASURE_SYSCALL, value, why);

	add(r, &told, 4);
}

static void the_longest_of_all_cpus_are_kept(void **state)
{
	struct latency_rig *r = latency_rig_new(0);

	(void)state;
	for (uint64_t value = 1; value <= 9; value++)
		add_call(r, value * 7 % 10, ABI_LATENCY_LONGEST);
	latency_singles_write(&r->singles, UINT64_MAX);
	latency_rig_expect(r, "latency syscall sleeper read of sleeper:900001 why1 8 "
			      "/bin/sleeper+5 /bin/sleeper+4\n"
			      "latency syscall sleeper read of sleeper:900001 why1 9 "
			      "/bin/sleeper+5 /bin/sleeper+4\n");
}

static void each_measure_and_slice_has_its_own_longest(void **state)
{
	struct latency_rig *r = latency_rig_new(0);
	struct told other = told_of(ABI_MEASURE_SYSCALL, 1, ABI_LATENCY_LONGEST);

	(void)state;
	r->singles.longest_max = 1;
	add_call(r, 50, ABI_LATENCY_LONGEST);
	other.record.slice = 1;
	add(r, &other, 4);
	other = told_of(ABI_MEASURE_RUNQ, 2, ABI_LATENCY_LONGEST);
	add(r, &other, 4);
	latency_singles_write(&r->singles, UINT64_MAX);
	assert_int_equal(trace_writer_totals(r->waits->writer)->single_cnt, 3);
	latency_rig_expect(r, "latency runq sleeper of sleeper:900001 why1 2 "
			      "/bin/sleeper+5 /bin/sleeper+4\n"
			      "latency syscall sleeper read of sleeper:900001 why1 1 "
			      "/bin/sleeper+5 /bin/sleeper+4\n"
			      "latency syscall sleeper read of sleeper:900001 why1 50 "
			      "/bin/sleeper+5 /bin/sleeper+4\n");
}

static void the_longest_are_known_when_the_slice_is_over(void **state)
{
	struct latency_rig *r = latency_rig_new(0);

	(void)state;
	r->singles.longest_max = 1;
	add_call(r, 5, ABI_LATENCY_LONGEST);
	latency_singles_write(&r->singles, 90 * RIG_MS);
	assert_int_equal(r->singles.held.cnt, 1);
	add_call(r, 6, ABI_LATENCY_LONGEST);
	latency_singles_write(&r->singles, 95 * RIG_MS);
	assert_int_equal(r->singles.held.cnt, 2);
	latency_singles_write(&r->singles, 101 * RIG_MS);
	assert_int_equal(r->singles.held.cnt, 0);
	latency_rig_expect(r, "latency syscall sleeper read of sleeper:900001 why1 6 "
			      "/bin/sleeper+5 /bin/sleeper+4\n");
}

static void those_drawn_and_those_slow_are_all_kept(void **state)
{
	struct latency_rig *r = latency_rig_new(0);

	(void)state;
	r->singles.longest_max = 0;
	for (uint64_t value = 0; value < 50; value++)
		add_call(r, value, ABI_LATENCY_DRAWN);
	for (uint64_t value = 50; value < 100; value++)
		add_call(r, value, ABI_LATENCY_SLOWER | ABI_LATENCY_LONGEST);
	latency_singles_write(&r->singles, 1);
	assert_int_equal(trace_writer_totals(r->waits->writer)->single_cnt, 100);
	assert_int_equal(r->singles.held.cnt, 0);
	latency_singles_release(&r->singles);
	latency_series_release(&r->series);
	latency_labels_release(&r->labels);
	trace_writer_close(r->waits->writer);
	rig_close(r->waits);
	free(r);
}

/* What is told in rounds of a slice that does not end is thinned out in each of them. */
static void memory_is_bound_while_a_slice_goes_on(void **state)
{
	struct latency_rig *r = latency_rig_new(0);

	(void)state;
	for (uint64_t round = 0; round < 100; round++) {
		for (uint64_t value = 0; value < 20; value++)
			add_call(r, round + value, ABI_LATENCY_LONGEST);
		latency_singles_write(&r->singles, 1);
		assert_int_equal(r->singles.held.cnt, ABI_LATENCY_LONGEST_MAX);
	}
	latency_singles_write(&r->singles, UINT64_MAX);
	latency_rig_expect(r, "latency syscall sleeper read of sleeper:900001 why1 117 "
			      "/bin/sleeper+5 /bin/sleeper+4\n"
			      "latency syscall sleeper read of sleeper:900001 why1 118 "
			      "/bin/sleeper+5 /bin/sleeper+4\n");
}

static void a_request_tells_of_its_parts(void **state)
{
	struct latency_rig *r = latency_rig_new(0);
	struct told told = told_of(ABI_MEASURE_BLOCK, 1000, 0);

	(void)state;
	told.record.queued_ns = 300;
	told.record.bytes = 4096;
	told.record.parts = ABI_LATENCY_DRAWN | ABI_LATENCY_LONGEST << 8 | ABI_LATENCY_DRAWN << 16;
	add(r, &told, 4);
	assert_int_equal(r->singles.held.cnt, 3);
	assert_int_equal(r->singles.held.v[0].measure, ABI_MEASURE_BLOCK_QUEUE);
	assert_int_equal(r->singles.held.v[0].value, 300);
	assert_int_equal(r->singles.held.v[0].why, ABI_LATENCY_DRAWN);
	assert_int_equal(r->singles.held.v[1].measure, ABI_MEASURE_BLOCK_DEVICE);
	assert_int_equal(r->singles.held.v[1].value, 700);
	assert_int_equal(r->singles.held.v[1].why, ABI_LATENCY_LONGEST);
	assert_int_equal(r->singles.held.v[2].measure, ABI_MEASURE_BLOCK_BYTES);
	assert_int_equal(r->singles.held.v[2].value, 4096);
	told.record.why = ABI_LATENCY_DRAWN;
	told.record.parts = 0;
	add(r, &told, 4);
	assert_int_equal(r->singles.held.cnt, 4);
	assert_int_equal(r->singles.held.v[3].measure, ABI_MEASURE_BLOCK);
	latency_singles_write(&r->singles, UINT64_MAX);
	assert_int_equal(r->singles.held.cnt, 0);
	latency_singles_release(&r->singles);
	latency_series_release(&r->series);
	latency_labels_release(&r->labels);
	trace_writer_close(r->waits->writer);
	rig_close(r->waits);
	free(r);
}

static struct told start_of(uint64_t serial, uint32_t tid)
{
	struct told told = told_of(ABI_MEASURE_BLOCK, 0, ABI_LATENCY_START);

	told.record.serial = serial;
	told.record.tgid = told.record.tid = tid;
	return told;
}

static struct told end_of(uint64_t serial)
{
	struct told told = told_of(ABI_MEASURE_TCP_CONNECT, 33, ABI_LATENCY_DRAWN);

	told.record.what = 443 << 8 | ABI_TCP_CONNECT;
	told.record.serial = serial;
	told.record.tgid = told.record.tid = 0;
	told.record.comm[0] = 0;
	return told;
}

static void what_ends_in_an_interrupt_is_whose_start_it_was(void **state)
{
	struct latency_rig *r = latency_rig_new(0);
	struct told start = start_of(77, RIG_WAKER), end = end_of(77);

	(void)state;
	add(r, &start, 8);
	add(r, &end, 4);
	add(r, &end, 4); /* several events may have begun together */
	latency_singles_write(&r->singles, UINT64_MAX);
	latency_rig_expect(r, "latency tcp-connect  443 connect of waker:900002 why2 33 "
			      "/bin/waker+9 /bin/waker+8\n"
			      "latency tcp-connect  443 connect of waker:900002 why2 33 "
			      "/bin/waker+9 /bin/waker+8\n");
}

static void a_start_that_did_not_come_leaves_no_stack(void **state)
{
	struct latency_rig *r = latency_rig_new(0);
	struct told end = end_of(78);

	(void)state;
	add(r, &end, 4);
	end.record.tgid = end.record.tid = RIG_PID;
	add(r, &end, 4);
	latency_singles_write(&r->singles, UINT64_MAX);
	latency_rig_expect(r, "latency tcp-connect  443 connect of sleeper:900001 why2 33\n"
			      "latency tcp-connect  443 connect why2 33\n");
}

static void the_oldest_starts_go_when_there_are_many(void **state)
{
	struct latency_rig *r = latency_rig_new(0);

	(void)state;
	for (uint64_t serial = 1; serial <= 3 * LATENCY_STARTS_MAX; serial++) {
		struct told start = start_of(serial, RIG_PID);

		add(r, &start, 4);
		assert_in_range(r->singles.starts.ring.cnt, 1, LATENCY_STARTS_MAX);
	}
	assert_null(latency_starts_find(&r->singles.starts, 2 * LATENCY_STARTS_MAX));
	assert_non_null(latency_starts_find(&r->singles.starts, 2 * LATENCY_STARTS_MAX + 1));
	assert_non_null(latency_starts_find(&r->singles.starts, 3 * LATENCY_STARTS_MAX));
	assert_int_equal(r->singles.starts.by_serial.cnt, LATENCY_STARTS_MAX);
	latency_rig_expect(r, "");
}

static void a_single_is_who_it_was_after_the_next_exec(void **state)
{
	struct latency_rig *r = latency_rig_new(0);

	(void)state;
	add_call(r, 5, ABI_LATENCY_DRAWN);
	rig_exec(r->waits, RIG_PID, "other");
	latency_singles_write(&r->singles, UINT64_MAX);
	latency_rig_expect(r, "latency syscall sleeper read of sleeper:900001 why2 5 "
			      "/bin/sleeper+5 /bin/sleeper+4\n");
}

/* Threads, stacks and series have other ids there. */
static void a_single_is_whole_in_a_later_group(void **state)
{
	struct latency_rig *r = latency_rig_new(1);
	struct told other = told_of(ABI_MEASURE_SYSCALL, 6, ABI_LATENCY_DRAWN);
	struct err err = { 0 };

	(void)state;
	add_call(r, 5, ABI_LATENCY_DRAWN);
	latency_singles_write(&r->singles, UINT64_MAX);
	add_call(r, 7, ABI_LATENCY_DRAWN);
	assert_int_equal(trace_writer_flush(r->waits->writer, &err), 0);
	assert_int_equal(trace_writer_group(r->waits->writer), 1);
	other.record.what = 1; /* write */
	strcpy(other.record.comm, "another");
	add(r, &other, 8);
	latency_singles_write(&r->singles, UINT64_MAX);
	latency_rig_expect(r, "latency syscall sleeper read of sleeper:900001 why2 5 "
			      "/bin/sleeper+5 /bin/sleeper+4\n"
			      "latency syscall sleeper read of sleeper:900001 why2 7 "
			      "/bin/sleeper+5 /bin/sleeper+4\n"
			      "latency syscall another write of sleeper:900001 why2 6 "
			      "/bin/sleeper+9 /bin/sleeper+8\n");
}

static void a_name_is_told_once_and_is_no_event(void **state)
{
	struct latency_rig *r = latency_rig_new(0);
	struct told name = told_of(ABI_MEASURE_DNS, 9, ABI_LATENCY_NAME);
	struct told drawn = told_of(ABI_MEASURE_DNS, 9, ABI_LATENCY_DRAWN);

	(void)state;
	name.record.what = drawn.record.what = 12345;
	strcpy(name.text, "example.org");
	name.record.text_len = (uint16_t)strlen(name.text);
	add(r, &name, 4);
	strcpy(name.text, "another.org");
	add(r, &name, 4);
	add(r, &drawn, 4);
	drawn.record.what = 54321;
	add(r, &drawn, 4);
	latency_singles_write(&r->singles, UINT64_MAX);
	latency_rig_expect(r, "latency dns sleeper example.org of sleeper:900001 why2 9 "
			      "/bin/sleeper+5 /bin/sleeper+4\n"
			      "latency dns sleeper [unnamed 000000000000d431] of sleeper:900001 "
			      "why2 9 /bin/sleeper+5 /bin/sleeper+4\n");
}

static void texts_are_paths_arguments_and_connections(void **state)
{
	static const char arguments[] = "/bin/ls\0-l\0";
	const struct abi_tcp_text four = {
		.family = 2,
		.local_port = 40112,
		.remote_port = 443,
		.local = { 10, 0, 0, 1 },
		.remote = { 10, 0, 0, 2 },
	};
	const struct abi_tcp_text six = { .family = 10, .local_port = 1, .local = { [15] = 1 } };
	struct buf out = { 0 };

	(void)state;
	latency_text_put(&out, ABI_MEASURE_EXEC, arguments, sizeof(arguments));
	assert_string_equal(buf_text(&out), "/bin/ls -l");
	buf_clear(&out);
	latency_text_put(&out, ABI_MEASURE_TCP_LIFE, &four, sizeof(four));
	assert_string_equal(buf_text(&out), "10.0.0.1:40112 -> 10.0.0.2:443");
	buf_clear(&out);
	latency_text_put(&out, ABI_MEASURE_TCP_BYTES, &six, sizeof(six));
	assert_string_equal(buf_text(&out), "[::1]:1 -> [::]:0");
	buf_clear(&out);
	latency_text_put(&out, ABI_MEASURE_TCP_CONNECT, &six, sizeof(six) - 1);
	assert_int_equal(out.len, 0);
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_longest_of_all_cpus_are_kept),
		cmocka_unit_test(each_measure_and_slice_has_its_own_longest),
		cmocka_unit_test(the_longest_are_known_when_the_slice_is_over),
		cmocka_unit_test(those_drawn_and_those_slow_are_all_kept),
		cmocka_unit_test(memory_is_bound_while_a_slice_goes_on),
		cmocka_unit_test(a_request_tells_of_its_parts),
		cmocka_unit_test(what_ends_in_an_interrupt_is_whose_start_it_was),
		cmocka_unit_test(a_start_that_did_not_come_leaves_no_stack),
		cmocka_unit_test(the_oldest_starts_go_when_there_are_many),
		cmocka_unit_test(a_single_is_who_it_was_after_the_next_exec),
		cmocka_unit_test(a_single_is_whole_in_a_later_group),
		cmocka_unit_test(a_name_is_told_once_and_is_no_event),
		cmocka_unit_test(texts_are_paths_arguments_and_connections),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
