#ifndef RENDER_FLAME_PACK_H
#define RENDER_FLAME_PACK_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "render/call_tree.h"
#include "render/flame_sizes.h"
#include "render/measure.h"

/*
 * A call tree as a few bytes of text that flame.js unpacks, so that zooming shows what
 * is too narrow for the drawn picture. XML text, ready to stand in an element: lines
 *
 *	profile-flame 3
 *	unit UNIT NOUN              samples, ns, bytes or events
 *	period NS                   of CPU time that a sample stands for; 0: none
 *	least VALUE                 frames of less are merged into strips
 *	hidden COUNT                frames that are merged
 *	colours RRGGBB,...          by family * PALETTE_SHADES + shade
 *	families WORDS;...          by enum palette_family
 *	names COUNT                 then as many lines: SHARED FAMILY SHADE MODULE rest-of-name
 *	tree                        then one line
 *
 * Numbers in the names and the tree are those of packed_number.h. A name shares its first
 * SHARED characters with the line before it; MODULE is 0 or 1 + the index of a name.
 * The tree has its boxes in the order of flame_boxes: STEP NAME [SELF]. STEP is twice
 * the number of levels to climb from the box before's children, plus 1 if SELF follows
 * (else 0); NAME is 0 for a strip, else 1 + the index of a name.
 *
 * About 6 bytes a frame; 120,000 frames fit into the default budget.
 */

/* How many frames a budget is tried with at most. */
uint32_t flame_pack_max_frames(size_t budget);

/* Adds to out at most `budget` bytes, leaving out the smallest frames that do not fit.
 * The sizes are counted for flame_pack_max_frames() or more. Returns the value from which
 * on all frames are there; 0: nothing fits. */
uint64_t flame_pack(struct buf *out, const struct call_tree *t, const struct flame_sizes *sizes,
		    const struct measure *m, size_t budget);

#endif
