#ifndef SYMBOLIZE_ELF_IDENTITY_H
#define SYMBOLIZE_ELF_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>

#include "formats/trace.h"

/*
 * Which file is this? Its build ID, the debug files it points to, and whether it holds
 * code, a full symbol table and DWARF. This is all that the parent reads of a stranger's file
 * before a sandboxed child gets it: fixed buffers, positioned reads, no allocation, no
 * library, and every loop has a limit. For files and, by bytes, for the vdso.
 */

#define ELF_DEBUG_LINK_MAX 256

struct elf_source {
	int fd; /* -1: bytes */
	const uint8_t *bytes;
	uint64_t len;
};

struct elf_identity {
	uint8_t build_id[TRACE_BUILD_ID_MAX];
	uint8_t build_id_len; /* 0: it has none */
	bool has_code;	      /* false: a separate debug file */
	bool has_symtab;
	bool has_dwarf;			     /* .debug_info */
	bool is_go;			     /* as its linker marks it */
	bool has_debugdata;		     /* .gnu_debugdata: a small .symtab, compressed */
	char debug_link[ELF_DEBUG_LINK_MAX]; /* a base name, or "" */
	uint32_t debug_link_crc;
	char alt_link[ELF_DEBUG_LINK_MAX]; /* a path as dwz left it, or "" */
	uint8_t alt_build_id[TRACE_BUILD_ID_MAX];
	uint8_t alt_build_id_len; /* not 0 with an alt_link */
};

/* False: not an ELF file of this byte order. */
bool elf_identity_read(struct elf_identity *out, const struct elf_source *source);

#endif
