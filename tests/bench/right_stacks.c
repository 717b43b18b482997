/*
 * right_stacks TRACE: unwinds every copied stack of a trace that was recorded with
 * --unwind copy and symbolized, a second time by the rows and the walk that BPF uses, and
 * compares the frames with those that symbolize found with libdw. Prints what was equal,
 * and each kind of difference with its place and how often it occurs.
 *
 * Needs the files of the modules where they were, and the kernel's vdso of the recording.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/strtab.h"
#include "base/vec.h"
#include "collector/unwind_replay.h"
#include "collector/unwind_rows.h"
#include "formats/name_table.h"
#include "formats/trace_reader.h"

#define DIFFERENCES_SHOWN 40

/* A module's rows in the arrays. */
struct placed {
	char *path;
	bool has_table;
	uint32_t first_block;
	struct unwind_rows rows;
};

struct difference {
	char *text;
	uint64_t cnt;
};

struct judge {
	struct trace_reader *reader;
	struct name_table *names;
	struct {
		VEC(struct placed);
	} modules;
	struct {
		VEC(uint32_t);
	} rows, blocks;
	struct {
		VEC(struct unwind_rule);
	} rules;
	struct {
		VEC(struct unwind_mapping);
	} mappings;
	struct {
		VEC(struct difference);
	} differences;
	uint64_t copy_cnt, same_cnt, frame_cnt, equal_cnt, not_unwound;
	uint64_t ends[UNWIND_END_CNT], roots[TRACE_REASON_CNT];
};

/* ---- tables ---- */

static void place_rows(struct judge *j, struct placed *p)
{
	const struct unwind_rows *r = &p->rows;
	uint32_t row_base = (uint32_t)j->rows.cnt, rule_base = (uint32_t)j->rules.cnt;

	p->has_table = true;
	p->first_block = (uint32_t)j->blocks.cnt;
	for (uint32_t i = 0; i <= r->block_cnt; i++)
		*vec_push(&j->blocks) = r->blocks[i] + row_base;
	for (uint32_t i = 0; i < r->row_cnt; i++)
		*vec_push(&j->rows) = unwind_row((r->rows[i] >> UNWIND_BLOCK_BITS) + rule_base,
						 r->rows[i] & UNWIND_BLOCK_MASK);
	for (uint32_t i = 0; i < r->rule_cnt; i++)
		*vec_push(&j->rules) = r->rules[i];
}

static const uint8_t *module_bytes(const struct trace_module *module, size_t *out_len)
{
	struct stat st;
	void *bytes;
	int fd;

	if (module->kind == TRACE_MODULE_VDSO) {
		*out_len = 8192;
		return (const uint8_t *)getauxval(AT_SYSINFO_EHDR);
	}
	fd = open(module->path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st))
		return NULL;
	bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	*out_len = (size_t)st.st_size;
	return bytes == MAP_FAILED ? NULL : bytes;
}

static const struct placed *place_module(struct judge *j, const struct trace_module *module)
{
	struct placed *p;
	const uint8_t *bytes;
	struct err err = { 0 };
	size_t len;

	for (size_t i = 0; i < j->modules.cnt; i++)
		if (!strcmp(j->modules.v[i].path, module->path))
			return &j->modules.v[i];
	p = vec_push(&j->modules);
	*p = (struct placed){ .path = mem_dup(module->path, strlen(module->path)) };
	if (module->kind != TRACE_MODULE_FILE && module->kind != TRACE_MODULE_VDSO)
		return p;
	bytes = module_bytes(module, &len);
	if (bytes && !unwind_rows_make(&p->rows, bytes, len, &err))
		place_rows(j, p);
	else
		printf("no rows: %s %s\n", module->path, err.text);
	return p;
}

static void place_mapping(struct judge *j, const struct trace_mapping *m)
{
	const struct trace_module *module = trace_reader_module(j->reader, m->module);
	const struct placed *p = place_module(j, module);
	struct unwind_mapping u = { m->start, m->end, .kind = UNWIND_MAPPING_FRAME_POINTER };
	uint64_t address;

	if (p->has_table && unwind_rows_address(&p->rows, m->file_offset, &address) &&
	    address >= p->rows.start) {
		u.kind = UNWIND_MAPPING_TABLE;
		u.relative = (uint32_t)(address - p->rows.start);
		u.first_block = p->first_block;
		u.block_cnt = p->rows.block_cnt;
	}
	*vec_push(&j->mappings) = u;
}

/* ---- comparing ---- */

static void note_difference(struct judge *j, const char *text)
{
	for (size_t i = 0; i < j->differences.cnt; i++)
		if (!strcmp(j->differences.v[i].text, text)) {
			j->differences.v[i].cnt++;
			return;
		}
	*vec_push(&j->differences) = (struct difference){ mem_dup(text, strlen(text)), 1 };
}

static const struct trace_mapping *mapping_of(const struct trace_mappings *m, uint64_t address)
{
	for (uint32_t i = 0; i < m->cnt; i++)
		if (address >= m->v[i].start && address < m->v[i].end)
			return &m->v[i];
	return NULL;
}

static uint64_t offset_of(const struct trace_mappings *m, uint64_t address)
{
	const struct trace_mapping *at = mapping_of(m, address);

	return at ? address - at->start + at->file_offset : address;
}

