#include "collector/unwind_file.h"

#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/mem.h"

#define PAGE_BYTES 4096u
#define ADDRESS_MAX ((uint64_t)1 << 56) /* of user space, with five levels of pages */
#define NAME_MAX_BYTES 16		/* of the names of sections that matter */

/* ---- bounded reading ---- */

static bool holds(const struct unwind_file *f, uint64_t at, uint64_t len)
{
	return at <= f->len && len <= f->len - at;
}

static bool read_at(const struct unwind_file *f, uint64_t at, void *out, size_t len)
{
	if (!holds(f, at, len))
		return false;
	memcpy(out, f->v + at, len);
	return true;
}

/* The i-th of a table's headers. */
static bool read_header(const struct unwind_file *f, uint64_t table, uint32_t i, void *out,
			size_t len)
{
	return table <= f->len && read_at(f, table + (uint64_t)i * len, out, len);
}

static bool read_segment(const struct unwind_file *f, const Elf64_Ehdr *h, uint32_t i,
			 Elf64_Phdr *out)
{
	return h->e_phentsize == sizeof(*out) && i < h->e_phnum &&
	       read_header(f, h->e_phoff, i, out, sizeof(*out));
}

static bool read_section(const struct unwind_file *f, const Elf64_Ehdr *h, uint32_t i,
			 Elf64_Shdr *out)
{
	return h->e_shentsize == sizeof(*out) && i < h->e_shnum &&
	       read_header(f, h->e_shoff, i, out, sizeof(*out));
}

/* ---- code ---- */

/* As the kernel maps it: whole pages of the file, where there is that much of it. */
static struct unwind_segment paged(const struct unwind_file *f, const Elf64_Phdr *p)
{
	uint64_t before = p->p_offset % PAGE_BYTES, end = p->p_offset + p->p_filesz;

	if (before != p->p_vaddr % PAGE_BYTES)
		before = 0;
	end += (PAGE_BYTES - end % PAGE_BYTES) % PAGE_BYTES;
	if (end > f->len)
		end = f->len;
	return (struct unwind_segment){ .offset = p->p_offset - before,
					.size = end - (p->p_offset - before),
					.address = p->p_vaddr - before };
}

static void insert_segment(struct unwind_file *f, const struct unwind_segment *s)
{
	uint32_t at = f->segment_cnt++;

	for (; at && f->segments[at - 1].address > s->address; at--)
		f->segments[at] = f->segments[at - 1];
	f->segments[at] = *s;
}

static int find_code(struct unwind_file *f, const Elf64_Ehdr *h, struct err *err)
{
	const struct unwind_segment *first = f->segments;
	Elf64_Phdr p;

	for (uint32_t i = 0; read_segment(f, h, i, &p); i++) {
		struct unwind_segment s;

		if (p.p_type != PT_LOAD || !(p.p_flags & PF_X) || !p.p_filesz ||
		    !holds(f, p.p_offset, p.p_filesz))
			continue;
		s = paged(f, &p);
		if (s.address > ADDRESS_MAX || s.size > ADDRESS_MAX - s.address)
			continue;
		if (f->segment_cnt == UNWIND_SEGMENTS_MAX)
			return err_set(err, -E2BIG, "more than %d executable segments",
				       UNWIND_SEGMENTS_MAX);
		insert_segment(f, &s);
	}
	for (uint32_t i = 0; i < f->segment_cnt; i++) {
		const struct unwind_segment *s = &f->segments[i];

		if (s->address + s->size - first->address >
		    (uint64_t)(UNWIND_BLOCKS_MAX - 1) * UNWIND_BLOCK_BYTES)
			return err_set(err, -E2BIG, "its code is spread over more than 2 GiB");
	}
	return 0;
}

const struct unwind_segment *unwind_file_segment(const struct unwind_file *f, uint64_t address)
{
	for (uint32_t i = 0; i < f->segment_cnt; i++) {
		const struct unwind_segment *s = &f->segments[i];

		if (address >= s->address && address - s->address < s->size)
			return s;
	}
	return NULL;
}

/* ---- tables by section headers ---- */

/* The size of what was unpacked; 0: it cannot be, or would be too much. */
static size_t unpack(struct unwind_file *f, uint64_t at, uint64_t len, uint64_t unpacked_len)
{
	uLongf got = (uLongf)unpacked_len;

	if (!unpacked_len || unpacked_len > UNWIND_FILE_UNPACKED_MAX ||
	    unpacked_len / UNWIND_FILE_UNPACKED_RATIO_MAX > f->len || f->unpacked)
		return 0;
	f->unpacked = mem_alloc((size_t)unpacked_len, 1);
	if (uncompress(f->unpacked, &got, f->v + at, (uLong)len) == Z_OK && got == unpacked_len)
		return (size_t)got;
	free(f->unpacked);
	f->unpacked = NULL;
	return 0;
}

/* SHF_COMPRESSED: a header of the class, then a stream of zlib. */
static size_t unpack_section(struct unwind_file *f, const Elf64_Shdr *s)
{
	Elf64_Chdr packed;

	if (s->sh_size < sizeof(packed) || !read_at(f, s->sh_offset, &packed, sizeof(packed)) ||
	    packed.ch_type != ELFCOMPRESS_ZLIB)
		return 0;
	return unpack(f, s->sh_offset + sizeof(packed), s->sh_size - sizeof(packed),
		      packed.ch_size);
}

