#ifndef RENDER_PICTURE_USE_H
#define RENDER_PICTURE_USE_H

#include <stddef.h>

#include "base/err.h"

struct planned_picture;
struct render_options;

/* What was asked for of some kind of picture says nothing of others: -EINVAL with a sentence if
 * none of these is of that kind. */
int picture_use_check(const struct render_options *o, const struct planned_picture *v, size_t cnt,
		      struct err *err);

#endif
