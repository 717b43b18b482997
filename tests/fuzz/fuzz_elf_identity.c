#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "symbolize/elf_debugdata.h"
#include "symbolize/elf_identity.h"
#include "symbolize/elf_image.h"

int fuzz_one(const uint8_t *bytes, size_t len);

/*
 * What the parent believes of a stranger's file before a child has it: texts that end,
 * lengths within their limits, the same each time. And what a child unfolds of it, which
 * ends at its limit.
 */

static void expect(bool holds)
{
	if (!holds)
		abort();
}

static void check_identity(const uint8_t *bytes, size_t len)
{
	struct elf_source source = { .fd = -1, .bytes = bytes, .len = len };
	struct elf_identity again = { 0 };
	struct elf_identity id = { 0 };

	if (!elf_identity_read(&id, &source))
		return;
	expect(elf_identity_read(&again, &source) && !memcmp(&id, &again, sizeof(id)));
	expect(id.build_id_len <= TRACE_BUILD_ID_MAX && id.alt_build_id_len <= TRACE_BUILD_ID_MAX);
	expect(strnlen(id.debug_link, ELF_DEBUG_LINK_MAX) < ELF_DEBUG_LINK_MAX);
	expect(!strchr(id.debug_link, '/') && strcmp(id.debug_link, "..") != 0);
	expect(strnlen(id.alt_link, ELF_DEBUG_LINK_MAX) < ELF_DEBUG_LINK_MAX);
	expect((id.alt_link[0] != '\0') == (id.alt_build_id_len != 0));
}

int fuzz_one(const uint8_t *bytes, size_t len)
{
	struct elf_image image;
	struct buf out = { 0 };
	struct err err = { 0 };
	uint8_t *copy = malloc(len ? len : 1);

	check_identity(bytes, len);
	memcpy(copy, bytes, len);
	if (!elf_image_open(&image, copy, len, &err)) {
		if (elf_debugdata_read(&out, &image, &err))
			expect(out.len == 0);
		elf_image_close(&image);
	}
	buf_release(&out);
	free(copy);
	return 0;
}
