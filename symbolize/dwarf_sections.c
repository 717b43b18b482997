#include "symbolize/dwarf_sections.h"

#include <gelf.h>
#include <string.h>

#include "symbolize/elf_image.h"
#include "symbolize/elf_unpack.h"

#define OLD_HEADER_BYTES 12 /* "ZLIB", then the size, highest byte first */

static bool is_debug(const char *name)
{
	return !strncmp(name, ".debug_", strlen(".debug_")) ||
	       !strncmp(name, ".zdebug_", strlen(".zdebug_"));
}

/* By the part of the name behind ".debug_". */
static bool is_needed(const char *name)
{
	static const char *const needed[] = { "info", "types",	  "abbrev",   "aranges",
					      "line", "line_str", "str",      "str_offsets",
					      "addr", "ranges",	  "rnglists", "sup" };

	name = strchr(name, '_') + 1;
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (!strcmp(name, needed[i]))
			return true;
	return false;
}

static uint64_t old_unpacked_bytes(const struct elf_section *section)
{
	size_t len;
	const uint8_t *bytes = elf_image_section_bytes(section, &len);
	uint64_t size = 0;

	if (!bytes || len < OLD_HEADER_BYTES)
		return 0;
	for (size_t i = 4; i < OLD_HEADER_BYTES; i++)
		size = size << 8 | bytes[i];
	return size;
}

/* 0: it is not compressed. */
static uint64_t unpacked_bytes(const struct elf_section *section, const GElf_Shdr *header)
{
	GElf_Chdr packed;

	if (header->sh_flags & SHF_COMPRESSED)
		return gelf_getchdr(section->handle, &packed) ? packed.ch_size : 0;
	return section->name[1] == 'z' ? old_unpacked_bytes(section) : 0;
}

static void hide(const struct elf_section *section, GElf_Shdr *header)
{
	header->sh_type = SHT_NOBITS;
	gelf_update_shdr(section->handle, header);
}

static bool is_info(const struct elf_section *section)
{
	return is_debug(section->name) && section->type != SHT_NOBITS &&
	       !strcmp(strchr(section->name, '_') + 1, "info");
}

bool dwarf_sections_present(const struct elf_image *image)
{
	for (size_t i = 1; i < image->sections.cnt; i++)
		if (is_info(&image->sections.v[i]))
			return true;
	return false;
}

bool dwarf_sections_prepare(struct elf_image *image, uint64_t file_bytes)
{
	uint64_t room = DWARF_GROWTH_MAX * file_bytes;

	for (size_t i = 1; i < image->sections.cnt; i++) {
		const struct elf_section *section = &image->sections.v[i];
		GElf_Shdr header;
		uint64_t bytes;

		if (!section->handle || !is_debug(section->name) || section->type == SHT_NOBITS ||
		    !gelf_getshdr(section->handle, &header))
			continue;
		bytes = unpacked_bytes(section, &header);
		if (bytes && !is_needed(section->name)) {
			hide(section, &header);
			continue;
		}
		if (bytes > DWARF_SECTION_BYTES_MAX || bytes > room)
			return false;
		room -= bytes;
		if (header.sh_flags & SHF_COMPRESSED)
			elf_unpack(image, i);
	}
	return dwarf_sections_present(image);
}

/* libdw takes the flag away as it unpacks. */
static bool is_packed(const struct elf_section *section)
{
	GElf_Shdr header;

	return !gelf_getshdr(section->handle, &header) || header.sh_flags & SHF_COMPRESSED;
}

static struct bytes section_bytes(const struct elf_image *image, const char *name)
{
	for (size_t i = 1; i < image->sections.cnt; i++) {
		const struct elf_section *section = &image->sections.v[i];
		const char *own = section->name;
		const void *v;
		size_t len;

		own += !strncmp(own, ".debug_", 7) ? 7 : !strncmp(own, ".zdebug_", 8) ? 8 : 0;
		if (own == section->name || strcmp(own, name) != 0 || !section->handle ||
		    is_packed(section))
			continue;
		v = elf_image_section_bytes(section, &len);
		if (v)
			return bytes_of(v, len);
	}
	return (struct bytes){ 0 };
}

void dwarf_sections_find(struct dwarf_sections *out, const struct elf_image *image)
{
	out->info = section_bytes(image, "info");
	out->abbrev = section_bytes(image, "abbrev");
	out->rnglists = section_bytes(image, "rnglists");
	out->line = section_bytes(image, "line");
	out->line_str = section_bytes(image, "line_str");
	out->str = section_bytes(image, "str");
}

const char *dwarf_sections_text(struct bytes section, uint64_t offset)
{
	if (offset >= bytes_left(&section))
		return "";
	section.p += offset;
	return memchr(section.p, '\0', bytes_left(&section)) ? (const char *)section.p : "";
}
