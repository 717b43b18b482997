#ifndef COLLECTOR_KERNEL_TYPES_H
#define COLLECTOR_KERNEL_TYPES_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * Of the 130,000 types that a kernel has, those that programs name: some hundreds, as BTF of
 * their own. The loader finds the kernel's offsets of fields by going through all types, once
 * for each record that programs know (10 ms in all); in what is made here it finds the same.
 *
 *	known:   struct task_struct { flags; mm; }
 *	kernel:  struct task_struct { ... flags; ... mm; ... }, and what lies inside of it
 *
 * Where a pointer leads is left out (`void *`): behind each the loader begins anew. Numbers of
 * types are not the kernel's, so programs that ask for those cannot be loaded by this.
 */
struct btf;

/* Makes BTF of the kernel's types whose names are among those of `known`; -EBADMSG: what is
 * given as the kernel's is not BTF as we know it. */
int kernel_types_choose(const struct btf *known, const void *kernel, size_t len, struct buf *out);

/* Of the running kernel, into an empty file; all of them, if there are kinds that we do not know
 * yet: the loader may. */
int kernel_types_write(const struct btf *known, int fd, struct err *err);

#endif
