#ifndef TESTS_UNIT_MADE_CFI_H
#define TESTS_UNIT_MADE_CFI_H

#include <elf.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <zlib.h>

#include "base/buf.h"

/*
 * ELF files with unwind tables made to order, for tests that must know every byte:
 *
 *	0        headers
 *	0x1000   code, at 0x401000, 8 KiB
 *	0x3000   .eh_frame_hdr; at 0x3010 .eh_frame, at 0x503010; .debug_frame
 *	...      names of sections, section headers
 */
#define MADE_CODE 0x401000u
#define MADE_CODE_BYTES 0x2000u
#define MADE_CODE_OFFSET 0x1000u
#define MADE_TABLES_OFFSET 0x3000u
#define MADE_EH_FRAME_OFFSET 0x3010u
#define MADE_ADDRESS 0x500000u /* of byte 0 of the file, in the segment of tables */

enum made_debug_frame {
	MADE_PLAIN,
	MADE_COMPRESSED, /* SHF_COMPRESSED */
	MADE_OLD,	 /* .zdebug_frame */
};

struct made_cfi {
	struct buf eh_frame;
	struct buf debug_frame;
	const void *code; /* the first bytes of it */
	size_t code_len;
	enum made_debug_frame debug_form;
	uint64_t claimed_bytes; /* of the compressed one; 0: what it has */
	bool has_no_sections;
	bool is_go; /* has a .go.buildinfo */
};

static inline void made_cfi_release(struct made_cfi *m)
{
	buf_release(&m->eh_frame);
	buf_release(&m->debug_frame);
}

static inline void made_patch(struct buf *b, size_t at, uint32_t value)
{
	memcpy(b->v + at, &value, sizeof(value));
}

/* The length of an entry, once it is all there. */
static inline void made_close(struct buf *b, size_t at)
{
	while (b->len % 8)
		buf_u8(b, 0);
	made_patch(b, at, (uint32_t)(b->len - at - 4));
}

/* Code in steps of 1, data of -8, the return address in column 16. Where it is. */
static inline size_t made_cie(struct buf *b, bool is_debug_frame, const char *letters,
			      const void *program, size_t len)
{
	size_t at = b->len, head;

	buf_u32(b, 0);
	buf_u32(b, is_debug_frame ? UINT32_MAX : 0);
	buf_u8(b, is_debug_frame ? 3 : 1);
	buf_put(b, letters, strlen(letters) + 1);
	buf_u8(b, 1);
	buf_u8(b, 0x78);
	buf_u8(b, 16);
	if (letters[0] == 'z')
		buf_u8(b, 0); /* the length of what follows */
	head = b->len;
	for (const char *letter = letters; *letter; letter++) {
		if (*letter == 'R')
			buf_u8(b, 0x1b);
		if (*letter == 'L')
			buf_u8(b, 0x1b);
		if (*letter == 'P') {
			buf_u8(b, 0x9b);
			buf_u32(b, 0x1234);
		}
	}
	if (letters[0] == 'z')
		b->v[head - 1] = (uint8_t)(b->len - head);
	buf_put(b, program, len);
	made_close(b, at);
	return at;
}

/* cfa rsp + 8; return address at CFA - 8 */
static inline size_t made_usual_cie(struct buf *b, bool is_debug_frame)
{
	static const uint8_t program[] = { 0x0c, 7, 8, 0x90, 1 };

	return made_cie(b, is_debug_frame, is_debug_frame ? "" : "zR", program, sizeof(program));
}

static inline void made_fde(struct buf *b, bool is_debug_frame, size_t cie, uint64_t begin,
			    uint64_t size, const void *program, size_t len)
{
	size_t at = b->len;

	buf_u32(b, 0);
	buf_u32(b, (uint32_t)(is_debug_frame ? cie : at + 4 - cie));
	if (is_debug_frame) {
		buf_u64(b, begin);
		buf_u64(b, size);
	} else {
		buf_u32(b, (uint32_t)(begin - (MADE_ADDRESS + MADE_EH_FRAME_OFFSET + at + 8)));
		buf_u32(b, (uint32_t)size);
		buf_u8(b, 0);
	}
	buf_put(b, program, len);
	made_close(b, at);
}

static inline void made_fill(struct buf *out, size_t to)
{
	while (out->len < to)
		buf_u8(out, 0);
}

