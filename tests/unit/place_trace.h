#ifndef TESTS_UNIT_PLACE_TRACE_H
#define TESTS_UNIT_PLACE_TRACE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/mem.h"
#include "formats/trace_reader.h"
#include "formats/trace_writer.h"
#include "symbolize/symbolizer.h"
#include "tests/unit/made_elf.h"

/*
 * A trace with a place in every kind of module, over a folder that is a file system of
 * its own, and what each place must be called: for tests of naming from end to end.
 */

static char folder[] = "/tmp/test_places.XXXXXX";

/* ---- files ---- */

static const struct made_symbol functions[] = {
	{ "main", 0x201600, 0x40, STT_FUNC, STB_GLOBAL },
	{ "_ZN3app4loopEi", 0x201640, 0x40, STT_FUNC, STB_GLOBAL },
	{ "\x1b[31mred\x1b[0m;x", 0x201680, 0x10, STT_FUNC, STB_GLOBAL },
	{ 0 },
};

/* Code at offset 0x600 has the address 0x201600: as lld lays it out. */
static const struct made_elf app = { .offset = 0x600,
				     .address = 0x201600,
				     .size = 0x100,
				     .symbols = functions,
				     .build_id = "app-build" };

static inline void put_file(const char *name, const void *bytes, size_t len)
{
	char *path = mem_printf("%s/%s", folder, name);
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, len, file), len);
	fclose(file);
	free(path);
}

static inline void put_files(void)
{
	struct made_elf other = app;
	struct buf bytes = { 0 };

	made_elf_put(&bytes, &app);
	put_file("app", bytes.v, bytes.len);
	buf_clear(&bytes);
	other.build_id = "other-build";
	made_elf_put(&bytes, &other);
	put_file("other", bytes.v, bytes.len);
	buf_clear(&bytes);
	other.symbols = NULL;
	other.build_id = "bare";
	made_elf_put(&bytes, &other);
	put_file("bare", bytes.v, bytes.len);
	buf_release(&bytes);
}

/* ---- the trace ---- */

struct place {
	enum trace_module_kind kind;
	const char *file; /* below the folder, unless it starts with '[' */
	const char *build_id;
	uint64_t offset;
	const char *name; /* NULL: none, for this reason */
	enum name_reason reason;
};

static const struct place places[] = {
	{ TRACE_MODULE_FILE, "app", "app-build", 0x600, "main", 0 },
	{ TRACE_MODULE_FILE, "app", "app-build", 0x63f, "main", 0 },
	{ TRACE_MODULE_FILE, "app", "app-build", 0x650, "app::loop", 0 },
	{ TRACE_MODULE_FILE, "app", "app-build", 0x680, "\x1b[31mred\x1b[0m;x", 0 },
	{ TRACE_MODULE_FILE, "app", "app-build", 0x6a0, NULL, NAME_REASON_NO_MATCH },
	{ TRACE_MODULE_FILE, "app", "app-build", 0x123456, NULL, NAME_REASON_NO_MATCH },
	{ TRACE_MODULE_FILE, "other", "recorded", 0x600, NULL, NAME_REASON_OTHER_BUILD },
	{ TRACE_MODULE_FILE, "missing", "recorded2", 0x600, NULL, NAME_REASON_NO_FILE },
	{ TRACE_MODULE_FILE, "bare", "bare", 0x600, NULL, NAME_REASON_NO_SYMBOLS },
	{ TRACE_MODULE_KERNEL, "[kernel]", "", 0x1010, "do_work", 0 },
	{ TRACE_MODULE_KERNEL, "[kernel]", "", 0x900, NULL, NAME_REASON_NO_MATCH },
	{ TRACE_MODULE_KERNEL_MODULE, "[ext4]", "", 0x20, NULL, NAME_REASON_HIDDEN },
	{ TRACE_MODULE_JIT, "[jit]", "", 0x7f0000001010, "sum /app/index.js:3", 0 },
	{ TRACE_MODULE_JIT, "[jit]", "", 0x7f0000005000, NULL, NAME_REASON_NO_MATCH },
	{ TRACE_MODULE_UNMAPPED, "[unmapped]", "", 0x10, NULL, NAME_REASON_NOT_MAPPED },
	{ TRACE_MODULE_VDSO, "[vdso]", "strange", 0x600, NULL, NAME_REASON_OTHER_BUILD },
};
#define PLACE_CNT (sizeof(places) / sizeof(places[0]))

