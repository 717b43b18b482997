#include "symbolize/trace_addresses.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/idmap.h"
#include "base/mem.h"
#include "formats/name_table.h"
#include "formats/trace_reader.h"

/*
 * One pass. Ids of the trace are void at each key frame, so a module of the
 * current group is translated to its identity once and remembered in `ids`.
 */

#define SETTLE_LEAST 4096 /* offsets of a module, before they are sorted in between */

struct collection {
	struct trace_addresses *out;
	struct trace_reader *r;
	struct name_table *names;
	struct idmap symbols_seen; /* (module, offset): tables are repeated in each group */
	struct idmap maps_seen;	   /* (module, hash of the text) */
	size_t jit_bytes_max;
	struct {
		VEC(uint32_t);
	} ids;		/* module of the group -> index */
	uint32_t frame; /* first one of the group not yet looked at */
};

static void keep_path(struct trace_addresses *a, uint32_t id, const char *path)
{
	uint64_t hash = hash_bytes(path, strlen(path));

	if (idmap_find(&a->paths_seen, id, hash) != IDMAP_NONE)
		return;
	idmap_set(&a->paths_seen, id, hash, 0);
	*vec_push(&a->v[id].paths) = mem_dup(path, strlen(path));
}

uint32_t trace_addresses_module(struct trace_addresses *a, struct name_table *names,
				const struct trace_module *module,
				const struct trace_process *owner)
{
	const uint32_t id = name_table_module(names, module, owner);
	struct module_addresses *m;

	while (a->cnt <= id)
		*vec_push(a) = (struct module_addresses){ 0 };
	m = &a->v[id];
	keep_path(a, id, module->path);
	if (m->module.kind)
		return id;
	m->module = *module;
	m->module.path = m->paths.v[0];
	if (!owner)
		return id;
	m->has_owner = true;
	m->owner = *owner;
	m->owner.comm = m->owner.executable = m->owner.cgroup = "";
	return id;
}

static int by_offset(const void *left, const void *right)
{
	const uint64_t a = *(const uint64_t *)left;
	const uint64_t b = *(const uint64_t *)right;

	return a < b ? -1 : a > b;
}

/* Ascending, each once. Most come so: frames of a chunk are sorted. */
static void settle(struct module_addresses *m)
{
	uint64_t *v = m->offsets.v;
	size_t cnt = m->offsets.cnt, kept = 1, i = 1;

	while (i < cnt && v[i - 1] < v[i])
		i++;
	if (i < cnt) {
		qsort(v, cnt, sizeof(*v), by_offset);
		for (i = 1; i < cnt; i++)
			if (v[i] != v[kept - 1])
				v[kept++] = v[i];
		m->offsets.cnt = kept;
	}
	m->settle_cnt = 2 * m->offsets.cnt;
}

/* Each group of the trace brings them again, so they are settled now and then. */
void trace_addresses_add(struct trace_addresses *a, uint32_t module, uint64_t offset)
{
	struct module_addresses *m = &a->v[module];

	if (m->offsets.cnt >= SETTLE_LEAST && m->offsets.cnt >= m->settle_cnt)
		settle(m);
	*vec_push(&m->offsets) = offset;
}

static uint32_t module_of(struct collection *c, uint32_t group_id)
{
	const struct trace_module *module = trace_reader_module(c->r, group_id);
	const struct trace_process *owner = NULL;
	uint32_t id;

	while (c->ids.cnt <= group_id)
		*vec_push(&c->ids) = TRACE_NONE;
	if (c->ids.v[group_id] != TRACE_NONE)
		return c->ids.v[group_id];
	if (module->process != TRACE_NONE)
		owner = trace_reader_process(c->r, module->process);
	id = trace_addresses_module(c->out, c->names, module, owner);
	c->ids.v[group_id] = id;
	return id;
}

static void keep_new_frames(struct collection *c)
{
	for (uint32_t cnt = trace_reader_frame_cnt(c->r); c->frame < cnt; c->frame++) {
		const struct trace_frame *frame = trace_reader_frame(c->r, c->frame);
		uint32_t id;

		if (frame->kind == TRACE_FRAME_LOST || frame->module == TRACE_NONE)
			continue;
		id = module_of(c, frame->module);
		if (c->out->v[id].module.kind == TRACE_MODULE_COPY)
			c->out->has_copies = true;
		else
			trace_addresses_add(c->out, id, frame->offset);
	}
}

