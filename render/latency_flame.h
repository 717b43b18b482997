#ifndef RENDER_LATENCY_FLAME_H
#define RENDER_LATENCY_FLAME_H

#include <stdbool.h>

#include "render/flame_picture.h"

struct picture_source;

/*
 * The stacks of the latency events that were kept one by one and that the selection holds, with
 * what is to be said about them: width is their time (or bytes), or how many they are. title
 * NULL: one is made.
 */
int latency_flame_open(struct flame_picture *out, const struct picture_source *source,
		       const struct selection *selection, bool by_count, const char *title,
		       struct err *err);

#endif
