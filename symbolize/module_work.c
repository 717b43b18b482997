#include "symbolize/module_work.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "symbolize/debuginfod.h"
#include "symbolize/symbolizer.h"
#include "symbolize/vdso_image.h"

/*
 * A second child reads tables of the file once more, so it pays only where there is much to
 * do: by the number of addresses, or where DWARF is so large that any few take long.
 */
#define MANY_OFFSETS 20000
#define MANY_BYTES ((uint64_t)100 << 20)
#define PIECE_OFFSETS_MIN 2000

#define OFFSET_WEIGHT 256 /* of one offset, in bytes of a file */

/* Its names come with the trace, so it does without any file. */
static bool is_kernel(const struct module_work *w)
{
	return w->m->module.kind == TRACE_MODULE_KERNEL ||
	       w->m->module.kind == TRACE_MODULE_KERNEL_MODULE;
}

/* ---- survey ---- */

static void open_files(struct module_work *w, const struct symbolizer_options *options)
{
	const struct module_places places = {
		.paths = (const char *const *)w->m->paths.v,
		.path_cnt = w->m->paths.cnt,
		.debug_dirs = options->debug_dirs,
		.debug_dir_cnt = options->debug_dir_cnt,
		.fetched_dir = options->debuginfod ? options->debuginfod->folder : NULL,
	};

	module_file_close(&w->file);
	module_file_open(&w->file, &w->m->module, &places);
}

/* True: a file came that was not there. */
static bool fetch(struct module_work *w, const struct symbolizer_options *options,
		  const uint8_t *build_id, size_t len)
{
	struct err err = { 0 };

	if (!debuginfod_fetch(options->debuginfod, build_id, len, &err))
		return true;
	if (!w->not_fetched)
		w->not_fetched = mem_dup(err.text, strlen(err.text));
	return false;
}

/* Only what is missing here, and what that leans on. */
static void fetch_files(struct module_work *w, const struct symbolizer_options *options)
{
	const struct trace_module *module = &w->m->module;

	if (!w->file.has_dwarf && module->build_id_len &&
	    fetch(w, options, module->build_id, module->build_id_len))
		open_files(w, options);
	if (w->file.alt_build_id_len && w->file.alt_fd < 0 &&
	    fetch(w, options, w->file.alt_build_id, w->file.alt_build_id_len))
		open_files(w, options);
}

static void make_key(struct name_cache_key *out, const struct module_work *w,
		     const struct symbolizer_options *options)
{
	const struct trace_module *module = &w->m->module;

	name_cache_key_start(out, module->build_id, module->build_id_len, options->style);
	name_cache_key_add(out, w->file.fd);
	name_cache_key_add(out, w->file.debug_fd);
	name_cache_key_add(out, w->file.alt_fd);
}

static void survey_file(struct module_work *w, const struct symbolizer_options *options)
{
	open_files(w, options);
	if (options->debuginfod)
		fetch_files(w, options);
	w->reason = w->file.reason;
	if (w->reason)
		return;
	make_key(&w->key, w, options);
	if (options->cache)
		name_cache_read(options->cache, &w->key, &w->answers);
	module_file_suspend(&w->file);
}

/* The DWARF of a vmlinux or of a module adds what was inlined, files and lines. */
static void survey_kernel(struct module_work *w, const struct symbolizer_options *options)
{
	if (w->reason || !w->m->module.build_id_len)
		return;
	open_files(w, options);
	if (options->debuginfod)
		fetch_files(w, options);
	make_key(&w->key, w, options);
	module_file_suspend(&w->file);
}

static enum name_reason survey_trace(const struct module_addresses *m)
{
	switch (m->module.kind) {
	case TRACE_MODULE_UNMAPPED:
		return NAME_REASON_NOT_MAPPED;
	case TRACE_MODULE_JIT:
		return m->jit_map.len || m->jit_map_is_cut ? NAME_REASON_NONE
							   : NAME_REASON_NO_JIT_MAP;
	default:
		return m->symbols.cnt ? NAME_REASON_NONE : NAME_REASON_HIDDEN;
	}
}

