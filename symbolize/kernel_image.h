#ifndef SYMBOLIZE_KERNEL_IMAGE_H
#define SYMBOLIZE_KERNEL_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

struct elf_image;

/*
 * The files of a kernel: a vmlinux, linked to run at one place, and modules (.ko), which the
 * kernel links as it loads them. Where they were loaded when the trace was recorded makes no
 * difference: places in a vmlinux count from _stext, those in a module from the function that
 * the kernel's own symbols name.
 */

/* Links what DWARF a module has: each section with code lies somewhere, apart from the others,
 * and what refers to it says where. Before libdw sees the image, whose bytes change. False: it is
 * no module, or its DWARF grows beyond measure if unpacked. */
bool kernel_image_link(struct elf_image *image, uint64_t file_bytes);

/* The value of the only symbol with a name; in a module that was linked, its place. False: there
 * is none, or several. */
bool kernel_image_find(const struct elf_image *image, const char *name, uint64_t *out);

#endif
