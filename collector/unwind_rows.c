#include "collector/unwind_rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "collector/cfi.h"
#include "collector/cfi_program.h"
#include "collector/cfi_rule.h"
#include "collector/row_list.h"
#include "collector/rule_table.h"
#include "collector/unwind_file.h"

/*
 * mov $15,%rax; syscall: what a signal's handler returns to, where libc has no tables for
 * it (musl, Go). Debuggers know it by these bytes, so nobody writes it in another way.
 */
static const uint8_t restorer[] = { 0x48, 0xc7, 0xc0, 0x0f, 0x00, 0x00, 0x00, 0x0f, 0x05 };

/*
 * A libc without tables has none around its restorer either. So large files are searched
 * only where there are none for a while: the gaps between functions of libLLVM would bring
 * in 90 MB of code, to find nothing.
 */
#define LARGE_BYTES ((uint64_t)4 << 20)
#define LARGE_GAP_BYTES 4096u
#define SEARCHED_BYTES_MAX ((uint64_t)32 << 20)

#define WINDOW_BYTES 4096u

#define CLONE_GAP_BYTES 64u /* it takes about 20 */

struct making {
	struct unwind_file file;
	uint64_t start;
	uint64_t size; /* to the end of the code */
	size_t rows_max;
	struct row_list list;
	struct rule_table rules;
	bool follow_rbx;
	bool needs_rbx;
	uint32_t fde_cnt;
	uint32_t bad_cnt;
	uint64_t searched_bytes;	      /* of gaps */
	const struct unwind_segment *segment; /* the last one found */
};

/* ---- FDEs to rows ---- */

static const struct unwind_segment *segment_of(struct making *m, uint64_t address)
{
	const struct unwind_segment *s = m->segment;

	if (!s || address < s->address || address - s->address >= s->size)
		m->segment = s = unwind_file_segment(&m->file, address);
	return s;
}

/*
 * Go's tables follow rsp alone, and say nothing where its runtime changes stacks. Its code
 * keeps frame pointers, though, all over: one lies below the return address of each
 * function that has a frame. So tables are for the leaf, which may have none.
 */
static void trust_go(struct unwind_rule *rule)
{
	if (rule->kind != UNWIND_CFA || rule->reg != UNWIND_RSP)
		return;
	rule->kind = UNWIND_LEAF;
	if (rule->offset > 8) {
		rule->rbp = UNWIND_RBP_AT_CFA;
		rule->rbp_offset = -16;
	}
}

static uint32_t rule_of(struct making *m, const struct cfi *cfi, const struct cfi_state *state)
{
	struct unwind_rule rule = cfi_rule(state, cfi->cie.is_signal_frame, m->follow_rbx);

	if (m->file.is_go && cfi->section.is_debug_frame)
		trust_go(&rule);
	m->needs_rbx |= cfi_rule_needs_rbx(&rule);
	return rule_table_add(&m->rules, &rule);
}

/* Asked before more are added, whatever adds them: no memory is taken for what is too much. */
static bool is_full(const struct making *m)
{
	return m->list.cnt > m->rows_max;
}

static int check_full(const struct making *m, struct err *err)
{
	return is_full(m) ? err_set(err, -E2BIG, "more than %zu unwind rows", m->rows_max) : 0;
}

/*
 * A handler returns to a restorer's first byte, and a walk looks for a caller one byte below;
 * a thread in the system call stands behind the last one. So a restorer's rule is for these
 * two, too; glibc says the first one itself.
 */
static uint64_t end_of_restorer(const struct making *m, uint64_t end)
{
	return end - m->start < m->size ? end + 1 : end;
}

static void add_program(struct making *m, struct cfi_program *p, const struct cfi_fde *fde)
{
	uint64_t end = p->cfi->cie.is_signal_frame ? end_of_restorer(m, fde->end) : fde->end;
	int ret = 0;

	cfi_program_start(p, p->cfi, fde);
	while (!is_full(m) && (ret = cfi_program_next(p)) > 0)
		row_list_add(&m->list, p->begin - m->start, rule_of(m, p->cfi, &p->state));
	if (ret < 0) {
		row_list_drop(&m->list);
		m->bad_cnt++;
		return;
	}
	row_list_end(&m->list, end - m->start);
	m->fde_cnt++;
}

