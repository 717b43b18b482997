#include "tests/unit/dwarf_judge.h"
#include "tests/unit/inlined_program.h"

/*
 * Functions, inlined callers, files and lines against llvm-symbolizer and addr2line: of a
 * generated program as several compilers and tools make it, and of what this machine has
 * with debug files. FULL=1: each has 10^4 functions and is asked for 10^4 addresses, which
 * takes minutes; otherwise the first is large, made with less care, and the others small.
 */

#define ADDRESSES 10000
#define SOURCES 3400 /* of functions: with what they bring along, 10^4 */
#define FEWER 60
#define FEWER_ADDRESSES 1000
#define SHOWN 5

static char folder[] = "/tmp/test_dwarf_judges.XXXXXX";

/* ---- addresses ---- */

/* Random ones in functions, ascending and each once, as a trace has them. */
static int by_address(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left;
	uint64_t b = *(const uint64_t *)right;

	return a < b ? -1 : a > b;
}

static void draw_addresses(uint64_t *out, const struct judged *j, unsigned cnt)
{
	uint64_t random = 88172645463325252ull;

	for (unsigned i = 0; i < cnt; i++) {
		const struct judged_symbol *symbol;

		random = random * 6364136223846793005ull + 1442695040888963407ull;
		symbol = &j->symbols.v[(random >> 20) % j->symbols.cnt];
		out[i] = symbol->address + (random >> 40) % symbol->size;
	}
	qsort(out, cnt, sizeof(*out), by_address);
}

static void write_addresses(const char *path, const uint64_t *addresses, unsigned cnt,
			    const char *end)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	for (unsigned i = 0; i < cnt; i++)
		fprintf(file, "%#llx\n%s", (unsigned long long)addresses[i], end);
	fclose(file);
}

/* ---- one judge ---- */

struct trial {
	const char *path;  /* the file */
	const char *debug; /* its debug file, or NULL */
	const char *alt;
	unsigned cnt; /* of addresses */
	struct judged judged;
	uint64_t *addresses;
	struct our_names ours;
};

static struct judgement compare_with(struct trial *t, bool is_llvm)
{
	char *list = mem_printf("%s/addresses", folder);
	const char *path = t->debug ? t->debug : t->path;
	struct judgement judgement = { 0 };
	unsigned shown = 0;
	FILE *answer;

	write_addresses(list, t->addresses, t->cnt, is_llvm ? "" : "0xfffffffffffffffe\n");
	answer =
		is_llvm ? ask("llvm-symbolizer --no-demangle --inlines --functions=linkage -e '%s' "
			      "< '%s' 2>/dev/null",
			      path, list)
			: ask("addr2line -a -f -i -e '%s' < '%s' 2>/dev/null", path, list);
	for (unsigned i = 0; i < t->cnt; i++) {
		struct judged_chain theirs;
		struct judgement before = judgement;
		const struct name_frame *frames;
		enum name_reason reason;
		size_t cnt;

		frames = name_table_find(t->ours.table, t->ours.module,
					 offset_of(&t->judged, t->addresses[i]), &cnt, &reason);
		take_chain(&theirs, answer, is_llvm);
		judge_chain(&judgement, &t->judged, t->addresses[i], frames, cnt, &theirs);
		before.cnt++;
		if (memcmp(&before, &judgement, sizeof(before)) && shown++ < SHOWN)
			print_difference(t->addresses[i], frames, cnt, &theirs);
		release_chain(&theirs);
	}
	pclose(answer);
	free(list);
	print_message("%s, %s: of %zu addresses differ %zu functions, %zu chains, %zu files, "
		      "%zu lines\n",
		      t->path, is_llvm ? "llvm-symbolizer" : "addr2line", judgement.cnt,
		      judgement.functions, judgement.chains, judgement.files, judgement.lines);
	return judgement;
}

enum judges {
	ALL = 0,
	/* addr2line of binutils 2.40 leaves inlined frames out of what clang compiled. */
	CHAINS_BY_LLVM = 1,
	/* It calls files <artificial> after -flto, and functions that were folded by the name of
	 * another that is no symbol; and it loses lines of .zdebug sections. */
	LLVM_ALONE = 2,
	/* It takes the number of a file for that of another where GNU as wrote DWARF 5. */
	FILES_BY_LLVM = 4,
	/* LLVM does not follow dwz into the file that several programs share. */
	ADDR2LINE_ALONE = 3,
};

