#include "collector/cfi.h"

#include <errno.h>
#include <string.h>

/* How an address is written: Linux Standard Base, "DWARF Exception Header Encoding". */
#define POINTER_ABSOLUTE 0x00
#define POINTER_ULEB 0x01
#define POINTER_U16 0x02
#define POINTER_U32 0x03
#define POINTER_U64 0x04
#define POINTER_SLEB 0x09
#define POINTER_S16 0x0a
#define POINTER_S32 0x0b
#define POINTER_S64 0x0c
#define POINTER_FORMAT 0x0f
#define POINTER_RELATIVE 0x70
#define POINTER_TO_ITSELF 0x10
#define POINTER_INDIRECT 0x80

#define RETURN_ADDRESS_COLUMN 16

static void fail(struct bytes *b)
{
	b->failed = true;
	b->p = b->end;
}

int64_t cfi_signed(struct bytes *b)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 70 && b->p != b->end; shift += 7) {
		uint8_t byte = *b->p++;

		value |= shift < 64 ? (uint64_t)(byte & 0x7f) << shift : 0;
		if (byte & 0x80)
			continue;
		if (byte & 0x40 && shift + 7 < 64)
			value |= ~(uint64_t)0 << (shift + 7);
		return (int64_t)value;
	}
	fail(b);
	return 0;
}

static uint64_t read_number(uint8_t format, struct bytes *b)
{
	switch (format) {
	case POINTER_ABSOLUTE:
	case POINTER_U64:
	case POINTER_S64:
		return bytes_u64(b);
	case POINTER_U32:
		return bytes_u32(b);
	case POINTER_S32:
		return (uint64_t)(int32_t)bytes_u32(b);
	case POINTER_U16:
		return bytes_u16(b);
	case POINTER_S16:
		return (uint64_t)(int16_t)bytes_u16(b);
	case POINTER_ULEB:
		return bytes_varint(b);
	case POINTER_SLEB:
		return (uint64_t)cfi_signed(b);
	default:
		fail(b);
		return 0;
	}
}

uint64_t cfi_address(const struct cfi_section *s, uint8_t encoding, struct bytes *b)
{
	uint64_t itself = s->address + (uint64_t)(b->p - s->v);
	uint64_t value = read_number(encoding & POINTER_FORMAT, b);

	switch (encoding & (POINTER_RELATIVE | POINTER_INDIRECT)) {
	case POINTER_ABSOLUTE:
		return value;
	case POINTER_TO_ITSELF:
		return value + itself;
	default:
		fail(b);
		return 0;
	}
}

/* The head of the entry at a place. */
struct entry {
	struct bytes rest; /* behind the id */
	size_t next;
	size_t id_at;
	uint64_t id;
	bool is_wide; /* DWARF's 64-bit format */
	bool is_end;  /* nothing but a length of 0 */
};

/* False: what stands here reaches beyond the section. */
static bool read_entry(const struct cfi_section *s, size_t at, struct entry *out)
{
	struct bytes b = bytes_of(s->v + at, s->len - at);
	struct entry e = { 0 };
	uint64_t len = bytes_u32(&b);

	if (len == UINT32_MAX) {
		e.is_wide = true;
		len = bytes_u64(&b);
	}
	if (b.failed || len > bytes_left(&b))
		return false;
	e.rest = bytes_sub(&b, (size_t)len);
	e.next = (size_t)(b.p - s->v);
	e.id_at = (size_t)(e.rest.p - s->v);
	e.is_end = !len;
	if (len)
		e.id = e.is_wide && s->is_debug_frame ? bytes_u64(&e.rest) : bytes_u32(&e.rest);
	*out = e;
	return true;
}

static bool is_cie(const struct cfi_section *s, const struct entry *e)
{
	if (!s->is_debug_frame)
		return !e->id;
	return e->id == (e->is_wide ? UINT64_MAX : UINT32_MAX);
}

/*
 * What the letters behind 'z' stand for. A letter that is not known ends it: the length
 * tells where the program begins.
 */
