#ifndef SYMBOLIZE_ELF_IMAGE_H
#define SYMBOLIZE_ELF_IMAGE_H

#include <gelf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/vec.h"

/*
 * An ELF file in memory, opened with libelf, and the one question about its shape
 * that naming needs: at which virtual address does the byte at a file offset lie?
 *
 *	file     | headers, .rodata | .text      | .data |
 *	         0                  0x5f8        0x9c0
 *	address  | 0 ...            | 0x15f8 ... | 0x29c0 ...      (lld, mold)
 *
 * The bytes are hostile: every table is taken by the size of the bytes that are
 * there, never by a count in a header. Lives in a sandboxed child.
 */

#define ELF_SECTIONS_MAX ((size_t)1 << 20)
#define ELF_SEGMENTS_MAX 4096

struct elf_segment {
	uint64_t offset;
	uint64_t size; /* in the file */
	uint64_t address;
	bool executable;
};

struct elf_section {
	uint64_t address;
	uint64_t size;
	uint32_t type;
	uint32_t link;
	bool executable;
	const char *name; /* "" where there is none */
	Elf_Scn *handle;
};

/* Bytes of a section that are not the file's any more; mapped. */
struct elf_replacement {
	void *v;
	size_t len;
};

struct elf_image {
	Elf *elf;
	GElf_Ehdr header;
	struct {
		VEC(struct elf_segment);
	} segments;
	struct {
		VEC(struct elf_section);
	} sections; /* by number; 0 is empty */
	struct {
		VEC(struct elf_replacement);
	} replacements;
};

/* The bytes stay the caller's, and are not changed. */
int elf_image_open(struct elf_image *out, const void *bytes, size_t len, struct err *err);
void elf_image_close(struct elf_image *image);

/* False: no segment holds the offset. */
bool elf_image_address(const struct elf_image *image, uint64_t offset, uint64_t *out);

/* The bytes of a section as they lie in the file, or replace it, with their number; NULL: none. */
const void *elf_image_section_bytes(const struct elf_section *section, size_t *out_len);

/* A section that was compressed gets the bytes it stands for, which were mapped and are the image's
 * from now on: libelf and libdw see them, too. */
void elf_image_replace(struct elf_image *image, size_t section, struct elf_replacement bytes);

#endif
