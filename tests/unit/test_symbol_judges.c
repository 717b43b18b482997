#include <unistd.h>

#include "base/io.h"
#include "symbolize/elf_image.h"
#include "symbolize/elf_symbols.h"
#include "tests/unit/symbol_judge.h"

/*
 * Our names against those of others: nm, addr2line, objdump and readelf are asked about
 * the same files, generated ones and libraries of this machine. Where a tool or file is
 * missing, the test is skipped. Several names of one place are all right answers.
 */

#define ADDRESSES 10000

static char folder[] = "/tmp/test_symbol_judges.XXXXXX";

/* ---- ours ---- */

struct ours {
	struct io_view file;
	struct io_view debug;
	struct elf_image image;
	struct elf_image debug_image;
	struct elf_symbols symbols;
	char name[65536];
};

static void read_ours(struct ours *o, const char *path, const char *debug)
{
	memset(o, 0, sizeof(*o));
	assert_int_equal(io_view_open(&o->file, path, NULL), 0);
	assert_int_equal(elf_image_open(&o->image, o->file.v, o->file.len, NULL), 0);
	if (debug) {
		assert_int_equal(io_view_open(&o->debug, debug, NULL), 0);
		assert_int_equal(elf_image_open(&o->debug_image, o->debug.v, o->debug.len, NULL),
				 0);
		elf_symbols_add(&o->symbols, &o->debug_image);
	}
	elf_symbols_add(&o->symbols, &o->image);
	elf_symbols_finish(&o->symbols);
}

static void release_ours(struct ours *o)
{
	elf_symbols_release(&o->symbols);
	elf_image_close(&o->image);
	io_view_close(&o->file);
	if (o->debug.v) {
		elf_image_close(&o->debug_image);
		io_view_close(&o->debug);
	}
}

static const char *our_name(struct ours *o, uint64_t offset)
{
	const struct elf_symbol *symbol;
	const char *name;
	uint64_t address;
	size_t len;

	assert_true(elf_image_address(&o->image, offset, &address));
	symbol = elf_symbols_find(&o->symbols, address);
	if (!symbol)
		return "";
	name = elf_symbols_name(&o->symbols, symbol, &len);
	memcpy(o->name, name, len);
	strcpy(o->name + len, elf_symbol_is_plt(symbol) ? "@plt" : "");
	return o->name;
}

/* The debug file alone knows where the bytes lay that it has no more. */
static void expect_same_address(const struct ours *o, uint64_t offset)
{
	uint64_t address;
	uint64_t without;

	if (!o->debug.v)
		return;
	assert_true(elf_image_address(&o->image, offset, &address));
	assert_true(elf_image_address(&o->debug_image, offset, &without));
	assert_int_equal(address, without);
}

/* ---- the comparison ---- */

static void compare_with_nm(const char *path, const char *debug)
{
	static struct ours o;
	struct judged j = { 0 };
	uint64_t random = 88172645463325252ull;
	unsigned wrong = 0;

	ask_nm(&j, debug ? debug : path, debug ? "" : "-D");
	if (!j.symbols.cnt)
		ask_nm(&j, path, "");
	ask_readelf(&j, path);
	assert_true(j.symbols.cnt > 0);
	read_ours(&o, path, debug);
	for (unsigned i = 0; i < ADDRESSES; i++) {
		const struct judged_symbol *symbol;
		uint64_t address;

		random = random * 6364136223846793005ull + 1442695040888963407ull;
		symbol = &j.symbols.v[(random >> 20) % j.symbols.cnt];
		address = symbol->address + (random >> 40) % symbol->size;
		expect_same_address(&o, offset_of(&j, address));
		if (is_right(&j, address, our_name(&o, offset_of(&j, address))))
			continue;
		if (!wrong++)
			print_error("%s: %#llx in %s is called %s\n", path,
				    (unsigned long long)address, symbol->name,
				    our_name(&o, offset_of(&j, address)));
	}
	assert_int_equal(wrong, 0);
	release_ours(&o);
	release_judged(&j);
}

