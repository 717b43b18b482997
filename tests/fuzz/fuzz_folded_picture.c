#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "render/flame_layout.h"
#include "render/scene_svg.h"

int fuzz_one(const uint8_t *bytes, size_t len);

/*
 * Any folded text makes a well-formed SVG of our own elements: valid UTF-8, no control
 * characters, tags that close in order, no entity and no markup that a name brought in.
 */
#define DEPTH_MAX 8

struct checker {
	const char *p;
	const char *end;
	const char *open[DEPTH_MAX];
	size_t open_len[DEPTH_MAX];
	size_t depth;
};

static void require(bool holds)
{
	if (!holds)
		abort();
}

static bool is_one_of(const char *word, size_t len, const char *const *words)
{
	for (; *words; words++)
		if (strlen(*words) == len && !memcmp(word, *words, len))
			return true;
	return false;
}

static void check_characters(const char *svg, size_t len)
{
	static const char *const entities[] = { "amp", "lt", "gt", "quot", "#39", NULL };

	for (size_t at = 0, step; at < len; at += step) {
		uint32_t code = text_code_point(svg + at, len - at, &step);

		require(code != TEXT_INVALID);
		require(code >= 0x20 || code == '\n');
		require(code != 0xfffe && code != 0xffff && (code < 0x7f || code > 0x9f));
		if (code == '&') {
			const char *end = memchr(svg + at, ';', len - at);

			require(end != NULL);
			require(is_one_of(svg + at + 1, (size_t)(end - svg) - at - 1, entities));
		}
	}
}

/* From behind "<" to behind ">". */
static void check_tag(struct checker *c)
{
	static const char *const elements[] = { "svg", "title", "desc", "style",    "rect",
						"g",   "text",	"path", "metadata", NULL };
	const char *end = memchr(c->p, '>', (size_t)(c->end - c->p));
	bool closes = *c->p == '/';
	const char *name = c->p + closes;

	require(end != NULL);
	size_t len = strcspn(name, " />");
	require(is_one_of(name, len, elements));
	require(!memchr(name, '<', (size_t)(end - name)));
	if (closes) {
		require(c->depth > 0 && c->open_len[c->depth - 1] == len);
		require(!memcmp(c->open[c->depth - 1], name, len));
		c->depth--;
	} else if (end[-1] != '/') {
		require(c->depth < DEPTH_MAX);
		c->open[c->depth] = name;
		c->open_len[c->depth++] = len;
	}
	c->p = end + 1;
}

static void check_svg(const struct buf *svg)
{
	struct checker c = { .p = (const char *)svg->v, .end = (const char *)svg->v + svg->len };

	check_characters(c.p, svg->len);
	while ((c.p = memchr(c.p, '<', (size_t)(c.end - c.p)))) {
		c.p++;
		check_tag(&c);
		require(c.depth > 0 || c.p == c.end - 1);
	}
	require(c.depth == 0);
}

int fuzz_one(const uint8_t *bytes, size_t len)
{
	struct flame_options options = { .width = 1200 * SCENE_PX,
					 .min_width = FLAME_MIN_WIDTH,
					 .max_frames = 1 + (uint32_t)(len % 50),
					 .root_on_top = len & 1,
					 .has_detail = true,
					 .budget = len & 2 ? 1 << 14 : 0 };
	struct measure measure = { .unit = TRACE_UNIT_SAMPLES, .period_ns = 10101010 };
	struct caption caption = { .title = (char[]){ "title" } };
	struct strtab *texts = strtab_new();
	struct buf svg = { 0 };
	uint64_t bad_cnt, bad_line;
	struct call_tree tree;
	struct scene scene;

	call_tree_init(&tree, texts);
	call_tree_add_folded(&tree, (const char *)bytes, len, &bad_cnt, &bad_line);
	call_tree_finish(&tree);
	flame_layout(&scene, &tree, &measure, &caption, &options);
	scene_svg(&svg, &scene);
	check_svg(&svg);
	buf_release(&svg);
	scene_release(&scene);
	call_tree_release(&tree);
	strtab_free(texts);
	return 0;
}
