#ifndef SYMBOLIZE_PACKAGE_OWNER_H
#define SYMBOLIZE_PACKAGE_OWNER_H

#include <stddef.h>

struct cache_folder;

/*
 * Which package of a Debian-like system a file came with, and which would bring its debug
 * file. Read from what dpkg and apt keep, no program is run:
 *
 *	/var/lib/dpkg/info/PACKAGE[:arch].list        a path on each line
 *	/var/lib/apt/lists/..._Packages               "Package: NAME", of all that can be had
 *
 * Nothing is guessed: a file that no list has, has no package, and a debug package is named
 * as certain only if apt knows it. Where there is no dpkg there are no answers.
 */

enum package_debug {
	PACKAGE_DEBUG_NONE = 0,	   /* apt knows of others, but of none for this one */
	PACKAGE_DEBUG_KNOWN = 1,   /* apt can install it */
	PACKAGE_DEBUG_ARCHIVE = 2, /* apt has no archive of debug packages, where it would be */
};

struct package_owner {
	char *package;	     /* NULL: none is known */
	char *debug_package; /* NULL with NONE */
	enum package_debug debug;
};

/* For all paths at once, as each list is read only once. root: "" but for tests. The cache
 * may be NULL. out has cnt elements, which the caller releases. */
void package_owners_find(const char *root, const char *const *paths, size_t cnt,
			 struct cache_folder *cache, struct package_owner *out);
void package_owner_release(struct package_owner *o);

#endif
