#include "collector/unwind_tables.h"

#include <bpf/bpf.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/idmap.h"
#include "base/mem.h"
#include "base/vec.h"
#include "collector/range_heap.h"
#include "collector/unwind_modules.h"

#define NO_RUN UINT32_MAX

/* Mappings that lie one behind the other; processes that have the same ones share them. */
struct run {
	struct heap_range place;
	uint64_t hash;
	uint32_t serial;   /* struct unwind_process calls it its run */
	uint32_t user_cnt; /* 0: the slot is free */
	struct {
		VEC(uint32_t);
	} held; /* modules */
};

/* What is published of a process. */
struct space {
	uint32_t tgid;
	uint32_t run;
	uint64_t check;
	uint64_t maps_version; /* of the process when the run was made */
	bool published;
};

struct unwind_tables {
	struct unwind_arrays arrays;
	bool own; /* the arrays are ours to free */
	struct task_log *tasks;
	struct unwind_modules *modules;
	struct range_heap mappings;
	struct {
		VEC(struct run);
	} runs;
	struct {
		VEC(struct space);
	} spaces;
	uint32_t serial; /* of the run made last */
	struct idmap run_by_hash, space_by_tgid;
	struct {
		VEC(struct unwind_mapping);
	} pieces; /* of the run that is being made */
	struct {
		VEC(uint32_t);
	} held;
};

static void take_memory(struct unwind_tables *t)
{
	struct unwind_arrays *a = &t->arrays;

	t->own = true;
	a->rows = mem_alloc(a->row_max, sizeof(*a->rows));
	a->blocks = mem_alloc(a->block_max, sizeof(*a->blocks));
	a->rules = mem_alloc(a->rule_max, sizeof(*a->rules));
	a->mappings = mem_alloc(a->mapping_max, sizeof(*a->mappings));
}

struct unwind_tables *unwind_tables_new(const struct unwind_arrays *arrays,
					struct module_log *modules, struct task_log *tasks,
					const char *cache_dir)
{
	struct unwind_tables *t = mem_alloc(1, sizeof(*t));

	t->arrays = *arrays;
	if (!arrays->rows)
		take_memory(t);
	t->tasks = tasks;
	t->modules = unwind_modules_new(&t->arrays, modules, cache_dir);
	range_heap_init(&t->mappings, arrays->mapping_max);
	return t;
}

void unwind_tables_free(struct unwind_tables *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->runs.cnt; i++)
		vec_release(&t->runs.v[i].held);
	vec_release(&t->runs);
	vec_release(&t->spaces);
	vec_release(&t->pieces);
	vec_release(&t->held);
	idmap_release(&t->run_by_hash);
	idmap_release(&t->space_by_tgid);
	range_heap_release(&t->mappings);
	unwind_modules_free(t->modules);
	if (t->own) {
		free(t->arrays.rows);
		free(t->arrays.blocks);
		free(t->arrays.rules);
		free(t->arrays.mappings);
	}
	free(t);
}

const struct unwind_arrays *unwind_tables_arrays(const struct unwind_tables *t)
{
	return &t->arrays;
}

void unwind_tables_counts(const struct unwind_tables *t, struct unwind_tables_counts *out)
{
	unwind_modules_counts(t->modules, out);
}

/* A runtime asks for its code memory piece by piece: neighbours without tables are one. */
static void add_piece(struct unwind_tables *t, const struct unwind_mapping *piece)
{
	struct unwind_mapping *last = t->pieces.cnt ? &t->pieces.v[t->pieces.cnt - 1] : NULL;

	if (last && piece->kind == UNWIND_MAPPING_FRAME_POINTER && last->kind == piece->kind &&
	    last->end == piece->begin)
		last->end = piece->end;
	else
		*vec_push(&t->pieces) = *piece;
}

/* Higher lies the kernel's [vsyscall], whose address a search would take for a low one. */
#define ADDRESS_MAX ((uint64_t)INT64_MAX)

