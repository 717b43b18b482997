#ifndef RENDER_PALETTE_H
#define RENDER_PALETTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/trace.h"

/*
 * Colours. A frame's colour comes from its kind (the family) and its name (the shade),
 * never from where it stands, so that two pictures of two runs can be laid side by
 * side. The hash is our own and fixed: it must not change with the process or version.
 *
 * Families follow the hues that Okabe and Ito found to tell apart with any kind of
 * colour vision, and differ in lightness too; every shade carries black text at
 * 4.5:1 or better (WCAG 2.1), which tests/unit/test_palette.c computes for all.
 *
 * What waited is blue, who ended it aqua, a step darker for each further link, so that links
 * can be counted; user code is richer in colour than the kernel's. What could have run, but had
 * no CPU, is amber.
 */

#define PALETTE_SHADES 24

/* What a frame looks like: its kind, or that it has no name. The numbers are in pictures. */
enum palette_family {
	PALETTE_ALL = 0, /* the root */
	PALETTE_KERNEL = 1,
	PALETTE_USER = 2,
	PALETTE_INLINED = 3,
	PALETTE_JIT = 4,
	PALETTE_INTERPRETED = 5,
	PALETTE_WAKER = 6,
	PALETTE_CONTEXT = 7,
	PALETTE_LOST = 8,
	PALETTE_UNNAMED = 9,
	PALETTE_MERGED = 10, /* many frames, each too small to draw */
	PALETTE_BLOCKED_USER = 11,
	PALETTE_BLOCKED_KERNEL = 12,
	PALETTE_SEPARATOR = 13,
	PALETTE_RUNNABLE = 14,
	PALETTE_SHORT = 15, /* waits that nothing was kept of */
	PALETTE_ON_CPU = 16,
	PALETTE_WAKER_USER_1 = 17, /* link 1; the others follow, a step darker each */
	PALETTE_WAKER_KERNEL_1 = 25,
	PALETTE_FAMILY_CNT = 33,
};

#define PALETTE_LINKS 8 /* as many steps of waker */

/* Kind 0 is the root; the role is that of a call tree's node (render/call_tree.h). */
enum palette_family palette_family_of(enum trace_frame_kind kind, bool unnamed, uint8_t role);

/* The link of a chain that a family stands for, from 1; 0: it stands for none. */
uint32_t palette_family_link(enum palette_family family);

/* 0xRRGGBB; shade below PALETTE_SHADES. */
uint32_t palette_frame(enum palette_family family, unsigned shade);

/* The shade of a name. */
unsigned palette_shade(const char *name, size_t len);

/* "kernel", "inlined", "waker 2, kernel" ... as in legends and tips. */
const char *palette_family_text(enum palette_family family);

#define PALETTE_HEAT_STEPS 16

/* Heat of a cell, step 0 (least, yet plainly not nothing) to PALETTE_HEAT_STEPS - 1:
 * yellow to red to nearly black, darker with each step. */
uint32_t palette_heat(unsigned step);

/* The step of a count in 1..max, linear. */
unsigned palette_heat_step(uint64_t count, uint64_t max);

/* WCAG contrast of black text on the colour, in hundredths: 450 is 4.5:1. */
unsigned palette_contrast(uint32_t rgb);

#endif
