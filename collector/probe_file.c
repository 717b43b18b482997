#include "collector/probe_file.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "collector/library_path.h"

#define NOTE_OWNER "stapsdt"
#define NOTE_TYPE 3
#define BASE_SECTION ".stapsdt.base" /* moves with the file's code when it is prelinked */

struct probe_file {
	int fd;
	Elf *elf;
	char *path;
};

int probe_file_open(struct probe_file **out, const char *name, struct err *err)
{
	struct probe_file *f = mem_alloc(1, sizeof(*f));
	int code;

	f->fd = -1;
	code = library_path_find(name, &f->path, err);
	if (!code) {
		f->fd = open(f->path, O_RDONLY | O_CLOEXEC);
		if (f->fd < 0)
			code = err_set(err, -errno, "%s: %s", f->path, strerror(errno));
	}
	if (!code) {
		elf_version(EV_CURRENT);
		f->elf = elf_begin(f->fd, ELF_C_READ_MMAP, NULL);
		if (!f->elf || elf_kind(f->elf) != ELF_K_ELF)
			code = err_set(err, -EINVAL,
				       "%s: no ELF file, so there is no code to set a probe in",
				       f->path);
	}
	if (code) {
		probe_file_close(f);
		return code;
	}
	*out = f;
	return 0;
}

void probe_file_close(struct probe_file *f)
{
	if (!f)
		return;
	elf_end(f->elf);
	if (f->fd >= 0)
		close(f->fd);
	free(f->path);
	free(f);
}

const char *probe_file_path(const struct probe_file *f)
{
	return f->path;
}

/* Where in the file an address lies. */
static bool offset_of(const struct probe_file *f, uint64_t address, uint64_t *out)
{
	size_t cnt = 0;

	if (elf_getphdrnum(f->elf, &cnt))
		return false;
	for (size_t i = 0; i < cnt; i++) {
		GElf_Phdr p;

		if (!gelf_getphdr(f->elf, (int)i, &p) || p.p_type != PT_LOAD ||
		    address < p.p_vaddr || address - p.p_vaddr >= p.p_filesz)
			continue;
		*out = address - p.p_vaddr + p.p_offset;
		return true;
	}
	return false;
}

/* What is found in the tables of symbols. */
struct found {
	uint32_t cnt;	 /* ABI_PROBE_PLACES + 1: more than there is room for */
	bool is_chosen;	 /* the loader chooses one of several by the machine's abilities */
	bool is_outside; /* of the file */
	uint64_t *offsets;
};

static void add_offset(const struct probe_file *f, uint64_t address, struct found *out)
{
	uint64_t offset;

	if (!offset_of(f, address, &offset)) {
		out->is_outside = true;
		return;
	}
	for (uint32_t i = 0; i < out->cnt && i < ABI_PROBE_PLACES; i++)
		if (out->offsets[i] == offset)
			return;
	if (out->cnt < ABI_PROBE_PLACES)
		out->offsets[out->cnt] = offset;
	if (out->cnt <= ABI_PROBE_PLACES)
		out->cnt++;
}

static void find_in_table(const struct probe_file *f, Elf_Scn *section, const GElf_Shdr *header,
			  const char *name, struct found *out)
{
	Elf_Data *bytes = elf_getdata(section, NULL);
	GElf_Sym symbol;

	for (int i = 0; bytes && gelf_getsym(bytes, i, &symbol); i++) {
		int type = GELF_ST_TYPE(symbol.st_info);
		const char *text;

		if (symbol.st_shndx == SHN_UNDEF || (type != STT_FUNC && type != STT_GNU_IFUNC))
			continue;
		text = elf_strptr(f->elf, header->sh_link, symbol.st_name);
		if (!text || strcmp(text, name))
			continue;
		if (type == STT_GNU_IFUNC)
			out->is_chosen = true;
		else
			add_offset(f, symbol.st_value, out);
	}
}

static int complain(const struct probe_file *f, const char *name, const struct found *found,
		    struct err *err)
{
	if (found->is_chosen)
		return err_set(
			err, -ENOTSUP,
			"%s chooses one of several functions for %s when it is loaded (IFUNC), "
			"none of which has this name; probe who calls it",
			f->path, name);
	if (found->cnt)
		return err_set(err, -E2BIG, "%s has more than %d functions of the name %s", f->path,
			       ABI_PROBE_PLACES, name);
	if (found->is_outside)
		return err_set(err, -EINVAL, "%s: %s lies outside of the file", f->path, name);
	return err_set(
		err, -ENOENT,
		"%s has no function %s in its symbol tables; `nm -D %s` and `nm %s` list what "
		"it has",
		f->path, name, f->path, f->path);
}