void module_work_survey(struct module_work *w, const struct module_addresses *m,
			const struct symbolizer_options *options)
{
	struct naming_file vdso;

	*w = (struct module_work){ .m = m, .file = MODULE_FILE_NONE };
	if (!m->offsets.cnt)
		return;
	if (m->module.kind == TRACE_MODULE_FILE)
		survey_file(w, options);
	else if (m->module.kind == TRACE_MODULE_VDSO)
		w->reason = vdso_image_find(&m->module, &vdso.bytes, &vdso.len);
	else
		w->reason = survey_trace(m);
	if (is_kernel(w))
		survey_kernel(w, options);
	if (!w->reason)
		name_answers_missing(&w->answers, m->offsets.v, m->offsets.cnt, &w->missing);
}

/* ---- pieces ---- */

static size_t piece_cnt(const struct module_work *w)
{
	uint64_t bytes = w->file.debug_len ? w->file.debug_len : w->file.len;
	size_t most = w->missing.cnt / PIECE_OFFSETS_MIN;

	if (w->m->module.kind != TRACE_MODULE_FILE ||
	    (w->missing.cnt < MANY_OFFSETS && bytes < MANY_BYTES))
		most = 1;
	if (most > worker_cpu_cnt())
		most = worker_cpu_cnt();
	return most ? most : 1;
}

void module_work_cut(struct module_work *w, size_t index, struct module_pieces *pieces)
{
	uint64_t bytes = w->file.len + w->file.debug_len;
	size_t cnt = w->missing.cnt ? piece_cnt(w) : 0;

	for (size_t i = 0; i < cnt; i++) {
		size_t from = w->missing.cnt * i / cnt;
		size_t to = w->missing.cnt * (i + 1) / cnt;

		*vec_push(pieces) = (struct module_piece){
			.module = index,
			.from = from,
			.asked = *w->m,
			.weight = bytes + (to - from) * OFFSET_WEIGHT,
		};
		pieces->v[pieces->cnt - 1].asked.offsets.v = w->missing.v + from;
		pieces->v[pieces->cnt - 1].asked.offsets.cnt = to - from;
	}
	w->piece_cnt = w->waiting_cnt = cnt;
}

/* ---- one piece ---- */

/* The files, opened again, are the child's. They may have changed since the survey. */
static bool prepare_files(struct module_work *w, struct module_piece *p,
			  const struct symbolizer_options *options, struct worker_task *out)
{
	struct module_file *file = &w->file;
	struct name_cache_key key;

	open_files(w, options);
	make_key(&key, w, options);
	if (key.bytes.len != w->key.bytes.len ||
	    memcmp(key.bytes.v, w->key.bytes.v, key.bytes.len) != 0)
		w->has_faults = true;
	name_cache_key_release(&key);
	if (p->death && file->debug_path && (file->path || is_kernel(w)))
		module_file_drop_debug(file, p->death);
	if (p->death && file->path && is_kernel(w))
		module_file_drop_mapped(file, p->death);
	if (file->reason)
		return false;
	p->naming.file = (struct naming_file){ .fd = file->fd, .len = file->len };
	p->naming.debug = (struct naming_file){ .fd = file->debug_fd, .len = file->debug_len };
	p->naming.alt = (struct naming_file){ .fd = file->alt_fd, .len = file->alt_len };
	worker_task_add_file(out, file->fd, file->len);
	worker_task_add_file(out, file->debug_fd, file->debug_len);
	worker_task_add_file(out, file->alt_fd, file->alt_len);
	file->fd = file->debug_fd = file->alt_fd = -1;
	return true;
}

static bool has_files(const struct module_work *w)
{
	return w->m->module.kind == TRACE_MODULE_FILE || w->file.path || w->file.debug_path;
}