/* Fills `pieces` and `held`. */
static void make_pieces(struct unwind_tables *t, const struct process *p)
{
	struct unwind_mapping pieces[UNWIND_PIECES_MAX];

	t->pieces.cnt = t->held.cnt = 0;
	for (size_t i = 0; i < p->mappings.cnt; i++) {
		uint32_t held;
		size_t cnt;

		if (p->mappings.v[i].end > ADDRESS_MAX)
			continue;
		cnt = unwind_modules_place(t->modules, &p->mappings.v[i], pieces, &held);
		if (t->pieces.cnt + cnt > UNWIND_PROCESS_MAPPINGS_MAX)
			return;
		for (size_t k = 0; k < cnt; k++)
			add_piece(t, &pieces[k]);
		if (held != MODULE_JIT)
			*vec_push(&t->held) = held;
	}
}

static size_t pieces_size(const struct unwind_tables *t)
{
	return t->pieces.cnt * sizeof(*t->pieces.v);
}

static uint32_t free_run(struct unwind_tables *t)
{
	for (size_t i = 0; i < t->runs.cnt; i++)
		if (!t->runs.v[i].user_cnt)
			return (uint32_t)i;
	*vec_push(&t->runs) = (struct run){ 0 };
	return (uint32_t)t->runs.cnt - 1;
}

static uint32_t add_run(struct unwind_tables *t, uint64_t hash)
{
	struct heap_range place;
	struct run *r;
	uint32_t id;

	if (!range_heap_take(&t->mappings, (uint32_t)t->pieces.cnt, &place))
		return NO_RUN;
	id = free_run(t);
	r = &t->runs.v[id];
	r->place = place;
	r->hash = hash;
	r->serial = ++t->serial ? t->serial : ++t->serial;
	r->user_cnt = 1;
	r->held.cnt = 0;
	if (t->pieces.cnt)
		memcpy(&t->arrays.mappings[place.first], t->pieces.v, pieces_size(t));
	for (size_t i = 0; i < t->held.cnt; i++) {
		*vec_push(&r->held) = t->held.v[i];
		unwind_modules_hold(t->modules, t->held.v[i]);
	}
	idmap_set(&t->run_by_hash, hash, t->pieces.cnt, id);
	return id;
}

/* The run of a process as it is now, with one user more; NO_RUN: there is no room. */
static uint32_t take_run(struct unwind_tables *t, const struct process *p)
{
	uint64_t hash;
	uint32_t id;

	make_pieces(t, p);
	hash = hash_bytes(t->pieces.v, pieces_size(t));
	id = idmap_find(&t->run_by_hash, hash, t->pieces.cnt);
	if (id != IDMAP_NONE &&
	    (!t->pieces.cnt || !memcmp(&t->arrays.mappings[t->runs.v[id].place.first], t->pieces.v,
				       pieces_size(t)))) {
		t->runs.v[id].user_cnt++;
		return id;
	}
	return add_run(t, hash);
}

static void leave_run(struct unwind_tables *t, uint32_t id)
{
	struct run *r = id == NO_RUN ? NULL : &t->runs.v[id];

	if (!r || --r->user_cnt)
		return;
	for (size_t i = 0; i < r->held.cnt; i++)
		unwind_modules_drop(t->modules, r->held.v[i]);
	range_heap_give(&t->mappings, r->place);
	if (idmap_find(&t->run_by_hash, r->hash, r->place.cnt) == id)
		idmap_remove(&t->run_by_hash, r->hash, r->place.cnt);
}

static struct unwind_process process_of(const struct unwind_tables *t, const struct space *s)
{
	struct unwind_process process = { .check = s->check };

	if (s->run != NO_RUN) {
		process.first = t->runs.v[s->run].place.first;
		process.cnt = t->runs.v[s->run].place.cnt;
		process.run = t->runs.v[s->run].serial;
	}
	return process;
}

/*
 * A full hash costs the process its tables in BPF: its stacks go on coming as copies, and each
 * of them tries again. What was published before may not stay, for its run will be another's.
 */
static void publish(const struct unwind_tables *t, struct space *s)
{
	struct unwind_process process = process_of(t, s);
	int fd = t->arrays.process_fd;

	s->published = true;
	if (fd < 0 || !s->check || !bpf_map_update_elem(fd, &s->tgid, &process, BPF_ANY))
		return;
	s->published = false;
	bpf_map_delete_elem(fd, &s->tgid);
}

