#include <sys/stat.h>

#include "base/io.h"
#include "symbolize/elf_image.h"
#include "symbolize/kernel_image.h"
#include "tests/unit/place_trace.h"

/*
 * Kernel code by the names that the trace brings and the DWARF of a vmlinux, or of a module, which
 * are made here: 4 KiB behind _stext stands a function that the trace calls do_work, with another
 * inlined. In the module it has a section of its own, and the trace calls it as the file does.
 */

#define CODE_OFFSET 0x1000
#define CODE_BYTES 64
#define BUILD_ID "\x12\x34\x56\x78"
#define OTHER_BUILD_ID "\x12\x34\x56\x79"
#define VMLINUX "/boot/vmlinux-9.8.7-made"
#define MODULE "/.build-id/12/345677.debug"
#define MODULE_BUILD_ID "\x12\x34\x56\x77"

/* Kernel code of a trace. */
struct subject {
	enum trace_module_kind kind;
	const char *path;
	const char *function;
	uint64_t offset;
};

static const struct subject kernel = { TRACE_MODULE_KERNEL, "[kernel]", "do_work", CODE_OFFSET };
static const struct subject module = { TRACE_MODULE_KERNEL_MODULE, "[made]", "in_source", 0x20 };

static const char source[] =
	"__asm__(\".text\\n.globl _stext\\n_stext: .skip 4096\\n\");\n"
	"volatile int sink;\n"
	"static inline __attribute__((always_inline)) int inlined_step(int x)\n"
	"{\n\treturn (sink += x) ^ sink;\n}\n"
	"int in_source(int x)\n{\n\treturn inlined_step(x) + 1;\n}\n";

static void make_dir(const char *below)
{
	char *path = mem_printf("%s%s", folder, below);

	assert_int_equal(mkdir(path, 0700), 0);
	free(path);
}

/* False: there is no compiler here. */
static bool make_vmlinux(const char *options)
{
	char *command = mem_printf(
		"cd '%s' && cc -g -O2 -ffreestanding -fno-pie -fno-toplevel-reorder -mcmodel=%s "
		"-nostdlib -static -no-pie -Wl,--build-id=0x12345678 -Wl,-e,_stext %s "
		"-o .%s kernel.c 2>cc.err",
		folder, strcmp(options, "") ? "kernel" : "small", options, VMLINUX);
	bool good;

	put_file("kernel.c", source, strlen(source));
	good = system(command) == 0;
	free(command);
	return good;
}

/* Not linked, its DWARF compressed. False: there is no compiler here. */
static bool make_module(void)
{
	char *command =
		mem_printf("cd '%s' && cc -g -O2 -ffreestanding -fno-pie -ffunction-sections "
			   "-c -o kernel.o kernel.c 2>cc.err && "
			   "ld -r --build-id=0x12345677 -o .%s kernel.o 2>cc.err && "
			   "objcopy --compress-debug-sections .%s 2>cc.err",
			   folder, MODULE, MODULE);
	bool good;

	put_file("kernel.c", source, strlen(source));
	good = system(command) == 0;
	free(command);
	return good;
}

static struct place place_in(const struct subject *s, const char *build_id, unsigned at)
{
	return (struct place){ s->kind, s->path, build_id, s->offset + at, NULL, 0 };
}

/* What the kernel says of the function; write_place() says it of the kernel itself. */
static void write_symbol(struct trace_writer *w, const struct subject *s, const char *build_id)
{
	struct place place = place_in(s, build_id, 0);
	char *path;
	struct trace_module m = module_of(&place, TRACE_NONE, &path);
	uint32_t id = trace_writer_module(w, &m);

	if (s->kind == TRACE_MODULE_KERNEL_MODULE)
		trace_writer_kernel_symbol(
			w, &(struct trace_kernel_symbol){ id, s->offset, 0, s->function });
	free(path);
}

/* A place at each byte of the function. */
static char *write_kernel_trace(const struct subject *s, const char *build_id)
{
	char *path = mem_printf("%s/trace", folder);
	struct trace_process process = {
		.tgid = 42, .comm = "app", .executable = "", .cgroup = ""
	};
	struct trace_writer *w;
	uint32_t thread;

	assert_int_equal(trace_writer_open(&w, path, &(struct trace_writer_options){ 0 }, NULL), 0);
	trace_writer_fact(w, TRACE_FACT_KERNEL, "9.8.7-made #1 SMP");
	trace_writer_event(w, &(struct trace_event){ .name = "cpu",
						     .source = "cpu-clock",
						     .kind = TRACE_EVENT_SAMPLE,
						     .unit = TRACE_UNIT_SAMPLES });
	assert_int_equal(trace_writer_publish(w, NULL), 0);
	thread = trace_writer_thread(
		w, &(struct trace_thread){ trace_writer_process(w, &process), 42, "app" });
	write_symbol(w, s, build_id);
	for (unsigned i = 0; i < CODE_BYTES; i++) {
		struct place place = place_in(s, build_id, i);

		write_place(w, &place, TRACE_NONE, thread);
	}
	assert_int_equal(trace_writer_finish(w, TRACE_STOP_DURATION, 2000, NULL), 0);
	trace_writer_close(w);
	return path;
}

static void expect_frame(const struct name_frame *f, enum trace_frame_kind kind, const char *name,
			 uint32_t line)
{
	assert_int_equal(f->kind, kind);
	assert_string_equal(f->function, name);
	assert_non_null(strstr(f->file, "/kernel.c"));
	assert_int_equal(f->line, line);
}

