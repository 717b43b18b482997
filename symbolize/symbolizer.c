#include "symbolize/symbolizer.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "formats/trace_reader.h"
#include "symbolize/copy_stacks.h"
#include "symbolize/earlier_names.h"
#include "symbolize/kernel_places.h"
#include "symbolize/module_note.h"
#include "symbolize/module_work.h"
#include "symbolize/name_cache.h"
#include "symbolize/trace_addresses.h"
#include "symbolize/worker.h"

/*
 * Children are begun in the order of what their pieces cost, so that none of the large ones
 * is the last. A piece whose child dies is read once more without DWARF, and without the
 * debug file if there is the file itself: its symbols are not lost by what is wrong there.
 * (A file that is just no ELF file, a child does without.) Answers are kept until all
 * children have ended and are then taken in the order of the modules, so that the order in
 * which children end changes nothing.
 */

struct symbolizer {
	struct trace_addresses addresses;
	struct module_work *works; /* one for each module */
	struct module_pieces pieces;
	const struct symbolizer_options *options;
	struct name_table *names;
	struct name_table *earlier; /* those that the trace had before */
	size_t done_cnt;
};

/* ---- the crew of children ---- */

static void count_done(struct symbolizer *s)
{
	s->done_cnt++;
	if (s->options->progress)
		s->options->progress(s->options->progress_arg, s->done_cnt, s->addresses.cnt);
}

static void end_piece(struct symbolizer *s, const struct module_piece *p)
{
	if (!--s->works[p->module].waiting_cnt)
		count_done(s);
}

static bool prepare(void *owner, size_t i, struct worker_task *out)
{
	struct symbolizer *s = owner;
	struct module_piece *p = &s->pieces.v[i];

	if (module_work_prepare(&s->works[p->module], p, s->options, out))
		return true;
	end_piece(s, p);
	return false;
}

static bool prepare_again(void *owner, size_t i, struct worker_task *out)
{
	struct symbolizer *s = owner;
	struct module_piece *p = &s->pieces.v[i];
	struct module_work *w = &s->works[p->module];

	return module_work_revive(w, p) && module_work_prepare(w, p, s->options, out);
}

static void take_second_result(void *owner, size_t i, struct worker_result *result)
{
	struct symbolizer *s = owner;

	s->pieces.v[i].result = *result;
	result->said = (struct buf){ 0 };
}

static void take_result(void *owner, size_t i, struct worker_result *result)
{
	struct symbolizer *s = owner;

	take_second_result(owner, i, result);
	end_piece(s, &s->pieces.v[i]);
}

static int by_weight(const void *left, const void *right)
{
	const struct module_piece *a = left;
	const struct module_piece *b = right;

	if (a->weight != b->weight)
		return a->weight > b->weight ? -1 : 1;
	if (a->module != b->module)
		return a->module < b->module ? -1 : 1;
	return a->from < b->from ? -1 : a->from > b->from;
}

/* The order in which pieces stand in their modules, and these in the trace. */
static int by_place(const void *left, const void *right)
{
	const struct module_piece *a = left;
	const struct module_piece *b = right;

	if (a->module != b->module)
		return a->module < b->module ? -1 : 1;
	return a->from < b->from ? -1 : a->from > b->from;
}

static void sort_pieces(struct symbolizer *s, int (*compare)(const void *, const void *))
{
	if (s->pieces.cnt)
		qsort(s->pieces.v, s->pieces.cnt, sizeof(s->pieces.v[0]), compare);
}

static void survey(struct symbolizer *s)
{
	for (size_t i = 0; i < s->addresses.cnt; i++) {
		struct module_work *w = &s->works[i];

		module_work_survey(w, &s->addresses.v[i], s->options);
		module_work_cut(w, i, &s->pieces);
		if (!w->piece_cnt)
			count_done(s);
	}
}

static void ask_children(struct symbolizer *s)
{
	struct worker_crew crew = { .owner = s, .prepare = prepare, .done = take_result };

	sort_pieces(s, by_weight);
	worker_run_all(&crew, s->pieces.cnt);
	crew.prepare = prepare_again;
	crew.done = take_second_result;
	worker_run_all(&crew, s->pieces.cnt);
	sort_pieces(s, by_place);
	for (size_t i = 0; i < s->pieces.cnt; i++)
		module_work_take(&s->works[s->pieces.v[i].module], &s->pieces.v[i]);
}

/* ---- whose files they are ---- */

/* Where names are missing that a package could bring. */
static bool wants_owner(const struct symbolizer *s, const struct module_work *w)
{
	return w->file.path && !w->file.has_symtab && !w->file.debug_path &&
	       !w->file.has_debugdata && !s->options->debug_dir_cnt;
}

