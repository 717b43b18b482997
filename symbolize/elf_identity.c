#include "symbolize/elf_identity.h"

#include <elf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

/*
 * Sections are asked first, because a separate debug file keeps its notes there and
 * not where its program headers say; then program headers, for files without sections.
 */

#define HEADERS_MAX 65536   /* sections or segments looked at */
#define NOTE_BYTES_MAX 4096 /* of one note section */
#define NAME_TEST_BYTES 20  /* of a section's name */

struct shape {
	const struct elf_source *source;
	bool wide; /* ELFCLASS64 */
	uint64_t phoff;
	uint64_t shoff;
	uint32_t phnum;
	uint32_t shnum;
	uint32_t shstrndx;
	uint64_t names; /* offset of the section names */
};

/* One row of either table, in 64 bits. */
struct row {
	uint32_t name;
	uint32_t type;
	uint64_t flags;
	uint64_t offset;
	uint64_t size;
};

static bool read_at(const struct elf_source *source, uint64_t at, void *out, size_t len)
{
	ssize_t got;

	if (at > source->len || len > source->len - at)
		return false;
	if (source->fd < 0) {
		memcpy(out, source->bytes + at, len);
		return true;
	}
	do
		got = pread(source->fd, out, len, (off_t)at);
	while (got < 0 && errno == EINTR);
	return got == (ssize_t)len;
}

static bool read_section(const struct shape *s, uint32_t i, struct row *out)
{
	Elf64_Shdr wide;
	Elf32_Shdr narrow;

	if (s->wide) {
		if (!read_at(s->source, s->shoff + (uint64_t)i * sizeof(wide), &wide, sizeof(wide)))
			return false;
		*out = (struct row){ wide.sh_name, wide.sh_type, wide.sh_flags, wide.sh_offset,
				     wide.sh_size };
		return true;
	}
	if (!read_at(s->source, s->shoff + (uint64_t)i * sizeof(narrow), &narrow, sizeof(narrow)))
		return false;
	*out = (struct row){ narrow.sh_name, narrow.sh_type, narrow.sh_flags, narrow.sh_offset,
			     narrow.sh_size };
	return true;
}

static bool read_segment(const struct shape *s, uint32_t i, struct row *out)
{
	Elf64_Phdr wide;
	Elf32_Phdr narrow;

	if (s->wide) {
		if (!read_at(s->source, s->phoff + (uint64_t)i * sizeof(wide), &wide, sizeof(wide)))
			return false;
		*out = (struct row){ 0, wide.p_type, wide.p_flags, wide.p_offset, wide.p_filesz };
		return true;
	}
	if (!read_at(s->source, s->phoff + (uint64_t)i * sizeof(narrow), &narrow, sizeof(narrow)))
		return false;
	*out = (struct row){ 0, narrow.p_type, narrow.p_flags, narrow.p_offset, narrow.p_filesz };
	return true;
}

static bool read_shape_wide(struct shape *s)
{
	Elf64_Ehdr h;

	if (!read_at(s->source, 0, &h, sizeof(h)))
		return false;
	s->phoff = h.e_phoff;
	s->shoff = h.e_shoff;
	s->phnum = h.e_phentsize == sizeof(Elf64_Phdr) ? h.e_phnum : 0;
	s->shnum = h.e_shentsize == sizeof(Elf64_Shdr) ? h.e_shnum : 0;
	s->shstrndx = h.e_shstrndx;
	return true;
}

static bool read_shape_narrow(struct shape *s)
{
	Elf32_Ehdr h;

	if (!read_at(s->source, 0, &h, sizeof(h)))
		return false;
	s->phoff = h.e_phoff;
	s->shoff = h.e_shoff;
	s->phnum = h.e_phentsize == sizeof(Elf32_Phdr) ? h.e_phnum : 0;
	s->shnum = h.e_shentsize == sizeof(Elf32_Shdr) ? h.e_shnum : 0;
	s->shstrndx = h.e_shstrndx;
	return true;
}

static bool read_shape(struct shape *s, const struct elf_source *source)
{
	uint8_t ident[EI_NIDENT];
	struct row names;

	*s = (struct shape){ .source = source };
	if (!read_at(source, 0, ident, sizeof(ident)) || memcmp(ident, ELFMAG, SELFMAG) ||
	    ident[EI_DATA] != ELFDATA2LSB)
		return false;
	s->wide = ident[EI_CLASS] == ELFCLASS64;
	if (s->wide ? !read_shape_wide(s) : !read_shape_narrow(s))
		return false;
	if (s->shoff > source->len)
		s->shnum = 0;
	if (s->phoff > source->len)
		s->phnum = 0;
	if (s->shstrndx < s->shnum && read_section(s, s->shstrndx, &names))
		s->names = names.offset;
	return true;
}

/* The start of a section's name; what is longer is none that we look for. */
static void read_name(const struct shape *s, const struct row *section, char out[NAME_TEST_BYTES])
{
	uint64_t at = s->names + section->name;
	size_t len = NAME_TEST_BYTES - 1;

	memset(out, 0, NAME_TEST_BYTES);
	if (at < s->names || at >= s->source->len)
		return;
	if (len > s->source->len - at)
		len = (size_t)(s->source->len - at);
	if (!read_at(s->source, at, out, len))
		out[0] = '\0';
}

