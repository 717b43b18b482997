#ifndef COLLECTOR_LIBRARY_PATH_H
#define COLLECTOR_LIBRARY_PATH_H

#include <stddef.h>

#include "base/err.h"

/*
 * Finds the file that programs mean by a name: a path stands for itself; "c" and "libc.so.6"
 * are looked up where the dynamic loader does, in the cache of ldconfig and then in the usual
 * folders; "bash", where the shell does. -ENOENT: nowhere. The caller frees *out.
 */
int library_path_find(const char *name, char **out, struct err *err);

/* In the bytes of a cache of ldconfig: the path of a library for programs of this machine. The
 * path lies in these bytes; NULL: it is not there, or they are no such cache. */
const char *library_path_in_cache(const char *cache, size_t len, const char *name);

#endif
