#include "symbolize/copy_unwind.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/mem.h"
#include "symbolize/copy_answer.h"
#include "symbolize/frame_rules.h"
#include "symbolize/known_code.h"

/* A frame pointer that leads further up than this is none: stacks are smaller. */
#define STACK_BYTES_MAX ((uint64_t)64 << 20)

/* Where the kernel puts the registers that a signal's handler returns to, from rsp when
 * the trampoline runs: struct ucontext, its gregs, by DWARF numbers. */
#define UCONTEXT_GREGS 40

#define GO_FIRST_BYTES 7 /* the longest of the functions that nobody called */

/* A file as the child sees it, opened when the first stack passes through it. */
struct opened_file {
	bool was_tried;
	const uint8_t *bytes; /* NULL: not to be had */
	uint64_t len;
	bool has_rules;
	struct frame_rules rules;
};

struct copy_unwinder {
	const struct copy_piece *piece;
	struct opened_file *files;
};

/* One stack on its way. */
struct walk {
	struct copy_unwinder *u;
	const struct copy_stack *stack;
	struct frame_registers regs;
	bool is_leaf;
	bool is_exact;	  /* rip is where it stood, not where a call returns to */
	bool is_restorer; /* of a signal: nobody called it, handlers return to its first byte */
	const struct trace_mapping *mapping; /* of the current frame */
	enum trace_reason why;		     /* a step failed */
};

struct copy_unwinder *copy_unwinder_new(const struct copy_piece *piece)
{
	struct copy_unwinder *u = mem_alloc(1, sizeof(*u));

	u->piece = piece;
	u->files = mem_alloc(piece->file_cnt + 1, sizeof(*u->files));
	return u;
}

void copy_unwinder_free(struct copy_unwinder *u)
{
	if (!u)
		return;
	for (size_t i = 0; i < u->piece->file_cnt; i++) {
		struct opened_file *f = &u->files[i];

		if (f->has_rules)
			frame_rules_release(&f->rules);
		if (f->bytes && u->piece->files[i].fd >= 0)
			munmap((void *)f->bytes, f->len);
	}
	free(u->files);
	free(u);
}

/* ---- where things are ---- */

static struct opened_file *file_of(struct copy_unwinder *u, const struct trace_mapping *mapping)
{
	const struct copy_file *from = &u->piece->files[mapping->module];
	struct opened_file *f = &u->files[mapping->module];

	if (f->was_tried)
		return f;
	f->was_tried = true;
	f->len = from->len;
	f->bytes = from->bytes;
	if (from->fd >= 0) {
		/* libdw notes in the headers which sections it has unpacked. */
		f->bytes = mmap(NULL, from->len, PROT_READ | PROT_WRITE, MAP_PRIVATE, from->fd, 0);
		if (f->bytes == MAP_FAILED)
			f->bytes = NULL;
	}
	f->has_rules = f->bytes && !frame_rules_open(&f->rules, f->bytes, f->len, NULL);
	return f;
}

static const struct trace_mapping *find_mapping(const struct copy_piece *piece, uint64_t address)
{
	size_t low = 0;
	size_t high = piece->mapping_cnt;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct trace_mapping *m = &piece->mappings[middle];

		if (address < m->start)
			high = middle;
		else if (address >= m->end)
			low = middle + 1;
		else
			return m;
	}
	return NULL;
}

/* Bytes of a mapped file; NULL: none lie there. */
static const uint8_t *mapped_bytes(struct copy_unwinder *u, uint64_t address, size_t len)
{
	const struct trace_mapping *m = find_mapping(u->piece, address);
	const struct opened_file *f;
	uint64_t offset;

	if (!m || m->end - address < len)
		return NULL;
	f = file_of(u, m);
	offset = address - m->start + m->file_offset;
	if (!f->bytes || offset > f->len || f->len - offset < len)
		return NULL;
	return f->bytes + offset;
}

/* Memory of the process: the copied stack, and code with what lies beside it. */
static bool read_memory(void *owner, uint64_t address, size_t size, uint64_t *out)
{
	const struct walk *w = owner;
	const uint64_t at = address - w->stack->registers[FRAME_RSP];
	const uint8_t *from;
	uint64_t value = 0;

	if (at < w->stack->len && w->stack->len - at >= size)
		from = w->stack->bytes + at;
	else
		from = mapped_bytes(w->u, address, size);
	if (!from)
		return false;
	memcpy(&value, from, size);
	*out = value;
	return true;
}

static bool read_word(struct walk *w, uint64_t address, uint64_t *out)
{
	return read_memory(w, address, sizeof(*out), out);
}

/* ---- one step ---- */

static enum frame_step fail(struct walk *w, enum trace_reason why)
{
	w->why = why;
	return FRAME_STEP_FAILED;
}

/*
 * By convention the outermost frame has a frame pointer of 0. `trusted`: code that a
 * runtime made, which keeps frame pointers, and they may lead to another, lower stack;
 * elsewhere rbp may hold anything.
 */
