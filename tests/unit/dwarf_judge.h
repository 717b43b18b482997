#ifndef TESTS_UNIT_DWARF_JUDGE_H
#define TESTS_UNIT_DWARF_JUDGE_H

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "symbolize/answer.h"
#include "symbolize/naming.h"
#include "tests/unit/symbol_judge.h"

/*
 * Frames as llvm-symbolizer and addr2line give them, and ours of the same addresses, made
 * by the code of the sandboxed child and read as its parent reads them.
 *
 * What is taken for equal, because neither is wrong:
 * - names of one place (aliases) of a function that was not inlined, and a version behind '@';
 * - addr2line's name of a function without what its clone adds: foo, where the symbol is
 *   foo.cold or foo.constprop.0; and the symbol's name that it writes where the innermost
 *   inlined function should stand; and "step" for a method of a local class, whose linkage name
 *   DWARF does not have;
 * - "./a/./a/b.c" of both tools for "./a/b.c": they put a relative folder of DWARF 5 in
 *   front twice.
 */

#define JUDGED_FRAMES_MAX NAME_FRAMES_MAX

struct judged_frame {
	char *function;
	char *file;
	unsigned line;
};

struct judged_chain {
	struct judged_frame v[JUDGED_FRAMES_MAX];
	size_t cnt;
};

struct judgement {
	size_t cnt;
	size_t functions; /* that differ: of the function that was not inlined */
	size_t chains;	  /* that differ in length, or in the name of an inlined one */
	size_t files;	  /* of the innermost, and of all where the chains are equal */
	size_t lines;	  /* likewise */
};

/* ---- theirs ---- */

static inline void release_chain(struct judged_chain *c)
{
	for (size_t i = 0; i < c->cnt; i++) {
		free(c->v[i].function);
		free(c->v[i].file);
	}
	c->cnt = 0;
}

/* "FILE:LINE", "FILE:LINE:COLUMN", "FILE:LINE (discriminator N)", "??:?" */
static inline void take_place(struct judged_frame *out, char *text, bool has_column)
{
	char *colon;

	text[strcspn(text, "\n")] = '\0';
	if (strstr(text, " (discriminator"))
		*strstr(text, " (discriminator") = '\0';
	colon = strrchr(text, ':');
	if (has_column && colon) {
		*colon = '\0';
		colon = strrchr(text, ':');
	}
	out->line = colon ? (unsigned)strtoul(colon + 1, NULL, 10) : 0;
	if (colon)
		*colon = '\0';
	if (!strcmp(text, "??"))
		text[0] = '\0';
	out->file = mem_dup(text, strlen(text));
}

/* Pairs of lines. llvm-symbolizer ends with an empty one; addr2line is asked for an
 * address that is nowhere after each. */
static inline void take_chain(struct judged_chain *out, FILE *answer, bool is_llvm)
{
	static char line[1 << 16];
	static char place[1 << 16];

	out->cnt = 0;
	while (fgets(line, sizeof(line), answer)) {
		struct judged_frame *frame = &out->v[out->cnt];

		if (is_llvm ? line[0] == '\n' : !strncmp(line, "0xfffffffffffffffe", 18)) {
			if (!is_llvm) /* the end mark's own pair */
				assert_non_null(fgets(line, sizeof(line), answer));
			if (!is_llvm)
				assert_non_null(fgets(line, sizeof(line), answer));
			return;
		}
		if (!is_llvm && !strncmp(line, "0x", 2))
			continue;
		assert_true(out->cnt < JUDGED_FRAMES_MAX);
		assert_non_null(fgets(place, sizeof(place), answer));
		line[strcspn(line, "\n")] = '\0';
		frame->function = mem_dup(line, strlen(line));
		take_place(frame, place, is_llvm);
		out->cnt++;
	}
}

/* ---- ours ---- */

struct our_names {
	struct name_table *table;
	struct module_addresses asked;
	uint32_t module;
};

static inline struct naming_file open_naming_file(const char *path)
{
	struct naming_file file = { .fd = path ? open(path, O_RDONLY) : -1 };
	struct stat st;

	if (path) {
		assert_true(file.fd >= 0 && !fstat(file.fd, &st));
		file.len = (uint64_t)st.st_size;
	}
	return file;
}

