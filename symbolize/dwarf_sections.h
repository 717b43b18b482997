#ifndef SYMBOLIZE_DWARF_SECTIONS_H
#define SYMBOLIZE_DWARF_SECTIONS_H

#include <stdbool.h>
#include <stdint.h>

struct elf_image;

/*
 * The sections of DWARF before libdw sees them: it unpacks all that are compressed as it
 * opens a file, 1.9 GiB from 1.9 MB if that is what they say. So their sizes are looked at first,
 * and those that naming never reads (where variables live, macros, indexes) are taken out of its
 * sight, which spares their unpacking, too.
 */

#define DWARF_SECTION_BYTES_MAX ((uint64_t)1 << 30) /* of one compressed section, unpacked */
#define DWARF_GROWTH_MAX 200			    /* all of them, times the file's size */

bool dwarf_sections_present(const struct elf_image *image);

/* Once, before dwarf_begin_elf(). False: the file has no DWARF, or grows beyond measure if
 * unpacked. */
bool dwarf_sections_prepare(struct elf_image *image, uint64_t file_bytes);

#endif
