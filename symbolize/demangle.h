#ifndef SYMBOLIZE_DEMANGLE_H
#define SYMBOLIZE_DEMANGLE_H

#include <stddef.h>

#include "base/buf.h"

/*
 * Linker names to source names: Rust (v0 and legacy, without its hash), then C++.
 *
 *	_ZN4core3fmt5write17h0123456789abcdefE.cold  ->  core::fmt::write.cold
 *	_ZN3foo3barEi.constprop.0               ->  foo::bar.constprop.0   (short)
 *	                                            foo::bar(int).constprop.0  (full)
 *
 * What compilers append (.part.0, .cold, .isra.0, .constprop.0) stays as it is, so that
 * it reads the same for C, C++ and Rust; LLVM's .llvm.HASH is dropped from each of them.
 * Otherwise a name that is not mangled, or comes out longer than DEMANGLED_MAX, stays as
 * it was, and with DEMANGLE_NONE every name does.
 */

#define DEMANGLED_MAX 4096 /* bytes */

enum demangle_style { DEMANGLE_SHORT = 1, DEMANGLE_FULL = 2, DEMANGLE_NONE = 3 };

/* Puts the readable form of name[0..len) behind what is in out. */
void demangle_name(struct buf *out, const char *name, size_t len, enum demangle_style style);

#endif
