#ifndef SYMBOLIZE_KERNEL_START_H
#define SYMBOLIZE_KERNEL_START_H

#include <stdbool.h>
#include <stdint.h>

struct elf_image;

/*
 * Where a vmlinux was linked to begin: the value of _stext, from which a trace counts the
 * offsets of kernel code. Where the kernel was loaded when it was recorded makes no difference.
 */

/* False: the image has no such symbol. */
bool kernel_start_find(const struct elf_image *image, uint64_t *out);

#endif
