#ifndef RENDER_CAIRO_LIBRARY_H
#define RENDER_CAIRO_LIBRARY_H

#include "base/err.h"

/*
 * The few functions of libcairo.so.2 that we draw with, loaded when they are needed, under
 * their own names without the prefix. They are declared here, as cairo's interface has not
 * changed since version 1.16 (2018) and may not, by the promise of its file name; so
 * nobody needs cairo's headers, and the dozens of packages behind them, to build us.
 * tests/unit/test_scene_cairo.c holds them against the headers where there are any.
 */

struct cairo_context; /* cairo_t */
struct cairo_surface; /* cairo_surface_t */

enum {
	CAIRO_GOOD = 0,	     /* CAIRO_STATUS_SUCCESS */
	CAIRO_RGB24 = 1,     /* CAIRO_FORMAT_RGB24 */
	CAIRO_UPRIGHT = 0,   /* CAIRO_FONT_SLANT_NORMAL */
	CAIRO_REGULAR = 0,   /* CAIRO_FONT_WEIGHT_NORMAL */
	CAIRO_BOLD = 1,	     /* CAIRO_FONT_WEIGHT_BOLD */
	CAIRO_PDF_TITLE = 0, /* CAIRO_PDF_METADATA_TITLE */
	CAIRO_PDF_DATE = 5,  /* CAIRO_PDF_METADATA_CREATE_DATE */
};

struct cairo_extents { /* cairo_text_extents_t */
	double x_bearing;
	double y_bearing;
	double width;
	double height;
	double x_advance;
	double y_advance;
};

typedef int cairo_sink(void *closure, const unsigned char *bytes, unsigned len);

struct cairo_library {
	void *handle;
	struct cairo_context *(*create)(struct cairo_surface *target);
	void (*destroy)(struct cairo_context *c);
	int (*status)(struct cairo_context *c);
	const char *(*status_to_string)(int status);
	void (*scale)(struct cairo_context *c, double x, double y);
	void (*translate)(struct cairo_context *c, double x, double y);
	void (*save)(struct cairo_context *c);
	void (*restore)(struct cairo_context *c);
	void (*set_source_rgb)(struct cairo_context *c, double red, double green, double blue);
	void (*rectangle)(struct cairo_context *c, double x, double y, double w, double h);
	void (*fill)(struct cairo_context *c);
	void (*select_font_face)(struct cairo_context *c, const char *family, int slant,
				 int weight);
	void (*set_font_size)(struct cairo_context *c, double size);
	void (*text_extents)(struct cairo_context *c, const char *text, struct cairo_extents *out);
	void (*move_to)(struct cairo_context *c, double x, double y);
	void (*show_text)(struct cairo_context *c, const char *text);
	void (*show_page)(struct cairo_context *c);
	struct cairo_surface *(*image_surface_create)(int format, int width, int height);
	struct cairo_surface *(*pdf_surface_create_for_stream)(cairo_sink *sink, void *closure,
							       double width, double height);
	void (*pdf_surface_set_metadata)(struct cairo_surface *s, int what, const char *text);
	int (*surface_write_to_png_stream)(struct cairo_surface *s, cairo_sink *sink,
					   void *closure);
	int (*surface_status)(struct cairo_surface *s);
	void (*surface_finish)(struct cairo_surface *s);
	void (*surface_destroy)(struct cairo_surface *s);
};

/* The one copy in the process; NULL and a sentence that names the package if it is missing. */
const struct cairo_library *cairo_library_get(struct err *err);

#endif