static enum frame_step step_by_frame_pointer(struct walk *w, bool trusted)
{
	const uint64_t rsp = w->regs.v[FRAME_RSP];
	const uint64_t rbp = w->regs.v[FRAME_RBP];
	struct frame_registers caller = { 0 };
	uint64_t saved;
	uint64_t back;

	if (!frame_registers_has(&w->regs, FRAME_RBP))
		return fail(w, TRACE_REASON_NO_FRAME_POINTER);
	if (!rbp)
		return FRAME_STEP_OUTERMOST;
	if (rbp % 8 || (!trusted && rbp - rsp > STACK_BYTES_MAX))
		return fail(w, TRACE_REASON_NO_FRAME_POINTER);
	if (!read_word(w, rbp, &saved) || !read_word(w, rbp + 8, &back))
		return fail(w, TRACE_REASON_COPY_CUT);
	if (back && !find_mapping(w->u->piece, back - 1))
		return fail(w, TRACE_REASON_NO_FRAME_POINTER);
	if (back && saved == rbp)
		return fail(w, TRACE_REASON_STUCK);
	frame_registers_set(&caller, FRAME_RSP, rbp + 16);
	frame_registers_set(&caller, FRAME_RBP, saved);
	frame_registers_set(&caller, FRAME_RIP, back);
	w->regs = caller;
	w->is_exact = false;
	return FRAME_STEP_TAKEN;
}

/* The code around rip, as far as it lies in the file and in the mapping of the frame. */
static struct known_code code_of(struct walk *w, const struct opened_file *f, uint64_t address)
{
	const struct trace_mapping *m = w->mapping;
	const uint64_t rip = w->regs.v[FRAME_RIP];
	const uint64_t offset = rip - m->start + m->file_offset;
	struct known_code code = { 0 };

	if (!f->bytes || rip - address > 1 || rip >= m->end || offset >= f->len)
		return code;
	code.at = f->bytes + offset;
	code.before = rip - m->start < offset ? rip - m->start : offset;
	code.behind = m->end - rip < f->len - offset ? m->end - rip : f->len - offset;
	return code;
}

static enum frame_step step_by_ucontext(struct walk *w)
{
	/* r8 ... r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip */
	static const uint8_t order[FRAME_REGISTER_CNT] = { 8, 9, 10, 11, 12, 13, 14, 15, 5,
							   4, 6, 3,  1,	 0,  2,	 7,  16 };
	const uint64_t gregs = w->regs.v[FRAME_RSP] + UCONTEXT_GREGS;
	struct frame_registers caller = { 0 };
	uint64_t value;

	for (size_t i = 0; i < FRAME_REGISTER_CNT; i++) {
		if (!read_word(w, gregs + 8 * i, &value))
			return fail(w, TRACE_REASON_COPY_CUT);
		frame_registers_set(&caller, order[i], value);
	}
	w->regs = caller;
	w->is_exact = true;
	return FRAME_STEP_TAKEN;
}

static enum frame_step step_by_rule(struct walk *w, const struct frame_rule *rule, uint64_t bias)
{
	struct frame_scope scope = {
		.regs = &w->regs, .bias = bias, .read = read_memory, .owner = w
	};
	struct frame_registers caller;
	enum frame_step step = frame_rule_apply(rule, &scope, &caller, &w->why);

	if (step != FRAME_STEP_TAKEN)
		return step;
	/* Only a leaf may have taken the return address off its stack already. */
	if (!rule->is_signal && (caller.v[FRAME_RSP] < w->regs.v[FRAME_RSP] ||
				 (caller.v[FRAME_RSP] == w->regs.v[FRAME_RSP] && !w->is_exact)))
		return fail(w, TRACE_REASON_STUCK);
	w->regs = caller;
	w->is_exact = rule->is_signal;
	return FRAME_STEP_TAKEN;
}

/*
 * Go's tables follow rsp alone, and say nothing where its runtime changes stacks. Its code
 * keeps frame pointers, though, all over: one lies below the return address of each function
 * that has a frame. So tables are for the leaf, which may have none.
 */
static enum frame_step step_in_go(struct walk *w, const struct frame_rule *rule, uint64_t bias)
{
	const uint64_t begin = rule->begin + bias;
	const uint64_t len = rule->end - rule->begin;
	const uint8_t *code = len <= GO_FIRST_BYTES ? mapped_bytes(w->u, begin, len) : NULL;
	const uint64_t rsp = w->regs.v[FRAME_RSP];
	enum frame_step step;
	uint64_t rbp;

	if (code && known_code_is_first_of_go(code, len))
		return FRAME_STEP_OUTERMOST;
	if (!w->is_exact)
		return step_by_frame_pointer(w, true);
	step = step_by_rule(w, rule, bias);
	if (step != FRAME_STEP_TAKEN || w->regs.v[FRAME_RSP] - rsp <= sizeof(rbp))
		return step;
	if (!read_word(w, w->regs.v[FRAME_RSP] - 2 * sizeof(rbp), &rbp))
		return fail(w, TRACE_REASON_COPY_CUT);
	frame_registers_set(&w->regs, FRAME_RBP, rbp);
	return step;
}

