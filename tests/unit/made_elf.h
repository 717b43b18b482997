#ifndef TESTS_UNIT_MADE_ELF_H
#define TESTS_UNIT_MADE_ELF_H

#include <elf.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"

/*
 * ELF files made to order, for tests that must know every byte: two segments (headers;
 * code), and the sections that naming looks at.
 *
 *	0        headers
 *	0x200    .note.gnu.build-id  .gnu_debuglink  .gnu_debugaltlink
 *	offset   .text               at address
 *	...      .symtab .strtab .dynsym .dynstr .gnu_debugdata .debug_info .shstrtab, headers
 */

struct made_symbol {
	const char *name;
	uint64_t address;
	uint64_t size;
	unsigned char type; /* STT_ */
	unsigned char bind; /* STB_ */
};

struct made_elf {
	uint64_t offset; /* of .text in the file */
	uint64_t address;
	uint64_t size;
	const struct made_symbol *symbols; /* .symtab; ends with a NULL name */
	const struct made_symbol *exports; /* .dynsym; likewise */
	const char *build_id;		   /* raw bytes; NULL: none */
	const char *debug_link;
	uint32_t debug_link_crc;
	const char *alt_link; /* with this build ID, raw bytes */
	const char *alt_build_id;
	const struct buf *debugdata; /* as it is; NULL: none */
	bool has_dwarf;		     /* a .debug_info, of one byte */
	bool is_debug_file;	     /* as objcopy --only-keep-debug leaves it */
};

enum made_section {
	MADE_TEXT = 1,
	MADE_NOTE,
	MADE_LINK,
	MADE_SYMTAB,
	MADE_STRTAB,
	MADE_DYNSYM,
	MADE_DYNSTR,
	MADE_ALT_LINK,
	MADE_DEBUGDATA,
	MADE_DEBUG_INFO,
	MADE_SHSTRTAB,
	MADE_SECTION_CNT,
};

static const char made_section_names[] = "\0.text\0.note.gnu.build-id\0.gnu_debuglink\0.symtab\0"
					 ".strtab\0.dynsym\0.dynstr\0.gnu_debugaltlink\0"
					 ".gnu_debugdata\0.debug_info\0.shstrtab";

static inline void made_pad(struct buf *out, size_t to)
{
	while (out->len < to)
		buf_u8(out, 0);
}

static inline uint32_t made_name_offset(unsigned section)
{
	const char *p = made_section_names;

	for (unsigned i = 0; i < section; i++)
		p += strlen(p) + 1;
	return (uint32_t)(p - made_section_names);
}

static inline void made_put(struct buf *out, Elf64_Shdr *s, uint32_t type, const void *bytes,
			    size_t len)
{
	made_pad(out, (out->len + 7) & ~(size_t)7);
	s->sh_type = type;
	s->sh_offset = out->len;
	s->sh_size = len;
	buf_put(out, bytes, len);
}

static inline void made_put_symbols(struct buf *out, Elf64_Shdr *s, const struct made_symbol *list,
				    unsigned table, uint32_t type)
{
	struct buf symbols = { 0 };
	struct buf strings = { 0 };
	Elf64_Sym sym = { 0 };

	buf_put(&symbols, &sym, sizeof(sym));
	buf_u8(&strings, 0);
	for (; list && list->name; list++) {
		sym.st_name = (uint32_t)strings.len;
		sym.st_value = list->address;
		sym.st_size = list->size;
		sym.st_info = ELF64_ST_INFO(list->bind, list->type);
		sym.st_shndx = MADE_TEXT;
		buf_put(&symbols, &sym, sizeof(sym));
		buf_put(&strings, list->name, strlen(list->name) + 1);
	}
	made_put(out, &s[table], type, symbols.v, symbols.len);
	made_put(out, &s[table + 1], SHT_STRTAB, strings.v, strings.len);
	s[table].sh_entsize = sizeof(sym);
	s[table].sh_link = table + 1;
	buf_release(&symbols);
	buf_release(&strings);
}

static inline void made_put_note(struct buf *out, Elf64_Shdr *s, const char *build_id)
{
	struct buf note = { 0 };

	buf_u32(&note, 4);
	buf_u32(&note, (uint32_t)strlen(build_id));
	buf_u32(&note, NT_GNU_BUILD_ID);
	buf_put(&note, "GNU", 4);
	buf_puts(&note, build_id);
	made_pad(&note, (note.len + 3) & ~(size_t)3);
	made_put(out, s, SHT_NOTE, note.v, note.len);
	buf_release(&note);
}