static void find_owners(struct symbolizer *s)
{
	const char **paths = mem_alloc(s->addresses.cnt + 1, sizeof(*paths));
	struct package_owner *owners = mem_alloc(s->addresses.cnt + 1, sizeof(*owners));
	size_t cnt = 0;

	for (size_t i = 0; i < s->addresses.cnt; i++)
		if (wants_owner(s, &s->works[i]))
			paths[cnt++] = s->works[i].file.path;
	package_owners_find("", paths, cnt, s->options->cache, owners);
	cnt = 0;
	for (size_t i = 0; i < s->addresses.cnt; i++)
		if (wants_owner(s, &s->works[i]))
			s->works[i].owner = owners[cnt++];
	free(owners);
	free(paths);
}

/* ---- after it ---- */

/* What is told of a module. */
struct module_summary {
	enum name_reason reason;
	enum answer_unused unused;
	const char *why; /* "" if there is nothing to say */
	size_t named_cnt;
};

static void add_unnamed(struct symbolizer *s, size_t i, enum name_reason reason)
{
	const struct module_addresses *m = &s->addresses.v[i];

	for (size_t k = 0; k < m->offsets.cnt; k++)
		name_table_add(s->names, (uint32_t)i, m->offsets.v[k], NULL, 0, reason);
}

/* What is known now goes into the table, and into the cache if it is more than before. */
static void take_answers(struct symbolizer *s, size_t i, struct module_summary *out)
{
	const struct module_addresses *m = &s->addresses.v[i];
	struct module_work *w = &s->works[i];

	if (s->options->cache && m->module.kind == TRACE_MODULE_FILE && w->piece_cnt &&
	    !w->has_faults)
		name_cache_write(s->options->cache, &w->key, &w->answers);
	out->named_cnt = name_answers_copy(&w->answers, m->offsets.v, m->offsets.cnt, s->names,
					   (uint32_t)i, &out->reason);
	out->unused = w->unused;
	out->why = w->why ? w->why : "";
}

/* An unused file is believed to be one only where there is another. */
static void drop_unused(struct module_file *file, const struct module_summary *summary)
{
	if (!file->path || !file->debug_path)
		return;
	if (summary->unused == ANSWER_UNUSED_FILE)
		module_file_drop_mapped(file, summary->why);
	else if (summary->unused == ANSWER_UNUSED_DEBUG)
		module_file_drop_debug(file, summary->why);
}

static void report_module(struct symbolizer_report *report, const struct module_addresses *m,
			  const struct module_summary *summary, const char *note)
{
	*vec_push(report) = (struct symbolizer_module){
		.kind = m->module.kind,
		.path = mem_dup(m->module.path, strlen(m->module.path)),
		.tgid = m->owner.tgid,
		.address_cnt = m->offsets.cnt,
		.named_cnt = summary->named_cnt,
		.reason = summary->reason,
		.note = mem_dup(note, strlen(note)),
	};
	report->address_cnt += m->offsets.cnt;
	report->named_cnt += summary->named_cnt;
}

/*
 * Names that the trace had and that are not found again, here and with these files. The
 * note that belongs to them, or NULL if the module has names, or no names, of now.
 */
static char *keep_earlier(struct symbolizer *s, size_t i, struct module_summary *summary)
{
	const struct module_addresses *m = &s->addresses.v[i];
	uint32_t before = earlier_names_find(s->earlier, m);
	enum name_reason reason;
	const char *note;
	bool whole;

	if (before == TRACE_NONE)
		return NULL;
	reason = name_table_module_reason(s->earlier, before, &note);
	whole = !summary->named_cnt && reason == NAME_REASON_NONE;
	summary->named_cnt +=
		earlier_names_keep(s->names, (uint32_t)i, s->earlier, before, m, whole);
	if (!whole)
		return NULL;
	summary->reason = reason;
	return mem_dup(note, strlen(note));
}

static char *add_text(char *note, const char *text)
{
	char *longer = mem_printf("%s; %s", note, text);

	free(note);
	return longer;
}

/* Some pieces of the module have names, others cost their child its life. */
static char *add_loss(char *note, const struct module_work *w)
{
	char *longer = mem_printf("%s; %zu addresses have no name: %s", note, w->bad_cnt, w->why);

	free(note);
	return longer;
}

/* Inlined callers, files and lines are missing there. */
static char *add_loss_of_dwarf(char *note, const struct module_work *w)
{
	char *longer = mem_printf("%s; for %zu addresses its DWARF was not used: %s", note,
				  w->no_dwarf_cnt, w->no_dwarf_why);

	free(note);
	return longer;
}

