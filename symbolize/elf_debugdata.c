#include "symbolize/elf_debugdata.h"

#include <errno.h>
#include <lzma.h>
#include <string.h>

#include "symbolize/elf_image.h"

#define STEP_BYTES ((size_t)256 << 10) /* the room that is made at a time */

static const void *section_bytes(const struct elf_image *image, size_t *out_len)
{
	for (size_t i = 1; i < image->sections.cnt; i++)
		if (!strcmp(image->sections.v[i].name, ".gnu_debugdata"))
			return elf_image_section_bytes(&image->sections.v[i], out_len);
	return NULL;
}

static int unfold(struct buf *out, lzma_stream *stream, struct err *err)
{
	size_t before = out->len;

	for (;;) {
		lzma_ret ret;

		buf_reserve(out, STEP_BYTES);
		stream->next_out = out->v + out->len;
		stream->avail_out = STEP_BYTES;
		ret = lzma_code(stream, LZMA_FINISH);
		out->len += STEP_BYTES - stream->avail_out;
		if (ret == LZMA_STREAM_END)
			return 0;
		if (ret == LZMA_MEMLIMIT_ERROR)
			return err_set(err, -EFBIG, ".gnu_debugdata takes too much memory");
		if (ret != LZMA_OK)
			return err_set(err, -EBADMSG, ".gnu_debugdata is damaged");
		if (out->len - before > ELF_DEBUGDATA_MAX)
			return err_set(err, -EFBIG, ".gnu_debugdata unfolds to more than %zu MiB",
				       ELF_DEBUGDATA_MAX >> 20);
	}
}

int elf_debugdata_read(struct buf *out, const struct elf_image *image, struct err *err)
{
	lzma_stream stream = LZMA_STREAM_INIT;
	size_t before = out->len;
	size_t len = 0;
	const void *bytes = section_bytes(image, &len);
	int bad;

	if (!bytes)
		return err_set(err, -ENOENT, "there is no .gnu_debugdata");
	if (lzma_stream_decoder(&stream, ELF_DEBUGDATA_MEMORY, 0) != LZMA_OK)
		return err_set(err, -ENOMEM, ".gnu_debugdata takes too much memory");
	stream.next_in = bytes;
	stream.avail_in = len;
	bad = unfold(out, &stream, err);
	lzma_end(&stream);
	if (bad)
		out->len = before;
	return bad;
}
