#ifndef RENDER_FLAME_PICTURE_H
#define RENDER_FLAME_PICTURE_H

#include <stdbool.h>

#include "base/err.h"
#include "render/call_tree.h"
#include "render/caption.h"
#include "render/measure.h"
#include "render/selection.h"

struct picture_source;

/* The merged stacks of a source, with what is to be said about them. */
struct flame_picture {
	struct strtab *texts;
	struct call_tree tree; /* finished */
	struct measure measure;
	struct caption caption;
};

/* title NULL: one made from what was recorded. */
int flame_picture_open(struct flame_picture *out, const struct picture_source *source,
		       const struct selection *selection, const char *title, struct err *err);
void flame_picture_close(struct flame_picture *p);

/* The same stacks merged from the leaf: what calls this, and what calls that. */
void flame_picture_reverse(struct flame_picture *p);

#endif