/* note: u32 name size, u32 description size, u32 type, name, description; padded to 4. */
static void find_build_id(struct elf_identity *out, const struct shape *s, const struct row *notes)
{
	uint8_t v[NOTE_BYTES_MAX];
	size_t len = notes->size < sizeof(v) ? (size_t)notes->size : sizeof(v);
	size_t at = 0;

	if (out->build_id_len || !read_at(s->source, notes->offset, v, len))
		return;
	while (len - at >= 12) {
		uint32_t head[3];
		size_t name = at + 12;
		size_t text;

		memcpy(head, v + at, sizeof(head));
		if (head[0] > sizeof(v) || head[1] > sizeof(v))
			return;
		text = name + ((head[0] + 3) & ~3u);
		at = text + ((head[1] + 3) & ~3u);
		if (text > len || head[1] > len - text)
			return;
		if (head[2] == NT_GNU_BUILD_ID && head[0] == 4 && !memcmp(v + name, "GNU", 4) &&
		    head[1] && head[1] <= TRACE_BUILD_ID_MAX) {
			memcpy(out->build_id, v + text, head[1]);
			out->build_id_len = (uint8_t)head[1];
			return;
		}
		if (at > len)
			return;
	}
}

/* .gnu_debuglink: a name, NUL, padding to 4, the CRC of the file. */
static void read_debug_link(struct elf_identity *out, const struct shape *s,
			    const struct row *section)
{
	char v[ELF_DEBUG_LINK_MAX + 8] = { 0 };
	size_t len = section->size < sizeof(v) ? (size_t)section->size : sizeof(v);
	size_t name_len;
	size_t crc;

	if (!read_at(s->source, section->offset, v, len))
		return;
	name_len = strnlen(v, len);
	crc = (name_len + 4) & ~(size_t)3;
	if (!name_len || name_len >= ELF_DEBUG_LINK_MAX || crc + 4 > len || strchr(v, '/') ||
	    !strcmp(v, ".") || !strcmp(v, ".."))
		return;
	memcpy(out->debug_link, v, name_len + 1);
	memcpy(&out->debug_link_crc, v + crc, 4);
}

/* .gnu_debugaltlink: a path, NUL, the build ID of that file to the end of the section. */
static void read_alt_link(struct elf_identity *out, const struct shape *s,
			  const struct row *section)
{
	char v[ELF_DEBUG_LINK_MAX + TRACE_BUILD_ID_MAX] = { 0 };
	size_t name_len;
	size_t id_len;

	if (section->size > sizeof(v) ||
	    !read_at(s->source, section->offset, v, (size_t)section->size))
		return;
	name_len = strnlen(v, (size_t)section->size);
	if (!name_len || name_len >= ELF_DEBUG_LINK_MAX || name_len + 1 >= section->size)
		return;
	id_len = (size_t)section->size - name_len - 1;
	if (id_len > TRACE_BUILD_ID_MAX)
		return;
	memcpy(out->alt_link, v, name_len + 1);
	memcpy(out->alt_build_id, v + name_len + 1, id_len);
	out->alt_build_id_len = (uint8_t)id_len;
}

static void read_section_by_name(struct elf_identity *out, const struct shape *s,
				 const struct row *section)
{
	char name[NAME_TEST_BYTES];

	read_name(s, section, name);
	if (!strcmp(name, ".gnu_debuglink"))
		read_debug_link(out, s, section);
	else if (!strcmp(name, ".gnu_debugaltlink"))
		read_alt_link(out, s, section);
	else if (!strcmp(name, ".note.go.buildid"))
		out->is_go = true;
	else if (!strcmp(name, ".gnu_debugdata"))
		out->has_debugdata = true;
	else if (!strcmp(name, ".debug_info") || !strcmp(name, ".zdebug_info"))
		out->has_dwarf = true;
}

static void read_sections(struct elf_identity *out, const struct shape *s)
{
	struct row r;

	for (uint32_t i = 1; i < s->shnum && i < HEADERS_MAX && read_section(s, i, &r); i++) {
		if (r.type == SHT_NOTE) {
			find_build_id(out, s, &r);
			read_section_by_name(out, s, &r);
		}
		if (r.type == SHT_SYMTAB)
			out->has_symtab = true;
		if (r.type == SHT_PROGBITS && r.flags & SHF_EXECINSTR)
			out->has_code = true;
		if (r.type == SHT_PROGBITS && !(r.flags & SHF_ALLOC))
			read_section_by_name(out, s, &r);
	}
}

bool elf_identity_read(struct elf_identity *out, const struct elf_source *source)
{
	struct elf_identity id = { 0 };
	struct shape s;
	struct row r;

	if (!read_shape(&s, source))
		return false;
	read_sections(&id, &s);
	for (uint32_t i = 0; i < s.phnum && i < HEADERS_MAX && read_segment(&s, i, &r); i++) {
		if (r.type == PT_NOTE)
			find_build_id(&id, &s, &r);
		if (r.type == PT_LOAD && r.flags & PF_X && r.size && s.shnum == 0)
			id.has_code = true;
	}
	*out = id;
	return true;
}
