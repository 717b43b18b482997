#ifndef RENDER_FLAME_SIZES_H
#define RENDER_FLAME_SIZES_H

#include <stdint.h>

#include "render/call_tree.h"
#include "render/flame_boxes.h"

/*
 * How many frames there are of each size: sizes 0..15 one by one, then sixteen steps for
 * each power of two. A picture tries several limits, and a tree may have millions of
 * nodes of which it draws thousands, so the tree is gone through once to count, and
 * once more where it is large; what is asked afterwards is answered from those boxes.
 */
#define FLAME_SIZES_POWER 16
#define FLAME_SIZES_CNT (FLAME_SIZES_POWER * 61)

struct flame_sizes {
	uint32_t cnt[FLAME_SIZES_CNT];
	struct flame_boxes large; /* of all frames that may be asked for */
};

/* The tree must be finished; nobody will ask for more than max_frames of its frames. */
void flame_sizes_count(struct flame_sizes *out, const struct call_tree *t, uint32_t max_frames);
void flame_sizes_release(struct flame_sizes *s);

/* The smallest value, but not below at_least (1 or more), that at most max_frames frames
 * reach: fit for flame_boxes_narrow() from s->large. */
uint64_t flame_sizes_min_value(const struct flame_sizes *s, uint64_t at_least, uint32_t max_frames);

#endif
