#include "collector/build_id.h"

#include <elf.h>
#include <fcntl.h>
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

static size_t in_elf64(const struct source *s, uint8_t out[TRACE_BUILD_ID_MAX])
{
	Elf64_Phdr headers[HEADERS_MAX];
	Elf64_Ehdr elf;
	size_t cnt, len = 0;

	if (source_read(s, &elf, sizeof(elf), 0) != sizeof(elf) ||
	    elf.e_phentsize != sizeof(*headers))
		return 0;
	cnt = elf.e_phnum < HEADERS_MAX ? elf.e_phnum : HEADERS_MAX;
	cnt = source_read(s, headers, cnt * sizeof(*headers), elf.e_phoff) / sizeof(*headers);
	for (size_t i = 0; i < cnt && !len; i++)
		if (headers[i].p_type == PT_NOTE)
			len = in_segment(s, headers[i].p_offset, headers[i].p_filesz, out);
	return len;
}

static size_t in_elf32(const struct source *s, uint8_t out[TRACE_BUILD_ID_MAX])
{
	Elf32_Phdr headers[HEADERS_MAX];
	Elf32_Ehdr elf;
	size_t cnt, len = 0;

	if (source_read(s, &elf, sizeof(elf), 0) != sizeof(elf) ||
	    elf.e_phentsize != sizeof(*headers))
		return 0;
	cnt = elf.e_phnum < HEADERS_MAX ? elf.e_phnum : HEADERS_MAX;
	cnt = source_read(s, headers, cnt * sizeof(*headers), elf.e_phoff) / sizeof(*headers);
	for (size_t i = 0; i < cnt && !len; i++)
		if (headers[i].p_type == PT_NOTE)
			len = in_segment(s, headers[i].p_offset, headers[i].p_filesz, out);
	return len;
}

static size_t in_source(const struct source *s, uint8_t out[TRACE_BUILD_ID_MAX])
{
	unsigned char ident[EI_NIDENT];

	if (source_read(s, ident, sizeof(ident), 0) != sizeof(ident) ||
	    memcmp(ident, ELFMAG, SELFMAG) || ident[EI_DATA] != ELFDATA2LSB)
		return 0;
	return ident[EI_CLASS] == ELFCLASS64 ? in_elf64(s, out) : in_elf32(s, out);
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
