#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "formats/trace_writer.h"
#include "symbolize/elf_identity.h"
#include "symbolize/elf_image.h"

/*
 * Makes a trace with a sample at each of some addresses of one ELF file:
 *
 *	make_places FILE TRACE < ADDRESSES      (one a line, in hex)
 */

/* False: no segment holds the address. */
static bool offset_of(const struct elf_image *image, uint64_t address, uint64_t *out)
{
	for (size_t i = 0; i < image->segments.cnt; i++) {
		const struct elf_segment *s = &image->segments.v[i];

		*out = address - s->address + s->offset;
		if (address - s->address < s->size)
			return true;
	}
	return false;
}

/* With its build ID, without which no names are kept for the next time. */
static struct trace_module module_of(const struct io_view *file, const char *path)
{
	struct trace_module module = { .kind = TRACE_MODULE_FILE, .path = path };
	struct elf_source source = { .fd = -1, .bytes = file->v, .len = file->len };
	struct elf_identity id;

	if (elf_identity_read(&id, &source)) {
		module.build_id_len = (uint8_t)id.build_id_len;
		memcpy(module.build_id, id.build_id, id.build_id_len);
	}
	return module;
}

static void write_samples(struct trace_writer *w, const struct elf_image *image,
			  const struct trace_module *module)
{
	struct trace_process process = {
		.tgid = 42, .comm = "app", .executable = "", .cgroup = ""
	};
	struct trace_frame frame = { .kind = TRACE_FRAME_USER, .name = "", .file = "" };
	struct trace_sample sample = { .time_ns = 1000, .weight = 1 };
	struct trace_thread thread = { .tid = 42, .comm = "app" };
	uint64_t address;

	frame.module = trace_writer_module(w, module);
	thread.process = trace_writer_process(w, &process);
	sample.thread = trace_writer_thread(w, &thread);
	while (scanf("%" SCNx64, &address) == 1) {
		if (!offset_of(image, address, &frame.offset))
			continue;
		sample.stack = trace_writer_node(w, TRACE_NONE, trace_writer_frame(w, &frame));
		trace_writer_sample(w, &sample);
	}
}

int main(int argc, char **argv)
{
	struct trace_writer_options options = { .group_bytes = 64 << 20 };
	struct trace_writer *w;
	struct trace_module module;
	struct elf_image image;
	struct io_view file;
	struct err err;

	if (argc != 3 || io_view_open(&file, argv[1], &err) ||
	    elf_image_open(&image, file.v, file.len, &err) ||
	    trace_writer_open(&w, argv[2], &options, &err))
		return 1;
	trace_writer_event(w, &(struct trace_event){ .name = "cpu",
						     .source = "cpu-clock",
						     .kind = TRACE_EVENT_SAMPLE,
						     .unit = TRACE_UNIT_SAMPLES });
	if (trace_writer_publish(w, &err))
		return 1;
	module = module_of(&file, argv[1]);
	write_samples(w, &image, &module);
	return trace_writer_finish(w, TRACE_STOP_DURATION, 2000, &err) ? 1 : 0;
}
