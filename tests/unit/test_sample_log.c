#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "collector/jit_names.h"
#include "collector/sample_log.h"
#include "formats/trace_reader.h"

#define PID 900001 /* beyond pid_max of most machines, so /proc knows nothing of it */
#define FRAME_MAX 16
#define PROGRAM 0x1000
#define NOWHERE 0x9000
#define KERNEL_PLACE 0xffffffffc1230000u

struct logs {
	char path[64];
	struct trace_writer *writer;
	struct module_log *modules;
	struct task_log *tasks;
	struct kernel_log *kernel;
	struct stack_table *stacks;
	struct stack_resolver resolver;
	struct task_ids ids;
	struct copy_log copies;
	struct sample_log *samples;
	uint64_t time_ns;
};

static void apply(struct logs *l, const struct perf_record *r)
{
	task_log_apply(l->tasks, r);
	if (kernel_log_apply(l->kernel, r))
		sample_log_forget(l->samples);
}

static void exec(struct logs *l)
{
	struct perf_record r = { .type = PERF_RECORD_COMM, .pid = PID, .tid = PID };

	r.comm.name = "prog";
	r.comm.exec = true;
	apply(l, &r);
}

static void map(struct logs *l)
{
	struct perf_record r = { .type = PERF_RECORD_MMAP2, .pid = PID, .tid = PID };

	r.map.start = PROGRAM;
	r.map.len = 0x1000;
	r.map.inode = 7;
	r.map.path = "/bin/prog";
	apply(l, &r);
}

static struct logs *logs_new(void)
{
	const struct logs fresh = { .path = "/tmp/test_sample_log.XXXXXX", .time_ns = 1000000 };
	struct logs *l = calloc(1, sizeof(*l));
	struct trace_writer_options options = { 0 };
	int fd;

	*l = fresh;
	fd = mkstemp(l->path);

	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(trace_writer_open(&l->writer, l->path, &options, NULL), 0);
	trace_writer_event(l->writer, &(struct trace_event){ .name = "cpu",
							     .source = "cpu-clock",
							     .kind = TRACE_EVENT_SAMPLE,
							     .unit = TRACE_UNIT_SAMPLES });
	l->modules = module_log_new();
	l->tasks = task_log_new(l->modules);
	l->kernel = kernel_log_new(NULL);
	l->stacks = stack_table_new();
	l->resolver = (struct stack_resolver){
		.tasks = l->tasks,
		.modules = l->modules,
		.kernel = l->kernel,
		.stacks = l->stacks,
		.frame_max = FRAME_MAX,
		.jit = jit_log_new(l->modules),
	};
	l->ids = (struct task_ids){ l->writer, l->tasks };
	l->copies.to = (struct resolved_target){ l->writer, l->modules, l->kernel };
	l->samples =
		sample_log_new(&(struct sample_log_parts){ &l->resolver, &l->ids, &l->copies });
	exec(l);
	map(l);
	return l;
}

static void add(struct logs *l, uint32_t user, uint32_t kernel)
{
	sample_log_add(l->samples, &(struct sample_log_sample){
					   .time_ns = l->time_ns += 1000000,
					   .weight = 1,
					   .tgid = PID,
					   .tid = PID,
					   .user_stack = user,
					   .kernel_stack = kernel,
				   });
}

static uint32_t stack_of(struct logs *l, uint64_t leaf, uint32_t cnt)
{
	uint64_t frames[FRAME_MAX];

	for (uint32_t i = 0; i < cnt; i++)
		frames[i] = leaf + i;
	return stack_table_add(l->stacks, frames, cnt, UNWIND_END_NONE);
}

/* "root;...;leaf" in one letter a frame: k and the module's path, u, l (lost), ? (unmapped),
 * c (copy) and its id. */
