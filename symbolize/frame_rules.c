#include "symbolize/frame_rules.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

/* Those that a function keeps for its caller (System V ABI, 3.2.1): rbx, rbp, r12 to r15.
 * Where a table does not speak of one, it was not touched. (The defaults of libdw 0.188
 * say so of rax in place of rbx.) */
#define KEPT_REGISTERS (1u << FRAME_RBX | 1u << FRAME_RBP | 0xfu << 12)

/* Bytes of debug sections in the file. libdw unpacks them all, where they are compressed. */
#define DEBUG_BYTES_MAX ((uint64_t)64 << 20)

/* Whether it is worth it: there is the section, and there is not too much beside it. */
static bool wants_debug(const struct elf_image *image)
{
	uint64_t bytes = 0;
	bool has_frames = false;

	for (size_t i = 0; i < image->sections.cnt; i++) {
		const struct elf_section *s = &image->sections.v[i];

		if (strncmp(s->name, ".debug_", 7) && strncmp(s->name, ".zdebug_", 8))
			continue;
		has_frames |= !strcmp(strchr(s->name, '_'), "_frame");
		if (s->size > DEBUG_BYTES_MAX)
			return false;
		bytes += s->size;
	}
	return has_frames && bytes <= DEBUG_BYTES_MAX;
}

/* The table of its functions has no section of its own where the file may lie anywhere. */
static bool is_go(const struct elf_image *image)
{
	for (size_t i = 0; i < image->sections.cnt; i++) {
		const char *name = image->sections.v[i].name;

		if (!strcmp(name, ".gopclntab") || !strcmp(name, ".go.buildinfo"))
			return true;
	}
	return false;
}

int frame_rules_open(struct frame_rules *out, const void *bytes, size_t len, struct err *err)
{
	struct frame_rules rules = { 0 };
	int bad = elf_image_open(&rules.image, bytes, len, err);

	if (bad)
		return bad;
	rules.table = dwarf_getcfi_elf(rules.image.elf);
	rules.is_go = is_go(&rules.image);
	if ((!rules.table || rules.is_go) && wants_debug(&rules.image)) {
		rules.debug = dwarf_begin_elf(rules.image.elf, DWARF_C_READ, NULL);
		rules.debug_table = rules.debug ? dwarf_getcfi(rules.debug) : NULL;
	}
	*out = rules;
	return 0;
}

void frame_rules_release(struct frame_rules *rules)
{
	for (size_t i = 0; i < rules->kept.cnt; i++)
		free(rules->kept.v[i].frame);
	vec_release(&rules->kept);
	idmap_release(&rules->by_address);
	if (rules->table)
		dwarf_cfi_end(rules->table);
	dwarf_end(rules->debug);
	elf_image_close(&rules->image);
	*rules = (struct frame_rules){ 0 };
}

bool frame_rules_any(const struct frame_rules *rules)
{
	return rules->table || rules->debug_table;
}

static Dwarf_Frame *frame_at(Dwarf_CFI *table, uint64_t address)
{
	Dwarf_Frame *frame;

	return table && !dwarf_cfi_addrframe(table, address, &frame) ? frame : NULL;
}

/* Keeps that there is none, too. */
static const struct frame_rule *keep_rule(struct frame_rules *rules, uint64_t address)
{
	struct frame_rule rule = { .frame = frame_at(rules->table, address) };
	int number = 0;

	if (!rule.frame) {
		rule.frame = frame_at(rules->debug_table, address);
		rule.is_of_go = rule.frame && rules->is_go;
	}
	if (rule.frame)
		number = dwarf_frame_info(rule.frame, &rule.begin, &rule.end, &rule.is_signal);
	if (number < 0 || number >= FRAME_REGISTER_CNT) {
		free(rule.frame);
		rule = (struct frame_rule){ 0 };
		number = 0;
	}
	rule.return_register = (uint8_t)number;
	idmap_set(&rules->by_address, address, 0, (uint32_t)rules->kept.cnt);
	*vec_push(&rules->kept) = rule;
	return &rules->kept.v[rules->kept.cnt - 1];
}