/* The new thread comes out of clone() with 0, on a stack of its own where nobody called
 * anything; its parent has the return address on top. */
static enum frame_step step_out_of_clone(struct walk *w)
{
	const uint64_t rsp = w->regs.v[FRAME_RSP];
	uint64_t back;

	if (w->is_leaf && !w->regs.v[FRAME_RAX])
		return FRAME_STEP_OUTERMOST;
	if (!read_word(w, rsp, &back))
		return fail(w, TRACE_REASON_COPY_CUT);
	frame_registers_set(&w->regs, FRAME_RSP, rsp + sizeof(back));
	frame_registers_set(&w->regs, FRAME_RIP, back);
	w->is_exact = false;
	return FRAME_STEP_TAKEN;
}

/* Where no table speaks of the address. */
static enum frame_step step_without_rule(struct walk *w, struct opened_file *f, uint64_t in_file,
					 const struct known_code *code)
{
	const int behind_clone = w->is_exact ? known_code_behind_clone(code) : -1;

	if (behind_clone >= 0 && !frame_rules_find(&f->rules, in_file - (uint64_t)behind_clone))
		return step_out_of_clone(w);
	return step_by_frame_pointer(w, f->rules.is_go || !f->rules.table);
}

/*
 * A thread in the kernel stands behind its system call, which may be the last instruction
 * that a rule is for: so does __restore_rt.
 */
static const struct frame_rule *find_rule(struct walk *w, struct opened_file *f, uint64_t in_file,
					  const struct known_code *code)
{
	const struct frame_rule *rule = frame_rules_find(&f->rules, in_file);

	if (!rule && w->is_exact && known_code_is_behind_syscall(code))
		rule = frame_rules_find(&f->rules, in_file - 1);
	return rule;
}

static enum frame_step take_step(struct walk *w, uint64_t address)
{
	const struct trace_mapping *m = w->mapping;
	const uint64_t offset = address - m->start + m->file_offset;
	const struct frame_rule *rule = NULL;
	struct known_code code;
	struct opened_file *f;
	uint64_t in_file = 0;

	w->is_restorer = false;
	if (w->u->piece->files[m->module].kind == TRACE_MODULE_JIT)
		return step_by_frame_pointer(w, true);
	f = file_of(w->u, m);
	if (!f->has_rules)
		return fail(w, TRACE_REASON_NO_TABLE);
	code = code_of(w, f, address);
	if (elf_image_address(&f->rules.image, offset, &in_file))
		rule = find_rule(w, f, in_file, &code);
	w->is_restorer = rule && rule->is_signal;
	if (!w->is_restorer && (!rule || rule->is_of_go))
		w->is_restorer = known_code_is_restorer(&code, w->is_exact);
	if (w->is_restorer && !(rule && rule->is_signal))
		return step_by_ucontext(w);
	if (!rule)
		return step_without_rule(w, f, in_file, &code);
	return rule->is_of_go ? step_in_go(w, rule, address - in_file)
			      : step_by_rule(w, rule, address - in_file);
}

/* ---- all steps ---- */

enum trace_reason copy_unwinder_walk(struct copy_unwinder *u, const struct copy_stack *stack,
				     struct copy_place places[COPY_PLACES_MAX], size_t *out_cnt)
{
	struct walk w = { .u = u, .stack = stack, .is_exact = true };
	enum frame_step step = FRAME_STEP_TAKEN;
	size_t cnt = 0;

	for (unsigned i = 0; i < FRAME_REGISTER_CNT; i++)
		frame_registers_set(&w.regs, i, stack->registers[i]);
	while (step == FRAME_STEP_TAKEN) {
		const uint64_t rip = w.regs.v[FRAME_RIP];
		const uint64_t address = w.is_exact ? rip : rip - 1;

		w.mapping = find_mapping(u->piece, address);
		if (!rip && cnt) {
			step = FRAME_STEP_OUTERMOST;
		} else if (!w.mapping) {
			step = fail(&w, TRACE_REASON_NO_MAPPING);
		} else if (cnt == COPY_PLACES_MAX) {
			step = fail(&w, TRACE_REASON_TOO_DEEP);
		} else {
			places[cnt++] = (struct copy_place){
				.mapping = (uint32_t)(w.mapping - u->piece->mappings),
				.address = address,
			};
			w.is_leaf = cnt == 1;
			step = take_step(&w, address);
			if (w.is_restorer && rip < w.mapping->end)
				places[cnt - 1].address = rip;
		}
	}
	*out_cnt = cnt;
	return step == FRAME_STEP_OUTERMOST ? 0 : w.why;
}

void copy_unwind_run(const void *work, struct buf *out)
{
	const struct copy_piece *piece = work;
	struct copy_unwinder *u = copy_unwinder_new(piece);

	for (size_t i = 0; i < piece->stack_cnt; i++) {
		struct copy_place places[COPY_PLACES_MAX];
		size_t cnt;
		enum trace_reason root = copy_unwinder_walk(u, &piece->stacks[i], places, &cnt);

		copy_answer_put(out, piece, places, cnt, root);
	}
	copy_unwinder_free(u);
}