static void compare_with_addr2line(const char *path)
{
	static struct ours o;
	struct judged j = { 0 };
	char *list = mem_printf("%s/addresses", folder);
	FILE *file = fopen(list, "w");
	char line[65536];

	ask_nm(&j, path, "");
	ask_readelf(&j, path);
	read_ours(&o, path, NULL);
	assert_non_null(file);
	for (size_t i = 0; i < j.symbols.cnt; i++)
		fprintf(file, "%llx\n",
			(unsigned long long)(j.symbols.v[i].address + j.symbols.v[i].size / 2));
	fclose(file);
	file = ask("addr2line -f -e '%s' < '%s'", path, list);
	for (size_t i = 0; i < j.symbols.cnt; i++) {
		uint64_t address = j.symbols.v[i].address + j.symbols.v[i].size / 2;
		const char *name = our_name(&o, offset_of(&j, address));

		assert_non_null(fgets(line, sizeof(line), file));
		line[strcspn(line, "\n")] = '\0';
		/* Another name of the same place is as good. */
		if (!is_right(&j, address, line) || !is_right(&j, address, name))
			assert_string_equal(name, line);
		assert_non_null(fgets(line, sizeof(line), file));
	}
	pclose(file);
	free(list);
	release_ours(&o);
	release_judged(&j);
}

/* Each "ADDRESS <NAME@plt>:" of the disassembly. */
static unsigned compare_with_objdump(const char *path)
{
	static struct ours o;
	struct judged j = { 0 };
	FILE *file = ask("objdump -d -j .plt -j .plt.sec -j .plt.got '%s' 2>/dev/null", path);
	unsigned long long address;
	char line[4096];
	char name[4000];
	unsigned cnt = 0;

	ask_readelf(&j, path);
	read_ours(&o, path, NULL);
	while (fgets(line, sizeof(line), file)) {
		/* "<first@plt-0x10>" is what stands before the first entry. */
		if (sscanf(line, "%llx <%3999[^>]>:", &address, name) != 2 || strlen(name) < 5 ||
		    strcmp(name + strlen(name) - 4, "@plt") || strstr(name, "*ABS*"))
			continue;
		name[strcspn(name, "@")] = '\0';
		strcat(name, "@plt");
		assert_string_equal(our_name(&o, offset_of(&j, address)), name);
		cnt++;
	}
	pclose(file);
	release_ours(&o);
	release_judged(&j);
	return cnt;
}

/* ---- generated files ---- */

/* 10^4 functions of many sizes, in two sections, some local, some with a weak alias. */
static void write_functions(FILE *file)
{
	for (unsigned i = 0; i < ADDRESSES; i++) {
		unsigned size = 1 + i * 7 % 61;

		fprintf(file, ".section .text%s,\"ax\"\n", i % 3 ? "" : ".other");
		fprintf(file, "%s f%u\n", i % 5 ? ".globl" : ".local", i);
		fprintf(file, ".type f%u,%%function\n.size f%u,%u\nf%u:\n", i, i, size, i);
		if (i % 7 == 0)
			fprintf(file,
				".weak __f%u\n.set __f%u,f%u\n.type __f%u,%%function\n.size "
				"__f%u,%u\n",
				i, i, i, i, i, size);
		fprintf(file, ".skip %u\n", size + i % 4);
	}
	fprintf(file, ".globl _start\n.type _start,%%function\n_start: .skip 4\n.size _start,4\n");
}

/* `machine` is "" or "-m32". */
static bool assemble(const char *machine)
{
	char *source = mem_printf("%s/functions.s", folder);
	FILE *file = fopen(source, "w");

	assert_non_null(file);
	write_functions(file);
	fclose(file);
	free(source);
	return !pclose(ask("cd '%s' && cc %s -c -o functions%s.o functions.s 2>/dev/null", folder,
			   machine, machine));
}

/* The path of a program linked so; NULL: that cannot be done here. */
static char *generate(const char *options)
{
	char *program = mem_printf("%s/functions", folder);
	const char *machine = strstr(options, "-m32") ? "-m32" : "";
	char *object = mem_printf("%s%s.o", program, machine);
	bool good = !access(object, R_OK) || assemble(machine);

	if (good)
		good = !pclose(
			ask("cc -nostdlib %s -o '%s' '%s' 2>/dev/null", options, program, object));
	free(object);
	if (good)
		return program;
	free(program);
	return NULL;
}

