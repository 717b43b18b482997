#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "symbolize/demangle.h"
#include "symbolize/elf_identity.h"
#include "symbolize/elf_image.h"
#include "symbolize/elf_symbols.h"

#define NAMES_MAX 64

int fuzz_one(const uint8_t *bytes, size_t len);

static void expect(bool holds)
{
	if (!holds)
		abort();
}

static void look_up(const struct elf_symbols *s, uint64_t address)
{
	const struct elf_symbol *symbol = elf_symbols_find(s, address);
	struct buf name = { 0 };
	const char *raw;
	size_t len;

	if (!symbol)
		return;
	raw = elf_symbols_name(s, symbol, &len);
	expect(len < ELF_SYMBOL_NAME_MAX && !memchr(raw, '\0', len));
	demangle_name(&name, raw, len, DEMANGLE_FULL);
	buf_release(&name);
}

/* Ranges are apart and ascend, and belong to symbols that are there. */
static void check_ranges(const struct elf_symbols *s)
{
	uint64_t end = 0;

	for (size_t i = 0; i < s->ranges.cnt; i++) {
		const struct elf_range *range = &s->ranges.v[i];

		expect(range->start >= end && range->end > range->start);
		expect(range->symbol < s->symbols.cnt);
		end = range->end;
		if (i < NAMES_MAX) {
			look_up(s, range->start);
			look_up(s, range->end);
		}
	}
}

static void check_image(const void *bytes, size_t len)
{
	struct elf_symbols symbols = { 0 };
	struct elf_image image;
	uint64_t address;

	if (elf_image_open(&image, bytes, len, NULL))
		return;
	elf_symbols_add(&symbols, &image);
	elf_symbols_add(&symbols, &image); /* as a file and its debug file */
	elf_symbols_finish(&symbols);
	check_ranges(&symbols);
	for (uint64_t offset = 1; offset; offset <<= 1)
		if (elf_image_address(&image, offset, &address))
			look_up(&symbols, address);
	elf_symbols_release(&symbols);
	elf_image_close(&image);
}

static void check_identity(const uint8_t *bytes, size_t len)
{
	struct elf_source source = { .fd = -1, .bytes = bytes, .len = len };
	struct elf_identity id;

	if (!elf_identity_read(&id, &source))
		return;
	expect(id.build_id_len <= TRACE_BUILD_ID_MAX);
	expect(memchr(id.debug_link, '\0', sizeof(id.debug_link)) && !strchr(id.debug_link, '/'));
}

int fuzz_one(const uint8_t *bytes, size_t len)
{
	/* Of exactly this size and alignment, so that a sanitizer sees a step outside. */
	void *copy = mem_alloc(len ? len : 1, 1);

	memcpy(copy, bytes, len);
	check_identity(copy, len);
	check_image(copy, len);
	free(copy);
	return 0;
}
