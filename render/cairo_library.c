#include "render/cairo_library.h"

#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#define CAIRO_FILE "libcairo.so.2"

static struct cairo_library library;

/* Where each function's address goes; all are pointers of one size (POSIX, dlsym). */
static const struct {
	const char *name;
	size_t field;
} functions[] = {
	{ "cairo_create", offsetof(struct cairo_library, create) },
	{ "cairo_destroy", offsetof(struct cairo_library, destroy) },
	{ "cairo_status", offsetof(struct cairo_library, status) },
	{ "cairo_status_to_string", offsetof(struct cairo_library, status_to_string) },
	{ "cairo_scale", offsetof(struct cairo_library, scale) },
	{ "cairo_translate", offsetof(struct cairo_library, translate) },
	{ "cairo_save", offsetof(struct cairo_library, save) },
	{ "cairo_restore", offsetof(struct cairo_library, restore) },
	{ "cairo_set_source_rgb", offsetof(struct cairo_library, set_source_rgb) },
	{ "cairo_rectangle", offsetof(struct cairo_library, rectangle) },
	{ "cairo_fill", offsetof(struct cairo_library, fill) },
	{ "cairo_select_font_face", offsetof(struct cairo_library, select_font_face) },
	{ "cairo_set_font_size", offsetof(struct cairo_library, set_font_size) },
	{ "cairo_text_extents", offsetof(struct cairo_library, text_extents) },
	{ "cairo_move_to", offsetof(struct cairo_library, move_to) },
	{ "cairo_show_text", offsetof(struct cairo_library, show_text) },
	{ "cairo_show_page", offsetof(struct cairo_library, show_page) },
	{ "cairo_image_surface_create", offsetof(struct cairo_library, image_surface_create) },
	{ "cairo_pdf_surface_create_for_stream",
	  offsetof(struct cairo_library, pdf_surface_create_for_stream) },
	{ "cairo_pdf_surface_set_metadata",
	  offsetof(struct cairo_library, pdf_surface_set_metadata) },
	{ "cairo_surface_write_to_png_stream",
	  offsetof(struct cairo_library, surface_write_to_png_stream) },
	{ "cairo_surface_status", offsetof(struct cairo_library, surface_status) },
	{ "cairo_surface_finish", offsetof(struct cairo_library, surface_finish) },
	{ "cairo_surface_destroy", offsetof(struct cairo_library, surface_destroy) },
};

static int missing(struct err *err, const char *what)
{
	return err_set(err, -ENOTSUP,
		       "PNG and PDF need cairo: %s; install libcairo2 (Debian, Ubuntu), cairo "
		       "(Fedora, Arch, Alpine), or write .svg",
		       what);
}

const struct cairo_library *cairo_library_get(struct err *err)
{
	struct cairo_library l = { 0 };

	if (library.handle)
		return &library;
	l.handle = dlopen(CAIRO_FILE, RTLD_NOW | RTLD_LOCAL);
	if (!l.handle) {
		missing(err, CAIRO_FILE " is not here");
		return NULL;
	}
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		void *address = dlsym(l.handle, functions[i].name);

		if (!address) {
			missing(err, CAIRO_FILE " is too old");
			dlclose(l.handle);
			return NULL;
		}
		memcpy((char *)&l + functions[i].field, &address, sizeof(address));
	}
	library = l;
	return &library;
}
