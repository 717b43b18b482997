#include "collector/usdt_argument.h"

#include <asm/ptrace.h>
#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define REGISTER_NAMES 4 /* of 8, 4, 2 and 1 bytes */

struct reg {
	const char *names[REGISTER_NAMES];
	uint16_t at; /* in the context of a program */
};

#if defined(__x86_64__)
#define AT(field) offsetof(struct pt_regs, field)

static const struct reg regs[] = {
	{ { "rax", "eax", "ax", "al" }, AT(rax) },
	{ { "rbx", "ebx", "bx", "bl" }, AT(rbx) },
	{ { "rcx", "ecx", "cx", "cl" }, AT(rcx) },
	{ { "rdx", "edx", "dx", "dl" }, AT(rdx) },
	{ { "rsi", "esi", "si", "sil" }, AT(rsi) },
	{ { "rdi", "edi", "di", "dil" }, AT(rdi) },
	{ { "rbp", "ebp", "bp", "bpl" }, AT(rbp) },
	{ { "rsp", "esp", "sp", "spl" }, AT(rsp) },
	{ { "r8", "r8d", "r8w", "r8b" }, AT(r8) },
	{ { "r9", "r9d", "r9w", "r9b" }, AT(r9) },
	{ { "r10", "r10d", "r10w", "r10b" }, AT(r10) },
	{ { "r11", "r11d", "r11w", "r11b" }, AT(r11) },
	{ { "r12", "r12d", "r12w", "r12b" }, AT(r12) },
	{ { "r13", "r13d", "r13w", "r13b" }, AT(r13) },
	{ { "r14", "r14d", "r14w", "r14b" }, AT(r14) },
	{ { "r15", "r15d", "r15w", "r15b" }, AT(r15) },
};

/* By the System V ABI; the kernel's functions follow it, too. */
static const uint16_t argument_at[] = { AT(rdi), AT(rsi), AT(rdx), AT(rcx), AT(r8), AT(r9) };
#define RESULT_AT AT(rax)
#elif defined(__aarch64__)
static const struct reg regs[1]; /* operands are written in another way there */
static const uint16_t argument_at[] = { 0, 8, 16, 24, 32, 40 };
#define RESULT_AT 0
#else
static const struct reg regs[1];
static const uint16_t argument_at[1];
#endif

static bool whole_register(uint16_t at, struct abi_probe_value *out)
{
	*out = (struct abi_probe_value){
		.from = ABI_PROBE_CONTEXT,
		.size = 8,
		.is_signed = 1,
		.at = at,
		.index_at = ABI_PROBE_NO_INDEX,
	};
	return true;
}

bool function_argument(uint32_t number, struct abi_probe_value *out)
{
	if (!number || number > sizeof(argument_at) / sizeof(argument_at[0]))
		return false;
	return whole_register(argument_at[number - 1], out);
}

bool function_result(struct abi_probe_value *out)
{
#if defined(RESULT_AT)
	return whole_register(RESULT_AT, out);
#else
	(void)out;
	return false;
#endif
}

/* Takes "%name"; false: it is none that we know. */
static bool take_register(const char **at, uint16_t *out)
{
	size_t len = 0;

	if (**at != '%')
		return false;
	while (isalnum((unsigned char)(*at)[1 + len]))
		len++;
	for (size_t i = 0; i < sizeof(regs) / sizeof(regs[0]); i++)
		for (size_t k = 0; k < REGISTER_NAMES; k++) {
			const char *name = regs[i].names[k];

			if (!name || strlen(name) != len || memcmp(name, *at + 1, len))
				continue;
			*out = regs[i].at;
			*at += 1 + len;
			return true;
		}
	return false;
}

static bool take_number(const char **at, __s64 *out)
{
	char *end;

	errno = 0;
	*out = strtoll(*at, &end, 10);
	if (end == *at || errno)
		return false;
	*at = end;
	return true;
}

/* ",%index,SCALE" in the parentheses. */
static bool take_index(const char **at, struct abi_probe_value *out)
{
	__s64 scale = 1;

	++*at;
	if (!take_register(at, &out->index_at))
		return false;
	if (**at == ',') {
		++*at;
		if (!take_number(at, &scale))
			return false;
	}
	if (scale != 1 && scale != 2 && scale != 4 && scale != 8)
		return false;
	for (out->shift = 0; scale > 1; scale /= 2)
		out->shift++;
	return true;
}

/* "OFFSET(%base,%index,SCALE)", of which only the base must be there. */
static bool take_memory(const char **at, struct abi_probe_value *out)
{
	out->from = ABI_PROBE_MEMORY;
	if (**at != '(' && !take_number(at, &out->offset))
		return false;
	if (**at != '(')
		return false;
	++*at;
	if (!take_register(at, &out->at) || (**at == ',' && !take_index(at, out)) || **at != ')')
		return false;
	++*at;
	return true;
}

static bool take_operand(const char **at, struct abi_probe_value *out)
{
	if (**at == '$') {
		++*at;
		out->from = ABI_PROBE_CONSTANT;
		return take_number(at, &out->offset);
	}
	if (**at != '%')
		return take_memory(at, out);
	out->from = ABI_PROBE_CONTEXT;
	return take_register(at, &out->at);
}

static bool take_size(const char **at, struct abi_probe_value *out)
{
	__s64 size;

	if (!take_number(at, &size) || **at != '@')
		return false;
	++*at;
	out->is_signed = size < 0;
	if (size < 0 && size >= -8)
		size = -size;
	out->size = (uint8_t)size;
	return size == 1 || size == 2 || size == 4 || size == 8;
}

bool usdt_argument_parse(const char *arguments, uint32_t number, struct abi_probe_value *out)
{
	struct abi_probe_value value = { .index_at = ABI_PROBE_NO_INDEX };
	const char *at = arguments + strspn(arguments, " ");

	while (number > 1 && *at) {
		at += strcspn(at, " ");
		at += strspn(at, " ");
		number--;
	}
	if (number != 1 || !take_size(&at, &value) || !take_operand(&at, &value) ||
	    (*at && *at != ' '))
		return false;
	*out = value;
	return true;
}