bool module_work_prepare(struct module_work *w, struct module_piece *p,
			 const struct symbolizer_options *options, struct worker_task *out)
{
	struct naming_file *file = &p->naming.file;

	p->naming = (struct naming){
		.asked = &p->asked,
		.file = { .fd = -1 },
		.debug = { .fd = -1 },
		.alt = { .fd = -1 },
		.style = options->style,
		.without_dwarf = p->death != NULL,
	};
	out->run = naming_run;
	out->work = &p->naming;
	if (w->m->module.kind == TRACE_MODULE_VDSO)
		return !vdso_image_find(&w->m->module, &file->bytes, &file->len);
	if (!has_files(w) || prepare_files(w, p, options, out) || is_kernel(w))
		return true;
	err_set(&p->result.err, -1, "it was there, and is gone");
	return false;
}

bool module_work_revive(struct module_work *w, struct module_piece *p)
{
	struct worker_result *before = &p->result;

	if ((!w->file.path && !w->file.debug_path) || !before->err.code || !before->was_tried)
		return false;
	p->death = mem_dup(before->err.text, strlen(before->err.text));
	buf_release(&before->said);
	*before = (struct worker_result){ 0 };
	w->has_faults = true;
	return true;
}

static void keep_why(struct module_work *w, char **why)
{
	if (!w->why && *why && (*why)[0]) {
		w->why = *why;
		*why = NULL;
	}
}

/* Each offset of the piece without a name. */
static void take_death(struct module_work *w, struct module_piece *p)
{
	const struct name_offsets *missing = &w->missing;
	char *why = mem_dup(p->result.err.text, strlen(p->result.err.text));
	struct answer_summary summary = { 0 };
	struct buf said = { 0 };
	struct err err = { 0 };
	struct answer a;

	answer_start(&a, &said, NAME_REASON_BAD_FILE, ANSWER_UNUSED_NONE, "");
	for (size_t i = 0; i < p->asked.offsets.cnt; i++)
		answer_unnamed(&a, NAME_REASON_BAD_FILE);
	answer_end(&a);
	name_answers_take(&w->answers, &summary, &said, missing->v + p->from, p->asked.offsets.cnt,
			  &err);
	keep_why(w, &why);
	w->bad_cnt += p->asked.offsets.cnt;
	w->has_faults = true;
	buf_release(&said);
	free(summary.why);
	free(why);
}

/* Where the file that was dropped has been noted, that says it. */
static void keep_loss_of_dwarf(struct module_work *w, const struct module_piece *p)
{
	if (w->file.unused_path)
		return;
	w->no_dwarf_cnt += p->asked.offsets.cnt;
	if (!w->no_dwarf_why)
		w->no_dwarf_why = mem_dup(p->death, strlen(p->death));
}

void module_work_take(struct module_work *w, struct module_piece *p)
{
	struct answer_summary summary = { 0 };
	struct err *err = &p->result.err;

	if (err->code || name_answers_take(&w->answers, &summary, &p->result.said,
					   w->missing.v + p->from, p->asked.offsets.cnt, err)) {
		take_death(w, p);
		return;
	}
	if (summary.unused || summary.reason == NAME_REASON_BAD_FILE)
		w->has_faults = true;
	if (!w->unused)
		w->unused = summary.unused;
	keep_why(w, &summary.why);
	free(summary.why);
	if (p->death)
		keep_loss_of_dwarf(w, p);
}

void module_work_release(struct module_work *w)
{
	module_file_close(&w->file);
	name_answers_release(&w->answers);
	vec_release(&w->missing);
	name_cache_key_release(&w->key);
	free(w->why);
	free(w->no_dwarf_why);
	free(w->not_fetched);
	package_owner_release(&w->owner);
}

void module_piece_release(struct module_piece *p)
{
	buf_release(&p->result.said);
	free(p->death);
}
