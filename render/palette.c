#include "render/palette.h"

#include <math.h>

#include "formats/wait_stack.h"
#include "render/call_tree.h"

/* Hue in degrees, saturation and lightness in percent: from the first to the last shade. */
struct family {
	const char *text;
	uint16_t hue[2];
	uint8_t saturation;
	uint8_t lightness[2];
};

static const struct family families[PALETTE_FAMILY_CNT] = {
	[PALETTE_ALL] = { "all", { 220, 220 }, 8, { 82, 82 } },
	[PALETTE_KERNEL] = { "kernel", { 198, 218 }, 62, { 66, 78 } },
	[PALETTE_USER] = { "user", { 22, 44 }, 88, { 62, 71 } },
	[PALETTE_INLINED] = { "inlined", { 40, 54 }, 80, { 80, 88 } },
	[PALETTE_JIT] = { "JIT", { 152, 168 }, 48, { 58, 68 } },
	[PALETTE_INTERPRETED] = { "interpreted", { 318, 336 }, 56, { 74, 82 } },
	[PALETTE_WAKER] = { "waker", { 182, 192 }, 52, { 70, 78 } },
	[PALETTE_CONTEXT] = { "context", { 4, 12 }, 72, { 78, 82 } },
	[PALETTE_LOST] = { "missing", { 0, 0 }, 0, { 70, 74 } },
	[PALETTE_UNNAMED] = { "no name", { 28, 40 }, 20, { 76, 82 } },
	[PALETTE_MERGED] = { "too small to draw", { 240, 240 }, 7, { 87, 87 } },
	[PALETTE_BLOCKED_USER] = { "blocked, user", { 222, 232 }, 88, { 75, 81 } },
	[PALETTE_BLOCKED_KERNEL] = { "blocked, kernel", { 222, 232 }, 40, { 64, 70 } },
	[PALETTE_SEPARATOR] = { "separator", { 0, 0 }, 0, { 64, 64 } },
	[PALETTE_RUNNABLE] = { "waits for a CPU", { 40, 44 }, 100, { 50, 53 } },
	[PALETTE_SHORT] = { "waits without stacks", { 46, 50 }, 46, { 90, 92 } },
	[PALETTE_ON_CPU] = { "on a CPU", { 14, 18 }, 86, { 66, 70 } },
#define WAKER(n, light)                                                                            \
	[PALETTE_WAKER_USER_1 +                                                                    \
		(n)-1] = { "waker " #n ", user", { 180, 182 }, 66, { light, light + 1 } },         \
		[PALETTE_WAKER_KERNEL_1 + (n)-1] = {                                               \
			"waker " #n ", kernel", { 180, 182 }, 26, { light, light + 1 }             \
		}
	WAKER(1, 80),
	WAKER(2, 75),
	WAKER(3, 70),
	WAKER(4, 65),
	WAKER(5, 60),
	WAKER(6, 55),
	WAKER(7, 50),
	WAKER(8, 45),
#undef WAKER
};

_Static_assert(PALETTE_LINKS == TRACE_CHAIN_MAX, "a step for each link");

static enum palette_family family_of_link(enum palette_family first, uint32_t link)
{
	if (!link || link > PALETTE_LINKS)
		link = PALETTE_LINKS;
	return (enum palette_family)(first + link - 1);
}

/* PALETTE_ALL: the role has no colour of its own. */
static enum palette_family family_of_role(enum trace_frame_kind kind, uint8_t role)
{
	switch (CALL_ROLE_OF(role)) {
	case WAIT_ROLE_PROCESS:
	case WAIT_ROLE_BLOCKED_USER:
		return PALETTE_BLOCKED_USER;
	case WAIT_ROLE_BLOCKED_KERNEL:
		return PALETTE_BLOCKED_KERNEL;
	case WAIT_ROLE_SEPARATOR:
		return PALETTE_SEPARATOR;
	case WAIT_ROLE_RUNNABLE:
		return PALETTE_RUNNABLE;
	case CALL_ROLE_SHORT:
		return PALETTE_SHORT;
	case CALL_ROLE_ON_CPU:
		return PALETTE_ON_CPU;
	case WAIT_ROLE_WAKER_NAME:
	case WAIT_ROLE_WAKER_USER:
		return family_of_link(PALETTE_WAKER_USER_1, CALL_ROLE_LINK(role));
	case WAIT_ROLE_WAKER_KERNEL:
		return family_of_link(PALETTE_WAKER_KERNEL_1, CALL_ROLE_LINK(role));
	default:
		return kind == TRACE_FRAME_CONTEXT ? PALETTE_CONTEXT : PALETTE_ALL;
	}
}

uint32_t palette_family_link(enum palette_family family)
{
	if (family < PALETTE_WAKER_USER_1 || family >= PALETTE_FAMILY_CNT)
		return 0;
	return (family - PALETTE_WAKER_USER_1) % PALETTE_LINKS + 1;
}

/* What is lost or has no name looks like it in every role. */
enum palette_family palette_family_of(enum trace_frame_kind kind, bool unnamed, uint8_t role)
{
	enum palette_family of_role = family_of_role(kind, role);

	if (of_role && kind != TRACE_FRAME_LOST && (!unnamed || kind == TRACE_FRAME_CONTEXT))
		return of_role;
	if (kind > TRACE_FRAME_LOST)
		return PALETTE_ALL;
	if (unnamed && kind && kind != TRACE_FRAME_LOST)
		return PALETTE_UNNAMED;
	return (enum palette_family)kind; /* the same numbers */
}

/* The share of lightness that a channel gets, n counting twelfths of the hue circle;
 * everything in thousandths. */
static int channel(int n, int hue, int saturation, int lightness)
{
	int k = (n * 30 + hue) % 360;
	int reach = saturation * (lightness < 500 ? lightness : 1000 - lightness) / 1000;
	int slope = k < 180 ? k - 90 : 270 - k; /* in thirtieths of what the formula has */

	if (slope > 30)
		slope = 30;
	if (slope < -30)
		slope = -30;
	return lightness - reach * slope / 30;
}

static uint32_t from_hsl(int hue, int saturation, int lightness)
{
	uint32_t rgb = 0;
	static const int turns[] = { 0, 8, 4 };

	for (int i = 0; i < 3; i++)
		rgb = rgb << 8 |
		      (uint32_t)((channel(turns[i], hue, saturation, lightness) * 255 + 500) /
				 1000);
	return rgb;
}

static int between(int first, int last, unsigned step, unsigned steps)
{
	return first + (last - first) * (int)step / (int)(steps - 1);
}

uint32_t palette_frame(enum palette_family family, unsigned shade)
{
	const struct family *f = &families[family];
	/* Lightness goes round in a third of the shades: neighbours in hue differ in it. */
	unsigned light = shade * 7 % PALETTE_SHADES;

	return from_hsl(between(f->hue[0], f->hue[1], shade, PALETTE_SHADES), f->saturation * 10,
			between(f->lightness[0] * 10, f->lightness[1] * 10, light, PALETTE_SHADES));
}

unsigned palette_shade(const char *name, size_t len)
{
	uint32_t hash = 2166136261u; /* FNV-1a: fixed for good, see the header */

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (uint8_t)name[i]) * 16777619u;
	return (hash ^ hash >> 15) % PALETTE_SHADES;
}

