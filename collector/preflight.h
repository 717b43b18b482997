#ifndef COLLECTOR_PREFLIGHT_H
#define COLLECTOR_PREFLIGHT_H

#include "base/buf.h"
#include "base/vec.h"
#include "collector/machine.h"

/*
 * Judges a machine (collector/machine.h): what would keep `record` from working,
 * what would make it worse, and for each the exact way to mend it. Pure: values
 * in, sentences out. `doctor` prints every finding; `record` looks first for one
 * that is fatal, because the kernel's own answer ("permission denied", "invalid
 * argument") sends people the wrong way.
 */

enum verdict {
	VERDICT_GOOD = 1,
	VERDICT_NOTE = 2,  /* worth knowing */
	VERDICT_LACK = 3,  /* works, but with less to see */
	VERDICT_FATAL = 4, /* `record` cannot work */
};

struct finding {
	const char *name; /* stable, for JSON: "capabilities" */
	enum verdict verdict;
	char *found;  /* as it is: "6.1.0-30-amd64, x86_64"; with LACK, FATAL: a clause of what
		       * is wrong, fit to follow "cannot record: " */
	char *remedy; /* lines, what to do; NULL where nothing is to be done */
};

struct findings {
	VEC(struct finding);
};

void preflight_judge(const struct machine *m, struct findings *out);
void findings_release(struct findings *f);

/* The first finding that keeps record from working, or NULL. */
const struct finding *preflight_fatal(const struct findings *f);

/* The finding that keeps processes from being chosen by number (-p, -t, a command), or NULL. */
const struct finding *preflight_no_ids(const struct machine *m, const struct findings *f);

/* The lines of the remedy, each behind `indent` blanks; nothing where there is none. */
void finding_put_remedy(struct buf *out, const struct finding *f, unsigned indent);

/* "good", "note", "lack", "fatal": static. */
const char *verdict_text(enum verdict verdict);

#endif