static void add_rule(struct making *m, uint64_t begin, uint64_t end, const struct unwind_rule *rule)
{
	row_list_add(&m->list, begin - m->start, rule_table_add(&m->rules, rule));
	row_list_end(&m->list, end - m->start);
}

static void add_one(struct making *m, uint64_t begin, uint64_t end, enum unwind_kind kind)
{
	add_rule(m, begin, end, &(struct unwind_rule){ .kind = (uint8_t)kind });
}

static void add_restorer(struct making *m, uint64_t begin, uint64_t end)
{
	add_one(m, begin > m->start ? begin - 1 : begin, end_of_restorer(m, end), UNWIND_SIGNAL);
}

static const uint8_t *code_at(struct making *m, uint64_t begin, uint64_t len)
{
	const struct unwind_segment *s = segment_of(m, begin);

	if (!s || len > s->size - (begin - s->address))
		return NULL;
	return m->file.v + s->offset + (begin - s->address);
}

/*
 * Go writes tables for its signal restorer, for the function that goroutines return to
 * (goexit: nop; call; nop) and for the first one of its threads (mstart: call; ret), as if
 * they were called. It is their bytes that tell, at the length of the function.
 */
static enum unwind_kind special_kind(struct making *m, const struct cfi_fde *fde)
{
	uint64_t len = fde->end - fde->begin;
	const uint8_t *code = code_at(m, fde->begin, len);

	if (!code)
		return UNWIND_NONE;
	if (len >= sizeof(restorer) && !memcmp(code, restorer, sizeof(restorer)))
		return UNWIND_SIGNAL;
	if (len == 7 && code[0] == 0x90 && code[1] == 0xe8 && code[6] == 0x90)
		return UNWIND_STOP;
	if (len == 6 && code[0] == 0xe8 && code[5] == 0xc3)
		return UNWIND_STOP;
	return UNWIND_NONE;
}

static void add_fde(struct making *m, struct cfi_program *p, struct cfi_fde *fde)
{
	const struct unwind_segment *s = segment_of(m, fde->begin);
	bool is_debug_frame = p->cfi->section.is_debug_frame;
	enum unwind_kind special;

	/* What was left out by the linker stays at address 0. */
	if (!s || !fde->begin || fde->begin == fde->end)
		return;
	if (fde->end > s->address + s->size)
		fde->end = s->address + s->size;
	if (is_debug_frame && row_list_holds(&m->list, fde->begin - m->start))
		return;
	special = is_debug_frame ? special_kind(m, fde) : UNWIND_NONE;
	if (special == UNWIND_NONE) {
		add_program(m, p, fde);
		return;
	}
	if (special == UNWIND_SIGNAL)
		add_restorer(m, fde->begin, fde->end);
	else
		add_one(m, fde->begin, fde->end, special);
	m->fde_cnt++;
}

static int add_section(struct making *m, const struct cfi_section *section, struct err *err)
{
	struct cfi_program program = { 0 };
	struct cfi_fde fde;
	struct cfi cfi;
	int ret;

	if (!section->v)
		return 0;
	cfi_init(&cfi, section);
	program.cfi = &cfi;
	while ((ret = cfi_next(&cfi, &fde))) {
		if (ret > 0)
			add_fde(m, &program, &fde);
		else
			m->bad_cnt++;
		if (is_full(m))
			return check_full(m, err);
	}
	row_list_settle(&m->list);
	return 0;
}

/* ---- what no FDE speaks of ---- */

/* A window at a time: what checks memory accesses checks all of what is searched, at each
 * find anew. */
static void add_restorers(struct making *m, uint64_t begin, uint64_t end)
{
	while (end - begin >= sizeof(restorer) && !is_full(m)) {
		const struct unwind_segment *s = segment_of(m, begin);
		const uint8_t *code, *found;
		uint64_t left;

		if (!s)
			return;
		left = s->address + s->size - begin;
		left = left < end - begin ? left : end - begin;
		left = left < WINDOW_BYTES ? left : WINDOW_BYTES;
		if (left < sizeof(restorer))
			return;
		code = m->file.v + s->offset + (begin - s->address);
		found = memmem(code, left, restorer, sizeof(restorer));
		if (!found) {
			begin += left - (sizeof(restorer) - 1);
			continue;
		}
		begin += (uint64_t)(found - code);
		add_restorer(m, begin, begin + sizeof(restorer));
		begin += sizeof(restorer);
	}
}