static void compare(struct judge *j, const struct trace_mappings *m, const uint64_t *frames,
		    uint32_t cnt, enum unwind_end end, const struct name_place *places,
		    size_t place_cnt, enum trace_reason root)
{
	size_t longer = cnt > place_cnt ? cnt : place_cnt, equal = 0;
	const struct trace_mapping *at;
	char text[512];

	while (equal < cnt && equal < place_cnt &&
	       offset_of(m, frames[equal]) == places[equal].offset)
		equal++;
	j->copy_cnt++;
	j->frame_cnt += longer;
	j->equal_cnt += equal;
	j->same_cnt += equal == longer;
	j->ends[end]++;
	j->roots[root]++;
	if (equal == longer)
		return;
	at = equal ? mapping_of(m, frames[equal - 1]) : NULL;
	snprintf(text, sizeof(text), "after frame at %s+0x%" PRIx64 ": %s (end %d), libdw %s (%s)",
		 at ? trace_reader_module(j->reader, at->module)->path : "?",
		 equal ? offset_of(m, frames[equal - 1]) : 0, equal < cnt ? "goes on" : "ends", end,
		 equal < place_cnt ? "goes on" : "ends", root ? trace_reason_text(root) : "whole");
	note_difference(j, text);
}

static void judge_copy(struct judge *j, const struct trace_copy *c)
{
	const struct trace_mappings *m = trace_reader_mappings(j->reader, c->mappings);
	const struct trace_module *module = trace_reader_module(j->reader, c->module);
	const struct trace_process *owner = trace_reader_process(j->reader, module->process);
	uint32_t in_table = name_table_module_find(j->names, module, owner);
	struct unwind_arrays arrays;
	struct unwind_replay replay = { .arrays = &arrays, .regs = c->registers,
					.stack = c->bytes, .len = c->len };
	const struct name_place *places;
	uint64_t frames[UNWIND_REPLAY_MAX], stopped;
	enum trace_reason root;
	enum unwind_end end;
	uint32_t cnt = 0;
	size_t place_cnt;

	if (!m || c->register_cnt < UNWIND_REGISTER_CNT)
		return;
	places = name_table_find_copy(j->names, in_table, c->id, &place_cnt, &root);
	if (!places) {
		j->not_unwound++;
		return;
	}
	j->mappings.cnt = 0;
	for (uint32_t i = 0; i < m->cnt; i++)
		place_mapping(j, &m->v[i]);
	arrays = (struct unwind_arrays){
		j->rows.v,	      j->blocks.v,	      j->rules.v,
		j->mappings.v,	      (uint32_t)j->rows.cnt,  (uint32_t)j->blocks.cnt,
		(uint32_t)j->rules.cnt, (uint32_t)j->mappings.cnt, -1,
	};
	replay.process = (struct unwind_process){ 1, 0, (uint32_t)j->mappings.cnt };
	end = unwind_replay(&replay, frames, &cnt, &stopped);
	compare(j, m, frames, cnt, end, places, place_cnt, root);
}

static int by_count(const void *left, const void *right)
{
	const struct difference *a = left, *b = right;

	return a->cnt > b->cnt ? -1 : a->cnt < b->cnt;
}

static void print_verdict(struct judge *j)
{
	printf("copies %" PRIu64 ", of them equal %" PRIu64 "; not unwound by libdw %" PRIu64 "\n",
	       j->copy_cnt, j->same_cnt, j->not_unwound);
	printf("frames %" PRIu64 ", equal %" PRIu64 " (%.4f %%)\n", j->frame_cnt, j->equal_cnt,
	       j->frame_cnt ? 100.0 * (double)j->equal_cnt / (double)j->frame_cnt : 0);
	for (int i = 0; i < UNWIND_END_CNT; i++)
		if (j->ends[i])
			printf("  walk ended %d: %" PRIu64 "\n", i, j->ends[i]);
	for (int i = 0; i < TRACE_REASON_CNT; i++)
		if (j->roots[i])
			printf("  libdw ended %s: %" PRIu64 "\n",
			       i ? trace_reason_text((enum trace_reason)i) : "whole", j->roots[i]);
	if (j->differences.cnt)
		qsort(j->differences.v, j->differences.cnt, sizeof(*j->differences.v), by_count);
	for (size_t i = 0; i < j->differences.cnt && i < DIFFERENCES_SHOWN; i++)
		printf("%8" PRIu64 "  %s\n", j->differences.v[i].cnt, j->differences.v[i].text);
}

int main(int argc, char **argv)
{
	struct judge j = { 0 };
	struct trace_record record;
	struct err err = { 0 };

	if (argc != 2) {
		fprintf(stderr, "usage: right_stacks TRACE\n");
		return 2;
	}
	if (trace_reader_open(&j.reader, argv[1], &err) ||
	    name_table_read(&j.names, j.reader, &err)) {
		fprintf(stderr, "right_stacks: %s\n", err.text);
		return 1;
	}
	trace_reader_rewind(j.reader);
	while (trace_reader_next(j.reader, &record, &err) > 0)
		if (record.kind == TRACE_RECORD_COPY)
			judge_copy(&j, &record.copy);
	print_verdict(&j);
	return 0;
}