static inline void made_put_debug_frame(struct buf *out, const struct made_cfi *m)
{
	uint64_t claimed = m->claimed_bytes ? m->claimed_bytes : m->debug_frame.len;
	uLongf len = compressBound(m->debug_frame.len);

	if (m->debug_form == MADE_PLAIN) {
		buf_put(out, m->debug_frame.v, m->debug_frame.len);
		return;
	}
	if (m->debug_form == MADE_COMPRESSED) {
		buf_u32(out, ELFCOMPRESS_ZLIB);
		buf_u32(out, 0);
		buf_u64(out, claimed);
		buf_u64(out, 1);
	} else {
		buf_put(out, "ZLIB", 4);
		for (int shift = 56; shift >= 0; shift -= 8)
			buf_u8(out, (uint8_t)(claimed >> shift));
	}
	buf_reserve(out, len);
	compress(out->v + out->len, &len, m->debug_frame.v, m->debug_frame.len);
	out->len += len;
}

static inline void made_put_sections(struct buf *out, const struct made_cfi *m, Elf64_Ehdr *h,
				     size_t debug_at)
{
	static const char names[] = "\0.eh_frame\0.debug_frame\0.zdebug_frame\0.names\0.go.buildinfo";
	Elf64_Shdr s[5] = {
		{ 0 },
		{ .sh_name = 1,
		  .sh_type = SHT_PROGBITS,
		  .sh_flags = SHF_ALLOC,
		  .sh_addr = MADE_ADDRESS + MADE_EH_FRAME_OFFSET,
		  .sh_offset = MADE_EH_FRAME_OFFSET,
		  .sh_size = m->eh_frame.len },
		{ .sh_name = m->debug_form == MADE_OLD ? 24 : 11,
		  .sh_type = SHT_PROGBITS,
		  .sh_flags = m->debug_form == MADE_COMPRESSED ? SHF_COMPRESSED : 0,
		  .sh_offset = debug_at,
		  .sh_size = out->len - debug_at },
		{ .sh_name = 38,
		  .sh_type = SHT_STRTAB,
		  .sh_offset = out->len,
		  .sh_size = sizeof(names) },
		{ .sh_name = 45, .sh_type = m->is_go ? SHT_PROGBITS : SHT_NOBITS, .sh_size = 1 },
	};

	buf_put(out, names, sizeof(names));
	made_fill(out, (out->len + 7) & ~(size_t)7);
	h->e_shoff = out->len;
	h->e_shentsize = sizeof(s[0]);
	h->e_shnum = sizeof(s) / sizeof(s[0]);
	h->e_shstrndx = 3;
	buf_put(out, s, sizeof(s));
}

static inline void made_cfi_put(struct buf *out, const struct made_cfi *m)
{
	Elf64_Phdr p[3] = {
		{ .p_type = PT_LOAD,
		  .p_flags = PF_R | PF_X,
		  .p_offset = MADE_CODE_OFFSET,
		  .p_vaddr = MADE_CODE,
		  .p_filesz = MADE_CODE_BYTES },
		{ .p_type = PT_LOAD,
		  .p_flags = PF_R,
		  .p_offset = MADE_TABLES_OFFSET,
		  .p_vaddr = MADE_ADDRESS + MADE_TABLES_OFFSET,
		  .p_filesz = MADE_EH_FRAME_OFFSET - MADE_TABLES_OFFSET + m->eh_frame.len },
		{ .p_type = m->eh_frame.len ? PT_GNU_EH_FRAME : PT_NULL,
		  .p_flags = PF_R,
		  .p_offset = MADE_TABLES_OFFSET,
		  .p_vaddr = MADE_ADDRESS + MADE_TABLES_OFFSET,
		  .p_filesz = 8 },
	};
	Elf64_Ehdr h = { .e_type = ET_DYN,
			 .e_machine = EM_X86_64,
			 .e_phoff = sizeof(h),
			 .e_phentsize = sizeof(p[0]),
			 .e_phnum = 3 };
	static const uint8_t header[] = { 1, 0x1b, 0xff, 0xff, 0x0c, 0, 0, 0 };
	size_t debug_at;

	memcpy(h.e_ident, ELFMAG "\2\1\1", 7);
	made_fill(out, MADE_CODE_OFFSET);
	buf_put(out, m->code, m->code_len);
	made_fill(out, MADE_TABLES_OFFSET);
	buf_put(out, header, sizeof(header));
	made_fill(out, MADE_EH_FRAME_OFFSET);
	buf_put(out, m->eh_frame.v, m->eh_frame.len);
	debug_at = out->len;
	made_put_debug_frame(out, m);
	if (!m->has_no_sections)
		made_put_sections(out, m, &h, debug_at);
	memcpy(out->v, &h, sizeof(h));
	memcpy(out->v + sizeof(h), p, sizeof(p));
}

#endif
