#include "symbolize/copy_stacks.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/idmap.h"
#include "base/mem.h"
#include "formats/name_table.h"
#include "formats/trace_reader.h"
#include "symbolize/copy_answer.h"
#include "symbolize/copy_batch.h"
#include "symbolize/earlier_names.h"
#include "symbolize/module_file.h"
#include "symbolize/trace_addresses.h"
#include "symbolize/vdso_image.h"
#include "symbolize/worker.h"

_Static_assert(COPY_PLACES_MAX <= TRACE_DEPTH_MAX, "places");

/* A piece of the batch on its way. */
struct piece {
	size_t first; /* of the batch's entries */
	struct copy_piece work;
	struct trace_mapping *mappings;
	struct copy_file *files;
	uint32_t *modules; /* of the files, in trace_addresses */
	struct copy_stack *stacks;
	struct worker_result result;
};

struct unwinding {
	const struct copy_stacks *job;
	struct copy_counts *counts;
	struct idmap count_of; /* module of copies -> index in counts */
	struct idmap renamed;  /* module of the earlier names -> module */
	struct copy_batch batch;
	struct {
		VEC(struct piece);
	} pieces;
};

static struct copy_count *count_of(struct unwinding *u, uint32_t module)
{
	const uint32_t next = (uint32_t)u->counts->cnt;
	const uint32_t at = idmap_intern(&u->count_of, module, 0, next);

	if (at == next)
		*vec_push(u->counts) =
			(struct copy_count){ .module = module,
					     .tgid = u->job->addresses->v[module].owner.tgid };
	return &u->counts->v[at];
}

/* ---- the result of one stack ---- */

/* What an earlier run found, in modules of now, if it is more; the count, or 0. */
static size_t find_earlier(struct unwinding *u, const struct copy_entry *entry, size_t cnt,
			   struct name_place places[TRACE_DEPTH_MAX], enum trace_reason *root)
{
	const struct trace_addresses *a = u->job->addresses;
	const uint32_t before = earlier_names_find(u->job->earlier, &a->v[entry->module]);
	const struct name_place *found;
	enum trace_reason earlier_root;
	size_t found_cnt;

	if (before == TRACE_NONE)
		return 0;
	found = name_table_find_copy(u->job->earlier, before, entry->id, &found_cnt, &earlier_root);
	if (!found || found_cnt > TRACE_DEPTH_MAX || (earlier_root && found_cnt <= cnt))
		return 0;
	for (size_t i = 0; i < found_cnt; i++) {
		const uint32_t module = idmap_find(&u->renamed, found[i].module, 0);

		if (module == IDMAP_NONE)
			return 0;
		places[i] = found[i];
		places[i].module = module;
	}
	*root = earlier_root;
	return found_cnt;
}

static void keep_stack(struct unwinding *u, const struct copy_entry *entry,
		       struct name_place places[TRACE_DEPTH_MAX], size_t cnt,
		       enum trace_reason root)
{
	struct copy_count *count = count_of(u, entry->module);
	size_t earlier_cnt = root ? find_earlier(u, entry, cnt, places, &root) : 0;

	if (earlier_cnt) {
		cnt = earlier_cnt;
		count->kept_cnt++;
	}
	for (size_t i = 0; i < cnt; i++)
		trace_addresses_add(u->job->addresses, places[i].module, places[i].offset);
	name_table_add_copy(u->job->names, entry->module, entry->id, places, cnt, root);
	copy_count_add(count, cnt, root);
	copy_count_add(&u->counts->all, cnt, root);
}

static void keep_nothing(struct unwinding *u, const struct copy_entry *entry,
			 enum trace_reason root)
{
	struct name_place places[TRACE_DEPTH_MAX];

	keep_stack(u, entry, places, 0, root);
}

struct taking {
	struct unwinding *u;
	const struct piece *piece;
};

/* Where the walk ended for want of a file: which. */
static void keep_obstacle(struct taking *t, const struct copy_entry *entry, uint32_t module)
{
	char *text = mem_printf("the first that was missed: %s",
				t->u->job->addresses->v[module].module.path);

	copy_count_set_obstacle(count_of(t->u, entry->module), text);
	free(text);
}

static void take_stack(void *owner, size_t stack, const struct copy_place *from, size_t cnt,
		       enum trace_reason root)
{
	struct taking *t = owner;
	const struct piece *piece = t->piece;
	const struct copy_entry *entry = &t->u->batch.entries.v[piece->first + stack];
	struct name_place places[TRACE_DEPTH_MAX];

