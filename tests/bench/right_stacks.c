/*
 * right_stacks --rows|--dwfl TRACE: unwinds every copied stack of a trace that was recorded
 * with --unwind copy and symbolized, a second time, and compares the frames with those that
 * symbolize found: by the rows and the walk that BPF uses, or by libdw's own walk. Prints
 * what was equal, and each kind of difference with its place and how often it occurs.
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
#include "tests/bench/dwfl_walk.h"

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

/* libdw's walk through the processes of one group of the trace. */
struct witness {
	uint32_t mappings; /* id */
	struct dwfl_walk *walk;
};

/* A stack as the walk found it that is compared with symbolize's. */
struct walked {
	uint64_t frames[UNWIND_REPLAY_MAX];
	size_t cnt;
	const char *end;
};

struct judge {
	bool by_dwfl;
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
	struct {
		VEC(struct witness);
	} witnesses;
	uint64_t copy_cnt, same_cnt, frame_cnt, equal_cnt, not_unwound;
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

	if (m->end > INT64_MAX) /* the kernel's, which is not published either */
		return;
	if (p->has_table && unwind_rows_address(&p->rows, m->file_offset, &address) &&
	    address >= p->rows.start) {
		u.kind = UNWIND_MAPPING_TABLE;
		u.relative = (uint32_t)(address - p->rows.start);
		u.first_block = p->first_block;
		u.block_cnt = p->rows.block_cnt;
	}
	*vec_push(&j->mappings) = u;
}

/* ---- the two walks ---- */

static void walk_rows(struct judge *j, const struct trace_mappings *m, const struct trace_copy *c,
		      struct walked *out)
{
	static const char *const ends[UNWIND_END_CNT] = {
		[UNWIND_END_WHOLE] = "whole",
		[UNWIND_END_NO_MAPPING] = "no mapping",
		[UNWIND_END_NO_TABLE] = "no table",
		[UNWIND_END_UNSUPPORTED] = "unsupported rule",
		[UNWIND_END_FAULT] = "end of the copy",
		[UNWIND_END_STUCK] = "stuck",
		[UNWIND_END_TOO_DEEP] = "too deep",
		[UNWIND_END_NO_FRAME_POINTER] = "no frame pointer",
	};
	struct unwind_arrays arrays;
	struct unwind_replay replay = {
		.arrays = &arrays, .regs = c->registers, .stack = c->bytes, .len = c->len
	};
	enum unwind_end end;
	uint64_t stopped;
	uint32_t cnt = 0;

	j->mappings.cnt = 0;
	for (uint32_t i = 0; i < m->cnt; i++)
		place_mapping(j, &m->v[i]);
	arrays = (struct unwind_arrays){
		j->rows.v,
		j->blocks.v,
		j->rules.v,
		j->mappings.v,
		(uint32_t)j->rows.cnt,
		(uint32_t)j->blocks.cnt,
		(uint32_t)j->rules.cnt,
		(uint32_t)j->mappings.cnt,
		-1,
	};
	replay.process = (struct unwind_process){ 1, 0, (uint32_t)j->mappings.cnt };
	end = unwind_replay(&replay, out->frames, &cnt, &stopped);
	out->cnt = cnt;
	out->end = ends[end] ? ends[end] : "otherwise";
}

static int vdso_file(void)
{
	const void *bytes = (const void *)getauxval(AT_SYSINFO_EHDR);
	int fd = memfd_create("vdso", MFD_CLOEXEC);

	if (fd >= 0 && write(fd, bytes, 8192) != 8192)
		perror("right_stacks: the vdso");
	return fd;
}

static struct dwfl_walk *witness_of(struct judge *j, uint32_t id, const struct trace_mappings *m)
{
	struct dwfl_walk *walk;

	for (size_t i = 0; i < j->witnesses.cnt; i++)
		if (j->witnesses.v[i].mappings == id)
			return j->witnesses.v[i].walk;
	walk = dwfl_walk_new();
	for (uint32_t i = 0; i < m->cnt; i++) {
		const struct trace_module *module = trace_reader_module(j->reader, m->v[i].module);
		const struct placed *p = place_module(j, module);
		uint64_t address;

		if (p->has_table && unwind_rows_address(&p->rows, m->v[i].file_offset, &address))
			dwfl_walk_add(walk, p->path,
				      module->kind == TRACE_MODULE_VDSO ? vdso_file() : -1,
				      m->v[i].start - address);
	}
	*vec_push(&j->witnesses) = (struct witness){ id, walk };
	return walk;
}

/* The ids of mappings are those of one group. */
static void forget_witnesses(struct judge *j)
{
	for (size_t i = 0; i < j->witnesses.cnt; i++)
		dwfl_walk_free(j->witnesses.v[i].walk);
	j->witnesses.cnt = 0;
}