static void finish_module(struct symbolizer *s, size_t i, struct symbolizer_report *report)
{
	const struct module_addresses *m = &s->addresses.v[i];
	struct module_work *w = &s->works[i];
	struct module_summary summary = { .reason = w->reason, .why = "" };
	char *note;

	if (w->reason)
		add_unnamed(s, i, w->reason);
	else
		take_answers(s, i, &summary);
	drop_unused(&w->file, &summary);
	note = keep_earlier(s, i, &summary);
	if (!note)
		note = module_note(m, &w->file, w->file.path ? &w->owner : NULL, summary.reason,
				   summary.why);
	if (w->not_fetched && !w->file.has_dwarf)
		note = add_text(note, w->not_fetched);
	if (w->bad_cnt && summary.named_cnt)
		note = add_loss(note, w);
	if (w->no_dwarf_cnt && summary.named_cnt)
		note = add_loss_of_dwarf(note, w);
	name_table_set_module_note(s->names, (uint32_t)i, summary.reason, note);
	report_module(report, m, &summary, note);
	free(note);
}

static void release(struct symbolizer *s)
{
	for (size_t i = 0; s->works && i < s->addresses.cnt; i++)
		module_work_release(&s->works[i]);
	for (size_t i = 0; i < s->pieces.cnt; i++)
		module_piece_release(&s->pieces.v[i]);
	vec_release(&s->pieces);
	free(s->works);
	name_table_free(s->earlier);
	trace_addresses_release(&s->addresses);
}

static void name_all(struct symbolizer *s, struct symbolizer_report *report)
{
	s->works = mem_alloc(s->addresses.cnt + 1, sizeof(*s->works));
	survey(s);
	ask_children(s);
	find_owners(s);
	report->damaged_chunk_cnt = s->addresses.damaged_chunk_cnt;
	report->damaged_bytes = s->addresses.damaged_bytes;
	for (size_t i = 0; i < s->addresses.cnt; i++)
		if (s->addresses.v[i].offsets.cnt)
			finish_module(s, i, report);
}

static int unwind_copies(struct symbolizer *s, struct trace_reader *r,
			 struct symbolizer_report *report, struct err *err)
{
	const struct copy_stacks job = {
		.reader = r,
		.addresses = &s->addresses,
		.names = s->names,
		.earlier = s->earlier,
		.debug_dirs = s->options->debug_dirs,
		.debug_dir_cnt = s->options->debug_dir_cnt,
	};

	return copy_stacks_unwind(&job, &report->copies, err);
}

int symbolizer_run(struct trace_reader *r, const struct symbolizer_options *options,
		   struct name_table **out, struct symbolizer_report *out_report, struct err *err)
{
	struct symbolizer_options filled = *options;
	struct symbolizer s = { .options = &filled, .names = name_table_new() };
	struct symbolizer_report report = { 0 };
	int bad;

	if (!filled.style)
		filled.style = DEMANGLE_SHORT;
	if (!filled.jit_bytes_max)
		filled.jit_bytes_max = SYMBOLIZER_JIT_BYTES_MAX;
	bad = trace_addresses_collect(&s.addresses, r, s.names, filled.jit_bytes_max, err);
	if (!bad && name_table_read(&s.earlier, r, NULL))
		s.earlier = name_table_new();
	if (!bad && s.addresses.has_copies)
		bad = unwind_copies(&s, r, &report, err);
	if (!bad) {
		kernel_places_add(&s.addresses, trace_reader_fact(r, TRACE_FACT_KERNEL));
		name_all(&s, &report);
	}
	release(&s);
	if (bad) {
		name_table_free(s.names);
		symbolizer_report_release(&report);
		return bad;
	}
	*out = s.names;
	if (out_report)
		*out_report = report;
	else
		symbolizer_report_release(&report);
	return 0;
}

int symbolizer_names(struct trace_reader *r, struct name_table **out, struct err *err)
{
	struct cache_folder cache;
	int bad;

	(void)cache_folder_open(&cache, "names", NULL, NAME_CACHE_BYTES_MAX, NULL);
	bad = symbolizer_run(r, &(struct symbolizer_options){ .cache = &cache }, out, NULL, err);
	cache_folder_close(&cache);
	return bad;
}

void symbolizer_report_release(struct symbolizer_report *report)
{
	for (size_t i = 0; i < report->cnt; i++) {
		free(report->v[i].path);
		free(report->v[i].note);
	}
	vec_release(report);
	copy_counts_release(&report->copies);
	*report = (struct symbolizer_report){ 0 };
}
