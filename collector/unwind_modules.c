#include "collector/unwind_modules.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/idmap.h"
#include "base/mem.h"
#include "base/vec.h"
#include "collector/file_image.h"
#include "collector/range_heap.h"
#include "collector/row_cache.h"
#include "collector/unwind_rows.h"
#include "collector/unwind_tables.h"

#define RULE_NONE 0	   /* kind NONE */
#define RULE_UNSUPPORTED 1 /* for rules that found no room */

#define REFUSED_SETTLES 16 /* between two times that a file's rows are made in vain */
#define READS_MAX 3 /* of a file that cannot be reached, through one process after the other */

enum state {
	STATE_UNSEEN = 0,
	STATE_TABLE,
	STATE_FRAME_POINTER,
	STATE_REFUSED,
	STATE_UNREADABLE,
};

struct module_rows {
	enum state state;
	struct heap_range rows, blocks;
	uint64_t start;
	uint32_t held_cnt;
	uint32_t read_cnt; /* in vain */
	uint64_t used;	   /* when it was held or dropped last, by unwind_modules.clock */
	uint64_t wait;	   /* REFUSED: until so many settles were seen, and a release since */
	uint64_t
		released; /* REFUSED: releases that were seen by then; none is needed: UINT64_MAX */
	bool counted;	  /* as refused or unreadable */
	uint32_t segment_cnt;
	struct unwind_segment *segments;
};

struct unwind_modules {
	const struct unwind_arrays *arrays;
	struct module_log *files;
	struct row_cache *cache;
	struct range_heap rows, blocks;
	struct idmap rules; /* the two words of a rule to its index */
	uint32_t rule_cnt;
	uint64_t clock;
	uint64_t settle_cnt;
	uint64_t release_cnt; /* times that a module was held no longer */
	struct {
		VEC(struct module_rows);
	} v; /* by the module log's index */
	struct unwind_tables_counts counts;
};

static uint32_t intern_rule(struct unwind_modules *m, const struct unwind_rule *rule)
{
	uint64_t words[2];
	uint32_t id;

	memcpy(words, rule, sizeof(words));
	id = idmap_find(&m->rules, words[0], words[1]);
	if (id != IDMAP_NONE)
		return id;
	if (m->rule_cnt >= m->arrays->rule_max)
		return RULE_UNSUPPORTED;
	id = m->rule_cnt++;
	m->arrays->rules[id] = *rule;
	idmap_set(&m->rules, words[0], words[1], id);
	return id;
}

struct unwind_modules *unwind_modules_new(const struct unwind_arrays *arrays,
					  struct module_log *files, const char *cache_dir)
{
	struct unwind_modules *m = mem_alloc(1, sizeof(*m));

	m->arrays = arrays;
	m->files = files;
	m->cache = row_cache_open(cache_dir);
	range_heap_init(&m->rows, arrays->row_max);
	range_heap_init(&m->blocks, arrays->block_max);
	intern_rule(m, &(struct unwind_rule){ .kind = UNWIND_NONE });
	intern_rule(m, &(struct unwind_rule){ .kind = UNWIND_UNSUPPORTED });
	return m;
}

void unwind_modules_free(struct unwind_modules *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->v.cnt; i++)
		free(m->v.v[i].segments);
	vec_release(&m->v);
	idmap_release(&m->rules);
	range_heap_release(&m->rows);
	range_heap_release(&m->blocks);
	row_cache_close(m->cache);
	free(m);
}

static struct module_rows *get(struct unwind_modules *m, uint32_t module)
{
	while (m->v.cnt <= module)
		*vec_push(&m->v) = (struct module_rows){ 0 };
	return &m->v.v[module];
}

/* The vdso is ours as much as theirs. */
static int make_vdso(struct unwind_rows *out, struct err *err)
{
	const uint8_t *image = (const uint8_t *)getauxval(AT_SYSINFO_EHDR);
	Elf64_Ehdr head;

	if (!image)
		return err_set(err, -ENODATA, "there is no vdso");
	memcpy(&head, image, sizeof(head));
	return unwind_rows_make(out, image, head.e_shoff + (size_t)head.e_shnum * head.e_shentsize,
				err);
}

/* Whoever could write to the file could give it the build ID of another one, and its rows
 * would be kept for that one. */
