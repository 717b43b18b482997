#ifndef SYMBOLIZE_MODULE_FILE_H
#define SYMBOLIZE_MODULE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "formats/name_table.h"
#include "formats/trace.h"

/*
 * The files of a module: the one that was mapped, and its separate debug file, if it is
 * somewhere and the first has no DWARF. Places in the order of the search, the first fit
 * of each kind wins:
 *
 *	1. each --debug-dir D:  D/.build-id/xx/rest.debug   D/.build-id/xx/rest
 *	                        D/PATH   D/PATH.debug
 *	2. PATH itself
 *	3. /usr/lib/debug/.build-id/xx/rest.debug   /usr/lib/debug/.build-id/xx/rest
 *	4. .gnu_debuglink NAME of the file: beside it, .debug/ beside it,
 *	   /usr/lib/debug/FOLDER, each D/FOLDER; with its CRC or the build ID
 *
 *	5. what debuginfod servers sent before
 *
 * DWARF may lean on a third file that several packages share, by .gnu_debugaltlink (dwz):
 * a path ".../.dwz/REST" and a build ID of its own, which that file must have:
 *
 *	1. each D: D/.build-id/xx/rest.debug   D/.dwz/REST   D/usr/lib/debug/.dwz/REST
 *	2. /usr/lib/debug/.build-id/xx/rest.debug   /usr/lib/debug/.dwz/REST
 *	3. its base name beside the file that leans on it
 *	4. what debuginfod servers sent before
 *
 * FOLDER is that of the file, without D if it was found below D. One build may have been
 * mapped from several paths (containers, renamed files): each is a PATH.
 *
 * A file with another build ID is never used. A module recorded without one takes the
 * file at its path. Paths are a stranger's: nothing but regular files is opened, none is
 * waited for, and below D no path and no link leaves D: links are taken as if D were the
 * root, and a path with ".." is passed over. (Without openat2, links are, too.)
 */

struct module_places {
	const char *const *paths; /* where it was mapped from */
	size_t path_cnt;
	const char *const *debug_dirs; /* none is "" */
	size_t debug_dir_cnt;
	const char *fetched_dir; /* of debuginfod: below it BUILDID/debuginfo; NULL: none */
};

struct module_file {
	int fd; /* what was mapped; -1: not found */
	uint64_t len;
	char *path;
	bool has_symtab;
	bool is_go;
	bool has_debugdata; /* a small .symtab, compressed */
	int debug_fd;	    /* its debug file; -1: none, or not needed */
	uint64_t debug_len;
	char *debug_path;
	int alt_fd; /* what the DWARF of either leans on; -1: nothing, or not found */
	uint64_t alt_len;
	char *alt_path;
	bool has_dwarf;				  /* one of the first two */
	uint8_t alt_build_id[TRACE_BUILD_ID_MAX]; /* of what it leans on, found or not */
	size_t alt_build_id_len;		  /* 0: on nothing */
	enum name_reason reason;		  /* NONE if one of the two was found */
	char *other_path;     /* OTHER_BUILD: a file that has another build ID ... */
	char *other_build_id; /* ... and which, in hex; "" if none */
	char *unused_path;    /* one of the two, found and dropped; or NULL ... */
	char *unused_why;     /* ... and why it was of no use */
};

#define MODULE_FILE_NONE ((struct module_file){ .fd = -1, .debug_fd = -1, .alt_fd = -1 })

/* Never fails: what was not found has a reason. */
void module_file_open(struct module_file *out, const struct trace_module *module,
		      const struct module_places *places);
void module_file_close(struct module_file *f);
/* Closes the files, and keeps what is known of them. */
void module_file_suspend(struct module_file *f);
/* Goes on without one of the two, which is then the unused one. */
void module_file_drop_mapped(struct module_file *f, const char *why);
void module_file_drop_debug(struct module_file *f, const char *why);

#endif
