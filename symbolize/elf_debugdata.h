#ifndef SYMBOLIZE_ELF_DEBUGDATA_H
#define SYMBOLIZE_ELF_DEBUGDATA_H

#include "base/buf.h"
#include "base/err.h"

struct elf_image;

/*
 * .gnu_debugdata: what Fedora and its kin leave in a stripped file, an ELF file with the
 * local functions alone in its .symtab, compressed with xz. Together with .dynsym that is
 * a name for every function.
 *
 * The bytes are hostile: a section of 20 KB can unfold to 100 MB, so what comes out, and
 * the memory that it takes, have a limit. Lives in a sandboxed child.
 */

#define ELF_DEBUGDATA_MAX ((size_t)96 << 20)	  /* bytes that come out */
#define ELF_DEBUGDATA_MEMORY ((uint64_t)80 << 20) /* of the decoder; xz -9 takes 65 MiB */

/* The bytes of the inner file, behind what is in out. -ENOENT: there is no such section;
 * -EBADMSG, -EFBIG: it is no good, and out is as it was. */
int elf_debugdata_read(struct buf *out, const struct elf_image *image, struct err *err);

#endif
