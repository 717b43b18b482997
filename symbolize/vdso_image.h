#ifndef SYMBOLIZE_VDSO_IMAGE_H
#define SYMBOLIZE_VDSO_IMAGE_H

#include <stdint.h>

#include "formats/name_table.h"

struct trace_module;

/*
 * The vdso exists in no file. Every process has it in memory, though, so where the
 * trace was recorded under the kernel that runs now, ours is the recorded one, and its
 * build ID proves it.
 */

/* NONE, and our vdso if it is the module; else why not. */
enum name_reason vdso_image_find(const struct trace_module *module, const void **out_bytes,
				 uint64_t *out_len);

#endif
