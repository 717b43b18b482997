#ifndef SYMBOLIZE_ELF_UNPACK_H
#define SYMBOLIZE_ELF_UNPACK_H

#include <stddef.h>
#include <stdint.h>

struct elf_image;

/*
 * A compressed section (SHF_COMPRESSED, zlib) of an image becomes what it holds, for us and for
 * libelf and libdw, which would unpack it with zlib in three times the time: for libc's debug
 * file, a third of the time of naming.
 *
 * The caller has judged the size that the section claims. One that does not unpack to just that
 * (damaged, several streams, another method) stays as it is: libelf may still know what to do.
 */
void elf_unpack(struct elf_image *image, size_t section);

#endif
