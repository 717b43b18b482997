#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/io.h"
#include "formats/chunk_walk.h"
#include "tests/unit/spec_block.h"
#include "tests/unit/trace_example.h"
#include "tests/unit/trace_sample.h"

static char folder[] = "/tmp/test_trace_writer.XXXXXX";
static char path[64];

static struct trace_reader *open_trace(const char *file)
{
	struct trace_reader *r = NULL;
	struct err err = { 0 };

	if (trace_reader_open(&r, file, &err) != 0)
		fail_msg("%s", err.text);
	return r;
}

static void first_chunk_is_as_specified(void **state)
{
	struct trace_source source;
	struct chunk_walk walk;
	struct chunk chunk;
	struct buf content = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_int_equal(example_write(path, &err), 0);
	spec_block("content", &content);
	assert_int_equal(trace_source_open(&source, path, &err), 0);
	assert_int_equal(chunk_walk_open(&walk, &source, &err), 0);
	assert_true(chunk_walk_next(&walk, &chunk));
	assert_int_equal(bytes_left(&chunk.raw), content.len);
	assert_memory_equal(chunk.raw.p, content.v, content.len);
	chunk_walk_close(&walk);
	trace_source_close(&source);
	buf_release(&content);
}

static void file_of_the_specification_can_be_read(void **state)
{
	static const uint64_t times[] = { 2000000000, 2010100000, 2020500000 };
	struct trace_reader *r;
	struct trace_record record;
	struct buf file = { 0 };
	struct err err = { 0 };
	unsigned samples = 0, lost = 0;

	(void)state;
	spec_block("file", &file);
	assert_int_equal(trace_reader_open_bytes(&r, file.v, file.len, "TRACE.md", &err), 0);
	while (trace_reader_next(r, &record, &err) > 0) {
		const struct trace_node *leaf;

		if (record.kind == TRACE_RECORD_LOSS)
			lost += (unsigned)record.loss.count;
		if (record.kind != TRACE_RECORD_SAMPLE)
			continue;
		leaf = trace_reader_node(r, record.sample.stack);
		assert_true(samples < 3);
		assert_int_equal(record.sample.time_ns, times[samples]);
		assert_int_equal(record.sample.cpu, 3);
		assert_int_equal(trace_reader_frame(r, leaf->frame)->offset,
				 samples == 1 ? 0x1180 : 0x1139);
		samples++;
	}
	assert_int_equal(samples, 3);
	assert_int_equal(lost, 7);
	assert_true(trace_reader_is_clean(r));
	assert_string_equal(trace_reader_fact(r, TRACE_FACT_ARCH), "x86_64");
	trace_reader_close(r);
	buf_release(&file);
}

static struct trace_writer *start(const char *file, uint64_t group_bytes)
{
	struct trace_writer_options options = { .group_bytes = group_bytes };
	struct trace_writer *w = NULL;
	struct err err = { 0 };

	assert_int_equal(trace_writer_open(&w, file, &options, &err), 0);
	maker_facts(w);
	return w;
}

static void what_was_flushed_can_be_read_while_writing_goes_on(void **state)
{
	struct trace_maker m = { .shape = { .depth = 10 }, .state = 1 };
	struct trace_reader *r;
	struct trace_record record;
	struct err err = { 0 };
	unsigned samples = 0;

	(void)state;
	m.w = start(path, 0);
	assert_int_equal(trace_writer_publish(m.w, &err), 0);
	for (unsigned i = 0; i < 10; i++)
		maker_sample(&m, 1000000 * (i + 1), 0, 1);
	assert_int_equal(trace_writer_flush(m.w, &err), 0);
	maker_sample(&m, 1000000000, 0, 1);
	r = open_trace(path);
	assert_string_equal(trace_reader_event(r, 0)->name, "cpu");
	while (trace_reader_next(r, &record, &err) > 0)
		samples += record.kind == TRACE_RECORD_SAMPLE;
	assert_int_equal(samples, 10);
	assert_false(trace_reader_is_clean(r));
	assert_int_equal(trace_reader_totals(r)->stop, TRACE_STOP_UNKNOWN);
	assert_int_equal(trace_reader_totals(r)->lost[TRACE_LOSS_DAMAGED_BYTES], 0);
	trace_reader_close(r);
	trace_writer_close(m.w);
	vec_release(&m.digests);
}

