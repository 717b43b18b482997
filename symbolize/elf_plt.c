#include "symbolize/elf_plt.h"

#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include "symbolize/elf_image.h"
#include "symbolize/elf_symbols.h"

#define SLOTS_MAX ((size_t)1 << 20)

struct slot {
	uint64_t address;
	uint32_t name;
};

struct slots {
	VEC(struct slot);
};

/* An entry that was found: the slot that it jumps through, and its length. */
struct plt_jump {
	uint64_t slot;
	size_t entry_bytes;
};

/* One shape of a PLT: where entries may start, and how to read one. */
struct plt_shape {
	size_t step;
	bool (*read)(const uint8_t *entry, size_t len, uint64_t address, struct plt_jump *out);
};

static uint32_t load_u32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* x86-64: [endbr64] [bnd] jmp *disp32(%rip), in 16 bytes, or 8 in .plt.got */
static bool read_x86(const uint8_t *entry, size_t len, uint64_t address, struct plt_jump *out)
{
	static const uint8_t endbr64[] = { 0xf3, 0x0f, 0x1e, 0xfa };
	size_t at = len > 4 && !memcmp(entry, endbr64, sizeof(endbr64)) ? 4 : 0;

	if (at < len && entry[at] == 0xf2)
		at++;
	if (len < at + 6 || entry[at] != 0xff || entry[at + 1] != 0x25)
		return false;
	out->slot = address + at + 6 + (uint64_t)(int64_t)(int32_t)load_u32(entry + at + 2);
	return true;
}

static bool read_x86_long(const uint8_t *entry, size_t len, uint64_t address, struct plt_jump *out)
{
	out->entry_bytes = 16;
	return read_x86(entry, len < 16 ? len : 16, address, out);
}

static bool read_x86_short(const uint8_t *entry, size_t len, uint64_t address, struct plt_jump *out)
{
	out->entry_bytes = 8;
	return read_x86(entry, len < 8 ? len : 8, address, out);
}

/* aarch64: adrp x16, page; ldr x17, [x16, #offset]; add; br, and with BTI a landing pad
 * before and a nop behind */
static bool read_arm(const uint8_t *entry, size_t len, uint64_t address, struct plt_jump *out)
{
	size_t at = len >= 4 && load_u32(entry) == 0xd503245fu ? 4 : 0;
	uint32_t adrp;
	uint32_t ldr;
	uint64_t page;

	if (len < at + 8)
		return false;
	adrp = load_u32(entry + at);
	ldr = load_u32(entry + at + 4);
	if ((adrp & 0x9f00001fu) != 0x90000010u || (ldr & 0xffc003ffu) != 0xf9400211u)
		return false;
	page = ((uint64_t)(adrp >> 5 & 0x7ffff) << 2) | (adrp >> 29 & 3);
	if (page & (1u << 20))
		page |= ~(uint64_t)0x1fffff;
	out->slot = ((address + at) & ~(uint64_t)0xfff) + (page << 12) + ((ldr >> 10 & 0xfff) << 3);
	out->entry_bytes = at ? 24 : 16;
	return true;
}

static void add_slots(struct slots *slots, const struct elf_image *image,
		      const struct elf_section *relocations, Elf_Data *symbols)
{
	Elf_Data *data = elf_getdata(relocations->handle, NULL);
	size_t size = gelf_fsize(image->elf, ELF_T_RELA, 1, EV_CURRENT);
	size_t cnt = data && data->d_buf && size ? data->d_size / size : 0;
	GElf_Rela rela;
	GElf_Sym sym;

	for (size_t i = 0; i < cnt && slots->cnt < SLOTS_MAX; i++)
		if (gelf_getrela(data, (int)i, &rela) && GELF_R_SYM(rela.r_info) &&
		    gelf_getsym(symbols, (int)GELF_R_SYM(rela.r_info), &sym) && sym.st_name)
			*vec_push(slots) =
				(struct slot){ .address = rela.r_offset, .name = sym.st_name };
}

static int by_address(const void *left, const void *right)
{
	const struct slot *a = left;
	const struct slot *b = right;

	if (a->address != b->address)
		return a->address < b->address ? -1 : 1;
	return a->name < b->name ? -1 : a->name > b->name;
}

static const struct slot *slot_at(const struct slots *slots, uint64_t address)
{
	size_t first = 0;
	size_t last = slots->cnt;

	while (first < last) {
		size_t middle = first + (last - first) / 2;

		if (slots->v[middle].address < address)
			first = middle + 1;
		else
			last = middle;
	}
	return first < slots->cnt && slots->v[first].address == address ? &slots->v[first] : NULL;
}

static void add_entry(struct elf_symbols *s, const struct slot *slot, uint64_t address,
		      uint64_t size)
{
	if (slot->name >= s->strings[s->strings_cnt - 1].len)
		return;
	*vec_push(&s->symbols) = (struct elf_symbol){
		.address = address,
		.size = size,
		.name = slot->name,
		.strings = (uint8_t)(s->strings_cnt - 1),
		.binding = ELF_BINDING_PLT,
	};
}

static void add_entries(struct elf_symbols *s, const struct elf_section *plt,
			const struct plt_shape *shape, const struct slots *slots)
{
	size_t len = 0;
	const uint8_t *code = elf_image_section_bytes(plt, &len);
	size_t at = 0;

	if (!code || plt->address > UINT64_MAX - len)
		return;
	while (at < len && s->symbols.cnt < ELF_SYMBOLS_MAX) {
		const struct slot *slot = NULL;
		struct plt_jump jump;

		if (shape->read(code + at, len - at, plt->address + at, &jump))
			slot = slot_at(slots, jump.slot);
		if (slot && jump.entry_bytes <= len - at)
			add_entry(s, slot, plt->address + at, jump.entry_bytes);
		at += slot ? jump.entry_bytes : shape->step;
	}
}

static bool shape_of(const struct elf_image *image, const char *name, struct plt_shape *out)
{
	bool is_short = !strcmp(name, ".plt.got");

	if (strcmp(name, ".plt") && strcmp(name, ".plt.sec") && !is_short)
		return false;
	switch (image->header.e_machine) {
	case EM_X86_64:
		*out = is_short ? (struct plt_shape){ 8, read_x86_short }
				: (struct plt_shape){ 16, read_x86_long };
		return true;
	case EM_AARCH64:
		*out = (struct plt_shape){ 4, read_arm };
		return true;
	default:
		return false;
	}
}

void elf_plt_add(struct elf_symbols *s, const struct elf_image *image,
		 const struct elf_section *dynsym)
{
	Elf_Data *symbols = elf_getdata(dynsym->handle, NULL);
	struct slots slots = { 0 };
	struct plt_shape shape;

	for (size_t i = 1; symbols && i < image->sections.cnt; i++)
		if (image->sections.v[i].type == SHT_RELA)
			add_slots(&slots, image, &image->sections.v[i], symbols);
	if (slots.cnt)
		qsort(slots.v, slots.cnt, sizeof(slots.v[0]), by_address);
	for (size_t i = 1; slots.cnt && i < image->sections.cnt; i++)
		if (shape_of(image, image->sections.v[i].name, &shape))
			add_entries(s, &image->sections.v[i], &shape, &slots);
	vec_release(&slots);
}
