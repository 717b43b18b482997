#ifndef SYMBOLIZE_ELF_PLT_H
#define SYMBOLIZE_ELF_PLT_H

struct elf_image;
struct elf_section;
struct elf_symbols;

/*
 * The entries of procedure linkage tables (.plt, .plt.sec, .plt.got) have no symbols
 * of their own, yet calls into other libraries pass through them. Each is an indirect
 * jump through a slot, and the relocation of that slot names the function:
 *
 *	.plt.sec + 0x30:  endbr64; jmp *0x2fd5(%rip)  ->  slot 0x404018
 *	.rela.plt:        slot 0x404018, symbol 7     ->  "write", shown as write@plt
 *
 * Reading the jump, not counting entries, is right for every layout of every linker.
 */

/* Adds a symbol for each entry; names are in `dynsym`'s strings, added before. */
void elf_plt_add(struct elf_symbols *s, const struct elf_image *image,
		 const struct elf_section *dynsym);

#endif
