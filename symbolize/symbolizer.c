#include "symbolize/symbolizer.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "formats/trace_reader.h"
#include "symbolize/answer.h"
#include "symbolize/copy_stacks.h"
#include "symbolize/earlier_names.h"
#include "symbolize/module_file.h"
#include "symbolize/module_note.h"
#include "symbolize/naming.h"
#include "symbolize/trace_addresses.h"
#include "symbolize/vdso_image.h"
#include "symbolize/worker.h"

/*
 * A module whose child dies is read once more without DWARF, and without the debug file
 * if it has another: the symbols of the file are not lost by what is wrong there. (A file
 * that is just no ELF file, its child does without.) Answers are kept until all children
 * have ended and are then taken in the order of the modules, so that the order in which
 * children end changes nothing.
 */

/* One module on its way. */
struct naming_state {
	struct naming naming;
	struct module_file file;
	struct worker_result result;
	enum name_reason reason; /* known without a child */
	bool was_asked;		 /* a child has it, or had */
	char *death;		 /* of a child that read all of it; or NULL */
};

struct symbolizer {
	struct trace_addresses addresses;
	struct naming_state *states; /* one for each module */
	const struct symbolizer_options *options;
	struct name_table *names;
	struct name_table *earlier; /* those that the trace had before */
	size_t done_cnt;
};

/* ---- before the child ---- */

/* A child that read all of it died of that: this time it reads less. */
static void leave_out(struct module_file *file, const char *death)
{
	if (file->path && file->debug_path) {
		module_file_drop_debug(file, death);
		return;
	}
	file->unused_path =
		mem_printf("the DWARF of %s", file->path ? file->path : file->debug_path);
	file->unused_why = mem_dup(death, strlen(death));
}

static bool prepare_file(struct symbolizer *s, size_t i, struct worker_task *out)
{
	struct naming_state *state = &s->states[i];
	struct module_file *file = &state->file;
	const struct module_addresses *m = &s->addresses.v[i];
	const struct module_places places = {
		.paths = (const char *const *)m->paths.v,
		.path_cnt = m->paths.cnt,
		.debug_dirs = s->options->debug_dirs,
		.debug_dir_cnt = s->options->debug_dir_cnt,
	};

	module_file_open(file, &m->module, &places);
	state->reason = file->reason;
	if (file->reason)
		return false;
	if (state->death)
		leave_out(file, state->death);
	state->naming.file = (struct naming_file){ .fd = file->fd, .len = file->len };
	state->naming.debug = (struct naming_file){ .fd = file->debug_fd, .len = file->debug_len };
	state->naming.alt = (struct naming_file){ .fd = file->alt_fd, .len = file->alt_len };
	worker_task_add_file(out, file->fd, file->len);
	worker_task_add_file(out, file->debug_fd, file->debug_len);
	worker_task_add_file(out, file->alt_fd, file->alt_len);
	file->fd = -1;
	file->debug_fd = -1;
	file->alt_fd = -1;
	return true;
}

static bool prepare_vdso(struct symbolizer *s, size_t i)
{
	struct naming_file *file = &s->states[i].naming.file;

	s->states[i].reason = vdso_image_find(&s->addresses.v[i].module, &file->bytes, &file->len);
	return !s->states[i].reason;
}

static bool prepare_by_trace(struct symbolizer *s, size_t i)
{
	const struct module_addresses *m = &s->addresses.v[i];

	switch (m->module.kind) {
	case TRACE_MODULE_UNMAPPED:
		s->states[i].reason = NAME_REASON_NOT_MAPPED;
		return false;
	case TRACE_MODULE_JIT:
		if (m->jit_map.len || m->jit_map_is_cut)
			return true;
		s->states[i].reason = NAME_REASON_NO_JIT_MAP;
		return false;
	default:
		s->states[i].reason = m->symbols.cnt ? NAME_REASON_NONE : NAME_REASON_HIDDEN;
		return m->symbols.cnt;
	}
}

static bool prepare_module(struct symbolizer *s, size_t i, struct worker_task *out)
{
	struct naming_state *state = &s->states[i];
	const struct module_addresses *m = &s->addresses.v[i];

	if (!m->offsets.cnt)
		return false;
	state->naming = (struct naming){
		.asked = m,
		.file = { .fd = -1 },
		.debug = { .fd = -1 },
		.alt = { .fd = -1 },
		.style = s->options->style,
		.without_dwarf = state->death != NULL,
	};
	out->run = naming_run;
	out->work = &state->naming;
	if (m->module.kind == TRACE_MODULE_FILE)
		state->was_asked = prepare_file(s, i, out);
	else if (m->module.kind == TRACE_MODULE_VDSO)
		state->was_asked = prepare_vdso(s, i);
	else
		state->was_asked = prepare_by_trace(s, i);
	return state->was_asked;
}

static void count_done(struct symbolizer *s)
{
	s->done_cnt++;
	if (s->options->progress)
		s->options->progress(s->options->progress_arg, s->done_cnt, s->addresses.cnt);
}