const char *palette_family_text(enum palette_family family)
{
	return families[family].text;
}

uint32_t palette_heat(unsigned step)
{
	static const struct {
		int at, r, g, b;
	} stops[] = {
		{ 0, 255, 224, 130 }, { 5, 250, 150, 50 }, { 10, 205, 35, 30 }, { 15, 60, 0, 20 }
	};
	size_t i = 0;

	if (step >= PALETTE_HEAT_STEPS)
		step = PALETTE_HEAT_STEPS - 1;
	while ((int)step > stops[i + 1].at)
		i++;
	int part = (int)step - stops[i].at;
	int whole = stops[i + 1].at - stops[i].at;
	int r = stops[i].r + (stops[i + 1].r - stops[i].r) * part / whole;
	int g = stops[i].g + (stops[i + 1].g - stops[i].g) * part / whole;
	int b = stops[i].b + (stops[i + 1].b - stops[i].b) * part / whole;

	return (uint32_t)(r << 16 | g << 8 | b);
}

unsigned palette_heat_step(uint64_t count, uint64_t max)
{
	if (max <= 1 || !count)
		return 0;
	if (count >= max)
		return PALETTE_HEAT_STEPS - 1;
	return (unsigned)((double)(count - 1) * PALETTE_HEAT_STEPS / (double)max);
}

static double linear(uint32_t byte)
{
	double share = byte / 255.0;

	return share <= 0.03928 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4);
}

/* https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio, black being luminance 0. */
unsigned palette_contrast(uint32_t rgb)
{
	double luminance = 0.2126 * linear(rgb >> 16 & 255) + 0.7152 * linear(rgb >> 8 & 255) +
			   0.0722 * linear(rgb & 255);

	return (unsigned)((luminance + 0.05) / 0.05 * 100);
}