/* True if it is another one than before. The old one is left when nobody finds it any more. */
static bool renew_run(struct unwind_tables *t, struct space *s, const struct process *p)
{
	uint32_t before = s->run;

	s->run = take_run(t, p);
	s->maps_version = p->maps_version;
	if (s->run != before)
		publish(t, s);
	leave_run(t, before);
	return s->run != before;
}

static struct space *get_space(struct unwind_tables *t, struct process *p)
{
	uint32_t at = idmap_intern(&t->space_by_tgid, p->tgid, 0, (uint32_t)t->spaces.cnt);
	struct space *s;

	if (at == t->spaces.cnt)
		*vec_push(&t->spaces) = (struct space){ .tgid = p->tgid, .run = NO_RUN };
	s = &t->spaces.v[at];
	if (!p->maps_known)
		task_log_mapping(t->tasks, p, 0);
	if (s->run == NO_RUN || s->maps_version != p->maps_version)
		renew_run(t, s, p);
	return s;
}

struct unwind_process unwind_tables_process(struct unwind_tables *t, struct process *p,
					    uint64_t check)
{
	struct space *s = get_space(t, p);

	if (check && (check != s->check || !s->published)) {
		s->check = check;
		publish(t, s);
	}
	return process_of(t, s);
}

/* The mapping that holds the address, with the rows of its module if they can be had. */
static const struct mapping *want_mapping(struct unwind_tables *t, struct process *p,
					  uint64_t address)
{
	const struct mapping *m = task_log_mapping(t->tasks, p, address);
	struct module_place place = { .tgid = p->tgid };

	if (!m)
		return NULL;
	place.start = m->start;
	place.end = m->end;
	return unwind_modules_want(t->modules, m->module, &place) ? m : NULL;
}

bool unwind_tables_want(struct unwind_tables *t, struct process *p, uint64_t address)
{
	struct space *s = get_space(t, p);

	return want_mapping(t, p, address) && renew_run(t, s, p);
}

bool unwind_tables_outermost(struct unwind_tables *t, struct process *p, uint64_t address)
{
	const struct mapping *m = want_mapping(t, p, address);
	struct unwind_mapping pieces[UNWIND_PIECES_MAX];
	uint32_t held;
	size_t cnt = m ? unwind_modules_place(t->modules, m, pieces, &held) : 0;

	for (size_t i = 0; i < cnt; i++)
		if (pieces[i].kind == UNWIND_MAPPING_TABLE && address >= pieces[i].begin &&
		    address < pieces[i].end)
			return unwind_modules_rule(t->modules, &pieces[i], address).kind ==
			       UNWIND_STOP;
	return false;
}

static void remove_space(struct unwind_tables *t, size_t at)
{
	struct space gone = t->spaces.v[at];

	idmap_remove(&t->space_by_tgid, gone.tgid, 0);
	t->spaces.v[at] = t->spaces.v[--t->spaces.cnt];
	if (at < t->spaces.cnt)
		idmap_set(&t->space_by_tgid, t->spaces.v[at].tgid, 0, (uint32_t)at);
	if (t->arrays.process_fd >= 0 && gone.check)
		bpf_map_delete_elem(t->arrays.process_fd, &gone.tgid);
	leave_run(t, gone.run);
}

void unwind_tables_forget(struct unwind_tables *t, uint32_t tgid)
{
	uint32_t at = idmap_find(&t->space_by_tgid, tgid, 0);

	if (at != IDMAP_NONE)
		remove_space(t, at);
}

void unwind_tables_settled(struct unwind_tables *t)
{
	for (size_t i = t->spaces.cnt; i--;) {
		struct space *s = &t->spaces.v[i];
		const struct process *p = task_log_find(t->tasks, s->tgid);

		if (!p)
			remove_space(t, i);
		else if (p->maps_known && p->maps_version != s->maps_version)
			renew_run(t, s, p);
	}
	unwind_modules_settle(t->modules);
	range_heap_settle(&t->mappings);
}
