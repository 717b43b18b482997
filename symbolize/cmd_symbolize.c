#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cache_folder.h"
#include "base/command.h"
#include "base/term.h"
#include "base/units.h"
#include "formats/name_table.h"
#include "formats/trace_reader.h"
#include "symbolize/debuginfod.h"
#include "symbolize/name_cache.h"
#include "symbolize/symbolizer.h"

/* `profile symbolize`: names every address of a trace, and says what has none and why. */

#define NAMELESS_SAID_MAX 10 /* modules without names that are listed without -v */

struct symbolize_options {
	const char *output;
	const char *demangle;
	struct text_list debug_dirs;
	struct text_list servers;
	bool no_cache;
	bool verbose;
};

static const struct option rows[] = {
	{ 'o', "output", "OUT", OPTION_TEXT, offsetof(struct symbolize_options, output),
	  .help = "write the named trace to OUT, - for stdout, instead of replacing TRACE" },
	{ 0, "debug-dir", "DIR", OPTION_LIST, offsetof(struct symbolize_options, debug_dirs),
	  .help = "look for files and debug files below DIR first, by build ID and by path" },
	{ 0, "demangle", "STYLE", OPTION_CHOICE, offsetof(struct symbolize_options, demangle),
	  .choices = "short|full|none", .fallback = "short",
	  .help = "C++ and Rust names without parameters, with them, or as the linker has them" },
	{ 0, "debuginfod", "URL", OPTION_LIST, offsetof(struct symbolize_options, servers),
	  .help = "fetch debug files that are not here from this server; DEBUGINFOD_URLS is not "
		  "used" },
	{ 0, "no-cache", NULL, OPTION_FLAG, offsetof(struct symbolize_options, no_cache),
	  .help = "read every file again, and keep no names for the next time" },
	{ 'v', "verbose", NULL, OPTION_FLAG, offsetof(struct symbolize_options, verbose),
	  .help = "say of every module where its names came from" },
	{ 0 },
};

static const struct example examples[] = {
	{ "profile symbolize", "names profile.data in place" },
	{ "profile symbolize web.data -o web.named", "keeps the trace, writes a named copy" },
	{ "profile symbolize --debuginfod https://debuginfod.debian.net",
	  "fetches the debug files that are missing" },
	{ "profile symbolize --debug-dir /mnt/sysroot web.data",
	  "takes files from another machine's file system" },
	{ 0 },
};

static const struct exit_row exits[] = {
	{ "0", "the trace is named as far as files allow" },
	{ "1", "the trace could not be read or written" },
	{ "2", "wrong usage" },
	{ 0 },
};

static enum demangle_style style_of(const char *text)
{
	return text[0] == 'f' ? DEMANGLE_FULL : text[0] == 'n' ? DEMANGLE_NONE : DEMANGLE_SHORT;
}

static void show_progress(void *arg, size_t done, size_t total)
{
	term_progress_show(arg, done, total);
}

static const char *module_title(const struct symbolizer_module *m, char *out, size_t size)
{
	if (m->kind == TRACE_MODULE_JIT || m->kind == TRACE_MODULE_UNMAPPED)
		snprintf(out, size, "%s of process %u",
			 m->kind == TRACE_MODULE_JIT ? "JIT code" : "unmapped code", m->tgid);
	else
		snprintf(out, size, "%s", m->path);
	return out;
}

static void say_module(const struct symbolizer_module *m)
{
	char named[UNITS_TEXT_MAX];
	char all[UNITS_TEXT_MAX];
	char title[256];

	term_say("%s: %s of %s named: %s", module_title(m, title, sizeof(title)),
		 units_count(named, m->named_cnt), units_count(all, m->address_cnt), m->note);
}

/* Those with most addresses first; then by path, so that the order is always the same. */
static int by_weight(const void *left, const void *right)
{
	const struct symbolizer_module *a = left;
	const struct symbolizer_module *b = right;

	if (a->address_cnt != b->address_cnt)
		return a->address_cnt > b->address_cnt ? -1 : 1;
	return strcmp(a->path, b->path);
}