	for (size_t i = 0; i < cnt; i++) {
		const struct trace_mapping *m = &piece->mappings[from[i].mapping];
		const bool is_jit = piece->files[m->module].kind == TRACE_MODULE_JIT;

		places[i] = (struct name_place){
			.module = piece->modules[m->module],
			.kind = is_jit ? TRACE_FRAME_JIT : TRACE_FRAME_USER,
			.offset = is_jit ? from[i].address
					 : from[i].address - m->start + m->file_offset,
		};
	}
	if (root == TRACE_REASON_NO_TABLE && cnt)
		keep_obstacle(t, entry, places[cnt - 1].module);
	keep_stack(t->u, entry, places, cnt, root);
}

/* ---- pieces ---- */

static bool is_code(enum trace_module_kind kind)
{
	return kind == TRACE_MODULE_FILE || kind == TRACE_MODULE_VDSO || kind == TRACE_MODULE_JIT;
}

/* The mappings that a child needs, their modules numbered from 0. */
static void number_files(const struct unwinding *u, struct piece *p, const struct copy_set *set)
{
	struct idmap file_of = { 0 };

	p->mappings = mem_alloc(set->cnt + 1, sizeof(*p->mappings));
	p->files = mem_alloc(set->cnt + 1, sizeof(*p->files));
	p->modules = mem_alloc(set->cnt + 1, sizeof(*p->modules));
	for (size_t i = 0; i < set->cnt; i++) {
		const uint32_t module = set->v[i].module;
		const enum trace_module_kind kind = u->job->addresses->v[module].module.kind;
		const uint32_t next = (uint32_t)p->work.file_cnt;
		uint32_t file;

		if (!is_code(kind))
			continue;
		file = idmap_intern(&file_of, module, 0, next);
		if (file == next) {
			p->files[next] = (struct copy_file){ .kind = kind, .fd = -1 };
			p->modules[next] = module;
			p->work.file_cnt++;
		}
		p->mappings[p->work.mapping_cnt] = set->v[i];
		p->mappings[p->work.mapping_cnt++].module = file;
	}
	idmap_release(&file_of);
}

static void open_file(const struct unwinding *u, struct copy_file *out, uint32_t module,
		      struct worker_task *task)
{
	const struct module_addresses *m = &u->job->addresses->v[module];
	const struct module_places places = {
		.paths = (const char *const *)m->paths.v,
		.path_cnt = m->paths.cnt,
		.debug_dirs = u->job->debug_dirs,
		.debug_dir_cnt = u->job->debug_dir_cnt,
	};
	struct module_file file;

	if (out->kind == TRACE_MODULE_VDSO)
		vdso_image_find(&m->module, &out->bytes, &out->len);
	if (out->kind != TRACE_MODULE_FILE)
		return;
	module_file_open(&file, &m->module, &places);
	out->fd = file.fd;
	out->len = file.len;
	if (file.fd >= 0)
		worker_task_add_file(task, file.fd, file.len);
	file.fd = -1;
	module_file_close(&file);
}

static bool prepare(void *owner, size_t index, struct worker_task *out)
{
	struct unwinding *u = owner;
	struct piece *p = &u->pieces.v[index];
	const struct copy_entry *entries = &u->batch.entries.v[p->first];

	number_files(u, p, &u->batch.sets.v[entries[0].set]);
	for (size_t i = 0; i < p->work.file_cnt; i++)
		open_file(u, &p->files[i], p->modules[i], out);
	p->stacks = mem_alloc(p->work.stack_cnt, sizeof(*p->stacks));
	for (size_t i = 0; i < p->work.stack_cnt; i++)
		p->stacks[i] = entries[i].stack;
	p->work.mappings = p->mappings;
	p->work.files = p->files;
	p->work.stacks = p->stacks;
	out->run = copy_unwind_run;
	out->work = &p->work;
	return true;
}

static void take_result(void *owner, size_t index, struct worker_result *result)
{
	struct unwinding *u = owner;

	u->pieces.v[index].result = *result;
	result->said = (struct buf){ 0 };
}

/* A child, and what it died of; its stacks are as they were. */
static void keep_failure(struct unwinding *u, const struct copy_entry *entry, const struct err *err)
{
	char *text = mem_printf("a child failed at the files of its process: %s", err->text);

	copy_count_set_obstacle(count_of(u, entry->module), text);
	free(text);
}

static void finish_piece(struct unwinding *u, struct piece *p)
{
	struct taking taking = { .u = u, .piece = p };
	const struct copy_answer_sink sink = { .take = take_stack, .owner = &taking };
	struct err *err = &p->result.err;

	if (!err->code)
		copy_answer_read(p->result.said.v, p->result.said.len, &p->work, &sink, err);
	for (size_t i = 0; err->code && i < p->work.stack_cnt; i++) {
		const struct copy_entry *entry = &u->batch.entries.v[p->first + i];

		keep_failure(u, entry, err);
		keep_nothing(u, entry, TRACE_REASON_NOT_UNWOUND);
	}
	buf_release(&p->result.said);
	free(p->mappings);
	free(p->files);
	free(p->modules);
	free(p->stacks);
}