static inline void made_put_link(struct buf *out, Elf64_Shdr *s, const struct made_elf *e)
{
	struct buf link = { 0 };

	buf_put(&link, e->debug_link, strlen(e->debug_link) + 1);
	made_pad(&link, (link.len + 3) & ~(size_t)3);
	buf_u32(&link, e->debug_link_crc);
	made_put(out, s, SHT_PROGBITS, link.v, link.len);
	buf_release(&link);
}

static inline void made_put_alt_link(struct buf *out, Elf64_Shdr *s, const struct made_elf *e)
{
	struct buf link = { 0 };

	buf_put(&link, e->alt_link, strlen(e->alt_link) + 1);
	buf_puts(&link, e->alt_build_id);
	made_put(out, s, SHT_PROGBITS, link.v, link.len);
	buf_release(&link);
}

static inline void made_put_text(struct buf *out, Elf64_Shdr *s, const struct made_elf *e)
{
	s->sh_type = e->is_debug_file ? SHT_NOBITS : SHT_PROGBITS;
	s->sh_flags = SHF_ALLOC | SHF_EXECINSTR;
	s->sh_addr = e->address;
	s->sh_offset = e->offset;
	s->sh_size = e->size;
	if (!e->is_debug_file) {
		made_pad(out, e->offset);
		made_pad(out, e->offset + e->size);
	}
}

static inline void made_elf_put(struct buf *out, const struct made_elf *e)
{
	Elf64_Shdr s[MADE_SECTION_CNT] = { 0 };
	Elf64_Phdr p[2] = {
		{ .p_type = PT_LOAD,
		  .p_flags = PF_R,
		  .p_filesz = e->offset,
		  .p_memsz = e->offset,
		  .p_vaddr = e->address & ~0xfffffull,
		  .p_align = 0x1000 },
		{ .p_type = PT_LOAD,
		  .p_flags = PF_R | PF_X,
		  .p_offset = e->offset,
		  .p_vaddr = e->address,
		  .p_filesz = e->size,
		  .p_memsz = e->size,
		  .p_align = 0x1000 },
	};
	Elf64_Ehdr h = { .e_type = ET_DYN,
			 .e_machine = EM_X86_64,
			 .e_version = EV_CURRENT,
			 .e_phoff = sizeof(h),
			 .e_ehsize = sizeof(h),
			 .e_phentsize = sizeof(p[0]),
			 .e_phnum = 2,
			 .e_shentsize = sizeof(s[0]),
			 .e_shnum = MADE_SECTION_CNT,
			 .e_shstrndx = MADE_SHSTRTAB };

	memcpy(h.e_ident, ELFMAG "\2\1\1", 7);
	if (e->is_debug_file) {
		p[1].p_offset = 0;
		p[0].p_filesz = p[1].p_filesz = 0;
	}
	made_pad(out, 0x200);
	if (e->build_id)
		made_put_note(out, &s[MADE_NOTE], e->build_id);
	if (e->debug_link)
		made_put_link(out, &s[MADE_LINK], e);
	if (e->alt_link)
		made_put_alt_link(out, &s[MADE_ALT_LINK], e);
	made_put_text(out, &s[MADE_TEXT], e);
	if (e->debugdata)
		made_put(out, &s[MADE_DEBUGDATA], SHT_PROGBITS, e->debugdata->v, e->debugdata->len);
	if (e->has_dwarf)
		made_put(out, &s[MADE_DEBUG_INFO], SHT_PROGBITS, "", 1);
	if (e->symbols)
		made_put_symbols(out, s, e->symbols, MADE_SYMTAB, SHT_SYMTAB);
	if (e->exports)
		made_put_symbols(out, s, e->exports, MADE_DYNSYM, SHT_DYNSYM);
	made_put(out, &s[MADE_SHSTRTAB], SHT_STRTAB, made_section_names,
		 sizeof(made_section_names));
	for (unsigned i = 1; i < MADE_SECTION_CNT; i++)
		s[i].sh_name = made_name_offset(i);
	made_pad(out, (out->len + 7) & ~(size_t)7);
	h.e_shoff = out->len;
	buf_put(out, s, sizeof(s));
	memcpy(out->v, &h, sizeof(h));
	memcpy(out->v + sizeof(h), p, sizeof(p));
}

#endif
