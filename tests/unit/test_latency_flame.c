#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "formats/name_table.h"
#include "render/flame_text.h"
#include "render/latency_flame.h"
#include "render/latency_subsecond.h"
#include "render/picture_source.h"
#include "tests/unit/known_latencies.h"
#include "tests/unit/scratch_file.h"

static struct picture_source source;

static int open_known(void **state)
{
	struct err err = { 0 };

	if (scratch_make(state) || known_latencies_write(scratch_path, &err))
		return -1;
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

static void expect_folded(const struct selection *s, bool by_count, const char *lines)
{
	struct flame_picture p;
	struct buf text = { 0 };
	struct err err = { 0 };

	assert_int_equal(latency_flame_open(&p, &source, s, by_count, NULL, &err), 0);
	flame_text_folded(&text, &p.tree, &p.measure);
	assert_string_equal(buf_text(&text), lines);
	buf_release(&text);
	flame_picture_close(&p);
}

static void stacks_are_as_wide_as_their_time(void **state)
{
	struct selection block = { .event = "block" };

	(void)state;
	expect_folded(&block, false,
		      "db;start;commit;fsync;do_syscall_64;ext4_sync_file;io_schedule;[sda, write] "
		      "900000\n"
		      "fio;[no stack was taken];[sda, read] 12080\n"
		      "fio;start;worker;pread64;do_syscall_64;submit_bio;[nvme0n1, read] 120\n"
		      "fio;start;worker;pread64;do_syscall_64;submit_bio;[sda, read] 20080\n");
}

static void or_as_they_are_many(void **state)
{
	struct selection block = { .event = "block" };

	(void)state;
	expect_folded(
		&block, true,
		"db;start;commit;fsync;do_syscall_64;ext4_sync_file;io_schedule;[sda, write] 1\n"
		"fio;[no stack was taken];[sda, read] 1\n"
		"fio;start;worker;pread64;do_syscall_64;submit_bio;[nvme0n1, read] 1\n"
		"fio;start;worker;pread64;do_syscall_64;submit_bio;[sda, read] 2\n");
}

static void only_those_of_the_range_are_drawn(void **state)
{
	struct selection slow = { .event = "block", .latency = { 10000000, 100000000 } };
	struct selection early = { .event = "block", .time = { 2000000000, 2500000000 } };
	struct selection one = { .event = "block", .thread = 11 };

	(void)state;
	expect_folded(&slow, true,
		      "fio;[no stack was taken];[sda, read] 1\n"
		      "fio;start;worker;pread64;do_syscall_64;submit_bio;[sda, read] 1\n");
	expect_folded(&early, true,
		      "fio;start;worker;pread64;do_syscall_64;submit_bio;[sda, read] 1\n");
	expect_folded(&one, true,
		      "fio;start;worker;pread64;do_syscall_64;submit_bio;[sda, read] 1\n");
}

static bool has_note(const struct caption *c, const char *note)
{
	for (size_t i = 0; i < c->notes.cnt; i++)
		if (!strcmp(c->notes.v[i], note))
			return true;
	return false;
}

static void the_caption_says_of_how_many(void **state)
{
	struct selection slow = { .event = "block", .latency = { 10000000, UINT64_MAX } };
	struct selection open = { .event = "open" };
	struct flame_picture p;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(latency_flame_open(&p, &source, &slow, false, NULL, &err), 0);
	assert_true(has_note(&p.caption,
			     "widths are of those events that were kept one by one: 3 of about "
			     "301, 2 with a stack; the longest are among them"));
	flame_picture_close(&p);
	assert_int_equal(latency_flame_open(&p, &source, &open, false, NULL, &err), 0);
	assert_true(has_note(&p.caption, "each event was kept one by one, 4 with a stack"));
	flame_picture_close(&p);
}

/* Both ends of the range cut a bin, of which each event is there. */
static void counts_are_exact_where_all_were_kept(void **state)
{
	struct selection one = { .event = "block", .latency = { 899000000, 901000000 } };
	struct flame_picture p;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(latency_flame_open(&p, &source, &one, true, NULL, &err), 0);
	assert_true(has_note(&p.caption, "each event was kept one by one, 1 with a stack"));
	assert_string_equal(p.caption.about.v[0], "1 event");
	assert_string_equal(p.caption.about.v[1], "900 ms in all");
	flame_picture_close(&p);
}

/* The sum of the cells that the script is told of. */
static uint64_t sum_of(struct scene *s)
{
	const char *line = strstr(buf_text(&s->detail), "\ncounts\n") + 8;
	uint64_t sum = 0;

	for (; *line; line = strchr(line, '\n') + 1)
		sum += strtoul(strchr(strchr(line, ' ') + 1, ' '), NULL, 10);
	return sum;
}

static void expect_cells(const struct selection *s, uint64_t cnt, const char *note)
{
	struct err err = { 0 };
	struct scene scene;

	assert_int_equal(latency_subsecond_picture(&scene, &source, s, NULL, 1200 * SCENE_PX, &err),
			 0);
	assert_int_equal(sum_of(&scene), cnt);
	assert_non_null(strstr(buf_text(&scene.description), note));
	scene_release(&scene);
}

/* The longest ones would show when it was slow, and not when it was busy. */
static void seconds_are_of_all_or_of_those_drawn_evenly(void **state)
{
	struct selection block = { .event = "block" }, open = { .event = "open" };

	(void)state;
	expect_cells(&block, 2, "cells are of 2 events of 9,621, drawn evenly");
	expect_cells(&open, 4, "each event was kept one by one");
}

/* tests/unit/wait_trace.h: one was drawn; it ended 100 ms after 8 s. */
static void seconds_of_waits_are_of_those_drawn(void **state)
{
	struct selection chain = { .event = "chain" };
	struct picture_source known = source;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(wait_trace_write(scratch_path, "chain", NULL, true, NULL, &err), 0);
	assert_int_equal(trace_reader_open(&source.trace, scratch_path, &err), 0);
	expect_cells(&chain, 1, "cells are of waits that were drawn evenly, by when they ended: 1");
	trace_reader_close(source.trace);
	source = known;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stacks_are_as_wide_as_their_time),
		cmocka_unit_test(or_as_they_are_many),
		cmocka_unit_test(only_those_of_the_range_are_drawn),
		cmocka_unit_test(the_caption_says_of_how_many),
		cmocka_unit_test(counts_are_exact_where_all_were_kept),
		cmocka_unit_test(seconds_are_of_all_or_of_those_drawn_evenly),
		cmocka_unit_test(seconds_of_waits_are_of_those_drawn),
	};

	return cmocka_run_group_tests(tests, open_known, close_known);
}