static void expect_agreement(const struct judgement *j, bool of_chains, bool of_files)
{
	assert_int_equal(j->functions, 0);
	assert_true(j->lines * 1000 <= j->cnt);
	if (of_chains)
		assert_true(j->chains * 1000 <= j->cnt);
	if (of_files)
		assert_true(j->files * 1000 <= j->cnt);
}

static void judge(const char *path, const char *debug, const char *alt, unsigned cnt,
		  enum judges judges)
{
	struct trial t = { .path = path, .debug = debug, .alt = alt, .cnt = cnt };
	struct judgement judgement;

	ask_nm(&t.judged, debug ? debug : path, "");
	ask_readelf(&t.judged, path);
	assert_true(t.judged.symbols.cnt > 0);
	t.addresses = mem_alloc(cnt, sizeof(*t.addresses));
	draw_addresses(t.addresses, &t.judged, cnt);
	for (unsigned i = 0; i < cnt; i++)
		*vec_push(&t.ours.asked.offsets) = offset_of(&t.judged, t.addresses[i]);
	name_ours(&t.ours, path, debug, alt);
	if (judges != ADDR2LINE_ALONE) {
		judgement = compare_with(&t, true);
		expect_agreement(&judgement, true, true);
	}
	if (judges != LLVM_ALONE) {
		judgement = compare_with(&t, false);
		expect_agreement(&judgement, judges != CHAINS_BY_LLVM, judges != FILES_BY_LLVM);
	}
	release_ours(&t.ours);
	release_judged(&t.judged);
	free(t.addresses);
}

/* ---- the generated program ---- */

static bool is_full(void)
{
	return getenv("FULL") != NULL;
}

static bool has_judges(void)
{
	return can("llvm-symbolizer --version") && can("addr2line --version") &&
	       can("nm --version") && can("readelf --version");
}

static FILE *create(const char *name)
{
	char *path = mem_printf("%s/%s", folder, name);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	free(path);
	return file;
}

static void write_sources(unsigned cnt)
{
	FILE *header = create("program.h");
	FILE *c = create("plain.c");
	FILE *cplus = create("place.cc");

	write_header(header);
	write_c(c, cnt / 2);
	write_cplus(cplus, cnt / 2);
	fclose(header);
	fclose(c);
	fclose(cplus);
}

struct recipe {
	const char *cc;
	const char *options;
	const char *after; /* a command that is run on the program; NULL: none */
	const char *alt;   /* the file that it shares with others then; NULL: none */
	enum judges judges;
	bool is_large;
};

/* False: that cannot be done here. The two halves are compiled at the same time. */
static bool make_program(const struct recipe *r)
{
	const char *cplus = strcmp(r->cc, "gcc") ? "clang++" : "g++";
	const char *care = r->is_large && !is_full() ? "-O1" : "-O2";

	write_sources(is_full() ? SOURCES : r->is_large ? SOURCES / 2 : FEWER);
	return !pclose(ask("cd '%s' && { %s %s -c %s plain.c & %s -std=c++14 %s -c %s place.cc && "
			   "wait $! && %s %s -o program plain.o place.o && %s; } 2>/dev/null",
			   folder, r->cc, care, r->options, cplus, care, r->options, cplus,
			   r->options, r->after ? r->after : "true"));
}

static void judge_program(const struct recipe *r)
{
	char *program = mem_printf("%s/program", folder);
	char *alt = r->alt ? mem_printf("%s/%s", folder, r->alt) : NULL;
	bool good = has_judges() && make_program(r);

	if (good)
		judge(program, NULL, alt, is_full() || r->is_large ? ADDRESSES : FEWER_ADDRESSES,
		      r->judges);
	free(program);
	free(alt);
	if (!good)
		skip();
}

static void program_of_many_functions_agrees(void **state)
{
	(void)state;
	judge_program(&(struct recipe){ .cc = "gcc", .options = "-g -gdwarf-5", .is_large = true });
}

