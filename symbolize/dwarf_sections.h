#ifndef SYMBOLIZE_DWARF_SECTIONS_H
#define SYMBOLIZE_DWARF_SECTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

struct elf_image;

/*
 * The sections of DWARF before libdw sees them: it would unpack all that are compressed as it
 * opens a file, 1.9 GiB from 1.9 MB if that is what they say. So their sizes are looked at first;
 * those that naming never reads (where variables live, macros, indexes) are taken out of its
 * sight, and the others are unpacked in a quicker way (symbolize/elf_unpack.h). What that cannot
 * do, libdw tries still.
 */

#define DWARF_SECTION_BYTES_MAX ((uint64_t)1 << 30) /* of one compressed section, unpacked */
#define DWARF_GROWTH_MAX 200			    /* all of them, times the file's size */

bool dwarf_sections_present(const struct elf_image *image);

/* Once, before dwarf_begin_elf(). False: the file has no DWARF, or grows beyond measure if
 * unpacked. */
bool dwarf_sections_prepare(struct elf_image *image, uint64_t file_bytes);

/* After libdw has unpacked what is left to it; they belong to the image. Those that are missing
 * are empty. */
struct dwarf_sections {
	struct bytes info;
	struct bytes abbrev;
	struct bytes rnglists;
	struct bytes line;
	struct bytes line_str;
	struct bytes str;
};

void dwarf_sections_find(struct dwarf_sections *out, const struct elf_image *image);

/* The text at an offset of a section; "" if there is none. */
const char *dwarf_sections_text(struct bytes section, uint64_t offset);

#endif