static void put_stack(const struct trace_reader *r, uint32_t leaf, struct buf *out)
{
	const struct trace_node *node;
	const struct trace_frame *frame;

	if (leaf == TRACE_NONE)
		return;
	node = trace_reader_node(r, leaf);
	frame = trace_reader_frame(r, node->frame);
	put_stack(r, node->parent, out);
	if (frame->kind == TRACE_FRAME_LOST && frame->reason > TRACE_REASON_TOO_DEEP)
		buf_printf(out, "l%d", frame->reason);
	else if (frame->kind == TRACE_FRAME_LOST)
		buf_puts(out, "l");
	else if (frame->kind == TRACE_FRAME_KERNEL)
		buf_printf(out, "k(%s)", trace_reader_module(r, frame->module)->path);
	else if (trace_reader_module(r, frame->module)->kind == TRACE_MODULE_UNMAPPED)
		buf_puts(out, "?");
	else if (trace_reader_module(r, frame->module)->kind == TRACE_MODULE_COPY)
		buf_printf(out, "c%u", (unsigned)frame->offset);
	else
		buf_puts(out, "u");
}

/* The names of a map's lines that are more than one byte long, with a blank behind each. */
static void put_names(const struct trace_jit_map *map, struct buf *out)
{
	const char *at = map->text, *end = map->text + map->len;

	while (at < end) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		char name[64];
		unsigned start, size;

		assert_non_null(stop);
		assert_int_equal(sscanf(at, "%x %x %63s", &start, &size, name), 3);
		if (size > 1)
			buf_printf(out, "%s ", name);
		at = stop + 1;
	}
}

/* Ends the recording; the stacks of its samples, and the names of code, with a blank behind
 * each. */
static void expect_with_names(struct logs *l, const char *stacks, const char *names)
{
	struct trace_reader *reader;
	struct trace_record record;
	struct buf text = { 0 }, named = { 0 };

	assert_int_equal(trace_writer_publish(l->writer, NULL), 0);
	assert_int_equal(trace_writer_finish(l->writer, TRACE_STOP_DURATION, l->time_ns, NULL), 0);
	trace_writer_close(l->writer);
	assert_int_equal(trace_reader_open(&reader, l->path, NULL), 0);
	while (trace_reader_next(reader, &record, NULL) == 1)
		if (record.kind == TRACE_RECORD_SAMPLE) {
			put_stack(reader, record.sample.stack, &text);
			buf_puts(&text, " ");
		} else if (record.kind == TRACE_RECORD_JIT_MAP) {
			put_names(&record.jit_map, &named);
		}
	assert_string_equal(buf_text(&text), stacks);
	assert_string_equal(buf_text(&named), names);
	buf_release(&text);
	buf_release(&named);
	trace_reader_close(reader);
	unlink(l->path);
	sample_log_free(l->samples);
	copy_log_release(&l->copies);
	jit_log_free(l->resolver.jit);
	stack_table_free(l->stacks);
	kernel_log_free(l->kernel);
	task_log_free(l->tasks);
	module_log_free(l->modules);
	free(l);
}

static void expect(struct logs *l, const char *stacks)
{
	expect_with_names(l, stacks, "");
}

static void a_stack_of_as_many_frames_as_the_kernel_takes_may_be_cut(void **state)
{
	struct logs *l = logs_new();

	(void)state;
	add(l, stack_of(l, PROGRAM + 8, 3), STACK_ABSENT);
	add(l, stack_of(l, PROGRAM + 8, FRAME_MAX - 1), STACK_ABSENT);
	add(l, stack_of(l, PROGRAM + 8, FRAME_MAX), STACK_ABSENT);
	expect(l, "uuu uuuuuuuuuuuuuuu luuuuuuuuuuuuuuuu ");
}

static void the_old_program_is_nowhere_until_the_new_one_runs(void **state)
{
	struct logs *l = logs_new();
	uint32_t old = stack_of(l, NOWHERE, 1), new = stack_of(l, PROGRAM + 8, 2);
	uint32_t kernel = stack_lost(TRACE_REASON_BUSY);

	(void)state;
	add(l, old, kernel);
	add(l, new, kernel);
	add(l, old, kernel);
	exec(l);
	add(l, old, kernel);
	add(l, old, STACK_ABSENT);
	add(l, old, kernel);
	expect(l, "l uul ?l l ? ?l ");
}