static void program_with_dwarf_4_agrees(void **state)
{
	(void)state;
	judge_program(&(struct recipe){ .cc = "gcc", .options = "-g -gdwarf-4" });
}

static void program_by_clang_agrees(void **state)
{
	(void)state;
	judge_program(&(struct recipe){
		.cc = "clang", .options = "-g -gdwarf-5", .judges = CHAINS_BY_LLVM });
}

static void program_by_clang_with_dwarf_4_agrees(void **state)
{
	(void)state;
	judge_program(&(struct recipe){ .cc = "clang", .options = "-g -gdwarf-4" });
}

static void program_with_compressed_sections_agrees(void **state)
{
	(void)state;
	judge_program(&(struct recipe){ .cc = "gcc", .options = "-g -gz" });
}

static void program_with_sections_compressed_the_old_way_agrees(void **state)
{
	(void)state;
	judge_program(&(struct recipe){
		.cc = "gcc", .options = "-g -gz=zlib-gnu", .judges = LLVM_ALONE });
}

static void program_compiled_as_a_whole_agrees(void **state)
{
	(void)state;
	judge_program(&(struct recipe){
		.cc = "gcc", .options = "-g -flto -fno-fat-lto-objects", .judges = LLVM_ALONE });
}

static void program_without_list_of_ranges_agrees(void **state)
{
	(void)state;
	judge_program(&(struct recipe){
		.cc = "gcc", .options = "-g", .after = "objcopy -R .debug_aranges program" });
}

static void program_that_dwz_made_small_agrees(void **state)
{
	(void)state;
	judge_program(&(struct recipe){ .cc = "gcc", .options = "-g", .after = "dwz program" });
}

static void program_that_shares_its_dwarf_agrees(void **state)
{
	(void)state;
	judge_program(&(struct recipe){
		.cc = "gcc",
		.options = "-g",
		.after = "cp program second && rm -f shared && dwz -m shared program second",
		.alt = "shared",
		.judges = ADDR2LINE_ALONE });
}

/* ---- files of this machine ---- */

/* The debug file of a library or program by its build ID; NULL: there is none. */
static char *debug_file_of(const char *path)
{
	FILE *answer = ask("readelf -n '%s' 2>/dev/null", path);
	char id[128] = "";
	char line[4096];
	char *debug;

	while (fgets(line, sizeof(line), answer))
		if (sscanf(line, " Build ID: %127s", id) == 1)
			break;
	pclose(answer);
	if (strlen(id) < 3)
		return NULL;
	debug = mem_printf("/usr/lib/debug/.build-id/%.2s/%s.debug", id, id + 2);
	if (!access(debug, R_OK))
		return debug;
	free(debug);
	return NULL;
}

static void judge_installed(const char *path, enum judges judges)
{
	char *debug = NULL;
	bool good = has_judges() && !access(path, R_OK);

	if (good)
		debug = debug_file_of(path);
	if (debug)
		judge(path, debug, NULL, is_full() ? ADDRESSES : FEWER_ADDRESSES, judges);
	free(debug);
	if (!debug)
		skip();
}

static void c_library_agrees(void **state)
{
	(void)state;
	judge_installed("/lib/x86_64-linux-gnu/libc.so.6", FILES_BY_LLVM);
}

static void python_agrees(void **state)
{
	(void)state;
	judge_installed("/usr/bin/python3.11", LLVM_ALONE);
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
		cmocka_unit_test(program_of_many_functions_agrees),
		cmocka_unit_test(program_with_dwarf_4_agrees),
		cmocka_unit_test(program_by_clang_agrees),
		cmocka_unit_test(program_by_clang_with_dwarf_4_agrees),
		cmocka_unit_test(program_with_compressed_sections_agrees),
		cmocka_unit_test(program_with_sections_compressed_the_old_way_agrees),
		cmocka_unit_test(program_compiled_as_a_whole_agrees),
		cmocka_unit_test(program_without_list_of_ranges_agrees),
		cmocka_unit_test(program_that_dwz_made_small_agrees),
		cmocka_unit_test(program_that_shares_its_dwarf_agrees),
		cmocka_unit_test(c_library_agrees),
		cmocka_unit_test(python_agrees),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