/* Addresses in no mapping belong to no module: one line for all processes. */
static void say_unmapped(const struct symbolizer_report *report)
{
	char count[UNITS_TEXT_MAX];
	size_t cnt = 0;

	for (size_t i = 0; i < report->cnt; i++)
		if (report->v[i].kind == TRACE_MODULE_UNMAPPED)
			cnt += report->v[i].address_cnt;
	if (cnt)
		term_say("%s addresses lie in no known mapping: callers read from stacks of code "
			 "without frame pointers, or mappings that were not seen",
			 units_count(count, cnt));
}

static bool is_worth_a_line(const struct symbolizer_module *m, bool verbose)
{
	return m->kind != TRACE_MODULE_UNMAPPED && (verbose || !m->named_cnt);
}

/* How many copied stacks became whole, and why the others did not; by process if verbose. */
static void say_copies(const struct copy_counts *copies, bool verbose)
{
	struct buf text = { 0 };

	for (size_t i = 0; verbose && copies->cnt > 1 && i < copies->cnt; i++) {
		buf_clear(&text);
		copy_count_text(&copies->v[i], &text);
		term_say("process %u: %s", copies->v[i].tgid, buf_text(&text));
	}
	buf_clear(&text);
	copy_count_text(&copies->all, &text);
	if (copies->all.stack_cnt)
		term_say("%s", buf_text(&text));
	buf_release(&text);
}

static void say_report(struct symbolizer_report *report, bool verbose)
{
	size_t lines_max = verbose ? SIZE_MAX : NAMELESS_SAID_MAX;
	char named[UNITS_TEXT_MAX];
	char all[UNITS_TEXT_MAX];
	size_t cnt = 0;

	if (report->cnt)
		qsort(report->v, report->cnt, sizeof(report->v[0]), by_weight);
	for (size_t i = 0; i < report->cnt; i++)
		if (is_worth_a_line(&report->v[i], verbose) && cnt++ < lines_max)
			say_module(&report->v[i]);
	if (cnt > lines_max)
		term_say("... and %zu more modules without names; -v shows them", cnt - lines_max);
	say_unmapped(report);
	say_copies(&report->copies, verbose);
	if (report->address_cnt)
		term_say("%s of %s addresses named", units_count(named, report->named_cnt),
			 units_count(all, report->address_cnt));
	else
		term_say("the trace has no addresses; what names it has came with its stacks");
}

/* What could not be read of the trace itself. */
static void say_damage(const struct symbolizer_report *report, const char *path)
{
	struct buf text = { 0 };

	trace_damage_text(&text, path, report->damaged_chunk_cnt, report->damaged_bytes);
	if (text.len)
		term_say("%s", buf_text(&text));
	buf_release(&text);
}

static int check_operands(const struct operands *operands, struct err *err)
{
	if (operands->cnt > 1)
		return err_set(err, -EINVAL,
			       "too many operands: '%s'; see 'profile help symbolize'",
			       operands->v[1]);
	return 0;
}

/* A folder that is not there is a slip of the pen, not a place without files. */
static int check_dirs(const struct text_list *dirs, struct err *err)
{
	struct stat st;

	for (size_t i = 0; i < dirs->cnt; i++) {
		if (stat(dirs->v[i], &st))
			return err_set(err, -errno, "--debug-dir: %s: %s", dirs->v[i],
				       strerror(errno));
		if (!S_ISDIR(st.st_mode))
			return err_set(err, -ENOTDIR, "--debug-dir: %s is not a folder",
				       dirs->v[i]);
	}
	return 0;
}

static void show_fetched(void *arg, uint64_t done, uint64_t total)
{
	struct term_progress *progress = arg;

	progress->what = "fetching a debug file";
	term_progress_show(progress, done, total);
	progress->what = "naming modules";
}

/* Whether the servers can be asked, and where their files go; nothing without servers. */
static int prepare_servers(struct debuginfod *d, struct cache_folder *fetched,
			   const struct symbolize_options *o, struct err *err)
{
	int bad;

	*d = (struct debuginfod){ .urls = o->servers.v, .url_cnt = o->servers.cnt };
	if (!o->servers.cnt)
		return 0;
	bad = debuginfod_check(d, err);
	if (!bad)
		bad = cache_folder_open(fetched, "debuginfod", NULL, UINT64_MAX, err);
	d->folder = fetched->path;
	return bad;
}

