#include "symbolize/kernel_image.h"

#include <gelf.h>
#include <string.h>

#include "symbolize/dwarf_sections.h"
#include "symbolize/elf_image.h"

#define SECTION_GAP 4096

/* ---- symbols ---- */

static size_t row_cnt(const struct elf_image *image, const Elf_Data *data, Elf_Type type)
{
	size_t size = gelf_fsize(image->elf, type, 1, EV_CURRENT);

	return data && data->d_buf && size ? data->d_size / size : 0;
}

static bool value_of(const struct elf_image *image, const GElf_Sym *sym, uint64_t *out)
{
	*out = sym->st_value;
	if (image->header.e_type != ET_REL)
		return true;
	if (sym->st_shndx >= image->sections.cnt)
		return false;
	*out += image->sections.v[sym->st_shndx].address;
	return true;
}

static size_t find_in(const struct elf_image *image, const struct elf_section *table,
		      const char *name, uint64_t *out)
{
	Elf_Data *data = table->handle ? elf_getdata(table->handle, NULL) : NULL;
	size_t cnt = row_cnt(image, data, ELF_T_SYM);
	size_t name_bytes = strlen(name) + 1;
	size_t found_cnt = 0;
	size_t len;
	const char *texts;
	GElf_Sym sym;

	if (table->link >= image->sections.cnt)
		return 0;
	texts = elf_image_section_bytes(&image->sections.v[table->link], &len);
	for (size_t i = 1; texts && i < cnt && gelf_getsym(data, (int)i, &sym); i++)
		if (sym.st_shndx != SHN_UNDEF && sym.st_name < len &&
		    len - sym.st_name >= name_bytes &&
		    !memcmp(texts + sym.st_name, name, name_bytes) && value_of(image, &sym, out))
			found_cnt++;
	return found_cnt;
}

bool kernel_image_find(const struct elf_image *image, const char *name, uint64_t *out)
{
	uint64_t value;

	for (size_t i = 1; i < image->sections.cnt; i++)
		if (image->sections.v[i].type == SHT_SYMTAB &&
		    find_in(image, &image->sections.v[i], name, &value) == 1) {
			*out = value;
			return true;
		}
	return false;
}

/* ---- linking ---- */

static void place_code(struct elf_image *image)
{
	uint64_t at = SECTION_GAP;

	for (size_t i = 1; i < image->sections.cnt; i++) {
		struct elf_section *section = &image->sections.v[i];

		if (!section->executable || section->size > UINT64_MAX / 4 - at)
			continue;
		section->address = at;
		at = (at + section->size + 2 * SECTION_GAP) & ~(uint64_t)(SECTION_GAP - 1);
	}
}

/* Bytes of a place that takes a value as it is; 0: another kind, which DWARF has no use for. */
static size_t place_bytes(const struct elf_image *image, uint64_t type)
{
	switch (image->header.e_machine) {
	case EM_X86_64:
		return type == R_X86_64_64 ? 8 : type == R_X86_64_32 ? 4 : 0;
	case EM_AARCH64:
		return type == R_AARCH64_ABS64 ? 8 : type == R_AARCH64_ABS32 ? 4 : 0;
	default:
		return 0;
	}
}

static void relocate(const struct elf_image *image, Elf_Data *target, const GElf_Rela *rela,
		     const GElf_Sym *sym)
{
	size_t bytes = place_bytes(image, GELF_R_TYPE(rela->r_info));
	uint64_t value;

	if (rela->r_offset > target->d_size || bytes > target->d_size - rela->r_offset ||
	    !value_of(image, sym, &value))
		return;
	value += (uint64_t)rela->r_addend;
	for (size_t i = 0; i < bytes; i++)
		((uint8_t *)target->d_buf)[rela->r_offset + i] = (uint8_t)(value >> 8 * i);
}

/* The bytes of a section of DWARF, unpacked; NULL: it is none. */
static Elf_Data *open_target(const struct elf_section *section)
{
	GElf_Shdr header;
	Elf_Data *bytes;

	if (strncmp(section->name, ".debug_", strlen(".debug_")) != 0 ||
	    !gelf_getshdr(section->handle, &header) || header.sh_type == SHT_NOBITS)
		return NULL;
	if (header.sh_flags & SHF_COMPRESSED && elf_compress(section->handle, 0, 0) < 0)
		return NULL;
	bytes = elf_rawdata(section->handle, NULL);
	return bytes && bytes->d_buf ? bytes : NULL;
}

static void link_section(const struct elf_image *image, const struct elf_section *relas)
{
	Elf_Data *rows = elf_getdata(relas->handle, NULL);
	size_t cnt = row_cnt(image, rows, ELF_T_RELA);
	Elf_Data *symbols;
	Elf_Data *target;
	GElf_Shdr header;
	GElf_Rela rela;
	GElf_Sym sym;

	if (!gelf_getshdr(relas->handle, &header) || !header.sh_info ||
	    header.sh_info >= image->sections.cnt || !relas->link ||
	    relas->link >= image->sections.cnt)
		return;
	target = open_target(&image->sections.v[header.sh_info]);
	symbols = elf_getdata(image->sections.v[relas->link].handle, NULL);
	for (size_t i = 0; target && i < cnt && gelf_getrela(rows, (int)i, &rela); i++)
		if (gelf_getsym(symbols, (int)GELF_R_SYM(rela.r_info), &sym))
			relocate(image, target, &rela, &sym);
}

bool kernel_image_link(struct elf_image *image, uint64_t file_bytes)
{
	if (image->header.e_type != ET_REL || !dwarf_sections_prepare(image, file_bytes))
		return false;
	place_code(image);
	for (size_t i = 1; i < image->sections.cnt; i++)
		if (image->sections.v[i].type == SHT_RELA)
			link_section(image, &image->sections.v[i]);
	return true;
}