static void nothing_is_left_without_publish(void **state)
{
	char file[80];
	struct err err = { 0 };
	struct trace_writer *w;

	(void)state;
	snprintf(file, sizeof(file), "%s/unpublished", folder);
	w = start(file, 0);
	assert_int_equal(trace_writer_finish(w, TRACE_STOP_ERROR, 0, &err), 0);
	trace_writer_close(w);
	assert_int_not_equal(access(file, F_OK), 0);
}

static void equal_entries_get_the_id_they_had(void **state)
{
	struct trace_module a = maker_module(1), b = maker_module(2);
	struct trace_frame named = { .kind = TRACE_FRAME_JIT,
				     .module = TRACE_NONE,
				     .name = "f",
				     .name_len = 1,
				     .file = "a.js" };
	struct trace_writer *w = start(path, 1);
	struct err err = { 0 };
	uint32_t group = trace_writer_group(w), id;

	(void)state;
	assert_int_equal(trace_writer_module(w, &a), 0);
	assert_int_equal(trace_writer_module(w, &b), 1);
	assert_int_equal(trace_writer_module(w, &a), 0);
	id = trace_writer_frame(w, &named);
	assert_int_equal(trace_writer_frame(w, &named), id);
	named.file = "b.js";
	assert_int_not_equal(trace_writer_frame(w, &named), id);
	assert_int_equal(trace_writer_node(w, TRACE_NONE, id), 0);
	assert_int_equal(trace_writer_node(w, 0, id), 1);
	assert_int_equal(trace_writer_node(w, TRACE_NONE, id), 0);
	assert_int_equal(trace_writer_group(w), group);
	assert_int_equal(trace_writer_flush(w, &err), 0);
	assert_int_not_equal(trace_writer_group(w), group);
	assert_int_equal(trace_writer_module(w, &b), 0);
	trace_writer_close(w);
}

static void stacks_deeper_than_the_limit_end_there(void **state)
{
	struct trace_module module = maker_module(1);
	struct trace_frame frame = { .kind = TRACE_FRAME_USER };
	struct trace_writer *w = start(path, 0);
	uint32_t node = TRACE_NONE, deepest;

	(void)state;
	frame.module = trace_writer_module(w, &module);
	for (unsigned i = 0; i < TRACE_DEPTH_MAX; i++)
		node = trace_writer_node(w, node, trace_writer_frame(w, &frame));
	deepest = node;
	assert_int_equal(deepest, TRACE_DEPTH_MAX - 1);
	assert_int_equal(trace_writer_node(w, deepest, trace_writer_frame(w, &frame)), deepest);
	trace_writer_close(w);
}

static void large_runtime_maps_are_cut_at_line_ends(void **state)
{
	struct trace_module module = { .kind = TRACE_MODULE_JIT, .path = "//anon" };
	struct trace_writer *w = start(path, 0);
	struct trace_reader *r;
	struct trace_record record;
	struct buf text = { 0 }, got = { 0 };
	struct err err = { 0 };
	unsigned pieces = 0;

	(void)state;
	module.process = trace_writer_process(
		w,
		&(struct trace_process){ .tgid = 1, .comm = "", .executable = "", .cgroup = "" });
	for (unsigned i = 0; i < 60000; i++)
		buf_printf(&text, "%x 20 Lcom/example;::method%u\n", 0x7f0000 + i * 32, i);
	trace_writer_jit_map(w, &(struct trace_jit_map){ .module = trace_writer_module(w, &module),
							 .text = buf_text(&text),
							 .len = text.len });
	assert_int_equal(trace_writer_publish(w, &err), 0);
	assert_int_equal(trace_writer_finish(w, TRACE_STOP_SIGNAL, 0, &err), 0);
	trace_writer_close(w);
	r = open_trace(path);
	while (trace_reader_next(r, &record, &err) > 0) {
		if (record.kind != TRACE_RECORD_JIT_MAP)
			continue;
		assert_int_equal(record.jit_map.text[record.jit_map.len - 1], '\n');
		buf_put(&got, record.jit_map.text, record.jit_map.len);
		pieces++;
	}
	assert_true(pieces > 1);
	assert_int_equal(got.len, text.len);
	assert_memory_equal(got.v, text.v, text.len);
	assert_true(trace_reader_is_clean(r));
	trace_reader_close(r);
	buf_release(&text);
	buf_release(&got);
}