static void keep_symbol(struct collection *c, const struct trace_kernel_symbol *symbol)
{
	uint32_t id = module_of(c, symbol->module);

	if (idmap_find(&c->symbols_seen, id, symbol->offset) != IDMAP_NONE)
		return;
	idmap_set(&c->symbols_seen, id, symbol->offset, 0);
	*vec_push(&c->out->v[id].symbols) = (struct module_symbol){
		.offset = symbol->offset,
		.size = symbol->size,
		.name = mem_dup(symbol->name, strlen(symbol->name)),
	};
}

static void keep_jit_map(struct collection *c, const struct trace_jit_map *map)
{
	uint32_t id = module_of(c, map->module);
	struct buf *text = &c->out->v[id].jit_map;
	uint64_t hash = hash_bytes(map->text, map->len);

	if (idmap_find(&c->maps_seen, id, hash) != IDMAP_NONE)
		return;
	idmap_set(&c->maps_seen, id, hash, 0);
	assert(text->len <= c->jit_bytes_max);
	if (map->len >= c->jit_bytes_max - text->len) { /* a newline will follow it */
		c->out->v[id].jit_map_is_cut = true;
		return;
	}
	buf_put(text, map->text, map->len);
	buf_puts(text, "\n");
}

static void keep_record(struct collection *c, const struct trace_record *record)
{
	if (record->kind == TRACE_RECORD_KEY_FRAME) {
		c->ids.cnt = 0;
		c->frame = 0;
	}
	keep_new_frames(c);
	if (record->kind == TRACE_RECORD_KERNEL_SYMBOL)
		keep_symbol(c, &record->kernel_symbol);
	else if (record->kind == TRACE_RECORD_JIT_MAP)
		keep_jit_map(c, &record->jit_map);
}

void trace_addresses_sort(struct trace_addresses *a)
{
	for (size_t i = 0; i < a->cnt; i++)
		settle(&a->v[i]);
}

/* Known at the end of the trace, and not after it was rewound. */
static void keep_damage(struct trace_addresses *a, const struct trace_reader *r)
{
	const uint64_t *lost = trace_reader_totals(r)->lost;

	a->damaged_chunk_cnt = lost[TRACE_LOSS_DAMAGED_CHUNKS];
	a->damaged_bytes = lost[TRACE_LOSS_DAMAGED_BYTES];
}

int trace_addresses_collect(struct trace_addresses *out, struct trace_reader *r,
			    struct name_table *names, size_t jit_bytes_max, struct err *err)
{
	struct trace_addresses found = { 0 };
	struct collection c = {
		.out = &found, .r = r, .names = names, .jit_bytes_max = jit_bytes_max
	};
	struct trace_record record;
	int got = 0;

	trace_reader_rewind(r);
	while (!got && (got = trace_reader_next(r, &record, err)) > 0) {
		keep_record(&c, &record);
		got = 0;
	}
	if (!got) {
		keep_new_frames(&c);
		keep_damage(&found, r);
		trace_reader_rewind(r);
	}
	idmap_release(&c.symbols_seen);
	idmap_release(&c.maps_seen);
	vec_release(&c.ids);
	if (got) {
		trace_addresses_release(&found);
		return got;
	}
	trace_addresses_sort(&found);
	*out = found;
	return 0;
}

void trace_addresses_release(struct trace_addresses *a)
{
	for (size_t i = 0; i < a->cnt; i++) {
		struct module_addresses *m = &a->v[i];

		for (size_t k = 0; k < m->symbols.cnt; k++)
			free(m->symbols.v[k].name);
		vec_release(&m->symbols);
		vec_release(&m->offsets);
		buf_release(&m->jit_map);
		for (size_t k = 0; k < m->paths.cnt; k++)
			free(m->paths.v[k]);
		vec_release(&m->paths);
	}
	idmap_release(&a->paths_seen);
	vec_release(a);
	*a = (struct trace_addresses){ 0 };
}