static void walk_dwfl(struct judge *j, const struct trace_mappings *m, const struct trace_copy *c,
		      struct walked *out)
{
	out->cnt = dwfl_walk_stack(witness_of(j, c->mappings, m), c->registers, c->bytes, c->len,
				   out->frames, UNWIND_REPLAY_MAX, &out->end);
	if (!out->end)
		out->end = "whole";
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

/* As a copy's places have it: code of a runtime has no file to lie in. */
static uint64_t offset_of(const struct judge *j, const struct trace_mappings *m, uint64_t address)
{
	const struct trace_mapping *at = mapping_of(m, address);

	if (!at || trace_reader_module(j->reader, at->module)->kind == TRACE_MODULE_JIT)
		return address;
	return address - at->start + at->file_offset;
}

static void compare(struct judge *j, const struct trace_mappings *m, const struct walked *walked,
		    const struct name_place *places, size_t place_cnt, enum trace_reason root)
{
	size_t longer = walked->cnt > place_cnt ? walked->cnt : place_cnt, equal = 0;
	const struct trace_mapping *at;
	char text[512];

	while (equal < walked->cnt && equal < place_cnt &&
	       offset_of(j, m, walked->frames[equal]) == places[equal].offset)
		equal++;
	j->copy_cnt++;
	j->frame_cnt += longer;
	j->equal_cnt += equal;
	j->same_cnt += equal == longer;
	if (equal == longer)
		return;
	at = equal ? mapping_of(m, walked->frames[equal - 1]) : NULL;
	snprintf(text, sizeof(text), "behind %s+0x%" PRIx64 ": %s %s (%s), symbolize %s (%s)",
		 at ? trace_reader_module(j->reader, at->module)->path : "?",
		 equal ? offset_of(j, m, walked->frames[equal - 1]) : 0,
		 j->by_dwfl ? "dwfl" : "rows", equal < walked->cnt ? "goes on" : "ends",
		 walked->end, equal < place_cnt ? "goes on" : "ends",
		 root ? trace_reason_text(root) : "whole");
	note_difference(j, text);
}

static void judge_copy(struct judge *j, const struct trace_copy *c)
{
	const struct trace_mappings *m = trace_reader_mappings(j->reader, c->mappings);
	const struct trace_module *module = trace_reader_module(j->reader, c->module);
	const struct trace_process *owner = trace_reader_process(j->reader, module->process);
	uint32_t in_table = name_table_module_find(j->names, module, owner);
	static struct walked walked;
	const struct name_place *places;
	enum trace_reason root;
	size_t place_cnt;

	if (!m || c->register_cnt < UNWIND_REGISTER_CNT)
		return;
	places = name_table_find_copy(j->names, in_table, c->id, &place_cnt, &root);
	if (!places) {
		j->not_unwound++;
		return;
	}
	if (j->by_dwfl)
		walk_dwfl(j, m, c, &walked);
	else
		walk_rows(j, m, c, &walked);
	compare(j, m, &walked, places, place_cnt, root);
}

static int by_count(const void *left, const void *right)
{
	const struct difference *a = left, *b = right;

	return a->cnt > b->cnt ? -1 : a->cnt < b->cnt;
}

static void print_verdict(struct judge *j)
{
	printf("copies %" PRIu64 ", of them equal %" PRIu64 "; not unwound by symbolize %" PRIu64
	       "\n",
	       j->copy_cnt, j->same_cnt, j->not_unwound);
	printf("frames %" PRIu64 ", equal %" PRIu64 " (%.4f %%)\n", j->frame_cnt, j->equal_cnt,
	       j->frame_cnt ? 100.0 * (double)j->equal_cnt / (double)j->frame_cnt : 0);
	if (j->differences.cnt)
		qsort(j->differences.v, j->differences.cnt, sizeof(*j->differences.v), by_count);
	for (size_t i = 0; i < j->differences.cnt && i < DIFFERENCES_SHOWN; i++)
		printf("differs %" PRIu64 ": %s\n", j->differences.v[i].cnt,
		       j->differences.v[i].text);
}

int main(int argc, char **argv)
{
	struct judge j = { 0 };
	struct trace_record record;
	struct err err = { 0 };

	if (argc != 3 || (strcmp(argv[1], "--rows") && strcmp(argv[1], "--dwfl"))) {
		fprintf(stderr, "usage: right_stacks --rows|--dwfl TRACE\n");
		return 2;
	}
	j.by_dwfl = !strcmp(argv[1], "--dwfl");
	if (trace_reader_open(&j.reader, argv[2], &err) ||
	    name_table_read(&j.names, j.reader, &err)) {
		fprintf(stderr, "right_stacks: %s\n", err.text);
		return 1;
	}
	trace_reader_rewind(j.reader);
	while (trace_reader_next(j.reader, &record, &err) > 0)
		if (record.kind == TRACE_RECORD_COPY)
			judge_copy(&j, &record.copy);
		else if (record.kind == TRACE_RECORD_KEY_FRAME)
			forget_witnesses(&j);
	forget_witnesses(&j);
	print_verdict(&j);
	return 0;
}