/* A walk of ours, whose callers stand as return address - 1. */
static uint32_t walked(struct logs *l, uint64_t leaf, uint64_t caller, uint32_t end)
{
	return stack_table_add(l->stacks, (const uint64_t[]){ leaf, caller }, 2, end);
}

static void why_a_walk_ended_stands_at_the_root(void **state)
{
	struct logs *l = logs_new();

	(void)state;
	add(l, walked(l, PROGRAM, PROGRAM, UNWIND_END_WHOLE), STACK_ABSENT);
	add(l, walked(l, PROGRAM, PROGRAM, UNWIND_END_FAULT), STACK_ABSENT);
	add(l, walked(l, PROGRAM, PROGRAM, UNWIND_END_TOO_DEEP), STACK_ABSENT);
	add(l, walked(l, PROGRAM, PROGRAM, UNWIND_END_NO_FRAME_POINTER), STACK_ABSENT);
	add(l, walked(l, PROGRAM, PROGRAM, UNWIND_END_NO_TABLE), STACK_ABSENT);
	add(l, walked(l, PROGRAM, NOWHERE, UNWIND_END_NO_MAPPING), STACK_ABSENT);
	add(l, walked(l, PROGRAM, PROGRAM, UNWIND_END_UNSUPPORTED), STACK_ABSENT);
	add(l, walked(l, PROGRAM, PROGRAM, UNWIND_END_STUCK), STACK_ABSENT);
	add(l, walked(l, PROGRAM, PROGRAM, UNWIND_END_COPY_CUT), STACK_ABSENT);
	expect(l, "uu luu luu l8uu l9uu l10?u l11uu l12uu l13uu ");
}

/* The first byte of a mapping is code of it, and the one before is not. */
static void only_callers_that_the_kernel_found_are_return_addresses(void **state)
{
	struct logs *l = logs_new();
	uint32_t kernels = stack_table_add(
		l->stacks, (const uint64_t[]){ PROGRAM, PROGRAM + 0x1000 }, 2, UNWIND_END_NONE);

	(void)state;
	add(l, walked(l, PROGRAM, PROGRAM, UNWIND_END_WHOLE), STACK_ABSENT);
	add(l, kernels, STACK_ABSENT);
	expect(l, "uu uu ");
}

static void a_copy_stands_for_all_user_frames(void **state)
{
	struct logs *l = logs_new();
	struct abi_copy copy = { .record = ABI_RECORD_COPY, .regs = { [UNWIND_RIP] = PROGRAM } };
	struct sample_log_sample sample = {
		.time_ns = l->time_ns,
		.weight = 1,
		.tgid = PID,
		.tid = PID,
		.user_stack = walked(l, PROGRAM, PROGRAM, UNWIND_END_UNSUPPORTED),
		.kernel_stack = STACK_ABSENT,
		.copy = &copy,
		.copy_why = TRACE_REASON_UNSUPPORTED,
	};

	(void)state;
	sample_log_add(l->samples, &sample);
	sample_log_add(l->samples, &sample);
	copy.regs[UNWIND_RIP] = NOWHERE;
	sample.kernel_stack = stack_lost(TRACE_REASON_BUSY);
	sample_log_add(l->samples, &sample);
	exec(l);
	sample_log_add(l->samples, &sample);
	expect(l, "c1 c2 c3l l ");
}

#define RUNTIME 0x20000 /* its code, in two pieces that other code lies between */

static void map_code(struct logs *l, uint32_t pid, uint64_t start, const char *path)
{
	struct perf_record r = { .type = PERF_RECORD_MMAP2, .pid = pid, .tid = pid };

	r.map.start = start;
	r.map.len = 0x1000;
	r.map.inode = *path == '/' && path[1] != '/' ? 7 : 0;
	r.map.path = path;
	apply(l, &r);
}

