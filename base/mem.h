#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

/*
 * Memory that is there or ends the program. A profiler that cannot get a few
 * kilobytes can do nothing more for its user, and a trace that is being written
 * stays readable wherever the writer stops, so exhaustion is not passed up
 * through every function: these calls do not return NULL. profile.c says what
 * happens instead (one sentence, exit status 125); sizes that come from a file
 * are checked against a named limit before they reach this place.
 */

/* Called once, with the size that could not be had; must not return. */
void mem_on_exhausted(void (*handler)(size_t size));

/* Zeroed memory for cnt elements of size bytes; cnt * size may not overflow. */
void *mem_alloc(size_t cnt, size_t size);

/* As realloc: new elements are not initialised. */
void *mem_resize(void *mem, size_t cnt, size_t size);

/* A copy of len bytes with a NUL behind it. */
char *mem_dup(const char *bytes, size_t len);

/* A formatted string; the caller frees it. */
char *mem_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
