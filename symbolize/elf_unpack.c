#include "symbolize/elf_unpack.h"

#include <libdeflate.h>
#include <stdbool.h>
#include <sys/mman.h>

#include "symbolize/elf_image.h"

static bool inflate_all(const struct elf_replacement *out, const uint8_t *in, size_t in_len)
{
	struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
	enum libdeflate_result result;

	if (!d)
		return false;
	result = libdeflate_zlib_decompress(d, in, in_len, out->v, out->len, NULL);
	libdeflate_free_decompressor(d);
	return result == LIBDEFLATE_SUCCESS;
}

/* A size that a file only claims may be refused, and nothing else ends: not mem_alloc(). */
static bool map_room(struct elf_replacement *out, uint64_t len)
{
	void *room = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (room == MAP_FAILED)
		return false;
	*out = (struct elf_replacement){ room, len };
	return true;
}

void elf_unpack(struct elf_image *image, size_t section)
{
	const struct elf_section *packed = &image->sections.v[section];
	size_t head = gelf_fsize(image->elf, ELF_T_CHDR, 1, EV_CURRENT);
	struct elf_replacement out;
	GElf_Chdr header;
	const uint8_t *in;
	size_t len;

	if (!gelf_getchdr(packed->handle, &header) || header.ch_type != ELFCOMPRESS_ZLIB)
		return;
	in = elf_image_section_bytes(packed, &len);
	if (!in || len < head || !map_room(&out, header.ch_size))
		return;
	if (inflate_all(&out, in + head, len - head))
		elf_image_replace(image, section, out);
	else
		munmap(out.v, out.len);
}