/* Those that come without mappings lead nowhere. */
static void make_pieces(struct unwinding *u)
{
	const struct copy_batch *b = &u->batch;

	for (size_t at = 0; at < b->entries.cnt;) {
		const size_t cnt = copy_batch_piece(b, at);

		if (b->entries.v[at].set != TRACE_NONE)
			*vec_push(&u->pieces) =
				(struct piece){ .first = at, .work = { .stack_cnt = cnt } };
		else
			for (size_t i = 0; i < cnt; i++)
				keep_nothing(u, &b->entries.v[at + i], TRACE_REASON_NO_MAPPING);
		at += cnt;
	}
}

/* Modules of the earlier names as they are numbered now. */
static void renumber_earlier(struct unwinding *u)
{
	const struct trace_addresses *a = u->job->addresses;

	for (size_t i = 0; i < a->cnt; i++) {
		const uint32_t before = earlier_names_find(u->job->earlier, &a->v[i]);

		if (before != TRACE_NONE)
			idmap_set(&u->renamed, before, 0, (uint32_t)i);
	}
}

static void unwind_batch(struct unwinding *u)
{
	const struct worker_crew crew = { .owner = u, .prepare = prepare, .done = take_result };

	renumber_earlier(u);
	copy_batch_sort(&u->batch);
	make_pieces(u);
	worker_run_all(&crew, u->pieces.cnt);
	for (size_t i = 0; i < u->pieces.cnt; i++)
		finish_piece(u, &u->pieces.v[i]);
	vec_release(&u->pieces);
	copy_batch_release(&u->batch);
}

/* ---- from the trace ---- */

static uint32_t module_of(struct unwinding *u, uint32_t group_id)
{
	struct trace_reader *r = u->job->reader;
	const struct trace_module *module = trace_reader_module(r, group_id);
	const struct trace_process *owner = NULL;

	if (module->process != TRACE_NONE)
		owner = trace_reader_process(r, module->process);
	return trace_addresses_module(u->job->addresses, u->job->names, module, owner);
}

static uint32_t set_of(struct unwinding *u, uint32_t group_id)
{
	uint32_t at =
		group_id == TRACE_NONE ? TRACE_NONE : copy_batch_find_set(&u->batch, group_id);
	struct copy_set *set;

	if (at != TRACE_NONE || group_id == TRACE_NONE)
		return at;
	set = copy_batch_add_set(&u->batch, trace_reader_mappings(u->job->reader, group_id),
				 group_id);
	for (size_t i = 0; i < set->cnt; i++)
		set->v[i].module = module_of(u, set->v[i].module);
	return (uint32_t)u->batch.sets.cnt - 1;
}

static void keep_copy(struct unwinding *u, const struct trace_copy *copy)
{
	const uint32_t module = module_of(u, copy->module);

	if (copy->register_cnt != COPY_REGISTER_CNT) {
		const struct copy_entry entry = { .module = module, .id = copy->id };

		keep_nothing(u, &entry, TRACE_REASON_UNSUPPORTED);
		return;
	}
	copy_batch_add(&u->batch, copy, module, set_of(u, copy->mappings));
	if (copy_batch_is_full(&u->batch))
		unwind_batch(u);
}

/* What people are told of each process's copies. */
static void set_notes(const struct unwinding *u)
{
	struct buf text = { 0 };

	for (size_t i = 0; i < u->counts->cnt; i++) {
		buf_clear(&text);
		copy_count_text(&u->counts->v[i], &text);
		name_table_set_module_note(u->job->names, u->counts->v[i].module, NAME_REASON_NONE,
					   buf_text(&text));
	}
	buf_release(&text);
}

int copy_stacks_unwind(const struct copy_stacks *job, struct copy_counts *out, struct err *err)
{
	struct copy_counts counts = { 0 };
	struct unwinding u = { .job = job, .counts = &counts };
	struct trace_record record;
	int got;

	while ((got = trace_reader_next(job->reader, &record, err)) > 0) {
		if (record.kind == TRACE_RECORD_KEY_FRAME)
			copy_batch_end_group(&u.batch);
		else if (record.kind == TRACE_RECORD_COPY)
			keep_copy(&u, &record.copy);
	}
	trace_reader_rewind(job->reader);
	if (!got) {
		unwind_batch(&u);
		set_notes(&u);
		trace_addresses_sort(job->addresses);
	}
	copy_batch_release(&u.batch);
	idmap_release(&u.count_of);
	idmap_release(&u.renamed);
	if (got) {
		copy_counts_release(&counts);
		return got;
	}
	*out = counts;
	return 0;
}