/* debug and alt may be NULL; offsets are those of the file. */
static inline void name_ours(struct our_names *o, const char *path, const char *debug,
			     const char *alt)
{
	struct naming naming = { .asked = &o->asked,
				 .file = open_naming_file(path),
				 .debug = open_naming_file(debug),
				 .alt = open_naming_file(alt),
				 .style = DEMANGLE_NONE };
	struct answer_target target = { .offsets = o->asked.offsets.v,
					.offset_cnt = o->asked.offsets.cnt };
	struct answer_summary summary;
	struct buf said = { 0 };

	o->asked.module = (struct trace_module){ .kind = TRACE_MODULE_FILE, .path = path };
	o->table = name_table_new();
	o->module = name_table_module(o->table, &o->asked.module, NULL);
	target.names = o->table;
	target.module = o->module;
	naming_run(&naming, &said);
	assert_int_equal(answer_read(&summary, said.v, said.len, &target, NULL), 0);
	assert_int_equal(summary.reason, NAME_REASON_NONE);
	free(summary.why);
	buf_release(&said);
	close(naming.file.fd);
	close(naming.debug.fd);
	close(naming.alt.fd);
}

static inline void release_ours(struct our_names *o)
{
	name_table_free(o->table);
	vec_release(&o->asked.offsets);
}

/* ---- the comparison ---- */

static inline bool is_suffix(const char *text, const char *of)
{
	size_t len = strlen(text);
	size_t of_len = strlen(of);

	return len <= of_len && !strcmp(of + of_len - len, text);
}

/* ours "./a/b.c", theirs "./a/./a/b.c". */
static inline bool same_file(const char *ours, const char *theirs)
{
	return !strcmp(ours, theirs) ||
	       (ours[0] == '.' && strlen(theirs) > strlen(ours) && is_suffix(ours, theirs) &&
		!strncmp(theirs, ours, strlen(theirs) - strlen(ours)));
}

/* "floatobject.c.cca7890f": a place in a section of debug information, marked by gcc -flto,
 * whose offset llvm-symbolizer takes for an address: it says nothing about ours. */
static inline bool is_debug_mark(const char *name)
{
	const char *mark = strstr(name, ".c.");

	return mark && strlen(mark) == 11 && strspn(mark + 3, "0123456789abcdef") == 8;
}

/* Both are names that nm has for the address, but for what compilers add to them. */
static inline bool same_function(const struct judged *j, uint64_t address, const char *ours,
				 char *theirs)
{
	char mangled[64];
	size_t len;

	theirs[strcspn(theirs + 1, "@") + 1] = '\0';
	len = strlen(theirs);
	if (len < sizeof(mangled) - 4 && !strncmp(ours, "_ZZ", 3)) {
		snprintf(mangled, sizeof(mangled), "%zu%s", len, theirs);
		if (strstr(ours, mangled))
			return true;
	}
	if (!strcmp(ours, theirs) || (!strncmp(ours, theirs, len) && ours[len] == '.'))
		return true;
	if (is_debug_mark(theirs))
		return true;
	return is_right(j, address, ours) && is_right(j, address, theirs);
}

/* addr2line says the name of the symbol for inlined functions, too. */
static inline bool same_inlined(const struct judged *j, uint64_t address, const char *ours,
				const char *theirs)
{
	return !strcmp(ours, theirs) || is_right(j, address, theirs);
}

static inline void judge_chain(struct judgement *out, const struct judged *j, uint64_t address,
			       const struct name_frame *ours, size_t cnt,
			       struct judged_chain *theirs)
{
	bool file = false;
	bool line = false;
	bool chain = cnt != theirs->cnt;

	out->cnt++;
	for (size_t i = 0; i < cnt && i < theirs->cnt && (!i || !chain); i++) {
		file |= !same_file(ours[i].file, theirs->v[i].file);
		line |= ours[i].line != theirs->v[i].line;
		if (i + 1 < cnt)
			chain |= !same_inlined(j, address, ours[i].function, theirs->v[i].function);
	}
	if (!cnt || !theirs->cnt ||
	    (!same_function(j, address, ours[cnt - 1].function,
			    theirs->v[theirs->cnt - 1].function) &&
	     !same_function(j, address, ours[cnt - 1].function, theirs->v[0].function)))
		out->functions++;
	out->chains += chain;
	out->files += file;
	out->lines += line;
}

static inline void print_difference(uint64_t address, const struct name_frame *ours, size_t cnt,
				    const struct judged_chain *theirs)
{
	print_message("%#llx\n", (unsigned long long)address);
	for (size_t i = 0; i < cnt; i++)
		print_message("  ours    %s %s:%u\n", ours[i].function, ours[i].file, ours[i].line);
	for (size_t i = 0; i < theirs->cnt; i++)
		print_message("  theirs  %s %s:%u\n", theirs->v[i].function, theirs->v[i].file,
			      theirs->v[i].line);
}

#endif
