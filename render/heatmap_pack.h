#ifndef RENDER_HEATMAP_PACK_H
#define RENDER_HEATMAP_PACK_H

#include <stdint.h>

#include "base/buf.h"
#include "render/heatmap_cells.h"

/*
 * What is in the cells of a heat map, exactly, as a few bytes of text for heatmap.js, and for
 * whoever wants to add them up. XML text, ready to stand in an element: lines
 *
 *	profile-heatmap 1
 *	unit UNIT NOUN              ns, bytes or events; what the events are called
 *	weight count|time           what the colours are of
 *	grid X COLUMN HEIGHT        left edge, a column's width, a map's height: hundredths of px
 *	times FIRST LENGTH LEAD COUNT   ns since the recording began: column n begins
 *	                            FIRST + n * LENGTH - LEAD, or with the recording
 *	rows KIND Y HEIGHT FIRST LAST;...   from the lowest up; KIND: values, break, below, above;
 *	                            y of the lower edge above the map's; values, both included
 *	outside COUNT               events of the trace that are in no cell
 *	command WORDS               draws the stacks of a part, once --time and --latency are put
 *	                            behind; empty: none were kept
 *	maps COUNT                  then two lines for each:
 *	map Y CNT PROCESS;NAME      y of its upper edge; how many events; PROCESS 1: NAME is one
 *	cells                       numbers of packed_number.h: STEP CNT [SUM], from column to
 *	                            column, its rows from the lowest up. STEP is how many cells
 *	                            further it stands than the one before; SUM only of weight time
 */
struct heatmap_pack {
	const struct heatmap *heatmap;
	const struct heatmap_place *places; /* of each map, in the picture */
	const char *command;		    /* visible text */
};

void heatmap_pack(struct buf *out, const struct heatmap_pack *p);

#endif