static bool may_be_kept(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && !(st.st_mode & (S_IWGRP | S_IWOTH)) &&
	       (st.st_uid == 0 || st.st_uid == geteuid());
}

static int make_of_file(struct unwind_modules *m, uint32_t module, const struct module_place *place,
			struct unwind_rows *out, struct err *err)
{
	struct file_image image = { 0 };
	size_t id_len;
	const uint8_t *id = module_log_build_id(m->files, module, place, &id_len);
	int fd, rc;

	if (id_len && row_cache_read(m->cache, id, id_len, out))
		return 0;
	fd = module_log_open(m->files, module, place);
	if (fd < 0)
		return err_set(err, -ENOENT, "it cannot be opened");
	rc = file_image_open(&image, fd, err);
	if (!rc)
		rc = unwind_rows_make(out, image.bytes, image.len, err);
	file_image_close(&image);
	if (!rc && id_len && may_be_kept(fd))
		row_cache_write(m->cache, id, id_len, out);
	close(fd);
	return rc;
}

static void evict(struct unwind_modules *m, struct module_rows *r)
{
	range_heap_give(&m->rows, r->rows);
	range_heap_give(&m->blocks, r->blocks);
	m->counts.module_cnt--;
	m->counts.row_cnt -= r->rows.cnt;
	m->counts.evicted_cnt++;
	free(r->segments);
	*r = (struct module_rows){ .counted = r->counted };
}

static struct module_rows *longest_unused(struct unwind_modules *m)
{
	struct module_rows *best = NULL;

	for (size_t i = 0; i < m->v.cnt; i++) {
		struct module_rows *r = &m->v.v[i];

		if (r->state == STATE_TABLE && !r->held_cnt && (!best || r->used < best->used))
			best = r;
	}
	return best;
}

/* Evicts until so much is free or will be: false if it cannot be. */
static bool make_room(struct unwind_modules *m, uint32_t row_cnt, uint32_t block_cnt)
{
	uint64_t rows = m->rows.free_cnt, blocks = m->blocks.free_cnt;
	uint64_t evicted = 0;
	struct module_rows *r;

	if (m->rows.quarantine_cnt || m->blocks.quarantine_cnt)
		return true; /* what is on its way may do */
	for (size_t i = 0; i < m->v.cnt; i++)
		if (m->v.v[i].state == STATE_TABLE && !m->v.v[i].held_cnt) {
			rows += m->v.v[i].rows.cnt;
			blocks += m->v.v[i].blocks.cnt;
		}
	if (rows < row_cnt || blocks < block_cnt)
		return false;
	/* What is free may lie in pieces that are too small: so much is evicted that it is not
	 * needed. */
	while (evicted < row_cnt && (r = longest_unused(m))) {
		evicted += r->rows.cnt;
		evict(m, r);
	}
	return evicted > 0;
}

static void refuse(struct unwind_modules *m, uint32_t module, const struct unwind_rows *rows)
{
	bool coming = make_room(m, rows->row_cnt, rows->block_cnt + 1);
	struct module_rows *r = get(m, module);

	r->state = STATE_REFUSED;
	r->wait = m->settle_cnt + (coming ? 2 : REFUSED_SETTLES);
	r->released = coming ? UINT64_MAX : m->release_cnt;
	if (r->counted || coming)
		return;
	r->counted = true;
	m->counts.refused_cnt++;
	m->counts.refused_rows += rows->row_cnt;
}

static void copy_rows(struct unwind_modules *m, const struct module_rows *r,
		      const struct unwind_rows *rows)
{
	uint32_t *global = mem_alloc(rows->rule_cnt + 1, sizeof(*global));

	for (uint32_t i = 0; i < rows->rule_cnt; i++)
		global[i] = intern_rule(m, &rows->rules[i]);
	for (uint32_t i = 0; i < rows->row_cnt; i++) {
		uint32_t local = rows->rows[i] >> UNWIND_BLOCK_BITS;
		uint32_t rule = local < rows->rule_cnt ? global[local] : RULE_UNSUPPORTED;

		if (rule == RULE_UNSUPPORTED && m->rule_cnt >= m->arrays->rule_max)
			m->counts.unruled_rows++;
		m->arrays->rows[r->rows.first + i] = unwind_row(rule, rows->rows[i]);
	}
	for (uint32_t i = 0; i <= rows->block_cnt; i++)
		m->arrays->blocks[r->blocks.first + i] = r->rows.first + rows->blocks[i];
	free(global);
}

