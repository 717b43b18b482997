#include "collector/build_id.h"

#include <elf.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"

#define HEADERS_MAX 64	     /* program headers that are looked at */
#define NOTES_MAX (16 << 10) /* bytes of one note segment */

static size_t padded(size_t len)
{
	return (len + 3) & ~(size_t)3;
}

size_t build_id_in_notes(const uint8_t *notes, size_t len, uint8_t out[TRACE_BUILD_ID_MAX])
{
	struct bytes b = bytes_of(notes, len);

	while (bytes_left(&b) >= 12) {
		uint32_t name_len = bytes_u32(&b), id_len = bytes_u32(&b), type = bytes_u32(&b);
		const uint8_t *name, *id;

		if (name_len > NOTES_MAX || id_len > NOTES_MAX)
			return 0;
		name = bytes_take(&b, padded(name_len));
		id = bytes_take(&b, bytes_left(&b) < padded(id_len) ? id_len : padded(id_len));
		if (b.failed)
			return 0;
		if (type != NT_GNU_BUILD_ID || name_len != 4 || memcmp(name, "GNU", 4))
			continue;
		if (!id_len || id_len > TRACE_BUILD_ID_MAX)
			return 0;
		memcpy(out, id, id_len);
		return id_len;
	}
	return 0;
}

/* Where bytes come from: a file, or an image in memory. */
struct source {
	int fd;
	const uint8_t *image;
	size_t len;
};

static size_t source_read(const struct source *s, void *to, size_t len, uint64_t at)
{
	ssize_t got;

	if (s->image) {
		if (at > s->len)
			return 0;
		got = (ssize_t)(len < s->len - at ? len : s->len - at);
		memcpy(to, s->image + at, (size_t)got);
		return (size_t)got;
	}
	if (at > INT64_MAX)
		return 0;
	got = pread(s->fd, to, len, (off_t)at);
	return got < 0 ? 0 : (size_t)got;
}

static size_t in_segment(const struct source *s, uint64_t at, uint64_t len,
			 uint8_t out[TRACE_BUILD_ID_MAX])
{
	uint8_t notes[NOTES_MAX];
	size_t got = source_read(s, notes, len < sizeof(notes) ? len : sizeof(notes), at);

	return build_id_in_notes(notes, got, out);
}

/* Where a class of ELF has what is read here, and how long its words are. */
struct layout {
	size_t header_len, table_at, entry_len_at, entry_cnt_at;
	size_t entry_len, type_at, offset_at, len_at, word_len;
};

#define LAYOUT(bits)                                                                               \
	{                                                                                          \
		.header_len = sizeof(Elf##bits##_Ehdr),                                            \
		.table_at = offsetof(Elf##bits##_Ehdr, e_phoff),                                   \
		.entry_len_at = offsetof(Elf##bits##_Ehdr, e_phentsize),                           \
		.entry_cnt_at = offsetof(Elf##bits##_Ehdr, e_phnum),                               \
		.entry_len = sizeof(Elf##bits##_Phdr),                                             \
		.type_at = offsetof(Elf##bits##_Phdr, p_type),                                     \
		.offset_at = offsetof(Elf##bits##_Phdr, p_offset),                                 \
		.len_at = offsetof(Elf##bits##_Phdr, p_filesz),                                    \
		.word_len = sizeof(Elf##bits##_Off),                                               \
	}

static const struct layout elf32 = LAYOUT(32);
static const struct layout elf64 = LAYOUT(64);

static uint64_t number_at(const uint8_t *at, size_t len)
{
	struct bytes b = bytes_of(at, len);

	return len == 8 ? bytes_u64(&b) : len == 4 ? bytes_u32(&b) : bytes_u16(&b);
}

static size_t in_elf(const struct source *s, const struct layout *l,
		     uint8_t out[TRACE_BUILD_ID_MAX])
{
	uint8_t elf[sizeof(Elf64_Ehdr)], table[HEADERS_MAX * sizeof(Elf64_Phdr)];
	size_t cnt, len = 0;

	if (source_read(s, elf, l->header_len, 0) != l->header_len ||
	    number_at(elf + l->entry_len_at, 2) != l->entry_len)
		return 0;
	cnt = number_at(elf + l->entry_cnt_at, 2);
	cnt = cnt < HEADERS_MAX ? cnt : HEADERS_MAX;
	cnt = source_read(s, table, cnt * l->entry_len, number_at(elf + l->table_at, l->word_len)) /
	      l->entry_len;
	for (const uint8_t *entry = table; cnt-- && !len; entry += l->entry_len)
		if (number_at(entry + l->type_at, 4) == PT_NOTE)
			len = in_segment(s, number_at(entry + l->offset_at, l->word_len),
					 number_at(entry + l->len_at, l->word_len), out);
	return len;
}

static size_t in_source(const struct source *s, uint8_t out[TRACE_BUILD_ID_MAX])
{
	unsigned char ident[EI_NIDENT];

	if (source_read(s, ident, sizeof(ident), 0) != sizeof(ident) ||
	    memcmp(ident, ELFMAG, SELFMAG) || ident[EI_DATA] != ELFDATA2LSB)
		return 0;
	return in_elf(s, ident[EI_CLASS] == ELFCLASS64 ? &elf64 : &elf32, out);
}

size_t build_id_of_file(int fd, uint8_t out[TRACE_BUILD_ID_MAX])
{
	return in_source(&(struct source){ .fd = fd }, out);
}

size_t build_id_of_image(const uint8_t *image, size_t len, uint8_t out[TRACE_BUILD_ID_MAX])
{
	return in_source(&(struct source){ .fd = -1, .image = image, .len = len }, out);
}

int build_id_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		close(fd);
		return -1;
	}
	return fd;
}

size_t build_id_of_note_file(const char *path, uint8_t out[TRACE_BUILD_ID_MAX])
{
	uint8_t notes[NOTES_MAX];
	int fd = build_id_open(path);
	ssize_t len;

	if (fd < 0)
		return 0;
	len = read(fd, notes, sizeof(notes));
	close(fd);
	return len > 0 ? build_id_in_notes(notes, (size_t)len, out) : 0;
}