static inline struct trace_module module_of(const struct place *p, uint32_t process,
					    char **out_path)
{
	struct trace_module m = { .kind = p->kind, .process = TRACE_NONE };

	*out_path = p->file[0] == '[' ? mem_dup(p->file, strlen(p->file))
				      : mem_printf("%s/%s", folder, p->file);
	m.path = *out_path;
	m.build_id_len = (uint8_t)strlen(p->build_id);
	memcpy(m.build_id, p->build_id, m.build_id_len);
	if (p->kind == TRACE_MODULE_JIT || p->kind == TRACE_MODULE_UNMAPPED)
		m.process = process;
	return m;
}

static inline void write_place(struct trace_writer *w, const struct place *p, uint32_t process,
			       uint32_t thread)
{
	struct trace_frame frame = {
		.kind = TRACE_FRAME_USER, .offset = p->offset, .name = "", .file = ""
	};
	char *path;
	struct trace_module module = module_of(p, process, &path);
	struct trace_sample sample = { .time_ns = 1000, .weight = 1, .thread = thread };

	frame.module = trace_writer_module(w, &module);
	if (p->kind == TRACE_MODULE_KERNEL)
		trace_writer_kernel_symbol(
			w, &(struct trace_kernel_symbol){ frame.module, 0x1000, 0, "do_work" });
	if (p->kind == TRACE_MODULE_JIT) {
		static const char map[] = "7f0000001000 40 sum /app/index.js:3\n";

		trace_writer_jit_map(w, &(struct trace_jit_map){ frame.module, map, strlen(map) });
	}
	sample.stack = trace_writer_node(w, TRACE_NONE, trace_writer_frame(w, &frame));
	trace_writer_sample(w, &sample);
	free(path);
}

/* All places, in two groups, so that ids start again in between. */
static inline char *write_trace(const struct place *list, size_t cnt)
{
	char *path = mem_printf("%s/trace", folder);
	struct trace_writer_options options = { .group_bytes = 1 };
	struct trace_writer *w;

	assert_int_equal(trace_writer_open(&w, path, &options, NULL), 0);
	trace_writer_event(w, &(struct trace_event){ .name = "cpu",
						     .source = "cpu-clock",
						     .kind = TRACE_EVENT_SAMPLE,
						     .unit = TRACE_UNIT_SAMPLES });
	assert_int_equal(trace_writer_publish(w, NULL), 0);
	for (int group = 0; group < 2; group++) {
		struct trace_process process = {
			.tgid = 42, .comm = "app", .executable = "", .cgroup = ""
		};
		uint32_t p = trace_writer_process(w, &process);
		uint32_t t = trace_writer_thread(w, &(struct trace_thread){ p, 42, "app" });

		for (size_t i = 0; i < cnt; i++)
			write_place(w, &list[group ? cnt - 1 - i : i], p, t);
		assert_int_equal(trace_writer_flush(w, NULL), 0);
	}
	assert_int_equal(trace_writer_finish(w, TRACE_STOP_DURATION, 2000, NULL), 0);
	trace_writer_close(w);
	return path;
}

static inline void expect_name(const struct name_table *names, const struct place *p)
{
	static const struct trace_process owner = { .tgid = 42 };
	char *path;
	struct trace_module module = module_of(p, 0, &path);
	uint32_t id = name_table_module_find(names, &module, module.process == 0 ? &owner : NULL);
	const struct name_frame *frames;
	enum name_reason reason;
	size_t cnt;

	assert_int_not_equal(id, TRACE_NONE);
	frames = name_table_find(names, id, p->offset, &cnt, &reason);
	if (p->name) {
		assert_int_equal(cnt, 1);
		assert_string_equal(frames[0].function, p->name);
	} else {
		assert_null(frames);
		assert_int_equal(reason, p->reason);
	}
	free(path);
}

static inline struct name_table *name_it_so(const char *path,
					    const struct symbolizer_options *options,
					    struct symbolizer_report *report)
{
	struct name_table *names;
	struct trace_reader *r;
	struct err err = { 0 };

	assert_int_equal(trace_reader_open(&r, path, &err), 0);
	if (symbolizer_run(r, options, &names, report, &err))
		fail_msg("%s", err.text);
	trace_reader_close(r);
	return names;
}

static inline struct name_table *name_it(const char *path, struct symbolizer_report *report)
{
	return name_it_so(path, &(struct symbolizer_options){ 0 }, report);
}

static inline int make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	put_files();
	return 0;
}

static inline int remove_folder(void **state)
{
	static const char *const files[] = { "app",   "other", "bare",	"split", "split.debug",
					     "trace", "once",  "twice", "again" };

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char *path = mem_printf("%s/%s", folder, files[i]);

		unlink(path);
		free(path);
	}
	return rmdir(folder);
}

#endif