static bool take_room(struct unwind_modules *m, struct module_rows *r,
		      const struct unwind_rows *rows)
{
	const struct unwind_arrays *a = m->arrays;

	if (!range_heap_take(&m->rows, rows->row_cnt, &r->rows))
		return false;
	if (!range_heap_take(&m->blocks, rows->block_cnt + 1, &r->blocks)) {
		range_heap_give(&m->rows, r->rows);
		return false;
	}
	if (!a->reach ||
	    !a->reach(a->owner, r->rows.first + r->rows.cnt, r->blocks.first + r->blocks.cnt))
		return true;
	range_heap_give(&m->rows, r->rows);
	range_heap_give(&m->blocks, r->blocks);
	return false;
}

static void take_in(struct unwind_modules *m, uint32_t module, const struct unwind_rows *rows)
{
	struct module_rows *r = get(m, module);

	if (!take_room(m, r, rows))
		return refuse(m, module, rows);
	r->state = STATE_TABLE;
	r->start = rows->start;
	r->used = ++m->clock;
	r->segment_cnt = rows->segment_cnt;
	r->segments = mem_alloc(rows->segment_cnt + 1, sizeof(*r->segments));
	memcpy(r->segments, rows->segments, rows->segment_cnt * sizeof(*r->segments));
	copy_rows(m, r, rows);
	m->counts.module_cnt++;
	m->counts.row_cnt += r->rows.cnt;
}

/* What the file is like that gave no rows. */
static void give_up(struct unwind_modules *m, uint32_t module, int code)
{
	struct module_rows *r = get(m, module);

	if (code == -ENOEXEC || code == -ENODATA) {
		r->state = STATE_FRAME_POINTER;
		return;
	}
	r->state = STATE_UNREADABLE;
	r->read_cnt++;
	m->counts.unreadable_cnt += !r->counted;
	r->counted = true;
}

static bool is_worth_trying(const struct unwind_modules *m, const struct module_rows *r)
{
	switch (r->state) {
	case STATE_REFUSED:
		return m->settle_cnt >= r->wait && m->release_cnt != r->released;
	case STATE_UNREADABLE:
		return r->read_cnt < READS_MAX;
	default:
		return r->state == STATE_UNSEEN;
	}
}

bool unwind_modules_want(struct unwind_modules *m, uint32_t module,
			 const struct module_place *place)
{
	struct unwind_rows rows = { 0 };
	int rc;

	if (module == MODULE_JIT)
		return true;
	if (is_worth_trying(m, get(m, module))) {
		rc = module == MODULE_VDSO ? make_vdso(&rows, NULL)
					   : make_of_file(m, module, place, &rows, NULL);
		if (rc)
			give_up(m, module, rc);
		else
			take_in(m, module, &rows);
		unwind_rows_release(&rows);
	}
	return get(m, module)->state == STATE_TABLE || get(m, module)->state == STATE_FRAME_POINTER;
}

/* Bytes of the file that the mapping and the segment share. */
static uint64_t shared_bytes(const struct mapping *mapping, const struct unwind_segment *s)
{
	uint64_t first = mapping->file_offset, end = first + (mapping->end - mapping->start);
	uint64_t segment_end = s->offset + s->size;

	first = first > s->offset ? first : s->offset;
	end = end < segment_end ? end : segment_end;
	return first < end ? end - first : 0;
}

/* Where the mapping begins, in bytes from the first block; negative: before it. Mappings are
 * of whole pages, so at its edges lies what belongs to another segment. */
static bool find_relative(const struct module_rows *r, const struct mapping *mapping, int64_t *out)
{
	const struct unwind_segment *best = NULL;
	uint64_t most = 0;

	for (uint32_t i = 0; i < r->segment_cnt; i++) {
		uint64_t shared = shared_bytes(mapping, &r->segments[i]);

		if (shared > most) {
			most = shared;
			best = &r->segments[i];
		}
	}
	if (best)
		*out = (int64_t)(best->address + (mapping->file_offset - best->offset) - r->start);
	return best != NULL;
}