/* addr2line needs half a second for 10^4 addresses. */
static void compare_generated(const char *options, bool ask_addr2line)
{
	char *path;

	if (!can("cc --version") || !can("nm --version") || !can("readelf --version"))
		skip();
	path = generate(options);
	if (!path)
		skip();
	compare_with_nm(path, NULL);
	if (ask_addr2line && can("addr2line --version"))
		compare_with_addr2line(path);
	free(path);
}

static void generated_program_agrees_with_nm_and_addr2line(void **state)
{
	(void)state;
	compare_generated("-static", true);
	compare_generated("-shared", false);
}

static void program_whose_segments_share_pages_agrees(void **state)
{
	(void)state;
	compare_generated("-static -Wl,-z,noseparate-code", false);
	compare_generated("-shared -Wl,-z,max-page-size=0x10000", false);
}

static void program_linked_by_lld_agrees(void **state)
{
	(void)state;
	if (!can("ld.lld --version"))
		skip();
	compare_generated("-static -fuse-ld=lld", false);
	compare_generated("-shared -fuse-ld=lld", true);
	compare_generated("-shared -fuse-ld=lld -Wl,-z,separate-code", false);
}

static void program_of_32_bits_agrees(void **state)
{
	(void)state;
	compare_generated("-m32 -static", false);
}

/* ---- files of this machine ---- */

static const char *existing(const char *const *paths)
{
	for (; *paths; paths++)
		if (!access(*paths, R_OK))
			return *paths;
	return NULL;
}

static void compare_library(const char *const *paths)
{
	const char *path = existing(paths);

	if (!path || !can("nm --version") || !can("readelf --version"))
		skip();
	compare_with_nm(path, NULL);
}

static void libraries_agree_with_nm(void **state)
{
	static const char *const libc[] = { "/lib/x86_64-linux-gnu/libc.so.6",
					    "/lib/aarch64-linux-gnu/libc.so.6", "/lib64/libc.so.6",
					    NULL };
	(void)state;
	compare_library(libc);
}

static void this_program_agrees_with_nm_and_its_plt_with_objdump(void **state)
{
	char path[4096] = { 0 };

	(void)state;
	if (!can("nm --version") || !can("objdump --version"))
		skip();
	assert_true(readlink("/proc/self/exe", path, sizeof(path) - 1) > 0);
	compare_with_nm(path, NULL);
	assert_true(compare_with_objdump(path) > 0);
	assert_true(compare_with_objdump("/bin/sh") > 0);
}

static void compare_split(const char *options)
{
	char *path = generate(options);
	char *debug = mem_printf("%s/debug", folder);

	if (!path)
		skip();
	assert_int_equal(pclose(ask("objcopy --only-keep-debug '%s' '%s'", path, debug)), 0);
	assert_int_equal(pclose(ask("strip '%s'", path)), 0);
	compare_with_nm(path, debug);
	free(path);
	free(debug);
}

static void split_debug_file_gives_the_same_names_and_addresses(void **state)
{
	(void)state;
	if (!can("objcopy --version"))
		skip();
	compare_split("-shared");
	compare_split("-static");
	compare_split("-shared -Wl,-z,noseparate-code");
	if (can("ld.lld --version"))
		compare_split("-shared -fuse-ld=lld");
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	return pclose(ask("rm -r '%s'", folder));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(generated_program_agrees_with_nm_and_addr2line),
		cmocka_unit_test(program_whose_segments_share_pages_agrees),
		cmocka_unit_test(program_linked_by_lld_agrees),
		cmocka_unit_test(program_of_32_bits_agrees),
		cmocka_unit_test(libraries_agree_with_nm),
		cmocka_unit_test(this_program_agrees_with_nm_and_its_plt_with_objdump),
		cmocka_unit_test(split_debug_file_gives_the_same_names_and_addresses),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