static void read_augmentation(const struct cfi_section *s, const char *letters, struct bytes b,
			      struct cfi_cie *out)
{
	for (; *letters; letters++) {
		switch (*letters) {
		case 'R':
			out->encoding = bytes_u8(&b);
			break;
		case 'L':
			bytes_u8(&b);
			break;
		case 'P':
			/* Where it leads does not matter here. */
			cfi_address(s, bytes_u8(&b) & POINTER_FORMAT, &b);
			break;
		case 'S':
			out->is_signal_frame = true;
			break;
		case 'B':
			break;
		default:
			return;
		}
	}
	out->is_bad |= b.failed;
}

/* Its letters as a string; they end in a NUL. */
static bool read_letters(struct bytes *b, char out[CFI_AUGMENTATION_MAX])
{
	for (size_t i = 0; i < CFI_AUGMENTATION_MAX; i++) {
		out[i] = (char)bytes_u8(b);
		if (!out[i])
			return !b->failed;
	}
	return false;
}

static bool read_cie_body(const struct cfi_section *s, struct bytes b, struct cfi_cie *out)
{
	char letters[CFI_AUGMENTATION_MAX];
	uint8_t version = bytes_u8(&b);
	uint64_t column;

	if ((version != 1 && version != 3 && version != 4) || !read_letters(&b, letters))
		return false;
	if (letters[0] != 'z' && letters[strspn(letters, "SB")])
		return false; /* there may be more bytes, of a length that nobody tells */
	out->is_signal_frame = letters[0] == 'S';
	if (version == 4 && (bytes_u8(&b) != 8 || bytes_u8(&b) != 0))
		return false;
	out->code_align = bytes_varint(&b);
	out->data_align = cfi_signed(&b);
	column = version == 1 ? bytes_u8(&b) : bytes_varint(&b);
	if (letters[0] == 'z') {
		size_t len = (size_t)bytes_varint_max(&b, bytes_left(&b));

		out->has_augmentation = true;
		read_augmentation(s, letters + 1, bytes_sub(&b, len), out);
	}
	out->program = b;
	return !b.failed && column == RETURN_ADDRESS_COLUMN &&
	       bytes_left(&b) <= CFI_CIE_PROGRAM_MAX && out->data_align >= INT32_MIN &&
	       out->data_align <= INT32_MAX && out->code_align <= UINT32_MAX;
}

static void read_cie(struct cfi *c, size_t at)
{
	uint64_t serial = c->cie.serial + 1;
	struct entry e;

	if (c->cie.serial && c->cie.at == at)
		return;
	c->cie = (struct cfi_cie){ .at = at, .serial = serial };
	if (at >= c->section.len || !read_entry(&c->section, at, &e) || e.is_end ||
	    !is_cie(&c->section, &e) || !read_cie_body(&c->section, e.rest, &c->cie))
		c->cie.is_bad = true;
}

static int read_fde(struct cfi *c, struct entry *e, struct cfi_fde *out)
{
	const struct cfi_section *s = &c->section;
	struct bytes *b = &e->rest;
	uint64_t size;

	if (!s->is_debug_frame && e->id > e->id_at)
		return -EBADMSG;
	if (e->id > s->len)
		return -EBADMSG;
	read_cie(c, (size_t)(s->is_debug_frame ? e->id : e->id_at - e->id));
	if (c->cie.is_bad)
		return -EBADMSG;
	out->begin = cfi_address(s, c->cie.encoding, b);
	size = read_number(c->cie.encoding & POINTER_FORMAT, b);
	if (c->cie.has_augmentation)
		bytes_sub(b, (size_t)bytes_varint_max(b, bytes_left(b)));
	if (b->failed || size > UINT64_MAX - out->begin)
		return -EBADMSG;
	out->end = out->begin + size;
	out->program = *b;
	return 1;
}

void cfi_init(struct cfi *c, const struct cfi_section *section)
{
	*c = (struct cfi){ .section = *section };
}

int cfi_next(struct cfi *c, struct cfi_fde *out)
{
	struct entry e;

	while (c->at < c->section.len) {
		if (!read_entry(&c->section, c->at, &e)) {
			c->at = c->section.len;
			return -EBADMSG;
		}
		c->at = e.next;
		if (e.is_end) {
			/* One in the middle is another file's that was linked in. */
			c->at = c->section.ends_at_zero ? c->section.len : e.next;
			continue;
		}
		if (e.rest.failed)
			return -EBADMSG;
		if (!is_cie(&c->section, &e))
			return read_fde(c, &e, out);
	}
	return 0;
}