static size_t add_piece(struct unwind_mapping *out, size_t cnt, uint64_t begin, uint64_t end,
			enum unwind_mapping_kind kind)
{
	if (begin < end)
		out[cnt++] = (struct unwind_mapping){ .begin = begin, .end = end, .kind = kind };
	return cnt;
}

static size_t place_table(const struct module_rows *r, const struct mapping *mapping,
			  struct unwind_mapping out[UNWIND_PIECES_MAX])
{
	int64_t len = (int64_t)(mapping->end - mapping->start);
	int64_t table = (int64_t)(r->blocks.cnt - 1) << UNWIND_BLOCK_BITS;
	int64_t relative, before, end;
	size_t cnt = 0;

	if (!find_relative(r, mapping, &relative) || relative >= table || relative + len <= 0)
		return add_piece(out, 0, mapping->start, mapping->end,
				 UNWIND_MAPPING_FRAME_POINTER);
	before = relative < 0 ? -relative : 0;
	end = table - relative < len ? table - relative : len;
	cnt = add_piece(out, cnt, mapping->start, mapping->start + (uint64_t)before,
			UNWIND_MAPPING_FRAME_POINTER);
	cnt = add_piece(out, cnt, mapping->start + (uint64_t)before, mapping->start + (uint64_t)end,
			UNWIND_MAPPING_TABLE);
	out[cnt - 1].relative = (uint32_t)(relative + before);
	out[cnt - 1].first_block = r->blocks.first;
	out[cnt - 1].block_cnt = r->blocks.cnt - 1;
	return add_piece(out, cnt, mapping->start + (uint64_t)end, mapping->end,
			 UNWIND_MAPPING_FRAME_POINTER);
}

size_t unwind_modules_place(const struct unwind_modules *m, const struct mapping *mapping,
			    struct unwind_mapping out[UNWIND_PIECES_MAX], uint32_t *out_held)
{
	const struct module_rows *r = mapping->module < m->v.cnt ? &m->v.v[mapping->module] : NULL;
	enum unwind_mapping_kind kind = UNWIND_MAPPING_NO_TABLE;

	*out_held = MODULE_JIT;
	if (r && r->state == STATE_TABLE) {
		*out_held = mapping->module;
		return place_table(r, mapping, out);
	}
	if (mapping->module == MODULE_JIT || (r && r->state == STATE_FRAME_POINTER))
		kind = UNWIND_MAPPING_FRAME_POINTER;
	return add_piece(out, 0, mapping->start, mapping->end, kind);
}

void unwind_modules_hold(struct unwind_modules *m, uint32_t module)
{
	struct module_rows *r = get(m, module);

	r->held_cnt++;
	r->used = ++m->clock;
}

void unwind_modules_drop(struct unwind_modules *m, uint32_t module)
{
	struct module_rows *r = get(m, module);

	r->used = ++m->clock;
	if (!--r->held_cnt)
		m->release_cnt++;
}

struct unwind_rule unwind_modules_rule(const struct unwind_modules *m,
				       const struct unwind_mapping *piece, uint64_t address)
{
	const struct unwind_arrays *a = m->arrays;
	uint64_t relative = address - piece->begin + piece->relative;
	uint32_t block = piece->first_block + (uint32_t)(relative >> UNWIND_BLOCK_BITS);
	uint32_t low = a->blocks[block], high = a->blocks[block + 1], first = low;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if ((a->rows[middle] & UNWIND_BLOCK_MASK) <= (relative & UNWIND_BLOCK_MASK))
			low = middle + 1;
		else
			high = middle;
	}
	if (low == first && block == piece->first_block)
		return a->rules[RULE_NONE];
	return a->rules[a->rows[low - 1] >> UNWIND_BLOCK_BITS];
}

void unwind_modules_settle(struct unwind_modules *m)
{
	m->settle_cnt++;
	range_heap_settle(&m->rows);
	range_heap_settle(&m->blocks);
}

void unwind_modules_counts(const struct unwind_modules *m, struct unwind_tables_counts *out)
{
	uint64_t rows = m->rows.max - m->rows.free_cnt, blocks = m->blocks.max - m->blocks.free_cnt;

	*out = m->counts;
	out->bytes = (rows + blocks) * sizeof(uint32_t);
}
