#include "symbolize/elf_unpack.h"

#include <libdeflate.h>
#include <stdbool.h>
#include <stdlib.h>

#include "symbolize/elf_image.h"

static bool inflate_all(uint8_t *out, size_t out_len, const uint8_t *in, size_t in_len)
{
	struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
	enum libdeflate_result result;

	if (!d)
		return false;
	result = libdeflate_zlib_decompress(d, in, in_len, out, out_len, NULL);
	libdeflate_free_decompressor(d);
	return result == LIBDEFLATE_SUCCESS;
}

void elf_unpack(struct elf_image *image, size_t section)
{
	const struct elf_section *packed = &image->sections.v[section];
	size_t head = gelf_fsize(image->elf, ELF_T_CHDR, 1, EV_CURRENT);
	GElf_Chdr header;
	const uint8_t *in;
	uint8_t *out;
	size_t len;

	if (!gelf_getchdr(packed->handle, &header) || header.ch_type != ELFCOMPRESS_ZLIB ||
	    !header.ch_size)
		return;
	in = elf_image_section_bytes(packed, &len);
	if (!in || len < head)
		return;
	/* Not mem_alloc(): a size that a file only claims may be refused, and nothing else ends. */
	out = malloc(header.ch_size);
	if (out && inflate_all(out, header.ch_size, in + head, len - head))
		elf_image_replace(image, section, out, header.ch_size);
	else
		free(out);
}
