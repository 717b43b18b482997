#include "symbolize/copy_unwind.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/mem.h"
#include "symbolize/copy_answer.h"
#include "symbolize/frame_rules.h"

/* A frame pointer that leads further up than this is none: stacks are smaller. */
#define STACK_BYTES_MAX ((uint64_t)64 << 20)

/* Where the kernel puts the registers that a signal's handler returns to, from rsp when
 * the trampoline runs: struct ucontext, its gregs, by DWARF numbers. */
#define UCONTEXT_GREGS 40

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
	bool is_exact; /* rip is where it stood, not where a call returns to */
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

/* mov $15 (rt_sigreturn), %eax or %rax; syscall: C libraries without a rule for it. */
static bool is_at_trampoline(struct walk *w)
{
	static const uint8_t by_eax[] = { 0xb8, 15, 0, 0, 0, 0x0f, 0x05 };
	static const uint8_t by_rax[] = { 0x48, 0xc7, 0xc0, 15, 0, 0, 0, 0x0f, 0x05 };
	const uint64_t rip = w->regs.v[FRAME_RIP];
	const uint8_t *code = mapped_bytes(w->u, rip, sizeof(by_eax));

	if (code && !memcmp(code, by_eax, sizeof(by_eax)))
		return true;
	code = mapped_bytes(w->u, rip, sizeof(by_rax));
	return code && !memcmp(code, by_rax, sizeof(by_rax));
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

/* A thread in the kernel stands behind its system call, which may be the last instruction
 * that a rule is for: so does __restore_rt. */
static bool is_behind_syscall(struct walk *w)
{
	static const uint8_t syscall[] = { 0x0f, 0x05 };
	const uint8_t *code =
		mapped_bytes(w->u, w->regs.v[FRAME_RIP] - sizeof(syscall), sizeof(syscall));

	return w->is_exact && code && !memcmp(code, syscall, sizeof(syscall));
}

static enum frame_step take_step(struct walk *w, uint64_t address)
{
	const struct trace_mapping *m = w->mapping;
	const uint64_t offset = address - m->start + m->file_offset;
	const struct frame_rule *rule = NULL;
	struct opened_file *f;
	uint64_t in_file;

	if (w->u->piece->files[m->module].kind == TRACE_MODULE_JIT)
		return step_by_frame_pointer(w, true);
	f = file_of(w->u, m);
	if (!f->has_rules)
		return fail(w, TRACE_REASON_NO_TABLE);
	if (elf_image_address(&f->rules.image, offset, &in_file)) {
		rule = frame_rules_find(&f->rules, in_file);
		if (!rule && is_behind_syscall(w))
			rule = frame_rules_find(&f->rules, in_file - 1);
	}
	if (rule)
		return step_by_rule(w, rule, address - in_file);
	if (is_at_trampoline(w))
		return step_by_ucontext(w);
	return step_by_frame_pointer(w, !f->rules.table);
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
			step = take_step(&w, address);
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