const struct frame_rule *frame_rules_find(struct frame_rules *rules, uint64_t address)
{
	uint32_t at = idmap_find(&rules->by_address, address, 0);
	const struct frame_rule *rule =
		at == IDMAP_NONE ? keep_rule(rules, address) : &rules->kept.v[at];

	return rule->frame ? rule : NULL;
}

static enum trace_reason find_cfa(const struct frame_rule *rule, const struct frame_scope *scope,
				  uint64_t *out)
{
	Dwarf_Op *ops;
	bool is_value;
	size_t cnt;

	if (dwarf_frame_cfa(rule->frame, &ops, &cnt) || !cnt)
		return TRACE_REASON_UNSUPPORTED;
	return frame_expression_run(scope, ops, cnt, out, &is_value);
}

/* Of what was popped, the rest of the function's frame: a few registers. */
#define POPPED_BYTES 128u

static bool is_popped(const struct frame_scope *scope, unsigned number, uint64_t place)
{
	const uint64_t rsp = scope->regs->v[FRAME_RSP];

	return KEPT_REGISTERS >> number & 1 && frame_registers_has(scope->regs, number) &&
	       frame_registers_has(scope->regs, FRAME_RSP) && place < rsp &&
	       rsp - place <= POPPED_BYTES;
}

/*
 * One register of the caller, if it can be known. One that was kept below rsp has been popped
 * already, which compilers do not care to tell: that place is not in the copy, and the
 * register has its value again.
 */
static enum trace_reason recover(const struct frame_rule *rule, const struct frame_scope *scope,
				 unsigned number, struct frame_registers *out)
{
	enum trace_reason failed;
	Dwarf_Op mem[3];
	bool is_value;
	Dwarf_Op *ops;
	uint64_t value;
	size_t cnt;

	if (dwarf_frame_register(rule->frame, (int)number, mem, &ops, &cnt))
		return TRACE_REASON_UNSUPPORTED;
	if (!cnt) {
		if ((!ops || KEPT_REGISTERS >> number & 1) &&
		    frame_registers_has(scope->regs, number))
			frame_registers_set(out, number, scope->regs->v[number]);
		return 0;
	}
	failed = frame_expression_run(scope, ops, cnt, &value, &is_value);
	if (!failed && !is_value && is_popped(scope, number, value))
		value = scope->regs->v[number];
	else if (!failed && !is_value && !scope->read(scope->owner, value, sizeof(value), &value))
		failed = TRACE_REASON_COPY_CUT;
	if (!failed)
		frame_registers_set(out, number, value);
	return failed;
}

/* True: the table says that nobody called this function. */
static bool is_outermost(const struct frame_rule *rule)
{
	Dwarf_Op mem[3];
	Dwarf_Op *ops;
	size_t cnt;

	return !dwarf_frame_register(rule->frame, rule->return_register, mem, &ops, &cnt) && !cnt &&
	       ops;
}

enum frame_step frame_rule_apply(const struct frame_rule *rule, const struct frame_scope *scope,
				 struct frame_registers *out, enum trace_reason *out_why)
{
	struct frame_registers caller = { 0 };
	struct frame_scope with_cfa = *scope;

	if (is_outermost(rule))
		return FRAME_STEP_OUTERMOST;
	*out_why = find_cfa(rule, scope, &with_cfa.cfa);
	if (*out_why)
		return FRAME_STEP_FAILED;
	with_cfa.has_cfa = true;
	/* What the next step does not need may be lost; a step that needs it says so. */
	for (unsigned i = 0; i < FRAME_REGISTER_CNT; i++) {
		enum trace_reason lost = recover(rule, &with_cfa, i, &caller);

		if (lost && (i == rule->return_register || i == FRAME_RSP)) {
			*out_why = lost;
			return FRAME_STEP_FAILED;
		}
	}
	if (!frame_registers_has(&caller, FRAME_RSP))
		frame_registers_set(&caller, FRAME_RSP, with_cfa.cfa);
	if (!frame_registers_has(&caller, rule->return_register)) {
		*out_why = TRACE_REASON_UNSUPPORTED;
		return FRAME_STEP_FAILED;
	}
	frame_registers_set(&caller, FRAME_RIP, caller.v[rule->return_register]);
	*out = caller;
	return FRAME_STEP_TAKEN;
}
