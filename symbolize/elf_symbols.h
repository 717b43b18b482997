#ifndef SYMBOLIZE_ELF_SYMBOLS_H
#define SYMBOLIZE_ELF_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/vec.h"

struct elf_image;

/*
 * The functions of an ELF file by address. Symbol tables list them in any order,
 * overlapping, several names for one place, some without a size; here they become
 * ranges that are sorted and apart, so that an address has one answer:
 *
 *	symbols   |--- outer ------------------|      label    |-- next --|
 *	                  |-- inner --|               .
 *	ranges    [ outer )[  inner  )[ outer  )      [ label )[   next   )
 *
 * - The symbol that starts last among those that cover an address has it.
 * - One without a size covers what nobody with a size does, up to the next symbol or
 *   the end of its section.
 * - Of several at the same place: global before weak before local, a function before
 *   a label, fewer leading underscores, shorter, then by bytes.
 *
 * All texts stay in the image, which must outlive the table.
 */

#define ELF_SYMBOLS_MAX ((size_t)5 << 20)
#define ELF_SYMBOL_NAME_MAX ((size_t)64 << 10)

struct elf_strings {
	const char *v;
	size_t len; /* the byte behind the last terminator */
};

/* The better name has the lower one. */
enum elf_binding {
	ELF_BINDING_GLOBAL = 0,
	ELF_BINDING_WEAK = 1,
	ELF_BINDING_LOCAL = 2,
	ELF_BINDING_PLT = 3, /* an entry of a PLT: the name of what it jumps to */
};

/* Kept small, for there are millions of them in one file. */
struct elf_symbol {
	uint64_t address;
	uint64_t size;
	uint32_t name;	  /* offset in its strings */
	uint8_t strings;  /* number of the string table */
	uint8_t binding;  /* enum elf_binding */
	bool is_label;	  /* NOTYPE: an assembler's label */
	bool has_no_size; /* `size` is what is left of its section */
};

struct elf_range {
	uint64_t start;
	uint64_t end;
	uint32_t symbol;
};

#define ELF_STRINGS_MAX 6 /* .symtab and .dynsym of a file, its debug file, its debugdata */

struct elf_symbols {
	struct elf_strings strings[ELF_STRINGS_MAX];
	size_t strings_cnt;
	struct {
		VEC(struct elf_symbol);
	} symbols;
	struct {
		VEC(struct elf_range);
	} ranges;
};

/* Takes the symbols of an image, and the entries of its PLT, in: of the file, of its
 * debug file, of its .gnu_debugdata. */
void elf_symbols_add(struct elf_symbols *s, const struct elf_image *image);
/* Once all are in: makes the ranges. */
void elf_symbols_finish(struct elf_symbols *s);
void elf_symbols_release(struct elf_symbols *s);

/* The symbol that has an address; NULL: none. */
const struct elf_symbol *elf_symbols_find(const struct elf_symbols *s, uint64_t address);

/* Its name as the linker knows it, without a version; "" if that is not to be had. */
const char *elf_symbols_name(const struct elf_symbols *s, const struct elf_symbol *symbol,
			     size_t *out_len);
bool elf_symbol_is_plt(const struct elf_symbol *symbol);

#endif
