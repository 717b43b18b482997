#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "symbolize/copy_unwind.h"
#include "symbolize/elf_image.h"

int fuzz_one(const uint8_t *bytes, size_t len);

/*
 * Stacks in a hostile file: what its .eh_frame says of any address, over any stack, ends
 * within the limits and names places in the mapping. libdw reads the table, so this is
 * its trial as well; in the product a child stands between it and us.
 */

#define BASE 0x10000000ull
#define STACK_AT 0x7fff0000ull
#define STACK_WORDS 128
#define STARTS 24

static void expect(bool holds)
{
	if (!holds)
		abort();
}

static uint64_t draw(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

/* Where code lies in the file, if it is one; else anywhere. */
struct code {
	uint64_t at;
	uint64_t len;
};

static struct code find_code(const void *bytes, size_t len)
{
	struct code code = { 0, len + 1 };
	struct elf_image image;

	if (elf_image_open(&image, bytes, len, NULL))
		return code;
	for (size_t i = 0; i < image.sections.cnt; i++) {
		const struct elf_section *s = &image.sections.v[i];
		size_t section_len;
		const uint8_t *section;

		if (!s->executable || !(section = elf_image_section_bytes(s, &section_len)))
			continue;
		if (section >= (const uint8_t *)bytes && section < (const uint8_t *)bytes + len)
			code = (struct code){ (uint64_t)(section - (const uint8_t *)bytes),
					      section_len };
	}
	elf_image_close(&image);
	return code;
}

static uint64_t draw_word(uint64_t *x, const struct code *code)
{
	if (draw(x) % 4)
		return BASE + code->at + draw(x) % code->len;
	return STACK_AT + draw(x) % STACK_WORDS * 8;
}

int fuzz_one(const uint8_t *bytes, size_t len)
{
	static struct copy_place places[COPY_PLACES_MAX];
	uint64_t words[STACK_WORDS], x = 0x9e3779b97f4a7c15ull + len;
	/* Of exactly this size, so that a sanitizer sees a step outside. */
	void *copy = mem_alloc(len ? len : 1, 1);
	const struct trace_mapping mapping = { BASE, BASE + len + 1, 0, 0 };
	const struct copy_file file = { TRACE_MODULE_FILE, -1, copy, len };
	struct copy_stack stack = { .bytes = (const uint8_t *)words, .len = sizeof(words) };
	const struct copy_piece piece = { &mapping, 1, &file, 1, &stack, 1 };
	struct copy_unwinder *u = copy_unwinder_new(&piece);
	struct code code;
	size_t cnt;

	memcpy(copy, bytes, len);
	code = find_code(copy, len);
	for (size_t i = 0; i < STACK_WORDS; i++)
		words[i] = draw_word(&x, &code);
	for (int start = 0; start < STARTS; start++) {
		for (size_t i = 0; i < COPY_REGISTER_CNT; i++)
			stack.registers[i] = draw_word(&x, &code);
		stack.registers[7] = STACK_AT;
		stack.registers[16] = BASE + code.at + draw(&x) % code.len;
		expect(copy_unwinder_walk(u, &stack, places, &cnt) < TRACE_REASON_CNT);
		expect(cnt && cnt <= COPY_PLACES_MAX);
		for (size_t i = 0; i < cnt; i++)
			expect(places[i].address - BASE <= len);
	}
	copy_unwinder_free(u);
	free(copy);
	return 0;
}
