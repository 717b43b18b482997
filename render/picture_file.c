#include "render/picture_file.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/io.h"
#include "render/scene_cairo.h"
#include "render/scene_svg.h"

int picture_kind_of(const char *path, enum picture_kind *out, struct err *err)
{
	static const struct {
		const char *extension;
		enum picture_kind kind;
	} kinds[] = {
		{ ".svg", PICTURE_SVG },       { ".png", PICTURE_PNG },	 { ".pdf", PICTURE_PDF },
		{ ".folded", PICTURE_FOLDED }, { ".txt", PICTURE_TEXT },
	};
	const char *dot = strrchr(path, '.');

	if (!strcmp(path, "-")) {
		*out = PICTURE_SVG;
		return 0;
	}
	for (size_t i = 0; dot && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!strcmp(dot, kinds[i].extension)) {
			*out = kinds[i].kind;
			return 0;
		}
	}
	return err_set(err, -EINVAL, "%s: the name must end in .svg, .png, .pdf, .folded or .txt",
		       path);
}

/* "-.txt", "-.png": a kind alone, of what goes to stdout. */
static bool is_stdout(const char *path)
{
	return path[0] == '-' && path[1] == '.' && !strchr(path, '/') && !strchr(path + 2, '.');
}

int picture_file_write(const char *path, const struct buf *content, struct err *err)
{
	struct io_output file;
	int status = io_output_open(&file, is_stdout(path) ? "-" : path, 0644, err);

	if (status < 0)
		return status;
	status = io_output_write(&file, content->v, content->len, err);
	if (!status)
		status = io_output_keep(&file, err);
	int closed = io_output_close(&file, err);
	return status < 0 ? status : closed;
}

int picture_file_draw(const char *path, enum picture_kind kind, const struct scene *s,
		      unsigned scale, struct err *err)
{
	struct buf content = { 0 };
	int status = 0;

	if (kind == PICTURE_PNG)
		status = scene_cairo_png(&content, s, scale, err);
	else if (kind == PICTURE_PDF)
		status = scene_cairo_pdf(&content, s, err);
	else
		scene_svg(&content, s);
	if (status >= 0)
		status = picture_file_write(path, &content, err);
	buf_release(&content);
	return status;
}
