#ifndef BASE_OPTIONS_H
#define BASE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/vec.h"

/*
 * One table describes a command: its options, operands, examples, exit status.
 * Parsing, `profile help`, the man page and the shell completions are all made
 * from it, so that none of them can say something else than the others.
 *
 * A row names the field that its value goes to:
 *
 *	struct record_options { struct text_list events; uint64_t duration_ns; bool all; };
 *
 *	static const struct option rows[] = {
 *		{ 'e', "event", "EVENT", OPTION_LIST, offsetof(struct record_options, events),
 *		  .fallback = "cpu", .help = "events to record" },
 *		{ 0 },
 *	};
 *
 * Field types by kind: FLAG bool; TEXT const char *; LIST struct text_list
 * (commas and repetition add to it); COUNT uint64_t; DURATION uint64_t in ns;
 * SIZE uint64_t in bytes; RANGE struct range in ns; VALUES struct range in ns or
 * bytes, as its units say; CHOICE const char *, one of
 * `choices` ("auto|fp|copy"). Texts point into argv or the table, and are not
 * freed; a list's array is, by options_release(). A row of kind OPTION_ACCEPTED
 * takes no field: it is read and ignored (`-g`, for the hands of perf users). The
 * default of a LIST is one element; that of a range, unless given, is everything.
 */

struct text_list {
	VEC(const char *);
};

/* first <= last; an open end is 0 or UINT64_MAX. */
struct range {
	uint64_t first;
	uint64_t last;
	bool is_zero; /* 0 and nothing more: zeroed, a range may mean everything */
};

enum option_kind {
	OPTION_FLAG = 1,
	OPTION_TEXT,
	OPTION_LIST,
	OPTION_COUNT,
	OPTION_DURATION,
	OPTION_SIZE,
	OPTION_RANGE,
	OPTION_VALUES,
	OPTION_CHOICE,
	OPTION_ACCEPTED,
};

struct option {
	char letter;	       /* 0: long form only */
	const char *name;      /* without the dashes; NULL: letter only */
	const char *value;     /* what the manual calls the value; NULL for a flag */
	enum option_kind kind; /* 0 ends the table */
	size_t field;	       /* offset in the command's options struct */
	const char *choices;   /* CHOICE: "a|b|c" */
	const char *fallback;  /* the default, as a user would write it; NULL: zero */
	bool not_zero;	       /* COUNT, DURATION, SIZE: 0 means nothing, and is refused */
	const char *help;      /* one or two sentences, no capital, no full stop */
};

struct example {
	const char *command;
	const char *says; /* what it does or shows */
};

struct exit_row {
	const char *status;
	const char *means;
};

struct manual {
	const char *name;	 /* "record" */
	const char *summary;	 /* one line for the list of commands */
	const char *synopsis;	 /* "[options] [-- COMMAND ARG...]" */
	const char *description; /* paragraphs parted by blank lines */
	const struct option *options;
	const struct example *examples; /* ends with a NULL command */
	const struct exit_row *exits;	/* ends with a NULL status; may be NULL */
	const char *see_also;		/* "profile-render(1), perf(1)"; may be NULL */
	const char *words;     /* what the first operand may be but a file: "a|b"; or NULL */
	bool stops_at_operand; /* the first operand begins another command line */
};

struct operands {
	char **v; /* points into argv */
	size_t cnt;
	bool announced; /* "--" stood before them, or alone */
};

/*
 * Fills `values` (the command's struct, zeroed by the caller) with the defaults
 * and then with what argv[0..argc) says (no program or command name in it).
 * Operands may stand among options unless stops_at_operand; "--" ends options.
 * Both "--name=value" and "--name value", "-Fvalue", "-F value" and bundled
 * flags "-aU" are understood. A wrong option or value is -EINVAL and a sentence
 * with the nearest match; "--help" is -ECANCELED and no text: show the help.
 * argv is reordered so that the operands stand together.
 */
int options_parse(const struct manual *m, int argc, char **argv, void *values, struct operands *out,
		  struct err *err);

/* Frees the lists in values. */
void options_release(const struct manual *m, void *values);

/* "did you mean" for a word among names[0..cnt): the nearest, or NULL if none is near. */
const char *options_nearest(const char *word, const char *const *names, size_t cnt);

#endif