int probe_file_function(const struct probe_file *f, const char *name, uint64_t *out_offsets,
			uint32_t *out_cnt, struct err *err)
{
	struct found found = { .offsets = out_offsets };
	Elf_Scn *section = NULL;

	while ((section = elf_nextscn(f->elf, section))) {
		GElf_Shdr header;

		if (gelf_getshdr(section, &header) &&
		    (header.sh_type == SHT_SYMTAB || header.sh_type == SHT_DYNSYM))
			find_in_table(f, section, &header, name, &found);
	}
	if (!found.cnt || found.cnt > ABI_PROBE_PLACES || found.is_chosen)
		return complain(f, name, &found, err);
	*out_cnt = found.cnt;
	return 0;
}

/* By how much addresses in notes differ from those of the file. */
static uint64_t moved_by(const struct probe_file *f, uint64_t base)
{
	Elf_Scn *section = NULL;
	size_t names;

	if (elf_getshdrstrndx(f->elf, &names))
		return 0;
	while (base && (section = elf_nextscn(f->elf, section))) {
		GElf_Shdr header;
		const char *name;

		if (!gelf_getshdr(section, &header))
			continue;
		name = elf_strptr(f->elf, names, header.sh_name);
		if (name && !strcmp(name, BASE_SECTION))
			return header.sh_addr - base;
	}
	return 0;
}

/* Three addresses, then three texts with a NUL behind each. */
struct usdt_note {
	uint64_t at, base, semaphore;
	const char *provider, *name, *arguments;
};

static const char *take_text(const char **at, const char *end)
{
	const char *text = *at;
	const char *nul = text < end ? memchr(text, 0, (size_t)(end - text)) : NULL;

	if (nul)
		*at = nul + 1;
	return nul ? text : NULL;
}

static bool read_note(const char *bytes, size_t len, struct usdt_note *out)
{
	uint64_t addresses[3];
	const char *at = bytes + sizeof(addresses), *end = bytes + len;

	if (len < sizeof(addresses))
		return false;
	memcpy(addresses, bytes, sizeof(addresses));
	out->at = addresses[0];
	out->base = addresses[1];
	out->semaphore = addresses[2];
	out->provider = take_text(&at, end);
	out->name = out->provider ? take_text(&at, end) : NULL;
	out->arguments = out->name ? take_text(&at, end) : NULL;
	return out->arguments && strlen(out->arguments) < USDT_ARGUMENTS_MAX;
}

/* False: there is no more room. */
static bool add_place(const struct probe_file *f, const struct usdt_note *note,
		      struct usdt_probe *out)
{
	uint64_t moved = moved_by(f, note->base), offset;
	struct usdt_place *place = &out->places[out->cnt];

	if (!offset_of(f, note->at + moved, &offset))
		return true;
	if (out->cnt == ABI_PROBE_PLACES)
		return false;
	place->offset = offset;
	memcpy(place->arguments, note->arguments, strlen(note->arguments) + 1);
	if (note->semaphore && !offset_of(f, note->semaphore + moved, &out->semaphore))
		return true;
	out->cnt++;
	return true;
}

/* The notes of one section; false: there are too many places. */
static bool find_in_notes(const struct probe_file *f, Elf_Data *bytes, const char *provider,
			  const char *name, struct usdt_probe *out)
{
	size_t at = 0, name_at, desc_at;
	GElf_Nhdr header;

	while ((at = gelf_getnote(bytes, at, &header, &name_at, &desc_at))) {
		const char *text = bytes->d_buf;
		struct usdt_note note;

		if (header.n_type == NOTE_TYPE && header.n_namesz == sizeof(NOTE_OWNER) &&
		    !memcmp(text + name_at, NOTE_OWNER, sizeof(NOTE_OWNER)) &&
		    read_note(text + desc_at, header.n_descsz, &note) &&
		    !strcmp(note.provider, provider) && !strcmp(note.name, name) &&
		    !add_place(f, &note, out))
			return false;
	}
	return true;
}

int probe_file_usdt(const struct probe_file *f, const char *provider, const char *name,
		    struct usdt_probe *out, struct err *err)
{
	Elf_Scn *section = NULL;
	bool fits = true;

	memset(out, 0, sizeof(*out));
	if (gelf_getclass(f->elf) != ELFCLASS64)
		return err_set(err, -ENOTSUP, "%s: USDT probes of 32-bit programs are not read",
			       f->path);
	while (fits && (section = elf_nextscn(f->elf, section))) {
		GElf_Shdr header;
		Elf_Data *bytes;

		if (!gelf_getshdr(section, &header) || header.sh_type != SHT_NOTE)
			continue;
		bytes = elf_getdata(section, NULL);
		if (bytes)
			fits = find_in_notes(f, bytes, provider, name, out);
	}
	if (!fits)
		return err_set(err, -E2BIG, "%s has %s:%s at more than %d places", f->path,
			       provider, name, ABI_PROBE_PLACES);
	if (!out->cnt)
		return err_set(err, -ENOENT,
			       "%s has no USDT probe %s:%s; `readelf -n %s` lists those it has",
			       f->path, provider, name, f->path);
	return 0;
}
