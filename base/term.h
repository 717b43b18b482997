#ifndef BASE_TERM_H
#define BASE_TERM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * What the terminal can do, and lines that come and go on it. Colour: only on a
 * terminal, never with NO_COLOR set and non-empty or TERM=dumb, always with
 * CLICOLOR_FORCE. Progress: only on stderr, only on a terminal, only for work
 * that has lasted a second.
 */

enum term_style { TERM_PLAIN = 1, TERM_BOLD, TERM_DIM, TERM_GOOD, TERM_BAD, TERM_WARN };

bool term_has_colour(FILE *stream);
size_t term_columns(FILE *stream); /* 80 where unknown */

/* The escape sequence that starts a style, "" without colour; TERM_PLAIN ends it. */
const char *term_style(FILE *stream, enum term_style style);

struct term_progress {
	const char *what;
	uint64_t started_ns;
	uint64_t shown_ns;
	bool shown;
};

void term_progress_start(struct term_progress *p, const char *what);
/* done of total (0: unknown); draws at most ten times a second. */
void term_progress_show(struct term_progress *p, uint64_t done, uint64_t total);
void term_progress_stop(struct term_progress *p); /* clears the line */

/* One line "profile: ..." on stderr, made visible (base/text.h). */
void term_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