/* .zdebug_: "ZLIB", the size as eight bytes of big endian, then a stream of zlib. */
static size_t unpack_old_section(struct unwind_file *f, const Elf64_Shdr *s)
{
	uint8_t head[12];
	uint64_t len = 0;

	if (s->sh_size < sizeof(head) || !read_at(f, s->sh_offset, head, sizeof(head)) ||
	    memcmp(head, "ZLIB", 4))
		return 0;
	for (int i = 4; i < 12; i++)
		len = len << 8 | head[i];
	return unpack(f, s->sh_offset + sizeof(head), s->sh_size - sizeof(head), len);
}

static size_t table_size(uint64_t size)
{
	return size < UNWIND_FILE_TABLE_MAX ? size : UNWIND_FILE_TABLE_MAX;
}

static void take_debug_frame(struct unwind_file *f, const Elf64_Shdr *s, bool is_old)
{
	struct cfi_section found = { .v = f->v + s->sh_offset,
				     .len = table_size(s->sh_size),
				     .is_debug_frame = true };

	if (f->debug_frame.v)
		return;
	if (is_old || s->sh_flags & SHF_COMPRESSED) {
		found.len = is_old ? unpack_old_section(f, s) : unpack_section(f, s);
		found.v = f->unpacked;
	}
	if (found.len)
		f->debug_frame = found;
}

static void take_section(struct unwind_file *f, const Elf64_Shdr *s, const char *name)
{
	if (s->sh_type == SHT_NOBITS || !s->sh_size || !holds(f, s->sh_offset, s->sh_size))
		return;
	if (!strcmp(name, ".eh_frame") && s->sh_flags & SHF_ALLOC && !f->eh_frame.v)
		f->eh_frame = (struct cfi_section){ .v = f->v + s->sh_offset,
						    .len = table_size(s->sh_size),
						    .address = s->sh_addr };
	/* The former is a part of another section where the file may lie anywhere. */
	if (!strcmp(name, ".gopclntab") || !strcmp(name, ".go.buildinfo"))
		f->is_go = true;
	if (!strcmp(name, ".debug_frame"))
		take_debug_frame(f, s, false);
	if (!strcmp(name, ".zdebug_frame"))
		take_debug_frame(f, s, true);
}

static void find_sections(struct unwind_file *f, const Elf64_Ehdr *h)
{
	Elf64_Shdr names, s;

	if (!read_section(f, h, h->e_shstrndx, &names) || !holds(f, names.sh_offset, names.sh_size))
		return;
	for (uint32_t i = 1; read_section(f, h, i, &s); i++) {
		char name[NAME_MAX_BYTES] = { 0 };

		if (s.sh_name >= names.sh_size)
			continue;
		memcpy(name, f->v + names.sh_offset + s.sh_name,
		       names.sh_size - s.sh_name < sizeof(name) - 1 ? names.sh_size - s.sh_name
								    : sizeof(name) - 1);
		take_section(f, &s, name);
	}
}

/* ---- .eh_frame without section headers ---- */

/* The table of a segment's bytes from an address on, to its first end. */
static void take_from_address(struct unwind_file *f, const Elf64_Ehdr *h, uint64_t address)
{
	Elf64_Phdr p;

	for (uint32_t i = 0; read_segment(f, h, i, &p); i++) {
		uint64_t skip = address - p.p_vaddr;

		if (p.p_type != PT_LOAD || address < p.p_vaddr || skip >= p.p_filesz ||
		    !holds(f, p.p_offset, p.p_filesz))
			continue;
		f->eh_frame = (struct cfi_section){ .v = f->v + p.p_offset + skip,
						    .len = table_size(p.p_filesz - skip),
						    .address = address,
						    .ends_at_zero = true };
		return;
	}
}

/* .eh_frame_hdr: version, three encodings, then where .eh_frame is. */
static void find_by_header(struct unwind_file *f, const Elf64_Ehdr *h)
{
	Elf64_Phdr p;

	for (uint32_t i = 0; read_segment(f, h, i, &p); i++) {
		struct cfi_section header;
		struct bytes b;
		uint64_t address;
		uint8_t version, encoding;

		if (p.p_type != PT_GNU_EH_FRAME || !holds(f, p.p_offset, p.p_filesz))
			continue;
		header = (struct cfi_section){ .v = f->v + p.p_offset,
					       .len = p.p_filesz,
					       .address = p.p_vaddr };
		b = bytes_of(header.v, header.len);
		version = bytes_u8(&b);
		encoding = bytes_u8(&b);
		bytes_take(&b, 2);
		address = cfi_address(&header, encoding, &b);
		if (version == 1 && !b.failed)
			take_from_address(f, h, address);
		return;
	}
}

int unwind_file_open(struct unwind_file *out, const uint8_t *v, size_t len, struct err *err)
{
	struct unwind_file f = { .v = v, .len = len };
	Elf64_Ehdr h;
	int ret;

	if (!read_at(&f, 0, &h, sizeof(h)) || memcmp(h.e_ident, ELFMAG, SELFMAG) ||
	    h.e_ident[EI_CLASS] != ELFCLASS64 || h.e_ident[EI_DATA] != ELFDATA2LSB ||
	    h.e_machine != EM_X86_64)
		return err_set(err, -ENOEXEC, "not an ELF file of x86-64");
	ret = find_code(&f, &h, err);
	if (ret)
		return ret;
	find_sections(&f, &h);
	if (!f.eh_frame.v)
		find_by_header(&f, &h);
	*out = f;
	return 0;
}

void unwind_file_close(struct unwind_file *f)
{
	free(f->unpacked);
	*f = (struct unwind_file){ 0 };
}