static int name_trace(struct trace_reader *r, const struct symbolize_options *o, const char *path,
		      struct err *err)
{
	struct symbolizer_report report = { 0 };
	struct name_table *names = NULL;
	struct term_progress progress;
	struct cache_folder cache = CACHE_FOLDER_NONE;
	struct cache_folder fetched = CACHE_FOLDER_NONE;
	struct debuginfod servers;
	struct symbolizer_options options = {
		.debug_dirs = o->debug_dirs.v,
		.debug_dir_cnt = o->debug_dirs.cnt,
		.style = style_of(o->demangle),
		.cache = &cache,
		.debuginfod = o->servers.cnt ? &servers : NULL,
		.progress = show_progress,
		.progress_arg = &progress,
	};
	int bad = prepare_servers(&servers, &fetched, o, err);

	servers.progress = show_fetched;
	servers.progress_arg = &progress;
	if (!bad && !o->no_cache)
		(void)cache_folder_open(&cache, "names", NULL, NAME_CACHE_BYTES_MAX, NULL);
	term_progress_start(&progress, "naming modules");
	if (!bad)
		bad = symbolizer_run(r, &options, &names, &report, err);
	term_progress_stop(&progress);
	cache_folder_close(&cache);
	cache_folder_close(&fetched);
	if (!bad)
		bad = name_table_write(names, r, o->output ? o->output : path, err);
	if (!bad) {
		say_damage(&report, path);
		say_report(&report, o->verbose);
	}
	symbolizer_report_release(&report);
	name_table_free(names);
	return bad;
}

static int run(const struct command *self, int argc, char **argv, const struct stages *stages)
{
	struct symbolize_options o = { 0 };
	struct trace_reader *r = NULL;
	struct operands operands;
	struct err err = { 0 };
	const char *path;
	int status = EXIT_GOOD;

	(void)stages;
	if (!command_parse(self, argc, argv, &o, &operands, &status))
		return status;
	path = operands.cnt ? operands.v[0] : TRACE_DEFAULT_PATH;
	if (check_operands(&operands, &err) || check_dirs(&o.debug_dirs, &err))
		status = command_fail(&err, EXIT_USAGE);
	else if (trace_reader_open(&r, path, &err) || name_trace(r, &o, path, &err))
		status = command_fail(&err, EXIT_FAILED);
	trace_reader_close(r);
	options_release(&self->manual, &o);
	return status == EXIT_GOOD ? command_done(status) : status;
}

const struct command cmd_symbolize = {
	.manual = {
		.name = "symbolize",
		.summary = "give every address of a trace its name",
		.synopsis = "[options] [TRACE]",
		.description =
			"Names the addresses of TRACE (default: profile.data) and writes the trace with "
			"its names, replacing it at once and whole, or as OUT. What was recorded stays "
			"byte for byte as it is; naming again gives the same file.\n\n"
			"Kernel symbols and the maps of JIT runtimes are in the trace. A vmlinux or a "
			"module file with the recorded build ID, as linux-image-RELEASE-dbg brings them, "
			"adds inlined functions, files and lines. Other names come from files, found by build ID: below each --debug-dir, at the path where the "
			"file was mapped from, below /usr/lib/debug, and by .gnu_debuglink; "
			".gnu_debugaltlink and .gnu_debugdata are followed. A file with another build "
			"ID is never used. Neither root nor the recorded machine is "
			"needed.\n\n"
			"Stacks that were copied when they were recorded are unwound first, by the call "
			"frame information of the files that were mapped; a stack that ends early says "
			"why.\n\n"
			"Every file is read in a process of its own that can open nothing, reach no "
			"network and use little memory and time: a broken or hostile file costs its own "
			"names and nothing else.\n\n"
			"Names are kept in ~/.cache/profile/names ($XDG_CACHE_HOME; for root in "
			"/var/cache/profile/names) for the same files and the same program, so that "
			"naming the next trace reads only what is new. The result is the same.\n\n"
			"Servers are asked only with --debuginfod, and only for modules of the trace "
			"without DWARF here. They learn the build IDs of these. What they send is kept "
			"beside the names, in .../profile/debuginfod, until it was not used for a week.",
		.options = rows,
		.examples = examples,
		.exits = exits,
		.see_also = "profile-record(1), profile-render(1), profile-info(1)",
	},
	.run = run,
};