/*
 * clone() and clone3() end their tables before the system call, because a new thread comes
 * out of it on a stack of its own, where nobody called anything. Its parent has the return
 * address on top of the stack.
 */
static void add_clone(struct making *m, uint64_t begin, uint64_t end)
{
	static const uint8_t syscall_and_test[] = { 0x0f, 0x05, 0x48, 0x85, 0xc0 };
	struct unwind_rule rule = {
		.kind = UNWIND_LEAF, .reg = UNWIND_RSP, .offset = 8, .extra = 1
	};
	const uint8_t *code, *found;

	code = end - begin <= CLONE_GAP_BYTES ? code_at(m, begin, end - begin) : NULL;
	if (!code)
		return;
	found = memmem(code, end - begin, syscall_and_test, sizeof(syscall_and_test));
	if (found)
		add_rule(m, begin + (uint64_t)(found - code), end, &rule);
}

/* In the bytes of [begin, end) that are code. */
static void search_gap(struct making *m, uint64_t begin, uint64_t end)
{
	for (uint32_t i = 0; i < m->file.segment_cnt; i++) {
		const struct unwind_segment *s = &m->file.segments[i];
		uint64_t from = begin > s->address ? begin : s->address;
		uint64_t to = end < s->address + s->size ? end : s->address + s->size;

		if (from >= to || m->searched_bytes >= SEARCHED_BYTES_MAX)
			continue;
		if (to - from > SEARCHED_BYTES_MAX - m->searched_bytes)
			to = from + (SEARCHED_BYTES_MAX - m->searched_bytes);
		m->searched_bytes += to - from;
		add_restorers(m, from, to);
		add_clone(m, from, to);
	}
}

static void search_gaps(struct making *m)
{
	size_t cnt = m->list.cnt;
	uint64_t least = m->size > LARGE_BYTES ? LARGE_GAP_BYTES : sizeof(restorer);

	for (size_t i = 0; i < cnt; i++) {
		uint64_t begin = row_list_address(m->list.v[i]);
		uint64_t end = i + 1 < cnt ? row_list_address(m->list.v[i + 1]) : m->size;

		if (row_list_rule(m->list.v[i]) == RULE_TABLE_NONE && end > begin &&
		    end - begin >= least)
			search_gap(m, m->start + begin, m->start + end);
	}
}

/* ---- rows to what is kept ---- */

static void lay_out(struct unwind_rows *out, const struct making *m)
{
	uint32_t block = 0;

	out->start = m->start;
	out->row_cnt = (uint32_t)m->list.cnt;
	/* The end of the last function, if it is that of all code. */
	if (row_list_address(m->list.v[out->row_cnt - 1]) >= m->size)
		out->row_cnt--;
	out->block_cnt = (uint32_t)((m->size + UNWIND_BLOCK_MASK) >> UNWIND_BLOCK_BITS);
	out->rows = mem_alloc(out->row_cnt, sizeof(*out->rows));
	out->blocks = mem_alloc((size_t)out->block_cnt + 1, sizeof(*out->blocks));
	for (uint32_t i = 0; i < out->row_cnt; i++) {
		uint32_t address = row_list_address(m->list.v[i]);
		uint32_t rule = row_list_rule(m->list.v[i]);

		for (; block < out->block_cnt && block <= address >> UNWIND_BLOCK_BITS; block++)
			out->blocks[block] = i;
		out->rows[i] = unwind_row(rule, address);
		out->unsupported_cnt += rule == RULE_TABLE_UNSUPPORTED;
	}
	for (; block <= out->block_cnt; block++)
		out->blocks[block] = out->row_cnt;
}

