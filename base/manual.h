#ifndef BASE_MANUAL_H
#define BASE_MANUAL_H

#include <stddef.h>

#include "base/buf.h"
#include "base/options.h"

/*
 * The texts that are made from the option tables (base/options.h): help for the
 * terminal, man pages (mdoc), completions for bash, zsh and fish. All are pure:
 * tables in, text out, the same bytes each time.
 */

/* Help of one command, wrapped to `columns`: examples first, then options. */
void manual_help(struct buf *out, const struct manual *m, size_t columns);

/* The list of commands: what `profile help` prints. */
void manual_overview(struct buf *out, const struct manual *const *commands, size_t cnt,
		     size_t columns);

/* profile-NAME(1), or profile(1) for m == NULL, as mdoc source. */
void manual_page(struct buf *out, const struct manual *m, const struct manual *const *commands,
		 size_t cnt);

/* Completion script; shell is "bash", "zsh" or "fish". False: unknown shell. */
bool manual_completion(struct buf *out, const char *shell, const struct manual *const *commands,
		       size_t cnt);

#endif
