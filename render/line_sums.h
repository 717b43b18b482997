#ifndef RENDER_LINE_SUMS_H
#define RENDER_LINE_SUMS_H

#include <stdint.h>

#include "base/err.h"
#include "base/strtab.h"
#include "base/vec.h"

struct picture_source;
struct selection;

/*
 * A selection summed by the source line that stacks end in: the innermost one, where
 * functions are inlined into others. Stacks whose end has no known line count nowhere.
 */
struct line_sum {
	uint32_t file;	 /* id in texts */
	uint32_t line;	 /* not 0 */
	uint32_t name;	 /* of the function, likewise */
	uint32_t module; /* likewise; 0: unknown */
	uint64_t self;
};

struct line_sums {
	VEC(struct line_sum); /* largest first; equal ones by file, line and function */
};

/* Out is zeroed before. */
int line_sums_gather(struct line_sums *out, const struct picture_source *source,
		     const struct selection *selection, struct strtab *texts, struct err *err);
void line_sums_release(struct line_sums *s);

#endif