/* How many places have inlined frames; every one must be in the function. */
static size_t count_inlined(const struct subject *s, const char *build_id, const char *note)
{
	struct place place = place_in(s, build_id, 0);
	char *path = write_kernel_trace(s, build_id);
	const char *dirs[] = { folder };
	const struct symbolizer_options options = { .debug_dirs = dirs, .debug_dir_cnt = 1 };
	struct symbolizer_report report = { 0 };
	struct name_table *names = name_it_so(path, &options, &report);
	char *module_path;
	struct trace_module m = module_of(&place, 0, &module_path);
	uint32_t id = name_table_module_find(names, &m, NULL);
	size_t inlined_cnt = 0;

	for (unsigned i = 0; i < CODE_BYTES; i++) {
		enum name_reason reason;
		size_t cnt;
		const struct name_frame *frames =
			name_table_find(names, id, s->offset + i, &cnt, &reason);

		assert_true(cnt > 0);
		assert_string_equal(frames[cnt - 1].function, s->function);
		assert_int_equal(frames[cnt - 1].kind, TRACE_FRAME_KERNEL);
		if (cnt == 1)
			continue;
		expect_frame(&frames[0], TRACE_FRAME_INLINED, "inlined_step", 5);
		expect_frame(&frames[1], TRACE_FRAME_KERNEL, s->function, 9);
		inlined_cnt++;
	}
	if (!strstr(report.v[0].note, note))
		fail_msg("the note is: %s", report.v[0].note);
	symbolizer_report_release(&report);
	name_table_free(names);
	free(module_path);
	free(path);
	return inlined_cnt;
}

/* Linked where kernels are on this architecture, or wherever the linker likes. */
static void need_vmlinux(void)
{
	if (!make_vmlinux("-Wl,-Ttext=0xffffffff81000000") && !make_vmlinux(""))
		skip();
}

static void vmlinux_of_the_recorded_build_adds_inlined_frames_and_lines(void **state)
{
	(void)state;
	need_vmlinux();
	assert_true(count_inlined(&kernel, BUILD_ID, "inlined functions, files and lines from") >
		    0);
}

static void vmlinux_of_another_build_is_never_used(void **state)
{
	(void)state;
	need_vmlinux();
	assert_int_equal(count_inlined(&kernel, OTHER_BUILD_ID, "taken when it was recorded"), 0);
}

static void vmlinux_is_not_used_where_no_build_id_was_recorded(void **state)
{
	(void)state;
	need_vmlinux();
	assert_int_equal(count_inlined(&kernel, "", "taken when it was recorded"), 0);
}

static void broken_dwarf_of_vmlinux_costs_no_name_of_the_kernel(void **state)
{
	char *command = mem_printf("cd '%s' && : >bad && objcopy --update-section .debug_info=bad "
				   "--update-section .debug_abbrev=bad .%s 2>cc.err",
				   folder, VMLINUX);

	(void)state;
	need_vmlinux();
	if (system(command) != 0)
		skip();
	free(command);
	assert_int_equal(count_inlined(&kernel, BUILD_ID, "taken when it was recorded"), 0);
}

static void module_of_the_recorded_build_adds_inlined_frames_and_lines(void **state)
{
	(void)state;
	if (!make_module())
		skip();
	assert_true(count_inlined(&module, MODULE_BUILD_ID,
				  "inlined functions, files and lines from") > 0);
	assert_int_equal(count_inlined(&module, OTHER_BUILD_ID, "taken when it was recorded"), 0);
}

/* Its headers, its relocations, its symbols: what is no good is left out. */
static void damaged_module_is_linked_within_its_bounds(void **state)
{
	char *path = mem_printf("%s%s", folder, MODULE);
	struct io_view file;
	uint64_t at;

	(void)state;
	if (!make_module())
		skip();
	assert_int_equal(io_view_open(&file, path, NULL), 0);
	for (size_t i = 0; i < 4 * file.len; i++) {
		uint8_t *bytes = memcpy(malloc(file.len), file.v, file.len);
		struct elf_image image;

		bytes[i / 4] = (uint8_t)(bytes[i / 4] ^ 0x81u << i % 4);
		if (!elf_image_open(&image, bytes, file.len, NULL)) {
			if (kernel_image_link(&image, file.len))
				(void)kernel_image_find(&image, "in_source", &at);
			elf_image_close(&image);
		}
		free(bytes);
	}
	io_view_close(&file);
	free(path);
}

static int make_tree(void **state)
{
	if (make_folder(state))
		return -1;
	make_dir("/boot");
	make_dir("/.build-id");
	make_dir("/.build-id/12");
	return 0;
}

static int remove_tree(void **state)
{
	static const char *const files[] = { "." VMLINUX, "kernel.c",	  "cc.err",
					     "bad",	  "boot",	  "." MODULE,
					     "kernel.o",  ".build-id/12", ".build-id" };

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char *path = mem_printf("%s/%s", folder, files[i]);

		(void)remove(path);
		free(path);
	}
	return remove_folder(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vmlinux_of_the_recorded_build_adds_inlined_frames_and_lines),
		cmocka_unit_test(vmlinux_of_another_build_is_never_used),
		cmocka_unit_test(vmlinux_is_not_used_where_no_build_id_was_recorded),
		cmocka_unit_test(module_of_the_recorded_build_adds_inlined_frames_and_lines),
		cmocka_unit_test(damaged_module_is_linked_within_its_bounds),
		cmocka_unit_test(broken_dwarf_of_vmlinux_costs_no_name_of_the_kernel),
	};

	return cmocka_run_group_tests(tests, make_tree, remove_tree);
}