/* Samples until the file system is full: kept + lost = made, in the file itself. */
static void fill(const char *file, unsigned room_kib)
{
	struct trace_maker m = { .shape = { .depth = 12, .unique_pct = 90 }, .state = room_kib };
	struct trace_reader *r;
	struct trace_record record;
	struct err err = { 0 };
	uint64_t made = 0, kept = 0;
	int failed = 0;

	m.w = start(file, 0);
	assert_int_equal(trace_writer_publish(m.w, &err), 0);
	while (!failed && made < 1000000) {
		for (unsigned i = 0; i < 700; i++, made++)
			maker_sample(&m, 1000000 * (made + 1), 0, 1);
		failed = trace_writer_flush(m.w, &err);
	}
	assert_int_equal(failed, -ENOSPC);
	maker_sample(&m, 1000000, 0, 1);
	made++;
	assert_int_equal(trace_writer_finish(m.w, TRACE_STOP_DURATION, 1, &err), -ENOSPC);
	trace_writer_close(m.w);
	vec_release(&m.digests);
	r = open_trace(file);
	while (trace_reader_next(r, &record, &err) > 0)
		kept += record.kind == TRACE_RECORD_SAMPLE;
	assert_true(trace_reader_is_clean(r));
	assert_int_equal(trace_reader_totals(r)->stop, TRACE_STOP_DISK_FULL);
	assert_int_equal(kept + trace_reader_totals(r)->lost[TRACE_LOSS_DISK_FULL], made);
	trace_reader_close(r);
	unlink(file);
}

static void full_disk_still_takes_the_trailer(void **state)
{
	char mount_point[64], file[80];

	(void)state;
	snprintf(mount_point, sizeof(mount_point), "%s/full", folder);
	snprintf(file, sizeof(file), "%s/profile.data", mount_point);
	mkdir(mount_point, 0700);
	if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("none", mount_point, "tmpfs", 0, "size=4m,mode=700") != 0) {
		rmdir(mount_point);
		skip();
	}
	for (unsigned kib = 160; kib < 360; kib += 20) {
		char size[32];

		snprintf(size, sizeof(size), "size=%uk", kib);
		assert_int_equal(mount("none", mount_point, "tmpfs", MS_REMOUNT, size), 0);
		fill(file, kib);
	}
	umount(mount_point);
	rmdir(mount_point);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_chunk_is_as_specified),
		cmocka_unit_test(file_of_the_specification_can_be_read),
		cmocka_unit_test(what_was_flushed_can_be_read_while_writing_goes_on),
		cmocka_unit_test(nothing_is_left_without_publish),
		cmocka_unit_test(equal_entries_get_the_id_they_had),
		cmocka_unit_test(stacks_deeper_than_the_limit_end_there),
		cmocka_unit_test(large_runtime_maps_are_cut_at_line_ends),
		cmocka_unit_test(full_disk_still_takes_the_trailer),
	};
	int failed;

	if (!mkdtemp(folder))
		return 1;
	snprintf(path, sizeof(path), "%s/trace", folder);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	rmdir(folder);
	return failed;
}
