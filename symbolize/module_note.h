#ifndef SYMBOLIZE_MODULE_NOTE_H
#define SYMBOLIZE_MODULE_NOTE_H

#include "formats/name_table.h"
#include "formats/trace.h"

struct module_addresses;
struct module_file;
struct package_owner;

/*
 * The sentence that people read about a module: where its names came from, or why
 * there are none and what would bring them. Says only what is known: no package
 * names are guessed. owner: the package of the file, if there is one here and it was looked
 * for, or NULL. The caller frees the result.
 */
char *module_note(const struct module_addresses *m, const struct module_file *file,
		  const struct package_owner *owner, enum name_reason reason, const char *why);

#endif
