#ifndef SYMBOLIZE_KERNEL_SYMBOLS_H
#define SYMBOLIZE_KERNEL_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"
#include "symbolize/trace_addresses.h"

/*
 * The symbols that the trace carries for the kernel, its modules and BPF programs,
 * by offset: no kernel is asked and no file is opened. A symbol without a size reaches
 * to the next; the last one to the end.
 */
struct kernel_symbols {
	VEC(const struct module_symbol *);
};

/* Points into `m`, which must outlive it. */
void kernel_symbols_index(struct kernel_symbols *out, const struct module_addresses *m);
void kernel_symbols_release(struct kernel_symbols *k);

/* The symbol at an offset; NULL: none covers it. */
const struct module_symbol *kernel_symbols_at(const struct kernel_symbols *k, uint64_t offset);
/* The name at an offset; NULL: no symbol covers it. */
const char *kernel_symbols_find(const struct kernel_symbols *k, uint64_t offset);

#endif