static bool prepare(void *owner, size_t i, struct worker_task *out)
{
	struct symbolizer *s = owner;

	if (prepare_module(s, i, out))
		return true;
	count_done(s);
	return false;
}

/* The second time: modules whose child died, of the debug file or of DWARF perhaps. */
static bool prepare_again(void *owner, size_t i, struct worker_task *out)
{
	struct symbolizer *s = owner;
	struct naming_state *state = &s->states[i];
	struct worker_result *before = &state->result;

	if (!state->was_asked || (!state->file.path && !state->file.debug_path))
		return false;
	if (!before->err.code || !before->was_tried)
		return false;
	state->death = mem_dup(before->err.text, strlen(before->err.text));
	module_file_close(&state->file);
	buf_release(&before->said);
	*before = (struct worker_result){ 0 };
	return prepare_module(s, i, out);
}

static void take_second_result(void *owner, size_t i, struct worker_result *result)
{
	struct symbolizer *s = owner;

	s->states[i].result = *result;
	result->said = (struct buf){ 0 };
}

static void take_result(void *owner, size_t i, struct worker_result *result)
{
	take_second_result(owner, i, result);
	count_done(owner);
}

/* ---- after it ---- */

static void add_unnamed(struct symbolizer *s, size_t i, enum name_reason reason)
{
	const struct module_addresses *m = &s->addresses.v[i];

	for (size_t k = 0; k < m->offsets.cnt; k++)
		name_table_add(s->names, (uint32_t)i, m->offsets.v[k], NULL, 0, reason);
}

/* What the child said, or why it said nothing, goes into the table. */
static void take_answer(struct symbolizer *s, size_t i, struct answer_summary *out)
{
	const struct module_addresses *m = &s->addresses.v[i];
	struct worker_result *result = &s->states[i].result;
	struct answer_target target = { .names = s->names,
					.module = (uint32_t)i,
					.offsets = m->offsets.v,
					.offset_cnt = m->offsets.cnt };

	if (!result->err.code &&
	    !answer_read(out, result->said.v, result->said.len, &target, &result->err)) {
		if (!out->reason && !out->named_cnt)
			out->reason = NAME_REASON_NO_MATCH;
		return;
	}
	add_unnamed(s, i, NAME_REASON_BAD_FILE);
	*out = (struct answer_summary){ .reason = NAME_REASON_BAD_FILE };
	out->why = mem_dup(result->err.text, strlen(result->err.text));
}

/* An unused file is believed to be one only where there is another. */
static void drop_unused(struct module_file *file, const struct answer_summary *summary)
{
	if (!file->path || !file->debug_path)
		return;
	if (summary->unused == ANSWER_UNUSED_FILE)
		module_file_drop_mapped(file, summary->why);
	else if (summary->unused == ANSWER_UNUSED_DEBUG)
		module_file_drop_debug(file, summary->why);
}

static void report_module(struct symbolizer_report *report, const struct module_addresses *m,
			  const struct answer_summary *summary, const char *note)
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
static char *keep_earlier(struct symbolizer *s, size_t i, struct answer_summary *summary)
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

static void finish_module(struct symbolizer *s, size_t i, struct symbolizer_report *report)
{
	const struct module_addresses *m = &s->addresses.v[i];
	struct naming_state *state = &s->states[i];
	struct answer_summary summary = { .reason = state->reason };
	char *note;

	if (state->was_asked)
		take_answer(s, i, &summary);
	else
		add_unnamed(s, i, state->reason);
	drop_unused(&state->file, &summary);
	note = keep_earlier(s, i, &summary);
	if (!note)
		note = module_note(m, &state->file, summary.reason, summary.why ? summary.why : "");
	name_table_set_module_note(s->names, (uint32_t)i, summary.reason, note);
	report_module(report, m, &summary, note);
	free(note);
	free(summary.why);
}

static void release(struct symbolizer *s)
{
	for (size_t i = 0; s->states && i < s->addresses.cnt; i++) {
		module_file_close(&s->states[i].file);
		free(s->states[i].death);
		buf_release(&s->states[i].result.said);
	}
	free(s->states);
	name_table_free(s->earlier);
	trace_addresses_release(&s->addresses);
}

static void name_all(struct symbolizer *s, struct symbolizer_report *report)
{
	struct worker_crew crew = { .owner = s, .prepare = prepare, .done = take_result };

	s->states = mem_alloc(s->addresses.cnt + 1, sizeof(*s->states));
	for (size_t i = 0; i < s->addresses.cnt; i++)
		s->states[i].file = MODULE_FILE_NONE;
	worker_run_all(&crew, s->addresses.cnt);
	report->damaged_chunk_cnt = s->addresses.damaged_chunk_cnt;
	report->damaged_bytes = s->addresses.damaged_bytes;
	crew.prepare = prepare_again;
	crew.done = take_second_result;
	worker_run_all(&crew, s->addresses.cnt);
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
	if (!bad)
		name_all(&s, &report);
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
	return symbolizer_run(r, &(struct symbolizer_options){ 0 }, out, NULL, err);
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