/* This very process is the runtime, so that its map can be read. */
static void map_runtime(struct logs *l)
{
	struct perf_record r = { .type = PERF_RECORD_COMM };

	r.pid = r.tid = (uint32_t)getpid();
	r.comm.name = "runtime";
	r.comm.exec = true;
	apply(l, &r);
	map_code(l, r.pid, RUNTIME, "//anon");
	map_code(l, r.pid, RUNTIME + 0x1000, "/bin/prog");
	map_code(l, r.pid, RUNTIME + 0x2000, "//anon");
}

static void put_map(const char *path, const char *lines)
{
	FILE *f;

	unlink(path);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(lines, f);
	fclose(f);
}

static void add_runtime_copy(struct logs *l)
{
	const uint64_t words[] = { 0, RUNTIME + 0x101, RUNTIME + 0x1101, RUNTIME + 0x2100, ~0ull };
	struct abi_copy *copy = calloc(1, sizeof(*copy) + sizeof(words) + 4);
	struct sample_log_sample sample = {
		.time_ns = l->time_ns,
		.weight = 1,
		.tgid = (uint32_t)getpid(),
		.tid = (uint32_t)getpid(),
		.kernel_stack = STACK_ABSENT,
		.copy = copy,
	};

	copy->regs[UNWIND_RIP] = RUNTIME + 8;
	copy->regs[UNWIND_RSP] = 0x7004; /* words lie at multiples of 8 all the same */
	copy->len = sizeof(words) + 4;
	memcpy(copy->bytes + 4, words, sizeof(words));
	sample_log_add(l->samples, &sample);
	free(copy);
}

static void code_that_a_copy_may_lead_through_is_named(void **state)
{
	struct logs *l = logs_new();
	char path[64];

	(void)state;
	snprintf(path, sizeof(path), "/tmp/perf-%d.map", (int)getpid());
	put_map(path, "20000 10 leaf\n20100 10 caller\n20200 10 idle\n21100 10 between\n"
		      "220fe 2 root\n22100 10 behind\n");
	map_runtime(l);
	add_runtime_copy(l);
	jit_names_write(&l->resolver, &l->ids, 0);
	unlink(path);
	expect_with_names(l, "c1 ", "leaf caller root ");
}

static void load_program(struct logs *l, const char *name)
{
	struct perf_record r = { .type = PERF_RECORD_KSYMBOL };

	r.symbol.start = KERNEL_PLACE;
	r.symbol.len = 0x100;
	r.symbol.is_bpf = true;
	r.symbol.name = name;
	apply(l, &r);
}

static void a_program_in_the_place_of_another_has_its_own_name(void **state)
{
	struct logs *l = logs_new();
	bool hidden = kernel_log_hidden(l->kernel);
	uint32_t kernel = stack_of(l, KERNEL_PLACE + 8, 1);

	(void)state;
	load_program(l, "bpf_prog_1_old");
	add(l, STACK_ABSENT, kernel);
	add(l, STACK_ABSENT, kernel);
	load_program(l, "bpf_prog_2_new");
	add(l, STACK_ABSENT, kernel);
	expect(l, hidden ? "k([kernel]) k([kernel]) k([kernel]) "
			 : "k(bpf_prog_1_old) k(bpf_prog_1_old) k(bpf_prog_2_new) ");
	if (hidden)
		skip();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stack_of_as_many_frames_as_the_kernel_takes_may_be_cut),
		cmocka_unit_test(the_old_program_is_nowhere_until_the_new_one_runs),
		cmocka_unit_test(why_a_walk_ended_stands_at_the_root),
		cmocka_unit_test(only_callers_that_the_kernel_found_are_return_addresses),
		cmocka_unit_test(a_copy_stands_for_all_user_frames),
		cmocka_unit_test(code_that_a_copy_may_lead_through_is_named),
		cmocka_unit_test(a_program_in_the_place_of_another_has_its_own_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