static void keep(struct unwind_rows *out, struct making *m)
{
	struct unwind_rows r = { .fde_cnt = m->fde_cnt, .bad_cnt = m->bad_cnt };

	lay_out(&r, m);
	m->rules.v[RULE_TABLE_NONE].extra = m->file.is_go;
	r.rules = m->rules.v;
	r.rule_cnt = (uint32_t)m->rules.cnt;
	m->rules.v = NULL;
	r.segment_cnt = m->file.segment_cnt;
	memcpy(r.segments, m->file.segments, sizeof(r.segments));
	*out = r;
}

static int make(struct making *m, struct err *err)
{
	int ret;

	row_list_init(&m->list);
	rule_table_init(&m->rules);
	ret = add_section(m, &m->file.eh_frame, err);
	if (!ret)
		ret = add_section(m, &m->file.debug_frame, err);
	if (ret)
		return ret;
	search_gaps(m);
	ret = check_full(m, err);
	if (!ret && m->list.cnt > m->list.settled_cnt)
		row_list_settle(&m->list);
	return ret;
}

static void forget(struct making *m)
{
	row_list_release(&m->list);
	rule_table_release(&m->rules);
	m->fde_cnt = m->bad_cnt = 0;
	m->searched_bytes = 0;
}

static void set_range(struct making *m)
{
	const struct unwind_segment *s = m->file.segments;
	uint64_t end = 0, code_bytes = 0;

	m->start = s->address & ~(uint64_t)UNWIND_BLOCK_MASK;
	for (uint32_t i = 0; i < m->file.segment_cnt; i++) {
		end = s[i].address + s[i].size > end ? s[i].address + s[i].size : end;
		code_bytes += s[i].size;
	}
	m->size = end - m->start;
	m->rows_max = code_bytes < UNWIND_ROWS_MAX ? (size_t)code_bytes : UNWIND_ROWS_MAX;
}

int unwind_rows_make(struct unwind_rows *out, const uint8_t *file, size_t len, struct err *err)
{
	struct making m = { 0 };
	int ret = unwind_file_open(&m.file, file, len, err);

	if (ret)
		return ret;
	if (m.file.segment_cnt) {
		set_range(&m);
		ret = make(&m, err);
	}
	/* Few files need rbx, and rows of the others would only be more. */
	if (!ret && m.needs_rbx) {
		forget(&m);
		m.follow_rbx = true;
		ret = make(&m, err);
	}
	if (!ret && m.list.cnt <= 1)
		ret = err_set(err, -ENODATA, "no unwind tables for any of its code");
	if (!ret)
		keep(out, &m);
	forget(&m);
	unwind_file_close(&m.file);
	return ret;
}

void unwind_rows_release(struct unwind_rows *r)
{
	free(r->blocks);
	free(r->rows);
	free(r->rules);
	*r = (struct unwind_rows){ 0 };
}

/* ---- looking up ---- */

struct unwind_rule unwind_rows_find(const struct unwind_rows *r, uint64_t address)
{
	uint64_t relative = address - r->start;
	uint32_t low = relative & UNWIND_BLOCK_MASK;
	uint32_t block = (uint32_t)(relative >> UNWIND_BLOCK_BITS);
	uint32_t first, last;

	if (address < r->start || relative >> UNWIND_BLOCK_BITS >= r->block_cnt)
		return (struct unwind_rule){ .kind = UNWIND_NONE };
	first = r->blocks[block];
	last = r->blocks[block + 1];
	while (first < last) {
		uint32_t middle = first + (last - first) / 2;

		if ((r->rows[middle] & UNWIND_BLOCK_MASK) <= low)
			first = middle + 1;
		else
			last = middle;
	}
	/* The first row of all is at `start`, so there is one before. */
	return r->rules[r->rows[first - 1] >> UNWIND_BLOCK_BITS];
}

int unwind_rows_address(const struct unwind_rows *r, uint64_t file_offset, uint64_t *out)
{
	for (uint32_t i = 0; i < r->segment_cnt; i++) {
		const struct unwind_segment *s = &r->segments[i];

		if (file_offset >= s->offset && file_offset - s->offset < s->size) {
			*out = s->address + (file_offset - s->offset);
			return 1;
		}
	}
	return 0;
}
